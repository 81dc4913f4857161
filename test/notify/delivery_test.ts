import assert from "node:assert/strict";
import { restAfter } from "../../lib/notify/reader.ts";
import { restMs } from "../../lib/notify/deliver.ts";
import { Outbox } from "../../lib/notify/outbox.ts";
import { hook, log, NotifyWorld } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const proposed = "A failover from a to b waits for your word";
const later = { is: "retry", why: "503", afterMs: null, unsure: false } as const;

Deno.test("notifier() begins with what happens from its first start on", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  w.happen(1);
  w.start();
  await w.pass(1_000);
  assert.deepEqual(w.service("phone").titles, []);
  w.happen(2);
  await w.pass(1_000);
  assert.deepEqual(w.service("phone").titles, [proposed]);
});

Deno.test("notifier() tells what happened while it was down, once", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  w.start();
  await w.pass(1_000);
  await w.stop();
  w.happen(1);
  for (const _ of [1, 2]) {
    w.start();
    await w.pass(1_000);
    await w.stop();
  }
  const { arrived } = w.service("phone");
  assert.deepEqual(arrived.map((m) => [m.notice.id, m.maybeRepeated]), [
    ["failover.proposed:p1", false],
  ]);
});

Deno.test("notifier() lets a channel that is new in the config begin with what is to come", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  w.start();
  w.happen(1);
  w.configure([hook("phone"), log("log")]);
  await w.pass(1_000);
  w.happen(2);
  await w.pass(1_000);
  assert.equal(w.service("phone").arrived.length, 2);
  assert.equal(w.service("log").arrived.length, 1);
});

Deno.test("notifier() keeps who of several did not take a message that was sent", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  w.service("phone").answer = () => ({ is: "sent", ref: "{}", but: "chat 7: blocked" });
  w.start();
  await w.pass(10);
  w.happen(1);
  await w.pass(1_000);
  await w.stop();
  using outbox = new Outbox(w.path);
  const [sent] = outbox.history({ limit: 5, stage: "sent" });
  assert.deepEqual([sent?.ref, sent?.why], ["{}", "chat 7: blocked"]);
});

Deno.test("notifier() buries what waits for a channel that has left the config", async () => {
  await using w = await NotifyWorld.made([hook("phone"), log("log")]);
  w.service("phone").answer = () => later;
  w.start();
  await w.pass(10);
  w.happen(1);
  await w.pass(1_000);
  w.configure([log("log")]);
  await w.pass(1_000);
  await w.stop();
  using outbox = new Outbox(w.path);
  const [dead] = outbox.history({ limit: 5, stage: "dead" });
  assert.equal(dead?.why, "its channel is no longer in the config");
  assert.deepEqual(outbox.health().map((h) => h.name), ["log"]);
});

Deno.test("notifier() rests longer after each failure and keeps the order", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  const phone = w.service("phone");
  const tries: number[] = [];
  phone.answer = () => {
    tries.push(w.clock.now());
    return tries.length <= 4 ? later : { is: "sent", ref: null };
  };
  w.start();
  await w.pass(10);
  w.happen(1);
  w.happen(2);
  await w.pass(10 * MINUTE);
  assert.deepEqual(phone.arrived.map((m) => m.notice.id), [
    "failover.proposed:p1",
    "failover.proposed:p2",
  ]);
  const rests = tries.slice(1, 5).map((at, i) => at - tries[i]!);
  assert.deepEqual(rests, [1_500, 3_000, 6_000, 12_000]);
});

Deno.test("notifier() says how its channels do, and nothing once it has ended", async () => {
  await using w = await NotifyWorld.made([hook("phone"), hook("pager")]);
  let works = false;
  w.service("phone").answer = () => works ? { is: "sent", ref: null } : later;
  w.start();
  await w.pass(10);
  w.happen(1);
  await w.pass(10);
  const figures = () => Object.fromEntries(w.notifier.figures().map((f) => [f.channel, f]));
  assert.deepEqual(figures(), {
    pager: { channel: "pager", failures: 0, messages: { sent: 1 } },
    phone: { channel: "phone", failures: 1, messages: { pending: 1 } },
  });
  works = true;
  await w.pass(MINUTE);
  assert.deepEqual(figures()["phone"], { channel: "phone", failures: 0, messages: { sent: 1 } });
  await w.stop();
  assert.deepEqual(w.notifier.figures(), []);
});

Deno.test("restMs() is at least what the service asks for", () => {
  assert.equal(restMs(1, 30_000, 0), 30_000);
  assert.equal(restMs(1, null, 1), 1_000);
  assert.equal(restMs(40, null, 0), 10 * MINUTE);
});

