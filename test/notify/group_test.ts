import assert from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { started } from "../model/fixtures.ts";
import { sessionSpec } from "../model/fixtures.ts";
import { hook, log, NotifyWorld } from "./world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const names = Array.from({ length: 50 }, (_, i) => `s${i + 1}`);
const sessions = names.map((name) => sessionSpec(name));
const up = (): Fact[] => names.flatMap((name) => started(name, `run-${name}`));
const death = (name: string): Fact => ({
  type: "run.ended",
  session: name,
  run: `run-${name}`,
  exit: 1,
});

/** A pool of fifty whose notifier lives. */
async function pool(...[channels]: Parameters<typeof NotifyWorld.made>) {
  const w = await NotifyWorld.made(channels, { sessions });
  w.record(...up());
  return w;
}

Deno.test("fifty deaths at once are one message", async () => {
  await using w = await pool([hook("phone")]);
  w.start();
  await w.pass(10);
  w.record(...names.map(death));
  await w.pass(10 * MINUTE);
  const [only, ...others] = w.service("phone").arrived;
  assert.equal(others.length, 0);
  const { title, count, lines, kind } = only!.notice;
  assert.equal(kind, "session.degraded");
  assert.equal(count, 50);
  assert.match(title, /^Sessions have died or get no answers: s\d+, .* and \d+ more$/);
  assert.equal(lines.length, 9);
});

Deno.test("deaths one after the other are a first message, and one sum when the window ends", async () => {
  await using w = await pool([hook("phone")]);
  w.start();
  await w.pass(10);
  for (const name of names) {
    w.record(death(name));
    await w.pass(2 * SECOND);
  }
  const { arrived } = w.service("phone");
  assert.equal(arrived.length, 1);
  await w.pass(10 * MINUTE);
  assert.deepEqual(arrived.map((m) => m.notice.count), [1, 49]);
});

Deno.test("a channel that can change its messages has one that grows", async () => {
  const w = await pool([hook("phone")]);
  await using _ = w;
  const phone = w.service("phone");
  phone.canUpdate = true;
  phone.answer = ({ replaces }) => ({ is: "sent", ref: replaces ?? "message-7" });
  w.start();
  await w.pass(10);
  for (const name of names) {
    w.record(death(name));
    await w.pass(2 * SECOND);
  }
  await w.pass(MINUTE);
  assert.equal(phone.arrived[0]!.replaces, null);
  assert.ok(phone.arrived.length <= 9, `${phone.arrived.length} messages in 100 s`);
  for (const { replaces } of phone.arrived.slice(1)) assert.equal(replaces, "message-7");
  assert.equal(phone.arrived.at(-1)!.notice.count, 50);
});

Deno.test("a log gets each notice by itself", async () => {
  await using w = await pool([log("log")]);
  w.start();
  await w.pass(10);
  w.record(...names.slice(0, 10).map(death));
  await w.pass(SECOND);
  assert.equal(w.service("log").arrived.length, 10);
});

Deno.test("two thousand notices for a log that is down become a bounded outbox and lose none", async () => {
  await using w = await NotifyWorld.made([log("log")]);
  const service = w.service("log");
  service.answer = () => ({ is: "retry", why: "down", afterMs: null, unsure: false });
  w.start();
  await w.pass(10);
  for (let nth = 0; nth < 2_000; nth++) w.happen(nth);
  await w.pass(SECOND);
  service.answer = () => ({ is: "sent", ref: null });
  for (let nth = 0; nth < 1_200; nth++) await w.pass(SECOND);
  const counts = service.arrived.map((m) => m.notice.count);
  assert.equal(service.arrived.length, 501);
  assert.equal(counts.reduce((sum, n) => sum + n), 2_000);
});

Deno.test("what is said anew within the window is counted, not repeated", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  const fails: Fact = { type: "worker.failed", worker: "quota", error: "no", times: 3 };
  w.start();
  await w.pass(10);
  for (let nth = 0; nth < 4; nth++) {
    w.record(fails);
    await w.pass(10 * SECOND);
  }
  await w.pass(6 * MINUTE);
  const { arrived } = w.service("phone");
  assert.deepEqual(arrived.map((m) => [m.notice.title, m.notice.count]), [
    ["A part of the daemon fails again and again: quota", 1],
    ["A part of the daemon fails again and again: quota", 3],
  ]);
});
