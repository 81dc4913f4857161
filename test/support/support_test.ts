import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { CANARY } from "./leaks.ts";
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

Deno.test("testHome() fails a test that leaves a secret where none belongs, and says only where", async () => {
  const token = `7012345678:AA${"x".repeat(33)}`;
  const texts = {
    "state/daemon.log": `so far so good\nCannot sign in with sk-ant-oat01-${CANARY}\n`,
    "printed": `a token: ${token}\n`,
    "fine": "sk-ant-… is left out, and cf_ too",
    "A/.credentials.json": `sk-ant-oat01-${CANARY}`,
    "secrets/bot": token,
  };
  const home = await testHome();
  for (const [name, text] of Object.entries(texts)) {
    await Deno.mkdir(dirname(home.path(name)), { recursive: true });
    await Deno.writeTextFile(home.path(name), text);
  }
  // A row that is only in the WAL yet, and one that was deleted.
  using db = new DatabaseSync(home.path("journal.db"));
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE event (body TEXT)");
  db.prepare("INSERT INTO event VALUES (?)").run(`sk-ant-ort01-${CANARY}`);
  db.exec("DELETE FROM event");
  // One that lies across two pieces of a large file.
  const large = new Uint8Array((8 << 20) + 100);
  large.set(new TextEncoder().encode(CANARY), (8 << 20) - 6);
  await Deno.writeFile(home.path("large"), large);
  const error = await home[Symbol.asyncDispose]().then(() => null, (error) => String(error));
  assert.ok(error);
  assert.ok(!error.includes(CANARY) && !error.includes(token), error);
  const lines = error.split("\n");
  const places = new Set(lines.slice(1).map((line) => line.trim().split(",")[0]));
  assert.deepEqual([...places].sort(), ["journal.db-wal", "large", "printed", "state/daemon.log"]);
  assert.ok(lines.includes("  state/daemon.log, byte 35: a credential of Claude"), error);
  assert.ok(lines.includes(`  large, byte ${(8 << 20) - 6}: a planted canary`), error);
  await assert.rejects(Deno.stat(home.dir), Deno.errors.NotFound);
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
