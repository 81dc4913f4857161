/**
 * The executable in an empty Debian: debootstrap's smallest, with tmux and git, and a user who has never heard of Deno
 * or Node. First without systemd and without a network: install, doctor, demo, a pool by hand, uninstall. Then with
 * systemd, under a user manager of its own: service install, restart, uninstall. The sessions of a running pool live
 * through all of it, and what was there before is what is there afterwards.
 *
 * Needs Linux, root, debootstrap, and Debian's mirror once: the empty system is kept in .tools/.
 *
 * @module
 */
import assert from "node:assert/strict";
import agent from "../../lib/cli/demo/agent.sh" with { type: "text" };
import { until } from "../../test/support/mod.ts";
import { duration, type Row, table } from "../bench/row.ts";
import { build } from "../build.ts";
import { Root } from "./lib/debian.ts";

const UNIT = "claude-failover.service";
const HOME = "/home/ada";
const rows: Row[] = [];

/** Two sessions of the scripted agent under the first of two accounts. */
const CONFIG = `version: 1
accounts:
  - { id: a, kind: subscription, config_dir: ~/claude-a }
  - { id: b, kind: subscription, config_dir: ~/claude-b }
failover: { mode: auto, to_kinds: [subscription] }
sessions: [{ names: "s-[0..1]", cwd: ~/work, account: a }]
claude: { path: ~/claude }
`;

await using root = await Root.make();
const built = await build({ dist: `${root.dir}${HOME}/download` });
rows.push({ name: "executable", value: `${(built.bytes / 1e6).toFixed(1)} MB`, note: built.how });
await furnish();
const before = await root.files();
await root.start({ network: false });
await byHand();
assert.deepEqual(differences(await root.files(), before), [], "everything is as it was");
await root.stop();

await root.install("systemd");
const withSystemd = await root.files();
await root.start({ network: false });
await asService();
assert.deepEqual(differences(await root.files(), withSystemd), [], "everything is as it was");
console.log(table(rows));

