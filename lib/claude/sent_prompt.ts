/**
 * A prompt that is typed into a session for somebody: where its text lies, what is typed of it, and how it is known again.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Config } from "../model/config.ts";
import type { Files } from "../ports/files.ts";

/** One folder, 0700; each text in a file of its own, 0600. */
export function sendsDir(config: Config): string {
  return `${config.paths.stateDir}/sends`;
}

export function sendPath(config: Config, send: string): string {
  return `${sendsDir(config)}/${send}.txt`;
}

/** What was seen to arrive letter by letter in chunks of 400 (2.1.330). */
const TYPED_MAX = 1_500;

/**
 * What is typed so that Claude Code takes the text as a person's own words: the text, or the request to read it in its
 * file. The latter for what the input box would not take as it is: more lines than one, control characters, a
 * beginning that means something (`/`, `!`, `#`, `?`), an `@`, which opens a list that takes the Enter, and a `\` at the end.
 */
export function typedPrompt(text: string, path: string): string {
  const said = text.trim();
  const isPlain = said.length <= TYPED_MAX && /^[^/!#?\p{Cc}\s]/u.test(said) &&
    !/\p{Cc}|(^|\s)@|\\$/u.test(said);
  if (isPlain) return said;
  return `Read the file ${path} now and do what it says: it is a prompt for you, which was too long to be typed.`;
}

/** Why nobody could tell whether such a text was taken, or null. */
export function unsendable(text: string): string | null {
  const said = text.trim();
  if (said === "") return "the text is empty";
  // Neither fires UserPromptSubmit (2.1.330). `/etc/hosts is wrong` is no command.
  if (/^\/[\w:-]+(\s|$)/.test(said)) {
    return "it is a command of Claude Code, which is for a person to type";
  }
  if (said.startsWith("!")) return "it begins with !, which a shell would run";
  return null;
}

/** Tells a prompt from others without keeping what it says; spaces do not count. */
export function promptDigest(text: string): string {
  return createHash("sha256").update(squeezed(text)).digest("hex").slice(0, 16);
}

/** As the screen breaks lines where it likes, spaces tell nothing. */
export function squeezed(text: string): string {
  return text.replaceAll(/\s/g, "");
}

/** What becomes of a text that is to be typed, and how to keep it until then. */
export function sentPrompt(
  files: Files,
  config: Config,
  { id, text }: { readonly id: string; readonly text: string },
): { unsendable: string | null; digest: string; keep(): Promise<void> } {
  const path = sendPath(config, id);
  return {
    unsendable: unsendable(text),
    digest: promptDigest(typedPrompt(text, path)),
    async keep() {
      await files.makeDir(sendsDir(config), 0o700);
      await files.writeAtomic(path, text, 0o600);
    },
  };
}
