import assert from "node:assert/strict";
import { ConversationOpenError, launchRun } from "../../lib/claude/launch_run.ts";
import { FakeFiles } from "../fakes/files.ts";
import { FakeTmux } from "../fakes/tmux.ts";
import { config as pool, plan, sessionSpec } from "../model/fixtures.ts";

const config = pool();
const [account] = config.accounts;

function setup() {
  const tmux = new FakeTmux();
  const files = new FakeFiles();
  const deps = { tmux, files, processes: tmux.processes };
  const input = {
    config,
    account: account!,
    session: sessionSpec("s1"),
    plan: plan("r1"),
    prompt: null,
    elsewhere: new Set<number>(),
  };
  /** As 2.1.330 leaves it, for a claude that somebody started under account b. */
  const registered = (pid: number, conversation: string, more = {}) => {
    const entry = { pid, sessionId: conversation, cwd: "/", status: "idle", updatedAt: 1, ...more };
    files.put(`${config.accounts[1]!.configDir}/sessions/${pid}.json`, JSON.stringify(entry));
  };
  return { tmux, files, deps, input, registered };
}

Deno.test("launchRun() starts a run once, however often it is asked", async () => {
  const { deps, input, tmux } = setup();
  const first = await launchRun(deps, input);
  assert.deepEqual(await launchRun(deps, input), first);
  assert.equal(tmux.calls.length, 1);
  tmux.end("s1", 1);
  assert.equal(
    (await launchRun(deps, input)).pane,
    first.pane,
    "one that has ended was launched too",
  );
  assert.equal(tmux.calls.length, 1);
});

Deno.test("launchRun() refuses a conversation that a person has open under any account", async () => {
  const { deps, input, tmux, registered } = setup();
  const other = tmux.processes.spawn();
  registered(other.pid, "conversation-1");
  await assert.rejects(launchRun(deps, input), ConversationOpenError);
  assert.equal(tmux.calls.length, 0);
  await launchRun(deps, { ...input, elsewhere: new Set([other.pid]) }); // it is known to have left it
  await tmux.kill("s1");
  assert.equal(tmux.calls.length, 2);
  await assert.rejects(launchRun(deps, input), ConversationOpenError);
  tmux.processes.exit(other, null); // killed: the entry stays behind and means nothing
  await launchRun(deps, input);
  assert.equal(tmux.calls.length, 3);
});

Deno.test("launchRun() is not held up by an entry whose pid is somebody else's by now", async () => {
  const { deps, input, tmux, registered } = setup();
  const other = tmux.processes.spawn();
  const born = other.birth.split(" ")[1]!;
  registered(other.pid, "conversation-1", { procStart: born });
  await assert.rejects(launchRun(deps, input), ConversationOpenError);
  registered(other.pid, "conversation-1", { procStart: "123456789" });
  await launchRun(deps, input);
  assert.equal(tmux.calls.length, 1);
});

Deno.test("launchRun() is not held up by another conversation under the same account", async () => {
  const { deps, input, tmux, registered } = setup();
  registered(tmux.processes.spawn().pid, "conversation-2");
  await launchRun(deps, input);
  assert.equal(tmux.calls.length, 1);
});
