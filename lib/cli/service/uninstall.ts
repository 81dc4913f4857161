/**
 * `service uninstall`: stops the daemon in good order and takes away what `service install` has written, no more.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Files } from "../../ports/files.ts";
import { attachLine } from "../attach.ts";
import { countOf, printJson, printLine } from "../command.ts";
import type { CliContext } from "../context.ts";
import { mistake } from "../errors.ts";
import { ask, carryOut, managerOf, type Step, unreachable, UNTIL_GONE } from "./manager.ts";
import { sealOf } from "./seal.ts";

export interface UninstallOptions {
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

const WHAT = "uninstall the service";

export async function uninstall(
  context: CliContext,
  { dryRun, force, json }: UninstallOptions,
): Promise<void> {
  const ports = await context.ports();
  const { processes, files } = ports;
  const manager = await managerOf(context);
  const { file, disable, forget } = manager;
  const text = await files.read(file);
  if (text === null) {
    if (json) return printJson(context, { manager: manager.name, file, removed: false });
    return printLine(context, `There is no service to uninstall (${file}).`);
  }
  if (sealOf(text) !== "ours" && !force) {
    const whose = sealOf(text) === "changed" ? "was changed since we wrote it" : "is not ours";
    throw mistake(`Cannot ${WHAT}: ${file} ${whose}`, "look at it, then add --force");
  }
  if (dryRun) {
    const steps: Step[] = [...disable, ["rm", file], ...forget];
    const commands = steps.filter((step) => step !== UNTIL_GONE);
    if (json) return printJson(context, { manager: manager.name, file, commands });
    return printLine(context, commands.map((argv) => argv.join(" ")).join("\n"));
  }
  const why = await unreachable(processes, manager);
  // Without its manager nothing of it can be running under it.
  const runs = why === null && manager.read(await ask(processes, manager.show)).pid !== null;
  const live = runs ? await liveSessions(context) : 0;
  const hint = "the file is still there; `claude-failover service status` says how it is";
  // An agent that is not loaded cannot be taken out, and need not be.
  const steps = why !== null || (manager.name === "launchd" && !runs) ? [] : disable;
  await carryOut(ports, steps, { manager, what: WHAT, hint });
  await files.remove(file);
  await removeEmpty(files, context.home, [`${dirname(file)}/default.target.wants`, dirname(file)]);
  if (why === null) await carryOut(ports, forget, { manager, what: WHAT, hint });
  if (json) {
    return printJson(context, { manager: manager.name, file, removed: true, stopped: runs, live });
  }
  printLine(context, `Removed ${file}${runs ? "; the daemon has stopped" : ""}.`);
  if (why !== null) printLine(context, `${manager.name} could not be asked: ${why}`);
  if (live > 0) {
    const { config } = await context.loadConfig();
    printLine(context, `${countOf(live, "session")} go on: ${attachLine(config)}`);
  }
}

/** Folders that may have been made for the file, and for nothing else. */
async function removeEmpty(files: Files, home: string, dirs: readonly string[]): Promise<void> {
  for (const dir of [...dirs, dirname(dirs.at(-1)!)]) {
    if (!dir.startsWith(`${home}/`)) return;
    const info = await files.stat(dir);
    if (info === null) continue;
    // A link to a folder elsewhere was made by nobody here.
    if (info.kind !== "dir" || (await files.names(dir)).length > 0) return;
    await files.remove(dir);
  }
}

/** Zero when the daemon does not answer: what is said of it is for people only. */
async function liveSessions(context: CliContext): Promise<number> {
  try {
    using client = await context.client();
    const { accounts } = await client.status();
    return accounts.reduce((sum, { liveSessions }) => sum + liveSessions, 0);
  } catch {
    return 0;
  }
}
