/**
 * `dashboard`: where the page is, and how to get in. The token never stands in the address, which other users of the machine
 * could read in the process table.
 *
 * @module
 */
import { type Scope, SCOPES } from "../http/caller.ts";
import { faultOf, readTokens, tokensPath } from "../http/tokens.ts";
import type { HttpSpec } from "../model/config.ts";
import { NotListeningError } from "../ports/net.ts";
import { Command, examples, Option, printJson, printLine } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, EXIT, mistake } from "./errors.ts";
import { type IssuedToken, issueToken } from "./token.ts";

const WHAT = "open the dashboard";
const OPEN_MS = 15_000;
/** The first browser of a login stays in the foreground of xdg-open; nobody is to wait for it, nor to end it. */
const OPEN_SH = 'command -v "$0" >/dev/null || exit 127; "$0" "$1" </dev/null >/dev/null 2>&1 &';
const ANY_ADDRESS = new Set(["0.0.0.0", "::"]);

interface DashboardOptions {
  readonly open?: true;
  readonly token?: Scope;
  readonly expires?: string;
  readonly json?: true;
}

export function dashboardCommand(context: CliContext): CommandUnknownOpts {
  return new Command("dashboard")
    .description(
      "Print the address of the page in the browser, and say how to get in. It needs `http.listen` in the config, and a token: " +
        "`--token read` makes one that may look, `--token operate` one that may act, too.",
    )
    .option("--open", "open it in the browser of this machine")
    .addOption(
      new Option("--token <scope>", "make a token, to be pasted into the page")
        .choices(SCOPES.filter((scope) => scope !== "admin")),
    )
    .option("--expires <in>", "the token ends after so long, e.g. 12h; never when left out")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover dashboard", "where it is"],
        ["claude-failover dashboard --open --token operate --expires 12h", "act on it, for a day"],
        ["claude-failover dashboard --token read", "for a screen on the wall"],
      ),
    )
    .action((options) => dashboard(context, options as DashboardOptions));
}

async function dashboard(
  context: CliContext,
  { open, token: scope, expires, json }: DashboardOptions,
): Promise<void> {
  if (expires !== undefined && scope === undefined) {
    throw mistake(
      `Cannot ${WHAT}: --expires says how long a token is good, and none is made`,
      "say --token read or --token operate",
    );
  }
  const { config, path } = await context.loadConfig();
  const http = config.http?.listen ? config.http : null;
  if (!http) {
    throw mistake(
      `Cannot ${WHAT}: it is served over TCP, and ${path} has no http.listen`,
      "add `http: { listen: 127.0.0.1:4747 }` there, then `claude-failover stop` and start the daemon again; " +
        "the sessions live on",
    );
  }
  const url = addressOf(http);
  const missing = await whyNotServed(context, http);
  if (open && missing !== null) {
    throw new CliError(`Cannot ${WHAT}: ${missing.why}`, missing);
  }
  const issued = scope === undefined
    ? null
    : await issueToken(context, "make a token for the dashboard", {
      name: "dashboard",
      scope,
      expires,
    });
  if (json) printJson(context, { url, served: missing === null, token: issued?.text ?? null });
  else {
    printLine(context, url);
    if (issued) printLine(context, issued.text);
  }
  for (const line of await hints(context, issued)) context.stderr.write(`${line}\n`);
  if (missing !== null) {
    context.stderr.write(`It does not answer yet: ${missing.why}; ${missing.hint}\n`);
  }
  if (open) await openBrowser(context, url, http);
}

/** Under which a browser reaches it. */
export function addressOf({ listen, tls, hosts }: HttpSpec): string {
  const { hostname, port } = listen!;
  const own = hostname.includes(":") ? `[${hostname}]` : hostname;
  const host = ANY_ADDRESS.has(hostname) ? hosts[0] ?? "localhost" : own;
  const hasPort = /^(?:[^:]+|\[.+\]):\d+$/.test(host);
  return `${tls ? "https" : "http"}://${hasPort ? host : `${host}:${port}`}/`;
}

interface Missing {
  readonly why: string;
  readonly hint: string;
  readonly exit: typeof EXIT.noDaemon | typeof EXIT.failed;
}

/** The daemon took the address when it started; it may be down, or older than the file. */
async function whyNotServed(context: CliContext, { listen }: HttpSpec): Promise<Missing | null> {
  using client = await context.client();
  try {
    const { http } = await client.config();
    const taken = http?.listen ?? null;
    if (taken?.port === listen!.port && taken.hostname === listen!.hostname) return null;
    return {
      why: "the daemon that runs was started before http.listen was set so",
      hint: "`claude-failover stop`, and start it again; the sessions live on",
      exit: EXIT.failed,
    };
  } catch (error) {
    if (!(error instanceof NotListeningError)) throw error;
    return {
      why: "no daemon is running",
      hint: "start it with `claude-failover run`",
      exit: EXIT.noDaemon,
    };
  }
}

async function hints(context: CliContext, issued: IssuedToken | null): Promise<string[]> {
  if (issued) {
    const { id, scope } = issued.token;
    return [
      `Paste the token ${id} (${scope}) into the page. It is not shown again; the browser keeps it until its tab is closed.`,
    ];
  }
  const { files } = await context.ports();
  const { config } = await context.loadConfig();
  const now = context.clock.now();
  const good = (await readTokens(files, tokensPath(config)))
    .filter((token) => faultOf(token, now) === null);
  const known = good.map(({ id, name, scope }) => `${id} (${name}, ${scope})`).join(", ");
  return [
    ...(known === "" ? [] : [`Sign in there with a token that you have kept: ${known}.`]),
    `${
      known === "" ? "Sign in there with a token" : "Or with a new one"
    }: \`claude-failover dashboard --token read\` makes one that may look, \`--token operate\` one that may act.`,
  ];
}

async function openBrowser(
  context: CliContext,
  url: string,
  { listen }: HttpSpec,
): Promise<void> {
  const { port } = listen!;
  const { env, os } = context;
  const isMac = os === "darwin";
  if (!isMac && !env["DISPLAY"] && !env["WAYLAND_DISPLAY"]) {
    throw new CliError(`Cannot ${WHAT} in a browser: there is no screen here`, {
      hint:
        `from where you sit: \`ssh -L ${port}:127.0.0.1:${port} THIS_HOST\`, and open ${url} there`,
    });
  }
  const opener = isMac ? "open" : "xdg-open";
  const { processes } = await context.ports();
  const { code } = await processes.run(["sh", "-c", OPEN_SH, opener, url], { timeoutMs: OPEN_MS });
  if (code !== 0) {
    throw new CliError(`Cannot ${WHAT} in a browser: ${opener} is not installed`, {
      hint: `open ${url} by hand`,
    });
  }
}
