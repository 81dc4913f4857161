/**
 * A web server on loopback that keeps what it is sent and answers as the test says; and the world of a channel.
 *
 * @module
 */
import type { Message } from "../../lib/notify/channel.ts";
import type { ChannelDeps } from "../../lib/notify/channels/mod.ts";
import type { Notice } from "../../lib/model/notice.ts";
import { systemFiles, systemProcesses } from "../../lib/ports/real.ts";
import { FakeClock } from "../fakes/clock.ts";

export interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

type Answer = (received: Received) => Response | Promise<Response>;

export function receiver(answer: Answer = () => new Response("ok")) {
  const received: Received[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const one = {
      path: `${pathname}${search}`,
      headers: request.headers,
      body: await request.text(),
    };
    received.push(one);
    return await answer(one);
  });
  return {
    received,
    url: `http://127.0.0.1:${server.addr.port}`,
    answer(next: Answer) {
      answer = next;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

export function message(
  notice: Partial<Notice> = {},
  more: Partial<Omit<Message, "notice">> = {},
): Message {
  return {
    notice: {
      id: "session.quarantined:ccl-3:41",
      kind: "session.quarantined",
      severity: "critical",
      at: Date.UTC(2026, 10, 28, 14, 2),
      title: "ccl-3 is quarantined",
      lines: ["Its process ended 5 times within a minute of its start."],
      todo: "claude-failover session start ccl-3",
      subject: { session: "ccl-3", account: "work" },
      seqs: { first: 41, last: 41 },
      count: 1,
      ...notice,
    },
    key: "41:team",
    maybeRepeated: false,
    replaces: null,
    ...more,
  };
}

export const PLANTED = "canary-3f9a7c";

/** Real files, processes and fetch; a folder of its own, and a clock that the test moves. */
export async function channelWorld(env: Record<string, string> = {}) {
  const dir = await Deno.makeTempDir({ prefix: "cf-notify-" });
  const clock = new FakeClock(Date.UTC(2026, 10, 28, 14, 2));
  const printed: string[] = [];
  const deps: ChannelDeps = {
    clock,
    files: systemFiles,
    processes: systemProcesses(),
    fetch,
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", ...env },
    print: (line) => printed.push(line),
  };
  return {
    dir,
    clock,
    deps,
    printed,
    /** Writes a secret to a file of mode 0600 and gives its path. */
    async secret(value: string, mode = 0o600) {
      const path = `${dir}/secret`;
      await Deno.writeTextFile(path, `${value}\n`);
      await Deno.chmod(path, mode);
      return path;
    },
    signal: new AbortController().signal,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}
