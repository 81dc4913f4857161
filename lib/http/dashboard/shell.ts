/**
 * What a browser gets before anybody has signed in: a page without a word of the state, its style and its script.
 *
 * A browser cannot send a token by navigating, so these three need none (docs/decisions/0009-dashboard.md).
 *
 * @module
 */
import css from "./page.css" with { type: "text" };
import js from "./page.js" with { type: "text" };

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>claude-failover</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dashboard.css">
<script src="/dashboard.js" type="module"></script>
<header>
<h1>claude-failover</h1>
<span id="link" role="status">Connecting</span>
<button id="sign-out" type="button" hidden>Sign out</button>
</header>
<main>
<form id="sign-in" hidden>
<h2>Sign in</h2>
<p>Make a token in a terminal, and paste it here: <code>claude-failover token create dashboard --scope read</code></p>
<p><label for="token">Token</label> <input id="token" type="password" required autocomplete="off">
<button>Sign in</button></p>
</form>
<div id="view"></div>
</main>
</html>
`;

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES: ReadonlyMap<string, readonly [type: string, text: string]> = new Map([
  ["/", ["text/html", PAGE]],
  ["/dashboard.css", ["text/css", css]],
  ["/dashboard.js", ["text/javascript", js]],
]);

/** Null: it is none of these, or more than looking. */
export function shellFile(method: string, path: string): Response | null {
  const file = method === "GET" ? FILES.get(path) : undefined;
  if (!file) return null;
  const [type, text] = file;
  return new Response(text, {
    headers: { "content-type": `${type}; charset=utf-8`, "content-security-policy": POLICY },
  });
}
