/**
 * A command's whole world, made up: what it prints is kept, time stands still, the daemon is an app in memory.
 *
 * @module
 */
import type { CliContext } from "../../lib/cli/context.ts";
import type { ExitCode } from "../../lib/cli/errors.ts";
import { main } from "../../lib/cli/main.ts";
import { readConfig } from "../../lib/cli/read_config.ts";
import { controlClient } from "../../lib/http/client.ts";
import { controlSocket } from "../../lib/http/socket.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Fact } from "../../lib/model/event.ts";
import type { Self } from "../../lib/cli/self.ts";
import { NO_SERVICE_MANAGER, type ServiceManager } from "../../lib/ports/service_manager.ts";
import type { Systemd } from "../../lib/ports/tmux_scope.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeFiles } from "../fakes/files.ts";
import { FakeNet } from "../fakes/net.ts";
import { FakeProcesses } from "../fakes/process.ts";
import { FakeTmux } from "../fakes/tmux.ts";
import { config as pool, NOON } from "../http/fixture.ts";
import { setup } from "../http/setup.ts";
import { type Answer, scriptedPrompts } from "./prompts.ts";
import { inBerlin } from "../support/local_time.ts";

export interface WorldOptions {
  /** The daemon's past; null: no daemon runs. Default: a quiet midday. */
  readonly facts?: Fact[] | null;
  readonly config?: Config;
  /** Instead of `config`: read and checked as the real one is; null: there is no such file. */
  readonly configText?: string | null;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly isTty?: boolean;
  readonly color?: boolean;
  readonly columns?: number;
  readonly systemd?: Systemd;
  readonly self?: Self;
  readonly os?: CliContext["os"];
  readonly service?: ServiceManager;
  /** What a person at the terminal answers, in order; without it nobody can be asked. */
  readonly answers?: readonly Answer[];
}

const NO_SYSTEMD: Systemd = {
  hasRun: false,
  hasUserManager: false,
  lingers: false,
  hasSystemManager: false,
  service: null,
};

export async function world(options: WorldOptions = {}) {
  const config = options.config ?? pool();
  const daemon = setup(options.facts ? { facts: options.facts } : {});
  const clock = new FakeClock(NOON);
  const net = new FakeNet();
  const files = new FakeFiles({ now: clock.now });
  const processes = new FakeProcesses();
  const tmux = new FakeTmux({ processes });
  const interrupt = new AbortController();
  const onTerminal: { argv: readonly string[]; env: CliContext["env"] }[] = [];
  const said = { out: "", err: "" };
  const home = "/home/ada";
  const env = { HOME: home, PATH: "/usr/bin", ...options.env };
  const server = options.facts === null
    ? null
    : await net.serve(controlSocket(config), (request) => daemon.app.fetch(request));
  let named: string | undefined;
  const { configText } = options;
  const context: CliContext = {
    version: "0.1.0",
    self: options.self ?? { kind: "compiled", path: "/usr/local/bin/claude-failover" },
    os: options.os ?? "linux",
    service: options.service ?? NO_SERVICE_MANAGER,
    env,
    home,
    cwd: options.cwd ?? home,
    stdout: { write: (text) => said.out += text },
    stderr: { write: (text) => said.err += text },
    stdin: () => Promise.resolve(options.stdin ?? ""),
    isTty: options.isTty ?? false,
    color: options.color ?? false,
    columns: options.columns ?? 80,
    localTime: inBerlin,
    clock,
    interrupted: () => interrupt.signal,
    goOnUnread() {},
    ports: () =>
      Promise.resolve({
        clock,
        files,
        processes,
        net,
        newId: () => crypto.randomUUID(),
        random: () => Math.random(),
        zone: "UTC",
        tmux: () => tmux,
        systemd: () => Promise.resolve(options.systemd ?? NO_SYSTEMD),
      }),
    useConfig: (path) => named = path,
    configNamed: () => named,
    canAsk: options.answers !== undefined,
    prompts: () => Promise.resolve(scriptedPrompts(options.answers ?? [], context.stdout)),
    loadConfig() {
      const path = `${home}/.config/claude-failover/config.yaml`;
      if (configText === undefined) return Promise.resolve({ config, path: named ?? path });
      const read = () =>
        configText === null
          ? Promise.reject(new Deno.errors.NotFound())
          : Promise.resolve(configText);
      return readConfig(named, { home, env, read });
    },
    reloadConfig: () => context.loadConfig(),
    onHangup: () => ({ [Symbol.dispose]() {} }),
    async client(options) {
      return controlClient(net, controlSocket((await context.loadConfig()).config), options);
    },
    onTerminal(argv, { env = {} } = {}) {
      onTerminal.push({ argv, env });
      return Promise.resolve(0);
    },
  };
  return {
    context,
    config,
    daemon,
    clock,
    files,
    tmux,
    processes,
    onTerminal,
    said,
    interrupt: () => interrupt.abort(),
    run: (...args: string[]): Promise<ExitCode> => main(args, context),
    stopDaemon: () => server?.close(),
    async [Symbol.asyncDispose]() {
      interrupt.abort();
      await server?.close();
      daemon[Symbol.dispose]();
    },
  };
}
