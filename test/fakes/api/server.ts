/**
 * The local API on a port of 127.0.0.1: plain HTTP, and the HTTP proxy through which Claude Code reaches "the provider".
 *
 *     HTTPS_PROXY=<url> NODE_EXTRA_CA_CERTS=<caPath> claude
 *
 * @module
 */
import { join } from "node:path";
import { systemClock } from "../../../lib/ports/clock.ts";
import type { Account } from "./account.ts";
import { Api } from "./api.ts";
import { makeCertificates } from "./certificates.ts";
import { openFrontDoor } from "./front_door.ts";
import type { Exchange } from "./request_log.ts";

export interface RunningApi extends AsyncDisposable {
  /** The plain server and the proxy, both: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The certificate that a client must trust, in a folder of its own. */
  readonly caPath: string;
  /** What Claude Code must find in its environment to come here. */
  readonly env: Readonly<Record<string, string>>;
  /** Its fields may be set at any time. */
  account(name: string): Account;
  /** What came in, oldest first. */
  requests(after?: number): readonly Exchange[];
  /** The turns of a conversation that an account was asked, whatever the answer. */
  turns(account: string, conversation: string): readonly Exchange[];
  /** Hosts that a client wanted and that nobody here answers for. */
  refusedHosts(): readonly string[];
  /** Breaks off what is still being answered. A second call waits for the first. */
  close(): Promise<void>;
}

/** The hosts of the provider; a `CONNECT` to any other is refused. */
const HOSTS = ["anthropic.com", "claude.com", "claude.ai"];

/** Port 0 takes any free one. */
export async function startApi({ port = 0 }: { port?: number } = {}): Promise<RunningApi> {
  const refused: string[] = [];
  const api = new Api({
    now: systemClock.now,
    newId: (prefix) => prefix + crypto.randomUUID().replaceAll("-", ""),
    sleep: systemClock.sleep,
  });
  const certificates = makeCertificates(HOSTS.flatMap((host) => [host, `*.${host}`]));
  const folder = await Deno.makeTempDir({ prefix: "cf-api-" });
  const caPath = join(folder, "ca.pem");
  await Deno.writeTextFile(caPath, certificates.caPem);
  const door = openFrontDoor({
    port,
    certificates,
    answersFor: (host) => HOSTS.some((known) => host === known || host.endsWith(`.${known}`)),
    handler: api.app.fetch,
    onTunnel: (host, answered) => {
      if (!answered) refused.push(host);
    },
  });
  const url = `http://127.0.0.1:${door.port}`;
  let closed: Promise<void> | null = null;
  const close = () => closed ??= end();
  const end = async () => {
    await door.close();
    await Deno.remove(folder, { recursive: true });
  };
  return {
    url,
    caPath,
    env: { HTTPS_PROXY: url, NODE_EXTRA_CA_CERTS: caPath },
    account: api.account,
    requests: (after) => api.log.after(after),
    turns: (account, conversation) =>
      api.log.after().filter((exchange) =>
        exchange.isTurn && exchange.account === account && exchange.conversation === conversation
      ),
    refusedHosts: () => refused,
    close,
    [Symbol.asyncDispose]: close,
  };
}
