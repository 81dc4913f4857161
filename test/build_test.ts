/**
 * The self-extracting executable, with a shell script in the place of Deno: what it unpacks, where, and how
 * it takes damage. (With the true Deno: scripts/evidence/build.ts.)
 *
 * @module
 */
import assert from "node:assert/strict";
import { until } from "./support/mod.ts";
import { compile, otherWay, type RunDeno } from "../scripts/build/compile.ts";
import { fill, pack } from "../scripts/build/pack.ts";

const HEADER = await Deno.readTextFile(new URL("../scripts/build/header.sh", import.meta.url));
const RELEASE = { name: "claude-failover", version: "1.2.3", deno: "2.9.6", target: "some-target" };

/** Stands in for Deno: says its pid and how it was called, does what the last argument tells it. */
const RUNTIME = `#!/bin/sh
[ "$1" != --version ] || { echo "stub \${0##*/}"; exit 0; }
echo "pid=$$ self=$CLAUDE_FAILOVER_SELF"
echo "runtime=$0"
echo "caches=$DENO_DIR not $CLAUDE_FAILOVER_DENO_DIR"
for word; do echo "<$word>"; done
case $word in
exit7) exit 7 ;;
cat) cat ;;
hang) trap 'echo got TERM; exit 0' TERM; echo ready; while :; do sleep 0.05; done ;;
esac
`;

/** A folder with the executable, and a home that is empty. */
class World implements AsyncDisposable {
  readonly #dir: string;
  /** Like no other, so that nothing unpacked by another one is taken for its own. */
  readonly app = `console.log("${crypto.randomUUID()}");\n`;
  readonly file: string;
  readonly home: string;

  private constructor(dir: string) {
    this.#dir = dir;
    this.file = `${dir}/claude-failover`;
    this.home = `${dir}/home`;
  }

  static async make(runtime = RUNTIME): Promise<World> {
    const world = new World(await Deno.makeTempDir({ prefix: "cf-build-" }));
    const bytes = (text: string) => new TextEncoder().encode(text);
    const file = pack(RELEASE, { header: HEADER, app: bytes(world.app), runtime: bytes(runtime) });
    await Deno.writeFile(world.file, file, { mode: 0o755 });
    await Deno.mkdir(world.home);
    return world;
  }

  get cache(): string {
    return `${this.home}/.cache/claude-failover`;
  }

  command(args: string[], { file = this.file, env = {}, ...options }: Options = {}): Deno.Command {
    return new Deno.Command(file, {
      args,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: this.home, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...options,
    });
  }

