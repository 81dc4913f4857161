import assert from "node:assert/strict";
import { tokensSince } from "../../lib/claude/task_usage.ts";
import { usageOfLine } from "../../lib/claude/usage/line.ts";
import { FakeFiles } from "../fakes/files.ts";

const MARK = "[claude-failover:m1]";
const AT = Date.parse("2026-11-28T05:00:00Z");

function answer(id: string, output: number, { atMs = AT, input = 10, read = 0, write = 0 } = {}) {
  return JSON.stringify({
    type: "assistant",
    timestamp: new Date(atMs).toISOString(),
    message: {
      id,
      role: "assistant",
      usage: {
        input_tokens: input,
        output_tokens: output,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: write,
      },
    },
  });
}

const prompt = (content: string) =>
  JSON.stringify({ type: "user", message: { role: "user", content } });

async function tokens(lines: readonly string[], until = AT) {
  const files = new FakeFiles();
  await files.writeAtomic("/t.jsonl", lines.join("\n"));
  return await tokensSince(files, "/t.jsonl", { mark: MARK, until });
}

Deno.test("tokensSince() counts each answer after the mark once, and none of before or of later", async () => {
  assert.deepEqual(
    await tokens([
      answer("before", 1_000),
      prompt(`Task ${MARK}: please do it`),
      answer("a", 1),
      answer("a", 7, { read: 100, write: 5 }), // the same answer, its next block
      prompt("[a tool result]"),
      answer("b", 3),
      answer("late", 1_000, { atMs: AT + 1 }),
      '{"type":"assistant","message":{"id":"half","usage":{"inp',
    ]),
    { input: 20, output: 10, cacheRead: 100, cacheWrite: 5 },
  );
});

Deno.test("tokensSince() knows nothing where the prompt is not to be found, which is not zero", async () => {
  assert.equal(await tokens([prompt("another"), answer("a", 1)]), null);
  assert.deepEqual(await tokens([prompt(MARK)]), {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
  });
});

Deno.test("tokensSince() reads lines that are longer than one piece of the file", async () => {
  const filler = prompt("ä".repeat(1_500_000));
  assert.equal(
    (await tokens([prompt(MARK), filler, answer("a", 2), filler, answer("b", 3)]))?.output,
    5,
  );
});

Deno.test("usageOfLine() takes no line of another kind, nor figures that are none", () => {
  const line = (usage: unknown, type = "assistant") =>
    JSON.stringify({ type, timestamp: "2026-11-28T05:00:00Z", message: { id: "x", usage } });
  assert.equal(usageOfLine(line({ input_tokens: -1, output_tokens: "many" })), null);
  assert.equal(usageOfLine(line({ input_tokens: 1, output_tokens: 2 }, "user")), null);
  assert.deepEqual(usageOfLine(line({ input_tokens: 1, output_tokens: 2 })), {
    id: "x",
    at: AT,
    tokens: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 },
  });
});
