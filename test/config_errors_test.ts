/**
 * What a person reads who made a mistake in the config file: each sentence as it is printed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../lib/config.ts";

const CONVERSATION = "0b9c7a52-6f0e-4f0a-9d56-1c2f3a4b5c6d";
const BASE = `version: 1
accounts:
  - { id: work, kind: subscription, config_dir: ~/.claude }
  - { id: spare, kind: subscription, config_dir: ~/.claude-spare }
failover: { mode: confirm, to_kinds: [subscription] }
`;
const WORK = "{ id: work, kind: subscription, config_dir: ~/.claude }";
const FAILOVER = "{ mode: confirm, to_kinds: [subscription] }";

interface Case {
  readonly name: string;
  readonly yaml: string;
  /** Every line but the title, the excerpts and empty ones. */
  readonly says: readonly string[];
}

const CASES: readonly Case[] = [
  // where it listens
  {
    name: "an address that others can reach, without TLS",
    yaml: plus("http: { listen: 0.0.0.0:4747 }"),
    says: [
      "c.yaml:6:17: http.listen: 0.0.0.0 can be reached from other machines, and http.tls is missing",
      "  Hint: listen on 127.0.0.1, or name a certificate: http.tls: { cert: FILE, key: FILE }",
    ],
  },
  {
    name: "no address",
    yaml: plus("http: { listen: 4747 }"),
    says: [
      'c.yaml:6:17: http.listen: must be HOST:PORT, not "4747"',
      "  Hint: for example 127.0.0.1:4747",
    ],
  },
  {
    name: "half of an address",
    yaml: plus('http: { listen: ":4747" }'),
    says: [
      'c.yaml:6:17: http.listen: must be HOST:PORT, not ":4747"',
      "  Hint: for example 127.0.0.1:4747",
    ],
  },
  // the YAML itself
  {
    name: "not YAML",
    yaml: plus("sessions: [a"),
    says: [
      "c.yaml:7:1: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
  },
  {
    name: "a key twice",
    yaml: plus("failover: { mode: off }"),
    says: [
      "c.yaml:6:1: this key is here twice",
      "  Hint: remove one; the other would be lost",
    ],
  },
  {
    name: "a range in a list on one line",
    yaml: plus(`sessions:
  - names: [ccl-[0..3]]`),
    says: [
      "c.yaml:7:17: Missing , or : between flow sequence items",
      "  Hint: inside [...] and {...} a range stands in quotes",
    ],
  },
  {
    name: "an alias without its anchor",
    yaml: plus("launch: *fast"),
    says: [
      "c.yaml:6:9: there is no anchor &fast before this alias",
    ],
  },
  {
    name: "a tab",
    yaml: plus(`tmux:
	socket: x`),
    says: [
      "c.yaml:7:1: YAML does not take tabs for indentation",
      "  Hint: use spaces",
    ],
  },
  {
    name: "two documents",
    yaml: plus(`---
version: 1`),
    says: [
      "c.yaml:6:1: a second document starts here",
      "  Hint: one file is one config; remove ---",
    ],
  },
  {
    name: "a tag",
    yaml: plus("launch: !env { model: opus }"),
    says: [
      "c.yaml:6:9: YAML tags (!) mean nothing here",
    ],
  },
  // keys and types
  {
    name: "an unknown key",
    yaml: account("treshold: 5"),
    says: [
      "c.yaml:3:60: accounts[0].treshold: unknown key",
      "  Hint: did you mean thresholds?",
    ],
  },
  {
    name: "a key spelt as in camel case",
    yaml: plus(`sessions:
  - { names: a, cwd: ~/x, neverMove: true }`),
    says: [
      "c.yaml:7:27: sessions[0].neverMove: unknown key",
      "  Hint: did you mean never_move?",
    ],
  },
  {
    name: "a conversation for several sessions",
    yaml: plus(`sessions:
  - { names: "a-[0..1]", cwd: ~/x, conversation: ${CONVERSATION} }
  - { names: b, cwd: ~/x, conversation: ${CONVERSATION} }`),
    says: [
      "c.yaml:7:50: sessions[0].conversation: is for one session, and the names stand for 2",
      "  Hint: give each session an entry of its own",
      `c.yaml:8:41: sessions[1].conversation: is the same as sessions[0].conversation: "${CONVERSATION}"`,
    ],
  },
  {
    name: "a conversation that is none",
    yaml: plus("sessions: [{ names: a, cwd: ~/x, conversation: latest }]"),
    says: [
      'c.yaml:6:48: sessions[0].conversation: must be the id of a conversation (a UUID in small letters), not "latest"',
      "  Hint: `claude-failover import` finds those that run",
    ],
  },
  {
    name: "a key in the wrong place",
    yaml: plus("mode: auto"),
    says: [
      "c.yaml:6:1: mode: unknown key",
      "  Hint: it belongs in failover",
    ],
  },
  {
    name: "a key like no other",
    yaml: plus("colour: blue"),
    says: [
      "c.yaml:6:1: colour: unknown key",
    ],
  },
  {
    name: "another version",
    yaml: instead("version: 1", "version: 2"),
    says: [
      "c.yaml:1:10: version: must be 1, not 2",
    ],
  },
  {
    name: "no version",
    yaml: instead("version: 1\n", ""),
    says: [
      "c.yaml:1:1: version: is missing",
      "  Hint: write version: 1",
    ],
  },
  {
    name: "no accounts",
    yaml: instead(
      `  - ${WORK}\n  - { id: spare, kind: subscription, config_dir: ~/.claude-spare }`,
      "  []",
    ),
    says: [
      "c.yaml:2:1: accounts: must not be an empty list",
    ],
  },
  {
    name: "an account that is no mapping",
    yaml: instead(WORK, "work"),
    says: [
      'c.yaml:3:5: accounts[0]: must be a mapping (key: value), not "work"',
    ],
  },
  {
    name: "an account without a kind",
    yaml: instead(WORK, "{ id: work, config_dir: ~/.claude }"),
    says: [
      "c.yaml:3:5: accounts[0].kind: is missing",
    ],
  },
  {
    name: "an unknown kind",
    yaml: instead(WORK, WORK.replace("subscription", "subscripton")),
    says: [
      'c.yaml:3:23: accounts[0].kind: must be one of subscription, api-key, bedrock, vertex, foundry or custom, not "subscripton"',
      "  Hint: did you mean subscription?",
    ],
  },
  {
    name: "text where a number belongs",
    yaml: account("priority: high"),
    says: [
      'c.yaml:3:70: accounts[0].priority: must be a number, not "high"',
    ],
  },
  {
    name: "a number where text belongs",
    yaml: plus("launch: { model: 5 }"),
    says: [
      "c.yaml:6:18: launch.model: must be text, not 5",
      '  Hint: write it in quotes: "5"',
    ],
  },
  {
    name: "an empty section",
    yaml: plus(`launch:
  # model: opus
sessions: []`),
    says: [
      "c.yaml:6:1: launch: is empty",
      "  Hint: write a value, or remove the key",
    ],
  },
  {
    name: "a threshold out of bounds",
    yaml: account("thresholds: { five_hour: 0, weekly: 100.5 }"),
    says: [
      "c.yaml:3:85: accounts[0].thresholds.five_hour: must be a number from 1 to 100, not 0",
      "c.yaml:3:96: accounts[0].thresholds.weekly: must be a number from 1 to 100, not 100.5",
    ],
  },
  {
    name: "a threshold that is no number",
    yaml: account("thresholds: { weekly: .nan }"),
    says: [
      "c.yaml:3:82: accounts[0].thresholds.weekly: must be a number, not NaN",
    ],
  },
  {
    name: "a duration without a unit",
    yaml: failover("{ mode: off, min_stay: 30 }"),
    says: [
      'c.yaml:5:34: failover.min_stay: must be a length of time, not "30"',
      "  Hint: say the unit: 30s, 30m or 30h",
    ],
  },
  {
    name: "a duration in quotes without a unit",
    yaml: failover('{ mode: off, min_stay: "30" }'),
    says: [
      'c.yaml:5:34: failover.min_stay: must be a length of time, not "30"',
      "  Hint: say the unit: 30s, 30m or 30h",
    ],
  },
  {
    name: "a duration of another kind",
    yaml: failover("{ mode: off, stop_grace: 10 seconds }"),
    says: [
      'c.yaml:5:36: failover.stop_grace: must be a length of time, not "10 seconds"',
      "  Hint: write it like 30s, 10m or 1h30m",
    ],
  },
  {
    name: "a duration out of bounds",
    yaml: failover("{ mode: off, stop_grace: 1h30m }"),
    says: [
      "c.yaml:5:36: failover.stop_grace: must be from 1s to 5m, not 1h30m",
    ],
  },
  {
    name: "something else than true or false",
    yaml: account("auto: yes"),
    says: [
      'c.yaml:3:66: accounts[0].auto: must be true or false, not "yes"',
    ],
  },
  // accounts
  {
    name: "an id twice",
    yaml: instead("id: spare", "id: work"),
    says: [
      'c.yaml:4:11: accounts[1].id: is the same as accounts[0].id: "work"',
    ],
  },
  {
    name: "an id with a space",
    yaml: instead("id: spare", "id: my spare"),
    says: [
      'c.yaml:4:11: accounts[1].id: must be letters, digits, - and _, at most 64, not "my spare"',
    ],
  },
  {
    name: "a config dir twice, by ~ and with a slash at its end",
    yaml: instead("~/.claude-spare", "/home/ada/x/../.claude/"),
    says: [
      "c.yaml:4:50: accounts[1].config_dir: is the same folder as that of accounts[0]: /home/ada/.claude",
      "  Hint: one account is one folder, signed in on its own",
    ],
  },
  {
    name: "a relative config dir",
    yaml: instead("~/.claude-spare", "claude-spare"),
    says: [
      'c.yaml:4:50: accounts[1].config_dir: must be an absolute path or start with ~/, not "claude-spare"',
      "  Hint: the daemon has no folder of its own that a relative path could start from",
    ],
  },
  {
    name: "a config dir with a variable",
    yaml: instead("~/.claude-spare", "$HOME/.claude-spare"),
    says: [
      'c.yaml:4:50: accounts[1].config_dir: must be an absolute path or start with ~/, not "$HOME/.claude-spare"',
      "  Hint: variables are not expanded here; write ~/ for your home",
    ],
  },
  {
    name: "the home of another person",
    yaml: instead("~/.claude-spare", "~bob/.claude"),
    says: [
      'c.yaml:4:50: accounts[1].config_dir: must be an absolute path or start with ~/, not "~bob/.claude"',
      "  Hint: write another person's home as an absolute path",
    ],
  },
  {
    name: "an API key in env",
    yaml: account("env: { ANTHROPIC_API_KEY: made-up }"),
    says: [
      "c.yaml:3:67: accounts[0].env.ANTHROPIC_API_KEY: looks like a secret, and this file is no place for one",
      "  Hint: leave it where Claude Code looks for it: apiKeyHelper in the settings.json of this account's config_dir or `claude auth login`",
    ],
  },
  {
    name: "an AWS key in env",
    yaml: account("env: { AWS_SECRET_ACCESS_KEY: made-up }"),
    says: [
      "c.yaml:3:67: accounts[0].env.AWS_SECRET_ACCESS_KEY: looks like a secret, and this file is no place for one",
      "  Hint: set AWS_PROFILE and let `aws sso login` or the profile hold it",
    ],
  },
  {
    name: "a secret under a harmless name",
    yaml: account("env: { NOTE: sk-ant-made-up }"),
    says: [
      "c.yaml:3:67: accounts[0].env.NOTE: has a value that looks like a secret",
      "  Hint: leave it where Claude Code looks for it: apiKeyHelper in the settings.json of this account's config_dir or `claude auth login`",
    ],
  },
  {
    name: "a password in a URL",
    yaml: account("env: { HTTPS_PROXY: http://ada:made-up@proxy }"),
    says: [
      "c.yaml:3:67: accounts[0].env.HTTPS_PROXY: has a value that looks like a secret",
      "  Hint: leave it where Claude Code looks for it: apiKeyHelper in the settings.json of this account's config_dir or `claude auth login`",
    ],
  },
  {
    name: "CLAUDE_CONFIG_DIR in env",
    yaml: account("env: { CLAUDE_CONFIG_DIR: /x }"),
    says: [
      "c.yaml:3:67: accounts[0].env.CLAUDE_CONFIG_DIR: is set from the account's config_dir",
      "  Hint: write the folder as config_dir",
    ],
  },
  {
    name: "the watchdog in env",
    yaml: account('env: { CLAUDE_CODE_RETRY_WATCHDOG: "1" }'),
    says: [
      "c.yaml:3:67: accounts[0].env.CLAUDE_CODE_RETRY_WATCHDOG: keeps a session waiting at its limit, where it could not be moved",
      "  Hint: remove it; waiting is what failover.mode: off does",
    ],
  },
  {
    name: "the switch of a provider in env",
    yaml: account('env: { CLAUDE_CODE_USE_VERTEX: "1" }'),
    says: [
      "c.yaml:3:67: accounts[0].env.CLAUDE_CODE_USE_VERTEX: is set by the account's kind",
      "  Hint: write kind: vertex and remove it",
    ],
  },
  {
    name: "a number in env",
    yaml: account("env: { PIN: 1234 }"),
    says: [
      "c.yaml:3:72: accounts[0].env.PIN: must be text",
      "  Hint: write it in quotes",
    ],
  },
  {
    name: "a variable of no possible name",
    yaml: account("env: { a-b: x }"),
    says: [
      "c.yaml:3:67: accounts[0].env.a-b: is no name of an environment variable",
    ],
  },
  // failover
  {
    name: "no failover",
    yaml: instead("failover: { mode: confirm, to_kinds: [subscription] }\n", ""),
    says: [
      "c.yaml:1:1: failover: is missing",
      "  Hint: add it with a mode; you choose it: auto moves sessions at a limit by itself, confirm asks you, off moves nothing by itself; read docs/provider-terms.md first",
    ],
  },
  {
    name: "no mode",
    yaml: failover("{ to_kinds: [subscription] }"),
    says: [
      "c.yaml:5:1: failover.mode: is missing",
      "  Hint: you choose it: auto moves sessions at a limit by itself, confirm asks you, off moves nothing by itself; read docs/provider-terms.md first",
    ],
  },
  {
    name: "an empty mode",
    yaml: failover("\n  mode:\n  to_kinds: [subscription]"),
    says: [
      "c.yaml:6:3: failover.mode: is empty",
      "  Hint: you choose it: auto moves sessions at a limit by itself, confirm asks you, off moves nothing by itself; read docs/provider-terms.md first",
    ],
  },
  {
    name: "the mode of another language",
    yaml: failover("{ mode: true }"),
    says: [
      "c.yaml:5:19: failover.mode: must be one of auto, confirm or off, not true",
    ],
  },
  {
    name: "no kinds",
    yaml: failover("{ mode: auto }"),
    says: [
      "c.yaml:5:1: failover.to_kinds: must say which kinds of account a move may go to, since mode is auto",
      "  Hint: for example to_kinds: [subscription]; read docs/provider-terms.md first",
    ],
  },
  {
    name: "an empty list of kinds",
    yaml: failover("{ mode: confirm, to_kinds: [] }"),
    says: [
      "c.yaml:5:28: failover.to_kinds: must say which kinds of account a move may go to, since mode is confirm",
      "  Hint: for example to_kinds: [subscription]; read docs/provider-terms.md first",
    ],
  },
  {
    name: "a wrong kind in the list",
    yaml: failover("{ mode: auto, to_kinds: [api_key] }"),
    says: [
      'c.yaml:5:36: failover.to_kinds[0]: must be one of subscription, api-key, bedrock, vertex, foundry or custom, not "api_key"',
      "  Hint: did you mean api-key?",
    ],
  },
  // projects and sessions
  {
    name: "a project's unknown account",
    yaml: plus(`projects:
  - { id: shop, path: ~/shop, accounts: [wrok] }`),
    says: [
      'c.yaml:7:42: projects[0].accounts[0]: there is no account "wrok"',
      "  Hint: did you mean work?",
    ],
  },
  {
    name: "two projects of one folder",
    yaml: plus(`projects:
  - { id: a, path: ~/shop }
  - { id: b, path: ~/shop/ }`),
    says: [
      'c.yaml:8:20: projects[1].path: is the same as projects[0].path: "/home/ada/shop"',
    ],
  },
  {
    name: "a project without accounts",
    yaml: plus(`projects:
  - { id: a, path: ~/shop, accounts: [] }`),
    says: [
      "c.yaml:7:28: projects[0].accounts: must not be an empty list",
    ],
  },
  {
    name: "a session of an unknown project",
    yaml: plus(`sessions:
  - { names: a, project: shop }`),
    says: [
      'c.yaml:7:26: sessions[0].project: there is no project "shop"',
      "  Hint: add it under projects",
    ],
  },
  {
    name: "a session of an unknown account",
    yaml: plus(`sessions:
  - { names: a, cwd: ~/x, account: cloud }`),
    says: [
      'c.yaml:7:36: sessions[0].account: there is no account "cloud"',
      "  Hint: there are: work and spare",
    ],
  },
  {
    name: "a session under an account that its project may not use",
    yaml: plus(`projects:
  - { id: shop, path: ~/shop, accounts: [work] }
sessions:
  - { names: a, project: shop, account: spare }`),
    says: [
      "c.yaml:9:41: sessions[0].account: the project shop may not use the account spare",
      "  Hint: its accounts: work",
    ],
  },
  {
    name: "a session that goes around a project by its cwd",
    yaml: plus(`projects:
  - { id: shop, path: ~/shop, accounts: [work] }
sessions:
  - { names: a, cwd: ~/shop/web }`),
    says: [
      "c.yaml:9:22: sessions[0].cwd: lies in the project shop, so the accounts of that project hold",
      "  Hint: write project: shop as well",
    ],
  },
  {
    name: "a session of an outer project in the folder of an inner one",
    yaml: plus(`projects:
  - { id: all, path: ~/src }
  - { id: shop, path: ~/src/shop, accounts: [work] }
sessions:
  - { names: a, project: all, cwd: ~/src/shop }`),
    says: [
      "c.yaml:10:36: sessions[0].cwd: lies in the project shop, so the accounts of that project hold",
      "  Hint: write project: shop as well",
    ],
  },
  {
    name: "a session without project and cwd",
    yaml: plus(`sessions:
  - { names: a }`),
    says: [
      "c.yaml:7:5: sessions[0]: names neither a project nor a cwd",
      "  Hint: add project: with the id of a project, or cwd: with a folder",
    ],
  },
  {
    name: "a name twice",
    yaml: plus(`sessions:
  - { names: 'a-[0..3]', cwd: ~/x }
  - { names: [b, 'a-[2..5]'], cwd: ~/x }`),
    says: [
      "c.yaml:8:18: sessions[1].names[1]: the name a-2 (and 1 more) is taken by sessions[0].names",
    ],
  },
  {
    name: "a name with a dot",
    yaml: plus(`sessions:
  - { names: a.b, cwd: ~/x }`),
    says: [
      'c.yaml:7:14: sessions[0].names: must be letters, digits, - and _, at most 64, not "a.b"',
    ],
  },
  {
    name: "a name with a space",
    yaml: plus(`sessions:
  - { names: [a b], cwd: ~/x }`),
    says: [
      'c.yaml:7:15: sessions[0].names[0]: must be letters, digits, - and _, at most 64, not "a b"',
    ],
  },
  {
    name: "a name of the program's own",
    yaml: plus(`sessions:
  - { names: claude-failover-anchor, cwd: ~/x }`),
    says: [
      "c.yaml:7:14: sessions[0].names: must not start with claude-failover: sessions of that name are the program's own",
    ],
  },
  {
    name: "a range that runs backwards",
    yaml: plus(`sessions:
  - names: ccl-[3..0]
    cwd: ~/x`),
    says: [
      "c.yaml:7:12: sessions[0].names: the range ccl-[3..0] runs backwards",
      "  Hint: write ccl-[0..3]",
    ],
  },
  {
    name: "a range beyond measure",
    yaml: plus(`sessions:
  - names: ccl-[0..100]
    cwd: ~/x`),
    says: [
      "c.yaml:7:12: sessions[0].names: the range ccl-[0..100] is 101 names; 100 are the most",
    ],
  },
  {
    name: "a range written otherwise",
    yaml: plus(`sessions:
  - names: ccl-[0-3]
    cwd: ~/x`),
    says: [
      'c.yaml:7:12: sessions[0].names: must be letters, digits, - and _, at most 64, not "ccl-[0-3]"',
      "  Hint: a range is written like ccl-[0..3]",
    ],
  },
  {
    name: "names that are no text",
    yaml: plus(`sessions:
  - { names: 4, cwd: ~/x }
  - { names: [4], cwd: ~/x }
  - { names: {}, cwd: ~/x }`),
    says: [
      "c.yaml:7:14: sessions[0].names: must be text or a list of text, not 4",
      "c.yaml:8:15: sessions[1].names[0]: must be text, not 4",
      '  Hint: write it in quotes: "4"',
      "c.yaml:9:7: sessions[2].names: must be text or a list of text, not a mapping",
    ],
  },
  {
    name: "an empty list of names",
    yaml: plus(`sessions:
  - { names: [], cwd: ~/x }`),
    says: [
      "c.yaml:7:7: sessions[0].names: must not be an empty list",
    ],
  },
  // launch
  {
    name: "--resume",
    yaml: plus("launch: { args: [--resume, x] }"),
    says: [
      "c.yaml:6:18: launch.args[0]: must not hold --resume",
      "  Hint: which conversation a session goes on with is decided at each start",
    ],
  },
  {
    name: "-p",
    yaml: plus("launch: { args: [-p] }"),
    says: [
      "c.yaml:6:18: launch.args[0]: must not hold -p",
      "  Hint: a session is an interactive one, in its pane",
    ],
  },
  {
    name: "-c with another letter",
    yaml: plus(`sessions:
  - { names: a, cwd: ~/x, launch: { args: [-cd] } }`),
    says: [
      "c.yaml:7:44: sessions[0].launch.args[0]: must not hold -c",
      "  Hint: which conversation a session goes on with is decided at each start",
    ],
  },
  {
    name: "--settings with its value",
    yaml: plus(`projects:
  - { id: a, path: ~/a, launch: { args: [--settings=/x.json] } }`),
    says: [
      "c.yaml:7:42: projects[0].launch.args[0]: must not hold --settings",
      "  Hint: it carries the hooks this program sees by, and of two only the last counts",
    ],
  },
  {
    name: "--bare",
    yaml: plus("launch: { args: [--bare] }"),
    says: [
      "c.yaml:6:18: launch.args[0]: must not hold --bare",
      "  Hint: it runs no hooks, so nothing of the session would be seen",
    ],
  },
  {
    name: "--worktree",
    yaml: plus("launch: { args: [--worktree] }"),
    says: [
      "c.yaml:6:18: launch.args[0]: must not hold --worktree",
      "  Hint: each start would make another worktree; make it once and name it as cwd",
    ],
  },
  {
    name: "--model, which has a key",
    yaml: plus("launch: { args: [--model, opus] }"),
    says: [
      "c.yaml:6:18: launch.args[0]: must not hold --model: it has its own key",
      "  Hint: use launch.model",
    ],
  },
  {
    name: "two words in one",
    yaml: plus("launch: { args: [--effort high] }"),
    says: [
      'c.yaml:6:18: launch.args[0]: is one argument with a space in it: "--effort high"',
      '  Hint: write two: "--effort" and "high"',
    ],
  },
  {
    name: "a bare --",
    yaml: plus("launch: { args: [--] }"),
    says: [
      "c.yaml:6:18: launch.args[0]: must not be --",
      "  Hint: arguments of this program's own come after yours",
    ],
  },
  {
    name: "a secret",
    yaml: plus("launch: { args: [--append-system-prompt, sk-ant-made-up] }"),
    says: [
      "c.yaml:6:42: launch.args[1]: looks like a secret",
      "  Hint: an argument can be read by everybody on the machine (`ps`)",
    ],
  },
  {
    name: "an unknown permission mode",
    yaml: plus("launch: { permission_mode: accept-edits }"),
    says: [
      'c.yaml:6:28: launch.permission_mode: must be one of default, manual, acceptEdits, plan, auto, dontAsk or bypassPermissions, not "accept-edits"',
      "  Hint: did you mean acceptEdits?",
    ],
  },
  {
    name: "JSON for MCP",
    yaml: plus("launch: { mcp_config: ['{}'] }"),
    says: [
      'c.yaml:6:24: launch.mcp_config[0]: must be an absolute path or start with ~/, not "{}"',
      "  Hint: put the JSON into a file and name that",
    ],
  },
  // places
  {
    name: "a shared folder inside an account",
    yaml: plus("share: { projects_dir: ~/.claude/projects }"),
    says: [
      "c.yaml:6:24: share.projects_dir: /home/ada/.claude/projects and the config_dir /home/ada/.claude must not lie in one another",
      "  Hint: the shared folder is apart from every account; `claude-failover share` moves what there is",
    ],
  },
  {
    name: "a thing to share that cannot be",
    yaml: plus("share: { also: [skills, .credentials.json] }"),
    says: [
      'c.yaml:6:25: share.also[1]: must be one of skills, agents, commands, plugins, CLAUDE.md or settings.json, not ".credentials.json"',
    ],
  },
  {
    name: "a thing shared twice",
    yaml: plus("share: { also: [skills, skills] }"),
    says: [
      'c.yaml:6:25: share.also[1]: is the same as share.also[0]: "skills"',
    ],
  },
  {
    name: "a relative program",
    yaml: plus("claude: { path: ./claude }"),
    says: [
      'c.yaml:6:17: claude.path: must be a program\'s name or an absolute path, not "./claude"',
    ],
  },
  {
    name: "a socket name with a slash",
    yaml: plus("tmux: { socket: a/b }"),
    says: [
      'c.yaml:6:17: tmux.socket: must be a name (letters, digits, . - _) or an absolute path, not "a/b"',
    ],
  },
  {
    name: "a socket path that is too long",
    yaml: plus(`tmux: { socket: /${"s".repeat(107)} }`),
    says: [
      "c.yaml:6:17: tmux.socket: the socket /sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss is 108 bytes long; 107 are the most",
      "  Hint: choose a shorter path, or a name",
    ],
  },
  {
    name: "a runtime folder that is too long",
    yaml: plus(`paths: { runtime_dir: /${"r".repeat(100)} }`),
    says: [
      "c.yaml:6:23: paths.runtime_dir: the socket /rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr/control.sock is 114 bytes long; 107 are the most",
      "  Hint: set paths.runtime_dir to a shorter one",
    ],
  },
  {
    name: "a state folder that is too long for the socket in it",
    yaml: plus(`paths: { state_dir: /${"r".repeat(100)} }`),
    says: [
      "c.yaml:6:21: paths.state_dir: the socket /rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr/run/control.sock is 118 bytes long; 107 are the most",
      "  Hint: set paths.runtime_dir to a shorter one",
    ],
  },
];

for (const { name, yaml, says } of CASES) {
  Deno.test(`loadConfig() refuses ${name}, in words`, () => {
    const said = errorOf(yaml).lines.slice(1).filter((line) => line && !/^ +\d* \|/.test(line));
    assert.deepEqual(said, says);
  });
}

function plus(yaml: string): string {
  return `${BASE}${yaml}\n`;
}

function instead(piece: string, other: string): string {
  return BASE.replace(piece, other);
}

/** The first account with more in it. */
function account(more: string): string {
  return instead(WORK, WORK.replace(" }", `, ${more} }`));
}

function failover(other: string): string {
  return instead(FAILOVER, other);
}

function errorOf(yaml: string): ConfigError {
  try {
    loadConfig(yaml, { path: "c.yaml", home: "/home/ada", env: {} });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "the config was accepted" });
}
