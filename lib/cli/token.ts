/**
 * `token`: who may come over TCP, and how far. Works on the file itself, so it needs no daemon; a running one looks at it each second.
 *
 * @module
 */
import { type Scope, SCOPES } from "../http/caller.ts";
import {
  faultOf,
  makeToken,
  readTokens,
  type Token,
  tokensPath,
  writeTokens,
} from "../http/tokens.ts";
import { parseDuration } from "../model/duration.ts";
import { Command, examples, Option, printJson, printLine, renderOptions } from "./command.ts";
import type { CliContext, CommandUnknownOpts } from "./context.ts";
import { CliError, mistake } from "./errors.ts";
import { renderTokens } from "./render/token.ts";

export function tokenCommand(context: CliContext): CommandUnknownOpts {
  const token = new Command("token").description(
    "Tokens for programs that come over TCP (http.listen). On the unix socket nobody needs one.",
  );
  token.command("create")
    .summary("make one; it is shown this once")
    .description(
      "Make a token and print it on standard output. Only a hash of it is kept, so it cannot be shown again. " +
        "read: look at everything but screens and checkpoints; operate: also ask for moves, starts, tasks; " +
        "admin: also reload, tidy up and stop the daemon.",
    )
    .argument("<name>", "what it is for, in a word")
    .addOption(new Option("--scope <scope>", "how far it reaches").choices(SCOPES).default("read"))
    .option("--expires <in>", "it ends after so long, e.g. 30d; never when left out")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover token create grafana", "to look, and no more"],
        ["claude-failover token create ci --scope operate --expires 30d", "to act, for a month"],
      ),
    )
    .action((name, options) => create(context, name, options as CreateOptions));
  token.command("list")
    .summary("the tokens there are")
    .description(
      "List the tokens: what each is for, how far it reaches and whether it still counts.",
    )
    .option("--json", "as JSON, for programs")
    .addHelpText("after", examples(["claude-failover token list", "who may come"]))
    .action(async ({ json }) => {
      const { files } = await context.ports();
      const tokens = await readTokens(files, tokensPath((await context.loadConfig()).config));
      const now = context.clock.now();
      if (json) printJson(context, { tokens: tokens.map(withoutHash) });
      else printLine(context, renderTokens(tokens, now, renderOptions(context)));
    });
  token.command("revoke")
    .summary("let nobody in with it any more")
    .description("Revoke a token: within a second it is refused, and its open streams end.")
    .argument("<token>", "its id, or its name if no other has that")
    .addHelpText("after", examples(["claude-failover token revoke grafana", "it is gone"]))
    .action((word) => revoke(context, word));
  return token;
}

interface CreateOptions {
  readonly scope: Scope;
  readonly expires?: string;
  readonly json?: true;
}

const NAME = /^[\w.-]{1,64}$/;

async function create(
  context: CliContext,
  name: string,
  { scope, expires, json }: CreateOptions,
): Promise<void> {
  const what = `create the token ${name}`;
  if (!NAME.test(name)) {
    throw mistake(
      `Cannot create the token ${
        JSON.stringify(name.slice(0, 64))
      }: its name must be 1 to 64 letters, digits, dots, - or _`,
    );
  }
  const made = await issueToken(context, what, { name, scope, expires });
  if (json) return printJson(context, { ...withoutHash(made.token), token: made.text });
  printLine(context, made.text);
  context.stderr.write(
    `This is ${made.token.id} (${scope}). It is not shown again: keep it where only its user can read it.\n`,
  );
}

export type IssuedToken = ReturnType<typeof makeToken>;

/** Makes one and keeps its hash. `what` stands after "Cannot". */
export async function issueToken(
  context: CliContext,
  what: string,
  { name, scope, expires }: { name: string; scope: Scope; expires: string | undefined },
): Promise<IssuedToken> {
  const now = context.clock.now();
  const lifeMs = expires === undefined ? null : parseDuration(expires);
  if (expires !== undefined && !lifeMs) {
    throw mistake(`Cannot ${what}: ${expires} is no length of time`, "write it like 30d or 12h");
  }
  const made = makeToken({
    name,
    scope,
    expiresAt: lifeMs === null ? null : now + lifeMs,
    now,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  });
  await change(context, what, (tokens) => [...tokens, made.token]);
  return made;
}

async function revoke(context: CliContext, word: string): Promise<void> {
  const what = `revoke the token ${word}`;
  const now = context.clock.now();
  await change(context, what, (tokens) => {
    const live = tokens.filter((token) => faultOf(token, now) === null);
    const found = live.filter(({ id, name }) => id === word || name === word);
    if (found.length !== 1) {
      const known = live.map(({ id, name }) => `${id} (${name})`).join(", ");
      const why = found.length === 0 ? "there is none" : "several are called so; name its id";
      throw mistake(`Cannot ${what}: ${why}`, known ? `there are ${known}` : null);
    }
    return tokens.map((token) => token === found[0] ? { ...token, revokedAt: now } : token);
  });
  printLine(context, `${word} is revoked.`);
}

/** One change at a time, so that none is lost. */
async function change(
  context: CliContext,
  what: string,
  next: (tokens: Token[]) => Token[],
): Promise<void> {
  const { config } = await context.loadConfig();
  const { files } = await context.ports();
  const path = tokensPath(config);
  await files.makeDir(config.paths.stateDir, 0o700);
  using lock = await files.lock(`${path}.lock`);
  if (!lock) throw new CliError(`Cannot ${what}: another \`token\` command is at it`);
  await writeTokens(files, path, next(await readTokens(files, path)));
}

function withoutHash({ hash: _, ...token }: Token) {
  return token;
}
