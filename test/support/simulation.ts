/**
 * Hours of a pool on a fake clock: people give it work, accounts are used up and come back, turns are throttled,
 * sessions and their tmux die, the clock jumps, the daemon is killed. All of it from one seed.
 *
 * @module
 */
import { statusLinePath } from "../../lib/claude/layout.ts";
import { stayOf, wakeOf } from "../../lib/model/park.ts";
import { restartOf } from "../../lib/model/restart.ts";
import type { Session, State } from "../../lib/model/state.ts";
import { config as poolConfig, sessionSpec } from "../model/fixtures.ts";
import type { AgentStart } from "./fake_agent.ts";
import { type Daemon, MortalPool } from "./mortal_pool.ts";
import { Provider } from "./provider.ts";
import { randomFrom } from "./random.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const NAMES = ["s1", "s2", "s3"];
export const STEP_MS = MINUTE;
/** While something is under way, time passes in smaller leaps. */
const BUSY_LEAP_MS = SECOND;

/** How likely each is in a minute, for each session, each account, or the host. */
const CHANCES = {
  prompt: 0.5,
  turnEnd: 0.25,
  limit: 0.5,
  throttle: 0.03,
  question: 0.03,
  death: 0.003,
  usedUp: 0.012,
  killServer: 0.001,
  kill: 0.008,
  jump: 0.003,
};

const TEXTS = {
  five_hour: "You've hit your 5-hour limit",
  seven_day: "You've hit your weekly limit",
};

export class Simulation implements AsyncDisposable {
  readonly pool: MortalPool;
  readonly provider: Provider;
  readonly names = NAMES;
  /** When the daemon last began to live, on the monotonic clock; null while there is none. */
  upSince: number | null = null;
  #random: () => number;
  #daemon: Daemon | null = null;
  #comesBackAt = 0;
  #isCalm = false;

  static async make(seed: number): Promise<Simulation> {
    let up: (start: AgentStart) => Promise<void> = () => Promise.resolve();
    const pool = await MortalPool.make({
      config: poolConfig({
        sessions: NAMES.map((name) => sessionSpec(name)),
        failover: { quiesceGraceMs: 20 * SECOND },
      }),
      inMemory: true,
      onUp: (start) => up(start),
    });
    const made = new Simulation(pool, randomFrom(seed));
    up = (start) => made.#onUp(start);
    return made;
  }

  private constructor(pool: MortalPool, random: () => number) {
    this.pool = pool;
    this.#random = random;
    this.provider = new Provider(pool.clock, random, pool.config.accounts.map((a) => a.id));
  }

  /** From now on nobody does anything, and nothing goes wrong. */
  calm(): void {
    this.#isCalm = true;
  }

