/**
 * Asks for the figures of accounts that no session tells of, one at a time. That one is asked is written down before,
 * so that neither a crash nor a restart makes more requests than the budget allows.
 *
 * @module
 */
import { askProgram } from "../claude/usage/program.ts";
import { askUsage } from "../claude/usage/command.ts";
import { type Answer, nothing } from "../claude/usage/answer.ts";
import type { Config } from "../model/config.ts";
import { unreachable } from "../model/ids.ts";
import type { Clock } from "../ports/clock.ts";
import type { Files } from "../ports/files.ts";
import type { Processes } from "../ports/process.ts";
import { answerFacts } from "./answers.ts";
import { type Asking, askingsDue, failuresOf, restMs } from "./asking.ts";
import type { QuotaLife } from "./mod.ts";

export interface AskDeps {
  readonly clock: Clock;
  readonly files: Files;
  readonly processes: Processes;
  /** Our own environment, before it is scrubbed. */
  readonly env: Readonly<Record<string, string>>;
  /** The IANA name of our own time zone. */
  readonly zone: string;
  /** From 0 to 1. */
  random(): number;
}

const LOOK_MS = 5_000;

export async function keepAsking(life: QuotaLife, deps: AskDeps): Promise<void> {
  const asked: AskedHere = new Map();
  while (true) {
    await askNext(life, deps, asked);
    await deps.clock.sleep(LOOK_MS, life.signal);
  }
}

/** When accounts were asked in this life, by the clock that does not jump. */
type AskedHere = Map<string, number>;

/** Whatever a clock that was set forward says, nobody is asked twice within this time. */
const APART_MS = 60_000;

async function askNext(life: QuotaLife, deps: AskDeps, asked: AskedHere): Promise<void> {
  const { clock, random } = deps;
  const { config } = life.state();
  const [due] = askingsDue(life.state(), clock.now())
    .filter(({ account }) => clock.monotonic() - (asked.get(account.id) ?? -Infinity) >= APART_MS);
  if (!config || !due) return;
  const { account, source } = due;
  asked.set(account.id, clock.monotonic());
  life.record({ type: "quota.asked", account: account.id, source });
  const askedAt = clock.now();
  const answer = await ask(life, deps, config, due);
  if (life.signal.aborted) return;
  const failures = failuresOf(life.state(), account.id) + 1;
  const until = clock.now() + restMs(failures, random());
  life.record(...answerFacts(life.state(), {
    ...{ account: account.id, source, answer, askedAt, now: clock.now(), until },
  }));
}

async function ask(
  { signal }: QuotaLife,
  { files, processes, clock, env, zone }: AskDeps,
  config: Config,
  { account, source }: Asking,
): Promise<Answer> {
  // Beside nobody's work: it is the folder that Claude Code takes for the project.
  const cwd = `${config.paths.stateDir}/quota`;
  await files.makeDir(cwd, 0o700);
  const of = { account, cwd, baseEnv: env, signal };
  try {
    switch (source) {
      case "usage command": {
        const now = () => clock.now();
        return await askUsage({ files, processes }, {
          ...{ ...of, claudePath: config.claude.path, zone, now },
        });
      }
      case "command":
        return await askProgram(processes, { ...of, argv: account.quotaCommand! });
      default:
        return unreachable(source);
    }
  } catch (error) {
    signal.throwIfAborted();
    return nothing(error instanceof Error ? error.message : String(error));
  }
}
