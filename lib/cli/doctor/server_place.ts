/**
 * Where the tmux server would live, and whether that lets it outlive the daemon.
 *
 * @module
 */
import type { Config } from "../../model/config.ts";
import { serverPlace } from "../../ports/tmux_scope.ts";
import type { CliPorts } from "../context.ts";
import { type Check, error, ok, warning } from "./check.ts";

const OF = "tmux server";

export async function checkServerPlace(
  ports: Pick<CliPorts, "systemd">,
  { tmux }: Config,
): Promise<Check[]> {
  const systemd = await ports.systemd();
  const { is, prefix, why, danger } = serverPlace(tmux.scope, systemd);
  if (prefix.length > 0 && !systemd.hasRun) {
    const what = "tmux.scope is systemd, and there is no program systemd-run";
    return [error(OF, what, "set `tmux.scope: auto` in the config")];
  }
  if (danger !== null) {
    return [warning(OF, danger, "KillMode=process in the service's unit, or a user's service")];
  }
  const where = prefix.length > 0 ? `in a ${is} of systemd` : "by itself, in the background";
  return [ok(OF, why === null ? where : `${where} (${why})`)];
}
