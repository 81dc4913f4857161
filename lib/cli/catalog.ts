/**
 * The subcommands: name, one line for the overview, and where to load it from. A command is loaded only when it
 * is the one that was asked for, so `status` does not pay for the daemon.
 *
 * @module
 */
import type { MakeCommand } from "./context.ts";

export interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly group: "Run:" | "Look:" | "Act:" | "Set up:";
  load(): Promise<MakeCommand>;
}

export const CATALOG: readonly Entry[] = [
  {
    name: "run",
    group: "Run:",
    summary: "start the daemon in the foreground, or only look (--observe)",
    load: async () => (await import("./run/mod.ts")).runCommand,
  },
  {
    name: "stop",
    group: "Run:",
    summary: "stop the daemon; the sessions go on unless --sessions",
    load: async () => (await import("./stop.ts")).stopCommand,
  },
  {
    name: "reload",
    group: "Run:",
    summary: "let the daemon read the config again",
    load: async () => (await import("./reload.ts")).reloadCommand,
  },
  {
    name: "demo",
    group: "Run:",
    summary: "watch a failover, with a scripted agent; needs no account",
    load: async () => (await import("./demo/mod.ts")).demoCommand,
  },
  {
    name: "status",
    group: "Look:",
    summary: "accounts, sessions and the swap under way",
    load: async () => (await import("./status.ts")).statusCommand,
  },
  {
    name: "quota",
    group: "Look:",
    summary: "how much of each window is used, and when it is full",
    load: async () => (await import("./quota.ts")).quotaCommand,
  },
  {
    name: "session",
    group: "Look:",
    summary: "list, start, stop, hold, attach to and capture sessions",
    load: async () => (await import("./session.ts")).sessionCommand,
  },
  {
    name: "task",
    group: "Look:",
    summary: "the work in the inboxes: list, add, end, retry",
    load: async () => (await import("./task.ts")).taskCommand,
  },
  {
    name: "checkpoint",
    group: "Look:",
    summary: "what is kept of each session; compare and restore",
    load: async () => (await import("./checkpoint.ts")).checkpointCommand,
  },
  {
    name: "swap",
    group: "Look:",
    summary: "the steps and times of a swap; confirm or reject one",
    load: async () => (await import("./swap.ts")).swapCommand,
  },
  {
    name: "explain",
    group: "Look:",
    summary: "why a swap went as it did, or why nothing moves now",
    load: async () => (await import("./explain.ts")).explainCommand,
  },
  {
    name: "events",
    group: "Look:",
    summary: "what happened, from the journal",
    load: async () => (await import("./events.ts")).eventsCommand,
  },
  {
    name: "mcp",
    group: "Run:",
    summary: "let an agent look, or act (--scope operate), over MCP",
    load: async () => (await import("./mcp.ts")).mcpCommand,
  },
  {
    name: "dashboard",
    group: "Look:",
    summary: "the page in the browser: its address, and a token for it",
    load: async () => (await import("./dashboard.ts")).dashboardCommand,
  },
  {
    name: "notify",
    group: "Look:",
    summary: "who is told of what: test, list, history, silence, ack",
    load: async () => (await import("./notify.ts")).notifyCommand,
  },
  {
    name: "failover",
    group: "Act:",
    summary: "move the sessions of an account to another one",
    load: async () => (await import("./failover.ts")).failoverCommand,
  },
  {
    name: "freeze",
    group: "Act:",
    summary: "no automatic move until thaw",
    load: async () => (await import("./freeze.ts")).freezeCommand,
  },
  {
    name: "thaw",
    group: "Act:",
    summary: "allow automatic moves again",
    load: async () => (await import("./freeze.ts")).thawCommand,
  },
  {
    name: "janitor",
    group: "Act:",
    summary: "tidy up now, or say what would go",
    load: async () => (await import("./janitor.ts")).janitorCommand,
  },
  {
    name: "init",
    group: "Set up:",
    summary: "make the config, from what is found and a few questions",
    load: async () => (await import("./init/mod.ts")).initCommand,
  },
  {
    name: "import",
    group: "Set up:",
    summary: "make the config from a pool that is run by hand or scripts",
    load: async () => (await import("./import/mod.ts")).importCommand,
  },
  {
    name: "account",
    group: "Set up:",
    summary: "add, sign in and check accounts",
    load: async () => (await import("./account.ts")).accountCommand,
  },
  {
    name: "projects",
    group: "Set up:",
    summary: "list, add and remove projects, and their inboxes",
    load: async () => (await import("./projects.ts")).projectsCommand,
  },
  {
    name: "token",
    group: "Set up:",
    summary: "who may use the control plane over TCP, and how far",
    load: async () => (await import("./token.ts")).tokenCommand,
  },
  {
    name: "service",
    group: "Set up:",
    summary: "let systemd or launchd run the daemon; install, uninstall, status",
    load: async () => (await import("./service/mod.ts")).serviceCommand,
  },
  {
    name: "env",
    group: "Set up:",
    summary: "use an account by hand in this shell",
    load: async () => (await import("./env.ts")).envCommand,
  },
  {
    name: "share",
    group: "Set up:",
    summary: "one shared folder of conversations out of those of several accounts",
    load: async () => (await import("./shared_projects/mod.ts")).shareCommand,
  },
  {
    name: "doctor",
    group: "Set up:",
    summary: "check this machine and the config, with what to do about each finding",
    load: async () => (await import("./doctor/mod.ts")).doctorCommand,
  },
  {
    name: "completion",
    group: "Set up:",
    summary: "let your shell complete commands, options and names",
    load: async () => (await import("./completion/mod.ts")).completionCommand,
  },
  {
    name: "version",
    group: "Set up:",
    summary: "the version, and of what it stands on",
    load: async () => (await import("./version.ts")).versionCommand,
  },
];
