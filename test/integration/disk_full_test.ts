/**
 * The disk with the state folder is full: nothing is done, the sessions live on, and all goes on when there is room.
 * The disk is a small tmpfs in a mount namespace; where that cannot be made, the tests are left out and say so.
 */
import assert from "node:assert/strict";
import { controlClient } from "../../lib/http/client.ts";
import { controlSocket } from "../../lib/http/socket.ts";
import type { State } from "../../lib/model/state.ts";
import { systemNet } from "../../lib/ports/real.ts";
import { testHome, until } from "../support/mod.ts";
import { inTmpfs, makePool, type Pool } from "./pool.ts";
import { programWords } from "../support/program.ts";

const STATE_KIB = 3_000;

async function canMount(): Promise<boolean> {
  const [program, ...args] = inTmpfs("/tmp", 100, ["true"]);
  const options = { args, stdin: "null", stdout: "null", stderr: "null" } as const;
  return await new Deno.Command(program!, options).output().then((o) => o.success, () => false);
}

const ignore = !await canMount();
if (ignore) console.log("left out: no tmpfs can be mounted here (unshare --mount)");

/** Fills the file system to its last byte; gives what makes room again. */
async function fill(path: string): Promise<() => Promise<void>> {
  using file = await Deno.open(path, { write: true, create: true });
  for (let bytes = 65_536; bytes >= 1;) {
    try {
      await file.write(new Uint8Array(bytes));
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
  return () => Deno.remove(path);
}

Deno.test({
  name: "a daemon whose disk is full does nothing and says so, and goes on when there is room",
  ignore,
}, async () => {
  await using pool = await makePool({
    accounts: ["a", "b"],
    sessions: ["ccl-0", "ccl-1"],
    stateKiB: STATE_KIB,
  });
  pool.daemon();
  const names = ["ccl-0", "ccl-1"];
  await pool.until((s) => names.every((n) => s.sessions[n]?.phase.name === "idle"));
  const agents = await pool.agents();
  const makeRoom = await fill(pool.inside(`${pool.config.paths.stateDir}/filler`));
  const before = pool.events().length;

  // The wall of the account would move both; the agents' own answers go on.
  await pool.account("a", { five_hour_pct: 100 });
  await pool.prompt("ccl-0", "Round 1. @@text done");
  using client = controlClient(systemNet, controlSocket(pool.config));
  const asked = await client.freeze("a test").then(() => null, (error: Error) => error);
  assert.match(String(asked), /disk is full/);
  const { journalProblem } = await client.status();
  assert.match(journalProblem!, /Cannot write the journal .*: database or disk is full/);
  assert.deepEqual(await health(pool), [503, "not ok\n"]);
  assert.equal(pool.events().length, before);
  assert.deepEqual(await pool.agents(), agents, "the sessions live on");

  await makeRoom();
  await pool.prompt("ccl-1", "Round 2. @@text done");
  // What the hooks had to say meanwhile is lost: a session that was refused then stands at its prompt under b.
  const moved = (s: State) => names.every((n) => s.sessions[n]?.account === "b");
  await pool.until((s) => moved(s) && s.runningSwap === null, 60_000);
  await pool.prompt("ccl-0", "Round 3. @@text done");
  await pool.until((s) => s.sessions["ccl-0"]?.run?.proven === true, 30_000);
  assert.equal((await client.status()).journalProblem, null);
  await until(async () => (await health(pool))[0] === 200); // what was found serves for a second
});

async function health({ config }: Pool): Promise<[number, string]> {
  const { fetch, close } = systemNet.client(controlSocket(config));
  const response = await fetch("http://claude-failover/healthz");
  const text = await response.text();
  close();
  return [response.status, text];
}

Deno.test({
  name: "a daemon that finds its disk full at the start says so, and ends with 1",
  ignore,
}, async () => {
  await using home = await testHome();
  const [state, config] = [home.path("state"), home.path("config.yaml")];
  await Deno.writeTextFile(
    config,
    `version: 1
accounts: [{ id: a, kind: subscription, config_dir: ${home.path("a")} }]
failover: { mode: "off" }
tmux: { socket: ${home.path("tmux")} }
paths: { state_dir: ${state}, runtime_dir: ${home.path("run")} }
`,
  );
  const full = `dd if=/dev/zero of=${state}/filler bs=1k 2>/dev/null; exec "$@"`;
  const argv = ["sh", "-c", full, "sh", ...programWords("--config", config, "run")];
  const [program, ...args] = inTmpfs(state, 100, argv);
  const { code, stderr } = await new Deno.Command(program!, { args, stdin: "null" }).output();
  assert.equal(code, 1);
  const said = new TextDecoder().decode(stderr);
  assert.match(said, /^Cannot open the journal .*: database or disk is full\nHint: make room/);
});
