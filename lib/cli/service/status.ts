/**
 * `service status`: the file, and what its manager says of the service.
 *
 * @module
 */
import { printJson, printLine } from "../command.ts";
import type { CliContext } from "../context.ts";
import { EXIT, Exit } from "../errors.ts";
import { ask, type Manager, managerOf, type ServiceState, unreachable } from "./manager.ts";
import { sealOf } from "./seal.ts";

export async function status(context: CliContext, json: boolean): Promise<void> {
  const { processes, files, systemd } = await context.ports();
  const manager = await managerOf(context);
  const text = await files.read(manager.file);
  const written = text === null ? "missing" : sealOf(text);
  const why = await unreachable(processes, manager);
  const state = why === null ? manager.read(await ask(processes, manager.show)) : null;
  const lingers = manager.name === "launchd" || (await systemd()).lingers;
  if (json) {
    printJson(context, {
      manager: manager.name,
      file: manager.file,
      written,
      lingers,
      reachable: why === null,
      ...state,
    });
  } else {
    const lines = linesOf(manager, { written, state, lingers, why });
    for (const line of lines) printLine(context, line);
  }
  if (state?.active !== "active") throw new Exit(EXIT.noDaemon);
}

interface Seen {
  readonly written: ReturnType<typeof sealOf> | "missing";
  readonly state: ServiceState | null;
  readonly lingers: boolean;
  /** Why the manager cannot be asked. */
  readonly why: string | null;
}

const WRITTEN: Readonly<Record<Seen["written"], string>> = {
  ours: "as it was written",
  changed: "changed since it was written",
  foreign: "not written by `service install`",
  missing: "there is none; `claude-failover service install` writes it",
};

function linesOf({ name, file }: Manager, { written, state, lingers, why }: Seen): string[] {
  const lines = [`file     ${file}: ${WRITTEN[written]}`];
  if (state === null) return [...lines, `service  unknown: ${name} cannot be asked: ${why}`];
  const { active, pid, enabled, restarts, says } = state;
  const about = [
    ...pid === null ? [] : [`pid ${pid}`],
    ...restarts ? [`started again ${restarts === 1 ? "once" : `${restarts} times`}`] : [],
    ...says === null ? [] : [says],
  ];
  lines.push(`service  ${[active, ...about].join(", ")}`);
  if (written === "missing") return lines;
  const when = lingers && name === "systemd" ? "at the boot" : "at your login";
  lines.push(`starts   ${enabled ? when : "only by hand"}`);
  if (!lingers) {
    lines.push("ends     with your last logout, sessions too; `loginctl enable-linger` keeps both");
  }
  return lines;
}
