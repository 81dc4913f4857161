/**
 * A tmux server of a test's own.
 *
 * @module
 */
import process from "node:process";
import type { TmuxSocket } from "../../lib/model/config.ts";
import { until } from "./until.ts";

export interface TestSocket extends AsyncDisposable {
  readonly socket: TmuxSocket;
  /** Where the socket file is, once a server runs. */
  readonly path: string;
  /** Runs tmux on this socket, past every port: for what a person would type. Throws with its stderr. */
  tmux(...args: string[]): Promise<string>;
}

/**
 * A private socket in a temporary folder. At the end the server is killed with all that its panes run,
 * and the socket is gone: `await using socket = await tmuxSocket()`.
 */
export async function tmuxSocket(): Promise<TestSocket> {
  const dir = await Deno.makeTempDir({ prefix: "cf-tmux-" });
  const path = `${dir}/s`;
  return {
    socket: { path },
    path,
    tmux: (...args) => tmux(path, args),
    async [Symbol.asyncDispose]() {
      const pids = await pidsOf(path);
      await tmux(path, ["kill-server"]).catch(() => {});
      // kill-server only sends SIGHUP, and the server ends in its own time.
      await until(() => !pids.some(isThere), { timeoutMs: 300 }).catch(() => {
        for (const pid of pids) if (isThere(pid)) Deno.kill(pid, "SIGKILL");
      });
      await Deno.remove(dir, { recursive: true });
    },
  };
}

async function tmux(path: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("tmux", {
    args: ["-u", "-f", "/dev/null", "-S", path, ...args],
    env: { TMUX: "" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot tmux ${args.join(" ")}: ${text.decode(stderr).trim()}`);
  return text.decode(stdout);
}

/** The server and what its panes run; empty without a server. */
async function pidsOf(path: string): Promise<number[]> {
  try {
    const lines = await tmux(path, ["list-panes", "-a", "-F", "#{pid} #{pane_dead} #{pane_pid}"]);
    return [
      ...new Set(
        lines.trim().split("\n").flatMap((line) => {
          const [server, dead, pane] = line.split(" ");
          return [Number(server), ...(dead === "1" ? [] : [Number(pane)])];
        }),
      ),
    ];
  } catch {
    return [];
  }
}

/** A zombie is not there: an ended server may have nobody to reap it in a container. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return Deno.build.os !== "linux" || !/\) Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}
