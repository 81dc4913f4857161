/**
 * The channels of the config: where notices go. Where a secret is needed, the place that holds it, never the secret.
 *
 * @module
 */
import type { NoticeMatch } from "./notice.ts";

export interface NotifySpec {
  readonly channels: readonly ChannelSpec[];
  // What follows is not in the config of a journal of an earlier version.
  /** Each notice goes to the channels of every route that it fits. Absent or empty: all go to all. */
  readonly routes?: readonly RouteSpec[];
  readonly quietHours?: QuietHours | null;
  readonly escalate?: readonly EscalationSpec[];
  /** From the first message of a group on, the others of so long become one. */
  readonly groupWithinMs?: number;
  /** A message that could not be sent for so long is given up. */
  readonly giveUpAfterMs?: number;
}

export interface RouteSpec {
  /** Names of channels. */
  readonly to: readonly string[];
  readonly match: NoticeMatch;
}

/** When only what is critical is told at once. Minutes of the day, by the daemon's local clock; the end may lie on the next day. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Null: all that reach people. */
  readonly channels: readonly string[] | null;
}

/** A critical notice that nobody has acknowledged for so long goes there too. */
export interface EscalationSpec {
  readonly afterMs: number;
  readonly to: readonly string[];
}

/** A file of its owner alone (0600), or a variable of the daemon's environment. */
export type SecretPlace = { readonly file: string } | { readonly env: string };

/** A web address; one that is a secret by itself (Slack, Discord) stands in a place for secrets. */
export type AddressPlace = { readonly url: string } | SecretPlace;

export interface TelegramSpec {
  readonly type: "telegram";
  readonly name: string;
  readonly token: SecretPlace;
  readonly chats: readonly TelegramChat[];
  /** Of the Bot API server. */
  readonly api: string;
}

export interface TelegramChat {
  /** A number, or `@name` of a channel. */
  readonly chat: string;
  /** The topic of a forum; null: the chat itself. */
  readonly topic: number | null;
}

export const WEBHOOK_FORMATS = ["generic", "slack", "discord", "ntfy", "custom"] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

export interface WebhookSpec {
  readonly type: "webhook";
  readonly name: string;
  readonly address: AddressPlace;
  /** By http too, beyond this machine. Absent: by https alone. */
  readonly allowHttp?: boolean;
  readonly format: WebhookFormat;
  /** Of `custom`: JSON whose texts hold placeholders (`lib/notify/channels/template.ts`). */
  readonly body: unknown;
  /** Signs each request, or stands in its body where that has `{secret}`; null: there is none. */
  readonly secret: SecretPlace | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers whose value is a secret. */
  readonly secretHeaders: Readonly<Record<string, SecretPlace>>;
}

export interface LokiSpec {
  readonly type: "loki";
  readonly name: string;
  readonly address: AddressPlace;
  /** By http too, beyond this machine. Absent: by https alone. */
  readonly allowHttp?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly secretHeaders: Readonly<Record<string, SecretPlace>>;
}

export interface FileSpec {
  readonly type: "file";
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Past it a new file is begun. */
  readonly maxBytes: number;
  /** How many files there are at most. */
  readonly keep: number;
}

export interface StdoutSpec {
  readonly type: "stdout";
  readonly name: string;
}

export interface ExecSpec {
  readonly type: "exec";
  readonly name: string;
  /** The program, by name or absolute path, and its arguments, as they are. */
  readonly command: readonly [string, ...string[]];
}

export type ChannelSpec =
  | TelegramSpec
  | WebhookSpec
  | LokiSpec
  | FileSpec
  | StdoutSpec
  | ExecSpec;

export const CHANNEL_TYPES = [
  "telegram",
  "webhook",
  "loki",
  "file",
  "stdout",
  "exec",
] as const satisfies readonly ChannelSpec["type"][];
