import assert from "node:assert/strict";
import { emptySpec } from "../../lib/model/fold_task.ts";
import type { Fact } from "../../lib/model/event.ts";
import { fold } from "../../lib/model/fold.ts";
import type { Notice } from "../../lib/model/notice.ts";
import { EMPTY } from "../../lib/model/state.ts";
import { noticesOf } from "../../lib/notify/notices.ts";
import { applied, started, swapOff, T0 } from "../model/fixtures.ts";
import { utc } from "../support/local_time.ts";

/** What is told of these, one a second from T0 on; `daemon.started` comes first and is left out. */
function told(...facts: Fact[]): Notice[] {
  let state = EMPTY;
  const all: Fact[] = [applied(), daemon, ...facts];
  return all.flatMap((fact) => {
    const seq = state.seq + 1;
    const event = { ...fact, seq, at: T0 + seq * 1_000 };
    const before = state;
    state = fold(state, event);
    return noticesOf({ event, before, after: state, localTime: utc });
  }).slice(1);
}

const daemon: Fact = { type: "daemon.started", pid: 1, version: "1.0.0", boot: "b" };
const dies = (session: string, run: string, exit: number | null = 1): Fact => ({
  type: "run.ended",
  session,
  run,
  exit,
});
const s1 = { session: "s1", run: "r1" } as const;
const swap = { swap: "w1" } as const;
const moves = (session: string): Fact[] => [
  { type: "move.step.started", ...swap, session, step: "checkpoint" },
  { type: "move.finished", ...swap, session },
];
const spec = emptySpec("Mend the shop");
const found: Fact = {
  type: "task.found",
  task: "t1",
  project: "shop",
  file: "a.md",
  ref: "a",
  digest: "d",
  spec,
  ignored: [],
};

interface Case {
  readonly name: string;
  readonly facts: readonly Fact[];
  /** `kind severity: title`, then its lines, then what is to be done. */
  readonly told: readonly (readonly string[])[];
}

const lowDisk = {
  about: "disk",
  severity: "warning",
  what: "Less than 1 GB is left for the state folder",
  hint: "make room",
} as const;
const newer = {
  about: "claude",
  severity: "info",
  what: "Claude Code is 9.9.9 now",
  hint: null,
} as const;

