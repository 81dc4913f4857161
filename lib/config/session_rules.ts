/**
 * The rules about projects and sessions: a name only once, and no folder of a project under an account
 * that the project does not allow. See `rules.ts` for what a draft is.
 *
 * @module
 */
import { expandNames } from "./names.ts";
import { expandPath, isWithin } from "./paths.ts";
import type { Surroundings } from "./places.ts";
import { type Finding, type KeyPath, list, sayPath } from "./problem.ts";
import { idsOf, repeated, unknownId } from "./references.ts";
import type { Draft } from "./schema.ts";

export function* projectsDiffer(draft: Draft, { home }: Surroundings): Iterable<Finding> {
  const { projects = [] } = draft;
  yield* repeated(projects.map((p) => p?.id), (i) => ["projects", i, "id"]);
  const paths = projects.map((p) => p?.path && expandPath(p.path, home));
  yield* repeated(paths, (i) => ["projects", i, "path"]);
  const known = idsOf(draft.accounts);
  for (const [i, project] of projects.entries()) {
    const path = ["projects", i, "accounts"];
    yield* repeated(project?.accounts ?? [], (j) => [...path, j]);
    for (const [j, id] of (project?.accounts ?? []).entries()) {
      yield* unknownId(id, known, [...path, j], "account");
    }
  }
}

export function* sessionNamesDiffer({ sessions = [] }: Draft): Iterable<Finding> {
  const taken = new Map<string, KeyPath>();
  for (const [i, session] of sessions.entries()) {
    const names = session?.names;
    const path = ["sessions", i, "names"];
    const patterns: [KeyPath, string | undefined][] = Array.isArray(names)
      ? names.map((pattern, j) => [[...path, j], pattern])
      : [[path, names]];
    for (const [path, pattern] of patterns) {
      const expanded = pattern === undefined ? [] : expandNames(pattern);
      const names = Array.isArray(expanded) ? expanded : [];
      const twice = names.filter((name) => taken.has(name));
      for (const name of names) if (!taken.has(name)) taken.set(name, path);
      if (twice.length === 0) continue;
      const first = twice[0]!;
      const more = twice.length > 1 ? ` (and ${twice.length - 1} more)` : "";
      const what = `the name ${first}${more} is taken by ${sayPath(taken.get(first)!)}`;
      yield { path, what, hint: null };
    }
  }
}

export function* sessionsFitProjects(draft: Draft, { home }: Surroundings): Iterable<Finding> {
  const { accounts, projects = [], sessions = [] } = draft;
  const knownAccounts = idsOf(accounts);
  const knownProjects = idsOf(projects);
  yield* repeated(sessions.map((s) => s?.conversation), (i) => ["sessions", i, "conversation"]);
  for (const [i, session] of sessions.entries()) {
    if (!session) continue;
    const at = (key: string): KeyPath => ["sessions", i, key];
    if (!("project" in session) && !("cwd" in session)) {
      yield {
        path: ["sessions", i],
        what: "names neither a project nor a cwd",
        hint: "add project: with the id of a project, or cwd: with a folder",
      };
    }
    yield* conversationOfOne(session, at("conversation"));
    yield* unknownId(session.project, knownProjects, at("project"), "project");
    yield* unknownId(session.account, knownAccounts, at("account"), "account");
    const project = projects.find((p) => p?.id !== undefined && p.id === session.project);
    const allowed = project?.accounts;
    if (session.account && allowed && !allowed.includes(session.account)) {
      yield {
        path: at("account"),
        what: `the project ${session.project} may not use the account ${session.account}`,
        hint: `its accounts: ${list(allowed.filter((id) => id !== undefined))}`,
      };
    }
    const cwd = session.cwd && expandPath(session.cwd, home);
    const inside = cwd && innermost(projects, cwd, home);
    if (inside && inside.id && inside.id !== session.project) {
      yield {
        path: at("cwd"),
        what: `lies in the project ${inside.id}, so the accounts of that project hold`,
        hint: `write project: ${inside.id} as well`,
      };
    }
  }
}

type DraftSession = NonNullable<NonNullable<Draft["sessions"]>[number]>;

/** Two processes on one conversation would fork it. */
function* conversationOfOne(
  { names, conversation }: DraftSession,
  path: KeyPath,
): Iterable<Finding> {
  if (conversation === undefined || names === undefined) return;
  const patterns = Array.isArray(names) ? names : [names];
  const expanded = patterns.map((pattern) => pattern === undefined ? [] : expandNames(pattern));
  const all = expanded.flatMap((names) => Array.isArray(names) ? names : []);
  if (all.length <= 1) return;
  const what = `is for one session, and the names stand for ${all.length}`;
  yield { path, what, hint: "give each session an entry of its own" };
}

function innermost(
  projects: NonNullable<Draft["projects"]>,
  cwd: string,
  home: string,
): { id: string | undefined } | null {
  let best: { id: string | undefined; path: string } | null = null;
  for (const project of projects) {
    if (!project?.path) continue;
    const path = expandPath(project.path, home);
    if (!isWithin(cwd, path) || (best && best.path.length >= path.length)) continue;
    best = { id: project.id, path };
  }
  return best;
}
