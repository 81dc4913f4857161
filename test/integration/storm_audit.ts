/**
 * What has become of each task of a storm: by the files, by what the agents say that they did, and by the journal.
 *
 * @module
 */
import { findTranscript } from "../../lib/claude/transcript.ts";
import { restartOf } from "../../lib/model/restart.ts";
import { isAlive } from "../../lib/model/state.ts";
import { systemFiles } from "../../lib/ports/real.ts";
import { readFrontMatter } from "../../lib/queue/front_matter.ts";
import { endDir, inboxDir, resultName } from "../../lib/queue/layout.ts";
import { assertOneBranch, type Line } from "./conversation.ts";
import type { Storm } from "./storm.ts";

export interface Audit {
  /** What must not be, in words; empty: the promise was kept. */
  readonly faults: readonly string[];
  readonly counts: readonly (readonly [what: string, count: string | number])[];
}

/** One line of the ledger. */
interface Deed {
  readonly at: number;
  readonly what: string;
  readonly task: string;
  readonly session: string;
}

/** Where a task's file lies, and what its result says. */
interface Place {
  readonly folder: "inbox" | "done" | "failed" | "cancelled";
  readonly result: ReadonlyMap<string, unknown> | null;
}

export async function audit(storm: Storm): Promise<Audit> {
  const faults: string[] = [];
  const events = storm.pool.events();
  const deeds = await ledger(storm);
  const names = new Map(
    events.flatMap((e) => e.type === "task.found" ? [[e.task, `${e.project}/${e.file}`]] : []),
  );
  const places = await placesOf(storm, faults);
  for (const name of storm.dropped) {
    const at = places.get(name) ?? [];
    if (at.length !== 1) {
      faults.push(`${name} is in ${at.map((p) => p.folder).join(" and ") || "no place"}`);
    } else if (at[0]!.folder === "inbox") faults.push(`${name} is still in the inbox`);
    else if (at[0]!.result === null) {
      faults.push(`${name} lies in ${at[0]!.folder} without its story`);
    }
  }
  for (const name of places.keys()) {
    if (!storm.dropped.includes(name)) faults.push(`${name} was never dropped`);
  }
  const begun = Map.groupBy(deeds.filter((d) => d.what === "begin"), (d) => d.task);
  let again = 0;
  for (const [task, begins] of begun) {
    const name = names.get(task) ?? task;
    const ended = deeds.find((d) => d.task === task && d.what.startsWith("end-"));
    const late = ended && begins.find((b) => b.at > ended.at);
    if (late) faults.push(`${name} was begun by ${late.session} after its end`);
    const sessions = new Set(begins.map((b) => b.session));
    const said = Number(places.get(name)?.[0]?.result?.get("attempts") ?? 0);
    if (sessions.size > said) {
      faults.push(
        `${name} was begun by ${[...sessions].join(", ")}, its result says ${said} attempts`,
      );
    }
    if (begins.length > 1) again++;
  }
  for (const { task, session } of deeds.filter((d) => d.what === "overlap")) {
    faults.push(`${names.get(task)} was begun by ${session} while another live agent was at it`);
  }
  for (const [name, [at]] of places) {
    const id = [...names].find(([, n]) => n === name)?.[0];
    if (at?.folder === "done" && !deeds.some((d) => d.task === id && d.what === "worked")) {
      faults.push(`${name} is done, and nobody did it`);
    }
  }
  await auditSessions(storm, faults);
  return { faults, counts: countsOf(storm, { deeds, places, again }) };
}

async function ledger({ pool }: Storm): Promise<Deed[]> {
  const text = await Deno.readTextFile(pool.configPath.replace(/[^/]*$/, "ledger"));
  return text.trimEnd().split("\n").map((line) => {
    const [at, what, task, session] = line.split(" ");
    return { at: Number(at), what: what!, task: task!, session: session! };
  });
}

