/**
 * Notices of a real daemon: through a program that says by files what it got, while the daemon is killed as it is at work.
 */
import assert from "node:assert/strict";
import type { State } from "../../lib/model/state.ts";
import { until } from "../support/mod.ts";
import { makePool, type Pool } from "./pool.ts";

const NAMES = ["ccl-0"];
const allIdle = (s: State) => NAMES.every((n) => s.sessions[n]?.phase.name === "idle");
const PATIENT = { timeoutMs: 60_000, everyMs: 100 };

interface Line {
  readonly key: string;
  readonly kind: string;
  readonly maybe_repeated: boolean;
}

/** Its hook keeps what it gets, and hangs as long as there is a file `hang`. */
const HOOK = `#!/bin/sh
cat >> "$0.got"
echo >> "$0.got"
while [ -e "$0.hang" ]; do sleep 0.1; done
`;

async function telling(): Promise<{ pool: Pool; hook: string; got: () => Promise<Line[]> }> {
  let hook = "";
  const pool = await makePool({
    accounts: ["a"],
    sessions: NAMES,
    work: (root) => {
      hook = `${root}/hook`;
      return `sessions: [{ names: ${JSON.stringify(NAMES)}, cwd: ${
        JSON.stringify(`${root}/work`)
      } }]
notify:
  channels: [{ name: hook, type: exec, command: [${JSON.stringify(hook)}] }]`;
    },
  });
  await Deno.writeTextFile(hook, HOOK, { mode: 0o700 });
  const got = async () => {
    const text = await Deno.readTextFile(`${hook}.got`).catch(() => "");
    return text.split("\n").filter((line) => line.startsWith("{")).map((line): Line =>
      JSON.parse(line)
    );
  };
  return { pool, hook, got };
}

Deno.test("a daemon that is killed while it tells goes on with that, says that it may be a repeat, and tells of its end", async () => {
  const { pool, hook, got } = await telling();
  await using _ = pool;
  const first = pool.program();
  await pool.until(allIdle, 60_000);
  const { code, out, err } = await pool.cli("notify", "test", "hook");
  assert.equal(code, 0, err);
  assert.match(out, /✓ hook {1,2}arrived/);

  await Deno.writeTextFile(`${hook}.hang`, "");
  const before = (await got()).length;
  const asked = pool.cli("notify", "test"); // it hangs with the hook
  await until(async () => (await got()).length > before, PATIENT);
  await first.kill();
  await asked;
  await Deno.remove(`${hook}.hang`);
  assert.equal((await got()).at(-1)!.maybe_repeated, false);

  pool.program();
  const lines = await until(async () => {
    const all = await got();
    return all.some((l) => l.kind === "daemon.crashed") ? all : null;
  }, PATIENT);
  const [told, repeat, crash] = lines.slice(before);
  assert.deepEqual([told?.kind, repeat?.kind, crash?.kind], ["test", "test", "daemon.crashed"]);
  assert.equal(repeat!.key, told!.key);
  assert.equal(repeat!.maybe_repeated, true);
  assert.equal(crash!.maybe_repeated, false);

  const { messages } = JSON.parse((await pool.cli("notify", "history", "--json")).out);
  assert.deepEqual(
    messages.map((m: { kind: string; stage: string }) => [m.kind, m.stage]).slice(0, 2).sort(),
    [["daemon.crashed", "sent"], ["test", "sent"]],
  );
});
