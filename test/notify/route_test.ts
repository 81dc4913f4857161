import assert from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import type { Notice } from "../../lib/model/notice.ts";
import type { NotifySpec } from "../../lib/model/notify_config.ts";
import { Outbox } from "../../lib/notify/outbox.ts";
import { channelsFor, heldUntil, quietUntil } from "../../lib/notify/route.ts";
import { started } from "../model/fixtures.ts";
import { hook, log, NotifyWorld } from "./world.ts";
import { utc } from "../support/local_time.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const channels = [hook("phone"), hook("pager"), log("log")];

function notice(changes: Partial<Notice>): Notice {
  return {
    id: "x",
    kind: "session.waiting",
    severity: "warning",
    at: 0,
    title: "x",
    lines: [],
    todo: null,
    subject: {},
    seqs: { first: 1, last: 1 },
    count: 1,
    ...changes,
  };
}

const ROUTES: NotifySpec["routes"] = [
  { to: ["log"], match: {} },
  { to: ["phone"], match: { severity: "warning" } },
  { to: ["pager"], match: { kinds: ["failover.failed"], accounts: ["a"] } },
  { to: ["pager", "log"], match: { projects: ["shop"], severity: "critical" } },
];

const WAYS: readonly [string, Partial<Notice>, readonly string[]][] = [
  ["what is only good to know", { severity: "info" }, ["log"]],
  ["a warning", {}, ["log", "phone"]],
  ["a kind of an account", { kind: "failover.failed", subject: { account: "a" } }, [
    "log",
    "phone",
    "pager",
  ]],
  ["that kind of another account", { kind: "failover.failed", subject: { account: "b" } }, [
    "log",
    "phone",
  ]],
  ["a project, critical", { severity: "critical", subject: { project: "shop" } }, [
    "log",
    "phone",
    "pager",
  ]],
];

for (const [name, changes, to] of WAYS) {
  Deno.test(`channelsFor() leads ${name} to ${to.join(", ")}`, () => {
    assert.deepEqual([...channelsFor(notice(changes), { channels, routes: ROUTES })], to);
  });
}

Deno.test("channelsFor() leads all to all without routes", () => {
  assert.deepEqual([...channelsFor(notice({ severity: "info" }), { channels })].length, 3);
});

const at = (time: string, day = 5) => Date.parse(`2026-01-0${day}T${time}:00Z`);
const NIGHT = { fromMinute: 22 * 60, toMinute: 7 * 60 };
const NOON = { fromMinute: 12 * 60, toMinute: 13 * 60 };
const HOURS: readonly [typeof NIGHT, string, number | null][] = [
  [NIGHT, "21:59", null],
  [NIGHT, "22:00", at("07:00", 6)],
  [NIGHT, "23:30", at("07:00", 6)],
  [NIGHT, "00:00", at("07:00")],
  [NIGHT, "06:59", at("07:00")],
  [NIGHT, "07:00", null],
  [NOON, "12:30", at("13:00")],
  [NOON, "13:00", null],
];

for (const [hours, time, until] of HOURS) {
  Deno.test(`quietUntil() of ${hours.fromMinute / 60} to ${hours.toMinute / 60} h at ${time}`, () => {
    assert.equal(quietUntil(hours, at(time), utc), until);
  });
}

Deno.test("quietUntil() ends by the clock also when that is put forward on the way", () => {
  // At 02:00 it is 03:00.
  const spring = (time: number) => utc(time + (time >= at("02:00", 6) ? HOUR : 0));
  assert.equal(quietUntil(NIGHT, at("23:00"), spring), at("06:00", 6));
});

Deno.test("heldUntil() keeps back nothing critical, nothing from a log, and nothing from whom it does not name", () => {
  const around = { quiet: { ...NIGHT, channels: null }, now: at("23:00"), localTime: utc };
  assert.equal(heldUntil(notice({}), hook("phone"), around), at("07:00", 6));
  assert.equal(heldUntil(notice({ severity: "critical" }), hook("phone"), around), null);
  assert.equal(heldUntil(notice({}), log("log"), around), null);
  const named = { ...around, quiet: { ...NIGHT, channels: ["phone"] } };
  assert.equal(heldUntil(notice({}), hook("pager"), named), null);
});

// -- In the worker --

const givenUp = (session: string): Fact[] => [
  ...started(session, `r-${session}`),
  { type: "run.ended", session, run: `r-${session}`, exit: 1 },
  { type: "session.quarantined", session, why: "5 starts ended" },
];

/** Titles of what is critical. */
const critical = (w: NotifyWorld, name: string) =>
  w.service(name).arrived.filter((m) => m.notice.severity === "critical").map((m) =>
    m.notice.title
  );

