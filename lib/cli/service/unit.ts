/**
 * The service as files: a user unit of systemd, an agent of launchd. Text only.
 *
 * What a unit restricts, the sessions inherit: `systemd-run --scope` starts the tmux server as a child of the daemon,
 * with its mounts, filters and limits. So nothing stands here that would keep a session from its work (`sudo`, files
 * that others may read, /tmp); what is held back is the daemon's end: how it is stopped, watched and tried again.
 *
 * @module
 */
import { type Comment, sealed } from "./seal.ts";

export interface ServiceSpec {
  /** The program with its arguments; the first is an absolute path. */
  readonly argv: readonly [string, ...string[]];
  /** What the daemon needs of the environment of whoever installs it; a service manager has one of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Where launchd writes what the daemon prints. */
  readonly logFile: string;
}

export const UNIT_NAME = "claude-failover.service";
export const AGENT_LABEL = "claude-failover";

const HASH: Comment = { head: "", open: "# ", close: "" };
const XML: Comment = {
  head: `<?xml version="1.0" encoding="UTF-8"?>\n`,
  open: "<!-- ",
  close: " -->",
};

/** systemd.unit(5), systemd.service(5). */
export function unitText({ argv, env }: ServiceSpec): string {
  const variables = Object.entries(env).map(([name, value]) =>
    `Environment=${unitWord(`${name}=${value}`)}`
  );
  return sealed(
    `[Unit]
Description=claude-failover: keeps Claude Code sessions going over several accounts
StartLimitIntervalSec=10min
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=main
# ":": no variable is put in.
ExecStart=:${argv.map(unitWord).join(" ")}
# The shell has a kill of its own; the program kill is not everywhere.
ExecReload=/bin/sh -c "kill -HUP $MAINPID"
${variables.join("\n")}
Restart=on-failure
RestartSec=2s
# A mistake in the config stays one until somebody corrects it.
RestartPreventExitStatus=2
# It says that it lives every 30 s; when it hangs it is ended and started anew.
WatchdogSec=60s
# Longer than the minute that a stop gives to a swap under way.
TimeoutStopSec=90s
# The sessions go on: their tmux server lives in a scope of its own, and should that fail one day, here.
KillMode=process
OOMPolicy=continue
# No memory of the daemon in a core file; a session may raise this for itself.
LimitCORE=0:infinity
# Each client of the control plane is one, and so is each half-sent request.
LimitNOFILE=65536:524288

[Install]
WantedBy=default.target
`,
    HASH,
  );
}

/** One word for systemd: quoted as in C, with `%` doubled, since it begins a specifier. */
export function unitWord(text: string): string {
  if (/[\n\r\0]/.test(text)) throw new RangeError("Cannot write a line break into a unit");
  const escaped = text.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%");
  return /^[\w./:=@+,%-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** launchd.plist(5). Written after its manual; no macOS has run it. */
export function agentText({ argv, env, logFile }: ServiceSpec): string {
  const string = (text: string) => `<string>${xmlText(text)}</string>`;
  const variables = Object.entries(env).flatMap(([name, value]) => [
    `    <key>${xmlText(name)}</key>`,
    `    ${string(value)}`,
  ]);
  return sealed(
    `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  ${string(AGENT_LABEL)}
  <key>ProgramArguments</key>
  <array>
${argv.map((word) => `    ${string(word)}`).join("\n")}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join("\n")}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <!-- Longer than the minute that a stop gives to a swap under way. -->
  <key>ExitTimeOut</key>
  <integer>90</integer>
  <!-- The tmux server and its sessions go on. -->
  <key>AbandonProcessGroup</key>
  <true/>
  <key>StandardOutPath</key>
  ${string(logFile)}
  <key>StandardErrorPath</key>
  ${string(logFile)}
</dict>
</plist>
`,
    XML,
  );
}

function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
