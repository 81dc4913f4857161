/**
 * Makes one shared `projects/` out of those of several config dirs: set aside, link, merge. No content is
 * ever lost, the folders set aside stay as they are until a person removes them, and a setup that was
 * killed anywhere goes on when it is started again.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import type { Contents } from "../../ports/contents.ts";
import type { Files } from "../../ports/files.ts";
import type { Processes } from "../../ports/process.ts";
import { compareFiles } from "./compare.ts";
import { usesOf } from "./in_use.ts";
import { inspect, type Inspection, type Problem } from "./inspect.ts";
import { type Aside, SetupJournal } from "./journal.ts";
import { carryOut } from "./merge.ts";
import {
  asideName,
  conflictsDir,
  journalPath,
  lockPath,
  type Member,
  NOTE_NAME,
  projectsOf,
  SHARED_LABEL,
} from "./places.ts";
import { type Change, planMerge } from "./plan.ts";
import { readTree } from "./tree.ts";

export interface SetupPorts {
  readonly files: Files;
  readonly contents: Contents;
  readonly processes: Processes;
  /** Epoch milliseconds, for the journal. */
  readonly now: () => number;
}

export interface SetupRequest {
  readonly members: readonly Member[];
  /** The folder that every `projects` will lead to; it need not exist. Absolute. */
  readonly shared: string;
}

export interface SetupPlan {
  /** With links resolved. */
  readonly shared: string;
  readonly inspections: readonly Inspection[];
  /** What will happen to the files, or has. */
  readonly changes: readonly Change[];
  /** Sockets and the like, which stay where they were. */
  readonly skipped: readonly string[];
}

export interface SetupResult extends SetupPlan {
  /** The folders set aside by this setup, all merged. */
  readonly asides: readonly string[];
}

/** The problems say why. Whatever has been done by then stays valid, and is gone on from next time. */
export class SetupRefused extends Error {
  override name = "SetupRefused";
  constructor(readonly problems: readonly Problem[]) {
    super(`Cannot share projects: ${problems.map((problem) => problem.what).join("; ")}`);
  }
}

/** What `setUp` would do. Changes nothing. */
export async function planSetup(ports: SetupPorts, request: SetupRequest): Promise<SetupPlan> {
  const canonical = await canonicalRequest(ports.files, request);
  const journal = await openJournal(ports, canonical.shared);
  const inspections = await admitted(ports, canonical, journal);
  const real = inspections
    .filter(({ projects }) => projects.is === "real")
    .map(({ member }) => ({ label: member.label, path: projectsOf(member) }));
  const merge = await plan(ports, canonical.shared, [...journal.pending(), ...real]);
  return { shared: canonical.shared, inspections, ...merge };
}

/** Throws `SetupRefused` before anything is changed (but for a session that starts in the midst of it). */
export async function setUp(ports: SetupPorts, request: SetupRequest): Promise<SetupResult> {
  const { files, contents } = ports;
  const canonical = await canonicalRequest(files, request);
  const { shared, members } = canonical;
  const { problems } = await inspect(files, members, shared);
  if (problems.length > 0) throw new SetupRefused(problems);
  await files.makeDir(dirname(shared));
  using lock = await files.lock(lockPath(shared));
  if (!lock) {
    const hint = "wait until it has ended";
    throw new SetupRefused([{ what: `another setup of ${shared} is running`, hint }]);
  }
  const journal = await openJournal(ports, shared);
  const inspections = await admitted(ports, canonical, journal);
  await journal.add({ is: "begun", members: [...members] });
  if (await files.stat(shared) === null) await files.makeDir(shared, 0o700);
  for (const inspection of inspections) await link(inspection, shared, journal, ports);
  const asides = journal.pending();
  const { changes, skipped } = await plan(ports, shared, asides);
  const compare = compareFiles(ports);
  await carryOut(changes, { files, contents, compare, journal, shared });
  for (const aside of asides) await finish(aside, shared, journal, files);
  return { shared, inspections, changes, skipped, asides: asides.map(({ path }) => path) };
}

