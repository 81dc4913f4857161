/**
 * What claude-failover relies on in an agent. The same function runs over the real `claude` (`test/e2e/claude_facts_test.ts`)
 * and over the scripted agent of the demo; the second is believed for that reason. Facts measured on Claude Code 2.1.330.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { procTable } from "../../lib/ports/process_table.ts";
import type { AgentRun, AgentWorld } from "./agent_world.ts";
import { until } from "./until.ts";

/** Runs every clause as a step of `t`, in one world; each clause has conversations of its own. */
export async function agentContract(t: Deno.TestContext, world: AgentWorld): Promise<void> {
  await t.step("a new session reports itself by SessionStart and its registry file", async () => {
    const id = crypto.randomUUID();
    const run = await world.start("A", ["--session-id", id]);
    const started = await run.hook("SessionStart");
    assert.equal(started["source"], "startup");
    assert.equal(started.session_id, id);
    assert.equal(started.cwd, world.cwd);
    const entry = await until(
      async () => {
        const found = await run.registry();
        return found?.["status"] === "idle" ? found : null;
      },
      async () => `the registry does not say idle: ${JSON.stringify(await run.registry())}`,
    );
    assert.equal(entry["pid"], run.pid);
    assert.equal(entry["sessionId"], id);
    assert.equal(entry["cwd"], world.cwd);
    assert.equal(entry["kind"], "interactive");
    const ticks = Deno.build.os === "linux" ? (await procTable.row(run.pid))?.started : "";
    assert.equal(entry["procStart"], ticks);
    assert.equal(typeof entry["version"], "string");
    assert.ok(Math.abs(Date.now() - (entry["updatedAt"] as number)) < 60_000, "updatedAt is in ms");
    await stop(run);
  });

  await t.step("a prompt in argv is submitted once and recorded in the transcript", async () => {
    const id = crypto.randomUUID();
    const run = await world.start("A", ["--session-id", id, "count the apples"]);
    const submitted = await run.hook("UserPromptSubmit");
    assert.equal(submitted["prompt"], "count the apples");
    const stopped = await run.hook("Stop");
    assert.equal(stopped.session_id, id);
    assert.equal(typeof stopped["last_assistant_message"], "string");
    const records = await recordsWith(world, id, [
      ["user", "count the apples"],
      ["assistant", stopped["last_assistant_message"] as string],
    ]);
    const asked = records.filter((record) => says(record, "count the apples"));
    assert.equal(asked.length, 1);
    assert.equal(asked[0]!["promptId"], submitted["prompt_id"]); // `isLastPromptLost` goes by it
    assert.deepEqual(new Set(records.map((record) => record["sessionId"])), new Set([id]));
    assert.equal((await hooksNamed(run, "UserPromptSubmit")).length, 1);
    await stop(run);
  });

  await t.step("a typed prompt is submitted with the same hooks", async () => {
    const run = await world.start("A", ["--session-id", crypto.randomUUID(), "first"]);
    await run.hook("Stop");
    await run.submit("second");
    assert.equal((await run.hook("UserPromptSubmit", { nth: 2 }))["prompt"], "second");
    await run.hook("Stop", { nth: 2 });
    await stop(run);
  });

  await t.step("the input box is empty at rest, and holds what is typed until Enter", async () => {
    const run = await world.start("A", ["--session-id", crypto.randomUUID(), "first"]);
    await run.hook("Stop");
    const stands = (draft: string) =>
      until(
        async () => (await run.box())?.draft.replaceAll(/\s/g, "") === draft.replaceAll(" ", ""),
        async () => `the box does not hold "${draft}". Screen:\n${await run.screen()}`,
      );
    await stands("");
    // Longer than a line of the screen, and in one piece no paste yet.
    const text = `count ${"the apples and ".repeat(20)}the pears`;
    await run.type(text);
    await stands(text);
    assert.equal((await run.box())?.mode, "prompt");
    await run.submit("");
    assert.equal((await run.hook("UserPromptSubmit", { nth: 2 }))["prompt"], text);
    await run.hook("Stop", { nth: 2 });
    await stands("");
    await stop(run);
  });

  await t.step("the status line is given the rate limits after the first answer", async () => {
    const id = crypto.randomUUID();
    const run = await world.start("A", ["--session-id", id, "hello"]);
    await run.hook("Stop");
    const given = await until(
      async () => {
        const found = await run.statusLine();
        return found?.["rate_limits"] ? found : null;
      },
      async () => `no rate_limits: ${JSON.stringify(await run.statusLine())}`,
    );
    assert.equal(given["session_id"], id);
    for (const name of ["five_hour", "seven_day"]) {
      const { used_percentage, resets_at } = (given["rate_limits"] as RateLimits)[name]!;
      assert.ok(used_percentage >= 0 && used_percentage < 100, `${name} at ${used_percentage} %`);
      assert.ok(resets_at > Date.now() / 1000, `${name} resets in the past, or is not in seconds`);
      assert.ok(resets_at < Date.now() / 1000 + 8 * 86_400, `${name} resets too late`);
    }
    await stop(run);
  });

  await t.step("a limit ends the turn at once, with its text and its reset time", async () => {
    const id = crypto.randomUUID();
    const resetsAt = Math.floor(Date.now() / 1000) + 3600;
    const run = await world.start("A", ["--session-id", id, "before the limit"]);
    await run.hook("Stop");
    await world.answer("A", { kind: "limit", resetsAt });
    await run.submit("into the limit");
    await run.hook("UserPromptSubmit", { nth: 2 });
    const failed = await run.hook("StopFailure", { withinMs: 5_000 });
    assert.equal(failed["error"], "rate_limit");
    assert.match(failed["last_assistant_message"] as string, /^You've hit your .+ limit/);
    const record = await until(
      async () => (await transcript(world, id)).find((line) => line["quotaLimits"]) ?? null,
      () => "the transcript has no line with quotaLimits",
    );
    assert.equal(record["type"], "assistant");
    assert.equal(record["error"], "rate_limit");
    assert.equal(record["apiError"], "usage_limit_reached");
    assert.equal(record["isApiErrorMessage"], true);
    const { rateLimitType, resetsAt: recorded } = record["quotaLimits"] as QuotaLimits;
    assert.equal(rateLimitType, "five_hour");
    assert.equal(recorded, resetsAt);
    assert.equal((await hooksNamed(run, "StopFailure")).length, 1);
    assert.equal((await hooksNamed(run, "Stop")).length, 1);
    await stop(run);
    await world.answer("A", { kind: "ok" });
  });

  await t.step("SIGTERM ends it with 143, a SessionEnd and no registry file", async () => {
    const run = await world.start("A", ["--session-id", crypto.randomUUID()]);
    await run.hook("SessionStart");
    await until(() => run.registry(), () => "no registry file");
    run.signal("SIGTERM");
    assert.equal(await run.ended(), 143);
    assert.equal((await run.hook("SessionEnd"))["reason"], "other");
    assert.equal(await run.registry(), null);
  });

  await t.step("a conversation is resumed under the other account, with a prompt", async () => {
    const id = crypto.randomUUID();
    const first = await world.start("A", ["--session-id", id, "spoken under A"]);
    const answered = await first.hook("Stop");
    await recordsWith(world, id, [["assistant", answered["last_assistant_message"] as string]]);
    await stop(first);
    const second = await world.start("B", ["--resume", id, "spoken under B"]);
    const started = await second.hook("SessionStart");
    assert.equal(started["source"], "resume");
    assert.equal(started.session_id, id);
    assert.ok(started.transcript_path.startsWith(world.configDir("B")), started.transcript_path);
    assert.equal(await Deno.realPath(started.transcript_path), await transcriptPath(world, id));
    assert.equal((await second.hook("UserPromptSubmit"))["prompt"], "spoken under B");
    const went = await second.hook("Stop");
    const records = await recordsWith(world, id, [
      ["user", "spoken under B"],
      ["assistant", went["last_assistant_message"] as string],
    ]);
    for (const text of ["spoken under A", "spoken under B"]) {
      assert.equal(records.filter((record) => says(record, text)).length, 1, text);
    }
    assert.equal((await hooksNamed(second, "UserPromptSubmit")).length, 1);
    await stop(second);
  });

  await t.step("resuming an unknown conversation ends with 1 and says so", async () => {
    const run = await world.start("A", ["--resume", crypto.randomUUID()]);
    assert.equal(await run.ended(), 1);
    assert.match(await run.screen(), /No conversation found with session ID/);
    assert.deepEqual(await hooksNamed(run, "UserPromptSubmit"), []);
  });

  await t.step("a new session with an id that exists ends with 1 and says so", async () => {
    const id = crypto.randomUUID();
    const first = await world.start("A", ["--session-id", id, "mine"]);
    const answered = await first.hook("Stop");
    await recordsWith(world, id, [["assistant", answered["last_assistant_message"] as string]]);
    await stop(first);
    const second = await world.start("B", ["--session-id", id]);
    assert.equal(await second.ended(), 1);
    assert.match(await second.screen(), /Session ID .+ is already in use/s);
  });
}

type RateLimits = Record<string, { used_percentage: number; resets_at: number }>;

interface QuotaLimits {
  readonly rateLimitType: string;
  readonly resetsAt: number;
}

type TranscriptLine = Record<string, unknown>;

async function stop(run: AgentRun): Promise<void> {
  run.signal("SIGTERM");
  await run.ended();
}

async function hooksNamed(run: AgentRun, name: string): Promise<unknown[]> {
  return (await run.hooks()).filter((call) => call.hook_event_name === name);
}

/** The one transcript of the conversation; two would mean that it forked. */
async function transcriptPath(world: AgentWorld, id: string): Promise<string> {
  const found: string[] = [];
  for await (const project of Deno.readDir(world.projectsDir)) {
    for await (const file of Deno.readDir(join(world.projectsDir, project.name))) {
      if (file.name === `${id}.jsonl`) found.push(join(world.projectsDir, project.name, file.name));
    }
  }
  assert.ok(found.length <= 1, `more than one transcript: ${found.join(", ")}`);
  return await until(() => found[0] ?? null, () => `no transcript of ${id}`, 0);
}

/** The whole lines of the transcript; the last may still be in writing. */
async function transcript(world: AgentWorld, id: string): Promise<TranscriptLine[]> {
  const text = await Deno.readTextFile(await transcriptPath(world, id));
  return text.slice(0, text.lastIndexOf("\n") + 1).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
}

/** Waits for records of these types that say these texts: the file lags the hooks by up to 0.5 s. */
function recordsWith(
  world: AgentWorld,
  id: string,
  wanted: readonly (readonly [type: string, text: string])[],
): Promise<TranscriptLine[]> {
  return until(
    async () => {
      const records = (await transcript(world, id))
        .filter((record) => record["type"] === "user" || record["type"] === "assistant");
      const found = wanted.every(([type, text]) =>
        records.some((record) => record["type"] === type && says(record, text))
      );
      return found ? records : null;
    },
    () => `the transcript of ${id} lacks one of ${JSON.stringify(wanted)}`,
  );
}

/** Whether the record's message is this text, or has it as one of its blocks. */
function says(record: TranscriptLine, text: string): boolean {
  const content = (record["message"] as { content?: unknown } | undefined)?.content;
  if (typeof content === "string") return content === text;
  if (!Array.isArray(content)) return false;
  return content.some((block) => block.type === "text" && block.text === text);
}
