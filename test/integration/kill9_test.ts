/**
 * The daemon is killed (SIGKILL, its whole process group) right after a journal line of a swap and started again:
 * one end state, one live process, one branch of the transcript. One conversation lives through all of it.
 *
 * `KILL_EVERY=1` kills at each line; without it at every third, to keep the suite quick.
 */
import assert from "node:assert/strict";
import { assertOneBranch, occurrences, transcript } from "./conversation.ts";
import { makePool } from "./pool.ts";

const EVERY = Number(Deno.env.get("KILL_EVERY") ?? "3");

Deno.test("a swap survives kill -9 of the daemon after each of its journal lines", async () => {
  await using pool = await makePool({ accounts: ["a", "b"], sessions: ["ccl-0"] });
  const first = pool.daemon();
  await pool.until((s) => s.sessions["ccl-0"]?.phase.name === "idle");
  await pool.prompt("ccl-0", "Remember the word heron. @@text I will");
  const { sessions } = await pool.until((s) => s.sessions["ccl-0"]?.run?.proven === true);
  const conversation = sessions["ccl-0"]!.conversation!;
  await first.kill();

  let [from, to] = ["a", "b"];
  let reached = true;
  let kills = 0;
  let freeAt = 0;
  for (let line = 1; reached; line += EVERY) {
    await pool.until(() => Date.now() > freeAt); // else it is parked until then
    const before = pool.events().length;
    await pool.account(to, { five_hour_pct: 10 });
    const doomed = pool.daemon({ dieAfter: line });
    await pool.until((s) => s.daemon.phase === "up" && s.daemon.pid === doomed.pid);
    // The wall outlasts the swap and two starts of the daemon, and the way back is free in the next round.
    const soon = Math.floor(Date.now() / 1000) + 8;
    freeAt = soon * 1_000;
    await pool.account(from, { five_hour_pct: 100, five_hour_resets_at: soon });
    await pool.prompt("ccl-0", `Round ${line}. @@text done ${line}`);
    const ended = () => pool.events().slice(before).some((e) => e.type === "swap.finished");
    reached = await Promise.race([
      doomed.exited.then(() => true),
      pool.until((s) => ended() && s.sessions["ccl-0"]?.run?.proven === true).then(() => false),
    ]);
    if (reached) kills++;
    else await doomed.kill();
    const next = pool.daemon();
    const where = `after a kill at line ${line}`;
    const state = await pool.until((s) => ended() && s.sessions["ccl-0"]?.run?.proven === true);
    await next.kill();

    const events = pool.events().slice(before);
    const swaps = Object.values(state.swaps).filter((s) => s.from === from);
    assert.equal(swaps.at(-1)?.moves["ccl-0"]?.outcome.is, "moved", where);
    assert.equal(state.sessions["ccl-0"]!.account, to, where);
    assert.equal(state.sessions["ccl-0"]!.conversation, conversation, where);
    assert.equal(events.filter((e) => e.type === "swap.requested").length, 1, `one swap ${where}`);
    const alive = await pool.agents();
    assert.deepEqual([...alive.keys()], [conversation], where);
    assert.equal(alive.get(conversation)!.length, 1, `one live process ${where}`);
    const { text, lines } = await transcript(pool, conversation);
    assertOneBranch(lines);
    assert.equal(occurrences(text, `Round ${line}.`), 1, `the prompt once ${where}`);
    const mark = state.sessions["ccl-0"]!.run!.plan.mark!;
    assert.equal(occurrences(text, mark), 1, `the marked prompt once ${where}`);
    [from, to] = [to, from];
  }
  const { text } = await transcript(pool, conversation);
  assert.equal(occurrences(text, "Remember the word heron."), 1);
  assert.ok(kills >= 20 / EVERY, `killed ${kills} times`);
  console.log(`killed ${kills} times, one conversation, one branch`);
});
