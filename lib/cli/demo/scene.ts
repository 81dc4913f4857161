/**
 * What a demo is played with: a home of its own with two made-up accounts, and an agent to run in it.
 *
 * @module
 */
import type { Config } from "../../model/config.ts";
import type { SessionName } from "../../model/ids.ts";

/** Which agent runs, and what is typed to it. `scripted.ts` and `real.ts` make one each. */
export interface Cast {
  /** For people: "a scripted agent", "Claude Code 2.1.330". */
  readonly agent: string;
  readonly claudePath: string;
  /** Environment of the accounts' sessions. */
  readonly env: Readonly<Record<string, string>>;
  readonly permissionMode: string | null;
  /** Typed into the writer one after the other, each after the answer to the one before. */
  readonly prompts: readonly string[];
  /** Typed into the other session, which is then idle. */
  readonly smallTalk: string;
  /** Called before each prompt is typed, with its place from 0. */
  beforePrompt(index: number): Promise<void>;
  /** Ends what was started for the agent. */
  close(): Promise<void>;
}

/** Folders of the demo's home. Paths are short: a unix socket's has at most 107 bytes. */
export interface Places {
  /** Everything lies below it, and it is removed at the end. */
  readonly root: string;
  readonly home: string;
  /** Where the sessions work. */
  readonly cwd: string;
  readonly configPath: string;
  readonly projectsDir: string;
  readonly tmuxSocket: string;
  configDir(account: DemoAccount): string;
}

export const ACCOUNTS = ["work", "spare"] as const;
export type DemoAccount = (typeof ACCOUNTS)[number];

/** The session that runs into the limit. */
export const WRITER: SessionName = "writer";
/** The session that is idle at that moment, and moves along. */
export const NOTES: SessionName = "notes";

/** The work: so many chapters, each written by one command. */
export const CHAPTERS = 9;
export const BOOK = "book.txt";

export interface Scene {
  readonly places: Places;
  readonly cast: Cast;
  readonly config: Config;
}
