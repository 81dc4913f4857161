/**
 * A pool in the middle of its afternoon, told in facts with time between them: what the page has to show all at once.
 *
 * @module
 */
import type { Fact } from "../../../lib/model/event.ts";
import { emptySpec } from "../../../lib/model/fold_task.ts";
import {
  account,
  config,
  HOUR,
  MINUTE,
  reading,
  running,
  session,
  started,
  wholeMove,
} from "../../http/fixture.ts";
import type { Served } from "../../http/served.ts";

const SESSIONS = ["ccl-0", "ccl-1", "ccl-2", "ccl-3", "ccl-4", "ccl-5"];
const ACCOUNTS = ["work", "spare", "third"];
const projects = ["shop", "docs"];

/** Lives through it. `now` of the world is then the end of the afternoon. */
export function afternoon({ control, pass, store }: Served): void {
  const tell = (...facts: Fact[]) => void control.record(...facts);
  const later = (ms: number) => pass(ms);
  const start = control.now();
  tell(started(), {
    type: "config.applied",
    config: config({
      accounts: ACCOUNTS.map((id, i) => account(id, { priority: i + 1 })),
      projects: projects.map((id) => ({ id, path: `/home/ada/${id}`, accounts: ACCOUNTS })),
      sessions: SESSIONS.map((name, i) =>
        session(name, { project: projects[i % 2]!, allowedAccounts: ACCOUNTS, neverMove: i === 5 })
      ),
    }),
  });
  tell(...running(SESSIONS.slice(0, 4)), ...running(SESSIONS.slice(4), "spare"));
  tell(
    reading("third", { usedPct: 4, resetsAt: start + 5 * HOUR }, {
      usedPct: 12,
      resetsAt: start + 90 * HOUR,
    }),
  );
  for (const [i, usedPct] of [58, 64, 71, 77, 84, 90].entries()) {
    tell(
      reading("work", { usedPct, resetsAt: start + 3 * HOUR }, {
        usedPct: 41 + i,
        resetsAt: start + 80 * HOUR,
      }),
      reading("spare", { usedPct: 20 + 4 * i, resetsAt: start + 4 * HOUR }, {
        usedPct: 33,
        resetsAt: start + 60 * HOUR,
      }),
    );
    later(6 * MINUTE);
  }
  tell(...ACCOUNTS.map((account): Fact => ({ type: "account.checked", account, problems: [] })));
  task(tell, "0000aaaa", "shop", "Let the checkout take vouchers");
  take(tell, "0000aaaa", "ccl-0", "work");
  task(tell, "0000bbbb", "docs", "Describe the webhook of refunds");
  task(tell, "0000cccc", "shop", "Round prices as the tax office does");
  task(tell, "0000dddd", "docs", "Mend the links of the old guide");
  take(tell, "0000dddd", "ccl-1", "work");
  later(9 * MINUTE);
  tell({ type: "task.ended", task: "0000dddd", as: "done", by: "agent", why: null });
  tell({ type: "task.closed", task: "0000dddd", file: "0000dddd.md" });
  tell(
    { type: "turn.ended", session: "ccl-1", run: "run-ccl-1-work", seenAt: control.now() } as Fact,
  );
  swap(tell, later, store);
  later(40_000);
  tell({
    type: "prompt.accepted",
    session: "ccl-0",
    run: "run-ccl-0-third",
    mark: "mark-ccl-0",
    seenAt: control.now(),
  });
  tell(
    {
      type: "question.asked",
      session: "ccl-4",
      run: "run-ccl-4-spare",
      about: "permission",
      seenAt: control.now(),
    } as Fact,
  );
  tell({
    type: "session.hold.requested",
    session: "ccl-3",
    by: "person",
    reason: "a demo at four",
  });
  task(tell, "0000eeee", "shop", "Say why a payment was refused");
  take(tell, "0000eeee", "ccl-2", "third");
  later(75_000);
  tell(
    reading("third", { usedPct: 9, resetsAt: start + 5 * HOUR }, {
      usedPct: 13,
      resetsAt: start + 90 * HOUR,
    }),
  );
}

function task(tell: (...facts: Fact[]) => void, id: string, project: string, title: string): void {
  tell({
    type: "task.found",
    task: id,
    project,
    file: `${id}.md`,
    ref: id,
    digest: "d",
    spec: { ...emptySpec(id), title },
    ignored: [],
  });
}

function take(
  tell: (...facts: Fact[]) => void,
  task: string,
  session: string,
  account: string,
): void {
  const mark = `m-${task}`;
  tell(
    { type: "task.assigned", task, session, mark, why: "it is idle" },
    { type: "task.claimed", task },
    { type: "task.sent", task },
    { type: "prompt.accepted", session, run: `run-${session}-${account}`, mark, seenAt: 0 },
  );
}

/** The wall of `work`, and all that was under it moves to `third`. */
function swap(
  tell: (...facts: Fact[]) => void,
  later: (ms: number) => void,
  store: Served["store"],
): void {
  const moved = SESSIONS.slice(0, 4);
  const at = store.state.at;
  tell({
    type: "quota.wall",
    account: "work",
    session: "ccl-0",
    window: "five_hour",
    resetsAt: at + 2 * HOUR,
    transcript: null,
    evidence: ["limit error", "status line"],
  });
  later(180);
  tell({
    type: "swap.requested",
    swap: "s1",
    from: "work",
    to: "third",
    by: "policy",
    reason: { kind: "wall", session: "ccl-0", window: "five_hour" },
    sessions: moved,
    grounds: {
      considered: [
        { account: "third", rejected: null },
        { account: "spare", rejected: "it would be near its limit with the sessions of work" },
      ],
      readings: [],
    },
  });
  for (const [i, name] of moved.entries()) {
    for (const fact of wholeMove("s1", name, "third")) {
      later(fact.type === "move.step.finished" ? STEP_MS[fact.step] + 37 * i : 8);
      tell(fact);
      if (fact.type === "move.step.finished" && fact.step === "launch") {
        const [run, conversation] = [
          `run-${name}-third`,
          store.state.sessions[name]!.conversation!,
        ];
        tell({ type: "run.ended", session: name, run: `run-${name}-work`, exit: 0 } as Fact);
        tell({
          type: "run.launched",
          session: name,
          run,
          pane: "%1",
          process: { pid: 4_200 + i, birth: "b:2" },
        });
        tell({
          type: "run.ready",
          session: name,
          run,
          conversation,
          source: "resume",
          transcript: null,
        });
      }
    }
  }
  tell({ type: "swap.finished", swap: "s1" });
}

const STEP_MS = {
  checkpoint: 60,
  quiesce: 900,
  stop: 120,
  rehome: 15,
  launch: 70,
  resumed: 480,
} as const;
