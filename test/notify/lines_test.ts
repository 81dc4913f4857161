import assert from "node:assert/strict";
import type { ExecSpec, FileSpec, LokiSpec } from "../../lib/model/notify_config.ts";
import { openChannel } from "../../lib/notify/channels/mod.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { until } from "../support/until.ts";
import { channelWorld, message, PLANTED, receiver } from "./receiver.ts";

// -- Files and standard output --

function fileSpec(path: string, more: Partial<FileSpec> = {}): FileSpec {
  return { type: "file", name: "log", path, maxBytes: 2_000, keep: 3, ...more };
}

async function linesOf(path: string): Promise<{ key: string }[]> {
  const text = await Deno.readTextFile(path);
  assert.ok(text.endsWith("\n"), text);
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

async function namesIn(dir: string): Promise<string[]> {
  return (await systemFiles.names(dir)).toSorted();
}

async function modeOf(path: string): Promise<string> {
  return ((await Deno.stat(path)).mode! & 0o777).toString(8);
}

Deno.test("a file of notices is turned over by size, and so many are kept", async () => {
  await using w = await channelWorld();
  const path = `${w.dir}/notices.jsonl`;
  const channel = openChannel(fileSpec(path), w.deps);
  for (let i = 1; i <= 40; i++) {
    const sent = await channel.send(message({}, { key: `${i}:log` }), w.signal);
    assert.deepEqual(sent, { is: "sent", ref: null });
  }
  const names = await namesIn(w.dir);
  assert.deepEqual(names, ["notices.jsonl", "notices.jsonl.1", "notices.jsonl.2"]);
  const kept = [];
  for (const name of names.toReversed()) {
    assert.ok((await Deno.stat(`${w.dir}/${name}`)).size <= 2_000);
    assert.equal(await modeOf(`${w.dir}/${name}`), "600");
    kept.push(...await linesOf(`${w.dir}/${name}`));
  }
  // In order, without a hole, up to the last.
  const first = Number(kept[0]!.key.split(":")[0]);
  assert.deepEqual(kept.map(({ key }) => key), kept.map((_, i) => `${first + i}:log`));
  assert.equal(kept.at(-1)!.key, "40:log");
});

Deno.test("only one file of notices is kept when that is what the config says", async () => {
  await using w = await channelWorld();
  const path = `${w.dir}/notices.jsonl`;
  const channel = openChannel(fileSpec(path, { keep: 1 }), w.deps);
  for (let i = 1; i <= 12; i++) await channel.send(message({}, { key: `${i}` }), w.signal);
  assert.deepEqual(await namesIn(w.dir), ["notices.jsonl"]);
  assert.equal((await linesOf(path)).at(-1)!.key, "12");
});

Deno.test("a file of notices keeps the mode that somebody gave it, for a reader of another user", async () => {
  await using w = await channelWorld();
  const path = `${w.dir}/notices.jsonl`;
  await Deno.writeTextFile(path, "");
  await Deno.chmod(path, 0o640);
  const channel = openChannel(fileSpec(path), w.deps);
  for (let i = 1; i <= 12; i++) await channel.send(message(), w.signal);
  assert.deepEqual([await modeOf(path), await modeOf(`${path}.1`)], ["640", "640"]);
});

Deno.test("a file that was moved away is begun anew", async () => {
  await using w = await channelWorld();
  const path = `${w.dir}/notices.jsonl`;
  const channel = openChannel(fileSpec(path), w.deps);
  await channel.send(message({}, { key: "1" }), w.signal);
  await Deno.rename(path, `${path}.old`); // logrotate
  await channel.send(message({}, { key: "2" }), w.signal);
  assert.deepEqual((await linesOf(path)).map(({ key }) => key), ["2"]);
});

Deno.test("a file that cannot be written keeps the notice, until it can", async () => {
  await using w = await channelWorld();
  const path = `${w.dir}/sub/notices.jsonl`;
  const channel = openChannel(fileSpec(path), w.deps);
  await Deno.mkdir(path, { recursive: true }); // a folder stands in its place
  const sent = await channel.send(message(), w.signal);
  assert.ok(sent.is === "retry" && !sent.unsure, JSON.stringify(sent));
  assert.match(sent.why, /^cannot write .*notices\.jsonl: /);
  await Deno.remove(path);
  assert.equal((await channel.send(message(), w.signal)).is, "sent");
  assert.equal((await linesOf(path)).length, 1);
});

Deno.test({
  name: "a full disk keeps the notice, and a line that it cut does not spoil the next",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using w = await channelWorld();
    const full = openChannel(fileSpec("/dev/full"), w.deps);
    const sent = await full.send(message(), w.signal);
    assert.ok(sent.is === "retry", JSON.stringify(sent));
    assert.match(sent.why, /^cannot write \/dev\/full: .*(space|ENOSPC)/i);

    const path = `${w.dir}/notices.jsonl`;
    await Deno.symlink("/dev/full", path);
    const channel = openChannel(fileSpec(path), w.deps);
    assert.equal((await channel.send(message(), w.signal)).is, "retry");
    await Deno.remove(path);
    await Deno.writeTextFile(path, '{"cut":');
    await channel.send(message({}, { key: "2" }), w.signal);
    const lines = (await Deno.readTextFile(path)).split("\n");
    assert.equal(lines[0], '{"cut":');
    assert.equal(JSON.parse(lines[1]!).key, "2");
  },
});

