/**
 * scripts/install.sh under each shell that people have: it takes only what is whole and ours, and takes away no more.
 *
 * @module
 */
import assert from "node:assert/strict";
import { writeSums } from "../scripts/build/sums.ts";
import { checkMachine, machineOf, targetsOf } from "../scripts/build/targets.ts";

const SCRIPT = new URL("../scripts/install.sh", import.meta.url).pathname;

/** Those of them that this machine has; `sh` is always there. */
const SHELLS: readonly (readonly string[])[] = await (async () => {
  const all = [["sh"], ["dash"], ["bash"], ["busybox", "sh"]];
  const there = await Promise.all(all.map(([program]) => programIn(program!)));
  return all.filter((_, i) => there[i]);
})();

async function programIn(name: string): Promise<boolean> {
  const paths = (Deno.env.get("PATH") ?? "").split(":").map((dir) => `${dir}/${name}`);
  const there = await Promise.all(paths.map((p) => Deno.stat(p).then(() => true, () => false)));
  return there.includes(true);
}

/** Stands in for the executable. Its `service uninstall` writes down that it was asked, or fails. */
const PROGRAM = `#!/bin/sh
# claude-failover 1.2.3
[ "$1" = --version ] && { echo 1.2.3; exit 0; }
echo "$*" >>"$HOME/asked"
[ ! -e "$HOME/refuse" ] || exit 1
rm -f "$HOME/.config/systemd/user/claude-failover.service"
`;

/** A folder as a person downloads it, and an empty home. */
class World implements AsyncDisposable {
  readonly dir: string;
  readonly home: string;
  readonly target: string;
  readonly file: string;
  readonly #shell: readonly string[];

  private constructor(dir: string, shell: readonly string[]) {
    this.dir = dir;
    this.home = `${dir}/home of ada`;
    this.target = `${this.home}/.local/bin/claude-failover`;
    this.file = `${dir}/dist/claude-failover-1.2.3-${Deno.build.target}`;
    this.#shell = shell;
  }

  static async make(shell: readonly string[] = ["sh"]): Promise<World> {
    const world = new World(await Deno.makeTempDir({ prefix: "cf-install-" }), shell);
    await Deno.mkdir(`${world.dir}/dist`);
    await Deno.mkdir(world.home);
    await Deno.copyFile(SCRIPT, `${world.dir}/dist/install.sh`);
    await Deno.writeTextFile(world.file, PROGRAM);
    await writeSums(`${world.dir}/dist`, "claude-failover-1.2.3-");
    return world;
  }

