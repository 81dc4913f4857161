/**
 * What the tests of misbehaving agents have in common.
 *
 * @module
 */
import assert from "node:assert/strict";
import agent from "../../lib/cli/demo/agent.sh" with { type: "text" };
import { findTranscript } from "../../lib/claude/transcript.ts";
import { type ControlClient, controlClient } from "../../lib/http/client.ts";
import { controlSocket } from "../../lib/http/socket.ts";
import type { Event, EventType } from "../../lib/model/event.ts";
import type { Session } from "../../lib/model/state.ts";
import { systemFiles, systemNet } from "../../lib/ports/real.ts";
import { until } from "../support/mod.ts";
import misbehave from "./misbehave.sh" with { type: "text" };
import refused from "./refused.sh" with { type: "text" };
import type { Pool } from "./pool.ts";

/** What is put before this line replaces functions of the script. */
export const START = /^# -+ start$/m;

/** The scripted agent, which goes wrong as the name of its session says. */
export const MISBEHAVING = agent.replace(START, (line) => `${refused}${misbehave}${line}`);
assert.notEqual(MISBEHAVING, agent);

/** Waits until the session is so. Many play side by side, so it has its time. */
export async function seen(
  pool: Pool,
  name: string,
  wanted: (session: Session) => boolean,
): Promise<Session> {
  const state = await pool.until((s) => {
    const session = s.sessions[name];
    return session !== undefined && wanted(session);
  }, PATIENCE_MS).catch((error) => {
    throw new Error(`${name}: ${said(pool, name).join("; ")}`, { cause: error });
  });
  return state.sessions[name]!;
}

const PATIENCE_MS = 30_000;

/** It has come up, and does or awaits work. */
export function isUp({ phase, run }: Session): boolean {
  return (phase.name === "idle" || phase.name === "working") && Boolean(run?.readyAt);
}

/** Every transition of the session with its reason, as `session show` has them. */
export function said(pool: Pool, name: string): string[] {
  return pool.state().sessions[name]?.history.map(({ to, why }) => `${to}: ${why}`) ?? [];
}

export function events<K extends EventType>(pool: Pool, name: string, type: K): Event<K>[] {
  return pool.events().filter((e): e is Event<K> =>
    e.type === type && "session" in e && e.session === name
  );
}

/** Types a prompt as soon as the session awaits one. */
export async function task(
  pool: Pool,
  name: string,
  prompt: string,
  isReady: (session: Session) => boolean = (s) => s.phase.name === "idle",
): Promise<void> {
  await seen(pool, name, isReady);
  await pool.prompt(name, prompt);
}

/** Has the agent's tool leave a program in the background; its pid. */
export async function background(pool: Pool, name: string): Promise<number> {
  await task(pool, name, `@@bash sleep 300 & echo $! >background-${name}`);
  await seen(pool, name, (s) => s.run?.proven === true);
  return Number(await Deno.readTextFile(`${folder(pool)}/background-${name}`));
}

/** Where all of them work. */
export function folder(pool: Pool): string {
  return pool.config.sessions[0]!.cwd;
}

/** As the kernel does when it is out of memory: nobody has time for a last word. */
export function killAgent(pool: Pool, name: string): void {
  Deno.kill(pool.state().sessions[name]!.run!.process!.pid, "SIGKILL");
}

export async function transcriptOf(pool: Pool, name: string) {
  const { conversation } = pool.state().sessions[name]!;
  const path = await findTranscript(systemFiles, pool.config.share.projectsDir, conversation!);
  assert.ok(path, `there is a transcript of ${name}`);
  return { path, text: await Deno.readTextFile(path) };
}

/** How often its transcript has the words; waits until it has them `atLeast` so often. */
export function countIn(pool: Pool, name: string, words: string, atLeast = 1): Promise<number> {
  return until(async () => {
    const times = (await transcriptOf(pool, name)).text.split(words).length - 1;
    return times >= atLeast && times;
  });
}

/** A request of a person at the command line. */
export async function ask(
  pool: Pool,
  request: (client: ControlClient) => Promise<unknown>,
): Promise<void> {
  using client = controlClient(systemNet, controlSocket(pool.config));
  await request(client);
}

/** What a person types on the pool's own tmux socket, past the daemon. */
export async function personsTmux(pool: Pool, ...args: string[]): Promise<void> {
  const { socket } = pool.config.tmux;
  assert.ok("path" in socket);
  const { success, stderr } = await new Deno.Command("tmux", {
    args: ["-N", "-S", socket.path, ...args],
    env: { TMUX: "" },
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** A process that has nothing to do with us. */
export function somebodyElse(): AsyncDisposable & { readonly pid: number } {
  const child = new Deno.Command("sleep", { args: ["300"] }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}
