/**
 * What stands in the way of a channel, seen without sending anything: for `doctor`.
 *
 * @module
 */
import { dirname } from "node:path/posix";
import { unreachable } from "../../model/ids.ts";
import type { ChannelSpec, SecretPlace } from "../../model/notify_config.ts";
import { type Places, readAddress, readSecret } from "./secret.ts";

/** Sentences without their full stop; empty: nothing is known to be wrong. */
export async function channelProblems(
  spec: ChannelSpec,
  places: Places,
): Promise<string[]> {
  const secrets = await Promise.all(placesOf(spec).map((place) => readSecret(place, places)));
  const address = "address" in spec ? [await readAddress(spec, places)] : [];
  const why = [...secrets, ...address].flatMap((s) => s.is === "missing" ? [s.why] : []);
  return [...new Set([...why, ...await missingPaths(spec, places)])];
}

async function missingPaths(spec: ChannelSpec, { files }: Places): Promise<string[]> {
  if (spec.type === "file") {
    const folder = dirname(spec.path);
    return await files.realPath(folder) === null ? [`there is no folder ${folder}`] : [];
  }
  const program = spec.type === "exec" ? spec.command[0] : "";
  const isMissing = program.startsWith("/") && await files.realPath(program) === null;
  return isMissing ? [`there is no program ${program}`] : [];
}

function placesOf(spec: ChannelSpec): SecretPlace[] {
  switch (spec.type) {
    case "telegram":
      return [spec.token];
    case "webhook":
      return [...(spec.secret ? [spec.secret] : []), ...Object.values(spec.secretHeaders)];
    case "loki":
      return Object.values(spec.secretHeaders);
    case "file":
    case "stdout":
    case "exec":
      return [];
    default:
      return unreachable(spec);
  }
}
