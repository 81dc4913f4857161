/**
 * Grafana Loki, and what takes its form: `POST /loki/api/v1/push` (HTTP API of Loki 3).
 *
 * @module
 */
import type { LokiSpec } from "../../model/notify_config.ts";
import type { Channel } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { post, retryLater, sentBy } from "./http.ts";
import { readAddress, readHeaders, secretParts } from "./secret.ts";
import { dataOf } from "./text.ts";

const PUSH = "/loki/api/v1/push";

/** Labels are few by design: severity and kind beside those of the config; the rest stands in the line. */
export function loki(spec: LokiSpec, deps: ChannelDeps): Channel {
  return {
    name: spec.name,
    canUpdate: false,
    leastGapMs: 0,
    async send(message, signal) {
      const address = await readAddress(spec, deps);
      if (address.is === "missing") return retryLater(address.why);
      const read = await readHeaders(spec, deps);
      if ("why" in read) return retryLater(read.why);
      const { severity, kind, at } = message.notice;
      const stream = { service_name: "claude-failover", ...spec.labels, severity, kind };
      const line = JSON.stringify(dataOf(message));
      const body = JSON.stringify({ streams: [{ stream, values: [[`${at}000000`, line]] }] });
      const headers = { "content-type": "application/json", ...read.headers };
      const answer = await post(deps, { url: pushUrl(address.value), headers, body }, signal);
      const secrets = [...read.secrets, ...secretParts(spec.address, address.value)];
      return "is" in answer ? answer : sentBy(answer, deps.clock.now(), secrets);
    },
    close: () => Promise.resolve(),
  };
}

/** The server's address, or the whole one. */
function pushUrl(address: string): string {
  const url = new URL(address);
  if (!url.pathname.endsWith("/push")) url.pathname = url.pathname.replace(/\/*$/, PUSH);
  return url.href;
}
