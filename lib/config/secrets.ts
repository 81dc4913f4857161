/**
 * The environment an account may have: no secrets, and nothing that would work against this program.
 *
 * The config is a plain file that people commit, mail and paste, and its environment ends up in the
 * launch scripts. Claude Code has its own places for secrets; this program never needs to see one.
 *
 * @module
 */
import { holdsSecret } from "../model/secret_text.ts";
import { type Fault, list } from "./problem.ts";

const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|COOKIE/i;

/** These say where a secret is, how long it is good for, or count tokens of a model. */
const NO_SECRET = /_(FILE|PATH|DIR|TOKENS|MS)$|^GOOGLE_APPLICATION_CREDENTIALS$/i;

const SECRET_VALUE =
  /sk-ant-|\bbearer\s|authorization\s*:|x-api-key|\bAKIA[0-9A-Z]{16}\b|-----BEGIN |:\/\/[^/\s:@]*:[^/\s@]+@/i;

/** Name -> why it must not be set, and what to do instead. */
const REFUSED: Readonly<Record<string, Fault>> = {
  CLAUDE_CONFIG_DIR: {
    what: "is set from the account's config_dir",
    hint: "write the folder as config_dir",
  },
  CLAUDE_SECURESTORAGE_CONFIG_DIR: {
    what: "makes the sign-in come from another folder than the account's own",
    hint: "write the folder as config_dir",
  },
  HOME: {
    what: "would make ~ mean another folder inside the session",
    hint: "accounts are told apart by config_dir alone",
  },
  CLAUDE_CODE_RETRY_WATCHDOG: {
    what: "keeps a session waiting at its limit, where it could not be moved",
    hint: "remove it; waiting is what failover.mode: off does",
  },
  CLAUDE_CODE_SKIP_PROMPT_HISTORY: {
    what: "makes Claude Code keep no transcript, so nothing could be resumed",
    hint: "remove it",
  },
  CLAUDE_CODE_CHILD_SESSION: {
    what: "makes Claude Code keep no transcript, so nothing could be resumed",
    hint: "remove it",
  },
  CLAUDE_CODE_RESUME_INTERRUPTED_TURN: {
    what: "makes a resumed session run the cut turn by itself, besides the prompt it is given",
    hint: "remove it",
  },
  CLAUDE_CODE_EXIT_AFTER_STOP_DELAY: {
    what: "ends a session whenever it is idle",
    hint: "remove it",
  },
};

/** The switch that makes Claude Code talk to this kind of provider. */
export const PROVIDER_SWITCH = {
  bedrock: "CLAUDE_CODE_USE_BEDROCK",
  vertex: "CLAUDE_CODE_USE_VERTEX",
  foundry: "CLAUDE_CODE_USE_FOUNDRY",
} as const;

/** Null when the variable may be set. The value is never repeated in what is said. */
export function envFault(name: string, value: string | undefined): Fault | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return { what: "is no name of an environment variable", hint: null };
  }
  if (Object.hasOwn(REFUSED, name)) return REFUSED[name]!;
  for (const [kind, variable] of Object.entries(PROVIDER_SWITCH)) {
    if (name !== variable) continue;
    return { what: "is set by the account's kind", hint: `write kind: ${kind} and remove it` };
  }
  if (SECRET_NAME.test(name) && !NO_SECRET.test(name)) {
    return { what: "looks like a secret, and this file is no place for one", hint: keepIt(name) };
  }
  if (value !== undefined && isSecretValue(value)) {
    return { what: "has a value that looks like a secret", hint: keepIt(name) };
  }
  if (value !== undefined && value.includes("\0")) {
    return { what: "has a NUL character in its value", hint: null };
  }
  return null;
}

/** Whether a line of the file had better not be shown again. */
export function mayHoldSecret(line: string): boolean {
  if (isSecretValue(line)) return true;
  const names = line.match(/[A-Za-z_][A-Za-z0-9_]*(?=["']?\s*[:=])/g) ?? [];
  return names.some((name) => SECRET_NAME.test(name) && !NO_SECRET.test(name));
}

export function isSecretValue(text: string): boolean {
  return SECRET_VALUE.test(text) || holdsSecret(text);
}

function keepIt(name: string): string {
  if (/^AWS_/i.test(name)) return "set AWS_PROFILE and let `aws sso login` or the profile hold it";
  if (/FOUNDRY|AZURE/i.test(name)) return "sign in with `az login`, or let apiKeyHelper print it";
  if (/^(GOOGLE|GCLOUD|VERTEX)/i.test(name)) {
    return "sign in with `gcloud auth application-default login`";
  }
  const places = [
    "apiKeyHelper in the settings.json of this account's config_dir",
    "`claude auth login`",
  ];
  return `leave it where Claude Code looks for it: ${list(places, "or")}`;
}
