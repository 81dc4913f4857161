/**
 * A real daemon whose config names secrets in every place that may hold one, whose services answer by saying all of the
 * request again, and whose next config has secrets in every place that must not: nothing that it writes, prints or answers
 * holds any.
 *
 * @module
 */
import assert from "node:assert/strict";
import { systemNet } from "../../lib/ports/real.ts";
import { testHome, until } from "../support/mod.ts";
import { programWords } from "../support/program.ts";
import { denoDir } from "./pool.ts";

const C = "canary-3f9a7c";
const TOKEN = "7012345678:AAF-canary-3f9a7c-canary-3f9a7c-can";

const secrets = (server: string): Readonly<Record<string, string>> => ({
  "telegram.token": TOKEN,
  "slack.url": `${server}/services/T0/B0/${C}`,
  "pager.auth": `Bearer ${C}-header`,
  "hook.secret": `signing-${C}`,
});

function config(home: string, channels: string): string {
  return `version: 1
accounts: [{ id: a, kind: subscription, config_dir: ${home}/a }]
failover: { mode: "off" }
tmux: { socket: ${home}/tmux }
paths: { state_dir: ${home}/state, runtime_dir: ${home}/run }
share: { projects_dir: ${home}/projects }
log: { level: debug, file: ${home}/state/daemon.log }
notify:
  channels:
${channels}`;
}

const right = (server: string) => `
    - { name: phone, type: telegram, token_file: ~/secrets/telegram.token, chats: ["7"], api: "${server}" }
    - { name: phone2, type: telegram, token_env: CF_TOKEN, chats: ["7"], api: "${server}" }
    - { name: team, type: webhook, format: slack, url_file: ~/secrets/slack.url }
    - name: pager
      type: webhook
      url_env: CF_URL
      format: custom
      body: { key: "{secret}", note: "CHANGES" }
      secret_file: ~/secrets/hook.secret
      header_files: { authorization: ~/secrets/pager.auth }
`;

const WRONG = `
    - { name: a, type: telegram, token_file: "${TOKEN}", chats: ["7"] }
    - { name: b, type: telegram, token_env: "${TOKEN}", chats: ["${TOKEN}"] }
    - { name: c, type: webhook, url: "https://ada:${C}@example.org/" }
    - { name: d, type: webhook, url: "https://example.org/?token=${C}", headers: { Authorization: "${C}" } }
    - { name: e, type: webhook, format: slack, url: "https://hooks.slack.com/services/T0/B0/${C}" }
    - { name: f, type: webhook, format: custom, url: "https://example.org", body: { a: "Bearer ${C}-long-enough" } }
    - { name: g, type: exec, command: ["curl -H Authorization:Bearer-${C}"] }
`;

/** Says all that it was sent again, and keeps the paths. */
function echo() {
  const paths: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    paths.push(pathname);
    const all = [pathname, search, ...[...request.headers].flat(), await request.text()].join(" ");
    const answer = { ok: false, error_code: 400, description: all.slice(0, 180), all };
    return Response.json(answer, { status: paths.length % 2 === 0 ? 400 : 500 });
  });
  return {
    paths,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Every file below a folder whose bytes hold the text, by its path there. */
async function holding(dir: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await holding(path, text));
    if (!entry.isFile) continue;
    const bytes = await Deno.readFile(path);
    if (new TextDecoder("latin1").decode(bytes).includes(text)) found.push(path);
  }
  return found.sort();
}

Deno.test("no secret of a channel is in anything that the daemon writes, prints or answers", async () => {
  await using home = await testHome();
  await using service = echo();
  const { dir } = home;
  const SECRETS = secrets(service.url);
  const RIGHT = right(service.url);
  for (const name of ["a", "secrets"]) await Deno.mkdir(`${dir}/${name}`, { mode: 0o700 });
  for (const [name, value] of Object.entries(SECRETS)) {
    await Deno.writeTextFile(`${dir}/secrets/${name}`, value, { mode: 0o600 });
  }
  const path = `${dir}/config.yaml`;
  await Deno.writeTextFile(path, config(dir, RIGHT));
  const [program, ...args] = programWords("--config", path, "run");
  const child = new Deno.Command(program!, {
    args,
    env: {
      HOME: dir,
      TMUX: "",
      DENO_DIR: denoDir(),
      CF_TOKEN: TOKEN,
      CF_URL: `${service.url}/${C}?key=${C}`,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const printed = Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  let answers = "";
  try {
    const log = () => Deno.readTextFile(`${dir}/state/daemon.log`).catch(() => "");
    await until(async () => (await log()).includes("daemon.started"), { timeoutMs: 20_000 });

    await Deno.writeTextFile(path, config(dir, WRONG));
    child.kill("SIGHUP");
    await until(async () => (await log()).includes("config.rejected"), { timeoutMs: 20_000 });
    await Deno.writeTextFile(path, config(dir, RIGHT.replace("CHANGES", "has changed")));
    child.kill("SIGHUP");
    await until(async () => (await log()).includes("config.applied"), { timeoutMs: 20_000 });

    // The notice of the config that was refused, through each channel.
    await until(() => new Set(service.paths).size >= 3 && service.paths.length >= 4, {
      timeoutMs: 20_000,
      what: () => `only ${service.paths.length} requests came`,
    });

    const client = systemNet.client(`${dir}/run/control.sock`);
    for (const what of ["/v1/status", "/v1/config", "/v1/events"]) {
      const response = await client.fetch(`http://localhost${what}`);
      const text = await response.text();
      assert.equal(response.status, 200, `${what}: ${text}`);
      answers += text;
    }
    client.close();
  } finally {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended already; what it said is below.
    }
    await child.status;
  }
  const [out, err] = await printed;
  const [rejected] = out.split("\n").filter((line) => line.includes("config.rejected"));
  for (const name of ["token_file", "token_env", "Authorization", "body", "command", "url"]) {
    assert.ok(rejected!.includes(name), `${name} in ${rejected}`);
  }
  for (const [where, text] of Object.entries({ out, err, answers })) {
    assert.ok(!text.includes("canary"), `${where}: ${around(text, "canary")}`);
  }
  // What the services said is kept as the reason of a failure, without the secrets in it.
  const reasons = await holding(`${dir}/state`, "[secret]");
  assert.ok(reasons.includes(`${dir}/state/notices.db`), `${reasons}`);
  // They are where their owner has put them, and nowhere else.
  const all = await holding(dir, "canary");
  assert.deepEqual(all, Object.keys(SECRETS).map((name) => `${dir}/secrets/${name}`).sort());
});

/** What stands around the first place of it. */
function around(text: string, part: string): string {
  const at = text.indexOf(part);
  return text.slice(Math.max(0, at - 100), at + 100);
}
