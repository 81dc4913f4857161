import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { isThere, refuseRealClaude, testHome, tmuxSocket, until } from "./mod.ts";

Deno.test("testHome() gives a home that is gone afterwards, and no path outside it", async () => {
  let dir: string;
  {
    await using home = await testHome();
    dir = home.dir;
    assert.equal(home.path("a", "b"), `${dir}/a/b`);
    assert.throws(() => home.path("..", "x"), /outside/);
    assert.throws(() => home.path("/etc/passwd"), /outside/);
    assert.equal(home.env.HOME, dir);
  }
  await assert.rejects(Deno.stat(dir), Deno.errors.NotFound);
});

Deno.test("refuseRealClaude() stops the real config dir, whatever way leads there", async () => {
  await using home = await testHome();
  const real = `${userInfo().homedir}/.claude`;
  assert.throws(() => refuseRealClaude(real), /would touch the real/);
  assert.throws(() => refuseRealClaude(`${real}/projects/x`), /would touch the real/);
  assert.throws(() => refuseRealClaude(`${real}.json`), /would touch the real/);
  assert.throws(() => refuseRealClaude(userInfo().homedir), /would touch the real/);
  await Deno.symlink(userInfo().homedir, home.path("link"));
  assert.throws(() => home.path("link", ".claude"), /would touch the real/);
});

Deno.test("tmuxSocket() leaves no server, no pane and no socket behind", async () => {
  let path: string, pids: number[];
  {
    await using socket = await tmuxSocket();
    path = socket.path;
    // The program outlives the SIGHUP of kill-server.
    const deaf = "trap '' HUP TERM; while :; do sleep 0.2; done";
    await socket.tmux("new-session", "-d", "sh", "-c", deaf);
    pids = (await socket.tmux("list-panes", "-a", "-F", "#{pid} #{pane_pid}")).trim().split(" ")
      .map(Number);
  }
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  await until(() => pids.every((pid) => !isThere(pid)));
});

Deno.test("until() returns what the condition gave, and says what it waited for", async () => {
  let calls = 0;
  assert.equal(await until(() => ++calls === 3 ? "third" : null), "third");
  await assert.rejects(
    until(() => false, { timeoutMs: 20 }),
    /Cannot see \(\)\s*=>\s*false: still false/,
  );
});
