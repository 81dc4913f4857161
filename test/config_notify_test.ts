/**
 * The channels of notices in the config: what they mean, and each mistake as it is said.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../lib/config.ts";
import { BODY_PLACEHOLDERS } from "../lib/config/notify_channels.ts";
import { CHANNEL_TYPES, type ChannelSpec } from "../lib/model/notify_config.ts";
import { PLACEHOLDERS } from "../lib/notify/channels/template.ts";

const BASE = `version: 1
accounts: [{ id: work, kind: subscription, config_dir: ~/.claude }]
failover: { mode: off }
notify:
  channels:
`;

function load(...channels: string[]): readonly ChannelSpec[] {
  const text = BASE + channels.map((channel) => `    - ${channel}\n`).join("");
  return loadConfig(text, { path: "c.yaml", home: "/home/ada", env: {} }).notify!.channels;
}

function problems(...channels: string[]): string[] {
  try {
    load(...channels);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.ok(!error.message.includes("canary"), error.message);
    return error.problems.map(({ path, what, hint }) =>
      `${path.slice(2).join(".")} ${what}${hint === null ? "" : ` | ${hint}`}`
    );
  }
  throw new Error("the config is taken");
}

Deno.test("each type of channel is read", () => {
  const specs = load(
    '{ name: a, type: telegram, token_file: ~/t, chats: ["7", "-1009:12", "@news"] }',
    "{ name: b, type: webhook, url: 'https://example.org/x', secret_env: S, headers: { x-a: b }, header_files: { authorization: ~/h }, header_env: { x-k: K } }",
    "{ name: c, type: webhook, format: slack, url_file: ~/slack }",
    "{ name: d, type: webhook, format: custom, url_env: U, body: { a: ['{title}', 1] } }",
    "{ name: e, type: loki, url: 'http://loki.lan:3100', allow_http: true, labels: { host: x } }",
    "{ name: f, type: file, path: ~/n.jsonl, max_size_mb: 2, keep: 1 }",
    "{ name: g, type: stdout }",
    "{ name: h, type: exec, command: [~/bin/bell, '{title}'] }",
    "{ name: i, type: exec, command: [notify-send] }",
  );
  const none = { headers: {}, secretHeaders: {} };
  const hook = { type: "webhook", format: "generic", body: null, secret: null, ...none } as const;
  assert.deepEqual(
    specs,
    [
      {
        type: "telegram",
        name: "a",
        token: { file: "/home/ada/t" },
        chats: [
          { chat: "7", topic: null },
          { chat: "-1009", topic: 12 },
          { chat: "@news", topic: null },
        ],
        api: "https://api.telegram.org",
      },
      {
        ...hook,
        name: "b",
        address: { url: "https://example.org/x" },
        secret: { env: "S" },
        headers: { "x-a": "b" },
        secretHeaders: { authorization: { file: "/home/ada/h" }, "x-k": { env: "K" } },
      },
      { ...hook, name: "c", format: "slack", address: { file: "/home/ada/slack" } },
      {
        ...hook,
        name: "d",
        format: "custom",
        address: { env: "U" },
        body: { a: ["{title}", 1] },
      },
      {
        type: "loki",
        name: "e",
        address: { url: "http://loki.lan:3100" },
        allowHttp: true,
        labels: { host: "x" },
        ...none,
      },
      { type: "file", name: "f", path: "/home/ada/n.jsonl", maxBytes: 2 * 1024 * 1024, keep: 1 },
      { type: "stdout", name: "g" },
      { type: "exec", name: "h", command: ["/home/ada/bin/bell", "{title}"] },
      { type: "exec", name: "i", command: ["notify-send"] },
    ] satisfies ChannelSpec[],
  );
  assert.deepEqual(new Set(specs.map(({ type }) => type)), new Set(CHANNEL_TYPES));
});

Deno.test("nobody is told when there are no channels", () => {
  const text = BASE.slice(0, BASE.indexOf("notify:"));
  const { notify } = loadConfig(text, { path: "c.yaml", home: "/home/ada", env: {} });
  assert.deepEqual(notify?.channels, []);
});

Deno.test("the placeholders that the config knows are those that are filled", () => {
  assert.deepEqual([...BODY_PLACEHOLDERS], Object.keys(PLACEHOLDERS));
});

const HOOK = "name: a, type: webhook, url: 'https://example.org'";
const MISTAKES: readonly (readonly [channel: string, ...says: string[]])[] = [
  [
    "{ name: a, type: telegran, token_env: T }",
    '0.type must be one of telegram, webhook, loki, file, stdout or exec, not "telegran" | did you mean telegram?',
  ],
  ["{ name: a, type: telegram, token_file: ~/t }", "0 needs chats"],
  ["{ name: a, type: telegram, chats: ['7'] }", "0 needs token_file or token_env"],
  [
    "{ name: a, type: telegram, token_file: ~/t, token_env: T, chats: ['7'] }",
    "0.token_env is there beside token_file: one is enough",
  ],
  [
    "{ name: a, type: telegram, token_env: '7012345678:AAF-canary_3f9a7c-canary_3f9a7c-can', chats: ['7'] }",
    "0.token_env must be the name of a variable, not its value",
  ],
  [
    "{ name: a, type: telegram, token_file: '7012345678:AAF-canary_3f9a7c-canary_3f9a7c-can', chats: ['7'] }",
    "0.token_file must be an absolute path or start with ~/, not what looks like a secret | the daemon has no folder of its own that a relative path could start from",
  ],
  [
    "{ name: a, type: telegram, token_file: ~/t, chats: ['me', '7:x'] }",
    '0.chats.0 must be a chat\'s number or @name, with :TOPIC or without, not "me" | for example "-1001234567890:7"',
    '0.chats.1 must be a chat\'s number or @name, with :TOPIC or without, not "7:x" | for example "-1001234567890:7"',
  ],
  [
    "{ name: a, type: telegram, token_file: ~/t, chats: ['7'], api: 'http://example.org' }",
    "0.api must be https: anybody on the way can read http",
  ],
  ["{ name: a, type: webhook }", "0 needs url, url_file or url_env"],
  [
    "{ name: a, type: webhook, url: 'http://example.org' }",
    "0.url must be https: anybody on the way can read http | allow_http: true sends it all the same",
  ],
  [
    "{ name: a, type: webhook, url: 'example.org' }",
    "0.url must be an http or https address",
  ],
  [
    "{ name: a, type: webhook, url: 'https://ada:canary@example.org' }",
    "0.url must not hold a name or password | put it into a header: header_files",
  ],
  [
    "{ name: a, type: webhook, url: 'https://example.org/?access_token=canary' }",
    "0.url holds what looks like a secret | put the whole address into a file of mode 0600: url_file",
  ],
  [
    "{ name: a, type: webhook, url: 'https://hooks.slack.com/services/T0/B0/canary', format: slack }",
    "0.url is a secret with slack: whoever has it can write there | put it into a file of mode 0600 and name that: url_file",
    "0.url holds what looks like a secret | put the whole address into a file of mode 0600: url_file",
  ],
  [`{ ${HOOK}, format: custom }`, "0 needs body, since its format is custom"],
  [`{ ${HOOK}, body: { a: b } }`, "0.body is for format: custom"],
  [
    `{ ${HOOK}, format: custom, body: { a: ['{titel}'], b: '{nothing_of_it}' } }`,
    "0.body has no placeholder {titel} | did you mean {title}?",
    `0.body has no placeholder {nothing_of_it} | there are ${
      BODY_PLACEHOLDERS.slice(0, -1).map((name) => `{${name}}`).join(", ")
    } and {secret}`,
  ],
  [
    `{ ${HOOK}, format: custom, body: { a: '{secret}' } }`,
    "0.body has {secret}, and there is none | name the place that holds it: secret_file or secret_env",
  ],
  [
    `{ ${HOOK}, format: custom, body: { a: 'Bearer canary-canary-canary' } }`,
    "0.body holds what looks like a secret | put it into the address or a header: url_file, header_files",
  ],
  [
    `{ ${HOOK}, secret_file: ~/s, secret_env: S }`,
    "0.secret_env is there beside secret_file: one is enough",
  ],
  [
    `{ ${HOOK}, headers: { Authorization: canary, x-note: 'sk-ant-canary' } }`,
    "0.headers.Authorization looks like a secret, and the config is no place for one | put its value into a file of mode 0600: header_files: { Authorization: FILE }",
    "0.headers.x-note looks like a secret, and the config is no place for one | put its value into a file of mode 0600: header_files: { x-note: FILE }",
  ],
  [
    "{ name: a, type: loki, url: 'https://example.org', labels: { a-b: x, kind: y } }",
    "0.labels.a-b is no name of a label | letters, digits and _",
    "0.labels.kind is a label that each notice has already",
  ],
  [
    `{ name: a, type: loki, url: 'https://example.org', labels: { ${
      Array.from({ length: 11 }, (_, i) => `l${i}: x`).join(", ")
    } } }`,
    "0.labels must not hold more than 10 labels",
  ],
  ["{ name: a, type: file }", "0 needs path"],
  [
    "{ name: a, type: file, path: ~/n, keep: 0 }",
    "0.keep must be a whole number from 1 to 1000, not 0",
  ],
  [
    "{ name: a, type: stdout, path: ~/n }",
    "0.path is no key of the type stdout | it has no keys of its own",
  ],
  [
    "{ name: a, type: exec, command: [bell], url: 'https://example.org' }",
    "0.url is no key of the type exec | it has command",
  ],
  [
    "{ name: a, type: exec, command: ['bell --loud'] }",
    '0.command.0 must be a program\'s name or an absolute path, not "bell --loud"',
  ],
];
for (const [channel, ...says] of MISTAKES) {
  Deno.test(`a mistake in a channel is said: ${says[0]!.slice(0, 70)}`, () => {
    assert.deepEqual(problems(channel), says);
  });
}

Deno.test("two channels of one name are a mistake", () => {
  const twice = problems("{ name: a, type: stdout }", "{ name: a, type: stdout }");
  assert.equal(twice.length, 1);
  assert.match(twice[0]!, /^1\.name /);
});
