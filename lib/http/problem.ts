/**
 * How a request fails: `application/problem+json` (RFC 9457) with a type for programs and a reason for people.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { TmuxError } from "../ports/tmux.ts";
import { JournalError } from "../runtime/journal.ts";

/** The last part of each `type`; a kind keeps its name and its status for ever. */
const KINDS = {
  "bad-request": { status: 400, title: "Bad request" },
  "unauthorized": { status: 401, title: "Unauthorized" },
  "forbidden": { status: 403, title: "Forbidden" },
  "not-found": { status: 404, title: "Not found" },
  "too-slow": { status: 408, title: "Too slow" },
  "refused": { status: 409, title: "Refused" },
  "config-fixed": { status: 409, title: "Config rejected" },
  "gone": { status: 410, title: "Gone" },
  "too-large": { status: 413, title: "Too large" },
  "wrong-host": { status: 421, title: "Wrong host" },
  "config-invalid": { status: 422, title: "Config rejected" },
  "key-reused": { status: 422, title: "Idempotency-Key reused" },
  "too-many": { status: 429, title: "Too many requests" },
  "internal": { status: 500, title: "Internal error" },
  "journal-failed": { status: 500, title: "The journal failed" },
  "tmux-failed": { status: 502, title: "tmux failed" },
  "busy": { status: 503, title: "Busy" },
  "not-ready": { status: 503, title: "Not ready" },
} as const satisfies Record<string, { status: ContentfulStatusCode; title: string }>;

export type ProblemKind = keyof typeof KINDS;

export const problemSchema = z.object({
  type: z.string().openapi({ example: problemType("refused") }),
  title: z.string(),
  status: z.int(),
  detail: z.string().openapi({ description: "What is in the way, without a full stop" }),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional()
    .openapi({ description: "Which fields of the request are wrong; of not-ready, which parts" }),
}).openapi("Problem");

export type ProblemBody = z.infer<typeof problemSchema>;

export function problemType(kind: ProblemKind): string {
  return `urn:claude-failover:${kind}`;
}

/** Thrown by a route; `controlApp` makes the response of it. */
export class Problem extends Error {
  override name = "Problem";
  readonly status: (typeof KINDS)[ProblemKind]["status"];
  readonly title: string;

  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly more: {
      readonly errors?: readonly { readonly path: string; readonly message: string }[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(`${KINDS[kind].title}: ${detail}`);
    this.status = KINDS[kind].status;
    this.title = KINDS[kind].title;
  }

  toResponse(): Response {
    const { kind, title, status, detail, more: { errors, headers } } = this;
    const body = { type: problemType(kind), title, status, detail, ...(errors ? { errors } : {}) };
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/problem+json", ...headers },
    });
  }
}

export function notFound(detail: string): Problem {
  return new Problem("not-found", detail);
}

/** The state does not allow it. */
export function refused(detail: string): Problem {
  return new Problem("refused", detail);
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) return new Problem("bad-request", error.message);
  if (error instanceof TmuxError) return new Problem("tmux-failed", error.message);
  if (error instanceof JournalError) return new Problem("journal-failed", error.message);
  return new Problem("internal", error instanceof Error ? error.message : String(error));
}
