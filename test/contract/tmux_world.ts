/**
 * A tmux server of a test's own behind the real port.
 *
 * @module
 */
import { realTmux, systemProcesses } from "../../lib/ports/real.ts";
import { tmuxSocket } from "../support/mod.ts";

/** A program that stays, and shows what is typed. */
export const CAT = ["cat", "-"] as const;

export async function setup(options: Parameters<typeof realTmux>[1] = {}) {
  const socket = await tmuxSocket();
  const processes = options.processes ?? systemProcesses();
  const tmux = realTmux(socket.socket, { processes, ...options });
  return {
    tmux,
    processes,
    socket,
    cwd: await Deno.realPath(socket.path.replace(/\/[^/]*$/, "")),
    async killServer() {
      await socket.tmux("kill-server");
    },
    async [Symbol.asyncDispose]() {
      await tmux[Symbol.asyncDispose]();
      await socket[Symbol.asyncDispose]();
    },
  };
}
