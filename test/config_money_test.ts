import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../lib/config.ts";

/** `money` of the three accounts, and more keys of `failover`. */
function yaml(
  { work = "", api = "", cloud = "", failover = "" }: Partial<
    Record<"work" | "api" | "cloud" | "failover", string>
  >,
): string {
  return `version: 1
accounts:
  - { id: work, kind: subscription, config_dir: ~/.claude${work} }
  - { id: api, kind: api-key, config_dir: ~/.claude-api${api} }
  - { id: cloud, kind: bedrock, config_dir: ~/.claude-cloud${cloud} }
failover: { mode: auto, to_kinds: [subscription, api-key]${failover} }
`;
}

function load(text: string) {
  return loadConfig(text, { path: "c.yaml", home: "/home/ada", env: {} });
}

/** Each problem without its place, with its hint. */
function problems(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.lines.slice(1).filter((line) => line && !/^ +\d* \|/.test(line))
      .map((line) => line.replace(/^c\.yaml:\d+:\d+: /, "").trim());
  }
  return [];
}

Deno.test("loadConfig() takes caps in money and a last resort", () => {
  const { accounts, failover } = load(yaml({
    work: ", overage: { allow: true, usd_per_day: 5 }, reserve_pct: 20",
    api: ", usd_per_day: 0",
    cloud: ", usd_per_day: 12.5",
    failover: ", last_resort: [cloud], remedies: [capped, other]",
  }));
  assert.deepEqual(
    accounts.map(({ usdPerDay, reservePct, overage }) => [usdPerDay, reservePct, overage]),
    [[undefined, 20, { usdPerDay: 5 }], [0, undefined, undefined], [12.5, undefined, undefined]],
  );
  assert.deepEqual([failover.lastResort, failover.remedies], [["cloud"], ["capped", "other"]]);
});

Deno.test("loadConfig() refuses money that does not fit together, in words", () => {
  const cases: [Parameters<typeof yaml>[0], string[]][] = [
    [{ work: ", usd_per_day: 5" }, [
      "accounts[0].usd_per_day: is for accounts that are billed by use",
      "Hint: what a subscription may cost past its plan is overage.usd_per_day",
    ]],
    [{ api: ", overage: { allow: true, usd_per_day: 5 }" }, [
      "accounts[1].overage: is of subscriptions, not of api-key",
      "Hint: the cap of an account that is billed by use is usd_per_day",
    ]],
    [{ work: ", overage: { allow: true }" }, [
      "accounts[0].overage.allow: needs usd_per_day beside it: paid use has a cap",
    ]],
    [{ work: ", overage: { usd_per_day: 3 }" }, [
      "accounts[0].overage.usd_per_day: does nothing without allow: true",
    ]],
    [{ failover: ", last_resort: [claud]" }, [
      'failover.last_resort[0]: there is no account "claud"',
      "Hint: did you mean cloud?",
    ]],
    [{ failover: ", last_resort: [work]" }, [
      "failover.last_resort[0]: must be an account that is billed by use, not a subscription",
      "Hint: a subscription is a target by failover.to_kinds",
    ]],
    [{ failover: ", last_resort: [cloud]" }, [
      "failover.last_resort[0]: needs usd_per_day on the account cloud: a last resort has a cap",
    ]],
    [{ failover: ", remedies: [wait, wait]" }, [
      'failover.remedies[1]: is the same as failover.remedies[0]: "wait"',
    ]],
    [{ failover: ", remedies: []" }, ["failover.remedies: must not be an empty list"]],
  ];
  for (const [written, says] of cases) assert.deepEqual(problems(yaml(written)), says);
});
