/**
 * What the config means once it is read: plain data, paths absolute, ranges expanded, durations in
 * milliseconds. `lib/config.ts` makes it from YAML; the journal keeps the one in force.
 *
 * @module
 */
import type { AccountId, ConversationId, SessionName } from "./ids.ts";
import type { JanitorSpec } from "./janitor.ts";
import type { NotifySpec } from "./notify_config.ts";
import type { LogSpec } from "./log.ts";
import type { TaskKey } from "./task.ts";

export type AccountKind = "subscription" | "api-key" | "bedrock" | "vertex" | "foundry" | "custom";

export interface AccountSpec {
  readonly id: AccountId;
  readonly kind: AccountKind;
  /** Absolute, canonical, no trailing slash (the macOS keychain item depends on the raw string). */
  readonly configDir: string;
  /** The config dir is `~/.claude` itself, so CLAUDE_CONFIG_DIR stays unset. */
  readonly isDefaultDir: boolean;
  /** Smaller is preferred. */
  readonly priority: number;
  /** Whether an automatic move may choose this account as its target. */
  readonly auto: boolean;
  readonly thresholds: Thresholds;
  /** Extra environment of its sessions; never a secret (the config refuses names that look like one). */
  readonly env: Readonly<Record<string, string>>;
  // What follows is not in the config of a journal of an earlier version.
  /** What our sessions may cost there in a day (UTC), by what Claude Code says of the cost. Absent: no cap. */
  readonly usdPerDay?: number;
  /** So much of each window is its owner's own: sessions use the rest. */
  readonly reservePct?: number;
  /** Paid use past the plan may happen up to so much in a day (UTC). Absent: none may. */
  readonly overage?: { readonly usdPerDay: number };
  /** A program that prints the account's figures: its path or name, and its arguments. */
  readonly quotaCommand?: readonly [string, ...string[]];
}

/** A window is "near" at or past these; "full" is always 100. */
export interface Thresholds {
  readonly fiveHourPct: number;
  readonly weeklyPct: number;
}

/** How `claude` is started. Claude Code restores none of it on resume, so it is passed each time. */
export interface LaunchSpec {
  readonly permissionMode: PermissionMode | null;
  readonly model: string | null;
  readonly mcpConfig: readonly string[];
  readonly addDirs: readonly string[];
  /** Any further arguments, as they are. */
  readonly args: readonly string[];
}

export type PermissionMode =
  | "default"
  | "manual"
  | "acceptEdits"
  | "plan"
  | "auto"
  | "dontAsk"
  | "bypassPermissions";

export interface SessionSpec {
  readonly name: SessionName;
  readonly project: string | null;
  readonly cwd: string;
  /** The account it starts under the first time. */
  readonly account: AccountId;
  /** The accounts its project may use; a move elsewhere is never planned. */
  readonly allowedAccounts: readonly AccountId[];
  /** A hold: the session is left where it is. */
  readonly neverMove: boolean;
  /** What its first run goes on with, e.g. of a pool that was run by hand; a new conversation when absent. */
  readonly conversation?: ConversationId;
  readonly launch: LaunchSpec;
}

export interface ProjectSpec {
  readonly id: string;
  readonly path: string;
  readonly accounts: readonly AccountId[];
}

/** `park` concerns only sessions that stand at a wall; what can work on stays. */
export type ConfirmThen = "stay" | "move" | "park";

/** Which of the accounts that can take the work is taken. */
export type Choice = "priority" | "headroom" | "soonest_reset";

/** What is done at a limit: wait for it to end, go to an account with a cap in money, go to any other. */
export type Remedy = "wait" | "capped" | "other";

export type FailoverMode = "auto" | "confirm" | "off";

/** What the accounts of the pool share by link; `projects/` always. */
export type Shareable =
  | "skills"
  | "agents"
  | "commands"
  | "plugins"
  | "CLAUDE.md"
  | "settings.json";

/** The dispatcher's part: tasks are `*.md` files in `.agent-queue/inbox/` of the projects. */
export interface TasksSpec {
  /** False: inboxes are left alone. */
  readonly dispatch: boolean;
  /** What a task file may say; anything else in it is ignored, and that is said. */
  readonly maySet: readonly TaskKey[];
  /** A task that an agent's task made may itself make tasks, so many times. */
  readonly maxHops: number;
  /** Sessions that get the task before it is given up. */
  readonly maxAttempts: number;
  /** From the accepted prompt on. */
  readonly timeoutMs: number;
  /** A file is a task once it has not changed for so long. */
  readonly stableMs: number;
  /** Tasks under way at the same time in one project, and under one account; null: as many as there are sessions. */
  readonly perProject: number | null;
  readonly perAccount: number | null;
}

