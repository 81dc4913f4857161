/**
 * What stands in the way of a channel, seen without sending anything: for `doctor`.
 *
 * @module
 */
import { unreachable } from "../../model/ids.ts";
import type { ChannelSpec, SecretPlace } from "../../model/notify_config.ts";
import type { ChannelDeps } from "./deps.ts";
import { readAddress, readSecret } from "./secret.ts";

/** Sentences without their full stop; empty: nothing is known to be wrong. */
export async function channelProblems(
  spec: ChannelSpec,
  places: Pick<ChannelDeps, "files" | "env">,
): Promise<string[]> {
  const secrets = await Promise.all(placesOf(spec).map((place) => readSecret(place, places)));
  const address = "address" in spec ? [await readAddress(spec.address, places)] : [];
  const why = [...secrets, ...address].flatMap((s) => s.is === "missing" ? [s.why] : []);
  return [...new Set(why)];
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