  async run(args: readonly string[] = [], env: Record<string, string> = {}) {
    const [program, ...words] = [...this.#shell, `${this.dir}/dist/install.sh`, ...args];
    const { code, stdout, stderr } = await new Deno.Command(program!, {
      args: words,
      cwd: this.dir,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: this.home, ...env },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  }

  /** Writes a file below the home, with its folders. */
  async put(path: string, text = ""): Promise<void> {
    const whole = `${this.home}/${path}`;
    await Deno.mkdir(whole.slice(0, whole.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(whole, text);
  }

  /** Every file and link below the home. */
  async files(dir = this.home): Promise<string[]> {
    const found: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(dir)) {
      if (isDirectory) found.push(...await this.files(`${dir}/${name}`));
      else found.push(`${dir}/${name}`.slice(this.home.length + 1));
    }
    return found.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

const there = (path: string) => Deno.stat(path).then(() => true, () => false);

for (const shell of SHELLS) {
  const name = shell.join(" ");

  Deno.test(`install.sh (${name}) installs what is for this machine, once, and says what is next`, async () => {
    await using world = await World.make(shell);
    const { code, out, err } = await world.run();
    assert.equal(code, 0, err);
    assert.match(out, /^Installed .*\/\.local\/bin\/claude-failover: claude-failover 1\.2\.3\n/);
    assert.match(out, /is not in your PATH/);
    assert.match(out, /Next: claude-failover demo/);
    assert.equal((await Deno.stat(world.target)).mode! & 0o777, 0o755);
    const { ino } = await Deno.stat(world.target);
    await world.put(".config/systemd/user/claude-failover.service");
    const again = await world.run([], { PATH: `${world.home}/.local/bin:/usr/bin:/bin` });
    assert.match(
      again.out,
      /^.* is the same already: claude-failover 1\.2\.3\nNext: systemctl --user restart/,
    );
    assert.equal((await Deno.stat(world.target)).ino, ino);
    const elsewhere = await world.run([world.file, "--prefix", "a b"]);
    assert.equal(elsewhere.code, 0, elsewhere.err);
    assert.ok(await there(`${world.dir}/a b/bin/claude-failover`));
  });

  Deno.test(`install.sh (${name}) installs nothing without the right sum`, async () => {
    await using world = await World.make(shell);
    await Deno.writeTextFile(world.file, PROGRAM.replace("1.2.3", "1.2.4"));
    const wrong = await world.run();
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /^Cannot install claude-failover-1\.2\.3-.*: its sum is [0-9a-f]{64}/);
    await Deno.writeTextFile(`${world.dir}/dist/SHA256SUMS`, "");
    assert.match((await world.run()).err, /SHA256SUMS does not name it/);
    await Deno.remove(`${world.dir}/dist/SHA256SUMS`);
    const none = await world.run();
    assert.equal(none.code, 2);
    assert.match(none.err, /there is no SHA256SUMS beside it\nHint: --no-check/);
    assert.deepEqual(await world.files(), []);
    assert.equal((await world.run(["--no-check"])).code, 0);
  });

  Deno.test(`install.sh (${name}) writes over nothing of somebody else, nor what works by what does not`, async () => {
    await using world = await World.make(shell);
    await world.put(".local/bin/claude-failover", '#!/bin/sh\n# mine\nexec claude-failover "$@"\n');
    const foreign = await world.run();
    assert.equal(foreign.code, 2);
    assert.match(foreign.err, /is something else\nHint: --force/);
    assert.equal((await world.run(["--uninstall"])).code, 2);
    assert.equal((await world.run(["--force"])).code, 0);
    await Deno.writeTextFile(world.file, "#!/nonexistent/sh\n# claude-failover\n");
    const broken = await world.run(["--no-check"]);
    assert.equal(broken.code, 1);
    assert.match(broken.err, /^Cannot start it on this machine: /);
    assert.equal(await Deno.readTextFile(world.target), PROGRAM);
    assert.deepEqual(await world.files(), [".local/bin/claude-failover"]);
  });

  Deno.test(`install.sh (${name}) --uninstall takes away what is ours, and keeps what is yours`, async () => {
    await using world = await World.make(shell);
    await world.run();
    const runtime = `.cache/claude-failover/deno-${"0".repeat(64)}/claude-failover`;
    await world.put(runtime);
    await world.put(`.cache/claude-failover/app-${"0".repeat(64)}.js`);
    await world.put(".cache/claude-failover/cache/v8");
    await world.put(".config/claude-failover/config.yaml", "version: 1\n");
    await world.put(".local/state/claude-failover/journal.db");
    await world.put(".local/share/claude-failover/projects/-x/1.jsonl");
    const { code, out, err } = await world.run(["--uninstall"]);
    assert.equal(code, 0, err);
    for (const kept of ["config", "local/state", "local/share"]) {
      assert.match(out, new RegExp(`Kept .*/\\.${kept}/claude-failover`));
    }
    assert.deepEqual(await world.files(), [
      ".config/claude-failover/config.yaml",
      ".local/share/claude-failover/projects/-x/1.jsonl",
      ".local/state/claude-failover/journal.db",
    ]);
    assert.equal(await there(`${world.home}/.cache/claude-failover`), false);
    assert.match((await world.run(["--uninstall"])).out, /^There is no /);
  });

  Deno.test(`install.sh (${name}) --uninstall touches no folder that was not unpacked into`, async () => {
    await using world = await World.make(shell);
    await world.run();
    await world.put("runtime/cache/mine");
    await world.put("elsewhere/claude-failover");
    const tmp = `${world.home}/tmp/claude-failover-${Deno.uid()}`;
    await Deno.mkdir(tmp, { recursive: true });
    await Deno.symlink(`${world.home}/elsewhere`, `${tmp}/deno-0`);
    const env = { CLAUDE_FAILOVER_RUNTIME: `${world.home}/runtime`, TMPDIR: `${world.home}/tmp` };
    const { code, err } = await world.run(["--uninstall"], env);
    assert.equal(code, 0, err);
    assert.ok(await there(`${world.home}/runtime/cache/mine`));
    assert.ok(await there(`${world.home}/elsewhere/claude-failover`));
  });

  Deno.test(`install.sh (${name}) --uninstall ends the service first, and stops where that fails`, async () => {
    await using world = await World.make(shell);
    await world.run();
    await world.put(".config/systemd/user/claude-failover.service");
    await world.put("refuse");
    const refused = await world.run(["--uninstall"]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /the service is still there/);
    assert.ok(await there(world.target));
    await Deno.remove(`${world.home}/refuse`);
    assert.equal((await world.run(["--uninstall"])).code, 0);
    assert.equal(
      await Deno.readTextFile(`${world.home}/asked`),
      "service uninstall\nservice uninstall\n",
    );
    assert.deepEqual(await world.files(), ["asked"]);
  });

  Deno.test(`install.sh (${name}) --purge needs a word, and no running pool`, async () => {
    await using world = await World.make(shell);
    await world.run();
    await world.put(".config/claude-failover/config.yaml");
    await world.put(".local/state/claude-failover/locks/c.lock");
    await world.put(".local/share/claude-failover/projects/-x/1.jsonl");
    const before = await world.files();
    const unasked = await world.run(["--uninstall", "--purge"]);
    assert.equal(unasked.code, 2);
    assert.match(unasked.err, /without being asked for it twice\nHint: add --yes/);
    {
      using lock = await Deno.open(
        `${world.home}/.local/state/claude-failover/locks/c.lock`,
        { write: true },
      );
      await lock.lock(true);
      const running = await world.run(["--uninstall", "--purge", "--yes"]);
      assert.equal(running.code, 2);
      assert.match(running.err, /a daemon or sessions of it run.*\nHint: .*stop --sessions/);
      assert.deepEqual(await world.files(), before);
      const kept = await world.run(["--uninstall"]);
      assert.match(kept.out, /A daemon or its sessions go on/);
      await lock.unlock(); // a close alone lets it live on in whatever another thread has just forked
    }
    assert.equal((await world.run(["--uninstall", "--purge", "--yes"])).code, 0);
    assert.deepEqual(await world.files(), [".local/share/claude-failover/projects/-x/1.jsonl"]);
  });

  Deno.test(`install.sh (${name}) leaves the folder that Claude Code's own links lead to, though it is empty`, async () => {
    await using world = await World.make(shell);
    const data = `${world.home}/.local/share/claude-failover`;
    await Deno.mkdir(`${data}/projects`, { recursive: true });
    await world.run();
    assert.equal((await world.run(["--uninstall"])).code, 0);
    assert.ok(await there(`${data}/projects`), "no link is known, but nobody asked for a purge");
    const purge = ["--uninstall", "--purge", "--yes"];
    const config =
      `accounts:\n  - { id: b, config_dir: "~/b c", priority: 1 }\n  - id: c\n    config_dir: ~/c # mine\n`;
    for (const dir of [".claude-spare", "b c", "c", "env"]) {
      await world.put(".config/claude-failover/config.yaml", config);
      await Deno.mkdir(`${world.home}/${dir}`);
      await Deno.symlink(`${data}/projects`, `${world.home}/${dir}/projects`);
      const { code, out, err } = await world.run(purge, { CLAUDE_CONFIG_DIR: `${world.home}/env` });
      assert.equal(code, 0, err);
      assert.match(out, /Kept .*\/\.local\/share\/claude-failover: .* link to\n/, dir);
      assert.ok(await there(`${world.home}/${dir}/projects`), dir);
      await Deno.remove(`${world.home}/${dir}`, { recursive: true });
    }
    assert.equal((await world.run(purge)).code, 0);
    assert.equal(await there(data), false);
  });
}

Deno.test("install.sh says what it does not take, and where it is", async () => {
  await using world = await World.make();
  for (
    const [args, said] of [
      [["--frob"], /there is no --frob/],
      [["a", "b"], /one FILE at most/],
      [["--prefix"], /--prefix needs a folder/],
      [["--purge"], /--purge is for --uninstall/],
      [["gone"], /there is no such file/],
    ] as const
  ) {
    const { code, err } = await world.run(args);
    assert.equal(code, 2, err);
    assert.match(err, said);
  }
  assert.match((await world.run([], { HOME: "" })).err, /HOME is not set\nHint: .*--prefix/);
  assert.match((await world.run(["--help"])).out, /^Puts the executable .*\n[^]*Exit codes/);
  await Deno.copyFile(world.file, `${world.file.replace("1.2.3", "1.2.4")}`);
  assert.match((await world.run()).err, /^Cannot choose between claude-failover-1\.2\.3/);
});

// -- From the repository --

/** A repository whose Deno makes what it is told to, and a machine with all that is needed. */
async function repository(world: World) {
  const bin = `${world.dir}/stubs`;
  const scripts = `${world.dir}/repository/scripts`;
  await Deno.mkdir(bin);
  await Deno.mkdir(`${scripts}/lib`, { recursive: true });
  await Deno.writeTextFile(`${world.dir}/repository/deno.json`, "{}");
  for (const name of ["install", "install.sh", "lib/setup.sh"]) {
    await Deno.copyFile(new URL(`../scripts/${name}`, import.meta.url), `${scripts}/${name}`);
  }
  const stubs = {
    uname: `[ "$1" = -s ] && echo Linux || echo x86_64`,
    tmux: "echo tmux 3.4",
    git: "exit 0",
    flock: "exit 0",
    deno: `[ "$1" = --version ] && { echo "deno 2.9.6 (stable)"; exit 0; }
echo "$*" >>"$HOME/built"
cp -r ../dist . && echo "dist/${world.file.split("/").at(-1)}" && echo self-extracting`,
  };
  for (const [name, body] of Object.entries(stubs)) {
    await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(`${scripts}/install`, {
      args,
      clearEnv: true,
      env: { PATH: `${bin}:${Deno.env.get("PATH")}`, HOME: world.home },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
}

Deno.test("scripts/install says first that it builds, and builds nothing for --help and --uninstall", async () => {
  await using world = await World.make();
  const install = await repository(world);
  assert.match((await install("--help")).out, /^Puts the executable /);
  assert.match(
    (await install("--prefix", `${world.home}/a b`, "--uninstall")).out,
    /^There is no .*a b/,
  );
  assert.equal((await install("--purge")).code, 2);
  assert.deepEqual(await world.files(), []);
  const { code, out, err } = await install("--verbose", "--prefix", `${world.home}/a b`);
  assert.equal(code, 0, err);
  assert.match(err, /^-- building the executable, about a minute\n-- dist\//);
  assert.match(out, /^Installed .*\/a b\/bin\/claude-failover/);
  assert.deepEqual(await world.files(), ["a b/bin/claude-failover", "built"]);
  const built = await Deno.readTextFile(`${world.home}/built`);
  assert.equal(built, "run --quiet -A scripts/build.ts --verbose\n");
});

// -- For other machines --

Deno.test("targetsOf() knows the machines that npm has a Deno for", () => {
  assert.equal(targetsOf(["all"]).length, 4);
  assert.deepEqual(targetsOf(["aarch64-apple-darwin", "aarch64-apple-darwin"]), [
    "aarch64-apple-darwin",
  ]);
  assert.throws(() => targetsOf(["x86_64-unknown-linux-musl"]), /there is no Deno for it in npm/);
});

Deno.test("machineOf() reads what an executable is for", async () => {
  const head = (...words: [at: number, bytes: number[]][]) => {
    const bytes = new Uint8Array(32);
    for (const [at, values] of words) bytes.set(values, at);
    return bytes;
  };
  const elf = [0x7f, 0x45, 0x4c, 0x46];
  assert.equal(machineOf(head([0, elf], [18, [62, 0]])), "x86_64-linux");
  assert.equal(machineOf(head([0, elf], [18, [183, 0]])), "aarch64-linux");
  const mach = [0xcf, 0xfa, 0xed, 0xfe];
  assert.equal(machineOf(head([0, mach], [4, [7, 0, 0, 1]])), "x86_64-darwin");
  assert.equal(machineOf(head([0, mach], [4, [12, 0, 0, 1]])), "aarch64-darwin");
  assert.equal(machineOf(head([0, elf], [18, [40, 0]])), null);
  assert.equal(machineOf(new TextEncoder().encode("#!/bin/sh\necho a script, no binary")), null);
  await checkMachine(Deno.execPath(), Deno.build.target);
  const other = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
  await assert.rejects(
    checkMachine(Deno.execPath(), Deno.build.target.replace(/^[^-]+/, other)),
    /its Deno is for /,
  );
});
