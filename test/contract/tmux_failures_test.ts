/**
 * A real tmux that is gone, deaf, stopped or killed in the middle: every question has an end, and "unknown" is never
 * "no sessions".
 */
import assert from "node:assert/strict";
import { realTmux, systemClock, systemProcesses } from "../../lib/ports/real.ts";
import { ANCHOR, TmuxError } from "../../lib/ports/tmux.ts";
import { isThere, until } from "../support/mod.ts";
import { CAT, setup } from "./tmux_world.ts";

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

Deno.test("panes() does without a lasting client that does not answer, and leaves it without waiting for ever", async () => {
  const world = await setup({ persistent: true, timeoutMs: 400 });
  await using _socket = world.socket;
  await world.tmux.launch("one", { cwd: world.cwd, argv: [...CAT] });
  await world.tmux.panes();
  const client = Number(await world.socket.tmux("list-clients", "-F", "#{client_pid}"));
  Deno.kill(client, "SIGSTOP");
  const asked = await Promise.all([world.tmux.panes(), world.tmux.panes(), world.tmux.panes()]);
  assert.deepEqual(asked.map((panes) => panes.length), [2, 2, 2]);
  await world.tmux[Symbol.asyncDispose]();
  assert.ok(!isThere(client), "it was told by the kernel");
});

Deno.test("panes() that is asked while the server is killed says what it saw, or none, or unknown, and never hangs", async () => {
  await using world = await setup({ persistent: true, timeoutMs: 1_000 });
  for (let round = 0; round < 5; round++) {
    await world.tmux.launch(`s${round}`, { cwd: world.cwd, argv: [...CAT] });
    const server = await world.processes.identify((await world.tmux.serverPid())!);
    const asked = Array.from({ length: 20 }, () => world.tmux.panes());
    const killed = world.killServer();
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === "rejected") assert.ok(answer.reason instanceof TmuxError);
      else assert.ok(answer.value.length <= 2, `${answer.value.length} panes`);
    }
    await killed;
    await until(async () => !await world.processes.isAlive(server!));
    assert.deepEqual(await world.tmux.panes(), []);
  }
});

Deno.test("launch(), type(), kill() and capture() throw when the server does not answer", async () => {
  await using world = await setup({ persistent: true, timeoutMs: 150 });
  const { tmux, cwd } = world;
  await tmux.launch("one", { cwd, argv: [...CAT] });
  const server = (await tmux.serverPid())!;
  Deno.kill(server, "SIGSTOP");
  try {
    await assert.rejects(tmux.launch("two", { cwd, argv: [...CAT] }), TmuxError);
    await assert.rejects(tmux.type("one", "x"), TmuxError);
    await assert.rejects(tmux.kill("one"), TmuxError);
    await assert.rejects(tmux.capture("one"), TmuxError);
  } finally {
    Deno.kill(server, "SIGCONT");
  }
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
