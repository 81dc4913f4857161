/**
 * The service under a real systemd: a user manager of its own, in a PID namespace of its own, so nothing of this
 * machine's systemd is touched (it needs none). A pool of two scripted sessions is installed as a service, restarted,
 * hung, killed and uninstalled, and the sessions live through all of it with the same processes.
 *
 * Needs Linux, root, systemd, unshare and a cgroup2 hierarchy that can be written.
 *
 * @module
 */
import assert from "node:assert/strict";
import { duration, type Row, table } from "../bench/row.ts";
import { makePool, type Pool } from "../../test/integration/pool.ts";
import { until } from "../../test/support/mod.ts";

const UNIT = "claude-failover.service";
const rows: Row[] = [];

/** Makes the cgroup and the namespaces, and plays inside them. */
async function outside(): Promise<void> {
  const unified = await cgroup2();
  const cgroup = `${unified}/cf-evidence-${Deno.pid}`;
  await Deno.mkdir(`${cgroup}/user@0.service/init.scope`, { recursive: true });
  try {
    // As the first process of its namespace it takes everything along when it ends.
    const script = `echo $$ >"$1"/user@0.service/init.scope/cgroup.procs
      mount -t tmpfs none /run; mkdir -p /run/systemd/system
      shift; "$@"`;
    const deno = [Deno.execPath(), "run", "--quiet", "-A", import.meta.filename!, "inside"];
    const { code } = await new Deno.Command("unshare", {
      args: [
        ...["--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-euc", script, "sh", cgroup],
        ...[...deno, cgroup],
      ],
      stdin: "null",
    }).spawn().status;
    Deno.exitCode = code;
  } finally {
    await new Deno.Command("find", { args: [cgroup, "-depth", "-type", "d", "-delete"] }).output();
  }
}

async function cgroup2(): Promise<string> {
  for (const dir of ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]) {
    if (await Deno.stat(`${dir}/cgroup.procs`).catch(() => null)) return dir;
  }
  throw new Error("Cannot run a user manager: no cgroup2 hierarchy is mounted");
}

