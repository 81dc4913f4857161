/**
 * What a session would find changed under this account. Names and counts only: values may be secret.
 *
 * @module
 */
import type { AccountSpec } from "../../model/config.ts";
import {
  DEFAULT_CLEANUP_DAYS,
  readClaudeJson,
  readUserSettings,
  type UserSettings,
} from "./claude_json.ts";
import { type Finding, info, type Look, warning } from "./finding.ts";

/** Against the account that is preferred to all others, so that each difference is told once. */
export async function differenceFindings(look: Look): Promise<Finding[]> {
  const { ports: { files }, config, account } = look;
  const settings = await readUserSettings(files, account);
  if (settings === null) {
    return [warning(
      `${account.configDir}/settings.json is no JSON object`,
      "mend it: Claude Code may ignore all of it",
    )];
  }
  const reference = preferred(config.accounts);
  const findings = await cleanupFindings(look, settings);
  if (reference === undefined || reference.id === account.id) return findings;
  const [own, theirs] = await Promise.all([
    readClaudeJson(files, account),
    readClaudeJson(files, reference),
  ]);
  const servers = (noted: typeof own) =>
    noted === null || noted === "unreadable" ? [] : noted.mcpServers;
  findings.push(...compareNames("MCP servers", servers(own), servers(theirs), reference));
  const standard = await readUserSettings(files, reference);
  if (standard === null) return findings;
  findings.push(...compareNames("settings", settings.keys, standard.keys, reference));
  return [...findings, ...permissionFindings(settings, standard, reference)];
}

/**
 * Each account that shares `projects/` sweeps it with its own value (documented), so the smallest one
 * decides how long everybody's conversations last.
 */
async function cleanupFindings(
  { ports: { files }, config, account }: Look,
  { cleanupPeriodDays: days }: UserSettings,
): Promise<Finding[]> {
  const hint = `set cleanupPeriodDays in ${account.configDir}/settings.json`;
  if (days < DEFAULT_CLEANUP_DAYS) {
    return [warning(`it deletes everybody's conversations after ${days} days`, hint)];
  }
  const others = await Promise.all(config.accounts.map((other) => readUserSettings(files, other)));
  const longest = Math.max(...others.map((other) => other?.cleanupPeriodDays ?? 0));
  if (longest <= days) return [];
  return [warning(
    `it deletes everybody's conversations after ${days} days, where another account keeps them ${longest}`,
    hint,
  )];
}

function compareNames(
  of: string,
  own: readonly string[],
  theirs: readonly string[],
  reference: AccountSpec,
): Finding[] {
  const missing = theirs.filter((name) => !own.includes(name));
  const extra = own.filter((name) => !theirs.includes(name));
  const parts = [
    ...missing.length > 0 ? [`without ${missing.join(", ")}`] : [],
    ...extra.length > 0 ? [`with ${extra.join(", ")}`] : [],
  ];
  return parts.length === 0
    ? []
    : [info(`${of} other than under ${reference.id}: ${parts.join("; ")}`, SHARE_HINT)];
}

const SHARE_HINT =
  "share settings.json (`share.also`), or let both be the same, if sessions need it";

function permissionFindings(
  own: UserSettings,
  standard: UserSettings,
  reference: AccountSpec,
): Finding[] {
  const kinds = new Set([...Object.keys(own.permissions), ...Object.keys(standard.permissions)]);
  const parts = [...kinds].sort().flatMap((kind) => {
    const [here, there] = [own.permissions[kind] ?? "none", standard.permissions[kind] ?? "none"];
    return here === there ? [] : [`${kind}: ${here} here, ${there} there`];
  });
  return parts.length === 0
    ? []
    : [info(`permissions other than under ${reference.id}: ${parts.join("; ")}`, SHARE_HINT)];
}

function preferred(accounts: readonly AccountSpec[]): AccountSpec | undefined {
  return accounts.toSorted((a, b) => a.priority - b.priority)[0];
}