/** What a user has who has used Claude Code before us: two config dirs, a folder to work in. */
async function furnish(): Promise<void> {
  const put = async (path: string, text: string, mode = 0o644) => {
    const whole = `${root.dir}${HOME}/${path}`;
    await Deno.mkdir(whole.slice(0, whole.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(whole, text, { mode });
    await Deno.chmod(whole, mode);
  };
  await put("claude", agent, 0o755);
  await put("work/README.md", "# Work\n");
  for (const id of ["a", "b"]) {
    const trusted = { [`${HOME}/work`]: { hasTrustDialogAccepted: true } };
    const seed = { hasCompletedOnboarding: true, projects: trusted };
    await put(`claude-${id}/.claude.json`, JSON.stringify(seed));
    const account = `name=${id}\nemail=${id}@example.test\nplan=max\norg=made-up-${id}\n`;
    await put(`claude-${id}/fake-account`, `${account}five_hour_pct=10\nfive_hour_burn_pct=0\n`);
  }
  await root.own(HOME);
}

async function byHand(): Promise<void> {
  const installed = await timed("install.sh", () => ada("sh download/install.sh"));
  assert.match(installed, /Installed .*Next: claude-failover demo/s);
  const version = JSON.parse(await ada("claude-failover version --json"));
  assert.equal(version.path, `${HOME}/.local/bin/claude-failover`);
  rows.push({ name: "version", value: version.version, note: version.kind });

  // Nothing is set up: doctor says what is missing, and what to do.
  const doctor = await root.ada("claude-failover doctor");
  console.log(doctor.out);
  assert.equal(doctor.code, 1);
  assert.match(doctor.out, /claude/);
  await timed("demo --speed 3", () => ada("claude-failover demo --speed 3"));

  await configure();
  assert.match(await ada("claude-failover service install --dry-run"), /^ExecStart=.*local\/bin/m);
  const refused = await root.ada("claude-failover service install");
  assert.deepEqual([refused.code, refused.err.split("\n")[0]], [
    2,
    "Cannot install the service: systemd of this user cannot be asked: there is no systemctl",
  ]);

  const daemon = await runByHand();
  const agents = await allIdle();
  const healthy = await root.ada("claude-failover doctor");
  assert.equal(healthy.code, 0, healthy.out);

  // The executable goes, the pool and its daemon do not.
  const gone = await ada("sh download/install.sh --uninstall");
  assert.match(gone, /A daemon or its sessions go on/);
  assert.deepEqual(await pids(), agents);
  assert.ok(await root.lives(daemon));
  const purge = await root.ada("sh download/install.sh --uninstall --purge --yes");
  assert.deepEqual([purge.code, purge.err.split("\n")[0]!.slice(0, 52)], [
    2,
    "Cannot purge: a daemon or sessions of it run, and ne",
  ]);
  await ada("sh download/install.sh");
  await ada("claude-failover stop");
  assert.deepEqual(await pids(), agents);
  await runByHand();
  await allIdle();
  assert.deepEqual(await pids(), agents, "the next daemon has adopted them");
  rows.push({ name: "uninstall, stop, run", value: "2 alive", note: "the same processes" });
  await clear();
}

async function asService(): Promise<void> {
  await ada("sh download/install.sh");
  await configure();
  await root.userManager();
  const unit = `${HOME}/.config/systemd/user/${UNIT}`;
  const said = await timed("service install", () => ada("claude-failover service install"));
  assert.match(said, /The service runs \(pid \d+\): watching 2 sessions under 2 accounts/);
  const verified = await root.ada(`systemd-analyze --user verify ${unit}`);
  assert.deepEqual([verified.code, verified.err], [0, ""], "systemd-analyze verify");
  const agents = await allIdle();
  await timed("systemctl restart", () => ada(`systemctl --user restart ${UNIT}`));
  await allIdle();
  assert.deepEqual(await pids(), agents);
  const scope = await ada(
    "cat /proc/$(tmux -L claude-failover display-message -p '#{pid}')/cgroup",
  );
  assert.match(scope, /\.scope$/m);

  // One command takes executable and service away; the sessions go on.
  const gone = await timed(
    "install.sh --uninstall",
    () => ada("sh download/install.sh --uninstall"),
  );
  assert.match(gone, /2 sessions go on: tmux -L claude-failover attach/);
  assert.equal((await root.ada(`systemctl --user cat ${UNIT}`)).code, 1);
  assert.deepEqual(await pids(), agents);
  rows.push({ name: "restart, uninstall", value: "2 alive", note: "the same processes" });
  await ada("sh download/install.sh");
  await runByHand();
  await allIdle();
  assert.deepEqual(await pids(), agents, "a daemon by hand has adopted them");
  await clear();
  await root.endUserManager();
}

async function configure(): Promise<void> {
  await ada(`mkdir -p .config/claude-failover && cat >.config/claude-failover/config.yaml`, CONFIG);
}

/** Ends the pool, and takes away all that was ours and the agents'. */
async function clear(): Promise<void> {
  await ada("claude-failover stop --sessions");
  await until(async () => (await pids()).length === 0);
  await ada("sh download/install.sh --uninstall --purge --yes");
  const kept = await ada("find .local .cache .config -mindepth 1 -not -type d 2>/dev/null || :");
  const ours = kept.split("\n").filter((path) => path !== "" && !path.includes("/projects/"));
  assert.deepEqual(ours, [], "nothing of ours is left in ~/.local, ~/.cache, ~/.config");
  // The conversations are not ours to remove.
  rows.push({ name: "left in the home", value: "conversations", note: "and what was there" });
  await ada("rm -rf .local .cache .config claude-*/projects claude-*/sessions claude-*/[a-eg-z]*");
}

async function runByHand(): Promise<number> {
  await ada("setsid -f claude-failover run --json >/dev/null 2>&1");
  return await until(async () => {
    const { code, out } = await root.ada("claude-failover status --json");
    return code === 0 ? JSON.parse(out).daemon.pid as number | undefined : undefined;
  }, { timeoutMs: 20_000 });
}

async function allIdle(): Promise<string[]> {
  await until(async () => {
    const { out } = await root.ada("claude-failover session list --json");
    return out.match(/"idle"/g)?.length === 2;
  }, { timeoutMs: 30_000 });
  return await pids();
}

/** Of the agents, by the registry in their config dirs. */
async function pids(): Promise<string[]> {
  const { out } = await root.ada("cd claude-a/sessions && ls");
  const all = out.split("\n").flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []);
  const alive = await Promise.all(all.map((pid) => root.lives(Number(pid))));
  return all.filter((_, i) => alive[i]);
}

async function ada(script: string, stdin?: string): Promise<string> {
  const { code, out, err } = await root.ada(script, stdin);
  assert.equal(code, 0, `${script}: ${err}${out}`);
  return out;
}

/** Paths that are in one of them only, but for what every start of a program may leave. */
function differences(now: readonly string[], then: readonly string[]): string[] {
  const [a, b] = [new Set(now), new Set(then)];
  const changed = [...now.filter((f) => !b.has(f)), ...then.filter((f) => !a.has(f))];
  return changed.filter((path) => !/^\/home\/ada\/claude-[ab]\/|^\/tmp\/tmux-\d+/.test(path));
}

async function timed<T>(name: string, act: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await act();
  rows.push({ name, value: duration(performance.now() - startedMs) });
  return result;
}
