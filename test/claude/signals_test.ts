/**
 * What Claude Code tells a run: spool, status line, registry, refusals.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCutObject } from "../../lib/claude/cut_json.ts";
import { classify, isSuspension } from "../../lib/claude/refusal.ts";
import { parseRegistryEntry, readRegistry } from "../../lib/claude/registry.ts";
import { findMark, markOf, parseHook, readLastTool, readSpool } from "../../lib/claude/spool.ts";
import { promptDigest } from "../../lib/claude/sent_prompt.ts";
import { parseStatusLine } from "../../lib/claude/status_line.ts";
import { ERRORS, type Meaning, RATE_LIMIT_WORDINGS, SUSPENDED } from "../../lib/claude/wording.ts";
import type { Refusal } from "../../lib/model/quota.ts";
import { FakeFiles } from "../fakes/files.ts";

/** In front of every payload (2.1.330). */
const COMMON = {
  session_id: "c1",
  transcript_path: "/home/ada/.claude-a/projects/-w/c1.jsonl",
  cwd: "/w",
};

/** Payloads as 2.1.330 sends them, and what we read in them. */
const PAYLOADS: [name: string, payload: object, event: object][] = [
  ["SessionStart", { source: "startup", model: "claude-opus-5-5" }, {
    kind: "session.start",
    conversation: "c1",
    source: "startup",
    transcript: COMMON.transcript_path,
  }],
  ["SessionStart", { source: "resume", seconds_since_last_response: 2, context_tokens: 3294 }, {
    kind: "session.start",
    conversation: "c1",
    source: "resume",
    transcript: COMMON.transcript_path,
  }],
  ["UserPromptSubmit", { prompt_id: "p", permission_mode: "plan", prompt: "go on" }, {
    kind: "prompt",
    conversation: "c1",
    mark: null,
    digest: promptDigest("go on"),
  }],
  ["UserPromptSubmit", { prompt: `one\n\ntwo ${markOf("4c1b-9")}` }, {
    kind: "prompt",
    conversation: "c1",
    mark: "[claude-failover:4c1b-9]",
    digest: promptDigest(`one two ${markOf("4c1b-9")}`),
  }],
  ["PermissionRequest", { tool_name: "Bash", tool_input: {} }, { kind: "permission.asked" }],
  ["Notification", { message: "x", notification_type: "idle_prompt" }, {
    kind: "notification",
    type: "idle_prompt",
  }],
  ["Stop", { stop_hook_active: false, last_assistant_message: "done" }, { kind: "turn.end" }],
  ["StopFailure", { error: "rate_limit", last_assistant_message: "You've hit your limit" }, {
    kind: "turn.fail",
    error: "rate_limit",
    text: "You've hit your limit",
  }],
  ["StopFailure", {}, { kind: "turn.fail", error: "", text: "" }],
  ["SessionEnd", { reason: "prompt_input_exit" }, {
    kind: "session.end",
    reason: "prompt_input_exit",
  }],
  ["PreToolUse", { tool_name: "Bash", tool_input: { command: "ls" }, tool_use_id: "t1" }, {
    kind: "tool",
    phase: "started",
    name: "Bash",
    id: "t1",
    inputDigest: "4cf29611a6693486",
  }],
  ["PostToolUseFailure", { tool_name: "Bash", tool_input: {}, error: "Exit code 3" }, {
    kind: "tool",
    phase: "failed",
    name: "Bash",
    id: null,
    inputDigest: "44136fa355b3678a",
  }],
];

Deno.test("parseHook() reads each payload of Claude Code", () => {
  for (const [name, payload, event] of PAYLOADS) {
    const text = JSON.stringify({ ...COMMON, hook_event_name: name, ...payload });
    assert.deepEqual(parseHook(name, text), event, name);
  }
});

Deno.test("parseHook() makes of what it cannot understand an unknown event with the reason", () => {
  const cases: [string, string, RegExp][] = [
    ["Stop", "", /^Stop: 0 characters, not JSON$/],
    ["Stop", "null", /not JSON/],
    ["Stop", "\u0000\u0001garbage", /not JSON/],
    ["SessionStart", "{}", /^SessionStart: .*session_id/s],
    ["Notification", '{"notification_type":7}', /notification_type/],
    ["PreCompact", '{"trigger":"auto"}', /^PreCompact is not ours$/],
    ["toString", "{}", /^toString is not ours$/],
    ["", "{}", /^a hook without a name is not ours$/],
  ];
  for (const [name, text, why] of cases) {
    const event = parseHook(name, text);
    assert.ok(event.kind === "unknown", `${name} ${text}`);
    assert.match(event.why, why);
  }
});

