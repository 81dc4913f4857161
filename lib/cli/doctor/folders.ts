/**
 * The folders of the config, and who may enter them.
 *
 * @module
 */
import { shWord } from "../../claude/shell.ts";
import type { Config } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import type { Processes } from "../../ports/process.ts";
import { type Check, error, ok, warning } from "./check.ts";

export async function checkFolders(
  { files, processes }: { readonly files: Files; readonly processes: Processes },
  config: Config,
  env: Readonly<Record<string, string>>,
): Promise<Check[]> {
  const uid = await ownUid(processes, env);
  return await Promise.all([
    checkPrivate(files, "state folder", config.paths.stateDir, uid),
    checkPrivate(files, "socket folder", config.paths.runtimeDir, uid),
    ...[...new Set(config.sessions.map((s) => s.cwd))].map((cwd) => checkCwd(files, cwd)),
  ]);
}

/** By `id -u`, or null when it does not say. */
async function ownUid(
  processes: Processes,
  env: Readonly<Record<string, string>>,
): Promise<number | null> {
  const out = await processes.run(["id", "-u"], { env, timeoutMs: 2_000 }).catch(() => null);
  const text = out?.stdout.trim() ?? "";
  return /^\d+$/.test(text) ? Number(text) : null;
}

async function checkPrivate(
  files: Files,
  of: string,
  path: string,
  uid: number | null,
): Promise<Check> {
  const info = await files.stat(path);
  if (!info) return ok(of, `${path} (the first \`run\` makes it)`);
  if (info.kind !== "dir") {
    return error(of, `${path} is no folder`, `mv ${shWord(path)} ${shWord(`${path}.old`)}`);
  }
  if (uid !== null && info.uid !== uid) {
    return error(
      of,
      `${path} belongs to another user (uid ${info.uid})`,
      "name another in the config",
    );
  }
  const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
  return (info.mode & 0o077) === 0 ? ok(of, path) : warning(
    of,
    `${path} is open to other users (mode ${mode})`,
    `chmod 700 ${shWord(path)}`,
    { make: "private", path },
  );
}

async function checkCwd(files: Files, cwd: string): Promise<Check> {
  const real = await files.realPath(cwd);
  return real === null
    ? error("project", `there is no folder ${cwd}`, "make it, or correct the config")
    : ok("project", cwd);
}