async function inside(cgroup: string): Promise<void> {
  await using pool = await makePool({ accounts: ["a", "b"], sessions: ["s-0", "s-1"] });
  const home = pool.configPath.slice(0, pool.configPath.lastIndexOf("/"));
  const runtime = `${home}/xdg`;
  await Deno.mkdir(runtime, { mode: 0o700 });
  Deno.env.set("XDG_RUNTIME_DIR", runtime);
  Deno.env.delete("XDG_CONFIG_HOME");
  const manager = new Deno.Command("/usr/lib/systemd/systemd", {
    args: ["--user", "--log-target=console", "--log-level=warning"],
    env: { HOME: home },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await until(async () => (await systemctl("is-active", "default.target")).out === "active");
    await play(pool, { home, cgroup });
  } finally {
    manager.kill("SIGTERM");
    await manager.status;
  }
  console.log(table(rows));
}

async function play(pool: Pool, { home, cgroup }: { home: string; cgroup: string }) {
  const unit = `${home}/.config/systemd/user/${UNIT}`;
  const installed = await timed("install, until it is ready", () => service(pool, "install"));
  assert.match(installed, /The service runs \(pid \d+\): watching 2 sessions under 2 accounts/);
  await pool.until((state) => Object.values(state.sessions).every((s) => s.phase.name === "idle"));
  const agents = await pool.agents();
  assert.equal(agents.size, 2);
  const same = async () => assert.deepEqual(await pool.agents(), agents);

  const server = await tmuxCgroup(pool);
  assert.match(server, /\.scope$/, "the tmux server is in a scope");
  rows.push({ name: "tmux server", value: "own scope", note: server.slice(-60) });
  assert.match(await service(pool, "status"), /service {2}active, pid \d+, watching 2 sessions/);
  const verified = await run("systemd-analyze", "--user", "verify", unit);
  assert.deepEqual([verified.code, verified.err], [0, ""]);

  // A pool of a service is asked to restart, as after an upgrade.
  let pid = await mainPid();
  await timed("systemctl restart", () => systemctl("restart", UNIT));
  assert.notEqual(await mainPid(), pid);
  await adopted(pool);
  await same();

  pid = await mainPid();
  Deno.kill(pid, "SIGKILL");
  await timed(
    "kill -9, until it is back",
    () => until(async () => await back(pid), { timeoutMs: 30_000 }),
  );
  await adopted(pool);
  await same();

  // A daemon that hangs is found by the watchdog; here it looks after 2 s instead of 60.
  await Deno.mkdir(`${unit}.d`);
  await Deno.writeTextFile(`${unit}.d/quick.conf`, "[Service]\nWatchdogSec=2s\nRestartSec=100ms\n");
  await systemctl("daemon-reload");
  await systemctl("restart", UNIT);
  pid = await mainPid();
  await new Promise((done) => setTimeout(done, 6_000)); // three times the watchdog's time
  assert.equal(await mainPid(), pid, "a daemon that lives is left alone");
  Deno.kill(pid, "SIGSTOP");
  await timed(
    "hung, until it is back",
    () => until(async () => await back(pid), { timeoutMs: 30_000 }),
  );
  await adopted(pool);
  await same();

  // A reload, and a stop by our own command, which is not to be undone by the manager.
  assert.equal((await systemctl("reload", UNIT)).code, 0);
  await Deno.remove(`${unit}.d`, { recursive: true });
  assert.equal((await pool.cli("stop")).code, 0);
  await until(async () => (await systemctl("is-active", UNIT)).out === "inactive");
  await same();
  assert.equal((await systemctl("start", UNIT)).code, 0);
  await adopted(pool);

  await timed("uninstall", () => service(pool, "uninstall"));
  await same();
  assert.equal((await pool.cli("service", "status")).code, 3);
  const left = await run("find", `${home}/.config`, "-mindepth", "1");
  assert.equal(left.out, "", "nothing of ours is left in ~/.config");
  assert.equal((await systemctl("list-unit-files", UNIT)).out.includes(UNIT), false);
  assert.match(await tmuxCgroup(pool), new RegExp(cgroup.slice(cgroup.lastIndexOf("/"))));

  // And by hand the next daemon adopts them.
  const daemon = pool.program();
  await adopted(pool);
  await same();
  assert.equal((await pool.cli("stop", "--sessions")).code, 0);
  await daemon.exited;
  rows.push({
    name: "sessions",
    value: `${agents.size} alive`,
    note: "the same processes all along",
  });
  await restricted(pool, unit);
}

/** With the drop-in of docs/operations.md a new pool comes up, and tmux has what the drop-in leaves. */
async function restricted(pool: Pool, unit: string): Promise<void> {
  const page = await Deno.readTextFile(new URL("../../docs/operations.md", import.meta.url));
  const [, strict] = /```ini\n([^]*?)```/.exec(page) ?? [];
  assert.match(strict ?? "", /NoNewPrivileges=yes/);
  await Deno.mkdir(`${unit}.d`, { recursive: true });
  await Deno.writeTextFile(`${unit}.d/strict.conf`, strict!);
  await service(pool, "install");
  await until(async () => (await pool.agents()).size === 2, { timeoutMs: 30_000 });
  const status = await Deno.readTextFile(`/proc/${await tmuxPid(pool)}/status`);
  assert.match(status, /^NoNewPrivs:\s+1$/m);
  assert.equal((await pool.cli("stop", "--sessions")).code, 0);
  await service(pool, "uninstall");
  rows.push({ name: "with the drop-in", value: "2 idle", note: "tmux has NoNewPrivs" });
}

/** A new daemon knows of both sessions as running; nothing was started anew for it. */
async function adopted(pool: Pool): Promise<void> {
  await until(async () =>
    (await pool.cli("session", "list", "--json")).out.match(/"idle"/g)?.length === 2
  );
  assert.equal(pool.events().filter(({ type }) => type === "run.planned").length, 2);
}

async function service(pool: Pool, ...args: string[]): Promise<string> {
  const { code, out, err } = await pool.cli("service", ...args);
  assert.equal(code, 0, `service ${args.join(" ")}: ${err}${out}`);
  return out;
}

async function back(old: number): Promise<boolean> {
  const pid = await mainPid();
  return pid !== 0 && pid !== old && (await systemctl("is-active", UNIT)).out === "active";
}

async function mainPid(): Promise<number> {
  return Number((await systemctl("show", "--property=MainPID", "--value", UNIT)).out);
}

async function tmuxPid({ config: { tmux: { socket } } }: Pool): Promise<string> {
  const at = "path" in socket ? ["-S", socket.path] : ["-L", socket.name];
  return (await run("tmux", ...at, "display-message", "-p", "#{pid}")).out;
}

async function tmuxCgroup(pool: Pool): Promise<string> {
  const lines = (await Deno.readTextFile(`/proc/${await tmuxPid(pool)}/cgroup`)).split("\n");
  return lines.find((line) => line.startsWith("0::"))!.slice("0::".length);
}

async function timed<T>(name: string, act: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await act();
  rows.push({ name, value: duration(performance.now() - startedMs) });
  return result;
}

function systemctl(...args: string[]) {
  return run("systemctl", "--user", ...args);
}

async function run(program: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, out: text(stdout), err: text(stderr) };
}

if (Deno.args[0] === "inside") await inside(Deno.args[1]!);
else await outside();