Deno.test("parseHook() never throws, and a cut payload still tells what came before the cut", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (name, text) => {
    assert.ok(parseHook(name, text).kind.length > 0);
  }));
  const failure = JSON.stringify({ ...COMMON, error: "rate_limit", last_assistant_message: "x" });
  for (let end = 1; end < failure.length; end++) {
    assert.equal(parseHook("StopFailure", failure.slice(0, end)).kind, "turn.fail");
  }
});

Deno.test("parseCutObject() gives the whole members before the cut, and nothing from deeper inside", () => {
  const text = '{"a":"x,\\"y","b":{"id":"inner","c":[1,{"d":2}]},"id":"outer"}';
  const whole = JSON.parse(text);
  assert.deepEqual(parseCutObject(text), whole);
  assert.deepEqual(parseCutObject(text.slice(0, -2)), { a: whole.a, b: whole.b });
  assert.deepEqual(parseCutObject('{"a":"x,\\"y","b":{"id":"inner",'), { a: whole.a });
  assert.deepEqual(parseCutObject('{"a":"x,\\'), {});
  for (const other of ["", "[1,2", "nul", '"a'] as const) assert.equal(parseCutObject(other), null);
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string(),
        fc.json().map((j) => JSON.parse(j)),
      ),
      fc.nat(),
      (object, n) => {
        const json = JSON.stringify(object);
        const cut = parseCutObject(json.slice(0, 1 + n % json.length)) ?? {};
        const there = JSON.parse(json);
        for (const key of Object.keys(cut)) assert.deepEqual(cut[key], there[key]);
      },
    ),
  );
});

Deno.test("findMark() finds a mark of ours and nothing that only looks like one", () => {
  assert.equal(findMark(`text ${markOf("run-1")}`), markOf("run-1"));
  for (const text of ["", "[claude-failover:]", "[claude-failover:a b]", "claude-failover:x"]) {
    assert.equal(findMark(text), null, text);
  }
});

Deno.test("readSpool() gives the messages oldest first, those of one tick by process number", async () => {
  let now = 1_000;
  const files = new FakeFiles({ now: () => now });
  const put = (name: string, text = "{}") => files.put(`/spool/${name}`, text);
  put("900.0.UserPromptSubmit.edge.json", '{"session_id":"c1","prompt":"x"}');
  now = 500;
  put("1002.0.SessionStart.edge.json", '{"session_id":"c1","source":"startup"}');
  put("999.0.SessionEnd.edge.json", '{"reason":"clear"}');
  now = 2_000;
  put("7.0.Stop.edge.json", "");
  put("status.json");
  put("tool.json");
  put(".7.tmp");
  put("x.edge.json");
  const entries = await readSpool(files, "/spool");
  assert.deepEqual(entries.map(({ event, seenAt }) => [event.kind, seenAt]), [
    ["session.end", 500],
    ["session.start", 500],
    ["prompt", 1_000],
    ["unknown", 2_000],
  ]);
  assert.equal(entries[0]?.path, "/spool/999.0.SessionEnd.edge.json");
  assert.deepEqual(await readSpool(files, "/nowhere"), []);
});

Deno.test("readSpool() gives a file of a name used before another key", async () => {
  let now = 1_000;
  const files = new FakeFiles({ now: () => now });
  const path = "/spool/7.0.Stop.edge.json";
  files.put(path, "{}");
  const [first] = await readSpool(files, "/spool");
  assert.deepEqual(await readSpool(files, "/spool"), [first]);
  await files.remove(path);
  now = 2_000;
  files.put(path, "{}");
  const [second] = await readSpool(files, "/spool");
  assert.notEqual(second?.key, first?.key);
});

