/**
 * The promise, kept with the unmodified Claude Code: no conversation, no task and no finished tool result is lost.
 * Asserted at the API (what the model was sent) and in the transcript (what a person would read).
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { until } from "../contract/until.ts";
import { type Pool, pool } from "./support/pool.ts";
import { textsOf, transcripts } from "./support/transcript.ts";

Deno.test("a session that hits its limit under A goes on under B, with all that was said before", async () => {
  await using world = await pool({ sessions: ["worker", "idle"] });
  const { api, cwd } = world;
  const daemon = world.start();
  const { conversation } = await daemon.event("run.ready", { session: "worker" });
  await daemon.event("run.ready", { session: "idle" });
  const ask = async (session: string, text: string) => {
    const { seq } = await world.prompt(daemon, session, text);
    return await daemon.event("turn.ended", { session, after: seq });
  };
  await ask("worker", "remember the word heron");
  await ask("worker", "@@bash echo apple >> basket; echo apple is in");
  await ask("idle", "wait here");

  api.account("A").mode = "limit";
  await world.prompt(daemon, "worker", "and now count the fruit");
  const { swap } = await daemon.event("swap.finished");
  const { seq: planned } = await daemon.event("move.planned", { session: "worker" });
  await daemon.event("turn.ended", { session: "worker", after: planned });

  // The swap moved both, and gave a prompt only to the one whose work was cut.
  const plans = daemon.events.filter((event) => event.type === "move.planned");
  assert.deepEqual(plans.map((event) => event.swap), [swap, swap]);
  const planOf = (name: string) => plans.find(({ session }) => session === name)!.plan;
  const mark = planOf("worker").mark!;
  assert.ok(mark, "the cut work has a mark");
  assert.equal(planOf("idle").mark, null);
  assert.equal(planOf("worker").conversation, conversation);
  assert.equal(planOf("worker").account, "B");

  // At the API: one refusal under A and no retry; under B each message of before once, and the mark once.
  const under = (account: string) => api.turns(account, conversation);
  assert.deepEqual(under("A").filter(({ status }) => status !== 200).map((e) => e.status), [429]);
  assert.equal(under("A").at(-1)!.status, 429, "A was not asked again");
  const [first] = under("B");
  const texts = first!.said.map(({ text }) => text);
  const expected = [
    "remember the word heron",
    "[A] echo: remember the word heron",
    "@@bash echo apple >> basket; echo apple is in",
    "[A] running",
    "apple is in",
    "[A] the tool said: apple is in",
    "and now count the fruit",
  ];
  assert.deepEqual(texts.slice(0, expected.length), expected);
  assert.equal(texts.filter((text) => text.includes(mark)).length, 1);
  assert.equal(texts.length, expected.length + 1, `more than that was sent: ${texts}`);
  assert.deepEqual(api.turns("B", planOf("idle").conversation), [], "the idle one was not asked");

  // In the transcript: one file, one id, the same texts once, in the same order.
  const lines = await whole(world, conversation, "[B] echo");
  assert.deepEqual(
    new Set(lines.flatMap(({ sessionId }) => sessionId ?? [])),
    new Set([conversation]),
  );
  const written = textsOf(lines);
  const persons = expected.filter((text) => text !== "apple is in");
  for (const text of persons) {
    assert.equal(written.filter((line) => line === text).length, 1, `once: ${text}`);
  }
  assert.equal(written.filter((text) => text.includes(mark) && !text.startsWith("[B]")).length, 1);

  // Nothing was done twice, and both go on under B.
  assert.equal(await Deno.readTextFile(join(cwd, "basket")), "apple\n");
  await ask("idle", "are you there");
  const idle = api.turns("B", planOf("idle").conversation).at(-1)!;
  assert.deepEqual(idle.said.map(({ text }) => text), [
    "wait here",
    "[A] echo: wait here",
    "are you there",
  ]);
  assert.equal(await daemon.stop(), 0);
  assert.deepEqual(api.refusedHosts(), []);
});

Deno.test("failover --to B cuts a tool that outlasts the grace, and says so to the model under B", async () => {
  // 2.1.330 gives the list of things to do to its older models only, unless it is told to.
  const env = { CLAUDE_CODE_ENABLE_TODO_TOOLS: "1" };
  await using world = await pool({ sessions: ["worker"], quiesceGrace: "1s", env });
  const { api, cwd } = world;
  const daemon = world.start();
  const { conversation } = await daemon.event("run.ready");
  const todo = { subject: "mend the cart", description: "it is broken" };
  const { seq } = await world.prompt(daemon, "worker", `@@tool TaskCreate ${JSON.stringify(todo)}`);
  await daemon.event("turn.ended", { after: seq });
  // A bare `sleep 60` is refused by the Bash tool itself (2.1.330).
  await world.prompt(daemon, "worker", "@@bash echo x >> tries; timeout 60 tail -f /dev/null");
  await until(() => existing(join(cwd, "tries")), () => "the tool does not run");

  const told = await world.cli("failover", "--to", "B");
  assert.match(told, /Moving 1 session: A → B/);
  const { plan, seq: planned } = await daemon.event("move.planned");
  await daemon.event("turn.ended", { after: planned });

  assert.equal((await daemon.event("move.quiesced")).as, "cut");
  const [first] = api.turns("B", conversation);
  const results = first!.said.filter(({ by }) => by === "tool").map(({ text }) => text);
  assert.equal(results.length, 2);
  assert.match(results[1]!, /^error: \[Tool call interrupted/);
  const marked = first!.said.filter(({ text }) => text.includes(plan.mark!));
  assert.equal(marked.length, 1);
  assert.match(marked[0]!.text, /a Bash call was under way and its result was not recorded/);
  // Claude Code keeps that list in A's config dir, where it stays.
  assert.match(marked[0]!.text, /things to do at that moment.*:\n- mend the cart\n/);
  assert.equal(await Deno.readTextFile(join(cwd, "tries")), "x\n", "the tool ran once");
  assert.match(await world.cli("status"), /worker/);
});

Deno.test("an account past its threshold is left at the end of the turn, with nothing cut", async () => {
  await using world = await pool({ sessions: ["worker"], fiveHour: 90 });
  const { api } = world;
  const daemon = world.start();
  const { conversation } = await daemon.event("run.ready");
  api.account("A").util5h = 0.93;
  await world.prompt(daemon, "worker", "one more under A");
  const { reason } = await daemon.event("swap.requested");
  assert.deepEqual(reason, { kind: "threshold", window: "five_hour", usedPct: 93 });
  const { plan } = await daemon.event("move.planned");
  assert.equal(plan.mark, null);
  await daemon.event("swap.finished");
  const { seq } = await world.prompt(daemon, "worker", "the first under B");
  await daemon.event("turn.ended", { after: seq });
  assert.deepEqual(api.turns("B", conversation).map(({ said }) => said.map(({ text }) => text)), [[
    "one more under A",
    "[A] echo: one more under A",
    "the first under B",
  ]]);
});

Deno.test("a daemon that is killed between stop and launch is followed by one that ends the swap", async () => {
  await using world = await pool({ sessions: ["worker"] });
  const { api } = world;
  const first = world.start();
  const { conversation } = await first.event("run.ready");
  await world.prompt(first, "worker", "before the crash");
  await first.event("turn.ended");
  api.account("A").mode = "limit";
  await world.prompt(first, "worker", "into the limit");
  await first.event("run.stopping");
  await first.kill();

  const second = world.start();
  await second.event("swap.finished");
  const { plan } = await second.event("move.planned");
  await second.event("turn.ended");
  const turns = api.turns("B", conversation);
  assert.equal(turns.length, 1, "B was asked once");
  const texts = turns[0]!.said.map(({ text }) => text);
  for (const text of ["before the crash", "into the limit", plan.mark!]) {
    assert.equal(texts.filter((line) => line.includes(text) && !line.startsWith("[A]")).length, 1);
  }
  const lines = await whole(world, conversation, "[B] echo");
  assert.equal(textsOf(lines).filter((line) => line === "into the limit").length, 1);
  assert.equal(api.turns("A", conversation).filter(({ status }) => status === 429).length, 1);
});

function existing(path: string): Promise<true | null> {
  return Deno.stat(path).then(() => true as const, () => null);
}

/** The one transcript, once it holds that text: it lags the hooks by up to 0.5 s. */
async function whole(world: Pool, conversation: string, text: string) {
  return await until(async () => {
    const found = await transcripts(world, conversation);
    assert.equal(found.length, 1, "one transcript");
    return textsOf(found[0]!).some((line) => line.startsWith(text)) ? found[0]! : null;
  }, () => `the transcript of ${conversation} lacks ${text}`);
}