Deno.test("notifier() lets a channel that is down keep nobody else", async () => {
  await using w = await NotifyWorld.made([hook("phone"), hook("pager")]);
  w.service("phone").answer = () => "hang";
  w.start();
  await w.pass(10);
  w.happen(1);
  w.happen(2);
  await w.pass(10);
  assert.equal(w.service("pager").arrived.length, 2);
  assert.equal(w.service("phone").calls, 1);
});

Deno.test("notifier() gives up after days, and at once what is rejected", async () => {
  await using w = await NotifyWorld.made([hook("phone"), hook("pager")]);
  w.service("phone").answer = () => later;
  w.service("pager").answer = ({ notice }) =>
    notice.id.endsWith("p1") ? { is: "rejected", why: "400" } : { is: "sent", ref: null };
  w.start();
  await w.pass(10);
  w.happen(1);
  w.happen(2);
  await w.pass(73 * HOUR);
  await w.stop();
  using outbox = new Outbox(w.path);
  const dead = outbox.history({ limit: 10, stage: "dead" }).map((r) => [r.channel, r.why]).sort();
  assert.deepEqual(dead, [["pager", "400"], ["phone", "given up: 503"], [
    "phone",
    "given up: 503",
  ]]);
  assert.equal(w.service("pager").arrived.length, 1);
});

Deno.test("notifier() says of what was under way at a kill that it may be a repeat", async () => {
  for (const answer of ["die before", "die after"] as const) {
    await using w = await NotifyWorld.made([hook("phone")]);
    const phone = w.service("phone");
    phone.answer = () => answer;
    w.start();
    await w.pass(10);
    w.happen(1);
    await w.pass(1_000);
    assert.equal(w.isAlive, false);
    phone.answer = () => ({ is: "sent", ref: null });
    w.start();
    await w.pass(1_000);
    const last = phone.arrived.at(-1)!;
    assert.equal(last.maybeRepeated, true);
    assert.equal(phone.arrived.length, answer === "die after" ? 2 : 1);
    assert.equal(new Set(phone.arrived.map((m) => m.key)).size, 1);
  }
});

Deno.test("notifier() sends what is due before an orderly stop", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  w.start();
  await w.pass(10);
  w.record({ type: "daemon.stop.requested", by: "person", endSessions: false });
  await w.stop();
  assert.deepEqual(w.service("phone").titles, ["The daemon is being stopped"]);
});

Deno.test("notifier() tells of events that were trimmed before it read them", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  w.start();
  await w.pass(10);
  await w.stop();
  w.happen(1);
  await w.pass(HOUR);
  w.happen(2);
  w.store.trim(w.clock.now());
  w.start();
  await w.pass(1_000);
  assert.deepEqual(w.service("phone").titles, ["Some of what happened was not told"]);
});

Deno.test("notifier() goes on with a journal that begins anew", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  using outbox = new Outbox(w.path);
  outbox.moveTo(5_000);
  outbox.setHealth({ name: "phone", sinceSeq: 4_000, rest: 0, failures: 0, why: null });
  w.start();
  await w.pass(10);
  w.happen(1);
  await w.pass(1_000);
  assert.deepEqual(w.service("phone").titles, [proposed]);
});

Deno.test("restAfter() leaves the others three quarters of the time, and more while sessions are moved", () => {
  for (
    const [tookMs, swap, restMs] of [[0, null, 5], [1, null, 5], [8, null, 24], [
      8,
      "s1",
      80,
    ]] as const
  ) {
    assert.equal(restAfter(tookMs, { runningSwap: swap as never }), restMs);
  }
});

Deno.test("notifier() keeps all that it has not told while it cannot begin", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  await Deno.writeTextFile(w.path, "this is no database");
  w.start();
  await w.pass(10);
  assert.equal(w.failures.length, 1);
  assert.equal(w.notifier.unread(), 0);
  for (let nth = 0; nth < 10; nth++) w.happen(nth);
  w.store.trim(w.clock.now() + 1, { keepFrom: w.notifier.unread(), lateAt: 0 });
  assert.equal(w.store.first(), 1);
});

Deno.test("notifier() lets the janitor trim what it has read and written down, and nothing else", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  const unread = () => w.notifier.unread();
  w.start();
  await w.pass(10);
  const begun = unread()!;
  for (let nth = 0; nth < 10; nth++) w.record({ type: "thaw.requested", by: "person" });
  await w.pass(60_000);
  assert.equal(unread(), begun, "nothing was told, so nothing was written down");
  w.happen(1);
  await w.pass(1_000);
  assert.equal(unread(), begun + 11);
  w.store.trim(w.clock.now() + 1, { keepFrom: unread(), lateAt: 0 });
  w.kill();
  w.start();
  w.happen(2);
  await w.pass(1_000);
  assert.deepEqual(w.service("phone").titles, [proposed, proposed]);
});
