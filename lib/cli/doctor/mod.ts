/**
 * `doctor`: checks the machine, the config and the accounts, and says what mends each finding.
 *
 * @module
 */
import { mend, mendWords } from "../../claude/account/mend.ts";
import { checkAccount } from "../../claude/accounts.ts";
import { controlSocket } from "../../http/socket.ts";
import type { AccountSpec, Config } from "../../model/config.ts";
import { NotListeningError } from "../../ports/net.ts";
import { Command, examples, printJson, printLine, renderOptions } from "../command.ts";
import type { CliContext, CliPorts, CommandUnknownOpts } from "../context.ts";
import { CliError, EXIT, Exit } from "../errors.ts";
import { Underway, waiting } from "../waiting.ts";
import { type Check, error, ok, warning } from "./check.ts";
import { checkChannels } from "./channels.ts";
import { checkFolders } from "./folders.ts";
import { checkMachine } from "./machine.ts";
import { checkPrograms } from "./programs.ts";
import { checkServerPlace } from "./server_place.ts";

export function doctorCommand(context: CliContext): CommandUnknownOpts {
  return new Command("doctor")
    .description(
      "Check the programs, the config, the folders and the accounts. Each finding comes with what mends it. " +
        "Exits with 1 when something is wrong.",
    )
    .option("--fix", "first mend what can be mended without a loss, and say what was done")
    .option("--json", "as JSON, for programs")
    .addHelpText(
      "after",
      examples(
        ["claude-failover doctor", "after the set-up, and when something is odd"],
        ["claude-failover doctor --fix", "make folders private and missing links, then check"],
      ),
    )
    .action(async ({ fix, json }) => {
      const found = await examine(context);
      const mended = fix ? await mendAll(context, found) : [];
      const checks = mended.length > 0 ? [...mended, ...await examine(context)] : found;
      if (json) printJson(context, checks);
      else for (const line of render(checks, context)) printLine(context, line);
      if (checks.some((check) => check.is === "error")) throw new Exit(EXIT.failed);
    });
}

async function examine(context: CliContext): Promise<Check[]> {
  const ports = await context.ports();
  const { env } = context;
  const [configCheck, config] = await checkConfig(context);
  const machine = { processes: ports.processes, env, os: Deno.build.os, deno: Deno.version.deno };
  const underway = new Underway("checking");
  const checks = [
    underway.of("the programs", checkPrograms(machine, config)),
    ...(config
      ? [
        checkServerPlace(ports, config),
        underway.of("the folders", checkFolders(ports, config, env)),
        underway.of("the machine", checkMachine({ ...ports, env, os: machine.os }, config)),
        ...config.accounts.map((a) => underway.of(a.id, checkOne(a, config, ports, context))),
        underway.of("the channels", checkChannels(ports, config, env)),
        underway.of("the daemon", checkDaemon(context, config)),
      ]
      : []),
  ];
  const [programs, ...rest] = await waiting(context, () => underway.words(), Promise.all(checks));
  return [...programs!, configCheck, ...rest.flat()];
}

/** One line for each thing that was mended, or could not be. */
async function mendAll(context: CliContext, checks: readonly Check[]): Promise<Check[]> {
  const wanted = checks.flatMap((check) => check.mend ?? []);
  if (wanted.length === 0) return [];
  const [{ files }, { config }] = [await context.ports(), await context.loadConfig()];
  const seen = new Map(wanted.map((one) => [JSON.stringify(one), one]));
  return await Promise.all([...seen.values()].map(async (one) => {
    try {
      await mend(files, config, one);
      return ok("mended", mendWords(one));
    } catch (problem) {
      const what = problem instanceof Error ? problem.message : String(problem);
      return error("not mended", what, "mend it by hand, as below");
    }
  }));
}

async function checkConfig(context: CliContext): Promise<[Check, Config | null]> {
  try {
    const { config, path } = await context.loadConfig();
    return [ok("config", path), config];
  } catch (problem) {
    if (!(problem instanceof CliError)) throw problem;
    return [error("config", problem.message, problem.hint ?? "correct the lines above"), null];
  }
}

async function checkOne(
  account: AccountSpec,
  config: Config,
  { files, processes, clock }: CliPorts,
  { env, localTime }: CliContext,
): Promise<Check[]> {
  const cwds = config.sessions
    .filter((s) => s.allowedAccounts.includes(account.id))
    .map((s) => s.cwd);
  const { findings } = await checkAccount({ files, processes, env }, config, account, {
    ...{ cwds, localTime },
    now: clock.now(),
  });
  const of = `account ${account.id}`;
  const more = `claude-failover account check ${account.id}`;
  const found = findings.flatMap(({ severity, what, hint, mend }) => {
    if (severity === "info") return [];
    return severity === "error" ? error(of, what, hint ?? more) : warning(of, what, hint, mend);
  });
  const isReady = !found.some(({ is }) => is === "error");
  return isReady ? [ok(of, "ready to take work"), ...found] : found;
}

/** Nobody listening is no fault: most checks are made before the first start. */
async function checkDaemon(context: CliContext, config: Config): Promise<Check[]> {
  const path = controlSocket(config);
  using client = await context.client();
  try {
    const { daemon } = await client.status();
    return [ok("daemon", daemon.phase === "down" ? "starting" : `it runs, pid ${daemon.pid}`)];
  } catch (problem) {
    if (problem instanceof NotListeningError) {
      return [ok("daemon", "none is running; `claude-failover run` starts one")];
    }
    const what = problem instanceof Error ? problem.message : String(problem);
    return [error("daemon", `${path} does not answer: ${what}`, "claude-failover stop")];
  }
}

function render(checks: readonly Check[], context: CliContext): string[] {
  const { style } = renderOptions(context);
  const width = Math.max(...checks.map(({ of }) => of.length));
  const marks = { ok: style.good("✓"), warning: style.warn("!"), error: style.bad("✗") };
  const lines = checks.flatMap(({ of, is, what, hint }) => {
    const [first, ...more] = what.split("\n");
    const indent = " ".repeat(width + 6);
    return [
      `  ${marks[is]} ${of.padEnd(width)}  ${first}`,
      ...more.map((line) => `${indent}${line}`),
      ...(hint === null ? [] : [`${indent}${style.dim("→")} ${hint}`]),
    ];
  });
  const mendable = checks.filter((check) => check.mend).length;
  if (mendable > 0) {
    lines.push(style.dim(`claude-failover doctor --fix mends ${mendable} of these.`));
  }
  const wrong = checks.filter((check) => check.is === "error").length;
  const odd = checks.filter((check) => check.is === "warning").length;
  const well = odd === 0 ? "All is well." : `Nothing stands in the way; ${odd} to look at.`;
  return [...lines, wrong === 0 ? style.good(well) : style.bad(`${wrong} to mend.`)];
}
