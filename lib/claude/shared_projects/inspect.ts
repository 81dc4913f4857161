/**
 * What each config dir's `projects` is now, and what forbids to share it.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import type { Files } from "../../ports/files.ts";
import { type Member, projectsOf } from "./places.ts";

export interface Problem {
  readonly what: string;
  readonly hint: string;
}

export type ProjectsNow =
  | { readonly is: "missing" }
  /** It is the shared folder, or leads there. */
  | { readonly is: "shared" }
  | { readonly is: "real" }
  /** A link to another member's `projects`, whose content comes along with that member. */
  | { readonly is: "link-to-member" };

export interface Inspection {
  readonly member: Member;
  readonly projects: ProjectsNow;
}

/** The members one by one, or everything that stands in the way. Changes nothing. */
export async function inspect(
  files: Files,
  members: readonly Member[],
  shared: string,
): Promise<{ inspections: Inspection[]; problems: Problem[] }> {
  const problems = layoutProblems(members, shared);
  const sharedNow = await files.stat(shared);
  if (sharedNow && sharedNow.kind !== "dir" && await files.realPath(shared) === null) {
    problems.push({ what: `${shared} is no folder`, hint: "name another place with --shared" });
  }
  const inspections: Inspection[] = [];
  for (const member of members) {
    const found = await inspectOne(files, member, members, shared);
    if ("what" in found) problems.push(found);
    else inspections.push({ member, projects: found });
  }
  return { inspections, problems };
}

function layoutProblems(members: readonly Member[], shared: string): Problem[] {
  const problems: Problem[] = [];
  members.forEach((member, i) => {
    const { dir } = member;
    if (members.slice(0, i).some((other) => other.dir === dir)) {
      problems.push({
        what: `${dir} is named twice`,
        hint: "each account needs a config dir of its own (a link does not count)",
      });
    }
    if (isInside(dir, shared)) {
      problems.push({
        what: `${dir} lies inside the shared folder ${shared}`,
        hint: "choose a shared folder outside every config dir",
      });
    }
    if (isInside(shared, projectsOf(member)) && shared !== projectsOf(member)) {
      problems.push({
        what: `the shared folder ${shared} lies inside ${projectsOf(member)}`,
        hint: "choose a shared folder outside every `projects`",
      });
    }
  });
  return problems;
}

async function inspectOne(
  files: Files,
  member: Member,
  members: readonly Member[],
  shared: string,
): Promise<ProjectsNow | Problem> {
  const dir = await files.stat(member.dir);
  if (dir?.kind !== "dir") {
    return {
      what: dir ? `${member.dir} is no folder` : `${member.dir} does not exist`,
      hint: "name a config dir that Claude Code has used, or leave it out",
    };
  }
  const path = projectsOf(member);
  const info = await files.stat(path);
  if (path === shared) return { is: "shared" };
  if (!info) return { is: "missing" };
  if (info.kind === "dir") {
    if (await leadsTo(files, path, shared)) return { is: "shared" };
    if (info.device === dir.device) return { is: "real" };
    return {
      what: `${path} is a mount point`,
      hint: `mount that volume elsewhere and name it with --shared`,
    };
  }
  if (info.kind !== "link") {
    return { what: `${path} is neither a folder nor a link`, hint: "move it away" };
  }
  const target = resolve(member.dir, await files.readLink(path) ?? "");
  // Not by realPath alone: a killed setup may have set the other one's folder aside just now.
  const parent = await files.realPath(dirname(target));
  const canonical = parent === null ? target : `${parent}/${basename(target)}`;
  const real = await files.realPath(path);
  const isMembers = members.some((other) =>
    other !== member && [canonical, real].includes(projectsOf(other))
  );
  if (isMembers && canonical !== shared) return { is: "link-to-member" };
  if (await leadsTo(files, path, shared)) return { is: "shared" };
  return {
    what: real === null
      ? `${path} is a link to ${target}, which does not exist`
      : `${path} is a link to ${real}, which is neither the shared folder nor of one of the config dirs`,
    hint: real === null
      ? "mount that volume, or remove the link"
      : `name the config dir it belongs to as well, or take it as the shared folder: --shared ${real}`,
  };
}

async function leadsTo(files: Files, path: string, shared: string): Promise<boolean> {
  const real = await files.realPath(path);
  return real !== null && real === await files.realPath(shared);
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