  /** A minute. */
  async step(): Promise<void> {
    await this.#daemonLife();
    if (!this.#isCalm) {
      this.provider.chance(CHANCES.usedUp);
      for (const name of NAMES) await this.#live(name);
      this.#misfortune();
    }
    const { clock } = this.pool;
    const end = clock.monotonic() + STEP_MS;
    await clock.leap(0);
    while (clock.monotonic() < end) {
      const left = end - clock.monotonic();
      await clock.leap(this.#isBusy() ? Math.min(BUSY_LEAP_MS, left) : left);
    }
  }

  /** Whether the session has something to do that it does not do; what is true, not what is believed. */
  isIdling(name: string): boolean {
    const { ledger } = this.pool.agent;
    const doing = ledger.doing(name);
    return doing === "unanswered" || doing !== "work" && ledger.isOwed(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.end();
    await this.pool[Symbol.asyncDispose]();
  }

  /** It is killed now and then, and comes back within two minutes. */
  async #daemonLife(): Promise<void> {
    const { clock } = this.pool;
    if (this.#daemon && !this.#isCalm && this.#happens(CHANCES.kill)) {
      await this.#daemon.end();
      this.#daemon = null;
      this.upSince = null;
      this.#comesBackAt = clock.monotonic() + this.#random() * 2 * MINUTE;
    }
    if (this.#daemon || clock.monotonic() < this.#comesBackAt) return;
    this.#daemon = this.pool.daemon();
    this.upSince = clock.monotonic();
  }

  /** What one session and the person before it do. */
  async #live(name: string): Promise<void> {
    const { agent, tmux } = this.pool;
    const doing = agent.ledger.doing(name);
    if (doing === "nothing") return;
    if (this.#happens(CHANCES.death)) return tmux.end(name, this.#happens(0.5) ? 1 : null);
    const { account } = agent.last(name);
    const wall = this.provider.wall(account);
    switch (doing) {
      case "rest":
        if (this.#happens(CHANCES.prompt)) await this.#prompt(name, "build the shop");
        return;
      case "unanswered":
        // A throttle does not last; whoever stands at a wall waits.
        if (!wall && this.#happens(CHANCES.prompt)) await this.#prompt(name, "try again");
        return;
      case "work":
        if (wall) {
          if (this.#happens(CHANCES.limit)) await this.#limit(name);
        } else if (this.#happens(CHANCES.throttle)) {
          const text = "API Error: Server is temporarily limiting requests";
          await agent.limit(name, { text });
        } else if (this.#happens(CHANCES.question)) {
          await agent.hook(name, "PermissionRequest", { tool_name: "Bash" });
        } else if (this.#happens(CHANCES.turnEnd)) {
          this.provider.use(account);
          this.#statusLine(name);
          await agent.hook(name, "Stop", {});
        }
    }
  }

  #misfortune(): void {
    const { tmux, clock } = this.pool;
    if (this.#happens(CHANCES.killServer)) tmux.killServer();
    if (this.#happens(CHANCES.jump)) {
      const back = this.#random() < 0.3;
      clock.jump(Math.round((back ? -5 : 40) * this.#random() * MINUTE));
    }
  }

  async #onUp(start: AgentStart): Promise<void> {
    if (start.prompt !== null && this.provider.wall(start.account)) {
      await this.#limit(start.session);
    }
  }

  /** A person's prompt; at a wall it is refused at once. */
  async #prompt(name: string, prompt: string): Promise<void> {
    const { agent } = this.pool;
    await agent.prompt(name, prompt);
    if (this.provider.wall(agent.last(name).account)) await this.#limit(name);
  }

  async #limit(name: string): Promise<void> {
    const { agent, clock } = this.pool;
    const wall = this.provider.wall(agent.last(name).account)!;
    const line = {
      type: "assistant",
      isApiErrorMessage: true,
      apiError: "usage_limit_reached",
      timestamp: new Date(clock.now()).toISOString(),
      quotaLimits: {
        status: "rejected",
        rateLimitType: wall.name,
        resetsAt: wall.isMute ? null : wall.resetsAt / 1_000,
      },
    };
    if (!wall.isMute) this.#statusLine(name);
    await agent.limit(name, { text: TEXTS[wall.name], line });
  }

  #statusLine(name: string): void {
    const { agent, files, config } = this.pool;
    const { run, account, conversation } = agent.last(name);
    const windows = this.provider.windows(account).map((w) => [
      w.name,
      { used_percentage: w.usedPct, resets_at: w.resetsAt / 1_000 },
    ]);
    const line = { session_id: conversation, rate_limits: Object.fromEntries(windows) };
    files.put(statusLinePath(config, run), JSON.stringify(line));
  }

  #isBusy(): boolean {
    if (!this.#daemon) return false;
    const { clock, state } = this.pool;
    return state().runningSwap !== null ||
      Object.values(state().sessions).some((session) =>
        isUnderWay(session) || isDue(state(), session, clock.now())
      );
  }

  #happens(probability: number): boolean {
    return this.#random() < probability;
  }
}

function isUnderWay({ phase, run }: Session): boolean {
  return ["absent", "starting", "stopping", "stopped"].includes(phase.name) ||
    Boolean(run?.plan.mark) && run?.markAcceptedAt === null;
}

/** It stands still, and its time has come. */
function isDue(state: State, session: Session, now: number): boolean {
  const stay = stayOf(state, session.name);
  const restart = restartOf(session);
  const at = stay ? wakeOf(state, stay, now)?.at : restart?.do === "restart" ? restart.at : null;
  return typeof at === "number" && at <= now;
}
