/** `notify …`: what it says of the channels, of what was said, and of what a person says to that. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Said } from "../../lib/model/said.ts";
import type { ChannelSpec } from "../../lib/model/notify_config.ts";
import { config, NOON, running } from "../http/fixture.ts";
import { golden } from "./golden.ts";
import { world } from "./world.ts";

const channels: ChannelSpec[] = [
  { type: "stdout", name: "phone" },
  { type: "exec", name: "bell", command: ["/bin/true"] },
];

function told(changes: Partial<Said>): Said {
  return {
    id: 1,
    channel: "phone",
    stage: "sent",
    at: NOON - 60_000,
    dueAt: NOON - 60_000,
    kind: "session.degraded",
    severity: "warning",
    title: "ccl-0 has died (exit 1)",
    lines: ["It is started again at once, with its conversation."],
    todo: null,
    count: 1,
    seqs: { first: 7, last: 7 },
    attempts: 1,
    maybeRepeated: false,
    why: null,
    ...changes,
  };
}

async function telling() {
  const pool = config({ notify: { channels } });
  return await world({
    config: pool,
    facts: [
      { type: "config.applied", config: pool },
      { type: "daemon.started", pid: 1, version: "0.1.0", boot: "b" },
      ...running(["ccl-0"]),
    ],
  });
}

Deno.test("notify says how the channels do, what was said and what is silent, within 80 columns", async () => {
  await using w = await telling();
  w.daemon.control.told = [
    told({
      id: 3,
      stage: "dead",
      severity: "critical",
      kind: "session.quarantined",
      title: "ccl-0 is given up",
      todo: "claude-failover session start ccl-0",
      why: "given up: 503 Service Unavailable",
    }),
    told({ id: 2, maybeRepeated: true, count: 12 }),
    told({ id: 1, channel: null, stage: "silenced", severity: "info", lines: [], why: "we know" }),
  ];
  const page: string[] = [];
  for (
    const args of [
      ["list"],
      ["silence", "2h", "--kind", "session.waiting", "task.done", "--reason", "a test of ours"],
      ["silence", "1d", "--severity", "info", "--session", "ccl-0"],
      ["list"],
      ["history"],
      ["ack"],
      ["unsilence"],
      ["list"],
    ]
  ) {
    w.said.out = "";
    equal(await w.run("notify", ...args), 0, `${args.join(" ")}: ${w.said.err}`);
    page.push(`$ notify ${args.join(" ")}\n${w.said.out}`);
  }
  await golden("notify", page.join("\n"));
  ok(page.join("\n").split("\n").every((line) => line.length <= 80));
});

Deno.test("notify list does not say that there is no channel when the notifier has failed", async () => {
  await using w = await telling();
  w.daemon.control.channelHealth = () => [];
  equal(await w.run("notify", "list"), 0);
  match(w.said.out, /^Nobody is told anything for now: the notifier has failed/);
  ok(w.said.out.split("\n").every((line) => line.length <= 80), w.said.out);
});

Deno.test("notify ... --json is for programs", async () => {
  await using w = await telling();
  const asked = async (...args: string[]) => {
    w.said.out = "";
    equal(await w.run("notify", ...args, "--json"), 0, w.said.err);
    return JSON.parse(w.said.out);
  };
  const { silence } = await asked("silence", "2h");
  equal((await asked("list")).silences[0].id, silence);
  equal((await asked("unsilence", silence)).ended, [silence]);
  equal((await asked("history")).messages, []);
  const { seq } = await asked("ack");
  equal((await asked("list")).ackedSeq, seq - 1);
});

Deno.test("notify test says what came of it", async () => {
  await using w = await telling();
  const { control } = w.daemon;
  const { record } = control;
  let stage: Said["stage"] = "sent";
  control.record = (...facts) => {
    const events = record(...facts);
    for (const { type, seq } of events) {
      if (type !== "notice.test.requested") continue;
      const seqs = { first: seq, last: seq };
      control.told = [told({ kind: "test", seqs, stage, why: stage === "sent" ? null : "503" })];
    }
    return events;
  };
  equal(await w.run("notify", "test", "phone"), 0);
  match(w.said.out, /✓ phone {2}arrived/);
  equal(w.said.err, "");
  stage = "pending";
  equal(await w.run("notify", "test", "phone"), 1);
  match(w.said.out, /✗ phone 503; it is tried again by itself/);
  match(w.said.err, /The test has not arrived: phone/);
});

Deno.test("mistakes in notify are said with a hint", async () => {
  await using w = await telling();
  const cases: [string[], RegExp][] = [
    [["test", "fone"], /no channel fone\nHint: there are phone, bell/],
    [["silence", "soon"], /Cannot be silent for soon: it is no length of time/],
    [["silence", "1h", "--kind", "session.wating"], /session\.wating/],
    [["history", "--dead", "--silenced"], /--dead and --silenced are two things/],
  ];
  for (const [args, said] of cases) {
    w.said.err = "";
    equal(await w.run("notify", ...args), 2, args.join(" "));
    match(w.said.err, said);
  }
  w.said.err = "";
  equal(await w.run("notify", "unsilence"), 1);
  match(w.said.err, /Cannot end the silence: no silence is in force/);
});

Deno.test("notify test without a channel in the config is a mistake", async () => {
  await using w = await world();
  equal(await w.run("notify", "test"), 2);
  match(w.said.err, /the config names no channel/);
});

Deno.test("notify test says when the channels of the file are not those in force", async () => {
  await using w = await telling();
  const { config } = await w.context.loadConfig();
  const notify = { ...config.notify!, channels: config.notify!.channels.slice(0, 1) };
  w.daemon.store.record({ type: "config.applied", config: { ...config, notify } });
  w.daemon.control.told = [told({ kind: "test", stage: "sent" })];
  w.context.interrupted = () => AbortSignal.abort();
  await w.run("notify", "test", "phone");
  match(
    w.said.err,
    /^The channels in the config file have changed, but the older config is in force: the test goes by that one\.\n`claude-failover reload` takes the new one/,
  );
});

Deno.test("notify test with a config that cannot be read says that a daemon goes on with the older one", async () => {
  await using w = await world({ configText: "version: 2\n" });
  equal(await w.run("notify", "test"), 2);
  match(w.said.err, /Hint: .*a daemon that runs goes on with the config it has\n$/);
});
