/** What every `Files` must do; below it, what only a real file system can show. */
import assert from "node:assert/strict";
import type { Files } from "../../lib/ports/files.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeFiles } from "../fakes/files.ts";
import { testHome, until } from "../support/mod.ts";

async function filesContract(t: Deno.TestContext, files: Files, dir: string) {
  const at = (path: string) => `${dir}/${path}`;
  const modeOf = async (path: string) => (await files.stat(at(path)))!.mode;

  await t.step("what is not there is null or empty", async () => {
    for (const path of ["gone", "gone/below"]) {
      assert.equal(await files.read(at(path)), null);
      assert.equal(await files.readFrom(at(path), 0, 10), null);
      assert.equal(await files.stat(at(path)), null);
      assert.equal(await files.readLink(at(path)), null);
      assert.equal(await files.realPath(at(path)), null);
      assert.deepEqual(await files.list(at(path)), []);
      await files.remove(at(path));
    }
    await assert.rejects(files.rename(at("gone"), at("there")), Deno.errors.NotFound);
  });

  await t.step("roomBytes() is that of the nearest folder there is", async () => {
    const room = await files.roomBytes(at("gone/below"));
    assert.ok(room > 1024 && Number.isFinite(room), String(room));
  });

  await t.step("writeAtomic() makes folders, sets the mode and replaces", async () => {
    await files.writeAtomic(at("w/x/file"), "one");
    assert.deepEqual([await modeOf("w"), await modeOf("w/x")], [0o700, 0o700]);
    const first = (await files.stat(at("w/x/file")))!;
    assert.deepEqual([first.kind, first.size, first.mode], ["file", 3, 0o600]);
    await files.writeAtomic(at("w/x/file"), "two äö", 0o644);
    const second = (await files.stat(at("w/x/file")))!;
    assert.deepEqual([second.size, second.mode], [8, 0o644]);
    assert.notEqual(second.inode, first.inode);
    assert.equal(await files.read(at("w/x/file")), "two äö");
    assert.deepEqual((await files.list(at("w/x"))).map(({ name }) => name), ["file"]);
    await assert.rejects(files.writeAtomic(at("w/x"), "over a folder"));
    assert.deepEqual((await files.list(at("w"))).map(({ name }) => name), ["x"]);
  });

  await t.step("create() fails when the path exists, also as a link to nowhere", async () => {
    await files.create(at("created"), "one");
    await assert.rejects(files.create(at("created"), "two"), Deno.errors.AlreadyExists);
    assert.equal(await files.read(at("created")), "one");
    assert.equal(await modeOf("created"), 0o600);
    await files.link("nowhere", at("dangling"));
    await assert.rejects(files.create(at("dangling"), "two"), Deno.errors.AlreadyExists);
    await assert.rejects(files.create(at("gone/created"), "one"), Deno.errors.NotFound);
  });

  await t.step("readFrom() reads on from an offset, whole characters only", async () => {
    await files.writeAtomic(at("tail"), "aä😀z");
    assert.deepEqual(await files.readFrom(at("tail"), 0, 100), { text: "aä😀z", next: 8 });
    assert.deepEqual(await files.readFrom(at("tail"), 0, 2), { text: "a", next: 1 });
    assert.deepEqual(await files.readFrom(at("tail"), 1, 5), { text: "ä", next: 3 });
    assert.deepEqual(await files.readFrom(at("tail"), 3, 4), { text: "😀", next: 7 });
    assert.deepEqual(await files.readFrom(at("tail"), 8, 4), { text: "", next: 8 });
    assert.deepEqual(await files.readFrom(at("tail"), 20, 4), { text: "", next: 20 });
  });

  await t.step("readHead() gives the first bytes, whatever they are", async () => {
    await files.writeAtomic(at("head"), "ä\0z");
    assert.deepEqual(await files.readHead(at("head"), 1), Uint8Array.of(0xc3));
    assert.deepEqual(await files.readHead(at("head"), 9), Uint8Array.of(0xc3, 0xa4, 0, 0x7a));
    assert.equal(await files.readHead(at("gone"), 9), null);
  });

  await t.step("readLatin1() gives a character for each byte", async () => {
    await files.writeAtomic(at("latin1"), "aä\0\u20ac");
    assert.equal(await files.readLatin1(at("latin1"), 0, 99), "a\xc3\xa4\0\xe2\x82\xac");
    assert.equal(await files.readLatin1(at("latin1"), 2, 2), "\xa4\0");
    assert.equal(await files.readLatin1(at("latin1"), 99, 2), "");
    assert.equal(await files.readLatin1(at("gone"), 0, 9), null);
  });

  await t.step("digest() tells files apart by what is in them", async () => {
    await files.writeAtomic(at("digested"), "abc");
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert.equal(await files.digest(at("digested")), abc);
    await assert.rejects(files.digest(at("gone")), Deno.errors.NotFound);
  });

  await t.step("create() and writeAtomic() manage a name as long as can be", async () => {
    const [one, two] = ["x".repeat(255), "ä".repeat(127)];
    await files.create(at(one), "1");
    await files.writeAtomic(at(two), "2");
    assert.deepEqual([await files.read(at(one)), await files.read(at(two))], ["1", "2"]);
    assert.deepEqual((await files.list(dir)).filter(({ name }) => name.startsWith(".")), []);
  });

  await t.step("list() gives what is in a folder, in order of name", async () => {
    await files.makeDir(at("l/sub"));
    await files.writeAtomic(at("l/b"), "1");
    await files.writeAtomic(at("l/a"), "22");
    await files.link("b", at("l/link"));
    const entries = await files.list(at("l"));
    assert.deepEqual(entries.map(({ name, kind }) => `${name}:${kind}`), [
      ...["a:file", "b:file", "link:link", "sub:dir"],
    ]);
    assert.equal(entries[0]!.size, 2);
    assert.deepEqual({ name: "b", ...await files.stat(at("l/b")) }, entries[1]);
  });

  await t.step(
    "names() gives what list() gives, and nothing of a folder that is not there",
    async () => {
      assert.deepEqual(await files.names(at("l")), ["a", "b", "link", "sub"]);
      for (const path of ["gone", "l/a"]) assert.deepEqual(await files.names(at(path)), [], path);
    },
  );

  await t.step("write() makes or replaces a file, and no folder", async () => {
    await files.write(at("l/w"), "a longer one", 0o640);
    assert.equal(await modeOf("l/w"), 0o640);
    await files.write(at("l/w"), "short");
    assert.equal(await files.read(at("l/w")), "short");
    await assert.rejects(files.write(at("nowhere/w"), ""), Deno.errors.NotFound);
    await files.remove(at("l/w"));
  });

  await t.step("makeDir() makes parents, and gives a folder that is there the mode", async () => {
    await files.makeDir(at("d/e/f"));
    assert.deepEqual([await modeOf("d"), await modeOf("d/e/f")], [0o700, 0o700]);
    await files.makeDir(at("d/e"), 0o750);
    assert.deepEqual([await modeOf("d/e"), await modeOf("d/e/f")], [0o750, 0o700]);
    await files.makeDir(at("d/e"));
    assert.equal(await modeOf("d/e"), 0o750);
    await files.writeAtomic(at("d/file"), "");
    await assert.rejects(files.makeDir(at("d/file")));
  });

  await t.step("link() makes and replaces links, and never a real file or folder", async () => {
    await files.writeAtomic(at("real/one"), "1");
    await files.writeAtomic(at("real2/one"), "2");
    await files.link("real", at("way"));
    assert.equal(await files.readLink(at("way")), "real");
    assert.equal((await files.stat(at("way")))!.kind, "link");
    assert.equal(await files.read(at("way/one")), "1");
    await files.link(at("real2"), at("way"));
    assert.equal(await files.readLink(at("way")), at("real2"));
    assert.equal(await files.read(at("way/one")), "2");
    assert.equal(await files.realPath(at("way/one")), at("real2/one"));
    assert.deepEqual((await files.list(at("way"))).map(({ name }) => name), ["one"]);
    await Promise.all(Array.from({ length: 8 }, () => files.link("real", at("many"))));
    assert.equal(await files.readLink(at("many")), "real");
    await assert.rejects(files.link("real", at("real2")), /a real folder is there/);
    await assert.rejects(files.link("real", at("real/one")), /a real file is there/);
    assert.equal(await files.readLink(at("real/one")), null);
    await files.writeAtomic(at("way/two"), "through");
    assert.equal(await files.read(at("real2/two")), "through");
  });

  await t.step("rename() moves, and replaces a file", async () => {
    await files.writeAtomic(at("r/from"), "1");
    await files.writeAtomic(at("r/to"), "2");
    const { inode } = (await files.stat(at("r/from")))!;
    await files.rename(at("r/from"), at("r/to"));
    assert.deepEqual([await files.read(at("r/to")), await files.stat(at("r/from"))], ["1", null]);
    assert.equal((await files.stat(at("r/to")))!.inode, inode);
    await files.rename(at("r"), at("r2"));
    assert.equal(await files.read(at("r2/to")), "1");
    await files.makeDir(at("r3"));
    await assert.rejects(files.rename(at("r2/to"), at("r3")));
    await assert.rejects(files.rename(at("r2/to"), at("gone/to")), Deno.errors.NotFound);
  });

  await t.step("moveNew() moves to where nothing is, and never over anything", async () => {
    await files.writeAtomic(at("m/from"), "1");
    await files.writeAtomic(at("m/there"), "2");
    await files.link("nowhere", at("m/link"));
    await files.makeDir(at("m/dir"));
    for (const to of ["m/there", "m/link", "m/dir", "m/from"]) {
      assert.equal(await files.moveNew(at("m/from"), at(to)), false, to);
    }
    const { inode } = (await files.stat(at("m/from")))!;
    assert.equal(await files.moveNew(at("m/from"), at("m/to")), true);
    assert.equal((await files.stat(at("m/to")))!.inode, inode);
    assert.equal(await files.moveNew(at("m/link"), at("m/dir/link")), true);
    assert.equal(await files.readLink(at("m/dir/link")), "nowhere");
    assert.deepEqual((await files.list(at("m"))).map(({ name }) => name), ["dir", "there", "to"]);
    assert.equal(await files.read(at("m/there")), "2");
    await assert.rejects(files.moveNew(at("m/from"), at("m/new")), Deno.errors.NotFound);
    await assert.rejects(files.moveNew(at("m/to"), at("gone/to")), Deno.errors.NotFound);
    assert.equal(await files.read(at("m/to")), "1");
  });

  await t.step("create() makes the file once, however many try", async () => {
    const tries = Array.from({ length: 8 }, (_, i) => files.create(at("once"), `${i}`.repeat(999)));
    const made = (await Promise.allSettled(tries)).map(({ status }) => status);
    assert.equal(made.filter((status) => status === "fulfilled").length, 1);
    assert.equal((await files.read(at("once")))!.length, 999);
  });

  await t.step(
    "remove() takes a file, a link or a whole folder, and never what a link leads to",
    async () => {
      await files.writeAtomic(at("keep/file"), "kept");
      await files.makeDir(at("rm"));
      await files.link(at("keep"), at("rm/link"));
      await files.writeAtomic(at("rm/sub/file"), "1");
      await files.remove(at("rm/sub/file"));
      assert.deepEqual(await files.list(at("rm/sub")), []);
      await files.remove(at("rm"));
      assert.equal(await files.stat(at("rm")), null);
      await files.link(at("keep"), at("link"));
      await files.remove(at("link"));
      assert.equal(await files.read(at("keep/file")), "kept");
    },
  );

  await t.step("reading a folder as a file throws", async () => {
    await assert.rejects(files.read(at("keep")));
  });

  await t.step("lock() is held by one at a time", async () => {
    {
      using held = await files.lock(at("lock"));
      assert.ok(held);
      assert.equal(await files.lock(at("lock")), null);
      using other = await files.lock(at("other.lock"));
      assert.ok(other);
    }
    using again = await files.lock(at("lock"));
    assert.ok(again);
  });

  await t.step("watch() tells what changes below, until the signal aborts", async () => {
    await files.makeDir(at("watched/sub"));
    const stop = new AbortController();
    const seen = new Set<string>();
    const watching = (async () => {
      for await (const path of files.watch(at("watched"), stop.signal)) seen.add(path);
    })();
    await files.writeAtomic(at("watched/one"), "1");
    await files.writeAtomic(at("watched/sub/two"), "1");
    await files.writeAtomic(at("elsewhere"), "1");
    await until(() => seen.has(at("watched/one")) && seen.has(at("watched/sub/two")));
    await files.remove(at("watched/one"));
    assert.equal(seen.has(at("elsewhere")), false);
    stop.abort();
    await watching;
    for await (const _ of files.watch(at("watched"), stop.signal)) assert.fail();
  });

  await t.step("watch() ends when nobody wants more of it", async () => {
    const stop = new AbortController();
    const changes = files.watch(at("watched"), stop.signal);
    await files.writeAtomic(at("watched/again"), "1");
    for await (const path of changes) {
      assert.ok(path.startsWith(at("watched/")));
      break;
    }
    await files.writeAtomic(at("watched/again"), "2");
    stop.abort();
  });

  await t.step("watch() of a folder that is not there throws in words", () => {
    const { signal } = new AbortController();
    assert.throws(
      () => files.watch(at("gone"), signal),
      /Cannot watch .*gone: there is no such folder/,
    );
  });
}