Deno.test("a line that the disk has taken a part of is written again", async () => {
  await using w = await channelWorld();
  const path = `${w.dir}/notices.jsonl`;
  // The disk is full after so many bytes of the first line; the sink hears nothing of it.
  let isFull = true;
  const files: typeof systemFiles = {
    ...systemFiles,
    async stat(at) {
      if (isFull && (await systemFiles.stat(at))?.size) await Deno.truncate(path, 40);
      return await systemFiles.stat(at);
    },
  };
  const channel = openChannel(fileSpec(path), { ...w.deps, files });
  const sent = await channel.send(message({}, { key: "1" }), w.signal);
  assert.ok(sent.is === "retry" && /a part of the line/.test(sent.why), JSON.stringify(sent));
  isFull = false;
  assert.equal((await channel.send(message({ title: "é".repeat(9) }), w.signal)).is, "sent");
  const [torn, whole] = (await Deno.readTextFile(path)).split("\n");
  assert.equal(torn!.length, 40);
  assert.equal(JSON.parse(whole!).title, "é".repeat(9));
});

Deno.test({
  name: "a pipe in the place of a file keeps the notice, and stops nobody",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using w = await channelWorld();
    const path = `${w.dir}/pipe`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    await Deno.symlink(path, `${w.dir}/link`);
    for (const at of [path, `${w.dir}/link`]) {
      const sent = await openChannel(fileSpec(at), w.deps).send(message(), w.signal);
      assert.ok(
        sent.is === "retry" && /^cannot write .*: it is no file$/.test(sent.why),
        JSON.stringify(sent),
      );
    }
  },
});

Deno.test("standard output that cannot be written keeps the notice", async () => {
  await using w = await channelWorld();
  const print = () => {
    throw new Error("No space left on device (os error 28)");
  };
  const channel = openChannel({ type: "stdout", name: "out" }, { ...w.deps, print });
  const sent = await channel.send(message(), w.signal);
  assert.ok(sent.is === "retry" && /^cannot write to standard output: /.test(sent.why));
});

Deno.test("standard output gets one line of JSON for each notice, whatever stands in it", async () => {
  await using w = await channelWorld();
  const channel = openChannel({ type: "stdout", name: "journald" }, w.deps);
  await channel.send(message({ title: "two\nlines \u2028 \u0007" }), w.signal);
  assert.equal(w.printed.length, 1);
  assert.ok(!w.printed[0]!.includes("\n"));
  assert.equal(JSON.parse(w.printed[0]!).title, "two\nlines \u2028 \u0007");
});

// -- Loki --

function lokiSpec(url: string, more: Partial<LokiSpec> = {}): LokiSpec {
  const least = { address: { url }, labels: {}, headers: {}, secretHeaders: {} };
  return { type: "loki", name: "loki", ...least, ...more };
}

Deno.test("Loki gets a stream of few labels, with the time in nanoseconds as text", async () => {
  await using w = await channelWorld();
  await using server = receiver(() => new Response(null, { status: 204 }));
  const file = await w.secret(PLANTED);
  const spec = lokiSpec(`${server.url}/`, {
    labels: { host: "build-7" },
    secretHeaders: { "x-scope-orgid": { file } },
  });
  assert.equal((await openChannel(spec, w.deps).send(message(), w.signal)).is, "sent");
  const { path, headers, body } = server.received[0]!;
  assert.equal(path, "/loki/api/v1/push");
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(headers.get("x-scope-orgid"), PLANTED);
  const { streams: [one, ...more] } = JSON.parse(body);
  assert.deepEqual(more, []);
  assert.deepEqual(one.stream, {
    service_name: "claude-failover",
    host: "build-7",
    severity: "critical",
    kind: "session.quarantined",
  });
  const [[time, line]] = one.values;
  assert.equal(time, "1795874520000000000");
  assert.equal(JSON.parse(line).title, "ccl-3 is quarantined");
});

