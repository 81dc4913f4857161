/**
 * A tool as data: what it takes, what it answers, how far a caller's scope must reach, and what it does by way of the
 * control plane's own routes. So a tool may what a request may, is checked as one, and leaves the same line in the journal.
 *
 * @module
 */
import type { z } from "zod";
import type { Scope } from "../http/caller.ts";
import type { Calls } from "../http/client.ts";

export interface Tool {
  readonly name: string;
  readonly title: string;
  /** For a model: when to use it, and what comes back. */
  readonly description: string;
  readonly scope: Scope;
  readonly hints: Hints;
  readonly input: z.ZodObject;
  /** Of an object. */
  readonly output: z.ZodType;
  run(calls: Calls, args: unknown): Promise<object>;
}

/** The words of the protocol; all of these tools touch this pool and nothing else. */
interface Hints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: false;
}

interface Spec<I extends z.ZodObject, O> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: I;
  readonly output: z.ZodType<O, O>;
  run(calls: Calls, args: z.output<I>): Promise<O>;
}

/** It looks, and changes nothing. */
export function looking<I extends z.ZodObject, O extends object>(spec: Spec<I, O>): Tool {
  const hints = { readOnlyHint: true, destructiveHint: false, idempotentHint: true } as const;
  return made(spec, "read", { ...hints, openWorldHint: false });
}

/** It changes something; `destructive`: what is under way may be cut. */
export function acting<I extends z.ZodObject, O extends object>(
  spec: Spec<I, O> & { readonly destructive: boolean; readonly idempotent: boolean },
): Tool {
  return made(spec, "operate", {
    readOnlyHint: false,
    destructiveHint: spec.destructive,
    idempotentHint: spec.idempotent,
    openWorldHint: false,
  });
}

function made<I extends z.ZodObject, O extends object>(
  { name, title, description, input, output, run }: Spec<I, O>,
  scope: Scope,
  hints: Hints,
): Tool {
  return {
    ...{ name, title, description, scope, hints, input, output },
    // The server has checked them against `input` before.
    run: (calls, args) => run(calls, args as z.output<I>),
  };
}
