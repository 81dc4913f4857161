/**
 * `run --observe`: looks, says what the daemon would do, and then what changes. It writes no file, takes no lock,
 * starts no program but `tmux list-panes`, and runs no `claude`.
 *
 * @module
 */
import { dialogFindings } from "../../claude/account/trust.ts";
import { linkProblems } from "../../claude/links.ts";
import { readRegistry } from "../../claude/registry.ts";
import type { AccountSpec, Config } from "../../model/config.ts";
import type { Tmux } from "../../ports/tmux.ts";
import { printJson, printLine, renderOptions } from "../command.ts";
import type { CliContext, CliPorts } from "../context.ts";
import { wallTime } from "../../words/time.ts";
import { type AccountSight, changes, observation, type Sight } from "./observation.ts";
import { renderObservation } from "./render.ts";

const LOOK_MS = 2_000;

export async function observeWorld(
  context: CliContext,
  { once, json }: { readonly once: boolean; readonly json: boolean },
): Promise<void> {
  const { config, path } = await context.loadConfig();
  const ports = await context.ports();
  const tmux = ports.tmux(config.tmux.socket);
  let sight = await look(config, { ports, tmux, env: context.env });
  const report = observation(config, sight);
  if (json) printJson(context, { type: "report", config: path, ...report });
  else context.stdout.write(renderObservation(report, { ...renderOptions(context), path }));
  if (once) return;
  const signal = context.interrupted();
  if (!json) printLine(context, "\nWatching what changes; Ctrl-C ends it.");
  while (!signal.aborted) {
    await context.clock.sleep(LOOK_MS, signal).catch(() => {});
    if (signal.aborted) return;
    const now = await look(config, { ports, tmux, env: context.env });
    for (const what of changes(sight, now)) {
      const { at } = now;
      if (json) printJson(context, { type: "change", at, what });
      else printLine(context, `${wallTime(at, context.localTime)}  ${what}`);
    }
    sight = now;
  }
}

interface Eyes {
  readonly ports: CliPorts;
  readonly tmux: Tmux;
  readonly env: CliContext["env"];
}

async function look(config: Config, eyes: Eyes): Promise<Sight> {
  const { ports, tmux } = eyes;
  const [panes, ...accounts] = await Promise.all([
    tmux.panes().catch((error: unknown) => ({
      unknown: error instanceof Error ? error.message : String(error),
    })),
    ...config.accounts.map((account) => lookAtAccount(config, account, eyes)),
  ]);
  return { at: ports.clock.now(), panes, accounts };
}

async function lookAtAccount(
  config: Config,
  account: AccountSpec,
  { ports, env }: Eyes,
): Promise<AccountSight> {
  const { files, processes } = ports;
  const cwds = config.sessions
    .filter((s) => s.allowedAccounts.includes(account.id))
    .map((s) => s.cwd);
  const [entries, links] = await Promise.all([
    readRegistry(files, account.configDir),
    linkProblems(files, config, account),
  ]);
  // After a SIGKILL the entry stays.
  const living = await Promise.all(entries.map(async (entry) => {
    return await processes.identify(entry.pid) === null ? [] : [entry];
  }));
  const hasDir = links.every((problem) => problem.is !== "no-dir");
  const dialogs = hasDir
    ? await dialogFindings({ ports: { ...ports, env }, config, account }, cwds)
    : [];
  return {
    account: account.id,
    registry: living.flat(),
    linksToMake: links.filter((p) => p.is === "missing").map((p) => p.path),
    obstacles: [...links.filter((p) => p.is !== "missing"), ...dialogs]
      .map(({ what, hint }) => hint === null ? what : `${what} (${hint})`),
  };
}
