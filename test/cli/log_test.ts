/**
 * The daemon's own log: levels by area, where it goes, and that no secret goes there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { areaOf, logEntry } from "../../lib/cli/run/log_entry.ts";
import { type DaemonLog, openLog } from "../../lib/cli/run/log.ts";
import { DEFAULT_LOG, LOG_AREAS, type LogSpec } from "../../lib/model/log.ts";
import type { Event } from "../../lib/model/event.ts";
import type { Files } from "../../lib/ports/files.ts";
import { systemClock, systemFiles } from "../../lib/ports/real.ts";
import { until } from "../support/mod.ts";

const NOON = Date.UTC(2026, 10, 28, 12);
const C = "canary3f9a7c";
const localTime = (at: number) => {
  const date = new Date(at);
  const [hour, minute] = [date.getUTCHours(), date.getUTCMinutes()];
  return { year: 2026, month: 11, day: 28, weekday: 6, hour, minute, second: date.getUTCSeconds() };
};

let seq = 0;
function event(fact: Record<string, unknown>): Event {
  return { seq: ++seq, at: NOON, ...fact } as unknown as Event;
}
const STATUS = { type: "run.status", session: "ccl-0", run: "r", status: "busy", waitingFor: null };
const STARTED = { type: "daemon.started", pid: 4000, version: "0.1.0", boot: "b" };
const REFUSED = { type: "request.refused", request: "swap", reason: "no" };
const FAILED = { type: "worker.failed", worker: "quota", error: "cut", times: 2 };

type As = "text" | "json" | "nothing";

async function setup(as: As, spec: Partial<LogSpec> = {}, files: Files = systemFiles) {
  const said = { out: "", err: "" };
  let now = NOON;
  const log = openLog({
    stdout: { write: (text) => said.out += text },
    stderr: { write: (text) => said.err += text },
    localTime: localTime as never,
    clock: { now: () => now, sleep: systemClock.sleep },
    files,
    print: as === "text"
      ? { as, line: (event) => `${event.type} ${JSON.stringify(event)}` }
      : { as },
  });
  await log.use({ ...DEFAULT_LOG, ...spec });
  return {
    log,
    said,
    pass: (ms: number) => now += ms,
    types: () => said.out.split("\n").flatMap((line) => /(\w+\.\w+)/.exec(line)?.[1] ?? []),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

function tellAll(log: DaemonLog) {
  for (const fact of [STATUS, STARTED, REFUSED, FAILED]) log.event(event(fact));
}

const LEVELS: [Partial<LogSpec>, string[]][] = [
  [{ level: "debug" }, ["run.status", "daemon.started", "request.refused", "worker.failed"]],
  [{}, ["daemon.started", "request.refused", "worker.failed"]],
  [{ level: "warning" }, ["request.refused", "worker.failed"]],
  [{ level: "error" }, ["worker.failed"]],
  [{ level: "error", levels: { sessions: "debug" } }, ["run.status", "worker.failed"]],
  [{ level: "debug", levels: { daemon: "error" } }, ["run.status", "worker.failed"]],
  [{ levels: { moves: "debug" } }, ["daemon.started", "request.refused", "worker.failed"]],
];
for (const [spec, types] of LEVELS) {
  Deno.test(`the log at ${JSON.stringify(spec)} tells of ${types.join(", ")}`, async () => {
    await using w = await setup("text", spec);
    tellAll(w.log);
    assert.deepEqual(w.types(), types);
  });
}

Deno.test("elsewhere than in a terminal the log is JSON lines with the event in them", async () => {
  await using w = await setup("json");
  w.log.event(event({ ...FAILED, seq: 41 }));
  w.log.problem("Cannot write the journal: the disk is full");
  assert.deepEqual(JSON.parse(w.said.out), {
    "@timestamp": "2026-11-28T12:00:00.000Z",
    level: "ERROR",
    message: "quota: failed (2 in a row): cut",
    logger: "claude-failover.daemon",
    event: { ...FAILED, seq: 41, at: NOON },
  });
  const { level, message, logger } = JSON.parse(w.said.err);
  assert.deepEqual([level, message, logger], [
    "ERROR",
    "Cannot write the journal: the disk is full",
    "claude-failover.daemon",
  ]);
});

Deno.test("a problem is one plain line in a terminal, and none of it is in what is printed for programs", async () => {
  await using w = await setup("text");
  w.log.problem("Worker quota has not stopped");
  assert.deepEqual(w.said, { out: "", err: "Worker quota has not stopped\n" });
});

Deno.test("where the journal itself is printed the log is not, but its problems are", async () => {
  await using w = await setup("nothing");
  tellAll(w.log);
  w.log.problem("x");
  assert.equal(w.said.out, "");
  assert.equal(JSON.parse(w.said.err).message, "x");
});

Deno.test("a config is told of, and not put into the log", async () => {
  await using w = await setup("json");
  const config = { accounts: [{}], sessions: [], failover: { mode: "off" }, note: C };
  w.log.event(event({ type: "config.applied", config }));
  assert.match(w.said.out, /applied: 1 accounts, 0 sessions, mode off/);
  assert.ok(!w.said.out.includes(C));
});

Deno.test("the log goes to a file that is turned over, and each line of it is whole", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/daemon.log`;
  {
    await using w = await setup("text", { file: { path, maxBytes: 20_000, keep: 3 } });
    w.log.event(event({ ...REFUSED, reason: "the first", at: Date.now() }));
    // Nobody need wait for the end of the daemon to read it.
    await until(async () => (await Deno.readTextFile(path)).includes("the first"));
    for (let i = 0; i < 400; i++) {
      w.log.event(event({ ...REFUSED, reason: `${i}` }));
      if (i % 40 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  const names = [];
  for await (const { name } of Deno.readDir(dir)) names.push(name);
  assert.deepEqual(names.sort(), ["daemon.log", "daemon.log.1", "daemon.log.2"]);
  const texts = await Promise.all(names.toReversed().map((n) => Deno.readTextFile(`${dir}/${n}`)));
  const lines = texts.join("").trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.at(-1).event.reason, "399");
  const last = lines.slice(-100).map(({ event }) => Number(event.reason));
  assert.deepEqual(last, last.map((_, i) => 300 + i));
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a file that cannot be opened is said, and the daemon goes on with the screen", async () => {
  const path = "/no/such/folder/daemon.log";
  await using w = await setup("text", { file: { path, maxBytes: 1_000, keep: 1 } });
  assert.match(w.said.err, /^Cannot write the log \/no\/such\/folder\/daemon\.log: /);
  w.log.event(event(STARTED));
  assert.deepEqual(w.types(), ["daemon.started"]);
});

Deno.test({
  name: "a full disk is said once a minute, not with each line",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using w = await setup("text", {
      file: { path: "/dev/full", maxBytes: 1_000_000, keep: 2 },
    });
    const fill = async (times: number) => {
      for (let i = 0; i < times; i++) {
        w.log.event(event({ ...REFUSED, reason: "x".repeat(9_000) }));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await fill(1);
    await until(() => w.said.err.includes("/dev/full"));
    await fill(5);
    assert.equal(w.said.err.split("\n").filter((line) => line.includes("/dev/full")).length, 1);
    w.pass(61_000);
    await fill(1);
    await until(() => w.said.err.split("\n").filter((l) => l.includes("/dev/full")).length === 2);
  },
});

Deno.test({
  name: "a pipe in the place of the log's file is said, and stops nobody",
  ignore: Deno.build.os === "windows",
  async fn() {
    const dir = await Deno.makeTempDir();
    await new Deno.Command("mkfifo", { args: [`${dir}/pipe`] }).output();
    await Deno.symlink(`${dir}/pipe`, `${dir}/link`);
    for (const name of ["pipe", "link"]) {
      await using w = await setup("text", {
        file: { path: `${dir}/${name}`, maxBytes: 1e6, keep: 2 },
      });
      assert.equal(w.said.err, `Cannot write the log ${dir}/${name}: it is no file\n`);
      w.log.event(event(STARTED));
      assert.deepEqual(w.types(), ["daemon.started"]);
    }
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test("a line that a full disk has taken a part of is said, and spoils no other", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/daemon.log`;
  // The disk is full after so many bytes of the first line; whoever writes hears nothing of it.
  let isFull = true;
  const files: Files = {
    ...systemFiles,
    async stat(at) {
      if (isFull && (await systemFiles.stat(at))?.size) await Deno.truncate(path, 40);
      return await systemFiles.stat(at);
    },
  };
  {
    await using w = await setup("text", { file: { path, maxBytes: 1e6, keep: 2 } }, files);
    w.log.event(event({ ...REFUSED, reason: "the first" }));
    await until(() => w.said.err !== "");
    assert.equal(w.said.err, `Cannot write the log ${path}: a part of the line has no room\n`);
    isFull = false;
    w.log.event(event({ ...REFUSED, reason: "the second" }));
  }
  const [torn, whole] = (await Deno.readTextFile(path)).split("\n");
  assert.equal(torn!.length, 40);
  assert.equal(JSON.parse(whole!).event.reason, "the second");
  await Deno.remove(dir, { recursive: true });
});

Deno.test("another spec counts from then on, also for the file", async () => {
  const dir = await Deno.makeTempDir();
  await using w = await setup("text");
  w.log.event(event(STATUS));
  await w.log.use({
    level: "debug",
    levels: {},
    file: { path: `${dir}/x`, maxBytes: 1e6, keep: 1 },
  });
  w.log.event(event(STATUS));
  assert.deepEqual(w.types(), ["run.status"]);
  await w.log.use(DEFAULT_LOG);
  const lines = (await Deno.readTextFile(`${dir}/x`)).trimEnd().split("\n");
  assert.equal(lines.length, 1);
  await Deno.remove(dir, { recursive: true });
});

const SECRETS = [
  `sk-ant-api03-${C}-${C}`,
  `Authorization: Bearer ${C}`,
  `Authorization: Basic ${C}==`,
  `https://ada:${C}@example.org/x`,
  `https://api.telegram.org/bot7012345678:AAF${C}-${C}-${C}/sendMessage`,
  `https://hooks.slack.com/services/T0/B0/${C}`,
  `cf_0a1b2c3d_${C}${C}`,
  `password=${C}`,
  `whsec_${C}`,
];
for (const as of ["text", "json"] as const) {
  Deno.test(`no secret comes into the log, wherever it stands (${as})`, async () => {
    const dir = await Deno.makeTempDir();
    const file = { path: `${dir}/daemon.log`, maxBytes: 1e7, keep: 2 };
    let said;
    {
      await using w = await setup(as, { level: "debug", file });
      said = w.said;
      for (const secret of SECRETS) {
        w.log.problem(`Cannot go on: ${secret}`);
        w.log.event(event({ ...FAILED, error: `fetch ${secret} failed` }));
        w.log.event(
          event({ ...REFUSED, reason: secret, deep: [{ [secret]: { headers: secret } }] }),
        );
      }
      w.log.event(event({ ...REFUSED, headers: { authorization: C, "bot_token": C } }));
    }
    const all = said.out + said.err + await Deno.readTextFile(file.path);
    assert.ok(
      !all.includes("canary"),
      all.split("\n").find((line) => line.includes("canary")) ?? "",
    );
    assert.ok(all.split("[secret]").length > 3 * SECRETS.length);
    for (const line of (await Deno.readTextFile(file.path)).trimEnd().split("\n")) JSON.parse(line);
    await Deno.remove(dir, { recursive: true });
  });
}

Deno.test("every kind of event has an area, and each area some kind", async () => {
  const source = await Promise.all(
    ["event", "account_event", "host_event", "notice_event", "task_event"].map((name) =>
      Deno.readTextFile(new URL(`../../lib/model/${name}.ts`, import.meta.url))
    ),
  );
  const types = [...source.join("").matchAll(/type: "([a-z_.]+)"/g)].map(([, type]) => type!);
  assert.ok(types.length > 80);
  assert.deepEqual(types.filter((type) => areaOf(type) === null), []);
  const used = new Set(types.map(areaOf));
  assert.deepEqual(LOG_AREAS.filter((area) => !used.has(area) && area !== "notices"), []);
});

Deno.test("an event that only a newer daemon knows is the daemon's, for who looks closely", () => {
  const entry = logEntry(event({ type: "tide.turned" }), localTime as never);
  assert.deepEqual([entry.area, entry.level], ["daemon", "debug"]);
  assert.match(entry.message, /tide\.turned/);
});
