/**
 * The completion scripts in the shells they are for, each on a terminal of its own where somebody presses Tab. A shell
 * that is not installed is said and passed over; the gate installs all three.
 *
 * @module
 */
import { ok, strictEqual } from "node:assert/strict";
import { type TestHome, testHome, type TestSocket, tmuxSocket, until } from "../support/mod.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

const SHELLS = {
  bash: { argv: ["bash", "--norc", "--noprofile", "-i"], load: "source $HOME/script" },
  zsh: {
    argv: ["zsh", "-f", "-i"],
    load: "autoload -U compinit && compinit -u && source $HOME/script",
  },
  fish: { argv: ["fish", "--no-config", "-i"], load: "source $HOME/script" },
} as const;

/** The words it was called with come back in a file, one a line; its answer is a file too. */
const STUB = `#!/bin/sh
said=ran
[ "$1" != __complete ] || said=asked
printf '%s\\n' "$@" >"$HOME/new" && mv "$HOME/new" "$HOME/$said"
[ $said = ran ] || cat "$HOME/answer"
`;

type Shell = keyof typeof SHELLS;

for (const shell of Object.keys(SHELLS) as Shell[]) {
  const isThere = await isInstalled(shell);
  if (!isThere) {
    console.warn(`NOT TESTED: ${shell} is not installed, so its completion is not tried`);
  }
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `completion ${shell} ${name}`, ignore: !isThere, fn });

  test("completes a word on Tab, and passes typed words on without running them", async () => {
    await using terminal = await opened(shell);
    await terminal.answers(":words\nccl-0\tshop\n");
    await terminal.type(`claude-failover session '$(touch pwned)' "$(touch pwned)" ccl`);
    await terminal.press("Tab");
    await until(() => terminal.asked(), { what: terminal.screen });
    ok((await terminal.asked())!.includes("session\n"), "the words were not passed on");
    await until(async () => (await terminal.screen()).includes("ccl-0"));
    await terminal.press("C-u");
    await terminal.type("claude-failover session show cc");
    await terminal.press("Tab");
    await until(async () => /show ccl-0/.test(await terminal.screen()), { what: terminal.screen });
    await terminal.press("Enter");
    await until(() => terminal.ran(), { what: terminal.screen });
    strictEqual(await terminal.ran(), "session\nshow\nccl-0\n");
    ok(!await terminal.isPwned(), "a typed word was run");
  });

  test("gives a hostile name to the command as it is", async () => {
    const name = "fix $(touch pwned);`touch pwned` 'a\" & b.md";
    await using terminal = await opened(shell);
    await terminal.answers(`:words\n${name}\ta task\n`);
    await terminal.type("claude-failover task show fix");
    await terminal.press("Tab");
    await until(async () => (await terminal.screen()).includes("pwned"), { what: terminal.screen });
    await terminal.press("Enter");
    await until(() => terminal.ran(), { what: terminal.screen });
    strictEqual(await terminal.ran(), `task\nshow\n${name}\n`);
    ok(!await terminal.isPwned(), "a name was run");
  });

  test("completes files where a file is wanted", async () => {
    await using terminal = await opened(shell);
    await terminal.answers(":files\n");
    await terminal.type("claude-failover task add somefi");
    await terminal.press("Tab");
    await until(async () => (await terminal.screen()).includes("somefile.md"), {
      what: terminal.screen,
    });
  });
}

async function isInstalled(shell: string): Promise<boolean> {
  const command = new Deno.Command("sh", { args: ["-c", `command -v ${shell}`], stdout: "null" });
  return (await command.output()).success;
}

/** The shell with the script loaded, in a home where only our stub answers. */
async function opened(shell: Shell) {
  const home = await testHome();
  const socket = await tmuxSocket();
  await prepare(home, shell);
  const { argv, load } = SHELLS[shell];
  const env = { ...home.env, PATH: `${home.path("bin")}:${home.env["PATH"]}`, LC_ALL: "C.UTF-8" };
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const size = ["-x", "100", "-y", "30"];
  const start = ["env", "-i", "TERM=screen", "SHELL=/bin/sh", ...pairs, ...argv];
  await socket.tmux("new-session", "-d", "-s", "t", "-c", home.dir, ...size, "--", ...start);
  const terminal = terminalOf(socket, home);
  await terminal.type(`${load} && echo rea''dy`);
  await terminal.press("Enter");
  await until(async () => /^ready/m.test(await terminal.screen()), {
    timeoutMs: 20_000,
    what: terminal.screen,
  });
  return {
    ...terminal,
    async [Symbol.asyncDispose]() {
      await socket[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

async function prepare(home: TestHome, shell: Shell): Promise<void> {
  await Deno.mkdir(home.path("bin"));
  await Deno.writeTextFile(home.path("bin", "claude-failover"), STUB, { mode: 0o755 });
  await Deno.writeTextFile(home.path("somefile.md"), "");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", MAIN, "completion", shell],
  }).output();
  await Deno.writeFile(home.path("script"), stdout);
}

function terminalOf({ tmux }: TestSocket, home: TestHome) {
  const read = (name: string) => Deno.readTextFile(home.path(name)).catch(() => null);
  return {
    type: (text: string) => tmux("send-keys", "-t", "t", "-l", "--", text),
    press: (key: string) => tmux("send-keys", "-t", "t", key),
    screen: () => tmux("capture-pane", "-p", "-J", "-t", "t"),
    answers: (text: string) => Deno.writeTextFile(home.path("answer"), text),
    asked: () => read("asked"),
    ran: () => read("ran"),
    isPwned: () => Deno.stat(home.path("pwned")).then(() => true, () => false),
  };
}
