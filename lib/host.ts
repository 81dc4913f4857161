/**
 * Looks at the machine now and then: room for the journal, and which Claude Code the next session would be. What is
 * found is recorded when it changes, and told.
 *
 * @module
 */
import { claudeVersion } from "./claude/auth.ts";
import { versionProblem } from "./claude/account/version.ts";
import type { HostFact, HostProblem } from "./model/host_event.ts";
import type { Config } from "./model/config.ts";
import { LOW_ROOM_BYTES, NO_ROOM_BYTES } from "./model/room.ts";
import type { Clock } from "./ports/clock.ts";
import type { Files } from "./ports/files.ts";
import type { Processes } from "./ports/process.ts";
import type { Worker } from "./runtime/worker.ts";

export interface HostDeps {
  readonly clock: Clock;
  readonly files: Pick<Files, "roomBytes">;
  readonly processes: Processes;
  /** The environment that `claude` is asked with, before it is scrubbed. */
  readonly env: Readonly<Record<string, string>>;
}

/** The sessions come up first. */
const FIRST_MS = 90_000;
const EVERY_MS = 10 * 60_000;
const VERSION_TIMEOUT_MS = 10_000;

const NOT_LOOKED = { problems: [], claude: null };

export function hostWatch(deps: HostDeps): Worker<never> {
  return {
    name: "host",
    listens: [],
    async run(life) {
      for (let ms = FIRST_MS;; ms = EVERY_MS) {
        await deps.clock.sleep(ms, life.signal);
        const { config } = life.state();
        if (!config) continue;
        const seen = await look(config, life.state().host?.claude ?? null, deps);
        const { problems, claude } = life.state().host ?? NOT_LOOKED;
        const known: HostFact = { type: seen.type, problems, claude };
        if (JSON.stringify(seen) !== JSON.stringify(known)) life.record(seen);
      }
    },
  };
}

/** What it cannot learn this time is no news: the version is then the last one it heard. */
async function look(config: Config, known: string | null, deps: HostDeps): Promise<HostFact> {
  const [room, said] = await Promise.all([
    deps.files.roomBytes(config.paths.stateDir).catch(() => null),
    versionOf(config, deps),
  ]);
  const version = said ?? known;
  const problems = [
    room === null ? null : roomProblem(room),
    version === null ? null : versionProblem(version),
  ];
  return {
    type: "host.checked",
    problems: problems.filter((problem) => problem !== null),
    claude: version,
  };
}

/** In steps, so that a few bytes more or less are no news. */
function roomProblem(bytes: number): HostProblem | null {
  if (bytes >= LOW_ROOM_BYTES) return null;
  const hint = "claude-failover janitor run, and make room";
  return bytes < NO_ROOM_BYTES
    ? {
      about: "disk",
      severity: "critical",
      what: "There is hardly any room left for the journal: less than 64 MB",
      hint,
    }
    : {
      about: "disk",
      severity: "warning",
      what: "Less than 1 GB is left for the state folder",
      hint,
    };
}

/** Null when it does not say one: `doctor` and the sessions tell why. */
async function versionOf(
  { claude, accounts }: Config,
  { processes, env }: HostDeps,
): Promise<string | null> {
  const [account] = accounts;
  if (!account) return null;
  const said = await claudeVersion(processes, {
    claudePath: claude.path,
    account,
    timeoutMs: VERSION_TIMEOUT_MS,
    baseEnv: env,
  });
  return "version" in said ? said.version : null;
}