Deno.test("FakeFiles keeps the files contract", (t) =>
  filesContract(t, new FakeFiles({ files: { "/home/one/readme": "" } }), "/home/one"));

Deno.test("systemFiles keeps the files contract", async (t) => {
  await using home = await testHome();
  await filesContract(t, systemFiles, home.dir);
});

Deno.test("FakeFiles stamps times from a clock, and fails where a test says so", async () => {
  const clock = new FakeClock();
  const files = new FakeFiles({ now: clock.now, files: { "/a/log": "one\n" } });
  const before = (await files.stat("/a/log"))!;
  await clock.advance(1_500);
  files.append("/a/log", "two\n");
  const after = (await files.stat("/a/log"))!;
  assert.equal(after.mtimeNs - before.mtimeNs, 1_500_000_000n);
  assert.equal(after.inode, before.inode);
  assert.equal(files.text("/a/log"), "one\ntwo\n");
  files.fails("/a/log", new Error("disk full"));
  await assert.rejects(files.read("/a/log"), /disk full/);
  files.fails("/a/log", null);
  assert.equal(await files.read("/a/log"), "one\ntwo\n");
  await files.link("/loop2", "/loop1");
  await files.link("/loop1", "/loop2");
  await assert.rejects(files.read("/loop1"), /symbolic links/);
});

