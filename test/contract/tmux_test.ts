/**
 * What every `Tmux` must do; the fake earns its trust here.
 */
import assert from "node:assert/strict";
import type { ProcessId } from "../../lib/model/ids.ts";
import type { Processes } from "../../lib/ports/process.ts";
import { ANCHOR, type Pane, type Tmux, TmuxError } from "../../lib/ports/tmux.ts";
import { FakeTmux } from "../fakes/tmux.ts";
import { until } from "../support/mod.ts";
import { setup } from "./tmux_world.ts";

interface World {
  readonly tmux: Tmux;
  readonly processes: Processes;
  /** A folder that is there. */
  readonly cwd: string;
  /** The whole server dies. */
  killServer(): Promise<void>;
}

/** Shows what is typed; when it reads a line it ends with that number. */
const READER = ["sh", "-c", "read line; exit $line", "reader"] as const;

async function tmuxContract(t: Deno.TestContext, world: World) {
  const { tmux, processes, cwd } = world;
  const pane = async (session: string): Promise<Pane> => {
    const found = (await tmux.panes()).find((pane) => pane.session === session);
    assert.ok(found, `no pane of ${session}`);
    return found;
  };
  const launch = (session: string, ...more: string[]) =>
    tmux.launch(session, { cwd, argv: [...READER, ...more] });
  const identify = async (pid: number): Promise<ProcessId> => {
    const process = await processes.identify(pid);
    assert.ok(process, `nobody is ${pid}`);
    return process;
  };

  const end = async (session: string, exit: number) => {
    await tmux.type(session, `${exit}`);
    await tmux.key(session, "Enter");
  };

  await t.step("nothing is there before the first launch", async () => {
    assert.deepEqual(await tmux.panes(), []);
    assert.equal(await tmux.serverPid(), null);
    await tmux.kill("nobody");
    await assert.rejects(tmux.capture("nobody"), TmuxError);
  });

  await t.step(
    "launch() starts a server with our anchor, and the program itself in the pane",
    async () => {
      const one = await launch("one", "run-17");
      assert.equal(one.session, "one");
      assert.match(one.id, /^%\d+$/);
      assert.deepEqual({ dead: one.dead, exit: one.exit, attached: one.attached }, {
        dead: false,
        exit: null,
        attached: 0,
      });
      assert.match(one.startCommand, /run-17/);
      assert.deepEqual(await pane("one"), one);
      assert.deepEqual((await tmux.panes()).map((pane) => pane.session).sort(), [ANCHOR, "one"]);
      assert.ok(await processes.identify(one.pid));
      assert.ok(await processes.identify((await tmux.serverPid())!));
    },
  );

  await t.step("launch() refuses while a program runs", async () => {
    const before = await pane("one");
    await assert.rejects(
      launch("one"),
      (error) => error instanceof TmuxError && /still active/.test(error.stderr),
    );
    assert.deepEqual(await pane("one"), before);
  });

  await t.step("a key() ends the program, and panes() tells with what", async () => {
    await end("one", 7);
    await until(async () => (await pane("one")).dead);
    assert.equal((await pane("one")).exit, 7);
    await assert.rejects(tmux.type("one", "x"), TmuxError);
    await assert.rejects(tmux.key("one", "Enter"), TmuxError);
  });

  await t.step("launch() uses the dead pane again", async () => {
    const old = await pane("one");
    const anew = await launch("one", "run-18");
    assert.equal(anew.id, old.id);
    assert.notEqual(anew.pid, old.pid);
    assert.equal(anew.dead, false);
    assert.equal(anew.exit, null);
    assert.match(anew.startCommand, /run-18/);
    assert.deepEqual(await pane("one"), anew);
  });

  await t.step("a program ended by a signal leaves a dead pane without a status", async () => {
    assert.equal(await processes.signal(await identify((await pane("one")).pid), "SIGKILL"), true);
    await until(async () => (await pane("one")).dead);
    assert.equal((await pane("one")).exit, null);
  });

  await t.step("type() and capture() take any text as it is, and type no Enter", async () => {
    await launch("text");
    const text = `it's "a" $HOME; #{pane_id} \`x\` -l Enter äöü 😀;`;
    await tmux.type("text", text);
    await until(async () => (await tmux.capture("text")).includes(text));
    assert.equal((await pane("text")).dead, false);
  });

  await t.step("type() takes a text longer than the pane is wide, whole", async () => {
    await launch("long");
    const text = Array.from({ length: 150 }, (_, i) => `word-${i}`).join(" ");
    await tmux.type("long", text);
    await until(async () => (await tmux.capture("long")).includes(text));
  });

  await t.step("a session's name is exact, never the beginning of another", async () => {
    await launch("long-2");
    await tmux.kill("long");
    await tmux.kill("lon");
    const names = (await tmux.panes()).map((pane) => pane.session);
    assert.ok(!names.includes("long") && names.includes("long-2"));
    await assert.rejects(tmux.capture("long"), /can't find session: long/);
    await assert.rejects(tmux.type("lon", "x"), TmuxError);
  });

  await t.step("kill() ends what runs in the session", async () => {
    const process = await identify((await pane("text")).pid);
    await tmux.kill("text");
    await until(async () => !await processes.isAlive(process));
    await tmux.kill("text");
  });

  await t.step("launch() refuses a name that tmux would change", async () => {
    await assert.rejects(launch("a.b"), TmuxError);
    await assert.rejects(launch("a:b"), TmuxError);
  });

  await t.step("panes() is empty when the server died, and launch() starts another", async () => {
    const server = await identify((await tmux.serverPid())!);
    await world.killServer();
    await until(async () => !await processes.isAlive(server));
    assert.deepEqual(await tmux.panes(), []);
    assert.equal(await tmux.serverPid(), null);
    await launch("one");
    assert.equal((await tmux.panes()).length, 2);
  });
}

Deno.test("FakeTmux keeps the tmux contract", async (t) => {
  const tmux = new FakeTmux();
  const typed = new Map<string, string>();
  tmux.onCall = (call) => {
    if (call.kind === "type") typed.set(call.session, call.text);
    if (call.kind === "key") tmux.end(call.session, Number(typed.get(call.session)));
  };
  await tmuxContract(t, {
    tmux,
    processes: tmux.processes,
    cwd: "/",
    killServer: () => Promise.resolve(tmux.killServer()),
  });
});

for (const persistent of [false, true]) {
  const by = persistent ? "a lasting client" : "commands";
  Deno.test(`realTmux() keeps the tmux contract, asking by ${by}`, async (t) => {
    await using world = await setup({ persistent });
    await tmuxContract(t, world);
  });
}