  async run(args: string[], options: Options = {}) {
    const { code, stdout, stderr } = await this.command(args, options).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  path(name: string): string {
    return `${this.#dir}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#dir, { recursive: true });
  }
}

interface Options extends Partial<Deno.CommandOptions> {
  readonly file?: string;
}

const isHalf = (file: string) => file.endsWith(".tmp");

/** The paths of all files below, sorted. */
async function filesIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    if (!entry.isDirectory) found.push(entry.name);
    else found.push(...(await filesIn(`${dir}/${entry.name}`)).map((f) => `${entry.name}/${f}`));
  }
  return found.sort();
}

Deno.test("the executable unpacks into the private cache, and runs the program with the arguments as they are", async () => {
  await using world = await World.make();
  const args = ["status", "--json", "two words", "it's", '"$(x)"', ""];
  const { code, stdout, stderr } = await world.run(args);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const said = stdout.split("\n");
  assert.match(said[0]!, new RegExp(`self=${world.file}$`));
  assert.equal(said[2], `caches=${world.cache}/cache not `);
  const theirs = await world.run([], { env: { DENO_DIR: "/theirs" } });
  assert.match(theirs.stdout, /\/cache not \/theirs\n/);
  const files = await filesIn(world.cache);
  assert.equal(files.length, 2);
  assert.match(files[0]!, /^app-[0-9a-f]{64}\.js$/);
  assert.match(files[1]!, /^deno-[0-9a-f]{64}\/claude-failover$/);
  assert.equal(await Deno.readTextFile(`${world.cache}/${files[0]}`), world.app);
  assert.deepEqual(said.slice(3, -1), [
    "<run>",
    ...["quiet", "unstable-net", "no-prompt", "no-config", "no-lock", "no-remote", "no-npm"].map((
      o,
    ) => `<--${o}>`),
    "<--allow-all>",
    `<${world.cache}/${files[0]}>`,
    ...args.map((word) => `<${word}>`),
  ]);
  for (const path of [world.cache, `${world.cache}/${files[1]!.split("/")[0]}`]) {
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o700);
  }
  assert.equal((await Deno.stat(`${world.cache}/${files[0]}`)).mode! & 0o777, 0o400);
  assert.equal((await Deno.stat(`${world.cache}/${files[1]}`)).mode! & 0o777, 0o500);
});

Deno.test("the executable becomes the program: same pid, its signals, stdin and exit code", async () => {
  await using world = await World.make();
  assert.equal((await world.run(["exit7"])).code, 7);
  await using child = world.command(["hang"]).spawn();
  let said = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    said += decoder.decode(bytes, { stream: true });
    if (said.includes("ready") && !said.includes("got TERM")) child.kill("SIGTERM");
  }
  await child.stderr.cancel();
  assert.match(said, new RegExp(`^pid=${child.pid} `));
  assert.match(said, /got TERM/);
  await using cat = world.command(["cat"], { stdin: "piped" }).spawn();
  const writer = cat.stdin.getWriter();
  await writer.write(new TextEncoder().encode("from stdin"));
  await writer.close();
  const { stdout } = await cat.output();
  assert.match(decoder.decode(stdout), /from stdin$/);
});

Deno.test("the executable unpacks once, and again what is not whole", async () => {
  await using world = await World.make();
  await world.run([]);
  const [app, runtime] = (await filesIn(world.cache)).map((file) => `${world.cache}/${file}`);
  const inode = async (path: string) => (await Deno.stat(path)).ino;
  const before = [await inode(app!), await inode(runtime!)];
  await world.run([]);
  assert.deepEqual([await inode(app!), await inode(runtime!)], before);
  await Deno.chmod(app!, 0o600);
  await Deno.truncate(app!, 5);
  assert.equal((await world.run([])).code, 0);
  assert.equal(await Deno.readTextFile(app!), world.app);
  assert.equal(await inode(runtime!), before[1]);
});

Deno.test("the executable notices a program in the cache that was changed and is as long as before", async () => {
  await using world = await World.make();
  await world.run([]);
  const [app] = (await filesIn(world.cache)).map((file) => `${world.cache}/${file}`);
  await Deno.chmod(app!, 0o600);
  await Deno.writeTextFile(app!, world.app.replace("console", "konsole"));
  assert.equal((await world.run([])).code, 0);
  assert.equal(await Deno.readTextFile(app!), world.app);
});

Deno.test("the executable is found through a link, PATH, and sh", async () => {
  await using world = await World.make();
  await Deno.mkdir(world.path("bin"));
  await Deno.symlink(world.file, world.path("bin/cf"));
  const PATH = `${world.path("bin")}:${Deno.env.get("PATH")}`;
  for (
    const [file, args, env] of [
      [world.path("bin/cf"), ["x"], {}],
      ["/bin/sh", ["-c", "cf x"], { PATH }],
      ["/bin/sh", [world.file, "x"], {}],
    ] as const
  ) {
    const { code, stdout } = await world.run([...args], { file, env });
    assert.equal(code, 0);
    assert.match(stdout, /<x>\n$/);
  }
});

Deno.test("the executable starts eight times at once on an empty cache, and leaves no scraps", async () => {
  await using world = await World.make();
  const runs = await Promise.all(Array.from({ length: 8 }, () => world.run(["x"])));
  for (const { code, stderr } of runs) assert.equal(code, 0, stderr);
  assert.equal((await filesIn(world.cache)).length, 2);
});

Deno.test("the executable removes what a killed start left behind", async () => {
  await using world = await World.make();
  await world.run([]);
  const [app] = await filesIn(world.cache);
  const runtimeDir = (await filesIn(world.cache))[1]!.split("/")[0];
  await Deno.remove(`${world.cache}/${app}`);
  const gone = (await new Deno.Command("/bin/sh", { args: ["-c", "echo $$"] }).output()).stdout;
  const pid = new TextDecoder().decode(gone).trim();
  await Deno.writeTextFile(`${world.cache}/${app}.${pid}.tmp`, "half");
  await Deno.writeTextFile(`${world.cache}/${app}.${Deno.pid}.tmp`, "another one's, alive");
  assert.equal((await world.run([])).code, 0);
  assert.deepEqual(await filesIn(world.cache), [
    app,
    `${app}.${Deno.pid}.tmp`,
    `${runtimeDir}/claude-failover`,
  ]);
});

Deno.test("the executable starts after a start that was killed in the middle of unpacking", async () => {
  // Random, so that it cannot be packed: it takes a while, and the kill comes in between.
  const noise = crypto.getRandomValues(new Uint8Array(60_000)).toHex();
  await using world = await World.make(`${RUNTIME}# ${noise.repeat(120)}\n`);
  const files = () => filesIn(world.cache).catch(() => []);
  const halves = async () => (await files()).filter(isHalf).length;
  // A kill may come too late; then it begins anew, with an empty cache.
  for (let life = 0; await halves() < 1 && life < 20; life++) {
    await Deno.remove(world.cache, { recursive: true }).catch(() => {});
    const child = world.command(["hang"], { detached: true, stdout: "null", stderr: "null" })
      .spawn();
    await until(async () => (await files()).some((f) => /^deno-.*claude-failover/.test(f)));
    Deno.kill(-child.pid, "SIGKILL");
    await child.status;
  }
  assert.ok(await halves() > 0, "nothing was left half");
  const { code, stdout, stderr } = await world.run(["x"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /<x>\n$/);
  assert.deepEqual((await filesIn(world.cache)).filter(isHalf), []);
});

Deno.test("the executable goes to the next folder when one is a link, not a folder, or cannot run programs", async () => {
  await using world = await World.make();
  const XDG_CACHE_HOME = world.path("xdg");
  await Deno.mkdir(XDG_CACHE_HOME);
  await Deno.mkdir(world.path("elsewhere"));
  await Deno.symlink(world.path("elsewhere"), `${XDG_CACHE_HOME}/claude-failover`);
  const first = await world.run([], { env: { XDG_CACHE_HOME } });
  assert.match(first.stdout, new RegExp(`runtime=${world.cache}/`), "a link is not followed");
  assert.deepEqual(await filesIn(world.path("elsewhere")), []);
  const CLAUDE_FAILOVER_RUNTIME = world.path("chosen");
  const chosen = await world.run([], { env: { CLAUDE_FAILOVER_RUNTIME, XDG_CACHE_HOME } });
  assert.match(chosen.stdout, new RegExp(`runtime=${CLAUDE_FAILOVER_RUNTIME}/`));
  await Deno.writeTextFile(world.path("file"), "");
  const file = { CLAUDE_FAILOVER_RUNTIME: world.path("file/x") };
  assert.match((await world.run([], { env: file })).stdout, new RegExp(`runtime=${world.cache}/`));
});

Deno.test("the executable runs nothing from a folder where its runtime does not start", async () => {
  // As on a mount with noexec: there it starts in one place and not in the other.
  const picky = RUNTIME.replace("\n", `\ncase $0 in *xdg*) exit 126 ;; esac\n`);
  await using world = await World.make(picky);
  const { code, stdout } = await world.run([], { env: { XDG_CACHE_HOME: world.path("xdg") } });
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`runtime=${world.cache}/`));
  assert.equal((await filesIn(world.path("xdg"))).filter((f) => f.startsWith("deno-")).length, 0);
});

