/**
 * Webhooks: JSON to a web address, in the form that its receiver reads.
 *
 * Signed ones follow Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`
 * (`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64).
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { unreachable } from "../../model/ids.ts";
import type { Severity } from "../../model/notice.ts";
import type { WebhookSpec } from "../../model/notify_config.ts";
import type { Channel, Message, Sent } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { type Answer, post, restMs, retryLater, sentBy } from "./http.ts";
import { readAddress, readHeaders, readSecret, secretParts } from "./secret.ts";
import { fill, wantsSecret } from "./template.ts";
import { bodyOf, cut, cutBytes, dataOf, textOf, titleOf } from "./text.ts";

/** Of a message's text, by the services' own documentation (2026-11). */
const DISCORD_MOST = 2_000;
const SLACK_MOST = 40_000;
/** In bytes: ntfy makes an attachment of what is longer than 4,096. */
const NTFY_MOST_BYTES = 4_000;

export function webhook(spec: WebhookSpec, deps: ChannelDeps): Channel {
  return {
    name: spec.name,
    canUpdate: false,
    // Discord takes 5 in 2 s and Slack one a second; others say what they take by 429.
    leastGapMs: spec.format === "slack" || spec.format === "discord" ? 1_000 : 0,
    async send(message, signal) {
      const address = await readAddress(spec, deps);
      if (address.is === "missing") return retryLater(address.why);
      const read = await readHeaders(spec, deps);
      if ("why" in read) return retryLater(read.why);
      const secrets = [...read.secrets, ...secretParts(spec.address, address.value)];
      const secret = spec.secret && await readSecret(spec.secret, deps);
      if (secret?.is === "missing") return retryLater(secret.why);
      if (secret) secrets.push(secret.value);
      const { url, json } = request(spec, address.value, message, secret?.value ?? "");
      const body = JSON.stringify(json);
      const headers: Record<string, string> = {
        "content-type": "application/json",
        "user-agent": "claude-failover",
        ...read.headers,
      };
      if (secret && !(spec.format === "custom" && wantsSecret(spec.body))) {
        const key = keyOf(secret.value);
        if (key === null) return retryLater("its signing secret is no base64 after whsec_");
        Object.assign(headers, signature(key, message.key, body, deps.clock.now()));
        secrets.push(headers["webhook-signature"]!);
      }
      const answer = await post(deps, { url, headers, body }, signal);
      return "is" in answer ? answer : outcome(spec, answer, deps.clock.now(), secrets);
    },
    close: () => Promise.resolve(),
  };
}

function request(
  { format, body }: WebhookSpec,
  address: string,
  message: Message,
  secret: string,
): { readonly url: string; readonly json: unknown } {
  switch (format) {
    case "generic":
      return { url: address, json: dataOf(message) };
    case "slack":
      return { url: address, json: { text: cut(slackText(message), SLACK_MOST) } };
    case "discord":
      return {
        url: address,
        json: { content: cut(textOf(message), DISCORD_MOST), allowed_mentions: { parse: [] } },
      };
    case "ntfy":
      return ntfy(address, message);
    case "custom":
      return { url: address, json: fill(body, message, secret) };
    default:
      return unreachable(format);
  }
}

/** `&`, `<` and `>` are Slack's own. */
function slackText(message: Message): string {
  return textOf(message)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

const NTFY_PRIORITY: Readonly<Record<Severity, number>> = { info: 3, warning: 4, critical: 5 };

/** Published as JSON, to the root of the server: a header could not hold every letter. */
function ntfy(address: string, message: Message): { url: string; json: unknown } {
  const url = new URL(address);
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const topic = parts.pop() ?? "";
  url.pathname = `/${parts.join("/")}`;
  const { severity, title } = message.notice;
  return {
    url: url.href,
    json: {
      topic,
      title: titleOf(message),
      message: cutBytes(bodyOf(message).join("\n") || title, NTFY_MOST_BYTES),
      priority: NTFY_PRIORITY[severity],
      tags: [severity],
    },
  };
}

function outcome(
  { format }: WebhookSpec,
  answer: Answer,
  now: number,
  secrets: Iterable<string>,
): Sent {
  const sent = sentBy(answer, now, secrets);
  if (format !== "discord" || answer.status !== 429) return sent;
  const seconds = /"retry_after":\s*([\d.]+)/.exec(answer.text)?.[1];
  return sent.is === "retry" && seconds !== undefined
    ? { ...sent, afterMs: restMs(Number(seconds)) }
    : sent;
}

/** Base64 after `whsec_`, as the standard has it; any other secret as it is. Null: it is neither. */
function keyOf(secret: string): Uint8Array | string | null {
  if (!secret.startsWith("whsec_")) return secret;
  try {
    return Uint8Array.fromBase64(secret.slice("whsec_".length));
  } catch {
    return null;
  }
}

function signature(
  key: Uint8Array | string,
  id: string,
  body: string,
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${mac}` };
}
