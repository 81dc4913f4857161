/**
 * The few keys of `.claude.json` and `settings.json` that a check looks at. Both files may hold secrets
 * (headers of MCP servers, `env`), so nothing but names, switches and ids leaves here.
 *
 * @module
 */
import { dirname } from "node:path";
import { z } from "zod";
import type { AccountSpec } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import { type CachedUsage, cachedUsage, cachedUsageSchema } from "../usage/cached.ts";

export interface ClaudeJson {
  readonly onboarded: boolean;
  /** Folders whose trust dialog was accepted; absolute. */
  readonly trusted: ReadonlySet<string>;
  /** Account and organization: to compare, never to print. Null when Claude Code has not noted them. */
  readonly login: string | null;
  /** Of the user's own scope. */
  readonly mcpServers: readonly string[];
  /** The last figures of its quota that Claude Code got by itself; null when it has none. */
  readonly usage: CachedUsage | null;
}

export interface UserSettings {
  /** Names of the keys at the top, and of `env` as `env.NAME`. */
  readonly keys: readonly string[];
  /** How many rules of each kind, and the default mode. */
  readonly permissions: Readonly<Record<string, number | string>>;
  /** 30 when it is not set (documented). */
  readonly cleanupPeriodDays: number;
}

export const DEFAULT_CLEANUP_DAYS = 30;

const project = z.object({ hasTrustDialogAccepted: z.boolean().optional().catch(false) }).catch({});

const claudeJsonSchema = z.object({
  hasCompletedOnboarding: z.boolean().optional().catch(false),
  projects: z.record(z.string(), project).catch({}).default({}),
  oauthAccount: z.object({ accountUuid: z.string(), organizationUuid: z.string().nullish() })
    .nullish().catch(null),
  mcpServers: z.record(z.string(), z.unknown()).catch({}).default({}),
  cachedUsageUtilization: cachedUsageSchema.nullish().catch(null),
});

const objectSchema = z.record(z.string(), z.unknown());

/** In the config dir, but beside it for the default one (documented: `~/.claude.json`). */
export function claudeJsonPath({ configDir, isDefaultDir }: AccountSpec): string {
  return `${isDefaultDir ? dirname(configDir) : configDir}/.claude.json`;
}

/** Null when it is not there, "unreadable" when it is no JSON object. */
export async function readClaudeJson(
  files: Files,
  account: AccountSpec,
): Promise<ClaudeJson | "unreadable" | null> {
  const text = await files.read(claudeJsonPath(account));
  if (text === null) return null;
  const { data } = claudeJsonSchema.safeParse(parseJson(text));
  if (!data) return "unreadable";
  const trusted = Object.entries(data.projects)
    .filter(([, { hasTrustDialogAccepted }]) => hasTrustDialogAccepted)
    .map(([path]) => path);
  const login = data.oauthAccount;
  return {
    onboarded: data.hasCompletedOnboarding ?? false,
    trusted: new Set(trusted),
    login: login ? `${login.accountUuid} ${login.organizationUuid ?? ""}` : null,
    mcpServers: Object.keys(data.mcpServers),
    usage: data.cachedUsageUtilization ? cachedUsage(data.cachedUsageUtilization) : null,
  };
}

/** The account's `settings.json`; one that is not there sets nothing, one that is no JSON object is null. */
export async function readUserSettings(
  files: Files,
  { configDir }: AccountSpec,
): Promise<UserSettings | null> {
  const text = await files.read(`${configDir}/settings.json`);
  const { data } = objectSchema.safeParse(text === null ? {} : parseJson(text));
  if (!data) return null;
  const { env, permissions, ...rest } = data;
  const days = rest["cleanupPeriodDays"];
  return {
    keys: [...Object.keys(rest), ...Object.keys(objectOf(env)).map((name) => `env.${name}`)].sort(),
    permissions: countRules(objectOf(permissions)),
    cleanupPeriodDays: typeof days === "number" ? days : DEFAULT_CLEANUP_DAYS,
  };
}

/** Counts, not rules: a rule may hold a command with a token in it. */
function countRules(permissions: Record<string, unknown>): UserSettings["permissions"] {
  const counts: Record<string, number | string> = {};
  for (const [kind, value] of Object.entries(permissions)) {
    if (Array.isArray(value)) counts[kind] = value.length;
    if (kind === "defaultMode" && typeof value === "string") counts[kind] = value;
  }
  return counts;
}

function objectOf(value: unknown): Record<string, unknown> {
  return objectSchema.safeParse(value).data ?? {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
