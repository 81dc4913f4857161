/**
 * How a route is declared: the scope it needs, what it takes and what it answers, once for the checks and for OpenAPI.
 *
 * @module
 */
import { OpenAPIHono, z } from "@hono/zod-openapi";
import { type AppEnv, requires, type Scope } from "./caller.ts";
import { Problem } from "./problem.ts";

/** A schema of what a view's type says, neither more nor less. */
export type Of<T> = z.ZodType<T, T>;

/**
 * For a union whose members grow with the daemon: the field that tells them apart, and what else there is.
 *
 * The one place where a schema says less than its type.
 */
export function openUnion<T extends object>(tag: string, description: string): Of<T> {
  const schema = z.looseObject({ [tag]: z.string() }).openapi({ description });
  return schema as unknown as Of<T>;
}

/** A router whose checks answer with every field that is wrong. */
export function router() {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw badRequest(result.error.issues);
    },
  });
}

export function badRequest(issues: readonly z.core.$ZodIssue[]): Problem {
  const errors = issues.map(({ path, message }) => ({ path: path.join("."), message }));
  const detail = errors.map(({ path, message }) => path ? `${path}: ${message}` : message);
  return new Problem("bad-request", detail.join("; "), { errors });
}

export function needs(scope: Scope) {
  return { middleware: requires(scope), security: [{ token: [scope] }] };
}

export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** A body that must be there and be JSON. */
export function body<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } };
}

export const acceptedSchema = z.object({
  seq: z.int().openapi({
    description: "Its place in the journal; GET /v1/requests/SEQ says what became of it",
  }),
}).openapi("Accepted");

export const ACCEPTED = json(acceptedSchema, "Taken: it stands in the journal");

/** Answers `{seq}` with 202. */
export const TAKEN = { 202: ACCEPTED } as const;

/** One page of a list in the order it has, after the item with that id. */
export function page<T>(
  all: readonly T[],
  idOf: (item: T) => string,
  { after, limit }: { after?: string | undefined; limit: number },
): { items: T[]; next: string | null } {
  const from = after === undefined ? 0 : all.findIndex((item) => idOf(item) === after) + 1;
  if (after !== undefined && from === 0) {
    throw new Problem("gone", `the cursor ${after} is no longer in the list; begin anew`);
  }
  const items = all.slice(from, from + limit);
  const last = items.at(-1);
  return { items, next: last && from + limit < all.length ? idOf(last) : null };
}
