/**
 * The shape of the config file: which keys there are, of which type, and what they are when left out.
 * What keys mean together is in `rules.ts`; defaults that depend on the home are in `places.ts`.
 *
 * Values stay as they are written; `build.ts` gives them their meaning.
 *
 * @module
 */
import { z } from "zod";
import { LOG_AREAS, LOG_LEVELS, type LogArea } from "../model/log.ts";
import { NOTICE_KINDS, SEVERITIES } from "../model/notice.ts";
import { CHANNEL_TYPES, WEBHOOK_FORMATS } from "../model/notify_config.ts";
import { TASK_KEYS } from "../model/task.ts";
import { durationFault } from "./durations.ts";
import { hostFault, listenFault } from "./listen.ts";
import { expandNames, nameFault } from "./names.ts";
import { chatFault, headerFault, variableFault } from "./notify_channels.ts";
import { timeOfDayFault } from "./notify_routes.ts";
import { pathFault } from "./paths.ts";
import { type Fault, type KeyPath, quote } from "./problem.ts";

const name = text(nameFault);
const path = text(pathFault);
const namePattern = text((pattern) => {
  const names = expandNames(pattern);
  return Array.isArray(names) ? null : names;
});
const kind = z.enum(["subscription", "api-key", "bedrock", "vertex", "foundry", "custom"]);

const launch = z.strictObject({
  permission_mode: z.enum([
    "default",
    "manual",
    "acceptEdits",
    "plan",
    "auto",
    "dontAsk",
    "bypassPermissions",
  ]).optional(),
  model: text((model) => model === "" ? { what: "must not be empty", hint: null } : null)
    .optional(),
  mcp_config: z.array(path).optional(),
  add_dirs: z.array(path).optional(),
  args: z.array(z.string()).optional(),
});

const account = z.strictObject({
  id: name,
  kind,
  config_dir: path,
  priority: numberFrom(0, 1000, "whole").default(100),
  auto: z.boolean().default(true),
  thresholds: z.strictObject({
    five_hour: numberFrom(1, 100).default(90),
    weekly: numberFrom(1, 100).default(95),
  }).prefault({}),
  env: z.record(z.string(), z.string()).default({}),
  usd_per_day: numberFrom(0, 100_000).optional(),
  reserve_pct: numberFrom(0, 99).default(0),
  overage: z.strictObject({
    allow: z.boolean().default(false),
    usd_per_day: numberFrom(0, 100_000).optional(),
  }).prefault({}),
  quota_command: z.tuple([text(programFault)], z.string()).optional(),
});

const project = z.strictObject({
  id: name,
  path,
  accounts: z.array(z.string()).min(1).optional(),
  launch: launch.optional(),
});

const session = z.strictObject({
  names: z.union([namePattern, z.array(namePattern).min(1)]),
  project: z.string().optional(),
  cwd: path.optional(),
  account: z.string().optional(),
  never_move: z.boolean().default(false),
  conversation: text(conversationFault).optional(),
  launch: launch.optional(),
});

/** One shape for all types; `channelsFit` says which keys a type has. */
const channel = z.strictObject({
  name,
  type: z.enum(CHANNEL_TYPES),
  token_file: path.optional(),
  token_env: text(variableFault).optional(),
  chats: z.array(text(chatFault)).min(1).optional(),
  api: z.string().optional(),
  url: z.string().optional(),
  url_file: path.optional(),
  url_env: text(variableFault).optional(),
  allow_http: z.boolean().optional(),
  format: z.enum(WEBHOOK_FORMATS).optional(),
  body: z.record(z.string(), z.unknown()).optional(),
  secret_file: path.optional(),
  secret_env: text(variableFault).optional(),
  headers: z.record(text(headerFault), z.string()).optional(),
  header_files: z.record(text(headerFault), path).optional(),
  header_env: z.record(text(headerFault), text(variableFault)).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  path: path.optional(),
  max_size_mb: numberFrom(1, 10_000, "whole").optional(),
  keep: numberFrom(1, 1000, "whole").optional(),
  command: z.tuple([text(programFault)], z.string()).optional(),
});

const logLevel = z.enum(LOG_LEVELS);
const logLevels = z.strictObject(
  Object.fromEntries(LOG_AREAS.map((area) => [area, logLevel.optional()])) as Record<
    LogArea,
    z.ZodOptional<typeof logLevel>
  >,
);

