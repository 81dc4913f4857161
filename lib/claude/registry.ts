/**
 * Claude Code's own registry of running processes: `sessions/PID.json` in each config dir.
 *
 * Seen on 2.1.197 and 2.1.330: kept up to date while the process lives, removed on every exit but SIGKILL, which
 * leaves it stale. It lags the hooks a little (it still says busy while a Stop hook runs).
 *
 * @module
 */
import { z } from "zod";
import type { ConversationId, ProcessId } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";
import { parseObject } from "./cut_json.ts";

export interface RegistryEntry {
  readonly pid: number;
  /** Follows `/clear` to the new conversation. */
  readonly conversation: ConversationId;
  readonly cwd: string | null;
  /** Null: it says none that we know. */
  readonly status: "idle" | "busy" | "waiting" | null;
  /** `permission prompt`, `dialog open`, `input needed`, ... */
  readonly waitingFor: string | null;
  /** Epoch milliseconds; 0 when it does not say. */
  readonly updatedAt: number;
  /** When the process was born, in the kernel's ticks (field 22 of `/proc/PID/stat`, 2.1.330); null when it does not say. */
  readonly procStart: string | null;
}

const entrySchema = z.object({
  pid: z.int().positive(),
  sessionId: z.string(),
  cwd: z.string().nullish().catch(null),
  status: z.enum(["idle", "busy", "waiting"]).nullish().catch(null),
  waitingFor: z.string().nullish().catch(null),
  updatedAt: z.number().catch(0),
  procStart: z.string().regex(/^\d+$/).nullish().catch(null),
});

/**
 * Every entry that can be read, also those whose process is gone: the caller asks for the process. Those of the processes
 * that the caller knows without it can be left out, which saves the reading.
 */
export async function readRegistry(
  files: Files,
  configDir: string,
  { without }: { readonly without?: ReadonlySet<number> } = {},
): Promise<RegistryEntry[]> {
  const names = await files.names(`${configDir}/sessions`);
  const pids = names.filter((name) => /^\d+\.json$/.test(name)).map((name) => parseInt(name));
  const wanted = pids.filter((pid) => !without?.has(pid));
  const entries = await Promise.all(wanted.map((pid) => entryOfProcess(files, configDir, pid)));
  return entries.filter((entry) => entry !== null);
}

/** What the process of that number says, or one that had it before. */
export async function entryOfProcess(
  files: Files,
  configDir: string,
  pid: number,
): Promise<RegistryEntry | null> {
  return parseRegistryEntry(await files.read(`${configDir}/sessions/${pid}.json`) ?? "");
}

/** The entry of the file's text; null for one that is torn or of another shape. */
export function parseRegistryEntry(text: string): RegistryEntry | null {
  const entry = entrySchema.safeParse(parseObject(text)).data;
  if (!entry) return null;
  return {
    pid: entry.pid,
    conversation: entry.sessionId,
    cwd: entry.cwd ?? null,
    status: entry.status ?? null,
    waitingFor: entry.waitingFor ?? null,
    updatedAt: entry.updatedAt,
    procStart: entry.procStart ?? null,
  };
}

/**
 * Whether the process of that pid is the one that wrote the entry. After a kill or a reboot the entry is still there,
 * and the pid may be somebody else's: Claude Code itself tells them apart by `procStart`. Where there is none, it is.
 */
export function isOf(entry: RegistryEntry, { pid, birth }: ProcessId): boolean {
  if (entry.pid !== pid) return false;
  return entry.procStart === null || birth.endsWith(` ${entry.procStart}`);
}
