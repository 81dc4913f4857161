/**
 * What scripts/demo and scripts/test find or install before they begin: scripts/lib/setup.sh in a project of
 * its own, with a PATH that holds nothing but stubs and the few tools of every POSIX system.
 *
 * @module
 */
import assert from "node:assert/strict";

const SETUP = new URL("../scripts/lib/setup.sh", import.meta.url).pathname;

/** A project that sources setup.sh and says which Deno it found. */
const PROBE = `#!/bin/sh
set -eu
. "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)/lib/setup.sh"
set_up
echo "deno=\${deno#"$root"/}"
echo "first in PATH: \${PATH%%:*}"
`;

const POSIX = ["cat", "chmod", "cp", "dirname", "mkdir", "mv", "rm", "sed", "sh"];

/** A machine with everything; a test takes away or replaces. Name -> body of a shell script. */
const MACHINE: Readonly<Record<string, string>> = {
  uname: "echo Linux",
  id: "echo 1000",
  deno: "echo 'deno 2.9.6 (stable, release, x86_64-unknown-linux-gnu)'",
  tmux: "echo 'tmux 3.3a'",
  git: "exit 0",
  flock: "exit 0",
};

/** An npm that "installs" a Deno of this version, and writes down how it was called. */
function npm(version: string): string {
  return `echo "npm $*" >>"$LOG"
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/@deno/linux-x64-glibc"
printf '#!/bin/sh\\necho "deno ${version} (stable)"\\n' >"$2/node_modules/@deno/linux-x64-glibc/deno"`;
}

/** A package manager that "installs" every PACKAGE as a program of the name of \`program\`. */
function installer(program: string): string {
  return `echo "\${0##*/} $*" >>"$LOG"
case " $* " in *" install "*|*" add "*) printf '#!/bin/sh\\necho "tmux 3.4"\\n' >"$BIN/${program}"; chmod +x "$BIN/${program}";; esac`;
}

type Stubs = Readonly<Record<string, string | null>>;

