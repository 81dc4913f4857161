/** `session show`, `send`, `pin` and `unpin`. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { until } from "../support/mod.ts";
import { MINUTE, NOON } from "../http/fixture.ts";
import { midday } from "../http/setup.ts";
import { golden } from "./golden.ts";
import { world } from "./world.ts";

const of = { session: "ccl-0", run: "run-ccl-0-work" };

/** A session with everything that can be said of one. */
const eventful: Fact[] = [
  { type: "prompt.accepted", ...of, mark: null, seenAt: NOON },
  { type: "turn.ended", ...of },
  { type: "session.hold.requested", session: "ccl-0", by: "person", reason: "a demo is on" },
  { type: "session.pin.requested", session: "ccl-0", account: "spare", by: "person" },
  {
    type: "send.requested",
    ...{ session: "ccl-0", send: "5b2e", by: "person", chars: 34, digest: "d", until: NOON },
  },
  {
    type: "send.failed",
    ...{ session: "ccl-0", send: "5b2e", reason: "it was not free in time: it is working" },
  },
  {
    type: "draft.saved",
    ...{ ...of, chars: 12, path: "/home/ada/.state/checkpoints/ccl-0/draft-5b2e.txt" },
  },
  { type: "question.asked", ...of, about: "permission" },
];
const dead: Fact[] = [
  { type: "run.ended", session: "ccl-1", run: "run-ccl-1-work", exit: 1 },
];

Deno.test("session show prints one session whole", async () => {
  await using w = await world({ facts: [...midday(), ...eventful, ...dead] });
  w.daemon.pass(3 * MINUTE);
  w.daemon.control.keyboard = { isTyping: true, draftChars: 7 };
  equal(await w.run("session", "show", "ccl-0"), 0);
  w.daemon.control.keyboard = null;
  w.said.out += "\n";
  equal(await w.run("session", "show", "ccl-1"), 0);
  await golden("session_show", w.said.out);
  ok(w.said.out.split("\n").every((line) => line.length <= 80));
});

Deno.test("session show --json gives programs the same, and the way there", async () => {
  await using w = await world({ facts: [...midday(), ...eventful] });
  equal(await w.run("session", "show", "ccl-0", "--json"), 0);
  const view = JSON.parse(w.said.out);
  equal([view.name, view.pin.account, view.send.stage.is], ["ccl-0", "spare", "failed"]);
  equal(view.history.at(-1).why, "it asks");
  match(view.attach, /^tmux .*attach-session -t '?=ccl-0/);
});

Deno.test("session pin says what it sets off, and unpin ends it", async () => {
  await using w = await world();
  equal(await w.run("session", "pin", "ccl-0", "work"), 0);
  equal(w.daemon.store.state.runningSwap, null, "it is there already");
  equal(await w.run("failover", "--dry-run"), 0);
  ok(w.said.out.includes("  ccl-0 stays: pinned to work\n"), w.said.out);
  equal(await w.run("session", "list"), 0);
  match(w.said.out, /ccl-0 .*idle, pinned/);
  equal(await w.run("session", "unpin", "ccl-0"), 0);
  equal(await w.run("session", "unpin", "ccl-0"), 1);
  match(w.said.err, /Cannot unpin ccl-0: ccl-0 is not pinned/);
});

Deno.test("session pin to another account moves the session there, unless something stands in the way", async () => {
  await using w = await world();
  equal(await w.run("session", "pin", "ccl-0", "spare"), 0);
  const swap = w.daemon.store.state.swaps[w.daemon.store.state.runningSwap!]!;
  equal([swap.by, swap.to, Object.keys(swap.moves)], ["person", "spare", ["ccl-0"]]);
  ok(
    w.said.out.includes(`being moved there: \`claude-failover swap show ${swap.id}\``),
    w.said.out,
  );
  equal(await w.run("session", "pin", "ccl-1", "spare"), 0);
  match(w.said.out, /It is not moved there now: swap \S+ is still running/);
  equal(w.daemon.store.state.sessions["ccl-1"]!.pin?.account, "spare");
});

Deno.test("session send waits until the prompt is taken, and writes no word of it into the journal", async () => {
  await using w = await world();
  const done = w.run("session", "send", "ccl-0", "say sesame");
  await until(() => w.daemon.store.state.sessions["ccl-0"]!.send);
  const { id } = w.daemon.store.state.sessions["ccl-0"]!.send!;
  equal(w.daemon.control.kept.get(id), "say sesame");
  w.daemon.control.record({ type: "send.typing", ...of, send: id });
  w.daemon.control.record({ type: "send.accepted", session: "ccl-0", send: id });
  equal(await done, 0);
  equal(w.said.out, "ccl-0 has taken it.\n");
  ok(!JSON.stringify(w.daemon.store.events({ limit: 10_000 })).includes("sesame"));
});

Deno.test("session send says why it was not taken, reads standard input, and need not wait", async () => {
  await using w = await world({ stdin: "from a file\nof two lines\n" });
  const failing = w.run("session", "send", "ccl-0", "-", "--json", "--timeout", "2m");
  await until(() => w.daemon.store.state.sessions["ccl-0"]!.send);
  const { id, until: until_ } = w.daemon.store.state.sessions["ccl-0"]!.send!;
  equal(w.daemon.control.kept.get(id), "from a file\nof two lines\n");
  equal(until_, NOON + 2 * MINUTE);
  w.daemon.control.record({ type: "send.failed", session: "ccl-0", send: id, reason: "no luck" });
  equal(await failing, 1);
  equal(JSON.parse(w.said.out), { send: id, session: "ccl-0", is: "failed", reason: "no luck" });
  equal(w.said.err, "");
  equal(await w.run("session", "send", "ccl-0", "go on", "--no-wait"), 0);
  equal(await w.run("session", "send", "ccl-0", "go on", "--no-wait"), 1);
  match(w.said.err, /another prompt is on its way to ccl-0/);
});
