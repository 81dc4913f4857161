import assert from "node:assert/strict";
import { screens } from "./claude/screens.ts";
import { sessionSpec, swapOff } from "./model/fixtures.ts";
import { type World, world } from "./support/daemon_life.ts";

const captured = await screens();
const screen = (name: string) => captured.find((one) => one.name === name)!.text;
const ONE = { sessions: [sessionSpec("s1")] };
const IDLE = screen("idle-80");

/** One session that is up and idle. */
async function running(changes: Parameters<typeof world>[0] = ONE): Promise<World> {
  const w = await world(changes);
  await using _ = w.live(w.watcher());
  await w.until(() => w.phase("s1") === "idle");
  return w;
}

/** It stands at the limit menu, as Claude Code would: the hook first, then the menu. */
async function limited(w: World, menu = screen("limit-80")): Promise<void> {
  await w.agent.prompt("s1", "build");
  await w.agent.limit("s1");
  await w.clock.advance(1_000);
  shows(w, menu);
}

/** A dialog is on the screen, and the registry says that it waits. */
function shows(w: World, text: string): void {
  w.tmux.screen("s1", text);
  w.registry("s1", { status: "waiting", updatedAt: w.clock.now() + 1 });
}

/** The menu goes with the keys, as the real one does. */
function obeys(w: World, menu: string): void {
  const rows = (text: string) => text.split("\n").map((line) => line.replace("❯ ", "  "));
  let text = menu;
  w.tmux.onCall = (call) => {
    if (call.kind !== "key") return;
    const lines = text.split("\n");
    const at = lines.findIndex((line) => /^ *❯ \d/.test(line));
    const next = at + ({ Up: -1, Down: 1 }[call.key] ?? 0);
    text = next === at
      ? IDLE
      : rows(text).map((line, i) => i === next ? line.replace(/ {2}(?=\d\.)/, "❯ ") : line).join(
        "\n",
      );
    if (next === at) w.registry("s1", { status: "idle", updatedAt: w.clock.now() + 1 });
    w.tmux.screen("s1", text);
  };
}

const hasProcess = (w: World) => (w.session("s1").run?.process ?? null) !== null;
const keys = (w: World) => w.tmux.calls.flatMap((call) => call.kind === "key" ? [call.key] : []);
const typed = (w: World) => w.tmux.calls.filter(({ kind }) => kind === "key" || kind === "type");
const seen = (w: World) => w.events("dialog.seen").map(({ kind, person }) => [kind, person]);

Deno.test("the watcher answers the limit menu by waiting, and says so when it is gone", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await limited(w);
  obeys(w, screen("limit-80"));
  await w.until(() => w.events("dialog.answered").length === 1);
  await w.clock.advance(20_000);
  assert.deepEqual(keys(w), ["Enter"]);
  assert.deepEqual(seen(w), [["limit", null]]);
  const { kind, option } = w.events("dialog.answered")[0]!;
  assert.deepEqual([kind, option], ["limit", "stop"]);
  assert.equal(w.phase("s1"), "limited", "the menu is gone, the limit is not");
});

Deno.test("the watcher brings the mark to the option it wants, a key a look, before it presses Enter", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  const third = screen("limit-80").replace("❯ 1.", "  1.").replace("  3. Sw", "❯ 3. Sw");
  await limited(w, third);
  obeys(w, third);
  await w.until(() => w.events("dialog.answered").length === 1);
  assert.deepEqual(keys(w), ["Up", "Up", "Enter"]);
});

Deno.test("the watcher types nothing into what is a person's to answer, and says what the session waits for", async () => {
  const cases = [
    ["trust-200", "dialog", "trust"],
    ["bypass-80", "dialog", "bypass"],
    ["mcp-80", "dialog", "mcp"],
    ["permission-bash-80", "permission", "permission"],
    ["question-80", "human", "question"],
    ["background-80", "dialog", "background"],
    ["login-80", "human", "login"],
  ] as const;
  for (const [name, about, dialog] of cases) {
    using w = await running();
    await using _ = w.live(w.watcher());
    shows(w, screen(name));
    await w.clock.advance(30_000);
    assert.deepEqual(typed(w), [], name);
    assert.deepEqual(w.session("s1").phase, { name: "waiting", for: about, dialog }, name);
    assert.deepEqual(seen(w), [[dialog, "it is for a person"]], name);
  }
});

Deno.test("the watcher takes a session whose dialog a person has closed for one at its prompt", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  shows(w, screen("login-80"));
  await w.until(() => seen(w).length === 1);
  await w.clock.advance(2_000);
  w.tmux.screen("s1", IDLE);
  w.registry("s1", { status: "idle", updatedAt: w.clock.now() });
  await w.until(() => w.phase("s1") === "idle");
});

