/**
 * What is done about a dialog. Pure.
 *
 * Few have an answer that loses nothing and grants nothing, and those are chosen. Trust, permissions, logins and whatever costs
 * money are a person's word, and what is not known here is left alone.
 *
 * @module
 */
import type { DialogKind } from "../model/dialog.ts";
import type { Dialog } from "./dialogs.ts";

export type Answer =
  | { readonly do: "choose"; readonly option: string }
  /** `why` a person has to answer it. */
  | { readonly do: "hand over"; readonly why: string };

export interface Circumstances {
  /** `claude.answer_dialogs`. */
  readonly allowed: boolean;
  /** We have begun to stop the run. */
  readonly stopping: boolean;
}

/**
 * The option that loses and grants nothing. The limit menu also sells (usage credits, another plan): that is never
 * chosen, whatever else it offers. `exit` at background work is only ours to say where we end the session ourselves.
 */
const SAFE: Readonly<
  Partial<Record<DialogKind, { readonly option: string; readonly onlyStopping?: true }>>
> = {
  limit: { option: "stop" },
  resume: { option: "whole" },
  background: { option: "exit", onlyStopping: true },
};

export function answerTo({ kind, options }: Dialog, circumstances: Circumstances): Answer {
  const safe = SAFE[kind];
  if (!safe) return handOver(kind === "unknown" ? "it is not known here" : "it is for a person");
  if (!circumstances.allowed) return handOver("claude.answer_dialogs is false");
  if (safe.onlyStopping && !circumstances.stopping) return handOver("it is for a person");
  const fitting = options.filter(({ name }) => name === safe.option);
  if (fitting.length !== 1) return handOver(`its option "${safe.option}" is not there`);
  return { do: "choose", option: safe.option };
}

/** The one key that brings the option nearer, or chooses it. Never a digit: some dialogs take one for the choice itself. */
export function keyTo(
  { options, selected }: Dialog,
  option: string,
): "Up" | "Down" | "Enter" | null {
  const wanted = options.findIndex(({ name }) => name === option);
  if (wanted < 0 || selected === null) return null;
  if (wanted === selected) return "Enter";
  return wanted < selected ? "Up" : "Down";
}

function handOver(why: string): Answer {
  return { do: "hand over", why };
}
