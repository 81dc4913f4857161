/**
 * Ends every session when the daemon is told to stop with them (`stop --sessions`).
 *
 * @module
 */
import { stopRun } from "../claude/stop_run.ts";
import { isAlive } from "../model/state.ts";
import type { WatcherDeps, WatcherLife } from "./mod.ts";

export async function endSessions(life: WatcherLife, deps: WatcherDeps): Promise<void> {
  const { daemon, config } = life.state();
  if (daemon.phase !== "stopping" || !daemon.endSessions || !config) return;
  const { stopGraceMs: graceMs } = config.failover;
  const names = Object.values(life.state().sessions).filter(isAlive).map((s) => s.name);
  await Promise.all(names.map((name) => endOne(name, graceMs, life, deps)));
}

async function endOne(
  session: string,
  graceMs: number,
  life: WatcherLife,
  deps: WatcherDeps,
): Promise<void> {
  const before = life.state().sessions[session]?.run;
  if (!before) return;
  const tree = before.process ? await deps.processes.descendants(before.process) : [];
  const of = { session, run: before.plan.id };
  life.record({ type: "run.stopping", ...of, why: "the daemon stops with its sessions", tree });
  const run = life.state().sessions[session]?.run;
  if (run?.plan.id !== before.plan.id) return;
  await stopRun(run, deps, { graceMs, signal: life.signal });
  life.record({ type: "run.ended", ...of, exit: null });
  await deps.tmux.kill(session);
}