/** Where the control plane listens beside its unix socket. */
export interface HttpSpec {
  /** Null: nowhere. */
  readonly listen: { readonly hostname: string; readonly port: number } | null;
  /** Paths of PEM files; null: no TLS, which the config allows on loopback only. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Further names that it is reached by, with a port or without. */
  readonly hosts: readonly string[];
  /** Of each token. */
  readonly requestsPerSecond: number;
}

/** How accounts are asked for their figures that no session tells of. */
export interface QuotaSpec {
  /** By `claude -p "/usage"`, under the account's own config dir. */
  readonly usageCommand: boolean;
  readonly everyMs: number;
  /** Requests to the provider, for each account. */
  readonly perHour: number;
}

export interface Config {
  /** The file it was read from, absolute; absent in what a version before 0.2 wrote down. */
  readonly file?: string;
  readonly accounts: readonly AccountSpec[];
  readonly projects: readonly ProjectSpec[];
  readonly sessions: readonly SessionSpec[];
  readonly failover: {
    readonly mode: FailoverMode;
    /** Kinds of account that a move which nobody asked for may go to. Empty when mode is `off`. */
    readonly toKinds: readonly AccountKind[];
    /** An account that work was just moved to is not left again for a threshold (a wall always counts). */
    readonly minStayMs: number;
    /** How long a move waits for the end of a turn before it cuts it. */
    readonly quiesceGraceMs: number;
    /** After SIGTERM, before the process tree is killed. */
    readonly stopGraceMs: number;
    /** How long a relaunched session may take until it reports itself. */
    readonly bootTimeoutMs: number;
    /** Idle sessions of a move that nobody asked for: started at once elsewhere, or only when they are needed. */
    readonly idle?: "relaunch" | "on_demand";
    /** Sessions booting at the same time. */
    readonly bootsAtOnce: number;
    // What follows is not in the config of a journal of an earlier version; it then counts as its default.
    /** How long a proposal waits for a person's word. */
    readonly confirmWithinMs?: number;
    /** What happens to it then. */
    readonly confirmThen?: ConfirmThen;
    /** An account whose reset is that near is not left by itself. 0: it is. */
    readonly waitIfResetWithinMs?: number;
    /** An account that was left is not gone back to for so long, unless the one gone to is full. */
    readonly coolDownMs?: number;
    /** A target that is not fled to must be so far below its line. */
    readonly hysteresisPct?: number;
    /** A window that a forecast fills within this time is left as at its threshold. 0: no forecast moves anything. */
    readonly moveAheadMs?: number;
    readonly choose?: Choice;
    /** In this order; what is not named is not done. */
    readonly remedies?: readonly Remedy[];
    /** Taken only when no other account has room. */
    readonly lastResort?: readonly AccountId[];
    /** All sessions of an account together, or only those that stand at the limit. */
    readonly strategy?: "pool" | "session";
    /** What becomes of a session at the limit of one model. */
    readonly modelWall?: "stay" | "move";
    /** Sessions go back to their home once it has room. */
    readonly failBack?: boolean;
    /** Above this load average per core sessions boot one at a time. */
    readonly slowBootsAboveLoad?: number;
  };
  /** Absent in what an earlier version wrote down: then nobody is asked. */
  readonly quota?: QuotaSpec;
  readonly tasks: TasksSpec;
  readonly janitor: JanitorSpec;
  readonly checkpoints: {
    /** How often a session is saved while it works, beside the ends of its turns and tool calls. */
    readonly everyMs: number;
    /** Keep the uncommitted work itself, as a patch. */
    readonly patch: boolean;
  };
  readonly share: {
    /** The real folder that every account's `projects` links to. */
    readonly projectsDir: string;
    readonly also: readonly Shareable[];
  };
  readonly claude: {
    readonly path: string;
    /** Dialogs with an answer that loses and grants nothing get it. Journals of 0.1.0 do not say: then they do. */
    readonly answerDialogs?: boolean;
    /** Sessions are asked to go on after a busy or broken server. Journals of 0.1.0 do not say: then they are. */
    readonly retryUnanswered?: boolean;
  };
  readonly tmux: {
    readonly socket: TmuxSocket;
    /** Whether the server gets a systemd scope of its own; see lib/ports/tmux_scope.ts. */
    readonly scope: "auto" | "systemd" | "none";
  };
  /** Not in a journal of an earlier version: then it listens on the socket alone. */
  readonly http?: HttpSpec;
  /** Not in a journal of an earlier version: then nobody is told. */
  readonly notify?: NotifySpec;
  /** Not in a journal of an earlier version. */
  readonly log?: LogSpec;
  readonly paths: {
    /** Journal, runs, locks, checkpoints; 0700. */
    readonly stateDir: string;
    /** The control socket's folder; 0700. */
    readonly runtimeDir: string;
  };
}

/** `-L name` or `-S path`. */
export type TmuxSocket = { readonly name: string } | { readonly path: string };