Deno.test("readLastTool() says whether the last call's result is known", async () => {
  const files = new FakeFiles();
  const path = "/spool/tool.json";
  const last = () => readLastTool(files, path);
  assert.equal(await last(), null);
  const call = { ...COMMON, tool_name: "Bash", tool_input: { command: "ls" }, tool_use_id: "t1" };
  for (
    const [hook_event_name, finished] of [
      ["PreToolUse", false],
      ["PostToolUse", true],
      ["PostToolUseFailure", true],
    ] as const
  ) {
    files.put(path, JSON.stringify({ hook_event_name, ...call }));
    const tool = { name: "Bash", id: "t1", inputDigest: "4cf29611a6693486", finished };
    assert.deepEqual(await last(), tool);
  }
  const cut = JSON.stringify({ hook_event_name: "PreToolUse", ...call }).slice(0, -40);
  files.put(path, cut);
  assert.deepEqual(await last(), { name: "Bash", id: null, inputDigest: null, finished: false });
  for (const text of ["", "garbage", '{"hook_event_name":"Stop"}']) {
    files.put(path, text);
    assert.equal(await last(), null);
  }
});

// -- Status line and registry --

Deno.test("parseStatusLine() reads the windows, with their resets in milliseconds", () => {
  const line = parseStatusLine(JSON.stringify({
    ...COMMON,
    model: { id: "claude-opus-5-5", display_name: "Opus 5.5" },
    cost: { total_cost_usd: 0.01286, total_duration_ms: 2074 },
    rate_limits: {
      five_hour: { used_percentage: 93.5, resets_at: 1795382755 },
      seven_day: { used_percentage: 20 },
      seven_day_opus: { used_percentage: null, resets_at: 1795883155 },
      spend_limit: { used_usd: 1, limit_usd: 2 },
    },
  }));
  assert.deepEqual(line, {
    conversation: "c1",
    windows: {
      five_hour: { usedPct: 93.5, resetsAt: 1795382755000 },
      seven_day: { usedPct: 20, resetsAt: null },
      credits: { usedPct: 50, resetsAt: null },
    },
    costUsd: 0.01286,
    model: "claude-opus-5-5",
    transcript: COMMON.transcript_path,
  });
});

Deno.test("parseStatusLine() takes what cannot be read for absent, never for zero", () => {
  const nothing = { windows: {}, costUsd: null, model: null };
  const bare = parseStatusLine('{"session_id":"c1","rate_limits":"none","cost":{},"model":3}');
  assert.deepEqual(bare, { conversation: "c1", transcript: null, ...nothing });
  const odd = '{"session_id":"c1","rate_limits":{"five_hour":{"used_percentage":"93"}}}';
  assert.deepEqual(parseStatusLine(odd)?.windows, {});
  for (const text of ["", "{", "[]", "{}", '{"session_id":1}']) {
    assert.equal(parseStatusLine(text), null, text);
  }
});

Deno.test("readRegistry() reads every entry that is whole", async () => {
  const entry = { pid: 31703, sessionId: "c1", cwd: "/w", kind: "interactive", version: "2.1.330" };
  const waiting = { status: "waiting", waitingFor: "permission prompt", updatedAt: 1795380560631 };
  const dir = "/home/ada/.claude-a";
  const files = new FakeFiles({
    files: {
      [`${dir}/sessions/31703.json`]: JSON.stringify({ ...entry, ...waiting, procStart: "315971" }),
      [`${dir}/sessions/8.json`]: JSON.stringify({ ...entry, pid: 8, status: "dreaming" }),
      [`${dir}/sessions/9.json`]: '{"pid":9,"sess',
      [`${dir}/sessions/31703.5a1b.key`]: JSON.stringify(entry),
    },
  });
  const bare = { status: null, waitingFor: null, updatedAt: 0, procStart: null };
  assert.deepEqual(await readRegistry(files, dir), [
    { pid: 31703, conversation: "c1", cwd: "/w", ...waiting, procStart: "315971" },
    { ...bare, pid: 8, conversation: "c1", cwd: "/w" },
  ]);
  const but = await readRegistry(files, dir, { without: new Set([31703, 1]) });
  assert.deepEqual(but.map(({ pid }) => pid), [8]);
  assert.deepEqual(await readRegistry(files, "/home/ada/.claude-new"), []);
  assert.equal(parseRegistryEntry('{"pid":-1,"sessionId":"c1"}'), null);
});

// -- Refusals --

function expected(means: Meaning, text: string): Refusal {
  return means.kind === "quota" ? { ...means, text } : { kind: means.kind, text };
}