async function placesOf({ pool }: Storm, faults: string[]): Promise<Map<string, Place[]>> {
  const places = new Map<string, Place[]>();
  for (const project of pool.config.projects) {
    for (const folder of ["inbox", "done", "failed", "cancelled"] as const) {
      const dir = folder === "inbox" ? inboxDir(project) : endDir(project, folder);
      const files = (await systemFiles.list(dir).catch(() => [])).map((e) => e.name);
      for (const file of files) {
        const name = `${project.id}/${file}`;
        if (file.endsWith(".dispatched")) faults.push(`a marker is left: ${name}`);
        if (!file.endsWith(".md") || file.endsWith(".result.md")) continue;
        const text = files.includes(resultName(file))
          ? await Deno.readTextFile(`${dir}/${resultName(file)}`)
          : null;
        const front = text === null ? null : readFrontMatter(text);
        const result = front && front.refused === null ? front.values : null;
        places.set(name, [...places.get(name) ?? [], { folder, result }]);
      }
    }
  }
  return places;
}

/** Each session is up in the conversation it is believed to have, which is one branch, or comes back to it after a rest. */
async function auditSessions({ pool }: Storm, faults: string[]): Promise<void> {
  const state = pool.state();
  const alive = await pool.agents();
  for (const session of Object.values(state.sessions)) {
    const { name, phase, conversation } = session;
    const rests = restartOf(session)?.do === "restart";
    if (phase.name !== "idle" && !rests) faults.push(`${name} is ${phase.name}`);
    const pids = alive.get(conversation ?? "") ?? [];
    if (pids.length !== (rests ? 0 : 1)) {
      faults.push(`${name} has ${pids.length} processes in its conversation`);
    }
    const path = conversation &&
      await findTranscript(systemFiles, pool.config.share.projectsDir, conversation);
    if (!path) continue; // it never had a word in it
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    try {
      assertOneBranch(lines.flatMap((line): Line[] => wholeLine(line)));
    } catch (error) {
      faults.push(`the conversation of ${name} has forked: ${(error as Error).message}`);
    }
  }
  const live = Object.values(state.sessions).filter(isAlive).length;
  if (alive.size !== live) faults.push(`${alive.size} conversations are open in ${live} sessions`);
}

/** A kill may have cut one. */
function wholeLine(line: string): Line[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

function countsOf(
  storm: Storm,
  { deeds, places, again }: { deeds: Deed[]; places: Map<string, Place[]>; again: number },
): Audit["counts"] {
  const events = storm.pool.events();
  const of = (type: string) => events.filter((e) => e.type === type).length;
  const all = [...places.values()].flat();
  const inFolder = (folder: string) => all.filter((p) => p.folder === folder).length;
  const attempts = Map.groupBy(all, (p) => Number(p.result?.get("attempts") ?? 0));
  const histogram = [...attempts].sort(([a], [b]) => a - b).map(([n, p]) => `${n}: ${p.length}`);
  const survived = all.filter((p) => Number(p.result?.get("swaps_survived") ?? 0) > 0).length;
  const waits = events.flatMap((e) => e.type === "task.assigned" ? [e] : []).map((e) => {
    const found = events.find((f) => f.type === "task.found" && f.task === e.task);
    return e.at - (found?.at ?? e.at);
  });
  return [
    ["tasks dropped", storm.dropped.length],
    ["done", inFolder("done")],
    ["failed, with their story", inFolder("failed")],
    ["in the inbox still", inFolder("inbox")],
    ["attempts of a task", histogram.join(", ")],
    ["worked on more than once (cut by a death)", again],
    ["found done by the next one, not done again", deeds.filter((d) => d.what === "again").length],
    ["lived through a move", survived],
    ["requeued", of("task.requeued")],
    ["nudged", of("task.nudged")],
    ["needed a person", `${of("task.attention")} (retried by one: ${storm.helped.size})`],
    ["longest wait for a session", `${(Math.max(0, ...waits) / 1_000).toFixed(1)} s`],
    ...Object.entries(storm.deaths).map(([death, n]) => [`struck: ${death}`, n] as const),
    ["lives of the daemon", of("daemon.started")],
    ["lives of the tmux server", of("tmux.server.seen")],
    ["runs", of("run.launched")],
    ["ends of runs", of("run.ended")],
    ["swaps", of("swap.requested")],
    ["moves", of("move.finished")],
    ["parked", of("move.parked")],
    ["failures of workers", of("worker.failed")],
    ["journal lines", events.length],
  ];
}