function openJournal({ files, now }: SetupPorts, shared: string): Promise<SetupJournal> {
  return SetupJournal.open(files, journalPath(shared), now);
}

/** Config dirs and the shared folder without links, so that two names of one place are seen. */
async function canonicalRequest(files: Files, request: SetupRequest): Promise<SetupRequest> {
  const members = await Promise.all(request.members.map(async ({ label, dir }) => ({
    label,
    dir: await files.realPath(dir) ?? dir,
  })));
  const { shared } = request;
  const real = await files.realPath(shared);
  if (real !== null) return { members, shared: real };
  const parent = await files.realPath(dirname(shared)) ?? dirname(shared);
  return { members, shared: `${parent}/${basename(shared)}` };
}

/** The inspections, when nothing stands in the way. Who took part earlier must be at rest as well. */
async function admitted(
  ports: SetupPorts,
  { members, shared }: SetupRequest,
  journal: SetupJournal,
): Promise<Inspection[]> {
  const { inspections, problems } = await inspect(ports.files, members, shared);
  const earlier = journal.members().filter(({ dir }) => members.every((one) => one.dir !== dir));
  problems.push(...await usesOf([...members, ...earlier], ports));
  if (problems.length > 0) throw new SetupRefused(problems);
  return inspections;
}

async function plan(ports: SetupPorts, shared: string, asides: readonly Aside[]) {
  const { files } = ports;
  const standing = await readTree(files, SHARED_LABEL, shared);
  const sources = await Promise.all(
    asides.map(({ label, path }) => readTree(files, label, path)),
  );
  const changes = asides.length === 0
    ? []
    : await planMerge(standing, sources, compareFiles(ports));
  const skipped = sources.flatMap((tree) => tree.skipped.map((path) => `${tree.root}/${path}`));
  return { changes, skipped };
}

/** The name of the folder is journaled before the rename, so that it is found again whatever happens next. */
async function link(
  { member, projects }: Inspection,
  shared: string,
  journal: SetupJournal,
  ports: SetupPorts,
): Promise<void> {
  if (projects.is === "shared") return;
  const { files } = ports;
  const path = projectsOf(member);
  if (projects.is === "real") {
    const uses = await usesOf([member], ports);
    if (uses.length > 0) throw new SetupRefused(uses);
    const aside = await freeAside(files, path);
    await journal.add({ is: "setting-aside", label: member.label, aside });
    await files.rename(path, aside).catch((cause) => {
      // A folder of a lower overlay layer (containers); a mount below it.
      if (cause.code !== "EXDEV" && cause.code !== "EBUSY") throw cause;
      throw new Error(`Cannot set ${path} aside: its filesystem does not rename it`, { cause });
    });
  }
  await files.link(shared, path);
  await journal.add({ is: "linked", label: member.label, path });
}

async function freeAside(files: Files, projects: string): Promise<string> {
  for (let n = 1;; n++) {
    const path = asideName(projects, n);
    if (await files.stat(path) === null) return path;
  }
}

async function finish(
  { path }: Aside,
  shared: string,
  journal: SetupJournal,
  files: Files,
): Promise<void> {
  const info = await files.stat(path);
  if (info) await files.writeAtomic(`${path}/${NOTE_NAME}`, note(shared), 0o600);
  const tree = await readTree(files, "", path);
  await journal.add({ is: "merged", aside: path, files: tree.files.size });
}

function note(shared: string): string {
  return `claude-failover has set this folder aside. All that is in it is now also in
  ${shared}
or, where two versions of a file differed, in
  ${conflictsDir(shared)}
(${journalPath(shared)} says which).

Unchanged files take no extra space while both places are on one filesystem.
Remove this folder when you are sure that nothing is missing. Claude Code does not use it.
`;
}
