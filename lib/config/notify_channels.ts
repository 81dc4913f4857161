/**
 * The channels of the notifier, as the config file has them: one flat mapping each, whose `type` says which keys it may
 * have. A secret never stands there; the place that holds it does.
 *
 * @module
 */
import type { ChannelSpec, SecretPlace, TelegramChat } from "../model/notify_config.ts";
import { addressFault } from "../model/web_address.ts";
import { nearest } from "./nearest.ts";
import { expandPath } from "./paths.ts";
import { type Fault, type Finding, type KeyPath, list, quote } from "./problem.ts";
import { repeated } from "./references.ts";
import type { Draft, YamlConfig } from "./schema.ts";
import { isSecretValue } from "./secrets.ts";

type Yaml = YamlConfig["notify"]["channels"][number];
type DraftChannel = NonNullable<NonNullable<NonNullable<Draft["notify"]>["channels"]>[number]>;
type Type = ChannelSpec["type"];
type Key = keyof Yaml;

interface Keys {
  /** One of each group must be there, and only one. */
  readonly oneOf: readonly (readonly Key[])[];
  readonly may: readonly Key[];
}

const ADDRESS = ["url", "url_file", "url_env"] as const;
/** Of all that is sent by HTTP to an address of one's own. */
const HTTP = ["allow_http", "headers", "header_files", "header_env"] as const;

const KEYS: Readonly<Record<Type, Keys>> = {
  telegram: { oneOf: [["token_file", "token_env"], ["chats"]], may: ["api"] },
  webhook: {
    oneOf: [ADDRESS],
    may: ["format", "body", "secret_file", "secret_env", ...HTTP],
  },
  loki: { oneOf: [ADDRESS], may: ["labels", ...HTTP] },
  file: { oneOf: [["path"]], may: ["max_size_mb", "keep"] },
  stdout: { oneOf: [], may: [] },
  exec: { oneOf: [["command"]], may: [] },
};

/** Of the values in a text of `body`; `lib/notify/channels/template.ts` has the same, which a test holds. */
export const BODY_PLACEHOLDERS = [
  "title",
  "body",
  "text",
  "todo",
  "kind",
  "severity",
  "at",
  "count",
  "session",
  "account",
  "project",
  "task",
  "key",
  "secret",
] as const;

export function* channelsFit({ notify }: Draft): Iterable<Finding> {
  const channels = notify?.channels ?? [];
  yield* repeated(channels.map((c) => c?.name), (i) => ["notify", "channels", i, "name"]);
  for (const [i, channel] of channels.entries()) {
    if (channel?.type) yield* channelFits(channel, channel.type, ["notify", "channels", i]);
  }
}

function* channelFits(channel: DraftChannel, type: Type, path: KeyPath): Iterable<Finding> {
  const { oneOf, may } = KEYS[type];
  const known = new Set<string>(["name", "type", ...oneOf.flat(), ...may]);
  for (const key of Object.keys(channel)) {
    if (known.has(key)) continue;
    const what = `is no key of the type ${type}`;
    const hint = `it has ${list([...known].slice(2), "and") || "no keys of its own"}`;
    yield { path: [...path, key], what, hint, onKey: true };
  }
  for (const group of oneOf) {
    const there = group.filter((key) => key in channel);
    if (there.length === 1) continue;
    const [first, second] = there;
    yield second === undefined
      ? { path, what: `needs ${list(group, "or")}`, hint: null }
      : { path: [...path, second], what: `is there beside ${first}: one is enough`, hint: null };
  }
  if (type === "webhook") yield* webhookFits(channel, path);
  if (type === "loki") yield* labelsFit(channel, path);
  yield* addressesFit(channel, path);
  yield* headersFit(channel, path);
}

function* webhookFits(channel: DraftChannel, path: KeyPath): Iterable<Finding> {
  const { format, url, body } = channel;
  if ("secret_file" in channel && "secret_env" in channel) {
    const what = "is there beside secret_file: one is enough";
    yield { path: [...path, "secret_env"], what, hint: null };
  }
  if (url !== undefined && (format === "slack" || format === "discord")) {
    const what = `is a secret with ${format}: whoever has it can write there`;
    const hint = "put it into a file of mode 0600 and name that: url_file";
    yield { path: [...path, "url"], what, hint };
  }
  if (format === "custom" && !("body" in channel)) {
    yield { path, what: "needs body, since its format is custom", hint: null };
  }
  if (body === undefined) return;
  if (textsIn(body).some(isSecretValue)) {
    const hint = "put it into the address or a header: url_file, header_files";
    yield { path: [...path, "body"], what: "holds what looks like a secret", hint };
  }
  if (format !== "custom") {
    yield { path: [...path, "body"], what: "is for format: custom", hint: null };
  }
  const names = placeholders(body);
  if (names.has("secret") && !("secret_file" in channel) && !("secret_env" in channel)) {
    const hint = "name the place that holds it: secret_file or secret_env";
    yield { path: [...path, "body"], what: "has {secret}, and there is none", hint };
  }
  for (const name of names) {
    if ((BODY_PLACEHOLDERS as readonly string[]).includes(name)) continue;
    const near = nearest(name, BODY_PLACEHOLDERS);
    const hint = near === null
      ? `there are ${list(BODY_PLACEHOLDERS.map((n) => `{${n}}`), "and")}`
      : `did you mean {${near}}?`;
    yield { path: [...path, "body"], what: `has no placeholder {${name}}`, hint };
  }
}

