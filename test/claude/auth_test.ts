import assert from "node:assert/strict";
import { authStatus, claudeVersion } from "../../lib/claude/auth.ts";
import type { RunResult } from "../../lib/ports/process.ts";
import { FakeProcesses } from "../fakes/process.ts";
import { accountSpec } from "../model/fixtures.ts";

/** Answers of 2.1.330, trimmed; the addresses are made up. */
const SIGNED_IN = {
  loggedIn: true,
  authMethod: "claude.ai",
  apiProvider: "firstParty",
  configDirectory: "/home/ada/.claude-a",
  loginExpiresAt: null,
  email: "ada@example.org",
  orgId: "11111111-1111-4111-8111-111111111111",
  orgName: "Org",
  subscriptionType: "max",
  storedClaudeAiLogin: true,
};
const SIGNED_OUT = { loggedIn: false, authMethod: "none", apiProvider: "firstParty" };
const BY_KEY = { loggedIn: true, authMethod: "api_key_helper", apiKeySource: "apiKeyHelper" };

function setup(answer: Partial<RunResult> | Error) {
  const processes = new FakeProcesses();
  processes.on("claude", () => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const options = {
    claudePath: "claude",
    account: accountSpec("a"),
    timeoutMs: 5_000,
    baseEnv: { PATH: "/bin", ANTHROPIC_API_KEY: "made-up" },
  };
  return {
    processes,
    status: () => authStatus(processes, options),
    version: () => claudeVersion(processes, options),
    withoutClaude: () => authStatus(processes, { ...options, claudePath: "/no/claude" }),
  };
}

Deno.test("authStatus() says who is signed in, and asks without a stray key", async () => {
  const { processes, status } = setup({ code: 0, stdout: JSON.stringify(SIGNED_IN) });
  assert.deepEqual(await status(), {
    endsAt: null,
    signedIn: true,
    method: "claude.ai",
    email: "ada@example.org",
    org: "11111111-1111-4111-8111-111111111111",
    plan: "max",
  });
  const { argv, options } = processes.runs[0]!;
  assert.deepEqual(argv, ["claude", "auth", "status"]);
  assert.equal(options.env!["CLAUDE_CONFIG_DIR"], "/home/ada/.claude-a");
  assert.equal(options.env!["ANTHROPIC_API_KEY"], undefined);
});

Deno.test("authStatus() says that nobody is, and what is not known of who is", async () => {
  const unknown = { email: null, org: null, plan: null, endsAt: null };
  const out = setup({ code: 1, stdout: JSON.stringify(SIGNED_OUT) });
  assert.deepEqual(await out.status(), { signedIn: false, method: "none", ...unknown });
  const key = setup({ code: 0, stdout: JSON.stringify(BY_KEY) });
  assert.deepEqual(await key.status(), { signedIn: true, method: "api_key_helper", ...unknown });
});

Deno.test("authStatus() takes no answer, or half of one, for unknown and never for signed out", async () => {
  const cases: [Partial<RunResult> | Error, RegExp][] = [
    [{ code: 1, stderr: "Unable to connect\nmore" }, /^exit 1: Unable to connect$/],
    [{ code: 1 }, /^exit 1: no output$/],
    [{ code: 0, stdout: '{"loggedIn": fal' }, /^exit 0: no answer we know$/],
    [{ code: 0, stdout: '{"loggedIn":"no"}' }, /^exit 0/],
    [{ code: 0, stdout: JSON.stringify(SIGNED_OUT) }, /does not fit loggedIn: false/],
    [{ code: 137, stdout: JSON.stringify(SIGNED_IN) }, /does not fit loggedIn: true/],
    [{ code: 1, stdout: JSON.stringify(SIGNED_OUT), timedOut: true }, /no answer within 5 s/],
    [new Error("Cannot spawn: EAGAIN"), /EAGAIN/],
  ];
  for (const [answer, why] of cases) {
    const status = await setup(answer).status();
    assert.ok("unknown" in status, String(why));
    assert.match(status.unknown, why);
  }
  assert.deepEqual(await setup({}).withoutClaude(), {
    unknown: "Cannot run /no/claude: no such program",
  });
});

Deno.test("claudeVersion() reads the number, or says why it cannot", async () => {
  const real = setup({ code: 0, stdout: "2.1.330 (Claude Code)\n" });
  assert.deepEqual(await real.version(), { version: "2.1.330" });
  const other = setup({ code: 0, stdout: "not claude" });
  assert.deepEqual(await other.version(), { unknown: "exit 0: not claude" });
  const broken = setup({ code: 1, stdout: "2.1.330 (Claude Code)", stderr: "boom" });
  assert.deepEqual(await broken.version(), { unknown: "exit 1: boom" });
});
