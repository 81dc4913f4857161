/**
 * The status as a page of text: accounts with their windows, sessions, the swap, what the policy wants.
 *
 * @module
 */
import type {
  AccountView,
  ProposalView,
  SessionView,
  StatusView,
  WindowView,
} from "../../http/view.ts";
import type { WindowName } from "../../model/quota.ts";
import { pct, pressureWords, windowWords } from "../../words/reasons.ts";
import type { Style } from "../style.ts";
import { bar } from "./bar.ts";
import { forecastWords } from "./forecast.ts";
import { renderSwapBriefly } from "./swap.ts";
import { table } from "./table.ts";
import { signInWords } from "../../words/sign_in.ts";
import { clockTime, coarse, type LocalTimeOf, resetTime, roughly } from "../../words/time.ts";
import { wrap } from "./wrap.ts";

export interface RenderOptions {
  readonly columns: number;
  readonly style: Style;
  readonly localTime: LocalTimeOf;
}

/** A swap that ended longer ago than this is history. */
const RECENT_MS = 10 * 60_000;
/** A window that is expected to be full later is not worth a line. */
const SOON_MS = 60 * 60_000;

export function renderStatus(view: StatusView, options: RenderOptions): string {
  const parts = [
    header(view, options),
    section("Accounts", accounts(view, options), options),
    section("Sessions", sessions(view, options), options),
    tasks(view, options),
    isRecent(view) ? section("Swap", renderSwapBriefly(view.swap!, options), options) : "",
    closing(view, options),
  ];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

function section(title: string, body: string, { style }: RenderOptions): string {
  return `${style.bold(title)}\n${body}`;
}

function header(view: StatusView, options: RenderOptions): string {
  const { daemon, mode, frozen, now } = view;
  const { style, localTime } = options;
  const words = [`claude-failover${daemon.phase === "up" ? ` ${daemon.version}` : ""}`];
  if (daemon.phase === "up") {
    words.push(`pid ${daemon.pid}`, `up ${coarse(now - daemon.since)}`);
  } else if (daemon.phase === "stopping") words.push(`pid ${daemon.pid}`, style.warn("stopping"));
  else if (view.seq === 0) words.push("starting");
  else words.push(style.bad("no daemon is running"), `this was so ${roughly(now - view.asOf)} ago`);
  if (mode !== null) words.push(`mode ${mode}`);
  const line = [words.join(" · "), ...journalProblem(view, options)].join("\n");
  if (!frozen) return line;
  const since = clockTime(frozen.since, now, localTime);
  const hint = "`claude-failover thaw` ends that";
  return `${line}\n${style.warn(`Frozen since ${since}: ${frozen.reason}`)} (${hint})`;
}

function journalProblem(
  { journalProblem: problem }: StatusView,
  { columns, style }: RenderOptions,
): string[] {
  if (problem === null) return [];
  const what = `${problem}. Nothing is moved or started until it can; the sessions go on.`;
  return wrap(what, columns, 0).map(style.bad);
}

// -- Accounts --

function accounts(
  { accounts, removedAccounts, now }: StatusView,
  options: RenderOptions,
): string {
  if (accounts.length === 0) {
    return "  none yet: `claude-failover account add ID` makes one";
  }
  const rows = accounts.map((account) => accountRow(account, now, options));
  const head = ["ACCOUNT", "WINDOW, USED", "RESETS", "SOURCE, AGE"];
  const notes = accounts.flatMap((account) => accountNotes(account, now, options));
  const { columns, style } = options;
  const removed = removedAccounts.flatMap(({ account, sessions }) => {
    const text =
      `  ! ${account}: no longer in the config; ${sessions.join(", ")} still under it, ` +
      "and nothing is moved there";
    return wrap(text, columns, 4).map(style.warn);
  });
  return [table(head, rows, options), ...notes, ...removed].join("\n");
}

function accountRow(account: AccountView, now: number, options: RenderOptions): string[] {
  const { style, localTime } = options;
  const live = account.liveSessions === 1 ? "1 session" : `${account.liveSessions} sessions`;
  const name = `${style.name(account.id)}\n${style.dim(live)}`;
  if (account.windows.length === 0) {
    const why = account.kind === "subscription" ? "no figure yet" : `no quota (${account.kind})`;
    return [name, style.dim(why), "", ""];
  }
  const column = (of: (window: WindowView) => string) => account.windows.map(of).join("\n");
  return [
    name,
    column((w) => `${shortName(w.window).padEnd(4)} ${used(w, style)}`),
    column((w) => w.resetsAt === null ? "unknown" : resetTime(w.resetsAt, now, localTime)),
    column((w) => style.dim(`${w.source}, ${age(w, now)}`)),
  ];
}

export function age({ readAt, ageUnknown }: WindowView, now: number): string {
  return ageUnknown ? "of unknown age" : roughly(now - readAt);
}

/** As short as a column wants it. */
export function shortName(window: WindowName): string {
  switch (window) {
    case "five_hour":
      return "5 h";
    case "seven_day":
      return "week";
    case "credits":
      return "paid";
    default: {
      const name = window.replace(/^(?:seven_day_|other:)/, "").replaceAll("_", " ");
      return `${name.slice(0, 1).toUpperCase()}${name.slice(1, LONGEST_WINDOW)}`;
    }
  }
}

const LONGEST_WINDOW = 14;
const BAR = 10;

/** `██████░░░░ 61 %`; a figure whose reset has passed says nothing any more. */
export function used({ usedPct, linePct, expired }: WindowView, style: Style): string {
  if (expired) return style.dim(`${"·".repeat(BAR)}    ?`);
  const text = `${bar(usedPct, BAR)} ${pct(usedPct).padStart(5)}`;
  if (usedPct >= 100) return style.bad(text);
  return linePct !== null && usedPct >= linePct ? style.warn(text) : style.good(text);
}

/** What stands in an account's way, one line each. */
function accountNotes(account: AccountView, now: number, options: RenderOptions): string[] {
  const { columns, style, localTime } = options;
  const notes: string[] = [];
  const note = (text: string, tone: "warn" | "bad") =>
    notes.push(...wrap(`  ! ${account.id}: ${text}`, columns, 4).map(style[tone]));
  const { pressure, wall, check } = account;
  if (pressure.is === "full") {
    const until = pressure.resetsAt === null
      ? "no reset time known"
      : `resets ${resetTime(pressure.resetsAt, now, localTime)}`;
    const proof = wall ? ` (seen in: ${wall.evidence.join(" + ")})` : "";
    note(`${pressureWords(pressure)}, ${until}${proof}`, "bad");
  } else if (pressure.is === "near") {
    note(pressureWords(pressure), "warn");
  }
  const soon = pressure.is === "full" ? null : fullSoon(account, now);
  if (soon) {
    const { window, forecast } = soon;
    note(`${windowWords(window)} ${forecastWords(forecast, now, localTime)}`, "warn");
  }
  if (check && check.problems.length > 0) {
    note(`not ready (${coarse(now - check.at)} ago): ${check.problems.join("; ")}`, "warn");
  }
  const ending = signInWords(check?.signInEndsAt, now, localTime);
  if (ending !== null) note(`its sign-in ${ending}`, "warn");
  for (const what of new Set(check?.folders?.map((f) => f.what))) note(what, "warn");
  return notes;
}

/** The window that is expected to be full first, if that is soon. */
function fullSoon({ windows }: AccountView, now: number): WindowView | null {
  const at = ({ forecast }: WindowView) =>
    forecast.is === "known" && forecast.p50 !== null ? forecast.p50 : Infinity;
  const first = windows.toSorted((a, b) => at(a) - at(b))[0];
  return first && at(first) - now < SOON_MS ? first : null;
}

// -- Sessions --

function sessions({ sessions, now, daemon, seq }: StatusView, options: RenderOptions): string {
  if (daemon.phase !== "down" || seq === 0) return renderSessions(sessions, now, options);
  // When a parked one would be woken is for a daemon to say.
  const left = sessions.map((session) =>
    session.phase === "parked"
      ? { ...session, detail: session.detail ?? "until a daemon wakes it" }
      : session
  );
  return renderSessions(left, now, options);
}

export function renderSessions(
  sessions: readonly SessionView[],
  now: number,
  options: RenderOptions,
): string {
  if (sessions.length === 0) {
    return "  none: name some under `sessions` in the config, then `claude-failover reload`";
  }
  const head = ["SESSION", "ACCOUNT", "PROJECT", "STATE", "SINCE", "CONVERSATION"];
  const rows = sessions.map((session) => [
    session.name,
    options.style.name(session.account),
    session.project ?? "-",
    phaseWords(session, now, options),
    session.since === null ? "-" : coarse(now - session.since),
    session.conversation?.slice(0, 8) ?? "-",
  ]);
  return [table(head, rows, options), ...sessionNotes(sessions, now, options)].join("\n");
}

export function phaseWords(
  session: SessionView,
  now: number,
  { style, localTime }: RenderOptions,
): string {
  const { phase, detail, unproven, held, pin, inConfig, wakesAt } = session;
  if (phase === "parked" && detail !== null) return style.dim(`${phase} ${detail}`);
  if (phase === "parked") {
    const until = wakesAt === null
      ? "parked: no account may take it"
      : wakesAt <= now
      ? "parked, wakes now"
      : `parked until ${clockTime(wakesAt, now, localTime)} (in ${coarse(wakesAt - now)})`;
    return style.warn(until);
  }
  const more = phase === "limited" ? windowWords(detail as WindowView["window"] | null) : detail;
  const words = more === null || phase === "quarantined" ? phase : `${phase} (${more})`;
  const tags = [
    unproven ? "not yet proven" : "",
    held ? "held" : "",
    pin ? `pinned${pin.account === session.account ? "" : ` to ${pin.account}`}` : "",
    inConfig ? "" : "no longer in the config",
  ].filter((tag) => tag !== "");
  const text = [words, ...tags].join(", ");
  if (["limited", "dead", "quarantined"].includes(phase)) return style.bad(text);
  if (phase === "waiting" || phase === "stopping" || unproven) return style.warn(text);
  return phase === "working" ? style.good(text) : text;
}

/** What comes next for those that are gone, one line each. */
function sessionNotes(
  sessions: readonly SessionView[],
  now: number,
  { columns, style }: RenderOptions,
): string[] {
  return sessions.flatMap((session) => {
    const text = noteOf(session, now);
    return text === null ? [] : wrap(`  ! ${text}`, columns, 4).map(style.bad);
  });
}

function noteOf({ name, phase, detail, why, restart }: SessionView, now: number): string | null {
  if (phase === "quarantined") {
    return `${name} is quarantined: ${detail}; \`claude-failover session start ${name}\` tries again`;
  }
  return restart && `${name} is dead, ${restartWords(restart, now)}: ${why}`;
}

/** `restarts in 2 min (3rd time)`. */
export function restartWords(
  { at, nth }: NonNullable<SessionView["restart"]>,
  now: number,
): string {
  const when = at <= now ? "now" : `in ${coarse(at - now)}`;
  return `restarts ${when} (${ordinal(nth)} time)`;
}

function ordinal(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? "th" : ["th", "st", "nd", "rd"][n % 10] ?? "th";
  return `${n}${suffix}`;
}

// -- Tasks --

/** Nothing while there is nothing to say of them. */
function tasks({ tasks, now }: StatusView, options: RenderOptions): string {
  if (!tasks) return "";
  const { queued, running, attention, paused } = tasks;
  if (queued + running + attention.length === 0 && !paused) return "";
  const { columns, style, localTime } = options;
  const counts = `  ${running} under way, ${queued} waiting`;
  const notes = [
    ...attention.map((id) => `  ! ${id} needs attention: \`claude-failover task show ${id}\``),
    ...(paused
      ? [`  ! paused since ${clockTime(paused.since, now, localTime)}: ${paused.reason}`]
      : []),
  ].flatMap((note) => wrap(note, columns, 4)).map(style.warn);
  return section("Tasks", [counts, ...notes].join("\n"), options);
}

// -- Swap and decision --

function isRecent({ swap, now }: StatusView): boolean {
  return swap !== null && (swap.outcome.is === "running" || now - swap.outcome.at < RECENT_MS);
}

function closing(view: StatusView, options: RenderOptions): string {
  const { proposal, decision, daemon, now } = view;
  const { columns, style } = options;
  const say = (text: string) => wrap(text, columns);
  if (daemon.phase === "down" && view.seq > 0) {
    const live = view.accounts.some(({ liveSessions }) => liveSessions > 0);
    const what = "Nothing is watched, moved or handed out." +
      (live ? " The sessions go on by themselves in tmux." : "");
    return say(what).map(style.warn).join("\n");
  }
  if (!proposal) {
    const lines = say(decision.text);
    return (decision.do === "nothing" ? lines : lines.map(style.warn)).join("\n");
  }
  const { from, to, why } = proposal;
  return [
    ...say(`Proposed: ${from} → ${to}, because ${why}. ${leftWords(proposal, now)}`)
      .map(style.warn),
    ...say("`claude-failover swap confirm` does it, `swap reject` does not."),
  ].join("\n");
}

/** How long it still waits, and what happens then. */
function leftWords({ deadline, then }: ProposalView, now: number): string {
  if (deadline === null) return "It waits for your word.";
  const left = deadline <= now ? "now" : `in ${coarse(deadline - now)}`;
  const what = {
    stay: "it lapses and nothing moves",
    move: "it is carried out",
    park: "what stands at the limit is parked",
  };
  return `Without your word ${left} ${what[then]}.`;
}