Deno.test("the watcher sees the dialog that holds up a start, which no hook and no registry tells of", async () => {
  using w = await world(ONE);
  w.tmux.onCall = null;
  await using _ = w.live(w.watcher());
  await w.until(() => hasProcess(w));
  w.tmux.screen("s1", screen("trust-80"));
  await w.clock.advance(2_000);
  assert.equal(w.phase("s1"), "starting");
  await w.clock.advance(4_000);
  assert.deepEqual(w.session("s1").phase, { name: "waiting", for: "dialog", dialog: "trust" });
  assert.deepEqual(typed(w), []);
});

Deno.test("the watcher types nothing on a screen that it does not know", async () => {
  const unknown = [
    screen("limit-80").replace("What do you want to do?", "A new offer"),
    screen("limit-80").replace("Stop and wait for limit to reset", "Take a walk"),
    screen("quoted-80"),
    screen("limit-80").split("\n").slice(0, -4).join("\n"),
    "Segmentation fault",
    "",
  ];
  for (const text of unknown) {
    using w = await running();
    await using _ = w.live(w.watcher());
    await limited(w, text);
    await w.clock.advance(30_000);
    assert.deepEqual(typed(w), [], text);
    assert.deepEqual(w.events("dialog.answered"), []);
  }
});

Deno.test("the watcher types nothing while the screen changes, or somebody is attached, or a move has the session", async () => {
  {
    using w = await running();
    let looks = 0;
    const capture = w.tmux.capture.bind(w.tmux);
    w.tmux.capture = async (session) => {
      w.tmux.screen(session, looks++ % 2 === 0 ? screen("limit-80") : IDLE);
      return await capture(session);
    };
    await using _ = w.live(w.watcher());
    await limited(w);
    await w.clock.advance(30_000);
    assert.ok(looks > 2);
    assert.deepEqual(typed(w), []);
  }
  {
    using w = await running();
    await using _ = w.live(w.watcher());
    w.tmux.attach("s1");
    await limited(w);
    await w.clock.advance(30_000);
    assert.deepEqual(typed(w), []);
    assert.deepEqual(seen(w), [["limit", "somebody looks at it"]]);
    w.tmux.attach("s1", 0);
    obeys(w, screen("limit-80"));
    await w.until(() => w.events("dialog.answered").length === 1);
  }
  {
    using w = await running();
    w.store.record(swapOff("w1"));
    await using _ = w.live(w.watcher());
    await limited(w);
    await w.clock.advance(30_000);
    assert.deepEqual([typed(w), seen(w)], [[], []]);
  }
});

Deno.test("the watcher gives a dialog that does not go to a person", async () => {
  using w = await running();
  await using _ = w.live(w.watcher());
  await limited(w);
  await w.clock.advance(60_000);
  assert.equal(keys(w).length, 8);
  assert.deepEqual(seen(w), [["limit", null], ["limit", "it does not do what it is told"]]);
  assert.deepEqual(w.events("dialog.answered"), []);
});

Deno.test("the watcher answers nothing when the config says so", async () => {
  using w = await running({ ...ONE, claude: { path: "claude", answerDialogs: false } });
  await using _ = w.live(w.watcher());
  await limited(w);
  await w.clock.advance(10_000);
  assert.deepEqual(typed(w), []);
  assert.deepEqual(seen(w), [["limit", "claude.answer_dialogs is false"]]);
});

Deno.test("the watcher ends the background work of a session that it stops", async () => {
  using w = await running({ ...ONE, failover: { stopGraceMs: 60_000 } });
  w.tmux.processes.signal = () => Promise.resolve(true); // the dialog holds it up
  await using _ = w.live(w.watcher());
  await w.clock.advance(1_000);
  w.tmux.screen("s1", screen("background-80"));
  w.store.record({ type: "session.stop.requested", session: "s1", by: "person" });
  await w.until(() => keys(w).length === 1);
  assert.deepEqual(keys(w), ["Enter"]);
  w.tmux.end("s1", 0);
  await w.until(() => w.phase("s1") === "stopped");
});

Deno.test("the watcher looks at no screen without a reason, and seldom at one that says nothing", async () => {
  using w = await running();
  let looks = 0;
  const capture = w.tmux.capture.bind(w.tmux);
  w.tmux.capture = (session) => {
    looks++;
    return capture(session);
  };
  await using _ = w.live(w.watcher());
  await w.clock.advance(60_000);
  await w.agent.prompt("s1", "build");
  await w.clock.advance(600_000);
  assert.equal(looks, 0);
  shows(w, "nothing of note");
  await w.clock.advance(60_000);
  assert.ok(looks >= 5 && looks < 15, `${looks}`);
});
