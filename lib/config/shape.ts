/**
 * Holds a file against the schema: what does not fit becomes findings in people's words, what does fit
 * becomes a draft, so that the rules can be asked about it all the same and everything is said at once.
 *
 * @module
 */
import type { z } from "zod";
import { nearest } from "./nearest.ts";
import { type Fault, type Finding, type KeyPath, list, quote, sayPath } from "./problem.ts";
import { isSecretValue } from "./secrets.ts";
import { configSchema, type Draft, keysAt, schemaKeys, type YamlConfig } from "./schema.ts";

type Issue = z.core.$ZodIssue;

const MISSING = "is missing";

const CHOOSE_MODE =
  "you choose it: auto moves sessions at a limit by itself, confirm asks you, off moves nothing by itself; read docs/provider-terms.md first";

/** What a person needs to know who left this key out. */
const IF_MISSING: Readonly<Record<string, string>> = {
  "version": "write version: 1",
  "failover": `add it with a mode; ${CHOOSE_MODE}`,
  "failover.mode": CHOOSE_MODE,
};

export type Shape =
  | { readonly config: YamlConfig; readonly findings: readonly []; readonly draft: Draft }
  | { readonly config: null; readonly findings: readonly Finding[]; readonly draft: Draft };

export function checkShape(data: unknown): Shape {
  const result = configSchema.safeParse(data);
  if (result.success) return { config: result.data, findings: [], draft: data as Draft };
  const { issues } = result.error;
  return { config: null, findings: findingsOf(issues, data), draft: without(data, issues) };
}

function findingsOf(issues: readonly Issue[], data: unknown): Finding[] {
  // A key that is missing because it is misspelt is one mistake, not two.
  const misspelt = new Set(issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [];
    const path = issue.path as KeyPath;
    return issue.keys.map((key) => sayPath([...path, nearest(key, keysAt(path)) ?? key]));
  }));
  return issues.flatMap((issue) => describe(issue, data))
    .filter(({ path, what }) => what !== MISSING || !misspelt.has(sayPath(path)));
}

function describe(issue: Issue, data: unknown): Finding[] {
  const path = issue.path as KeyPath;
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key));
  const value = valueAt(data, path);
  if (value === undefined) {
    const hint = IF_MISSING[sayPath(path)] ?? null;
    return [{ path, what: MISSING, hint }];
  }
  if (value === null) {
    const hint = IF_MISSING[sayPath(path)] ?? "write a value, or remove the key";
    return [{ path, what: "is empty", hint }];
  }
  if (issue.code === "invalid_union") {
    // text or a list of text: what is wrong with the one that was meant
    const meant = issue.errors.find((issues) => issues.every((i) => !isOtherType(i)));
    if (meant) return meant.flatMap((i) => describe({ ...i, path: [...path, ...i.path] }, data));
  }
  if (path.includes("env")) return [{ path, ...wrongInEnvironment(path) }];
  return [{ path, ...wrongValue(issue, value) }];
}

function isOtherType(issue: Issue): boolean {
  return issue.code === "invalid_type" && issue.path.length === 0;
}

/** A value there may be a secret, so it is not repeated. */
function wrongInEnvironment(path: KeyPath): Fault {
  return path.at(-1) === "env"
    ? { what: "must be a mapping (NAME: value)", hint: null }
    : { what: "must be text", hint: "write it in quotes" };
}

function wrongValue(issue: Issue, value: unknown): Fault {
  switch (issue.code) {
    case "custom":
      return { what: issue.message, hint: (issue.params?.["hint"] as string | null) ?? null };
    case "invalid_value": {
      const known = issue.values.map(String);
      const what = `must be ${known.length > 1 ? "one of " : ""}${list(known, "or")}`;
      const near = known.length > 1 ? nearest(String(value), known) : null;
      return { what: `${what}, not ${sayValue(value)}`, hint: meant(near) };
    }
    case "invalid_type":
      return {
        what: `must be ${sayType(issue.expected)}, not ${sayValue(value)}`,
        hint: asText(issue, value),
      };
    case "too_small":
      return { what: "must not be an empty list", hint: null };
    case "invalid_union":
      return { what: `must be text or a list of text, not ${sayValue(value)}`, hint: null };
    default:
      return { what: issue.message, hint: null };
  }
}

function unknownKey(parent: KeyPath, key: string): Finding {
  const here = nearest(key, keysAt(parent));
  const elsewhere = here === null
    ? schemaKeys().find((known) => known.path.length > 1 && known.path.at(-1) === key)
    : undefined;
  const hint = elsewhere ? `it belongs in ${elsewhere.path.slice(0, -1).join(".")}` : meant(here);
  return { path: [...parent, key], what: "unknown key", hint, onKey: true };
}

function meant(word: string | null): string | null {
  return word === null ? null : `did you mean ${word}?`;
}

function asText(issue: { expected: string }, value: unknown): string | null {
  const isScalar = typeof value === "number" || typeof value === "boolean";
  return issue.expected === "string" && isScalar ? `write it in quotes: "${value}"` : null;
}

function sayType(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: "text",
    number: "a number",
    boolean: "true or false",
    array: "a list",
    object: "a mapping (key: value)",
  };
  return words[expected] ?? expected;
}

function sayValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "object") return "a mapping";
  if (typeof value !== "string") return String(value);
  return isSecretValue(value) ? "what looks like a secret" : quote(value);
}

function valueAt(data: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | undefined)?.[key],
    data,
  );
}

/** A copy with holes where the issues are. Unknown keys stay: no rule looks at them. */
function without(data: unknown, issues: readonly Issue[]): Draft {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return {};
  const copy = structuredClone(data) as Record<string, unknown>;
  for (const issue of issues) {
    const last = issue.path.at(-1);
    if (issue.code === "unrecognized_keys" || last === undefined) continue;
    const parent = valueAt(copy, issue.path.slice(0, -1) as KeyPath);
    if (typeof parent !== "object" || parent === null) continue; // its parent is a hole already
    (parent as Record<PropertyKey, unknown>)[last] = undefined;
  }
  return copy as Draft;
}
