/**
 * How a request fails: `application/problem+json` (RFC 9457) with a reason for people.
 *
 * @module
 */
import type { ContentfulStatusCode } from "hono/utils/http-status";

export interface ProblemBody {
  readonly title: string;
  readonly status: number;
  /** What is in the way, without a full stop. */
  readonly detail: string;
  /** Which fields of the request are wrong. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** Thrown by a route; `controlApp` makes the response of it. */
export class Problem extends Error {
  override name = "Problem";
  constructor(
    readonly status: ContentfulStatusCode,
    readonly title: string,
    readonly detail: string,
    readonly errors?: ProblemBody["errors"],
  ) {
    super(`${title}: ${detail}`);
  }

  toResponse(): Response {
    const { title, status, detail, errors } = this;
    const body: ProblemBody = { title, status, detail, ...(errors ? { errors } : {}) };
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/problem+json" },
    });
  }
}

export function notFound(detail: string): Problem {
  return new Problem(404, "Not found", detail);
}

/** The state does not allow it. */
export function refused(detail: string): Problem {
  return new Problem(409, "Refused", detail);
}