// -- Mounts and users of its own; what may not be made here is not tested here --

const canMount = (await new Deno.Command("unshare", { args: mounting("true") }).output()
  .catch(() => null))?.success ?? false;
const isRoot = Deno.uid() === 0;

/** Arguments of `unshare`: runs the script in which mounts are its own; then "$@". */
function mounting(script: string): string[] {
  const user = Deno.uid() === 0 ? [] : ["--user", "--map-root-user"];
  return [...user, "--mount", "sh", "-ec", script, "sh"];
}

/** What "$HOME" cannot give must not come from another test, nor stay on this machine. */
const NOWHERE = `for dir in /var/tmp /dev/shm; do mount -t tmpfs -o mode=1777 none "$dir"; done`;

Deno.test({
  name: "the executable goes on to /var/tmp when the home is missing, read-only, or noexec",
  ignore: !canMount,
  async fn() {
    await using world = await World.make();
    const uid = Deno.uid();
    for (
      const script of [
        "unset HOME",
        `mount -t tmpfs -o ro none "$HOME"`,
        `mount -t tmpfs -o noexec none "$HOME"`,
        `mkdir -p "$HOME"; mount -t tmpfs -o size=64k none "$HOME"; head -c 64k /dev/zero >"$HOME/full" || :`,
      ]
    ) {
      const args = [...mounting(`${NOWHERE}; ${script}; exec "$@"`), world.file, "x"];
      const { code, stdout, stderr } = await world.run(args, { file: "unshare" });
      assert.equal(code, 0, `${script}: ${stderr}`);
      assert.match(stdout, new RegExp(`runtime=/var/tmp/claude-failover-${uid}/deno-.*\n`), script);
    }
  },
});