Deno.test("classify() takes each known text of a rate_limit for what it means", () => {
  for (const { means, samples } of RATE_LIMIT_WORDINGS) {
    for (const [version, text] of samples) {
      assert.deepEqual(classify("rate_limit", text), expected(means, text), `${version}: ${text}`);
      const typographic = text.replaceAll("'", "’");
      assert.deepEqual(classify("rate_limit", typographic), expected(means, typographic));
    }
  }
});

Deno.test("classify() sees no wall in the quota's text without the error, nor in the error without it", () => {
  const quotaTexts = RATE_LIMIT_WORDINGS.filter(({ means }) => means.kind === "quota")
    .flatMap(({ samples }) => samples.map(([, text]) => text));
  for (const error of [...Object.keys(ERRORS), "", "unknown", "invalid_request", "Rate_Limit"]) {
    for (const text of quotaTexts) assert.notEqual(classify(error, text).kind, "quota", error);
  }
  const prose = [
    "",
    "API Error: something new",
    ...quotaTexts.map((text) => `The log says: ${text}`),
    ...quotaTexts.map((text) => `"${text}"`),
    "You've used 85% of your session limit · resets 3:45pm",
    "When you've hit your session limit, wait.",
  ];
  for (const text of prose) {
    assert.deepEqual(classify("rate_limit", text), { kind: "throttle", text }, text);
  }
});

Deno.test("isSuspension() takes an account that was taken away for one, and no login that only ran out", () => {
  for (const [error, seenIn, text] of SUSPENDED.samples) {
    assert.ok(isSuspension(error, text), `${seenIn}: ${text}`);
    assert.equal(classify(error, text).kind, "login", "a person must act");
    assert.ok(!isSuspension("invalid_request", `It said: ${text}`), "anybody's words");
    assert.ok(!isSuspension("rate_limit", text));
  }
  assert.ok(isSuspension("account_on_hold", ""));
  for (const text of ["Login expired · Please run /login", "Invalid API key", ""]) {
    assert.ok(!isSuspension("authentication_failed", text), text);
  }
  assert.ok(!isSuspension("constructor", "OAuth token revoked"));
});

Deno.test("classify() keeps one bounded line of the text, and no key that an error quotes", () => {
  const key = "sk-proj-made*up-0123456789";
  for (const error of ["authentication_failed", "invalid_request", "rate_limit", "server_error"]) {
    const { text } = classify(
      error,
      `API Error: no such key: ${key} (Bearer ab.c-1)\n{"prompt":"x"}`,
    );
    assert.equal(text, "API Error: no such key: [hidden] ([hidden])", error);
    assert.equal(classify(error, "x".repeat(5_000)).text.length, 200, error);
  }
});

Deno.test("classify() goes by Claude Code's own word for every other error", () => {
  const table: [error: string, text: string, kind: Refusal["kind"]][] = [
    ["authentication_failed", "Not logged in · Please run /login", "login"],
    ["authentication_failed", "Login expired · Please run /login", "login"],
    ["authentication_failed", "OAuth token revoked · Please run /login", "login"],
    ["authentication_failed", "OAuth token has expired · Please run /login", "login"],
    [
      "authentication_failed",
      "Please run /login · API Error: 401 Invalid authentication credentials",
      "login",
    ],
    ["authentication_failed", "Invalid API key · Fix external API key", "login"],
    ["authentication_failed", "Your apiKeyHelper script is failing", "login"],
    ["oauth_org_not_allowed", "Your organization does not allow this login", "login"],
    ["account_on_hold", "Your account is on hold", "login"],
    ["cloud_credential_error", "Could not load AWS credentials", "login"],
    ["billing_error", "Credit balance is too low", "billing"],
    ["server_error", "API Error: 529 Overloaded. This is a server-side issue", "server"],
    ["server_error", "API Error: 500 Internal server error", "server"],
    ["server_error", "API Error: Connection dropped (ECONNRESET)", "server"],
    ["overloaded", "API Error: Repeated 529 Overloaded errors. The API is at capacity", "server"],
    ["invalid_request", "Prompt is too long", "other"],
    ["model_not_found", "There is an issue with the selected model", "other"],
    ["max_output_tokens", "", "other"],
    ["unknown", "", "other"],
    ["constructor", "", "other"],
  ];
  for (const [error, text, kind] of table) {
    const refusal = classify(error, text);
    assert.equal(refusal.kind, kind, error);
    assert.equal(refusal.text, text);
    if (refusal.kind === "other") assert.equal(refusal.error, error);
  }
});