// -- What only the real one can show --

Deno.test("flock(1) of a launch script sees lock(), and lock() sees flock(1)", async () => {
  await using home = await testHome();
  const path = home.path("lock");
  const flock = (...args: string[]) =>
    new Deno.Command("flock", { args: ["-n", "-F", "-E", "75", path, ...args], stdin: "null" });
  {
    using held = await systemFiles.lock(path);
    assert.ok(held);
    assert.equal((await flock("true").output()).code, 75);
  }
  assert.equal((await flock("true").output()).code, 0);
  // It says when it holds the lock: to look by trying would now and then take it from under the -n.
  const holder = new Deno.Command("flock", {
    args: ["-n", "-F", path, "sh", "-c", "echo held; exec sleep 60"],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  assert.equal((await reader.read()).value?.length, "held\n".length);
  assert.equal(await systemFiles.lock(path), null);
  await reader.cancel();
  holder.kill("SIGKILL");
  await holder.status;
  using free = await systemFiles.lock(path);
  assert.ok(free);
});

Deno.test("writeAtomic() keeps the mode asked for whatever the umask is, and leaves nothing when it fails", async () => {
  await using home = await testHome();
  const umask = Deno.umask(0o077);
  try {
    await systemFiles.writeAtomic(home.path("shared"), "", 0o644);
    assert.equal((await systemFiles.stat(home.path("shared")))!.mode, 0o644);
  } finally {
    Deno.umask(umask);
  }
  await systemFiles.makeDir(home.path("dir/full"));
  await assert.rejects(systemFiles.writeAtomic(home.path("dir"), "x"));
  assert.deepEqual((await systemFiles.list(home.dir)).map(({ name }) => name), ["dir", "shared"]);
});

Deno.test("link() is there at every moment while it is replaced", async () => {
  await using home = await testHome();
  await systemFiles.writeAtomic(home.path("a/x"), "a");
  await systemFiles.writeAtomic(home.path("b/x"), "b");
  await systemFiles.link("a", home.path("way"));
  let swapping = true;
  const seen = new Set<string | null>();
  const reading = (async () => {
    while (swapping) seen.add(await systemFiles.read(home.path("way/x")));
  })();
  for (let i = 0; i < 200; i++) await systemFiles.link(i % 2 ? "a" : "b", home.path("way"));
  swapping = false;
  await reading;
  assert.deepEqual([...seen].sort(), ["a", "b"]);
});
