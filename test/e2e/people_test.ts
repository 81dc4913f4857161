/**
 * What people do in a session of the unmodified `claude`, and what the daemon types for them.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { until } from "../contract/until.ts";
import { pool } from "./support/pool.ts";

Deno.test("session send, /clear and /exit, in the unmodified claude", async (t) => {
  await using p = await pool({ sessions: ["ccl-0"] });
  const daemon = p.start();
  let { conversation } = await daemon.event("run.ready", { session: "ccl-0" });
  const keys = (...words: string[]) => p.socket.tmux("send-keys", "-t", "=ccl-0:", ...words);
  const send = async (text: string) => {
    const after = daemon.place();
    assert.match(await p.cli("session", "send", "ccl-0", text), /ccl-0 has taken it/);
    await daemon.event("turn.ended", { session: "ccl-0", after });
    const said = p.api.turns("A", conversation).at(-1)!.said;
    return said.findLast(({ by }) => by === "person")!.text;
  };

  await t.step("a prompt is typed, taken and answered", async () => {
    assert.equal(await send("say one"), "say one");
  });

  await t.step("one of 1500 characters arrives as it is", async () => {
    const long = `begin ${"word ".repeat(297)}end.`.padEnd(1_500, "x");
    assert.equal(await send(long), long);
  });

  await t.step("one of several lines is named to be read, and kept private", async () => {
    const path = /^Read the file (\S+\.txt) now/.exec(await send("first line\nsecond line"))![1]!;
    assert.equal(await Deno.readTextFile(path), "first line\nsecond line");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  });

  await t.step("over a draft nothing is typed, and `session show` tells of it", async () => {
    await keys("-l", "--", "half a thought");
    await until(
      async () =>
        (await p.cli("session", "show", "ccl-0")).includes("an unsent draft of 14 characters"),
      () => p.cli("session", "show", "ccl-0"),
    );
    await assert.rejects(
      p.cli("session", "send", "ccl-0", "go on", "--timeout", "1s"),
      /it was not free in time: an unsent draft stands in its input box/,
    );
    await keys("C-c");
  });

  await t.step("/clear is followed to its new conversation, which takes prompts", async () => {
    const after = daemon.place();
    await keys("-l", "--", "/clear");
    await keys("Enter");
    const ready = await daemon.event("run.ready", { session: "ccl-0", after });
    // On a busy machine the registry may tell of it before the hook does.
    assert.ok(["clear", "registry"].includes(ready.source), ready.source);
    assert.notEqual(ready.conversation, conversation);
    ({ conversation } = ready);
    assert.equal(await send("say two"), "say two");
  });

  await t.step("parked it rests with its conversation, until a prompt is sent to it", async () => {
    const after = daemon.place();
    assert.match(await p.cli("session", "park", "ccl-0"), /ccl-0 is being parked/);
    await daemon.event("move.parked", { session: "ccl-0", after });
    assert.match(await p.cli("session", "show", "ccl-0"), /parked.*until it is needed/);
    assert.equal(await send("say three"), "say three");
    assert.ok(p.api.turns("A", conversation).at(-1)!.said.some(({ text }) => text === "say two"));
  });

  await t.step("a session that /exit has ended stays ended, also for the next daemon", async () => {
    const after = daemon.place();
    await keys("-l", "--", "/exit");
    await keys("Enter");
    const ended = await daemon.event("run.ended", { session: "ccl-0", after });
    await daemon.stop();
    const next = p.start();
    await next.event("daemon.started", { after: ended.seq });
    // The daemon has looked around more than once by then.
    const up = async () => Number(/ up (\d+) s/.exec(await p.cli("status"))?.[1] ?? 0);
    await until(async () => await up() >= 3, () => p.cli("status"));
    assert.deepEqual(
      next.events.filter(({ type, seq }) => type === "run.planned" && seq > ended.seq),
      [],
    );
    const shown = await p.cli("session", "show", "ccl-0");
    assert.match(shown, /a person ended it \(prompt_input_exit\)/);
  });

  const journal = await Deno.readFile(join(p.home.path("state"), "journal.db"));
  const text = new TextDecoder("latin1").decode(journal);
  assert.doesNotMatch(text, /second line|half a thought|say two/);
});
