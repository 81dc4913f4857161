/**
 * A tmux server of the test's own, on a socket in its temporary folder.
 *
 * @module
 */
import { until } from "./until.ts";

export type PrivateTmux = ReturnType<typeof privateTmux>;

/** tmux on a socket of our own; a program that has ended leaves its pane, with its exit status. */
export function privateTmux(socket: string) {
  const run = async (...args: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-S", socket, "-f", "/dev/null", ...args],
      stdin: "null",
    }).output();
    if (!success) throw new Error(`Cannot ${args[0]}: ${new TextDecoder().decode(stderr).trim()}`);
    return new TextDecoder().decode(stdout).trimEnd();
  };
  const capture = async (name: string) => {
    try {
      // With the scrollback: the notice that a pane is dead pushes out what the program said last.
      return await run("capture-pane", "-p", "-S", "-", "-t", name);
    } catch (error) {
      return `(${(error as Error).message})`;
    }
  };
  let serverPid = 0;
  return {
    capture,
    /** The pid of the program, which tmux executes without a shell because argv has several words. */
    async launch(name: string, cwd: string, argv: readonly string[]): Promise<number> {
      const size = ["-x", "120", "-y", "40"];
      const remain = [";", "set-option", "-g", "remain-on-exit", "on"];
      const ids = await run(
        ...["start-server", ...remain, ";", "new-session", "-d", "-P", "-F", "#{pane_pid} #{pid}"],
        ...["-s", name, ...size, "-c", cwd, ...argv],
      );
      const [pid, server] = ids.split(" ").map(Number);
      serverPid = server!;
      return pid!;
    },
    async submit(name: string, text: string): Promise<void> {
      await run("send-keys", "-t", name, "-l", "--", text);
      await run("send-keys", "-t", name, "Enter");
    },
    /** As a shell tells it: 128 and the signal when one ended the program. Null while it runs. */
    async exitStatus(name: string): Promise<number | null> {
      const format = "#{pane_dead} #{pane_dead_status} #{pane_dead_signal}";
      const [dead, status, signal] = (await run("display-message", "-p", "-t", name, format)).split(
        " ",
      );
      if (dead !== "1") return null;
      if (!status && !signal) {
        // tmux 3.3a misses a SIGCHLD now and then (15 of 60 here) and leaves the program a zombie; another one wakes it.
        Deno.kill(serverPid, "SIGCHLD");
        return null;
      }
      return status ? Number(status) : 128 + Number(signal);
    },
    async end(): Promise<void> {
      if (serverPid === 0) return;
      await run("kill-server").catch(() => {});
      await until(() => isGone(serverPid) ? true : null, () => "the tmux server does not end");
      await Deno.remove(socket).catch(() => {});
    },
  };
}

function isGone(pid: number): boolean {
  try {
    return / Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return true;
  }
}
