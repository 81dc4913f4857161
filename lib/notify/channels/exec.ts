/**
 * A program of the person's own: a bell, a desktop notice, a light. Argument by argument, never through a shell; what it
 * is told comes as JSON on its standard input, and its title and text in two variables.
 *
 * @module
 */
import type { ExecSpec } from "../../model/notify_config.ts";
import { ProgramNotFoundError } from "../../ports/process.ts";
import type { Channel } from "../channel.ts";
import type { ChannelDeps } from "./deps.ts";
import { retryLater } from "./http.ts";
import { bodyOf, dataOf, titleOf } from "./text.ts";

const TIMEOUT_MS = 10_000;
const MOST_SAID = 200;

/** What a desktop needs; nothing else of the daemon's environment is passed on. */
const PASSED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|LANG|LC_\w+|TZ|TMPDIR|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS)$/;

export function exec({ name, command }: ExecSpec, deps: ChannelDeps): Channel {
  const passed = Object.entries(deps.env).filter(([key]) => PASSED.test(key));
  return {
    name,
    canUpdate: false,
    leastGapMs: 0,
    async send(message, signal) {
      const env = {
        ...Object.fromEntries(passed),
        NOTICE_TITLE: titleOf(message),
        NOTICE_BODY: bodyOf(message).join("\n"),
        NOTICE_SEVERITY: message.notice.severity,
      };
      const stdin = JSON.stringify(dataOf(message));
      try {
        const { code, stderr, timedOut } = await deps.processes.run(command, {
          env,
          stdin,
          timeoutMs: TIMEOUT_MS,
          signal,
        });
        if (timedOut) {
          const why = `${command[0]} was still running after ${TIMEOUT_MS / 1_000} s`;
          return { is: "retry", why, afterMs: null, unsure: true };
        }
        if (code === 0) return { is: "sent", ref: null };
        const said = stderr.trim().split("\n").at(-1)!.slice(0, MOST_SAID);
        return retryLater(`${command[0]} ended with ${code}${said === "" ? "" : `: ${said}`}`);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ProgramNotFoundError) return retryLater(`no program ${command[0]}`);
        return retryLater(`cannot run ${command[0]}`);
      }
    },
    close: () => Promise.resolve(),
  };
}
