/**
 * Where things lie when the config does not say: the XDG base directories, or their usual places.
 *
 * @module
 */
import { expandPath } from "./paths.ts";
import type { Draft } from "./schema.ts";

export interface Surroundings {
  /** Absolute. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Places {
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly projectsDir: string;
}

const APP = "claude-failover";

/** What is appended to the runtime dir for the control socket (see lib/http/socket.ts). */
export const CONTROL_SOCKET = "/control.sock";

export function placesOf(file: Pick<Draft, "paths" | "share">, around: Surroundings): Places {
  const { home } = around;
  const given = (path: string | undefined) => path === undefined ? null : expandPath(path, home);
  const stateDir = given(file.paths?.state_dir) ??
    `${xdg("XDG_STATE_HOME", around) ?? expandPath("~/.local/state", home)}/${APP}`;
  const runtime = xdg("XDG_RUNTIME_DIR", around);
  return {
    stateDir,
    runtimeDir: given(file.paths?.runtime_dir) ??
      (runtime === null ? `${stateDir}/run` : `${runtime}/${APP}`),
    projectsDir: given(file.share?.projects_dir) ??
      `${xdg("XDG_DATA_HOME", around) ?? expandPath("~/.local/share", home)}/${APP}/projects`,
  };
}

/**
 * The file that `$CLAUDE_FAILOVER_CONFIG` names, as it stands there; else the one in the XDG config
 * directory. Whether it exists is for the caller to find out.
 */
export function findConfigPath(env: Surroundings["env"], home: string): string {
  const named = env["CLAUDE_FAILOVER_CONFIG"];
  if (named) return named;
  const dir = xdg("XDG_CONFIG_HOME", { env, home }) ?? expandPath("~/.config", home);
  return `${dir}/${APP}/config.yaml`;
}

/** A relative one is to be ignored (XDG Base Directory Specification 0.8). */
function xdg(name: string, { env, home }: Surroundings): string | null {
  const value = env[name];
  return value?.startsWith("/") ? expandPath(value, home) : null;
}
