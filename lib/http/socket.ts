/**
 * Where the control socket is.
 *
 * @module
 */
import type { Config } from "../model/config.ts";

/** Absolute. Its folder is 0700, it is 0600: who may open it is the whole access control. */
export function controlSocket(config: Pick<Config, "paths">): string {
  return `${config.paths.runtimeDir}/control.sock`;
}