function placeholders(body: unknown): Set<string> {
  const found = textsIn(body).flatMap((text) => [...text.matchAll(/\{([a-z_]+)\}/g)]);
  return new Set(found.map(([, name]) => name!));
}

function textsIn(body: unknown): string[] {
  if (typeof body === "string") return [body];
  return body === null || typeof body !== "object" ? [] : Object.values(body).flatMap(textsIn);
}

const SECRET_QUERY = /[?&][\w-]*(token|key|secret|password|sig|auth)[\w-]*=/i;

function* addressesFit(
  { url, api, allow_http }: DraftChannel,
  path: KeyPath,
): Iterable<Finding> {
  for (const [key, text] of Object.entries({ url, api })) {
    if (text === undefined) continue;
    const what = addressFault(text, { allowHttp: key === "url" && allow_http === true });
    if (what !== null) {
      const hint = /password/.test(what)
        ? "put it into a header: header_files"
        : /https:/.test(what) && key === "url"
        ? "allow_http: true sends it all the same"
        : null;
      yield { path: [...path, key], what, hint };
    } else if (SECRET_QUERY.test(text) || isSecretValue(text)) {
      const hint = "put the whole address into a file of mode 0600: url_file";
      yield { path: [...path, key], what: "holds what looks like a secret", hint };
    }
  }
}

const OUR_LABELS = ["service_name", "severity", "kind"];
/** Loki takes 15 by default; each value that differs is a stream of its own there. */
const MOST_LABELS = 10;

function* labelsFit({ labels = {} }: DraftChannel, path: KeyPath): Iterable<Finding> {
  const names = Object.keys(labels);
  if (names.length > MOST_LABELS) {
    const what = `must not hold more than ${MOST_LABELS} labels`;
    yield { path: [...path, "labels"], what, hint: null };
  }
  for (const name of names) {
    const at = { path: [...path, "labels", name], onKey: true };
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      yield { ...at, what: "is no name of a label", hint: "letters, digits and _" };
    } else if (OUR_LABELS.includes(name)) {
      yield { ...at, what: "is a label that each notice has already", hint: null };
    }
  }
}

const SECRET_HEADER = /auth|token|key|secret|cookie|password/i;

function* headersFit({ headers }: DraftChannel, path: KeyPath): Iterable<Finding> {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!SECRET_HEADER.test(name) && !isSecretValue(String(value))) continue;
    yield {
      path: [...path, "headers", name],
      what: "looks like a secret, and the config is no place for one",
      hint: `put its value into a file of mode 0600: header_files: { ${name}: FILE }`,
      onKey: true,
    };
  }
}

export function chatFault(text: string): Fault | null {
  if (CHAT.test(text)) return null;
  return {
    what: `must be a chat's number or @name, with :TOPIC or without, not ${quote(text)}`,
    hint: 'for example "-1001234567890:7"',
  };
}

const CHAT = /^(-?\d{1,20}|@\w{4,32})(?::(\d{1,10}))?$/;

export function variableFault(text: string): Fault | null {
  if (/^[A-Za-z_]\w*$/.test(text) && !isSecretValue(text)) return null;
  return { what: "must be the name of a variable, not its value", hint: null };
}

export function headerFault(text: string): Fault | null {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(text)) return null;
  return { what: `must be the name of a header, not ${quote(text)}`, hint: null };
}

export function buildChannel(channel: Yaml, home: string): ChannelSpec {
  const { name, type } = channel;
  const place = (file: string | undefined, env: string | undefined): SecretPlace =>
    file !== undefined ? { file: expandPath(file, home) } : { env: env! };
  const address = () =>
    channel.url !== undefined ? { url: channel.url } : place(channel.url_file, channel.url_env);
  const http = () => ({
    ...(channel.allow_http ? { allowHttp: true } : {}),
    headers: channel.headers ?? {},
    secretHeaders: {
      ...mapValues(channel.header_files ?? {}, (file) => place(file, undefined)),
      ...mapValues(channel.header_env ?? {}, (env) => place(undefined, env)),
    },
  });
  switch (type) {
    case "telegram":
      return {
        type,
        name,
        token: place(channel.token_file, channel.token_env),
        chats: channel.chats!.map(chatOf),
        api: channel.api ?? "https://api.telegram.org",
      };
    case "webhook": {
      const { secret_file, secret_env } = channel;
      const signs = secret_file !== undefined || secret_env !== undefined;
      return {
        type,
        name,
        address: address(),
        format: channel.format ?? "generic",
        body: channel.body ?? null,
        secret: signs ? place(secret_file, secret_env) : null,
        ...http(),
      };
    }
    case "loki":
      return { type, name, address: address(), labels: channel.labels ?? {}, ...http() };
    case "file":
      return {
        type,
        name,
        path: expandPath(channel.path!, home),
        maxBytes: (channel.max_size_mb ?? 10) * 1024 * 1024,
        keep: channel.keep ?? 5,
      };
    case "stdout":
      return { type, name };
    case "exec": {
      const [program, ...args] = channel.command!;
      return { type, name, command: [expandPath(program, home), ...args] };
    }
  }
}

function chatOf(text: string): TelegramChat {
  const [, chat, topic] = CHAT.exec(text)!;
  return { chat: chat!, topic: topic === undefined ? null : Number(topic) };
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
