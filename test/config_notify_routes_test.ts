/**
 * Routes, quiet hours and escalation in the config: what they mean, and each mistake as it is said.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../lib/config.ts";
import { sayPath } from "../lib/config/problem.ts";

const BASE = `version: 1
accounts: [{ id: work, kind: subscription, config_dir: ~/.claude }]
projects: [{ id: shop, path: ~/shop }]
failover: { mode: off }
notify:
  channels: [{ name: phone, type: stdout }, { name: pager, type: stdout }]
`;

function load(rest: string) {
  return loadConfig(BASE + rest, { path: "c.yaml", home: "/home/ada", env: {} }).notify!;
}

Deno.test("routes, quiet hours and escalation are read", () => {
  const { channels: _, ...rest } = load(`
  routes: [{ to: [phone], severity: warning, kinds: [task.done], projects: [shop], accounts: [work] }]
  quiet_hours: { from: 22:30, to: "07:00" }
  escalate: [{ after: 15m, to: [pager] }]
`);
  assert.deepEqual(rest, {
    routes: [{
      to: ["phone"],
      match: { severity: "warning", kinds: ["task.done"], projects: ["shop"], accounts: ["work"] },
    }],
    quietHours: { fromMinute: 22 * 60 + 30, toMinute: 7 * 60, channels: null },
    escalate: [{ afterMs: 900_000, to: ["pager"] }],
    groupWithinMs: 300_000,
    giveUpAfterMs: 3 * 86_400_000,
  });
});

const MISTAKES: readonly [string, string][] = [
  [
    "  routes: [{ to: [fone] }]",
    'notify.routes[0].to[0]: there is no channel "fone" | there are: phone and pager',
  ],
  [
    "  routes: [{ to: [phone], kinds: [task.don] }]",
    "did you mean task.done?",
  ],
  [
    "  routes: [{ to: [phone], projects: [shp] }]",
    'notify.routes[0].projects[0]: there is no project "shp" | did you mean shop?',
  ],
  [
    "  routes: [{ to: [phone], accounts: [werk] }]",
    'notify.routes[0].accounts[0]: there is no account "werk" | did you mean work?',
  ],
  [
    "  routes: [{ to: [phone], severty: info }]",
    "unknown key | did you mean severity?",
  ],
  [
    '  quiet_hours: { from: "25:00", to: "7:00" }',
    'must be a time of the day, not "25:00" | write it like "22:00"',
  ],
  [
    '  quiet_hours: { from: "22:00", to: "22:00" }',
    "notify.quiet_hours.to: is the same as from: that is no time at all",
  ],
  [
    "  escalate: [{ after: 15, to: [pager] }]",
    'must be a length of time, not "15" | say the unit: 15s, 15m or 15h',
  ],
  [
    "  escalate: [{ after: 15m, to: [pgr] }]",
    'notify.escalate[0].to[0]: there is no channel "pgr" | there are: phone and pager',
  ],
];

for (const [yaml, said] of MISTAKES) {
  Deno.test(`a mistake in ${yaml.trim()} is said`, () => {
    assert.throws(() => load(yaml), (error) => {
      assert.ok(error instanceof ConfigError);
      const text = error.problems.map(({ path, what, hint }) =>
        `${sayPath(path)}: ${what}${hint === null ? "" : ` | ${hint}`}`
      ).join("\n");
      assert.ok(text.includes(said), text);
      return true;
    });
  });
}
