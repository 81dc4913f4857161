import assert from "node:assert/strict";
import { join } from "node:path";
import agent from "../../lib/cli/demo/agent.sh" with { type: "text" };
import { agentContract } from "./agent_contract.ts";
import { type AgentWorld, agentWorld } from "./agent_world.ts";
import { until } from "./until.ts";

/** The shells that people have as `sh`; those that are not installed are left out. */
const SHELLS = [["sh"], ["bash", "--posix"], ["busybox", "sh"]] as const;

for (const shell of SHELLS) {
  Deno.test({
    name: `agent.sh keeps the contract of an agent, under ${shell.join(" ")}`,
    ignore: !isInstalled(shell[0]),
    fn: (t) => withWorld(shell, (world) => agentContract(t, world)),
  });

  Deno.test({
    name: `agent.sh goes on under B with the steps that A left open, under ${shell.join(" ")}`,
    ignore: !isInstalled(shell[0]),
    fn: () =>
      withWorld(shell, async (world) => {
        const id = crypto.randomUUID();
        await Deno.writeTextFile(
          join(world.cwd, "steps"),
          "echo one >>done\necho two >>done; touch two; sleep 30\necho three >>done\n",
        );
        const first = await world.start("A", ["--session-id", id, "Do the list\n@@do steps"]);
        await until(
          () => first.hooks().then((all) => all.filter(named("PreToolUse"))[1] ?? null),
          () => first.screen(),
        );
        const children = await until(
          () => exists(join(world.cwd, "two")).then((yes) => yes ? descendants(first.pid) : null),
          () => first.screen(),
        );
        first.signal("SIGTERM");
        assert.equal(await first.ended(), 143);
        await until(
          () => children.some(isAlive) ? null : true,
          () => "the tool and the reader do not end with it",
        );
        assert.deepEqual((await first.hooks()).filter(named("PostToolUse")).length, 1);

        const second = await world.start("B", ["--resume", id, "Continue"]);
        await until(
          async () => (await linesOf(join(world.cwd, "done"))).length === 3 || null,
          () => second.screen(),
        );
        const orphans = descendants(second.pid);
        second.signal("SIGKILL");
        assert.equal(await second.ended(), 137);
        assert.notEqual(await second.registry(), null, "SIGKILL leaves the registry file");
        assert.ok(orphans.some(isAlive), "the tool outlives it");
        for (const pid of orphans.filter(isAlive)) Deno.kill(pid, "SIGKILL");

        assert.deepEqual(
          await linesOf(join(world.cwd, "done")),
          ["one", "two", "two"],
          "what has a result is not run again",
        );
      }),
  });
}

Deno.test("agent.sh leaves the lock that flock gave it to nobody", () =>
  withWorld(["flock", "-n", "-F", "-E", "75", "lock", "sh"], async (world) => {
    const run = await world.start("A", ["--session-id", crypto.randomUUID(), "@@bash sleep 30"]);
    await run.hook("PreToolUse");
    const children = await until(
      () => descendants(run.pid).length >= 2 ? descendants(run.pid) : null,
      () => run.screen(),
    );
    const lock = join(world.cwd, "lock");
    assert.equal(await tryLock(lock), false);
    run.signal("SIGKILL");
    await run.ended();
    try {
      await until(() => tryLock(lock).then((free) => free || null), () => "the lock is still held");
    } finally {
      for (const pid of children.filter(isAlive)) Deno.kill(pid, "SIGKILL");
    }
  }));

Deno.test("agent.sh takes keys as the real one does: /clear, queued prompts, the limit's menu, /exit", () =>
  withWorld(["sh"], async (world) => {
    const run = await world.start("A", ["--session-id", crypto.randomUUID(), "@@bash sleep 0.5"]);
    await run.hook("PreToolUse");
    await run.submit("while the tool runs");
    await run.hook("UserPromptSubmit", { nth: 2 });
    assert.equal((await run.hooks()).filter(named("PostToolUse")).length, 0, "announced at once");
    await run.hook("Stop");
    await run.submit("/clear");
    const cleared = await run.hook("SessionStart", { nth: 2 });
    assert.equal(cleared["source"], "clear");
    assert.notEqual(cleared.session_id, (await run.hook("SessionStart")).session_id);

    await world.answer("A", { kind: "limit", resetsAt: epochS() + 3600 });
    await run.submit("into the limit");
    await run.hook("StopFailure");
    await until(
      async () => (await run.registry())?.["waitingFor"] === "dialog open" || null,
      () => run.screen(),
    );
    await run.submit("swallowed by the menu");
    await until(
      async () => (await run.registry())?.["status"] === "idle" || null,
      () => run.screen(),
    );
    assert.equal((await run.hooks()).filter(named("UserPromptSubmit")).length, 3);
    assert.equal((await run.hooks()).filter(named("Stop")).length, 1, "one turn took both prompts");
    await run.submit("/exit");
    assert.equal(await run.ended(), 0);
    assert.equal((await run.hook("SessionEnd", { nth: 2 }))["reason"], "prompt_input_exit");
  }));

async function withWorld(
  shell: readonly string[],
  use: (world: AgentWorld) => Promise<void>,
): Promise<void> {
  const script = await Deno.makeTempFile({ prefix: "cf-agent-", suffix: ".sh" });
  try {
    await Deno.writeTextFile(script, agent);
    await using world = await agentWorld({
      argv: ["env", ...shell, script],
      dropsSignals: shell[0] === "bash",
      env: () => ({}),
      answer: (account, configDir, answers) =>
        answers.kind === "limit"
          ? writeAccount(configDir, account, 100, answers.resetsAt)
          : writeAccount(configDir, account, 10, epochS() + 7200),
    });
    for (const account of ["A", "B"] as const) await world.answer(account, { kind: "ok" });
    await use(world);
  } finally {
    await Deno.remove(script);
  }
}

function writeAccount(configDir: string, name: string, usedPct: number, resetsAt: number) {
  const values = {
    name,
    email: `${name.toLowerCase()}@example.test`,
    plan: "max",
    five_hour_pct: usedPct,
    five_hour_burn_pct: 1,
    five_hour_resets_at: resetsAt,
    seven_day_pct: 20,
    seven_day_resets_at: epochS() + 3 * 86_400,
  };
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
  Deno.writeTextFileSync(join(configDir, "fake-account"), lines.join(""));
}

function epochS(): number {
  return Math.floor(Date.now() / 1000);
}

function named(name: string) {
  return (call: { hook_event_name: string }) => call.hook_event_name === name;
}

async function linesOf(path: string): Promise<string[]> {
  return (await Deno.readTextFile(path)).trim().split("\n");
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

async function tryLock(path: string): Promise<boolean> {
  const { success } = await new Deno.Command("flock", { args: ["-n", path, "true"] }).output();
  return success;
}

/** Everything below the process, by the table of processes. */
function descendants(pid: number): number[] {
  const { stdout } = new Deno.Command("ps", { args: ["-eo", "pid=,ppid="] }).outputSync();
  const rows = new TextDecoder().decode(stdout).trim().split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    rows.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child!, ...below(child!)]);
  return below(pid);
}

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

function isInstalled(program: string): boolean {
  return new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" })
    .outputSync().success;
}