export const configSchema = z.strictObject({
  version: z.literal(1),
  accounts: z.array(account).min(1),
  failover: z.strictObject({
    mode: z.enum(["auto", "confirm", "off"]),
    to_kinds: z.array(kind).default([]),
    min_stay: duration("0s", "24h").default("15m"),
    quiesce_grace: duration("0s", "1h").default("2m"),
    stop_grace: duration("1s", "5m").default("10s"),
    boot_timeout: duration("5s", "10m").default("60s"),
    idle: z.enum(["relaunch", "on_demand"]).default("relaunch"),
    boots_at_once: numberFrom(1, 20, "whole").default(3),
    slow_boots_above_load: numberFrom(0.1, 1000).default(4),
    confirm_within: duration("1m", "24h").default("30m"),
    confirm_then: z.enum(["stay", "move", "park"]).default("stay"),
    wait_if_reset_within: duration("0s", "5h").default("0s"),
    cool_down: duration("0s", "24h").default("15m"),
    hysteresis: numberFrom(0, 50).default(5),
    move_ahead: duration("0s", "1h").default("5m"),
    choose: z.enum(["priority", "headroom", "soonest_reset"]).default("priority"),
    remedies: z.array(z.enum(["wait", "capped", "other"])).min(1)
      .default(["wait", "capped", "other"]),
    last_resort: z.array(z.string()).default([]),
    strategy: z.enum(["pool", "session"]).default("pool"),
    model_wall: z.enum(["stay", "move"]).default("stay"),
    fail_back: z.boolean().default(false),
  }),
  quota: z.strictObject({
    usage_command: z.boolean().default(false),
    every: duration("2m", "24h").default("15m"),
    per_hour: numberFrom(2, 60, "whole").default(6),
  }).prefault({}),
  tasks: z.strictObject({
    dispatch: z.boolean().default(true),
    may_set: z.array(z.enum(TASK_KEYS)).default([
      "title",
      "priority",
      "after",
      "labels",
      "timeout",
    ]),
    max_hops: numberFrom(0, 100, "whole").default(3),
    max_attempts: numberFrom(1, 100, "whole").default(3),
    timeout: duration("1m", "168h").default("4h"),
    stable: duration("0s", "10m").default("2s"),
    per_project: numberFrom(1, 1000, "whole").optional(),
    per_account: numberFrom(1, 1000, "whole").optional(),
  }).prefault({}),
  checkpoints: z.strictObject({
    every: duration("10s", "24h").default("2m"),
    patch: z.boolean().default(false),
  }).prefault({}),
  janitor: z.strictObject({
    archive_after: durationOrNever("1d", "3650d").default("30d"),
    keep_checkpoints: duration("1h", "3650d").default("14d"),
    keep_events: durationOrNever("1d", "3650d").default("90d"),
  }).prefault({}),
  projects: z.array(project).default([]),
  launch: launch.optional(),
  sessions: z.array(session).default([]),
  share: z.strictObject({
    projects_dir: path.optional(),
    also: z.array(
      z.enum(["skills", "agents", "commands", "plugins", "CLAUDE.md", "settings.json"]),
    ).default([]),
  }).prefault({}),
  claude: z.strictObject({
    path: text(programFault).default("claude"),
    answer_dialogs: z.boolean().default(true),
    retry_unanswered: z.boolean().default(true),
  }).prefault({}),
  tmux: z.strictObject({
    socket: text(socketFault).default("claude-failover"),
    scope: z.enum(["auto", "systemd", "none"]).default("auto"),
  }).prefault({}),
  notify: z.strictObject({
    channels: z.array(channel).default([]),
    routes: z.array(z.strictObject({
      to: z.array(z.string()).min(1),
      severity: z.enum(SEVERITIES).optional(),
      kinds: z.array(z.enum(NOTICE_KINDS)).min(1).optional(),
      projects: z.array(z.string()).min(1).optional(),
      accounts: z.array(z.string()).min(1).optional(),
    })).default([]),
    quiet_hours: z.strictObject({
      from: text(timeOfDayFault),
      to: text(timeOfDayFault),
      channels: z.array(z.string()).min(1).optional(),
    }).optional(),
    escalate: z.array(z.strictObject({
      after: duration("1m", "24h"),
      to: z.array(z.string()).min(1),
    })).default([]),
    group_within: duration("0s", "24h").default("5m"),
    give_up_after: duration("1h", "30d").default("3d"),
  }).prefault({}),
  log: z.strictObject({
    level: logLevel.default("info"),
    levels: logLevels.prefault({}),
    file: path.optional(),
    max_size_mb: numberFrom(1, 10_000, "whole").default(10),
    keep: numberFrom(1, 1000, "whole").default(5),
  }).prefault({}),
  http: z.strictObject({
    listen: z.preprocess(asText, text(listenFault)).optional(),
    tls: z.strictObject({ cert: path, key: path }).optional(),
    hosts: z.array(text(hostFault)).default([]),
    requests_per_second: numberFrom(1, 10_000, "whole").default(50),
  }).prefault({}),
  paths: z.strictObject({ state_dir: path.optional(), runtime_dir: path.optional() }).prefault({}),
});

