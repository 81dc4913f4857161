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
import { retryLater, said } from "./http.ts";
import { bodyOf, cut, dataOf, titleOf } from "./text.ts";

const TIMEOUT_MS = 10_000;
const MOST_OUTPUT_BYTES = 16_384;
const MOST_VARIABLE = 8_000;

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
        NOTICE_TITLE: variable(titleOf(message)),
        NOTICE_BODY: variable(bodyOf(message).join("\n")),
        NOTICE_SEVERITY: message.notice.severity,
      };
      const stdin = JSON.stringify(dataOf(message));
      try {
        const { code, stderr, timedOut } = await deps.processes.run(command, {
          env,
          stdin,
          timeoutMs: TIMEOUT_MS,
          maxOutputBytes: MOST_OUTPUT_BYTES,
          signal,
        });
        if (timedOut) {
          const why = `${command[0]} was still running after ${TIMEOUT_MS / 1_000} s`;
          return { is: "retry", why, afterMs: null, unsure: true };
        }
        if (code === 0) return { is: "sent", ref: null };
        const last = said(stderr.trim().split("\n").at(-1)!, []);
        return retryLater(`${command[0]} ended with ${code}${last === "" ? "" : `: ${last}`}`);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ProgramNotFoundError) return retryLater(`no program ${command[0]}`);
        return retryLater(`cannot run ${command[0]}`);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** A variable cannot hold a NUL, and a long one would not let the program start (128 KiB on Linux). */
function variable(text: string): string {
  return cut(text.replaceAll("\0", ""), MOST_VARIABLE);
}
