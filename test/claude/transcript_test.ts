import assert from "node:assert/strict";
import {
  conversationLines,
  findTranscript,
  hasMessages,
  lastQuotaError,
  quotaErrorSince,
  readTail,
} from "../../lib/claude/transcript.ts";
import { FakeFiles } from "../fakes/files.ts";

/** Lines as 2.1.330 writes them, trimmed to what stands in every one. */
const PROMPT = {
  parentUuid: null,
  type: "user",
  message: { role: "user", content: "work please" },
  uuid: "u1",
  timestamp: "2026-11-22T20:48:55.799Z",
};
const LIMITS = { status: "rejected", resetsAt: 1795398514, rateLimitType: "five_hour" };
const LIMIT = {
  parentUuid: "u1",
  type: "assistant",
  uuid: "a1",
  timestamp: "2026-11-22T20:48:58.026Z",
  message: {
    model: "<synthetic>",
    role: "assistant",
    content: [{ type: "text", text: "You've hit your 5-hour limit · resets 1:48am (UTC)" }],
  },
  apiError: "usage_limit_reached",
  quotaLimits: LIMITS,
  error: "rate_limit",
  isApiErrorMessage: true,
  apiErrorStatus: 429,
};
const NOTICE = {
  type: "system",
  subtype: "informational",
  content: "Usage limit reached",
  uuid: "s1",
};
const SETTINGS = [
  { type: "mode", mode: "normal" },
  { type: "permission-mode", permissionMode: "plan" },
  { type: "file-history-snapshot", messageId: "m" },
];
const TOOL_USE = {
  type: "assistant",
  uuid: "a2",
  parentUuid: "a1",
  message: { content: [{ type: "tool_use", id: "t", name: "Bash", input: {} }] },
};

