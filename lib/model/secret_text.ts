/**
 * What looks like a secret in a text, whoever wrote it, and the text without it.
 *
 * The config refuses such texts, and nothing of the kind goes into a log or into the reason of a failure. It is the
 * second line: the first is that secrets are read late and passed to nobody but their receiver.
 *
 * @module
 */

const MARK = "[secret]";
/** No pattern below fits a shorter text. */
const SHORTEST = 6;

/** Pattern -> what is left of it; `$1` is what comes before the secret and may be shown. */
const SECRETS: readonly (readonly [pattern: RegExp, left: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MARK],
  // Whole headers, whose value may have any form; in JSON up to the closing quote.
  [
    /\b((?:proxy-)?authorization|x-api-key|x-gotify-key|(?:set-)?cookie)(["']?\s*[:=]\s*["']?)(?!\[secret\])[^\s"',;}][^\r\n"'}]*/gi,
    `$1$2${MARK}`,
  ],
  [/\b((?:bearer|basic)\s+)(?!\[secret\])[\w.~+/-]{12,}=*/gi, `$1${MARK}`],
  [/(:\/\/)[^/\s:@"']*:[^/\s@"']+@/g, `$1${MARK}@`],
  [
    /([?&](?:[\w-]*(?:token|secret|password|signature)|api_?key|key|sig|auth)=)(?!\[secret\])[^&\s"'#]+/gi,
    `$1${MARK}`,
  ],
  [
    /\b([\w-]*(?:password|passwd|passphrase|client_?secret|api_?key|(?:access|auth|refresh)_?token))(["']?\s*[:=]\s*["']?)(?!\[secret\])[^\s"',;&}]{4,}/gi,
    `$1$2${MARK}`,
  ],
  // By their form: Anthropic, Telegram, Slack, Discord, Standard Webhooks, our own tokens, GitHub, AWS, JWT.
  [/\bsk-ant-[\w-]+/g, MARK],
  [/(?<!\d)\d{6,12}:[\w-]{30,}/g, MARK],
  [/\b(hooks\.slack\.com\/)(?:services|workflows|triggers)\/[\w/-]+/g, `$1${MARK}`],
  [/\b(discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/)\d+\/[\w-]+/g, `$1${MARK}`],
  [/\bxox[a-z]-[\w-]{8,}/g, MARK],
  [/\bwhsec_[\w+/-]{8,}=*/g, MARK],
  [/\bcf_[0-9a-f]{8}_[\w-]{20,}/g, MARK],
  [/\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,})/g, MARK],
  [/\bAKIA[0-9A-Z]{16}\b/g, MARK],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, MARK],
];

/** What each of them needs; most texts have nothing of it, and one look is a tenth of the work (6 µs for an event). */
const HINT =
  /sk-ant-|-----BEGIN|authorization|api_?-?key|gotify|cookie|bearer|basic|:\/\/|[?&][^\s=]{1,40}=|passw|passphrase|secret|token|\d:[\w-]{30}|slack\.com|discord|xox|whsec_|cf_[0-9a-f]|gh[pousr]_|github_pat|AKIA|eyJ/i;

/** The text with a mark in the place of each secret. */
export function redact(text: string): string {
  if (text.length < SHORTEST || !HINT.test(text)) return text;
  return SECRETS.reduce((left, [pattern, mark]) => left.replaceAll(pattern, mark), text);
}

export function holdsSecret(text: string): boolean {
  return redact(text) !== text;
}

/** `redact`, and these as well, which are known to be secrets; short ones would only make holes. */
export function scrub(text: string, secrets: Iterable<string>): string {
  let left = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= 6) left = left.replaceAll(secret, MARK);
  }
  return redact(left);
}

/** Names whose value is a secret whatever it looks like. */
const SECRET_KEY =
  /^(authorization|proxy-authorization|cookie|password|passwd|passphrase|secret|client_?secret|api_?key|(access|auth|refresh|bot)_?token)$/i;

/** Likewise every text in plain data, at any depth. */
export function redactAll(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      redact(key),
      typeof item === "string" && SECRET_KEY.test(key) ? MARK : redactAll(item),
    ]),
  );
}
