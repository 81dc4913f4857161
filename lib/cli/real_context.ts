/**
 * The context of a true process: its environment, its terminal, its signals.
 *
 * @module
 */
import { homedir } from "node:os";
import { resolve } from "node:path";
import { controlSocket } from "../http/socket.ts";
import { systemClock } from "../ports/clock.ts";
import { serviceManager } from "../ports/service_manager.ts";
import type { CliContext, CliPorts, LoadedConfig, Out } from "./context.ts";
import { readConfig } from "./read_config.ts";
import { systemLocalTime } from "../words/time.ts";
import { handBack, selfOf } from "./self.ts";

export function realContext(version: string): CliContext {
  const cwd = Deno.cwd();
  const self = selfOf({
    standalone: Deno.build.standalone,
    execPath: Deno.execPath(),
    mainModule: Deno.mainModule,
    cwd,
    env: Deno.env.toObject(),
  });
  handBack(self, Deno.env);
  const env = Deno.env.toObject();
  const home = env.HOME || homedir();
  const isTty = Deno.stdout.isTerminal();
  let named: string | undefined;
  let loaded: Promise<LoadedConfig> | undefined;
  let ports: Promise<CliPorts> | undefined;
  let interrupt: AbortSignal | undefined;
  let needed = true;
  const isNeeded = () => needed;
  const context: CliContext = {
    version,
    self,
    os: Deno.build.os,
    service: serviceManager(env, Deno.pid),
    env,
    home,
    cwd,
    stdout: streamOf(Deno.stdout, isNeeded),
    stderr: streamOf(Deno.stderr, isNeeded),
    goOnUnread: () => needed = false,
    stdin: () => new Response(Deno.stdin.readable).text(),
    isTty,
    // https://no-color.org: set and not empty.
    color: isTty && !env.NO_COLOR && env.TERM !== "dumb",
    columns: columnsOf(isTty),
    localTime: systemLocalTime,
    clock: systemClock,
    interrupted: () => interrupt ??= listenForSignals(),
    ports: () => ports ??= loadPorts(),
    useConfig: (path) => named = path === undefined ? undefined : resolve(cwd, path),
    configNamed: () => named,
    canAsk: isTty && Deno.stdin.isTerminal() && env.TERM !== "dumb",
    prompts: async () => (await import("./prompts_clack.ts")).clackPrompts,
    loadConfig: () => loaded ??= context.reloadConfig(),
    reloadConfig: () => readConfig(named, { home, env, read: Deno.readTextFile }),
    onHangup: (listener) => listenForHangups(listener, isTty),
    async client(options) {
      const { config } = await context.loadConfig();
      const { controlClient } = await import("../http/client.ts");
      const { systemNet } = await import("../ports/net_real.ts");
      return controlClient(systemNet, controlSocket(config), options);
    },
    onTerminal,
  };
  return context;
}

async function loadPorts(): Promise<CliPorts> {
  const real = await import("../ports/real.ts");
  return {
    clock: real.systemClock,
    files: real.systemFiles,
    processes: real.systemProcesses(),
    net: real.systemNet,
    newId: () => crypto.randomUUID(),
    random: () => Math.random(),
    zone: Temporal.Now.timeZoneId(),
    systemd: () => real.lookForSystemd(Deno.env.toObject()),
    tmux: (socket, options) =>
      real.realTmux(socket, { ...options, processes: real.systemProcesses() }),
  };
}

/** Synchronous, so that what was said is out before the program ends. A reader that has gone is no error. */
function streamOf(
  stream: { writeSync(bytes: Uint8Array): number },
  isNeeded: () => boolean,
): Out {
  const encoder = new TextEncoder();
  return {
    write(text) {
      let bytes = encoder.encode(text);
      try {
        while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
        if (isNeeded()) Deno.exit(0);
        return;
      }
    },
  };
}

const COLUMNS = 80;
const MIN_COLUMNS = 40;

/** Some terminals (of `script`, of CI) say that they have none. */
function columnsOf(isTty: boolean): number {
  const columns = isTty ? Deno.consoleSize().columns : COLUMNS;
  return columns === 0 ? COLUMNS : Math.max(MIN_COLUMNS, columns);
}

/** The first signal asks; the second is obeyed at once, by its default action. */
function listenForSignals(): AbortSignal {
  const stop = new AbortController();
  const signals = ["SIGINT", "SIGTERM"] as const;
  const onSignal = () => {
    for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
    stop.abort();
  };
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return stop.signal;
}

/** `kill -HUP` asks; a terminal that was closed sends the same signal, and then nobody is left to talk to. */
function listenForHangups(listener: () => void, isTty: boolean): Disposable {
  const onSignal = () => {
    if (isTty && !Deno.stdout.isTerminal()) Deno.exit(129); // as the default action would
    listener();
  };
  Deno.addSignalListener("SIGHUP", onSignal);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", onSignal) };
}

async function onTerminal(
  [program, ...args]: readonly [string, ...string[]],
  { env, cwd }: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<number> {
  const child = new Deno.Command(program, {
    args,
    ...(env ? { env, clearEnv: true } : {}),
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // Ctrl-C at the keyboard is for the program on the terminal; it reaches us as well.
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    return (await child.status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}
