/**
 * Opens the channels of the config.
 *
 * @module
 */
import { unreachable } from "../../model/ids.ts";
import type { ChannelSpec } from "../../model/notify_config.ts";
import type { Channel } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { exec } from "./exec.ts";
import { file, stdout } from "./lines.ts";
import { loki } from "./loki.ts";
import { telegram } from "./telegram.ts";
import { webhook } from "./webhook.ts";

export type { ChannelDeps } from "./deps.ts";
export { channelProblems } from "./problems.ts";

/** Asks nobody and opens nothing yet: the first message does. */
export function openChannel(spec: ChannelSpec, deps: ChannelDeps): Channel {
  switch (spec.type) {
    case "telegram":
      return telegram(spec, deps);
    case "webhook":
      return webhook(spec, deps);
    case "loki":
      return loki(spec, deps);
    case "file":
      return file(spec, deps);
    case "stdout":
      return stdout(spec, deps);
    case "exec":
      return exec(spec, deps);
    default:
      return unreachable(spec);
  }
}
