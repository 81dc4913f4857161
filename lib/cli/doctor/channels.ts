/**
 * The channels of notices, looked at without sending anything: their secrets are there and private, their addresses are addresses.
 *
 * @module
 */
import type { Config } from "../../model/config.ts";
import type { CliPorts } from "../context.ts";
import { type Check, error, ok } from "./check.ts";

export async function checkChannels(
  { files, processes }: Pick<CliPorts, "files" | "processes">,
  { notify }: Config,
  env: Readonly<Record<string, string>>,
): Promise<Check[]> {
  const channels = notify?.channels ?? [];
  if (channels.length === 0) return [];
  const { channelProblems } = await import("../../daemon.ts");
  return (await Promise.all(channels.map(async (spec) => {
    const of = `channel ${spec.name}`;
    const problems = await channelProblems(spec, { files, processes, env });
    const mended =
      `correct notify.channels or what it names, then claude-failover notify test ${spec.name}`;
    if (problems.length === 0) return [ok(of, `${spec.type}, ready`)];
    return problems.map((what) => error(of, what, mended));
  }))).flat();
}
