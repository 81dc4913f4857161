/**
 * What may stand where the cursor is, by the commands there are. Pure: words in, a kind of word out.
 *
 * @module
 */
import type { CommandUnknownOpts } from "../context.ts";

export interface Candidate {
  readonly value: string;
  /** In a few words; empty when there is nothing to say. */
  readonly about: string;
}

export type NameKind = "session" | "account" | "project" | "task" | "channel";

export type Wanted =
  | { readonly is: "words"; readonly words: readonly Candidate[] }
  | { readonly is: "names"; readonly of: NameKind }
  | { readonly is: "files" | "dirs" | "nothing" };

export interface Place {
  readonly wanted: Wanted;
  /** What is typed of the word so far. */
  readonly typed: string;
  /** What `--config` said on the line. */
  readonly config: string | undefined;
}

const NOTHING: Wanted = { is: "nothing" };

/** By command and argument or option; what is not here can only be typed. A test walks every command. */
const KINDS: readonly (readonly [place: RegExp, wanted: Wanted])[] = [
  [/^session pin <account>$/, { is: "names", of: "account" }],
  [/^session \w+ <name>$/, { is: "names", of: "session" }],
  [/^checkpoint \w+ <session>$/, { is: "names", of: "session" }],
  [/^task \w+ <task>$/, { is: "names", of: "task" }],
  [/^task move <project>$/, { is: "names", of: "project" }],
  [/^task \w+ --project$/, { is: "names", of: "project" }],
  [/^task add <file>$/, { is: "files" }],
  [/^projects remove <id>$/, { is: "names", of: "project" }],
  [/^projects add --accounts$/, { is: "names", of: "account" }],
  [/^projects add <path>$/, { is: "dirs" }],
  [/^account (check|add) <id>$/, { is: "names", of: "account" }],
  [/^account add --(config-dir|in)$/, { is: "dirs" }],
  [/^quota <account>$/, { is: "names", of: "account" }],
  [/^env <account>$/, { is: "names", of: "account" }],
  [/^failover --(to|from)$/, { is: "names", of: "account" }],
  [/^notify test <channel>$/, { is: "names", of: "channel" }],
  [/^notify history --channel$/, { is: "names", of: "channel" }],
  [/^notify silence --session$/, { is: "names", of: "session" }],
  [/^notify silence --account$/, { is: "names", of: "account" }],
  [/^notify silence --project$/, { is: "names", of: "project" }],
  [/^checkpoint restore --to$/, { is: "dirs" }],
  [/^share --(dir|shared)$/, { is: "dirs" }],
  [/^init --project$/, { is: "dirs" }],
  [/^import --config-dir$/, { is: "dirs" }],
  [/^--config$/, { is: "files" }],
];

interface ValueOwner {
  readonly description: string;
  readonly argChoices?: readonly string[] | undefined;
}

/** `words` are those after the program's name up to the cursor; the last one is being typed and may be empty. */
export function placeAt(root: CommandUnknownOpts, words: readonly string[]): Place {
  let command = root;
  let owner: Option | null = null;
  let given = 0;
  let ended = false;
  let config: string | undefined;
  const before = words.slice(0, -1);
  for (const [i, word] of before.entries()) {
    if (owner && word === "=" && before[i - 1]?.startsWith("--")) continue; // bash cuts --option=value there
    if (owner && !isOption(word, ended)) {
      if (owner.long === "--config") config = word;
      if (!owner.variadic) owner = null;
      continue;
    }
    owner = null;
    if (word === "--") ended = true;
    else if (isOption(word, ended)) owner = valueOption(command, word);
    else {
      const sub = given === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (sub) command = sub;
      else given++;
    }
  }
  const last = words.at(-1) ?? "";
  const typed = (owner && last === "=" ? "" : last).replace(/^["']/, "");
  const place = (wanted: Wanted): Place => ({ wanted, typed, config });
  if (isOption(typed, ended)) return place({ is: "words", words: optionsOf(command) });
  if (owner) return place(valueOf(owner, `${pathOf(command)} ${owner.long}`.trim()));
  if (given === 0 && command.commands.length > 0) {
    return place({ is: "words", words: commandsOf(command) });
  }
  const args = command.registeredArguments;
  const arg = args[given] ?? (args.at(-1)?.variadic ? args.at(-1) : undefined);
  return place(arg ? valueOf(arg, `${pathOf(command)} <${arg.name()}>`) : NOTHING);
}

/** What the value at this place, such as `session show <name>` or `failover --to`, may be. */
export function valueOf({ argChoices }: ValueOwner, place: string): Wanted {
  if (argChoices) {
    return { is: "words", words: argChoices.map((value) => ({ value, about: "" })) };
  }
  // An option of the whole program may stand behind any command.
  const own = place.slice(place.lastIndexOf(" ") + 1);
  return KINDS.find(([at]) => at.test(place) || at.test(own))?.[1] ?? NOTHING;
}

type Option = CommandUnknownOpts["options"][number];

function isOption(word: string, ended: boolean): boolean {
  return !ended && word.startsWith("-") && word !== "-";
}

/** The option that the word names, when its value is the next word. */
function valueOption(command: CommandUnknownOpts, word: string): Option | null {
  const option = chainOf(command).flatMap((one) => one.options)
    .find(({ long, short }) => word === long || word === short);
  return option && (option.required || option.optional) ? option : null;
}

function optionsOf(command: CommandUnknownOpts): Candidate[] {
  const options = chainOf(command).flatMap((one) => one.options).filter(({ hidden }) => !hidden);
  const named = options.map(({ long, short, description }) => ({
    value: long ?? short ?? "",
    about: description,
  }));
  return [...named, { value: "--help", about: "say what a command takes" }];
}

function commandsOf(command: CommandUnknownOpts): Candidate[] {
  const subs = command.commands.map((sub) => ({ value: sub.name(), about: sub.summary() }));
  return command.parent ? subs : [...subs, { value: "help", about: "the same as COMMAND --help" }];
}

function chainOf(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return command.parent ? [command, ...chainOf(command.parent)] : [command];
}

/** Without the program's own name. */
function pathOf(command: CommandUnknownOpts): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : "";
}
