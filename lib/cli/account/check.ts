/**
 * `account check`: what stands in the way of work under an account, with what to do about it.
 *
 * @module
 */
import { type AccountReport, checkAccount, type Finding } from "../../claude/accounts.ts";
import type { AccountSpec, Config } from "../../model/config.ts";
import { countOf, printJson, printLine } from "../command.ts";
import type { CliContext } from "../context.ts";
import { EXIT, Exit } from "../errors.ts";
import { type Style, styleFor } from "../style.ts";
import { Underway, waiting } from "../waiting.ts";
import { accountOf, accountPorts, cwdsOf } from "./ask.ts";

/** One account, or all of them. Ends with exit code 1 when there is an error. */
export async function checkAccounts(
  context: CliContext,
  id: string | undefined,
  json: boolean,
): Promise<void> {
  const { config } = await context.loadConfig();
  const wanted = id === undefined ? config.accounts : [accountOf(config, id, `check ${id}`)];
  const underway = new Underway("checking");
  const checks = wanted.map((one) => underway.of(one.id, reportOn(context, config, one)));
  const reports = await waiting(context, () => underway.words(), Promise.all(checks));
  if (json) printJson(context, reports);
  else {
    const style = styleFor(context);
    printLine(context, reports.map((report) => renderReport(report, style)).join("\n\n"));
  }
  if (reports.some(hasError)) throw new Exit(EXIT.failed);
}

export async function reportOn(
  context: CliContext,
  config: Config,
  account: AccountSpec,
): Promise<AccountReport> {
  return await checkAccount(await accountPorts(context), config, account, {
    cwds: cwdsOf(config, account),
    now: context.clock.now(),
    localTime: context.localTime,
  });
}

export function hasError({ findings }: AccountReport): boolean {
  return findings.some(({ severity }) => severity === "error");
}

export function renderReport({ account, findings }: AccountReport, style: Style): string {
  const lines = findings.flatMap(({ severity, what, hint }) => [
    `  ${label(severity, style)} ${what}`,
    ...hint === null ? [] : [`          ${style.dim(hint)}`],
  ]);
  return [`${style.name(account)}: ${verdict(findings, style)}`, ...lines].join("\n");
}

function verdict(findings: readonly Finding[], style: Style): string {
  const count = (severity: Finding["severity"]) =>
    findings.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count("error"), count("warning")];
  const counts = [
    ...errors > 0 ? [style.bad(countOf(errors, "error"))] : [],
    ...warnings > 0 ? [style.warn(countOf(warnings, "warning"))] : [],
  ];
  return counts.length > 0 ? counts.join(", ") : style.good("in order");
}

function label(severity: Finding["severity"], style: Style): string {
  const padded = severity.padEnd(7);
  if (severity === "error") return style.bad(padded);
  return severity === "warning" ? style.warn(padded) : style.dim(padded);
}