/** Runs set_up on the machine with these changes, as often as asked for. */
async function setUp(changes: Stubs, { times = 1 } = {}) {
  const dir = await Deno.makeTempDir({ prefix: "cf-setup-" });
  try {
    const bin = `${dir}/bin`;
    await Deno.mkdir(bin);
    await Deno.mkdir(`${dir}/project/scripts/lib`, { recursive: true });
    await Deno.writeTextFile(`${dir}/project/deno.json`, "{}");
    await Deno.copyFile(SETUP, `${dir}/project/scripts/lib/setup.sh`);
    await Deno.writeTextFile(`${dir}/project/scripts/probe`, PROBE, { mode: 0o755 });
    const stubs = { ...MACHINE, ...changes };
    for (const tool of POSIX) {
      // A stub is never written through a link to the true tool.
      if (!Object.hasOwn(stubs, tool)) await Deno.symlink(await whereIs(tool), `${bin}/${tool}`);
    }
    for (const [name, body] of Object.entries(stubs)) {
      if (body !== null) {
        await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      }
    }
    const run = () =>
      new Deno.Command(`${dir}/project/scripts/probe`, {
        clearEnv: true,
        env: { PATH: bin, BIN: bin, LOG: `${dir}/log`, HOME: dir },
        stdin: "null",
      }).output();
    let output = await run();
    for (let i = 1; i < times; i++) output = await run();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replaceAll(dir, "DIR");
    const log = await Deno.readTextFile(`${dir}/log`).catch(() => "");
    return {
      code: output.code,
      stdout: text(output.stdout),
      stderr: text(output.stderr),
      called: log.replaceAll(dir, "DIR").trimEnd().split("\n").filter((line) => line !== ""),
      tools: await names(`${dir}/project/.tools`),
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function whereIs(tool: string): Promise<string> {
  for (const dir of ["/bin", "/usr/bin"]) {
    const found = await Deno.stat(`${dir}/${tool}`).then(() => true, () => false);
    if (found) return `${dir}/${tool}`;
  }
  throw new Error(`Cannot find ${tool}`);
}

async function names(dir: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

Deno.test("set_up takes what is there, and installs nothing", async () => {
  const { code, stdout, stderr, called, tools } = await setUp({ npm: npm("2.9.6") });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "deno=DIR/bin/deno\nfirst in PATH: DIR/bin\n");
  assert.deepEqual([stderr, called, tools], ["", [], []]);
});

Deno.test("set_up installs Deno from npm into .tools/ when there is none, once", async () => {
  const { code, stdout, stderr, called, tools } = await setUp({
    deno: null,
    npm: npm("2.9.6"),
  }, { times: 2 });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "", "the second time it is there");
  const place = ".tools/deno/node_modules/@deno/linux-x64-glibc";
  assert.equal(stdout, `deno=${place}/deno\nfirst in PATH: DIR/project/${place}\n`);
  assert.equal(called.length, 1);
  assert.match(
    called[0]!,
    /^npm install --prefix DIR\/project\/\.tools\/deno\.\d+ .*deno@2\.9\.6$/,
  );
  assert.deepEqual(tools, ["deno"]);
});

Deno.test("set_up uses what is in .tools/ though it may not change it", async () => {
  const chmod = `[ ! -e "$HOME/once" ] || exit 1; : >"$HOME/once"; exec /bin/chmod "$@"`;
  const { code, called, stderr } = await setUp(
    { deno: null, npm: npm("2.9.6"), chmod },
    { times: 2 },
  );
  assert.equal(code, 0, stderr);
  assert.equal(called.length, 1);
});

Deno.test("set_up prefers a Deno of its own to one that is too old", async () => {
  for (const version of ["1.46.3", "2.8.1", "3.0.0"]) {
    const old = `echo 'deno ${version} (stable)'`;
    const { code, stdout } = await setUp({ deno: old, npm: npm("2.9.6") });
    assert.equal(code, 0);
    assert.match(stdout, /^deno=\.tools\/deno/, version);
  }
});

Deno.test("set_up says what to install when there is neither Deno nor npm", async () => {
  const { code, stderr } = await setUp({ deno: null });
  assert.equal(code, 2);
  assert.match(stderr, /^Cannot find Deno 2\.9 or newer, nor npm/);
});

Deno.test("set_up leaves nothing half behind when npm fails, or its Deno does not run", async () => {
  const failed = await setUp({ deno: null, npm: "mkdir -p x; exit 1" });
  assert.equal(failed.code, 2);
  assert.match(failed.stderr, /Cannot install Deno: npm failed/);
  assert.deepEqual(failed.tools, []);
  const foreign = await setUp({ deno: null, npm: npm("1.0.0") });
  assert.equal(foreign.code, 2);
  assert.match(foreign.stderr, /Cannot run the Deno that npm installed/);
  assert.deepEqual(foreign.tools, []);
});

Deno.test("set_up names the command for a missing program when it is not root", async () => {
  const commands = {
    "apt-get": "sudo apt-get install -y --no-install-recommends tmux",
    dnf: "sudo dnf install -y tmux",
    pacman: "sudo pacman -S --noconfirm tmux",
    zypper: "sudo zypper --non-interactive install tmux",
    apk: "sudo apk add tmux",
  };
  for (const [manager, command] of Object.entries(commands)) {
    const { code, stderr, called } = await setUp({ tmux: null, [manager]: installer("tmux") });
    assert.equal(code, 2);
    assert.equal(stderr, `Cannot find tmux, and installing it needs root. Type:\n  ${command}\n`);
    assert.deepEqual(called, []);
  }
  const { code, stderr } = await setUp({ flock: null });
  assert.equal(code, 2);
  assert.match(stderr, /^Cannot find flock\. Install the package util-linux with/);
});

Deno.test("set_up asks sudo only where it needs no password", async () => {
  const sudo = `[ "$1" = -n ] || exit 9; shift; exec "$@"`;
  const changes = { tmux: null, true: "exit 0", "apt-get": installer("tmux") };
  const allowed = await setUp({ ...changes, sudo });
  assert.equal(allowed.code, 0, allowed.stderr);
  assert.deepEqual(allowed.called, [
    "apt-get update",
    "apt-get install -y --no-install-recommends tmux",
  ]);
  const refused = await setUp({ ...changes, sudo: "exit 1" });
  assert.equal(refused.code, 2);
  assert.deepEqual(refused.called, []);
});

Deno.test("set_up installs as root, and says so when that fails", async () => {
  const root = { id: "echo 0", tmux: null };
  const installed = await setUp({ ...root, apk: installer("tmux") });
  assert.equal(installed.code, 0, installed.stderr);
  assert.deepEqual(installed.called, ["apk add tmux"]);
  const failed = await setUp({ ...root, apk: "echo no network >&2; exit 1" });
  assert.equal(failed.code, 2);
  assert.match(failed.stderr, /no network\nCannot install tmux\. Type:\n {2}apk add tmux\n$/);
  const wrong = await setUp({ ...root, apk: installer("something-else") });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Cannot find tmux after installing tmux/);
});

Deno.test("set_up refuses a tmux that is too old, and takes one without a number as new", async () => {
  for (const version of ["tmux 3.1c", "tmux 2.9"]) {
    const { code, stderr } = await setUp({ tmux: `echo '${version}'` });
    assert.equal(code, 2);
    assert.equal(stderr, `Cannot use ${version}: claude-failover needs tmux 3.2 or newer.\n`);
  }
  for (const version of ["tmux 3.2", "tmux next-3.6", "tmux master", "tmux openbsd-7.4"]) {
    const { code, stderr } = await setUp({ tmux: `echo '${version}'` });
    assert.equal(code, 0, stderr);
  }
});

Deno.test("set_up says that other systems are not supported yet", async () => {
  const { code, stderr } = await setUp({ uname: "echo Darwin" });
  assert.equal(code, 2);
  assert.match(stderr, /^Cannot run on Darwin/);
});