Deno.test("Loki may be named by its whole address, behind a path too", async () => {
  await using w = await channelWorld();
  await using server = receiver();
  for (const path of ["/loki/api/v1/push", "/tenant/loki/api/v1/push", "/tenant"]) {
    await openChannel(lokiSpec(`${server.url}${path}`), w.deps).send(message(), w.signal);
  }
  assert.deepEqual(server.received.map(({ path }) => path), [
    "/loki/api/v1/push",
    "/tenant/loki/api/v1/push",
    "/tenant/loki/api/v1/push",
  ]);
});

Deno.test("what Loki finds wrong with a line is told", async () => {
  await using w = await channelWorld();
  await using server = receiver(() => new Response("entry too far behind\n", { status: 400 }));
  assert.deepEqual(await openChannel(lokiSpec(server.url), w.deps).send(message(), w.signal), {
    is: "rejected",
    why: "the service answers 400: entry too far behind",
  });
});

// -- Programs --

function execSpec(...command: [string, ...string[]]): ExecSpec {
  return { type: "exec", name: "bell", command };
}

Deno.test("a program gets the notice on its standard input and in variables, and no secret of the daemon's", async () => {
  await using w = await channelWorld({ SOME_TOKEN: PLANTED, HOME: "/home/ada", DISPLAY: ":0" });
  const script = 'cat > "$1/in"; env | sort > "$1/env"; printf %s "$2" > "$1/arg"';
  const channel = openChannel(
    execSpec("sh", "-c", script, "sh", w.dir, "$(touch x); `id` && {title}"),
    w.deps,
  );
  assert.equal((await channel.send(message({ title: "a\0b" }), w.signal)).is, "sent");
  assert.equal(JSON.parse(await Deno.readTextFile(`${w.dir}/in`)).key, "41:team");
  assert.equal(await Deno.readTextFile(`${w.dir}/arg`), "$(touch x); `id` && {title}");
  const env = await Deno.readTextFile(`${w.dir}/env`);
  assert.ok(!env.includes(PLANTED), env);
  assert.match(env, /^DISPLAY=:0$/m);
  assert.match(env, /^NOTICE_SEVERITY=critical$/m);
  assert.match(env, /^NOTICE_TITLE=Critical: ab$/m);
});

Deno.test("a program that fails is tried again, with its last words", async () => {
  await using w = await channelWorld();
  const script =
    "echo first >&2; echo 'no display, Authorization: Bearer canary-3f9a7c' >&2; exit 3";
  assert.deepEqual(
    await openChannel(execSpec("sh", "-c", script), w.deps).send(message(), w.signal),
    {
      is: "retry",
      why: "sh ended with 3: no display, Authorization: [secret]",
      afterMs: null,
      unsure: false,
    },
  );
  const none = await openChannel(execSpec("no-such-program-cf"), w.deps).send(message(), w.signal);
  assert.ok(none.is === "retry" && none.why === "no program no-such-program-cf");
});

Deno.test("a program that hangs is killed with all that it started, and may have told somebody", async () => {
  await using w = await channelWorld();
  const pids: number[] = [];
  const deps = {
    ...w.deps,
    processes: {
      ...w.deps.processes,
      run: (argv: readonly [string, ...string[]], options: { timeoutMs: number }) => {
        assert.equal(options.timeoutMs, 10_000);
        return w.deps.processes.run(argv, { ...options, timeoutMs: 300 });
      },
    },
  };
  const script = `sleep 61 & echo $! > ${w.dir}/pids; echo $$ >> ${w.dir}/pids; wait`;
  const sent = await openChannel(execSpec("sh", "-c", script), deps).send(message(), w.signal);
  assert.ok(sent.is === "retry" && sent.unsure, JSON.stringify(sent));
  assert.match(sent.why, /^sh was still running after 10 s$/);
  pids.push(...(await Deno.readTextFile(`${w.dir}/pids`)).trim().split("\n").map(Number));
  assert.equal(pids.length, 2);
  for (const pid of pids) await until(async () => await w.deps.processes.identify(pid) === null);
});

Deno.test("a program that says too much fills no memory, and need not read what it is told", async () => {
  await using w = await channelWorld();
  const { stdout } = await w.deps.processes.run(["sh", "-c", "yes | head -c 3000000"], {
    timeoutMs: 10_000,
    maxOutputBytes: 1_000,
  });
  assert.equal(stdout.length, 1_000);
  const script = "exec 0<&-; yes | head -c 3000000; yes | head -c 3000000 >&2";
  const channel = openChannel(execSpec("sh", "-c", script), w.deps);
  const long = message({ lines: ["x".repeat(300_000)] });
  assert.equal((await channel.send(long, w.signal)).is, "sent");
});

Deno.test("an abort ends a program at once", async () => {
  await using w = await channelWorld();
  const stop = new AbortController();
  const sending = openChannel(execSpec("sleep", "61"), w.deps).send(message(), stop.signal);
  stop.abort(new Error("stopping"));
  await assert.rejects(sending, /stopping/);
});
