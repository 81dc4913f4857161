/**
 * `account add`: a config dir of its own, the links, the lines for the config, and the way to Claude Code's
 * own sign-in. Done again it does what is left; the credential is never touched.
 *
 * @module
 */
import { resolve } from "node:path";
import { type AccountReport, isEnding } from "../../claude/accounts.ts";
import { trustProblem } from "../../claude/account/trust.ts";
import { readClaudeJson } from "../../claude/account/claude_json.ts";
import { shWord } from "../../claude/shell.ts";
import { LinkError, makeLinks } from "../../claude/links.ts";
import { ConfigError, loadConfig } from "../../config.ts";
import { nameFault } from "../../config/names.ts";
import { sayPath } from "../../config/problem.ts";
import type { AccountKind, AccountSpec, Config } from "../../model/config.ts";
import type { Files } from "../../ports/files.ts";
import { printLine } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError, EXIT, Exit, mistake } from "../errors.ts";
import { reloadIfRunning } from "../reload.ts";
import { styleFor } from "../style.ts";
import { accountPorts, cwdsOf, tilde } from "./ask.ts";
import { hasError, renderReport, reportOn } from "./check.ts";
import { refuseBadPlace } from "./place.ts";
import { signIn } from "./sign_in.ts";
import { accountLines, type NewAccount, withAccount } from "./yaml.ts";

export interface AddOptions {
  readonly configDir?: string | undefined;
  readonly kind?: AccountKind | undefined;
  /** The folder to open Claude Code in. */
  readonly in?: string | undefined;
  readonly write?: boolean | undefined;
  /** False: only make the config dir. */
  readonly signIn: boolean;
}

export async function addAccount(
  context: CliContext,
  id: string,
  options: AddOptions,
): Promise<void> {
  const ports = await accountPorts(context);
  const { account, config, draft } = await planned(context, ports.files, id, options);
  await refuseBadPlace(ports, config, account);
  await makeHome(ports.files, config, account);
  printLine(context, `${tilde(account.configDir, context.home)} is ready.`);
  if (draft) await tellConfig(context, ports.files, draft, options.write ?? false);
  const before = await reportOn(context, config, account);
  const mustSignIn = options.signIn &&
    (hasError(before) || isEnding(before.login, context.clock.now()));
  if (mustSignIn && context.canAsk) {
    const cwd = options.in ?? await firstUntrusted(ports.files, config, account);
    const where = { account, login: before.login, cwd: resolve(context.cwd, cwd ?? context.home) };
    await signIn(context, config, where);
    return report(context, await reportOn(context, config, account));
  }
  printLine(context, renderReport(before, styleFor(context)));
  if (!mustSignIn) return;
  printLine(context, "To sign in and answer Claude Code's questions, type on a terminal:");
  printLine(context, `  ${commandAgain(id, options).map(shWord).join(" ")}`);
}

/** What does the rest, on a terminal. */
function commandAgain(id: string, { configDir, kind, in: cwd, write }: AddOptions): string[] {
  // With --write the config knows the account by now.
  const options = write
    ? { "--in": cwd }
    : { "--config-dir": configDir, "--kind": kind, "--in": cwd };
  const words = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value]
  );
  return ["claude-failover", "account", "add", id, ...words];
}

/** An account that the config does not have yet. */
interface Draft {
  readonly added: NewAccount;
  readonly path: string;
  /** The whole file with it. */
  readonly text: string;
}

/** The account as the config has it, or as it will have it. */
async function planned(
  context: CliContext,
  files: Files,
  id: string,
  options: AddOptions,
): Promise<{ account: AccountSpec; config: Config; draft: Draft | null }> {
  const { config, path } = await context.loadConfig();
  const known = config.accounts.find((one) => one.id === id);
  const wanted = options.configDir === undefined
    ? undefined
    : resolve(context.cwd, options.configDir);
  if (known) {
    refuseOther(id, "config_dir", known.configDir, wanted);
    refuseOther(id, "kind", known.kind, options.kind);
    return { account: known, config, draft: null };
  }
  const fault = nameFault(id);
  if (fault) throw mistake(`Cannot add the account ${id}: its name ${fault.what}`, fault.hint);
  const configDir = tilde(wanted ?? `${context.home}/.claude-${id}`, context.home);
  const added = { id, kind: options.kind ?? "subscription", configDir };
  const text = withAccount(await files.read(path) ?? "", added);
  try {
    const { env, home } = context;
    const extended = loadConfig(text, { path, env, home });
    const account = extended.accounts.find((one) => one.id === id)!;
    return { account, config: extended, draft: { added, path, text } };
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    const [first] = cause.problems;
    const why = `${sayPath(first!.path)} ${first!.what}`;
    throw mistake(`Cannot add the account ${id}: with it, ${why}`, first!.hint);
  }
}

function refuseOther(id: string, key: string, has: string, wanted: string | undefined): void {
  if (wanted === undefined || wanted === has) return;
  throw mistake(
    `Cannot add the account ${id}: the config has it with ${key} ${has}`,
    "leave the option out, or change the config",
  );
}

async function makeHome(files: Files, config: Config, account: AccountSpec): Promise<void> {
  await files.makeDir(account.configDir, 0o700);
  try {
    await makeLinks(files, config, account);
  } catch (cause) {
    if (!(cause instanceof LinkError)) throw cause;
    const [first, ...others] = cause.problems;
    const more = others.map(({ what, hint }) => `\n${what}: ${hint}`).join("");
    throw new CliError(`Cannot link what the accounts share: ${first!.what}${more}`, {
      hint: first!.hint,
      cause,
    });
  }
}

async function tellConfig(
  context: CliContext,
  files: Files,
  { added, path, text }: Draft,
  write: boolean,
): Promise<void> {
  const shown = tilde(path, context.home);
  if (write) {
    const mode = (await files.stat(path))?.mode ?? 0o600;
    // Through a link to where the file really is: a link to dotfiles stays one.
    await files.writeAtomic(await files.realPath(path) ?? path, text, mode & 0o777);
    printLine(context, `${shown} has it now.`);
    await reloadIfRunning(context);
    return;
  }
  printLine(context, `Add this to \`accounts\` in ${shown} (or use --write):`);
  printLine(context, "");
  for (const line of accountLines(added)) printLine(context, line);
  printLine(context, "");
}

/** Where Claude Code would ask for trust: to be opened there answers one question more. */
async function firstUntrusted(
  files: Files,
  config: Config,
  account: AccountSpec,
): Promise<string | null> {
  const noted = await readClaudeJson(files, account);
  const trusted = noted === null || noted === "unreadable" ? new Set<string>() : noted.trusted;
  for (const cwd of cwdsOf(config, account)) {
    const problem = await trustProblem(files, { trusted }, cwd);
    if (problem?.where) return problem.where;
  }
  return null;
}

function report(context: CliContext, found: AccountReport): void {
  printLine(context, renderReport(found, styleFor(context)));
  if (hasError(found)) throw new Exit(EXIT.failed);
}
