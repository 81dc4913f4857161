/**
 * An empty Debian in a folder, and processes in it that see nothing of this machine: mounts, processes and network of
 * their own. Root only.
 *
 * @module
 */
import { until } from "../../../test/support/mod.ts";

const TOOLS = new URL("../../../.tools/", import.meta.url).pathname;
const SUITE = "bookworm";
const UID = 1000;

/** Everything is a child of its first process, and ends with it. */
const HOLD = `
mount --bind "$1" "$1"
mount -t proc none "$1/proc"
mount -t tmpfs -o mode=755 none "$1/run"
mount -t tmpfs -o mode=1777 none "$1/dev/shm"
mkdir -p "$1/dev/pts" "$1/sys" "$1/run/user/${UID}" "$1/run/systemd/system"
mount -t devpts -o newinstance,ptmxmode=666 none "$1/dev/pts"
ln -sfn pts/ptmx "$1/dev/ptmx"
mount --rbind /sys "$1/sys"
chown ${UID}:${UID} "$1/run/user/${UID}"
[ "$2" = yes ] || ip link set lo up
exec chroot "$1" sh -c 'while :; do sleep 1; done'
`;

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class Root implements AsyncDisposable {
  /** Where it lies on this machine. */
  readonly dir: string;
  readonly #cgroup = `${cgroup2()}/cf-evidence-${Deno.pid}`;
  #holder: { readonly child: Deno.ChildProcess; readonly pid: number } | null = null;
  #manager: Deno.ChildProcess | null = null;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** A fresh one, with a user ada. */
  static async make(): Promise<Root> {
    if (Deno.uid() !== 0) throw new Error("Cannot make a Debian: this needs root");
    const tar = `${TOOLS}debian-${SUITE}.tar`;
    const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "cf-debian-" });
    await Deno.chmod(dir, 0o755);
    const root = new Root(dir);
    if (!await Deno.stat(tar).catch(() => null)) {
      await Deno.mkdir(TOOLS, { recursive: true });
      const include = "--include=tmux,git,iproute2";
      await must("debootstrap", "--variant=minbase", include, SUITE, dir, await mirror());
      await must("tar", "-C", dir, "-cf", `${tar}.tmp`, ".");
      await Deno.rename(`${tar}.tmp`, tar);
    } else await must("tar", "-C", dir, "-xpf", tar);
    await must("chroot", dir, "useradd", "--uid", `${UID}`, "--create-home", "ada");
    return root;
  }

  /** Begins: from now on commands can be run in it. */
  async start({ network }: { readonly network: boolean }): Promise<void> {
    const spaces = ["--mount", "--pid", "--uts", "--ipc", ...network ? [] : ["--net"]];
    const child = new Deno.Command("unshare", {
      args: [
        ...[...spaces, "--fork", "--kill-child", "sh", "-euc", HOLD, "sh"],
        ...[this.dir, network ? "yes" : "no"],
      ],
      stdin: "null",
      stderr: "null",
    }).spawn();
    const pid = await until(async () => {
      const path = `/proc/${child.pid}/task/${child.pid}/children`;
      return Number((await Deno.readTextFile(path)).trim()) || null;
    });
    this.#holder = { child, pid };
    await until(async () => (await this.#run(["true"])).code === 0 && await this.#isChrooted());
  }

  /** Ends all that runs in it. */
  async stop(): Promise<void> {
    if (!this.#holder) return;
    Deno.kill(this.#holder.pid, "SIGKILL");
    await this.#holder.child.status;
    this.#holder = null;
  }

  /** A shell command of ada, in her home. */
  async ada(script: string, stdin?: string): Promise<Ran> {
    return await this.#run(asAda("sh", "-c", script), stdin);
  }

  async lives(pid: number): Promise<boolean> {
    return (await this.#run(["test", "-d", `/proc/${pid}`])).code === 0;
  }

  /** Packages of Debian, with the network of this machine; nothing may run in it. */
  async install(...packages: string[]): Promise<void> {
    await must("chroot", this.dir, "apt-get", "install", "-y", "-qq", ...[
      "--no-install-recommends",
      ...packages,
    ]);
  }

  async own(path: string): Promise<void> {
    await must("chroot", this.dir, "chown", "-R", "ada:ada", path);
  }

  /** systemd as the manager of ada's services, in a cgroup that is hers. */
  async userManager(): Promise<void> {
    const home = `${this.#cgroup}/user@${UID}.service`;
    await Deno.mkdir(`${home}/init.scope`, { recursive: true });
    await must("chown", "-R", `${UID}:${UID}`, home);
    const script = `echo $$ >"$1/init.scope/cgroup.procs"; shift; exec "$@"`;
    const ada = asAda("/usr/lib/systemd/systemd", "--user", "--log-target=null");
    const [program, ...args] = this.#enter(["sh", "-euc", script, "sh", home, ...ada]);
    this.#manager = new Deno.Command(program!, { args, stdin: "null" }).spawn();
    const active = "systemctl --user is-active default.target";
    await until(async () => (await this.ada(active)).out === "active");
  }

  async endUserManager(): Promise<void> {
    await this.ada("systemctl --user exit");
    await this.#manager?.status;
    this.#manager = null;
  }

  /** Every path in it, but those of the kernel and of package management. */
  async files(): Promise<string[]> {
    const { out } = await run("find", [this.dir, "-xdev", "-printf", "/%P\n"]);
    return out.split("\n").filter((path) => !/^\/(proc|sys|dev|run)\b/.test(path)).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await run("find", [this.#cgroup, "-depth", "-type", "d", "-delete"]);
    await must("rm", "-rf", "--one-file-system", this.dir);
  }

  async #isChrooted(): Promise<boolean> {
    return (await this.#run(["test", "-d", "/home/ada"])).code === 0;
  }

  #enter(argv: readonly string[]): string[] {
    if (!this.#holder) throw new Error("Cannot run anything: it has not been started");
    const { pid } = this.#holder;
    return ["nsenter", `--target=${pid}`, "--all", `--root=/proc/${pid}/root`, "--wdns=/", ...argv];
  }

  async #run(argv: readonly string[], stdin?: string): Promise<Ran> {
    const [program, ...args] = this.#enter(argv);
    return await run(program!, args, stdin);
  }
}

function asAda(...argv: readonly string[]): string[] {
  const PATH = "/home/ada/.local/bin:/usr/local/bin:/usr/bin:/bin";
  const env = [
    "HOME=/home/ada",
    `XDG_RUNTIME_DIR=/run/user/${UID}`,
    `PATH=${PATH}`,
    "LANG=C.UTF-8",
  ];
  const become = ["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"];
  return [...become, "env", "-i", "-C", "/home/ada", "USER=ada", "TERM=dumb", ...env, ...argv];
}

/** Where this machine's apt gets its Debian from. */
async function mirror(): Promise<string> {
  const { out } = await run("apt-get", [
    "indextargets",
    "--format",
    "$(SITE)",
    "Created-By: Packages",
  ]);
  const debian = out.split("\n").find((site) => /debian\/?$/.test(site));
  if (!debian) throw new Error("Cannot find Debian's mirror in the sources of apt");
  return debian;
}

function cgroup2(): string {
  for (const dir of ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]) {
    try {
      Deno.statSync(`${dir}/cgroup.procs`);
      return dir;
    } catch { /* it is the other one, or none */ }
  }
  throw new Error("Cannot run a user manager: no cgroup2 hierarchy is mounted");
}

async function must(program: string, ...args: string[]): Promise<void> {
  const { code, err, out } = await run(program, args);
  if (code !== 0) {
    throw new Error(`Cannot ${program} ${args.join(" ")}: ${err}\n${out.slice(-500)}`);
  }
}

async function run(program: string, args: readonly string[], stdin?: string): Promise<Ran> {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    env: { DEBIAN_FRONTEND: "noninteractive" },
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, out: text(stdout), err: text(stderr) };
}
