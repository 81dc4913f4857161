/**
 * An agent in a tmux pane of its own, past the tmux port: what a person would see and type.
 *
 * @module
 */
import type { TestSocket } from "../support/tmux.ts";

export interface AgentPane {
  /** Of the program itself: tmux runs an argv of several words without a shell. */
  readonly pid: number;
  /** With the scrollback: the notice that a pane is dead pushes out what the program said last. */
  capture(): Promise<string>;
  /** What is to be seen now, with its colours, as `inputBox` reads it. */
  styled(): Promise<string>;
  type(text: string): Promise<void>;
  /** Types a text and presses Enter. */
  submit(text: string): Promise<void>;
  /** As a shell tells it: 128 and the signal when one ended the program. Null while it runs. */
  exitStatus(): Promise<number | null>;
}

export async function agentPane(
  { tmux }: TestSocket,
  { name, cwd, argv }: { name: string; cwd: string; argv: readonly string[] },
): Promise<AgentPane> {
  const launch = ["new-session", "-d", "-P", "-F", "#{pane_pid}", "-s", name, "-c", cwd];
  const size = ["-x", "120", "-y", "40"];
  const keepDead = ["set-option", "-g", "remain-on-exit", "on", ";"];
  const pid = Number(await tmux("start-server", ";", ...keepDead, ...launch, ...size, ...argv));
  const type = async (text: string) => {
    await tmux("send-keys", "-t", name, "-l", "--", text);
  };
  return {
    pid,
    capture: () => tmux("capture-pane", "-p", "-S", "-", "-t", name),
    styled: () => tmux("capture-pane", "-p", "-e", "-t", name),
    type,
    async submit(text) {
      await type(text);
      await tmux("send-keys", "-t", name, "Enter");
    },
    async exitStatus() {
      const format = "#{pane_dead} #{pane_dead_status} #{pane_dead_signal}";
      const answer = await tmux("display-message", "-p", "-t", name, format);
      const [dead, status, signal] = answer.trimEnd().split(" ");
      if (dead !== "1") return null;
      if (!status && !signal) {
        // tmux 3.3a misses the SIGCHLD of one pane in ten or so (its issue 311), until a child of its own ends.
        await tmux("run-shell", "-b", "true");
        return null;
      }
      return status ? Number(status) : 128 + Number(signal);
    },
  };
}