function jsonl(...lines: object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

// -- Finding --

Deno.test("findTranscript() looks for the name in every folder, whatever it is called", async () => {
  const files = new FakeFiles();
  assert.equal(await findTranscript(files, "/projects", "c1"), null);
  files.put("/projects/-w-other/c2.jsonl", "");
  files.put("/projects/c1.jsonl", "not in a folder");
  files.put("/projects/any name/c1.jsonl", "");
  assert.equal(await findTranscript(files, "/projects", "c1"), "/projects/any name/c1.jsonl");
  assert.equal(await findTranscript(files, "/projects", "../any name/c1"), null);
});

Deno.test("findTranscript() takes the newest of several copies", async () => {
  let now = 2_000;
  const files = new FakeFiles({ now: () => now });
  files.put("/projects/b/c1.jsonl", "");
  now = 1_000;
  files.put("/projects/a/c1.jsonl", "");
  files.put("/projects/z/c1.jsonl", "");
  assert.equal(await findTranscript(files, "/projects", "c1"), "/projects/b/c1.jsonl");
});

// -- Reading from the end --

Deno.test("readTail() gives the last whole lines that fit, wherever the window begins", async () => {
  const lines = ["first\n", "zweite Zeile ü\n", "🦀🦀🦀\n", "last\n"];
  const unfinished = '{"type":"us';
  const files = new FakeFiles({ files: { "/t.jsonl": lines.join("") + unfinished } });
  const tails = [0, 1, 2, 3, 4].map((from) => lines.slice(from).join(""));
  const bytes = (text: string) => new TextEncoder().encode(text + unfinished).length;
  for (let maxBytes = 1; maxBytes <= bytes(tails[0]!) + 2; maxBytes++) {
    const expected = tails.find((tail) => bytes(tail) <= maxBytes) ?? "";
    assert.equal(await readTail(files, "/t.jsonl", maxBytes), expected, `${maxBytes} bytes`);
  }
});

Deno.test("readTail() tells a file that is not there from one without a line", async () => {
  const files = new FakeFiles({ files: { "/empty": "", "/begun": "{" } });
  assert.equal(await readTail(files, "/nowhere"), null);
  assert.equal(await readTail(files, "/empty"), "");
  assert.equal(await readTail(files, "/begun"), "");
});

// -- Messages --

Deno.test("hasMessages() wants something that was said, not only settings", async () => {
  const files = new FakeFiles();
  const has = (text: string) => {
    files.put("/t.jsonl", text);
    return hasMessages(files, "/t.jsonl");
  };
  assert.equal(await hasMessages(files, "/nowhere"), false);
  assert.equal(await has(""), false);
  assert.equal(await has(jsonl(...SETTINGS, NOTICE)), false);
  assert.equal(await has(jsonl(...SETTINGS, PROMPT)), true);
  assert.equal(await has(JSON.stringify(PROMPT)), false, "a line that is still being written");
  const bulky = { type: "api-request-blob", data: "x".repeat(700_000) };
  assert.equal(await has(jsonl(bulky, bulky, PROMPT)), true);
  assert.equal(await has(jsonl(bulky, bulky)), false);
  const long = { ...PROMPT, message: { role: "user", content: "ü".repeat(400_000) } };
  assert.equal(await has(jsonl(...SETTINGS, long, ...SETTINGS)), true);
});

Deno.test("conversationLines() gives what was said, and passes over every other line", () => {
  const text = jsonl(...SETTINGS, PROMPT, LIMIT, NOTICE, TOOL_USE) + '{"torn\n\nnull\n[]\n' +
    JSON.stringify(PROMPT);
  assert.deepEqual(conversationLines(text), [
    { type: "user", uuid: "u1", parentUuid: null, text: "work please" },
    {
      type: "assistant",
      uuid: "a1",
      parentUuid: "u1",
      text: "You've hit your 5-hour limit · resets 1:48am (UTC)",
    },
    { type: "system", uuid: "s1", parentUuid: null, text: "Usage limit reached" },
    { type: "assistant", uuid: "a2", parentUuid: "a1" },
  ]);
});

// -- The limit --

const FOUND = {
  window: "five_hour",
  resetsAt: 1795398514000,
  at: Date.UTC(2026, 10, 22, 20, 48, 58, 26),
  overage: null,
};

Deno.test("lastQuotaError() reads window and reset in the line that Claude Code wrote", () => {
  assert.deepEqual(lastQuotaError(jsonl(PROMPT, LIMIT)), FOUND);
  assert.deepEqual(lastQuotaError(jsonl(PROMPT, LIMIT, NOTICE, ...SETTINGS)), FOUND);
  const { apiError: _, ...older } = LIMIT;
  assert.deepEqual(lastQuotaError(jsonl(PROMPT, older)), FOUND, "2.1.260 has no apiError");
  const { quotaLimits: __, ...bare } = LIMIT;
  assert.deepEqual(lastQuotaError(jsonl(bare)), { ...FOUND, window: null, resetsAt: null });
  const fable = { ...LIMIT, quotaLimits: { ...LIMITS, rateLimitType: "seven_day_fable" } };
  assert.equal(lastQuotaError(jsonl(fable))?.window, "seven_day_fable");
  const info = { overageStatus: "allowed_warning", isUsingOverage: true };
  const paid = { ...LIMIT, apiErrorParams: { rate_limit_info: info } };
  assert.deepEqual(lastQuotaError(jsonl(paid))?.overage, { inUse: true, enabled: true });
});

Deno.test("lastQuotaError() sees no limit where the conversation has gone on, or only speaks of one", () => {
  const said = (type: string, more = {}) => ({ ...PROMPT, type, message: LIMIT.message, ...more });
  const tails = {
    "nothing": "",
    "the next prompt follows": jsonl(LIMIT, PROMPT),
    "an answer follows": jsonl(LIMIT, PROMPT, TOOL_USE),
    "a person quotes it": jsonl(said("user", { quotaLimits: LIMITS, isApiErrorMessage: true })),
    "the model says it": jsonl(said("assistant")),
    "the model's line has figures": jsonl(said("assistant", { quotaLimits: LIMITS })),
    "a throttle": jsonl({ ...LIMIT, apiError: undefined, quotaLimits: undefined }),
    "a warning": jsonl({
      ...LIMIT,
      apiError: undefined,
      quotaLimits: { ...LIMITS, status: "allowed_warning" },
    }),
    "not written to its end": JSON.stringify(LIMIT),
  };
  for (const [what, tail] of Object.entries(tails)) assert.equal(lastQuotaError(tail), null, what);
});

Deno.test("quotaErrorSince() finds a limit that the conversation has left behind, but not an older one", () => {
  const tail = jsonl(PROMPT, LIMIT, PROMPT);
  assert.equal(lastQuotaError(tail), null);
  assert.deepEqual(quotaErrorSince(tail, FOUND.at), FOUND);
  assert.equal(quotaErrorSince(tail, FOUND.at + 1), null);
});
