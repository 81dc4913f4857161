import { strict as assert } from "node:assert";
import { UsageReader } from "../../../lib/claude/usage/reader.ts";
import { usageOfLine } from "../../../lib/claude/usage/line.ts";
import { FakeFiles } from "../../fakes/files.ts";

const PATH = "/p/c.jsonl";
const AT = "2026-11-28T05:40:00.000Z";

function answer(id: string, output: number, more: Record<string, unknown> = {}): string {
  const usage = { input_tokens: 3, output_tokens: output, cache_read_input_tokens: 100 };
  return JSON.stringify({
    type: "assistant",
    timestamp: AT,
    message: { id, model: "claude-opus-5-5", content: [{ type: "text", text: "é→𝄞" }], usage },
    ...more,
  }) + "\n";
}

function setup(text: string) {
  const files = new FakeFiles({ now: () => 0, files: { [PATH]: text } });
  const reader = new UsageReader(files);
  const read = async (path = PATH) => {
    const found = await Array.fromAsync(reader.read(path));
    return found.map(({ tokens, messages }) => [tokens.output, messages]);
  };
  return { files, read };
}

Deno.test("UsageReader counts each message once, though each block of it has a line, and takes the most it says", async () => {
  const { read } = setup(answer("m1", 1) + answer("m1", 1) + answer("m1", 9) + answer("m2", 4));
  assert.deepEqual(await read(), [[1, 1], [8, 0], [4, 1]]);
  assert.deepEqual(await read(), []);
});

Deno.test("UsageReader reads on where it was, and waits for the end of a line", async () => {
  const { files, read } = setup("");
  const line = answer("m1", 5);
  for (let length = 0; length < line.length; length += 7) {
    files.put(PATH, line.slice(0, length));
    assert.deepEqual(await read(), [], `${length} characters`);
  }
  files.put(PATH, line + answer("m2", 6).slice(0, -1));
  assert.deepEqual(await read(), [[5, 1]]);
  files.put(PATH, line + answer("m2", 6) + answer("m3", 7));
  assert.deepEqual(await read(), [[6, 1], [7, 1]]);
});

Deno.test("UsageReader begins anew with a file that is shorter or another one, and counts no message again", async () => {
  const { files, read } = setup(answer("m1", 5) + answer("m2", 6));
  await read();
  files.put(PATH, answer("m1", 5)); // truncated
  assert.deepEqual(await read(), []);
  files.put(PATH, answer("m1", 5) + answer("m3", 7));
  assert.deepEqual(await read(), [[7, 1]]);
  await files.writeAtomic(PATH, answer("m4", 8) + answer("m1", 5) + answer("m5", 9)); // rotated: another inode
  assert.deepEqual(await read(), [[8, 1], [9, 1]]);
  await files.remove(PATH);
  assert.deepEqual(await read(), []);
});

Deno.test("UsageReader passes over a line that is too long to be one, and reads what is behind it", async () => {
  const huge = `{"type":"user","text":"${"x".repeat(20 * 1024 * 1024)}","usage":1}\n`;
  const long = answer("m2", 6, { padding: "y".repeat(3 * 1024 * 1024) });
  const { files, read } = setup(answer("m1", 5) + huge + long + answer("m3", 7));
  assert.deepEqual(await read(), [[5, 1], [6, 1], [7, 1]]);
  files.put(PATH, answer("m1", 5) + huge + long + answer("m3", 7) + answer("m4", 8));
  assert.deepEqual(await read(), [[8, 1]]);
});

Deno.test("UsageReader knows a message of one file in another, as after a fork", async () => {
  const { files, read } = setup(answer("m1", 5));
  files.put("/p/fork.jsonl", answer("m1", 5) + answer("m2", 6));
  assert.deepEqual(await read(), [[5, 1]]);
  assert.deepEqual(await read("/p/fork.jsonl"), [[6, 1]]);
});

Deno.test("usageOfLine() takes only answers of the model for use", () => {
  const odd = [
    answer("m1", 1, { type: "user" }),
    answer("", 1),
    answer("m1", 1, { timestamp: "soon" }),
    answer("m1", 1).replace("claude-opus-5-5", "<synthetic>"),
    '{"type":"assistant","message":{"usage":null}}',
    `{"type":"user","text":${JSON.stringify(answer("m1", 1))}}`,
    "",
    "null",
  ];
  for (const line of odd) assert.equal(usageOfLine(line.trim()), null, line);
  assert.deepEqual(usageOfLine(answer("m1", 7)), {
    id: "m1",
    at: Date.parse(AT),
    tokens: { input: 3, output: 7, cacheRead: 100, cacheWrite: 0 },
  });
});
