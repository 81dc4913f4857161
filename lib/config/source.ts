/**
 * YAML in, plain data out, with the place of every key: the only file that knows the YAML package.
 *
 * @module
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import type { KeyPath, Place } from "./problem.ts";

export interface Source {
  /** Undefined when the text is no YAML that could be looked into. */
  readonly data: unknown;
  readonly errors: readonly SyntaxProblem[];
  /** Where a value stands, or the nearest thing around it that is in the text. */
  place(path: KeyPath, onKey: boolean): Place;
}

export interface SyntaxProblem extends Place {
  readonly what: string;
  readonly hint: string | null;
}

const START: Place = { line: 1, column: 1, length: 0 };

export function readSource(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
  });
  const at = (from: number, to: number): Place => {
    const { line, col } = lines.linePos(from);
    const endOfLine = text.indexOf("\n", from);
    const end = endOfLine < 0 ? to : Math.min(to, endOfLine);
    return { line, column: col, length: Math.max(end - from, 0) };
  };
  const lost = lostAliases(document, at);
  const syntax = [...document.errors, ...document.warnings]
    .map((e) => ({ ...at(e.pos[0], e.pos[1]), ...inWords(e.code, e.message) }));
  const errors = firstOfEachLine([...syntax, ...lost])
    .map((e) => holdsRange(text, e.line) ? { ...e, hint: QUOTE_RANGE } : e);
  const source = { errors, place: placesOf(document, at) };
  const isSound = document.errors.every((e) => e.code === "DUPLICATE_KEY") && lost.length === 0;
  if (!isSound) return { ...source, data: undefined };
  try {
    return { ...source, data: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const what = "its aliases multiply beyond all measure";
    return { ...source, data: undefined, errors: [{ ...START, what, hint: null }] };
  }
}

const QUOTE_RANGE = "inside [...] and {...} a range stands in quotes";

function holdsRange(text: string, line: number): boolean {
  const written = text.split("\n")[line - 1] ?? "";
  return written.length < 500 && /[[{].*[\w-]\[\d+\.\./.test(written);
}

/** Aliases before their anchor, or without one. */
function lostAliases(document: Document, at: (from: number, to: number) => Place): SyntaxProblem[] {
  const lost: SyntaxProblem[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) || !alias.range) return;
      const what = `there is no anchor &${alias.source} before this alias`;
      lost.push({ ...at(alias.range[0], alias.range[1]), what, hint: null });
    },
  });
  return lost;
}

function inWords(code: string, message: string): { what: string; hint: string | null } {
  switch (code) {
    case "DUPLICATE_KEY":
      return { what: "this key is here twice", hint: "remove one; the other would be lost" };
    case "MULTIPLE_DOCS":
      return { what: "a second document starts here", hint: "one file is one config; remove ---" };
    case "TAB_AS_INDENT":
      return { what: "YAML does not take tabs for indentation", hint: "use spaces" };
    case "TAG_RESOLVE_FAILED":
      return { what: "YAML tags (!) mean nothing here", hint: null };
    case "RESOURCE_EXHAUSTION":
      return { what: "this is nested too deeply", hint: null };
    default:
      return { what: message, hint: null };
  }
}

/** What follows on the same line mostly comes from the first. */
function firstOfEachLine(errors: readonly SyntaxProblem[]): SyntaxProblem[] {
  const seen = new Set<number>();
  return errors.filter(({ line }) => !seen.has(line) && seen.add(line));
}

function placesOf(document: Document, at: (from: number, to: number) => Place): Source["place"] {
  return (path, onKey) => {
    let node: unknown = document.contents;
    let found: Place = START;
    for (const [depth, part] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document);
      const isLast = depth === path.length - 1;
      const pair = isMap(node) ? node.items.find((p) => keyOf(p) === String(part)) : undefined;
      const item = isSeq(node) && typeof part === "number" ? node.items[part] : undefined;
      if (pair) {
        node = pair.value;
        const range = isLast && !onKey && rangeOfScalar(node) || rangeOf(pair.key);
        if (range) found = at(range[0], range[1]);
      } else if (isNode(item)) {
        node = item;
        const range = rangeOf(item);
        if (range) found = at(range[0], isScalar(item) ? range[1] : range[0] + 1);
      } else {
        return found;
      }
    }
    return found;
  };
}

function keyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function rangeOf(node: unknown): Node["range"] {
  return isNode(node) ? node.range ?? null : null;
}

/** Of a value on one line that is not empty; else it is the key that is shown. */
function rangeOfScalar(node: unknown): Node["range"] {
  const range = isScalar(node) || isAlias(node) ? rangeOf(node) : null;
  return range && range[1] > range[0] ? range : null;
}
