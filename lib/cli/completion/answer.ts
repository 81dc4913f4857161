/**
 * `__complete`, which the completion scripts ask: what could stand at the cursor, a line each. It is quick, and silent
 * about everything that is not as it should be.
 *
 * @module
 */
import type { Config } from "../../model/config.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { program } from "../program.ts";
import { type Candidate, type NameKind, placeAt, type Wanted } from "./wanted.ts";

/** Nobody waits longer for a list. */
const DEADLINE_MS = 1_000;

/** The first line says what the rest is: `:words`, `:files` or `:dirs`. Then `value TAB about`. */
export async function answerCompletion(
  words: readonly string[],
  context: CliContext,
): Promise<ExitCode> {
  const root = await program(context, words);
  const { wanted, typed, config } = placeAt(root, words);
  if (config !== undefined) context.useConfig(config.replace(/^~(?=\/)/, context.home));
  if (wanted.is === "files" || wanted.is === "dirs") {
    context.stdout.write(`:${wanted.is}\n`);
    return EXIT.ok;
  }
  const candidates = await candidatesFor(wanted, context).catch(() => []);
  const fitting = candidates.filter(({ value }) => value.startsWith(typed) && isPlain(value));
  const lines = fitting.map(({ value, about }) => about ? `${value}\t${plain(about)}` : value);
  context.stdout.write([":words", ...lines].map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}

async function candidatesFor(wanted: Wanted, context: CliContext): Promise<readonly Candidate[]> {
  if (wanted.is === "words") return wanted.words;
  if (wanted.is !== "names") return [];
  const { config } = await context.loadConfig();
  return wanted.of === "task" ? await tasks(context) : namesOf(config, wanted.of);
}

function namesOf(config: Config, kind: Exclude<NameKind, "task">): Candidate[] {
  switch (kind) {
    case "session":
      return config.sessions.map(({ name, project }) => ({ value: name, about: project ?? "" }));
    case "account":
      return config.accounts.map(({ id, kind }) => ({ value: id, about: kind }));
    case "project":
      return config.projects.map(({ id, path }) => ({ value: id, about: path }));
    case "channel":
      return (config.notify?.channels ?? []).map(({ name, type }) => ({
        value: name,
        about: type,
      }));
  }
}

/** Only the daemon knows them. */
async function tasks(context: CliContext): Promise<Candidate[]> {
  using client = await context.client();
  const late = new AbortController();
  const asked = client.tasks({ all: false }).then(({ tasks }) =>
    tasks.map(({ id, title }) => ({ value: id, about: title }))
  );
  const none = context.clock.sleep(DEADLINE_MS, late.signal).then((): Candidate[] => [], () => []);
  try {
    return await Promise.race([asked, none]);
  } finally {
    late.abort();
  }
}

/** A line is a candidate, so what would break it is left out; so is what a terminal would obey. */
function isPlain(text: string): boolean {
  return text !== "" && !/\p{Cc}/u.test(text);
}

function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ").slice(0, 60);
}
