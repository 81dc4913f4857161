/**
 * Packs what lies in the folder of an end into one archive: `archive/2026-10.done.tar.gz`, with `archive/2026-10.done.tsv`
 * beside it that says what is in it.
 *
 * `tar` does the packing, so that whoever looks for something needs nothing of ours. An archive is made whole or not at all, is
 * never changed again, and the originals go last: a crash in between leaves them twice, and the next try sees that.
 *
 * @module
 */
import type { ProjectSpec } from "../model/config.ts";
import type { TaskEnd } from "../model/task.ts";
import type { DirEntry, FileInfo, Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import { readFrontMatter } from "./front_matter.ts";
import { endDir, queueDir, resultName } from "./layout.ts";

/** A file of an end, and the name of its result where there is one. */
export interface Ended extends Pick<FileInfo, "size" | "mtimeNs"> {
  readonly file: string;
  readonly result: Pick<DirEntry, "name" | "size" | "mtimeNs"> | null;
  /** The later change of both, in epoch milliseconds: when it ended, as far as the files tell. */
  readonly endedAt: number;
}

export interface ArchiveDeps {
  readonly files: Files;
  readonly processes: Processes;
}

interface Group {
  readonly project: Pick<ProjectSpec, "path">;
  readonly end: TaskEnd;
  /** `2026-10`, in UTC. */
  readonly month: string;
  readonly ended: readonly Ended[];
}

const PACK_TIMEOUT_MS = 600_000;
const HEAD = [
  ...["ended", "task", "title", "file", "bytes", "changed"],
  ...["result bytes", "result changed"],
];

export function archiveDir(project: Pick<ProjectSpec, "path">): string {
  return `${queueDir(project)}/archive`;
}

/** Task files of an end with their results; and results whose file is gone. What else lies there is somebody's own. */
export async function listEnded(
  files: Files,
  project: Pick<ProjectSpec, "path">,
  end: TaskEnd,
): Promise<Ended[]> {
  const all = (await files.list(endDir(project, end)))
    .filter(({ kind, name }) => kind === "file" && /\.md$/i.test(name) && !name.startsWith("."));
  const byName = new Map(all.map((info) => [info.name, info]));
  const results = new Set(all.map(({ name }) => resultName(name)).filter((r) => byName.has(r)));
  return all.filter(({ name }) => !results.has(name)).map(({ name, size, mtimeNs }) => {
    const result = byName.get(resultName(name)) ?? null;
    const last = result && result.mtimeNs > mtimeNs ? result.mtimeNs : mtimeNs;
    const endedAt = millis(last);
    return { file: name, size, mtimeNs, result, endedAt };
  });
}

/** Makes the archive, then removes what is in it; returns how many tasks that were. */
export async function packEnded(deps: ArchiveDeps, group: Group): Promise<number> {
  const { files } = deps;
  const packed = await indexed(files, group);
  const fresh = group.ended.filter((one) => !packed.has(keyOf(one)));
  if (fresh.length > 0) await makeArchive(deps, { ...group, ended: fresh });
  let removed = 0;
  for (const one of group.ended) if (await removeOriginal(files, group, one)) removed++;
  return removed;
}

async function makeArchive({ files, processes }: ArchiveDeps, group: Group): Promise<void> {
  const { project, end, month, ended } = group;
  const dir = archiveDir(project);
  await files.makeDir(dir);
  const temporary = `${dir}/.${month}.${end}.tmp`;
  await files.remove(temporary); // of a try that a crash ended
  const names = ended.flatMap(({ file, result }) => result === null ? [file] : [file, result.name]);
  const list = names.map((name) => `./${name}\0`).join("");
  await tar(processes, ["-C", endDir(project, end), "-czf", temporary, "--null", "-T", "-"], list);
  const listed = (await tar(processes, ["-tzf", temporary])).trimEnd().split("\n").length;
  if (listed !== names.length) {
    throw new Error(`Cannot archive: tar has packed ${listed} files of ${names.length}`);
  }
  const rows = await Promise.all(ended.map((one) => rowOf(files, group, one)));
  const index = [HEAD, ...rows].map((cells) => `${cells.join("\t")}\n`).join("");
  for (let nth = 1;; nth++) {
    const name = nth === 1 ? `${month}.${end}` : `${month}.${end}.${nth}`;
    if (await files.stat(`${dir}/${name}.tar.gz`)) continue;
    await files.writeAtomic(`${dir}/${name}.tsv`, index, 0o644); // without its archive it counts for nothing
    if (await files.moveNew(temporary, `${dir}/${name}.tar.gz`)) return;
  }
}

/** What the archives of that month hold already, by `keyOf`. */
async function indexed(files: Files, { project, end, month }: Group): Promise<Set<string>> {
  const dir = archiveDir(project);
  const prefix = `${month}.${end}.`;
  const names = new Set(await files.names(dir));
  const keys = new Set<string>();
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith(".tsv")) continue;
    if (!names.has(name.replace(/\.tsv$/, ".tar.gz"))) continue;
    const text = await files.read(`${dir}/${name}`) ?? "";
    for (const line of text.split("\n").slice(1)) keys.add(line.split("\t").slice(3).join("\t"));
  }
  return keys;
}

/** The same file may come again, as it was; then its result is another one. */
function keyOf({ file, size, mtimeNs, result }: Ended): string {
  const said = result === null ? ["", ""] : [result.size, millis(result.mtimeNs)];
  return [oneLine(file), size, millis(mtimeNs), ...said].join("\t");
}

function millis(ns: bigint): number {
  return Number(ns / 1_000_000n);
}

async function rowOf(
  files: Files,
  { project, end }: Group,
  one: Ended,
): Promise<string[]> {
  const path = one.result && `${endDir(project, end)}/${one.result.name}`;
  const head = path ? await files.readFrom(path, 0, 16 * 1024) : null;
  const front = head && readFrontMatter(head.text);
  const said = (key: string) => {
    const value = front && front.refused === null ? front.values.get(key) : null;
    return typeof value === "string" ? oneLine(value) : "";
  };
  return [new Date(one.endedAt).toISOString(), said("task"), said("title"), keyOf(one)];
}

/** Only what is as it was packed: somebody may have taken it back meanwhile. */
async function removeOriginal(files: Files, { project, end }: Group, one: Ended): Promise<boolean> {
  const { result } = one;
  const dir = endDir(project, end);
  const isAs = async (name: string, was: Pick<FileInfo, "size" | "mtimeNs">) => {
    const now = await files.stat(`${dir}/${name}`);
    return now?.size === was.size && now.mtimeNs === was.mtimeNs;
  };
  if (!await isAs(one.file, one)) return false;
  if (result !== null && !await isAs(result.name, result)) return false;
  await files.remove(`${dir}/${one.file}`);
  if (result !== null) await files.remove(`${dir}/${result.name}`);
  return true;
}

async function tar(processes: Processes, args: string[], stdin?: string): Promise<string> {
  const options = { timeoutMs: PACK_TIMEOUT_MS, ...(stdin === undefined ? {} : { stdin }) };
  const { code, stdout, stderr, timedOut } = await processes.run(["tar", ...args], options);
  if (code === 0 && !timedOut) return stdout;
  const why = timedOut ? "it took too long" : stderr.trim().split("\n")[0] || `exit ${code}`;
  throw new Error(`Cannot archive: tar failed: ${why}`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
