/** A prompt that was taken and not written down must be said again, and no other. */
import assert from "node:assert/strict";
import {
  isLastPromptLost,
  keepLastPrompt,
  lastPromptPath,
  lastPromptText,
} from "../../lib/claude/last_prompt.ts";
import { readSpool } from "../../lib/claude/spool.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeFiles } from "../fakes/files.ts";
import { config } from "../model/fixtures.ts";

const CONFIG = config();
const TRANSCRIPT = "/transcript.jsonl";
const OF = { session: "s1", conversation: "c1", transcript: TRANSCRIPT };

/** The session has taken this prompt a second after the clock's beginning. */
async function taken(prompt: string, payload: Record<string, unknown> = {}) {
  const clock = new FakeClock();
  const files = new FakeFiles(clock);
  await clock.advance(1_000);
  const message = { session_id: "c1", prompt_id: "p1", prompt, ...payload };
  await files.writeAtomic("/spool/1.0.UserPromptSubmit.edge.json", JSON.stringify(message));
  const at = clock.now();
  for (const entry of await readSpool(files, "/spool")) {
    await keepLastPrompt(files, CONFIG, "s1", entry);
  }
  assert.deepEqual(await files.list("/spool"), []);
  const says = (...lines: object[]) =>
    files.writeAtomic(TRANSCRIPT, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return {
    files,
    at,
    says,
    isLost: (of: Partial<typeof OF> | { transcript: null } = {}) =>
      isLastPromptLost(files, CONFIG, { ...OF, ...of }),
  };
}

const iso = (at: number) => new Date(at).toISOString();

Deno.test("isLastPromptLost() is true for a prompt whose conversation has no file, or ends before it", async () => {
  const { isLost, says, at } = await taken("build it");
  assert.equal(await isLost(), true);
  assert.equal(await isLost({ transcript: null }), true);
  await says(
    { type: "user", promptId: "p0", timestamp: iso(at - 9_000) },
    { type: "assistant", timestamp: iso(at - 1) },
    { type: "file-history-snapshot", timestamp: iso(at + 50) },
    { type: "user", timestamp: "yesterday" },
  );
  assert.equal(await isLost(), true);
});

Deno.test("isLastPromptLost() is false for one that was written, or that the conversation has left behind", async () => {
  const { isLost, says, at } = await taken("build it");
  await says({ type: "user", promptId: "p1", timestamp: iso(at - 3_600_000) }); // whatever the clocks say
  assert.equal(await isLost(), false);
  await says({ type: "assistant", timestamp: iso(at + 1) });
  assert.equal(await isLost(), false);
  await says();
  assert.equal(await isLost(), true);
  assert.equal(await isLost({ conversation: "c2" }), false, "/clear has begun another one");
  assert.equal(await isLost({ session: "s2" }), false);
});

Deno.test("isLastPromptLost() makes nothing of a file that says nothing", async () => {
  const { isLost, files } = await taken("  [claude-failover:r1] ");
  assert.equal(await isLost(), false, "a mark alone is no request");
  for (const text of ["", "{", "[]", '{"session_id":"c1"}', '{"prompt":"x"}']) {
    await files.writeAtomic(lastPromptPath(CONFIG, "s1"), text);
    assert.equal(await isLost(), false, text);
  }
});

Deno.test("lastPromptText() gives the words without our marks, so that a mark counts once", async () => {
  const { files } = await taken("Do the task in x.md [claude-failover:task-7]\n");
  assert.equal(await lastPromptText(files, CONFIG, "s1"), "Do the task in x.md");
  assert.equal(await lastPromptText(files, CONFIG, "s2"), null);
});

Deno.test("keepLastPrompt() takes the message away also when there is no room for it", async () => {
  const { files } = await taken("first");
  await files.writeAtomic(
    "/spool/2.0.UserPromptSubmit.edge.json",
    '{"session_id":"c1","prompt":"x"}',
  );
  const full = Object.assign(Object.create(files) as FakeFiles, {
    makeDir: () => Promise.reject(new Error("No space left on device")),
    remove: (path: string) => files.remove(path),
    rename: (from: string, to: string) => files.rename(from, to),
  });
  const [entry] = await readSpool(files, "/spool");
  await keepLastPrompt(full, CONFIG, "s1", entry!);
  assert.deepEqual(await files.list("/spool"), []);
  assert.equal(await lastPromptText(files, CONFIG, "s1"), "first");
});