Deno.test({
  name: "the executable leaves a cache that has become noexec, and says so when no folder is left",
  ignore: !canMount,
  async fn() {
    await using world = await World.make();
    assert.equal((await world.run([])).code, 0);
    const again = `${NOWHERE}; mount --bind "$HOME" "$HOME"; mount -o remount,bind,noexec "$HOME"`;
    const moved = await world.run([...mounting(`${again}; exec "$@"`), world.file, "x"], {
      file: "unshare",
    });
    assert.equal(moved.code, 0, moved.stderr);
    assert.match(moved.stdout, /runtime=\/var\/tmp\//);
    const none =
      `for dir in "$HOME" /var/tmp /dev/shm; do mount -t tmpfs -o noexec none "$dir"; done`;
    const env = { TMPDIR: `${world.home}/tmp` };
    const { code, stdout, stderr } = await world.run(
      [...mounting(`${none}; exec "$@"`), world.file],
      { file: "unshare", env },
    );
    assert.equal(code, 70);
    assert.equal(stdout, "");
    assert.match(stderr, /^Cannot start claude-failover: no folder is writable and executable/);
  },
});

Deno.test({
  name: "the executable of another user takes nothing from a folder that is not its own",
  ignore: !canMount || !isRoot, // only root can become somebody else
  async fn() {
    await using world = await World.make();
    // As somebody would lay it out for a victim: the right names, readable and executable for all.
    assert.equal((await world.run([])).code, 0);
    await Deno.chmod(world.path(""), 0o755);
    const trap = `${NOWHERE}; cp -r "$HOME/.cache/claude-failover" /var/tmp/claude-failover-65534
      chmod -R a+rX /var/tmp/claude-failover-65534 "$HOME"
      exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"`;
    const { code, stdout, stderr } = await world.run([...mounting(trap), world.file, "x"], {
      file: "unshare",
      env: { TMPDIR: "/dev/shm/mine" },
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /runtime=\/dev\/shm\/mine\/claude-failover-65534\//);
  },
});

Deno.test("the executable refuses to run when it is damaged or cut off", async () => {
  await using world = await World.make();
  const whole = await Deno.readFile(world.file);
  const broken = whole.slice();
  broken[8_192 + 20]! ^= 0xff;
  for (const bytes of [broken, whole.subarray(0, 8_192 + 30)]) {
    await Deno.writeFile(world.file, bytes);
    const env = { CLAUDE_FAILOVER_RUNTIME: world.path("only") };
    const { code, stdout, stderr } = await world.run([], { env });
    assert.equal(code, 70);
    assert.equal(stdout, "");
    assert.match(stderr, /^Cannot start claude-failover: .*damaged/);
    await assert.rejects(Deno.stat(world.path("only")), Deno.errors.NotFound);
  }
});

Deno.test("pack() refuses a header that does not fit, or does not fit its values", () => {
  const parts = { app: new Uint8Array(1), runtime: new Uint8Array(1) };
  const long = HEADER + "#".repeat(9_000);
  assert.throws(() => pack(RELEASE, { header: long, ...parts }), /Cannot pack: the header has/);
  assert.throws(() => pack(RELEASE, { header: "@NAME@", ...parts }), /VERSION.*not in the text/);
  assert.equal(fill("@A@-@B_C@ a@b.c", { A: 1, B_C: "x" }), "1-x a@b.c");
  assert.throws(() => fill("@A@ @B@", { A: 1 }), /Cannot fill in @B@: it has no value/);
});

// -- By deno compile --

/** As Deno does it (2.9.6): never over a file that it has not made. What it makes is a script that says this. */
const compiler = (says: string): RunDeno => async (args) => {
  const path = args.find((word) => word.startsWith("--output="))!.slice("--output=".length);
  if (await Deno.stat(path).catch(() => null)) return { ok: false, why: "it exists already" };
  await Deno.writeTextFile(path, `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 });
  return { ok: true };
};

Deno.test("compile() puts its executable where a self-extracting one was, and leaves that one when it cannot", async () => {
  await using world = await World.make();
  const before = await Deno.readFile(world.file);
  const banner = "claude-failover 1.2.3";
  const failing: RunDeno = async (args) => {
    await compiler("half")(args);
    return { ok: false, why: "error sending request for url (https://x.test/denort-y.zip)" };
  };
  // Of a build that was killed.
  await Deno.writeTextFile(`${world.file}.new`, "half");
  for (const run of [failing, compiler("deno 2.9.6")]) {
    assert.equal((await compile(world.file, { run, banner })).ok, false);
    assert.deepEqual(await Deno.readFile(world.file), before);
    assert.equal(await Deno.stat(`${world.file}.new`).catch(() => null), null);
  }
  assert.deepEqual(await compile(world.file, { run: compiler(`${banner} (x)`), banner }), {
    ok: true,
  });
  assert.equal((await world.run(["version"])).stdout, "claude-failover 1.2.3 (x)\n");
});

Deno.test("otherWay() says in a short line what is made instead", () => {
  assert.equal(
    otherWay(
      "error sending request for url (https://x.test/denort-y.zip): dns error: failed to lookup",
    ),
    "Cannot load denort here; making a self-extracting file instead",
  );
  assert.match(otherWay("it took too long"), /^Cannot use deno compile here; /);
});
