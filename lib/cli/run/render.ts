/**
 * The report of `run --observe` as a page of text.
 *
 * @module
 */
import { countOf } from "../command.ts";
import type { RenderOptions } from "../render/status.ts";
import { table } from "../render/table.ts";
import { wrap } from "../render/wrap.ts";
import { type AccountSight, type AtLimit, type Observation, statusWords } from "./observation.ts";

export interface ObservationRenderOptions extends RenderOptions {
  /** Of the config file. */
  readonly path: string;
}

export function renderObservation(seen: Observation, options: ObservationRenderOptions): string {
  const { style, path } = options;
  const section = (title: string, body: string) => `${style.bold(title)}\n${body}`;
  const parts = [
    `Nothing is touched. The daemon would do this (mode ${seen.mode}, ${path}):`,
    section("Sessions, where the config has them", sessions(seen, options)),
    section(
      "Accounts, not asked who is signed in (`claude-failover account check` does)",
      seen.accounts.map((a) => account(a, options)).join("\n"),
    ),
    section("At a limit", seen.atLimit.map((at) => limit(at, options)).join("\n")),
    seen.byHand.length > 0 ? section("Left alone", byHand(seen)) : "",
  ];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

function sessions({ sessions }: Observation, options: RenderOptions): string {
  if (sessions.length === 0) return "  none: name some under `sessions` in the config";
  const rows = sessions.map(({ name, would, account, cwd, why }) => {
    const { style } = options;
    const verb = would === "start" || would === "adopt" ? style.good(would) : style.warn(would);
    return [name, verb, style.name(account), why, style.dim(cwd)];
  });
  return table(["SESSION", "WOULD", "ACCOUNT", "WHY", "IN"], rows, options);
}

function account(seen: AccountSight, { columns, style }: RenderOptions): string {
  const { registry, linksToMake, obstacles } = seen;
  const isReady = linksToMake.length + obstacles.length === 0;
  const runs = registry.length === 0 ? "no Claude Code runs" : `${registry.length} running`;
  return [
    `  ${style.name(seen.account)}: ${isReady ? `${style.good("in order")}, ` : ""}${runs}`,
    ...linksToMake.map((path) => `    would link ${path}`),
    ...obstacles.flatMap((what) => wrap(`    ! ${what}`, columns, 6)).map(style.warn),
  ].join("\n");
}

function limit(
  { account, would, to, moves, stays, candidates, why }: AtLimit,
  { columns, style }: RenderOptions,
): string {
  const verb = would === "move" ? "would move" : "would be proposed to move";
  const head = would === "stay"
    ? style.warn("nothing would be moved")
    : `${countOf(moves.length, "session")} ${verb} to ${style.name(to ?? "?")}`;
  const notes = [
    ...(would === "stay" ? [why] : [moves.join(", ")]),
    ...stays.map(({ session, why }) => `${session} stays: ${why}`),
    ...candidates.flatMap((c) => c.rejected === null ? [] : [`not ${c.account}: ${c.rejected}`]),
  ];
  const said = notes.flatMap((note) => wrap(`    ${note}`, columns, 6)).map(style.dim);
  return [`  ${style.name(account)}: ${head}`, ...said].join("\n");
}

function byHand({ byHand }: Observation): string {
  return byHand.map(({ account, entry }) => {
    const where = entry.cwd === null ? "" : ` in ${entry.cwd}`;
    return `  claude ${entry.pid} under ${account}${where}: ${statusWords(entry)}, started by hand`;
  }).join("\n");
}
