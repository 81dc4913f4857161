/**
 * What every `Tmux` must do; the fake earns its trust here. Below it, what only a real server can show.
 */
import assert from "node:assert/strict";
import type { ProcessId } from "../../lib/model/ids.ts";
import { type Processes, ProgramNotFoundError } from "../../lib/ports/process.ts";
import { realTmux, systemClock, systemProcesses } from "../../lib/ports/real.ts";
import { ANCHOR, type Pane, type Tmux, TmuxError } from "../../lib/ports/tmux.ts";
import { parsePanes } from "../../lib/ports/tmux_format.ts";
import { FakeTmux } from "../fakes/tmux.ts";
import { tmuxSocket, until } from "../support/mod.ts";

interface World {
  readonly tmux: Tmux;
  readonly processes: Processes;
  /** A folder that is there. */
  readonly cwd: string;
  /** The whole server dies. */
  killServer(): Promise<void>;
}

/** Shows what is typed; when it reads a line it ends with that number. */
const READER = ["sh", "-c", "read line; exit $line", "reader"] as const;

async function tmuxContract(t: Deno.TestContext, world: World) {
  const { tmux, processes, cwd } = world;
  const pane = async (session: string): Promise<Pane> => {
    const found = (await tmux.panes()).find((pane) => pane.session === session);
    assert.ok(found, `no pane of ${session}`);
    return found;
  };
  const launch = (session: string, ...more: string[]) =>
    tmux.launch(session, { cwd, argv: [...READER, ...more] });
  const identify = async (pid: number): Promise<ProcessId> => {
    const process = await processes.identify(pid);
    assert.ok(process, `nobody is ${pid}`);
    return process;
  };

  const end = async (session: string, exit: number) => {
    await tmux.type(session, `${exit}`);
    await tmux.key(session, "Enter");
  };

  await t.step("nothing is there before the first launch", async () => {
    assert.deepEqual(await tmux.panes(), []);
    assert.equal(await tmux.serverPid(), null);
    await tmux.kill("nobody");
    await assert.rejects(tmux.capture("nobody"), TmuxError);
  });

  await t.step(
    "launch() starts a server with our anchor, and the program itself in the pane",
    async () => {
      const one = await launch("one", "run-17");
      assert.equal(one.session, "one");
      assert.match(one.id, /^%\d+$/);
      assert.deepEqual({ dead: one.dead, exit: one.exit, attached: one.attached }, {
        dead: false,
        exit: null,
        attached: 0,
      });
      assert.match(one.startCommand, /run-17/);
      assert.deepEqual(await pane("one"), one);
      assert.deepEqual((await tmux.panes()).map((pane) => pane.session).sort(), [ANCHOR, "one"]);
      assert.ok(await processes.identify(one.pid));
      assert.ok(await processes.identify((await tmux.serverPid())!));
    },
  );

  await t.step("launch() refuses while a program runs", async () => {
    const before = await pane("one");
    await assert.rejects(
      launch("one"),
      (error) => error instanceof TmuxError && /still active/.test(error.stderr),
    );
    assert.deepEqual(await pane("one"), before);
  });

  await t.step("a key() ends the program, and panes() tells with what", async () => {
    await end("one", 7);
    await until(async () => (await pane("one")).dead);
    assert.equal((await pane("one")).exit, 7);
    await assert.rejects(tmux.type("one", "x"), TmuxError);
    await assert.rejects(tmux.key("one", "Enter"), TmuxError);
  });

  await t.step("launch() uses the dead pane again", async () => {
    const old = await pane("one");
    const anew = await launch("one", "run-18");
    assert.equal(anew.id, old.id);
    assert.notEqual(anew.pid, old.pid);
    assert.equal(anew.dead, false);
    assert.equal(anew.exit, null);
    assert.match(anew.startCommand, /run-18/);
    assert.deepEqual(await pane("one"), anew);
  });

  await t.step("a program ended by a signal leaves a dead pane without a status", async () => {
    assert.equal(await processes.signal(await identify((await pane("one")).pid), "SIGKILL"), true);
    await until(async () => (await pane("one")).dead);
    assert.equal((await pane("one")).exit, null);
  });

  await t.step("type() and capture() take any text as it is, and type no Enter", async () => {
    await launch("text");
    const text = `it's "a" $HOME; #{pane_id} \`x\` -l Enter äöü 😀;`;
    await tmux.type("text", text);
    await until(async () => (await tmux.capture("text")).includes(text));
    assert.equal((await pane("text")).dead, false);
  });

  await t.step("type() takes a text longer than the pane is wide, whole", async () => {
    await launch("long");
    const text = Array.from({ length: 150 }, (_, i) => `word-${i}`).join(" ");
    await tmux.type("long", text);
    await until(async () => (await tmux.capture("long")).includes(text));
  });

  await t.step("a session's name is exact, never the beginning of another", async () => {
    await launch("long-2");
    await tmux.kill("long");
    await tmux.kill("lon");
    const names = (await tmux.panes()).map((pane) => pane.session);
    assert.ok(!names.includes("long") && names.includes("long-2"));
    await assert.rejects(tmux.capture("long"), /can't find session: long/);
    await assert.rejects(tmux.type("lon", "x"), TmuxError);
  });

  await t.step("kill() ends what runs in the session", async () => {
    const process = await identify((await pane("text")).pid);
    await tmux.kill("text");
    await until(async () => !await processes.isAlive(process));
    await tmux.kill("text");
  });

  await t.step("launch() refuses a name that tmux would change", async () => {
    await assert.rejects(launch("a.b"), TmuxError);
    await assert.rejects(launch("a:b"), TmuxError);
  });

  await t.step("panes() is empty when the server died, and launch() starts another", async () => {
    const server = await identify((await tmux.serverPid())!);
    await world.killServer();
    await until(async () => !await processes.isAlive(server));
    assert.deepEqual(await tmux.panes(), []);
    assert.equal(await tmux.serverPid(), null);
    await launch("one");
    assert.equal((await tmux.panes()).length, 2);
  });
}

Deno.test("FakeTmux keeps the tmux contract", async (t) => {
  const tmux = new FakeTmux();
  const typed = new Map<string, string>();
  tmux.onCall = (call) => {
    if (call.kind === "type") typed.set(call.session, call.text);
    if (call.kind === "key") tmux.end(call.session, Number(typed.get(call.session)));
  };
  await tmuxContract(t, {
    tmux,
    processes: tmux.processes,
    cwd: "/",
    killServer: () => Promise.resolve(tmux.killServer()),
  });
});

for (const persistent of [false, true]) {
  const by = persistent ? "a lasting client" : "commands";
  Deno.test(`realTmux() keeps the tmux contract, asking by ${by}`, async (t) => {
    await using world = await setup({ persistent });
    await tmuxContract(t, world);
  });
}

// -- What only the real one can show --

const CAT = ["cat", "-"] as const;

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

Deno.test("panes() brings back a lost socket while the server lives, and is no empty list", async () => {
  await using world = await setup();
  const one = await world.tmux.launch("one", { cwd: world.cwd, argv: [...CAT] });
  await Deno.remove(world.socket.path);
  assert.deepEqual((await world.tmux.panes()).find(({ session }) => session === "one"), one);
  // A later life that was told who the server is does so too; one that was not sees an empty place.
  const knownServer = await world.processes.identify((await world.tmux.serverPid())!);
  await Deno.remove(world.socket.path);
  await using stranger = realTmux(world.socket.socket, { processes: world.processes });
  assert.deepEqual(await stranger.panes(), []);
  await using next = realTmux(world.socket.socket, { processes: world.processes });
  next.remember(knownServer!);
  assert.equal((await next.panes()).length, 2);
});

Deno.test("panes() throws when the server lives and cannot be reached", async () => {
  const processes = systemProcesses();
  // The signal gets lost: the server never makes its socket again.
  const deaf = { ...processes, signal: () => Promise.resolve(true) };
  const hasty = { ...systemClock, monotonic: () => performance.now() * 10 };
  await using world = await setup({ processes: deaf, clock: hasty });
  await world.tmux.launch("one", { cwd: world.cwd, argv: [...CAT] });
  const aside = `${world.socket.path}.aside`;
  await Deno.rename(world.socket.path, aside);
  await assert.rejects(world.tmux.panes(), /the tmux server .* lives, and its socket .* is lost/);
  await assert.rejects(world.tmux.launch("two", { cwd: world.cwd, argv: [...CAT] }), TmuxError);
  await assert.rejects(world.tmux.kill("one"), TmuxError);
  await Deno.rename(aside, world.socket.path);
  assert.equal((await world.tmux.panes()).length, 2);
});

Deno.test("a lasting client that dies is replaced by commands, and a screen cannot forge its answers", async () => {
  await using world = await setup({ persistent: true });
  const forged = "%end 1 1 1\n%begin 1 1 1\n%error 1 1 1\n%exit\nlast";
  await world.tmux.launch("one", { cwd: world.cwd, argv: ["sh", "-c", `echo '${forged}'; cat`] });
  await until(async () => await world.tmux.capture("one") === `${forged}\n`);
  const client = async () =>
    (await world.socket.tmux("list-clients", "-F", "#{client_pid} #{client_flags}")).trim();
  assert.match(await client(), /control-mode,.*ignore-size,.*no-output,.*read-only/);
  Deno.kill(Number.parseInt(await client()), "SIGKILL");
  for (let i = 0; i < 20; i++) {
    assert.equal((await world.tmux.panes()).length, 2);
    assert.equal(await world.tmux.capture("one"), `${forged}\n`);
  }
  // The anchor goes with the person who kills it: then there is nothing to attach to, and all works on.
  await world.socket.tmux("kill-session", "-t", `=${ANCHOR}`);
  assert.equal((await world.tmux.panes()).length, 1);
});

Deno.test("panes() throws, and does not hang, when the server does not answer", async () => {
  await using world = await setup({ persistent: true, timeoutMs: 150 });
  await world.tmux.launch("one", { cwd: world.cwd, argv: [...CAT] });
  await world.tmux.panes();
  const server = (await world.tmux.serverPid())!;
  Deno.kill(server, "SIGSTOP");
  try {
    await assert.rejects(world.tmux.panes(), /no answer in 150 ms/);
  } finally {
    Deno.kill(server, "SIGCONT");
  }
  assert.equal((await world.tmux.panes()).length, 2);
});

Deno.test("the server lives on when whoever started it is killed with its process group", async () => {
  await using world = await setup();
  const script = `
    const { realTmux } = await import(${
    JSON.stringify(import.meta.resolve("../../lib/ports/real.ts"))
  });
    const tmux = realTmux({ path: Deno.args[0] }, { persistent: true });
    const pane = await tmux.launch("one", { cwd: "/", argv: ["cat", "-"] });
    await tmux.panes();
    console.log(pane.pid);
    await new Promise(() => setInterval(() => {}, 1000));`;
  const starter = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "--ext=ts", "-", world.socket.path],
    ...{ stdin: "piped", stdout: "piped", detached: true, cwd: new URL("../..", import.meta.url) },
  }).spawn();
  const stdin = starter.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(script));
  await stdin.close();
  const reader = starter.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  Deno.kill(-starter.pid, "SIGKILL");
  await starter.status;
  await reader.cancel();
  const one = (await world.tmux.panes()).find(({ session }) => session === "one");
  assert.equal(one?.pid, pid);
  assert.ok(await world.processes.identify(pid));
});

