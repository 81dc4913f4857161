/**
 * What only a real tmux can show: words, folders, keys, and ends that it misses.
 */
import assert from "node:assert/strict";
import { parsePanes } from "../../lib/ports/tmux_format.ts";
import { until } from "../support/mod.ts";
import { CAT, setup } from "./tmux_world.ts";

Deno.test("realTmux() hands nothing of Claude Code's or tmux's own environment to a session", async () => {
  const env = {
    ...Deno.env.toObject(),
    CLAUDE_CODE_CHILD_SESSION: "1",
    CLAUDECODE: "1",
    ANTHROPIC_API_KEY: "made-up",
    TMUX: "/elsewhere,1,0",
    NOTIFY_SOCKET: "/elsewhere",
    KEPT: "yes",
  };
  await using world = await setup({ env });
  await world.tmux.launch("one", { cwd: world.cwd, argv: ["sh", "-c", "env; cat"] });
  const shown = await until(async () => {
    const text = await world.tmux.capture("one", { historyLines: 500 });
    return text.includes("KEPT=yes") && text;
  });
  assert.doesNotMatch(shown, /CLAUDE|ANTHROPIC|NOTIFY_SOCKET|elsewhere/);
});

Deno.test("realTmux() keeps every exit status, also on a server that was there before", async () => {
  await using world = await setup();
  await world.socket.tmux("new-session", "-d", "-s", "theirs", ...CAT);
  for (let i = 0; i < 10; i++) {
    await world.tmux.launch(`brief-${i}`, { cwd: world.cwd, argv: ["sh", "-c", `exit ${i}`] });
  }
  const panes = await until(async () => {
    const panes = (await world.tmux.panes()).filter(({ session }) => session.startsWith("brief"));
    return panes.every(({ dead }) => dead) && panes;
  });
  assert.deepEqual(panes.map(({ exit }) => exit), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.match(await world.socket.tmux("show-options", "-g", "history-limit"), /2000$/m);
});

/** When it reads a line it ends with that number. */
const READER = ["sh", "-c", "read line; exit $line", "reader"] as const;

Deno.test("panes() tells every end, although tmux misses some of them", async () => {
  await using world = await setup({ persistent: true });
  for (let i = 0; i < 20; i++) {
    await world.tmux.launch("one", { cwd: world.cwd, argv: [...READER] });
    await world.tmux.type("one", `${i}`);
    await world.tmux.key("one", "Enter");
    const ended = await until(async () => (await world.tmux.panes()).find(({ dead }) => dead));
    assert.equal(ended.exit, i);
  }
});

Deno.test("parsePanes() takes a closed pane for dead once it is known how the program ended", () => {
  const parsed = (line: string) => parsePanes(`${line}\n`)[0]!;
  const alive = parsed('3.3a:10:one:%1:11:0:::2:1795389243:1:sh -c "a: b"');
  assert.deepEqual(alive, {
    server: 10,
    scrolledBack: true,
    ending: false,
    pane: {
      session: "one",
      id: "%1",
      pid: 11,
      dead: false,
      exit: null,
      startCommand: 'sh -c "a: b"',
      attached: 2,
      activeAt: 1_795_389_243_000,
    },
  });
  const end = (line: string) => {
    const { ending, pane: { dead, exit } } = parsed(line);
    return { ending, dead, exit };
  };
  assert.deepEqual(end("3.3a:10:one:%1:11:1:7::0:0:0:sh"), { ending: false, dead: true, exit: 7 });
  assert.deepEqual(end("3.3a:10:one:%1:11:1::9:0:0:0:sh"), {
    ending: false,
    dead: true,
    exit: null,
  });
  assert.deepEqual(end("3.3a:10:one:%1:11:1:::0:0:0:sh"), {
    ending: true,
    dead: false,
    exit: null,
  });
  assert.deepEqual(end("3.2a:10:one:%1:11:1:::0:0:0:sh"), {
    ending: false,
    dead: true,
    exit: null,
  });
  assert.throws(() => parsePanes("lost\n"), /"lost" is not understood/);
});

Deno.test("realTmux() hands on an argv word for word", async () => {
  await using world = await setup();
  const words = ["a;", ";", "b\\;", "it's", '"q"', "$HOME", "#{pane_id}", "", "-x", "ä b"];
  const argv = ["sh", "-c", `printf '[%s]\n' "$@"; cat`, "sh", ...words] as const;
  await world.tmux.launch("one", { cwd: world.cwd, argv: [...argv] });
  const shown = await until(async () => {
    const text = await world.tmux.capture("one");
    return text.includes("[ä b]") && text;
  });
  assert.equal(shown, words.map((word) => `[${word}]\n`).join(""));
});

Deno.test("realTmux() reads UTF-8 when the locale is C", async () => {
  const { LANG: _lang, LC_ALL: _all, LC_CTYPE: _ctype, ...rest } = Deno.env.toObject();
  await using world = await setup({ env: { ...rest, LC_ALL: "C" } });
  await world.tmux.launch("ä", { cwd: world.cwd, argv: ["sh", "-c", "echo größe; cat"] });
  await until(async () => (await world.tmux.capture("ä")).includes("größe"));
  assert.match(
    (await world.tmux.panes()).find(({ session }) => session === "ä")!.startCommand,
    /größe/,
  );
});

Deno.test("launch() starts in the folder asked for, and refuses one that is not there", async () => {
  await using world = await setup();
  await world.tmux.launch("one", { cwd: world.cwd, argv: ["sh", "-c", "pwd; cat"] });
  await until(async () => (await world.tmux.capture("one")).includes(world.cwd));
  await assert.rejects(
    world.tmux.launch("two", { cwd: `${world.cwd}/gone`, argv: [...CAT] }),
    /there is no folder .*gone/,
  );
});

Deno.test("type() goes to our pane when a person has split the window", async () => {
  await using world = await setup();
  const ours = await world.tmux.launch("one", { cwd: world.cwd, argv: [...CAT] });
  await world.socket.tmux("split-window", "-t", "=one:", ...CAT);
  await world.socket.tmux("new-window", "-t", "=one:", ...CAT);
  await world.tmux.type("one", "for us");
  await until(async () => (await world.tmux.capture("one")).includes("for us"));
  assert.match(await world.socket.tmux("capture-pane", "-p", "-t", ours.id), /for us/);
});

Deno.test("type() leaves copy mode when nobody looks, so that its keys arrive", async () => {
  await using world = await setup();
  await world.tmux.launch("one", { cwd: world.cwd, argv: [...CAT] });
  await world.socket.tmux("copy-mode", "-t", "=one:");
  await world.tmux.type("one", "arrives");
  await until(async () => (await world.tmux.capture("one")).includes("arrives"));
});

Deno.test("key() refuses a name that tmux would type letter by letter", async () => {
  await using world = await setup();
  await world.tmux.launch("one", { cwd: world.cwd, argv: [...CAT] });
  await assert.rejects(world.tmux.key("one", "Entr"), /there is no key Entr/);
  for (const key of ["Escape", "Up", "C-c", "1", ";"]) {
    await world.tmux.launch(`k${key.charCodeAt(0)}`, { cwd: world.cwd, argv: [...CAT] });
    await world.tmux.key(`k${key.charCodeAt(0)}`, key);
  }
  await until(async () => (await world.tmux.capture("k59")).includes(";"));
});

Deno.test("panes() tells when a client last pressed a key, and counts nothing else", async () => {
  await using world = await setup();
  const { socket, tmux } = world;
  const noisy = "while :; do echo x; sleep 0.1; done";
  await tmux.launch("one", { cwd: "/", argv: ["sh", "-c", noisy] });
  const active = async () => {
    const { activeAt, attached } = (await tmux.panes()).find((p) => p.session === "one")!;
    return { activeAt, attached };
  };
  const attach = `exec tmux -u -f /dev/null -S ${socket.path} attach-session -t =one`;
  const person = new Deno.Command("script", {
    args: ["-qec", attach, "/dev/null"],
    ...{ stdin: "piped", stdout: "null", stderr: "null" },
    env: { TERM: "xterm-256color", TMUX: "", SHELL: "/bin/sh" },
  }).spawn();
  const keys = person.stdin.getWriter();
  try {
    const { activeAt: attachedAt } = await until(async () => {
      const seen = await active();
      return seen.attached === 1 ? seen : null;
    });
    await tmux.type("one", "not by a person");
    // It tells whole seconds.
    await until(() => Date.now() >= attachedAt + 2_000);
    assert.equal((await active()).activeAt, attachedAt);
    await keys.write(new TextEncoder().encode("a"));
    await until(async () => (await active()).activeAt > attachedAt);
  } finally {
    await keys.close().catch(() => {});
    await tmux.kill("one");
    await person.status;
  }
});
