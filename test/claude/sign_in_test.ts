import assert from "node:assert/strict";
import { signInCommand, signInSession } from "../../lib/claude/sign_in.ts";
import { realTmux } from "../../lib/ports/real.ts";
import { accountSpec, config } from "../model/fixtures.ts";
import { testHome, tmuxSocket, until } from "../support/mod.ts";

/** Writes down how it was called and with what environment. */
const CLAUDE = `#!/bin/sh
{ printf '%s\\n' "called with <$*>"; env | sort; } >> "$SEEN"
exit \${CODE:-0}
`;

async function setup({ code = "0" } = {}) {
  const home = await testHome();
  const socket = await tmuxSocket();
  const path = home.path("it's a claude");
  await Deno.writeTextFile(path, CLAUDE, { mode: 0o700 });
  const account = accountSpec("b", {
    configDir: home.path("b's dir"),
    env: { SEEN: home.path("seen"), CODE: code, GREETING: "it's $HOME; \`x\`" },
  });
  const tmux = realTmux(socket.socket);
  const session = signInSession(account);
  return {
    account,
    session,
    socket,
    open: async (needsLogin: boolean) => {
      await socket.tmux("new-session", "-d", "-s", "other", "sleep", "600");
      await socket.tmux("set-environment", "-g", "ANTHROPIC_API_KEY", "made-up");
      await socket.tmux("set-environment", "-g", "CLAUDE_CODE_CHILD_SESSION", "1");
      const argv = signInCommand({ ...config(), claude: { path } }, {
        account,
        session,
        needsLogin,
      });
      await tmux.launch(session, { cwd: home.dir, argv });
    },
    seen: () => Deno.readTextFile(home.path("seen")).catch(() => ""),
    isOpen: async () => (await tmux.panes()).some((pane) => pane.session === session),
    async [Symbol.asyncDispose]() {
      await tmux[Symbol.asyncDispose]();
      await socket[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

Deno.test("signInCommand() runs the sign-in and then claude, for this account alone, and closes its pane", async () => {
  await using world = await setup();
  await world.open(true);
  await until(async () => !await world.isOpen());
  const seen = await world.seen();
  assert.deepEqual(seen.match(/called with <.*>/g), ["called with <auth login>", "called with <>"]);
  assert.ok(seen.includes(`CLAUDE_CONFIG_DIR=${world.account.configDir}\n`));
  assert.ok(seen.includes("GREETING=it's $HOME; `x`\n"));
  assert.doesNotMatch(seen, /ANTHROPIC|CHILD_SESSION/);
});

Deno.test("signInCommand() keeps the pane with the reason when claude fails", async () => {
  await using world = await setup({ code: "3" });
  await world.open(true);
  const screen = () => world.socket.tmux("capture-pane", "-p", "-t", `=${world.session}:`);
  await until(async () => (await screen()).includes("Claude Code ended with status 3"));
  assert.deepEqual((await world.seen()).match(/called with <.*>/g), ["called with <auth login>"]);
  await world.socket.tmux("send-keys", "-t", `=${world.session}:`, "Enter");
  await until(async () => !await world.isOpen());
});

Deno.test("signInCommand() goes straight to claude when only its questions are open", async () => {
  await using world = await setup();
  await world.open(false);
  await until(async () => !await world.isOpen());
  assert.deepEqual((await world.seen()).match(/called with <.*>/g), ["called with <>"]);
});
