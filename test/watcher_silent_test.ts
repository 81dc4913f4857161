/** What the watcher makes of a session whose hooks are missing (`disableAllHooks`). */
import assert from "node:assert/strict";
import { plan, sessionSpec } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const ONE = { sessions: [sessionSpec("s1")] };
const hasProcess = (w: World, name: string) => (w.session(name).run?.process ?? null) !== null;

/** A session that no hook ever tells of; its registry says that it is there and idle. */
async function silent(): Promise<World> {
  const w = await world(ONE);
  w.tmux.onCall = null;
  await using _ = w.live(w.watcher());
  await w.until(() => hasProcess(w, "s1"));
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() });
  await w.until(() => w.phase("s1") === "idle");
  await w.clock.advance(1_000);
  return w;
}

/** Lines of the conversation's transcript, written now. */
function writes(w: World, ...lines: Record<string, unknown>[]): void {
  const { conversation } = w.session("s1");
  const timestamp = new Date(w.clock.now()).toISOString();
  const text = lines.map((line) => `${JSON.stringify({ timestamp, ...line })}\n`).join("");
  w.files.put(`${w.config.share.projectsDir}/-home-ada-work/${conversation}.jsonl`, text);
}

/** A turn as the registry and the transcript tell of it. */
async function turnWithoutHooks(w: World, ...lines: Record<string, unknown>[]): Promise<void> {
  w.registry("s1", { status: "busy", updatedAt: w.clock.now() });
  await w.until(() => w.phase("s1") === "working");
  await w.clock.advance(5_000);
  writes(w, ...lines);
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() });
  await w.until(() => w.phase("s1") !== "working");
}

const said = (type: string, text: string) => ({ type, message: { content: text } });

Deno.test("the watcher takes an answer from the transcript when hooks are missing", async () => {
  using w = await silent();
  await using _ = w.live(w.watcher());
  await turnWithoutHooks(w, said("user", "hi"), said("assistant", "hello"));
  assert.equal(w.phase("s1"), "idle");
  assert.equal(w.session("s1").run!.proven, true);
});

Deno.test("the watcher takes a limit from the transcript when hooks are missing", async () => {
  using w = await silent();
  await using _ = w.live(w.watcher());
  const limit = {
    ...said("assistant", "You've hit your 5-hour limit"),
    isApiErrorMessage: true,
    apiError: "usage_limit_reached",
    quotaLimits: { status: "rejected", rateLimitType: "five_hour", resetsAt: 1_795_374_740 },
  };
  await turnWithoutHooks(w, said("user", "hi"), limit);
  assert.deepEqual(w.session("s1").phase, { name: "limited", window: "five_hour" });
  w.registry("s1", { status: "waiting", updatedAt: w.clock.now() }); // its menu
  await w.clock.advance(3_000);
  assert.equal(w.phase("s1"), "limited");
});

Deno.test("the watcher believes no limit of an earlier turn when hooks are missing", async () => {
  using w = await silent();
  await using _ = w.live(w.watcher());
  const old = new Date(w.clock.now() - 3_600_000).toISOString();
  await turnWithoutHooks(w, {
    ...said("assistant", "You've hit your 5-hour limit"),
    timestamp: old,
    isApiErrorMessage: true,
    apiError: "usage_limit_reached",
  });
  assert.equal(w.phase("s1"), "idle");
  assert.equal(w.session("s1").run!.proven, false);
});

Deno.test("the watcher follows /clear by the registry when hooks are missing", async () => {
  using w = await silent();
  await using _ = w.live(w.watcher());
  w.registry("s1", { status: "idle", updatedAt: w.clock.now(), conversation: "conversation-9" });
  await w.until(() => w.session("s1").conversation === "conversation-9");
  assert.equal(w.phase("s1"), "idle");
});

Deno.test("the watcher finds the mark of a prompt in the transcript when hooks are missing", async () => {
  using w = await silent();
  const mark = "[claude-failover:r9]";
  const { conversation, run, account } = w.session("s1");
  w.store.record(
    { type: "run.ended", session: "s1", run: run!.plan.id, exit: 1 },
    {
      type: "run.planned",
      session: "s1",
      plan: plan("r9", { conversation: conversation!, account, how: "resume", mark }),
      why: "test",
    },
  );
  w.tmux.end("s1", 1);
  await using _ = w.live(w.watcher());
  await w.until(() => hasProcess(w, "s1"));
  await w.clock.advance(4_000);
  writes(w, said("user", `go on ${mark}`), said("assistant", "done"));
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() });
  await w.until(() => w.phase("s1") === "idle");
  assert.notEqual(w.session("s1").run!.markAcceptedAt, null);
  assert.equal(w.session("s1").run!.proven, true);
});