/** The file as its author wrote it, with the defaults filled in. */
export type YamlConfig = z.output<typeof configSchema>;
export type YamlLaunch = z.output<typeof launch>;

/** A file with problems: all that is well-formed, and holes where the rest was. */
export type Draft<T = z.input<typeof configSchema>> = T extends readonly (infer Item)[]
  ? (Draft<Item> | undefined)[]
  : T extends object ? { [Key in keyof T]?: Draft<T[Key]> | undefined }
  : T;

function text(fault: (text: string) => Fault | null) {
  return z.string().check((context) => {
    const found = fault(context.value);
    if (found) context.issues.push(issue(context.value, found));
  });
}

/** A bare number is taken as text, so that the first thing said of it is what is missing: a unit, a host. */
function asText(written: unknown): unknown {
  return typeof written === "number" ? String(written) : written;
}

function duration(min: string, max: string) {
  return z.preprocess(
    asText,
    text((written) => durationFault(written, min, max)),
  );
}

function durationOrNever(min: string, max: string) {
  return z.preprocess(
    asText,
    text((written) => written === "never" ? null : durationFault(written, min, max)),
  );
}

function numberFrom(min: number, max: number, whole?: "whole") {
  const kindOf = whole ? "a whole number" : "a number";
  return z.number().check((context) => {
    const { value } = context;
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return;
    const what = `must be ${kindOf} from ${min} to ${max}, not ${value}`;
    context.issues.push(issue(value, { what, hint: null }));
  });
}

function issue(input: unknown, { what, hint }: Fault) {
  return { code: "custom" as const, input, message: what, params: { hint } };
}

function programFault(program: string): Fault | null {
  if (/^[\w.+-]+$/.test(program)) return null; // looked up in PATH
  return pathFault(program) && {
    what: `must be a program's name or an absolute path, not ${quote(program)}`,
    hint: null,
  };
}

function conversationFault(id: string): Fault | null {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return null;
  return {
    what: `must be the id of a conversation (a UUID in small letters), not ${quote(id)}`,
    hint: "`claude-failover import` finds those that run",
  };
}

function socketFault(socket: string): Fault | null {
  if (/^[\w-][\w.-]{0,63}$/.test(socket)) return null; // tmux -L
  return pathFault(socket) && {
    what: `must be a name (letters, digits, . - _) or an absolute path, not ${quote(socket)}`,
    hint: null,
  };
}

/** The part of a JSON Schema that is looked at here. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
}

export interface SchemaKey {
  /** Without the places in lists: `["accounts", "id"]`. */
  readonly path: readonly string[];
  /** Undefined where there is none, or where it is a whole mapping. */
  readonly default: unknown;
}

/** Every key a config may have, parents first. */
export function schemaKeys(): SchemaKey[] {
  return keysBelow(z.toJSONSchema(configSchema) as JsonSchema, []);
}

function keysBelow(schema: JsonSchema, path: readonly string[]): SchemaKey[] {
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
      const own = value.properties ? undefined : value.default;
      return [{ path: [...path, key], default: own }, ...keysBelow(value, [...path, key])];
    }),
    ...(schema.items ? keysBelow(schema.items, path) : []),
    ...(schema.anyOf ?? []).flatMap((member) => keysBelow(member, path)),
  ];
}

/** The keys of the mapping at this place of a file. */
export function keysAt(path: KeyPath): string[] {
  const parent = path.filter((part) => typeof part === "string").join(".");
  return schemaKeys()
    .filter((key) => key.path.slice(0, -1).join(".") === parent)
    .map((key) => key.path.at(-1)!);
}