Deno.test("quiet hours collect what is not critical into one digest", async () => {
  // The fake clock begins at 09:00.
  const quietHours = { fromMinute: 8 * 60, toMinute: 10 * 60, channels: null };
  await using w = await NotifyWorld.made([hook("phone"), log("log")], {
    notify: { channels: [], quietHours },
  });
  w.start();
  await w.pass(10);
  w.happen(1);
  await w.pass(10 * MINUTE);
  w.record(...givenUp("s1"));
  w.happen(2);
  await w.pass(MINUTE);
  assert.deepEqual(w.service("phone").titles, ["s1 is given up"]);
  assert.equal(w.service("log").arrived.length, 4);
  await w.pass(HOUR);
  const digest = w.service("phone").arrived.at(-1)!.notice;
  assert.equal(w.service("phone").arrived.length, 2);
  assert.equal(digest.count, 3);
  assert.match(digest.lines.join("\n"), /^09:00:00 A failover .*\n09:10:00 s1 has died/);
});

Deno.test("a silence keeps what matches from everybody until it ends; the history has it", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  w.start();
  await w.pass(10);
  w.record({
    type: "notice.silence.requested",
    silence: "q1",
    match: { kinds: ["failover.proposed"] },
    until: w.clock.now() + HOUR,
    reason: "we know",
    by: "person",
  });
  w.happen(1);
  w.happen(2);
  w.record(...givenUp("s1"));
  await w.pass(MINUTE);
  assert.deepEqual(w.service("phone").titles, ["s1 has died (exit 1)", "s1 is given up"]);
  await w.pass(HOUR);
  w.happen(3);
  await w.pass(MINUTE);
  assert.equal(w.service("phone").arrived.at(-1)!.notice.id, "failover.proposed:p3");
  await w.stop();
  using outbox = new Outbox(w.path);
  const silenced = outbox.history({ limit: 5, stage: "silenced" });
  assert.deepEqual(silenced.map((r) => [r.why, r.bundle.count]), [
    ["we know (q1)", 1],
    ["we know (q1)", 1],
  ]);
});

const escalate = [{ afterMs: 15 * MINUTE, to: ["pager"] }];
const toPhone = [{ to: ["phone"], match: {} }];

/** The phone is told that s1 is given up; the pager, if nobody says that they know. */
async function givenUpWorld(): Promise<NotifyWorld> {
  const w = await NotifyWorld.made([hook("phone"), hook("pager")], {
    notify: { channels: [], routes: toPhone, escalate },
  });
  w.start();
  await w.pass(10);
  w.record(...givenUp("s1"));
  return w;
}

Deno.test("a critical notice that nobody acknowledges goes further, once", async () => {
  await using w = await givenUpWorld();
  await w.pass(14 * MINUTE);
  assert.equal(w.service("pager").arrived.length, 0);
  await w.pass(2 * HOUR);
  assert.deepEqual(critical(w, "pager"), ["Not acknowledged for 15 min: s1 is given up"]);
});

Deno.test("an acknowledged one goes no further; one that came after that does", async () => {
  await using w = await givenUpWorld();
  await w.pass(5 * MINUTE);
  w.record({ type: "notice.acked", upTo: w.store.state.seq, by: "person" });
  await w.pass(HOUR);
  assert.deepEqual(w.service("pager").titles, []);
  w.record(...givenUp("s2"));
  await w.pass(HOUR);
  assert.deepEqual(critical(w, "pager"), ["Not acknowledged for 15 min: s2 is given up"]);
});

Deno.test("an acknowledged one is not told again by the one that comes before its time is up", async () => {
  await using w = await givenUpWorld();
  await w.pass(5 * MINUTE);
  w.record({ type: "notice.acked", upTo: w.store.state.seq, by: "person" });
  await w.pass(9 * MINUTE);
  w.record(...givenUp("s2"));
  await w.pass(5 * MINUTE);
  assert.deepEqual(w.service("pager").titles, []);
  await w.pass(HOUR);
  assert.deepEqual(critical(w, "pager"), ["Not acknowledged for 15 min: s2 is given up"]);
});

Deno.test("a test reaches its channel at any hour, whatever is silent", async () => {
  const quietHours = { fromMinute: 8 * 60, toMinute: 10 * 60, channels: null };
  await using w = await NotifyWorld.made([hook("phone"), hook("pager")], {
    notify: { channels: [], routes: toPhone, quietHours },
  });
  w.start();
  await w.pass(10);
  const until = w.clock.now() + HOUR;
  w.record(
    {
      type: "notice.silence.requested",
      silence: "q1",
      match: {},
      until,
      reason: "x",
      by: "person",
    },
    { type: "notice.test.requested", channel: "pager", by: "person" },
  );
  await w.pass(MINUTE);
  assert.deepEqual(w.service("phone").titles, []);
  assert.deepEqual(w.service("pager").titles, ["A test of claude-failover's notices"]);
});

Deno.test("no notice holds what looks like a secret, whole or cut", async () => {
  await using w = await NotifyWorld.made([hook("phone")]);
  w.start();
  await w.pass(10);
  const error = `${"x".repeat(250)} authorization: Bearer abcdefgh-planted-${"y".repeat(90)}`;
  w.record({ type: "worker.failed", worker: "quota", error, times: 3 });
  await w.pass(HOUR);
  w.record({ type: "worker.failed", worker: "sender", error: "sk-ant-api03-planted", times: 3 });
  await w.pass(HOUR);
  const said = JSON.stringify(w.service("phone").arrived);
  assert.equal(said.split("[secret]").length, 3, said);
  assert.ok(!said.includes("planted"), said);
});
