/**
 * What a browser gets before anybody has signed in: a page without a word of the state, its style and its scripts.
 *
 * A browser cannot send a token by navigating, so these need none (docs/decisions/0009-dashboard.md).
 *
 * @module
 */
import act from "./act.js" with { type: "text" };
import css from "./page.css" with { type: "text" };
import page from "./page.html" with { type: "text" };
import js from "./page.js" with { type: "text" };
import patch from "./patch.js" with { type: "text" };

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES: ReadonlyMap<string, readonly [type: string, text: string]> = new Map([
  ["/", ["text/html", page]],
  ["/dashboard/page.css", ["text/css", css]],
  ["/dashboard/page.js", ["text/javascript", js]],
  ["/dashboard/act.js", ["text/javascript", act]],
  ["/dashboard/patch.js", ["text/javascript", patch]],
]);

export const SHELL_PATHS: readonly string[] = [...FILES.keys()];

/** Null: it is none of these, or more than looking. */
export function shellFile(method: string, path: string): Response | null {
  const file = method === "GET" ? FILES.get(path) : undefined;
  if (!file) return null;
  const [type, text] = file;
  return new Response(text, {
    headers: { "content-type": `${type}; charset=utf-8`, "content-security-policy": POLICY },
  });
}