Deno.test("the words of startPrefix stand before the command that starts the server, and no other", async () => {
  await using world = await setup({ startPrefix: ["env", "SCOPE=own"] });
  await world.tmux.launch("one", { cwd: world.cwd, argv: ["sh", "-c", "echo scope=$SCOPE; cat"] });
  await until(async () => (await world.tmux.capture("one")).includes("scope=own"));
  await using lacking = await setup({ startPrefix: ["no-such-program"] });
  await assert.rejects(
    lacking.tmux.launch("one", { cwd: lacking.cwd, argv: [...CAT] }),
    ProgramNotFoundError,
  );
});

async function setup(options: Parameters<typeof realTmux>[1] = {}) {
  const socket = await tmuxSocket();
  const processes = options.processes ?? systemProcesses();
  const tmux = realTmux(socket.socket, { processes, ...options });
  return {
    tmux,
    processes,
    socket,
    cwd: await Deno.realPath(socket.path.replace(/\/[^/]*$/, "")),
    async killServer() {
      await socket.tmux("kill-server");
    },
    async [Symbol.asyncDispose]() {
      await tmux[Symbol.asyncDispose]();
      await socket[Symbol.asyncDispose]();
    },
  };
}

Deno.test("panes() tells when a client last pressed a key, and counts nothing else", async () => {
  await using socket = await tmuxSocket();
  await using tmux = realTmux(socket.socket);
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
