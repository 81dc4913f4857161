/**
 * The processes of this host, for real.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import type { ProcessId } from "../model/ids.ts";
import type { Processes } from "./process.ts";
import { runProgram } from "./process_run.ts";
import { type ProcessRow, type ProcessTable, procTable, psTable } from "./process_table.ts";

export function systemProcesses(
  table: ProcessTable = Deno.build.os === "linux" ? procTable : psTable,
): Processes {
  const wholeTable = gathered(() => table.rows());
  let bootOnce: Promise<string> | undefined;
  const boot = () => bootOnce ??= table.boot();
  const idOf = (row: ProcessRow, boot: string) => ({
    pid: row.pid,
    birth: `${boot} ${row.started}`,
  });

  async function identify(pid: number): Promise<ProcessId | null> {
    const row = await table.row(pid);
    return row && !row.zombie ? idOf(row, await boot()) : null;
  }

  async function isAlive(process: ProcessId): Promise<boolean> {
    return (await identify(process.pid))?.birth === process.birth;
  }

  return {
    boot,
    hostname: () => Deno.hostname(),
    uid: () => Deno.uid(),
    identify,
    isAlive,
    async descendants(process) {
      const bootId = await boot();
      const rows = await wholeTable();
      const top = rows.find((row) => row.pid === process.pid);
      if (!top || idOf(top, bootId).birth !== process.birth) return [];
      return below(top, rows).filter((row) => !row.zombie).map((row) => idOf(row, bootId));
    },
    async signal(process, signal) {
      // Looked at last thing before: a pid may have gone to somebody else since the caller saw it.
      if (!await isAlive(process)) return false;
      try {
        Deno.kill(process.pid, signal);
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    },
    load: () => Deno.loadavg()[0]! / Math.max(1, navigator.hardwareConcurrency),
    own() {
      const { user, system } = cpuUsage();
      return { rssBytes: Deno.memoryUsage().rss, cpuMs: (user + system) / 1_000 };
    },
    run: runProgram,
  };
}

/** Who asks before the work has begun shares it with the others: many sessions are stopped at the same time. */
function gathered<T>(work: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | null = null;
  return () =>
    next ??= new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => {
      next = null;
      return work();
    });
}

/** All rows that hang below one, parents first. */
function below(top: ProcessRow, rows: readonly ProcessRow[]): ProcessRow[] {
  const children = Map.groupBy(rows, (row) => row.parent);
  const found: ProcessRow[] = [];
  for (let level = [top]; level.length > 0;) {
    level = level.flatMap((row) => children.get(row.pid) ?? []);
    found.push(...level);
  }
  return found;
}
