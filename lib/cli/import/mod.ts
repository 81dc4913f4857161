/**
 * `import`: a config for a pool that is run by hand or by scripts. It only looks; the daemon takes a session over once
 * its old process has ended.
 *
 * @module
 */
import { resolve } from "node:path";
import type { TmuxSocket } from "../../model/config.ts";
import { TmuxError } from "../../ports/tmux.ts";
import { tilde } from "../account/ask.ts";
import { Command, examples, printLine } from "../command.ts";
import type { CliContext, CommandUnknownOpts } from "../context.ts";
import { CliError, mistake } from "../errors.ts";
import { nextSteps } from "../pool/next.ts";
import { checkedText, placeOfConfig, writeConfig } from "../pool/write.ts";
import { waiting } from "../waiting.ts";
import { lookAtPool, type PoolSight } from "./look.ts";
import { propose } from "./propose.ts";

interface Options {
  readonly socket?: string | undefined;
  readonly configDir?: readonly string[] | undefined;
  readonly fresh?: boolean | undefined;
  readonly write?: boolean | undefined;
}

export function importCommand(context: CliContext): CommandUnknownOpts {
  return new Command("import")
    .description(
      "Propose the config for a pool that is run by hand or by scripts (launch-agent, graceful-switch, watchdog, " +
        "checkpoint-daemon): from the tmux sessions, config dirs and task queues there are. It only looks, and " +
        "prints the config unless --write. The config begins with mode off. A session of it goes on with the " +
        "conversation of its namesake as soon as that one's process has ended.",
    )
    .option("--socket <name>", "the tmux server of the pool: a name, or a path (default: yours)")
    .option("--config-dir <dir...>", "config dirs besides ~/.claude and ~/.claude-*")
    .option("--fresh", "sessions begin new conversations")
    .option("--write", "write the config, where none is yet")
    .addHelpText(
      "after",
      examples(
        ["claude-failover import", "what would be written"],
        ["claude-failover import --socket agents --write", "write it"],
      ),
    )
    .action((options) => run(context, options));
}

async function run(context: CliContext, options: Options): Promise<void> {
  const ports = await context.ports();
  const { home, env, cwd } = context;
  const what = "import the pool";
  const path = options.write
    ? await placeOfConfig(context, ports.files, what)
    : context.configNamed() ?? "config.yaml";
  const socket = socketOf(options.socket, context);
  const also = (options.configDir ?? []).map((dir) => resolve(cwd, dir));
  const looking = lookAtPool(ports, ports.tmux(socket), { home, env, also });
  const sight = await waiting(context, "looking at the pool", looking)
    .catch((cause) => {
      if (!(cause instanceof TmuxError)) throw cause;
      throw new CliError(`Cannot ${what}: ${cause.message}`, { cause });
    });
  refuseNothing(sight, socket);
  const { draft, remarks } = propose(sight, { home, adopt: !options.fresh });
  const text = checkedText(context, draft, path);
  const say = (line: string) =>
    options.write ? printLine(context, line) : context.stderr.write(`${line}\n`);
  if (options.write) await writeConfig(context, ports.files, { path, text });
  else context.stdout.write(`${text}\n`);
  for (const remark of remarks) say(remark);
  if (!options.write) return say("Nothing was written; `--write` does, where no config is yet.");
  say(`${tilde(path, home)} is written. The pool is as it was.`);
  for (const line of nextSteps(draft, sight.dirs)) say(line);
  if (draft.sessions.some(({ conversation }) => conversation !== null)) {
    say("A session is taken over when its old process has ended: leave it with /exit, then");
    say(
      "`claude-failover session start NAME`, or wait for the daemon's next try (10 min at most).",
    );
  }
}

/** The server that a plain `tmux` would talk to, unless one is named. */
function socketOf(named: string | undefined, { env, cwd }: CliContext): TmuxSocket {
  if (named !== undefined) {
    return named.includes("/") ? { path: resolve(cwd, named) } : { name: named };
  }
  const inside = env["TMUX"]?.split(",")[0];
  return inside ? { path: inside } : { name: "default" };
}

function refuseNothing({ dirs, sessions, empty }: PoolSight, socket: TmuxSocket): void {
  const server = "name" in socket ? `-L ${socket.name}` : `-S ${socket.path}`;
  if (dirs.length === 0) {
    throw mistake(
      "Cannot import a pool: there is no config dir of Claude Code",
      "name one with `--config-dir`, or begin with `claude-failover init`",
    );
  }
  if (sessions.length > 0) return;
  const there = empty.length > 0 ? ` (in ${empty.join(", ")} neither)` : "";
  throw mistake(
    `Cannot import a pool: no Claude Code runs on the tmux server ${server}${there}`,
    "name another with `--socket`, or begin with `claude-failover init`",
  );
}