const CASES: readonly Case[] = [
  {
    name: "a disk that is filling up, once, and a newer Claude Code beside it",
    facts: [
      { type: "host.checked", problems: [lowDisk], claude: "2.1.330" },
      { type: "host.checked", problems: [lowDisk, newer], claude: "9.9.9" },
      { type: "host.checked", problems: [], claude: "9.9.9" },
    ],
    told: [
      ["host.warning warning: Less than 1 GB is left for the state folder", "> make room"],
      ["host.warning info: Claude Code is 9.9.9 now"],
    ],
  },
  {
    name: "a daemon that was killed",
    facts: [daemon],
    told: [[
      "daemon.crashed warning: The daemon had ended without a word and runs again",
      "It last wrote at 12:00. The sessions went on meanwhile.",
      "Version 1.0.0.",
      "> claude-failover events shows what came before",
    ]],
  },
  {
    name: "a daemon that was stopped and started",
    facts: [
      { type: "daemon.stop.requested", by: "person", endSessions: false },
      { type: "daemon.stopped", sessions: "left running" },
      daemon,
    ],
    told: [[
      "daemon.stopped info: The daemon is being stopped",
      "The sessions go on; nobody moves them at a limit until it is started again.",
    ], ["daemon.started info: The daemon has started (1.0.0)", "It keeps 2 sessions."]],
  },
  {
    name: "a worker that fails once, then again and again",
    facts: [
      { type: "worker.failed", worker: "quota", error: "x", times: 1 },
      { type: "worker.failed", worker: "quota", error: "no\nspace", times: 3 },
    ],
    told: [[
      "daemon.trouble warning: A part of the daemon fails again and again: quota",
      "3 times in a row: no space",
      "> claude-failover doctor",
    ]],
  },
  {
    name: "a config that is not taken",
    facts: [{ type: "config.rejected", problems: ["accounts: there are none"] }],
    told: [[
      "config.rejected warning: The changed config is not in force",
      "The one before goes on to hold.",
      "accounts: there are none",
      "> mend the file, then claude-failover reload",
    ]],
  },
  {
    name: "another tmux server",
    facts: [
      { type: "tmux.server.seen", server: { pid: 5, birth: "b 1" } },
      { type: "tmux.server.seen", server: { pid: 6, birth: "b 2" } },
    ],
    told: [[
      "host.warning warning: The tmux server is another one than before",
      "What ran in the one before has ended; its sessions are started again.",
    ]],
  },
  {
    name: "a session that dies and comes back",
    facts: [
      ...started("s1", "r1"),
      dies("s1", "r1"),
      ...started("s1", "r2"),
      { type: "turn.ended", session: "s1", run: "r2" },
    ],
    told: [[
      "session.degraded warning: s1 has died (exit 1)",
      "It is started again at once, with its conversation.",
    ], ["session.recovered info: s1 is well again", "It had died 1 time in a row."]],
  },
  {
    name: "a session that a person ends",
    facts: [
      ...started("s1", "r1"),
      { type: "run.closing", ...s1, reason: "prompt_input_exit" },
      dies("s1", "r1", 0),
    ],
    told: [],
  },
  {
    name: "a session that is given up",
    facts: [
      ...started("s1", "r1"),
      dies("s1", "r1"),
      { type: "session.quarantined", session: "s1", why: "5 starts ended with exit 1" },
    ],
    told: [[
      "session.degraded warning: s1 has died (exit 1)",
      "It is started again at once, with its conversation.",
    ], [
      "session.quarantined critical: s1 is given up",
      "5 starts ended with exit 1.",
      "Its conversation is kept.",
      "> claude-failover session show s1, then claude-failover session start s1",
    ]],
  },
  {
    name: "a session that asks, then shows which dialog",
    facts: [
      ...started("s1", "r1"),
      { type: "question.asked", ...s1, about: "permission" },
      { type: "dialog.seen", ...s1, kind: "permission", person: "it grants something" },
    ],
    told: [
      [
        "session.waiting warning: s1 waits for a permission",
        "> claude-failover session attach s1",
      ],
      [
        "session.waiting warning: s1 waits for a permission",
        "it grants something.",
        "> claude-failover session attach s1",
      ],
    ],
  },
  {
    name: "a dialog that is answered by us",
    facts: [
      ...started("s1", "r1"),
      { type: "dialog.seen", ...s1, kind: "resume", person: null },
      { type: "dialog.answered", ...s1, kind: "resume", option: "as it is" },
    ],
    told: [],
  },
  {
    name: "a sign-in that is gone",
    facts: [
      ...started("s1", "r1"),
      { type: "turn.failed", ...s1, refusal: { kind: "login", text: "revoked" }, seenAt: T0 },
    ],
    told: [[
      "account.unfit critical: The sign-in of a is gone",
      "s1 waits, as will the others under it: revoked",
      "> claude-failover account add a",
    ]],
  },
  {
    name: "a preflight that finds the same twice",
    facts: [
      { type: "account.checked", account: "b", problems: ["nobody is signed in"] },
      { type: "account.checked", account: "b", problems: ["nobody is signed in"] },
    ],
    told: [[
      "account.unfit warning: b cannot take work",
      "nobody is signed in.",
      "> claude-failover account check b",
    ]],
  },
  {
    name: "a sign-in that comes to its end: once in each stage",
    facts: [
      ...[20, 9, 8.5, 2, 1].map((left): Fact => ({
        type: "account.checked",
        account: "b",
        problems: [],
        signInEndsAt: T0 + left * 24 * 3_600_000,
      })),
      { type: "account.checked", account: "b", problems: [], signInEndsAt: T0 - 1 },
      { type: "account.checked", account: "b", problems: [], signInEndsAt: null },
    ],
    told: [
      "warning: The sign-in of b ends between 28 Nov and 1 Dec",
      "warning: The sign-in of b ends any day now, by 24 Nov",
      "critical: The sign-in of b may be over: it was to end by 22 Nov",
    ].map((title) => [
      `login.expiring ${title}`,
      "Then no session can work under it until you sign in again.",
      "> claude-failover account add b",
    ]),
  },
  {
    name: "a failover that is done",
    facts: [
      ...started("s1", "r1"),
      swapOff("w1", { sessions: ["s1", "s2"] }),
      ...moves("s1"),
      { type: "move.failed", ...swap, session: "s2", reason: "it is gone", left: "untouched" },
      { type: "swap.finished", ...swap },
    ],
    told: [[
      "failover.done warning: 1 session moved from a to b",
      "Because a person asked for it.",
      "In 4.0 s: s1.",
      "s2 is left untouched: it is gone.",
      "> claude-failover explain w1",
    ]],
  },
  {
    name: "a failover of which nothing came",
    facts: [
      ...started("s1", "r1"),
      swapOff("w1"),
      { type: "move.failed", ...swap, session: "s1", reason: "no start", left: "stopped" },
      { type: "swap.finished", ...swap },
    ],
    told: [[
      "failover.failed critical: No session could be moved from a to b",
      "Because a person asked for it.",
      "s1 is left stopped: no start.",
      "> claude-failover explain w1",
    ]],
  },
  {
    name: "no account with room",
    facts: [
      ...started("s1", "r1"),
      {
        type: "park.requested",
        ...swap,
        from: "a",
        by: "policy",
        reason: { kind: "wall", session: "s1", window: "five_hour" },
        sessions: ["s1"],
      },
      { type: "run.stopping", ...s1, why: "parked", tree: [] },
      dies("s1", "r1", 0),
      { type: "move.parked", ...swap, session: "s1", until: T0 + 5 * 3_600_000 },
      { type: "swap.finished", ...swap },
    ],
    told: [[
      "accounts.full critical: No account has room until 17:00",
      "1 session of a ended in good order, to go on by itself then: s1.",
      "Because s1 ran into the limit of its 5-hour window.",
    ]],
  },
  {
    name: "a proposal",
    facts: [{
      type: "swap.proposed",
      from: "a",
      to: "b",
      reason: { kind: "threshold", window: "seven_day", usedPct: 96 },
      proposal: "p1",
      deadline: T0 + 1_800_000,
      then: "park",
    }],
    told: [[
      "failover.proposed warning: A failover from a to b waits for your word",
      "Because its weekly window stands at 96 %.",
      "Until 12:30; without an answer what stands at the limit is ended until a reset.",
      "> claude-failover swap confirm, or claude-failover swap reject",
    ]],
  },
  {
    name: "tasks",
    facts: [
      found,
      { type: "task.attention", task: "t1", why: "a turn ended without a word on it" },
      { type: "task.ended", task: "t1", as: "done", by: "person", why: null },
    ],
    told: [[
      'task.needs_attention warning: Task "Mend the shop" needs attention',
      "a turn ended without a word on it.",
      "> claude-failover task show t1",
    ], ['task.done info: Task "Mend the shop" is done', "2 s after it was found."]],
  },
];

for (const { name, facts, told: wanted } of CASES) {
  Deno.test(`noticesOf() tells of ${name}`, () => {
    const said = told(...facts).map(({ kind, severity, title, lines, todo }) => [
      `${kind} ${severity}: ${title}`,
      ...lines,
      ...(todo === null ? [] : [`> ${todo}`]),
    ]);
    assert.deepEqual(said, wanted);
  });
}

Deno.test("noticesOf() gives the same happening the same id", () => {
  const [asks, knows] = told(
    ...started("s1", "r1"),
    { type: "question.asked", ...s1, about: "dialog" },
    { type: "dialog.seen", ...s1, kind: "trust", person: "it grants something" },
  );
  assert.equal(asks!.id, knows!.id);
});
