/**
 * Where the setup of a shared `projects/` keeps its things. Nothing of it lies inside the shared folder:
 * all of that is Claude Code's.
 *
 * @module
 */

/** One config dir that takes part. */
export interface Member {
  /** Names its folder among the conflicts: the account's id, or made from the folder's name. */
  readonly label: string;
  /** The config dir; absolute, links resolved. */
  readonly dir: string;
}

/** What stands in the shared folder from before, or from another member. */
export const SHARED_LABEL = "_shared";

/** In every folder that was set aside; not part of what is merged. */
export const NOTE_NAME = "NOTE-claude-failover.txt";

/** A file on its way into place. No `.jsonl`: a half copy must never look like a conversation. */
export const TEMPORARY_NAME = ".claude-failover-setup.tmp";

export function projectsOf(member: Member): string {
  return `${member.dir}/projects`;
}

/** `projects.before-sharing`, then `-2` and so on: a folder set aside is never written over. */
export function asideName(projects: string, nth: number): string {
  return `${projects}.before-sharing${nth === 1 ? "" : `-${nth}`}`;
}

export function journalPath(shared: string): string {
  return `${shared}-setup.jsonl`;
}

export function lockPath(shared: string): string {
  return `${shared}-setup.lock`;
}

/**
 * Versions that lost, by member. Outside the shared folder, since `claude --resume ID` finds nothing
 * when two projects hold the same id (documented; seen up to 2.1.330).
 */
export function conflictsDir(shared: string): string {
  return `${shared}-conflicts`;
}

/** Labels made from the names of folders, each only once. */
export function labelled(dirs: readonly string[]): Member[] {
  const taken = new Set<string>([SHARED_LABEL]);
  return dirs.map((dir) => {
    const base = dir.split("/").at(-1)!.replace(/^\.+/, "") || "dir";
    let label = base;
    for (let n = 2; taken.has(label); n++) label = `${base}-${n}`;
    taken.add(label);
    return { label, dir };
  });
}
