/**
 * The config as the outside may see it: what could hold a secret against the rules is left out.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { Config, LaunchSpec } from "../model/config.ts";
import type { NotifySpec } from "../model/notify_config.ts";
import type { Event } from "../model/event.ts";
import type { Of } from "./route.ts";

export type ConfigView = Omit<Config, "accounts" | "sessions"> & {
  readonly accounts: readonly (Omit<Config["accounts"][number], "env"> & {
    /** Names only. */
    readonly env: readonly string[];
  })[];
  readonly sessions: Config["sessions"];
};

/** Which keys there are is told by docs/configuration.md. */
export const configSchema = z.looseObject({
  accounts: z.array(z.looseObject({
    id: z.string(),
    kind: z.string(),
    configDir: z.string(),
    env: z.array(z.string()).openapi({ description: "Names only" }),
  })),
  projects: z.array(z.looseObject({ id: z.string(), path: z.string() })),
  sessions: z.array(z.looseObject({ name: z.string(), cwd: z.string() })),
}).openapi("Config") as unknown as Of<ConfigView>;

export function configView(config: Config): ConfigView {
  return {
    ...config,
    accounts: config.accounts.map(({ env, ...account }) => ({
      ...account,
      env: Object.keys(env),
    })),
    sessions: config.sessions.map(({ launch, ...session }) => ({
      ...session,
      launch: launchView(launch),
    })),
    ...(config.notify ? { notify: notifyView(config.notify) } : {}),
  };
}

/** An argument may be anything, a whole settings file even; only the names of options are told. */
function launchView({ args, ...launch }: LaunchSpec): LaunchSpec {
  const names = args.filter((arg) => arg.startsWith("-")).map((arg) => arg.split("=")[0]!);
  return { ...launch, args: names };
}

/** What a person wrote into a header or a body may be anything as well; which headers there are is told. */
function notifyView({ channels, ...notify }: NotifySpec): NotifySpec {
  return {
    ...notify,
    channels: channels.map((channel) => ({
      ...channel,
      ...("headers" in channel
        ? { headers: Object.fromEntries(Object.keys(channel.headers).map((name) => [name, ""])) }
        : {}),
      ...("body" in channel ? { body: null } : {}),
    })),
  };
}

/** The event as a token's holder may see it; the owner sees the journal as it is. */
export function eventView(event: Event): Event {
  if (event.type !== "config.applied") return event;
  return { ...event, config: configView(event.config) as unknown as Config };
}
