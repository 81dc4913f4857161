/**
 * The config that takes a pool over, and what a person should know about it. Pure.
 *
 * @module
 */
import { isWithin } from "../../config/paths.ts";
import { tilde } from "../account/ask.ts";
import { countOf } from "../command.ts";
import type { DraftSession, PoolDraft } from "../pool/draft.ts";
import { freeName, nameFrom, sharedProjectsOf } from "../pool/find.ts";
import type { PoolSight, RunningSession } from "./look.ts";

export interface Proposal {
  readonly draft: PoolDraft;
  /** A line each. */
  readonly remarks: readonly string[];
}

export function propose(
  sight: PoolSight,
  { home, adopt }: { readonly home: string; readonly adopt: boolean },
): Proposal {
  const taken = sight.sessions.filter(({ cwd }) => cwd !== null);
  const projects = projectsFor(sight);
  const named: (DraftSession & { readonly was: RunningSession })[] = [];
  for (const was of taken) {
    const conversation = adopt ? was.conversation : null;
    const isFree = !named.some((one) => one.conversation === conversation);
    const project = projects.filter(({ path }) => isWithin(was.cwd!, path))
      .reduce<typeof projects[number] | null>(
        (best, one) => best && best.path.length > one.path.length ? best : one,
        null,
      );
    named.push({
      was,
      names: freeName(sessionName(was.name), named.map(({ names }) => names)),
      project: project?.id ?? null,
      cwd: project?.path === was.cwd ? null : was.cwd,
      account: was.account.id,
      conversation: isFree ? conversation : null,
    });
  }
  return {
    draft: {
      by: "claude-failover import",
      accounts: sight.dirs.toSorted((a, b) => usesOf(taken, b.id) - usesOf(taken, a.id))
        .map(({ id, configDir }) => ({ id, configDir })),
      mode: "off",
      projects,
      sessions: named.map(({ was: _, ...session }) => session),
      sharedProjects: sharedProjectsOf(sight.dirs),
    },
    remarks: [
      ...named.map(({ was, ...session }) => sayTaken(was, session, home)),
      ...remarksOn(sight),
    ],
  };
}

function projectsFor({ queues }: PoolSight): { id: string; path: string }[] {
  return queues.reduce<{ id: string; path: string }[]>((before, path) => {
    const name = nameFrom(path.slice(path.lastIndexOf("/") + 1));
    return [...before, { id: freeName(name, before.map(({ id }) => id)), path }];
  }, []);
}

/** Names that begin so are our own. */
function sessionName(name: string): string {
  return nameFrom(name).replace(/^claude-failover/, "pool");
}

function usesOf(sessions: readonly RunningSession[], id: string): number {
  return sessions.filter(({ account }) => account.id === id).length;
}

function sayTaken(was: RunningSession, { names, conversation }: DraftSession, home: string) {
  const what = conversation !== null
    ? `goes on with ${conversation.slice(0, 8)}`
    : "begins a new conversation";
  const renamed = names === was.name ? names : `${was.name} → ${names}`;
  return `${renamed}  (${was.account.id}, ${tilde(was.cwd!, home)}, pid ${was.pid}): ${what}`;
}

function remarksOn({ sessions, elsewhere, empty, scripts }: PoolSight): string[] {
  const lost = sessions.filter(({ cwd }) => cwd === null);
  return [
    ...lost.map(({ name }) => `${name} is left out: its Claude Code does not say where it works`),
    ...empty.map((name) => `${name} is left out: no Claude Code runs in it`),
    ...elsewhere.length === 0 ? [] : [
      `${countOf(elsewhere.length, "Claude Code")} in no pane of this server: pid ${
        elsewhere.join(", ")
      }`,
    ],
    ...scripts.map(({ name, pid }) =>
      `${name} runs (pid ${pid}): end it before the daemon starts, or both move the sessions`
    ),
  ];
}
