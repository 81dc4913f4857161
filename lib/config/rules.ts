/**
 * What the keys of a config must mean together. Each rule looks at a draft: what is malformed is a hole in
 * it, and a rule that would need the hole says nothing, since its author has heard of that already.
 *
 * @module
 */
import { argFault } from "./flags.ts";
import { listensSafely } from "./listen.ts";
import { channelsFit } from "./notify_channels.ts";
import { routesFit } from "./notify_routes.ts";
import { byteLength, expandPath, isWithin } from "./paths.ts";
import { money } from "./money_rules.ts";
import { CONTROL_SOCKET, placesOf, type Surroundings } from "./places.ts";
import type { Finding, KeyPath } from "./problem.ts";
import { repeated } from "./references.ts";
import type { Draft } from "./schema.ts";
import { envFault } from "./secrets.ts";
import { projectsDiffer, sessionNamesDiffer, sessionsFitProjects } from "./session_rules.ts";

/** Bytes in `sun_path` on Linux, without the closing NUL. */
const MAX_SOCKET_PATH = 107;

type Rule = (draft: Draft, around: Surroundings) => Iterable<Finding>;

const RULES: readonly Rule[] = [
  accountsDiffer,
  environments,
  moveTargets,
  money,
  projectsDiffer,
  sessionNamesDiffer,
  sessionsFitProjects,
  launchArguments,
  sharedFolder,
  socketsFit,
  listensSafely,
  channelsFit,
  routesFit,
];

export function breaches(draft: Draft, around: Surroundings): Finding[] {
  return RULES.flatMap((rule) => [...rule(draft, around)]);
}

function* accountsDiffer({ accounts = [] }: Draft, { home }: Surroundings): Iterable<Finding> {
  yield* repeated(accounts.map((a) => a?.id), (i) => ["accounts", i, "id"]);
  const dirs = accounts.map((a) => a?.config_dir && expandPath(a.config_dir, home));
  for (const [i, dir] of dirs.entries()) {
    const first = dirs.indexOf(dir);
    if (!dir || first === i) continue;
    yield {
      path: ["accounts", i, "config_dir"],
      what: `is the same folder as that of accounts[${first}]: ${dir}`,
      hint: "one account is one folder, signed in on its own",
    };
  }
}

function* environments({ accounts = [] }: Draft): Iterable<Finding> {
  for (const [i, account] of accounts.entries()) {
    for (const [name, value] of Object.entries(account?.env ?? {})) {
      const fault = envFault(name, value);
      if (fault) yield { path: ["accounts", i, "env", name], ...fault, onKey: true };
    }
  }
}

function* moveTargets({ failover }: Draft): Iterable<Finding> {
  const { mode, to_kinds: kinds } = failover ?? {};
  yield* repeated(kinds ?? [], (i) => ["failover", "to_kinds", i]);
  // A hole (a wrong kind) has been reported; a key that is not there, or an empty list, has not.
  const isUnsaid = failover !== undefined && (!("to_kinds" in failover) || kinds?.length === 0);
  if (mode === undefined || mode === "off" || !isUnsaid) return;
  yield {
    path: ["failover", "to_kinds"],
    what: `must say which kinds of account a move may go to, since mode is ${mode}`,
    hint: "for example to_kinds: [subscription]; read docs/provider-terms.md first",
  };
}

function* launchArguments(draft: Draft): Iterable<Finding> {
  const launches: [KeyPath, Draft["launch"]][] = [
    [["launch"], draft.launch],
    ...(["projects", "sessions"] as const).flatMap((key) =>
      (draft[key] ?? []).map((part, i): [KeyPath, Draft["launch"]] => [
        [key, i, "launch"],
        part?.launch,
      ])
    ),
  ];
  for (const [path, launch] of launches) {
    for (const [i, arg] of (launch?.args ?? []).entries()) {
      const fault = arg === undefined ? null : argFault(arg);
      if (fault) yield { path: [...path, "args", i], ...fault };
    }
  }
}

function* sharedFolder(draft: Draft, around: Surroundings): Iterable<Finding> {
  yield* repeated(draft.share?.also ?? [], (i) => ["share", "also", i]);
  const { projectsDir } = placesOf(draft, around);
  for (const account of draft.accounts ?? []) {
    if (!account?.config_dir) continue;
    const dir = expandPath(account.config_dir, around.home);
    if (!isWithin(projectsDir, dir) && !isWithin(dir, projectsDir)) continue;
    yield {
      path: ["share", "projects_dir"],
      what: `${projectsDir} and the config_dir ${dir} must not lie in one another`,
      hint:
        "the shared folder is apart from every account; `claude-failover share` moves what there is",
    };
  }
}

function* socketsFit(draft: Draft, around: Surroundings): Iterable<Finding> {
  const control = placesOf(draft, around).runtimeDir + CONTROL_SOCKET;
  const from = draft.paths?.runtime_dir ? "runtime_dir" : "state_dir";
  yield* tooLong(
    control,
    draft.paths?.[from] ? ["paths", from] : ["paths"],
    "set paths.runtime_dir to a shorter one",
  );
  const socket = draft.tmux?.socket;
  if (!socket || !/^[~/]/.test(socket)) return;
  yield* tooLong(
    expandPath(socket, around.home),
    ["tmux", "socket"],
    "choose a shorter path, or a name",
  );
}

function* tooLong(socket: string, path: KeyPath, hint: string): Iterable<Finding> {
  const bytes = byteLength(socket);
  if (bytes <= MAX_SOCKET_PATH) return;
  const what = `the socket ${socket} is ${bytes} bytes long; ${MAX_SOCKET_PATH} are the most`;
  yield { path, what, hint };
}
