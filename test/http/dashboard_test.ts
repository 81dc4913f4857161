/** The dashboard: what it renders, that it escapes, and that its shell alone needs no token. */
import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { renderDashboard } from "../../lib/http/dashboard/render.ts";
import type { Fact } from "../../lib/model/event.ts";
import { EMPTY } from "../../lib/model/state.ts";
import { Store } from "../../lib/runtime/store.ts";
import { account, config, MINUTE, NOON, reading, wholeMove } from "./fixture.ts";
import { served } from "./served.ts";
import { midday } from "./setup.ts";

async function page(facts: Fact[], journalProblem: string | null = null): Promise<string> {
  using store = new Store(":memory:", { now: () => NOON });
  store.record(...facts);
  const events = store.events({ after: 0, limit: 1_000 });
  return await renderDashboard({ state: store.state, now: NOON, journalProblem, events });
}

Deno.test("renderDashboard() says what to do when there is nothing to show", async () => {
  const seen = { state: EMPTY, now: NOON, journalProblem: null, events: [] };
  const text = await renderDashboard(seen);
  match(text, /account add makes one/);
  match(text, /Drop a file into a project/);
});

Deno.test("renderDashboard() shows accounts with bars, sessions and how to attach", async () => {
  const text = await page(midday());
  match(text, /<meter[^>]*value="61.4"\s+aria-label="5-hour window of work"/);
  match(text, /claude-failover session attach ccl-2/);
  match(text, /Nothing does\./);
});

Deno.test("renderDashboard() has what needs a person first", async () => {
  const frozen: Fact = { type: "freeze.requested", by: "person", reason: "a release is on" };
  const text = await page([...midday(), frozen], "the disk is full");
  ok(text.indexOf("a release is on") < text.indexOf(">Accounts<"));
  match(text, /the disk is full/);
});

Deno.test("renderDashboard() escapes what comes from outside", async () => {
  const evil = `"><img src=x onerror=alert(1)>'&`;
  const facts: Fact[] = [
    { type: "config.applied", config: config({ accounts: [account(evil)] }) },
    reading(evil, { usedPct: 40, resetsAt: NOON + 60 * MINUTE }),
    { type: "freeze.requested", by: "person", reason: evil },
  ];
  const text = await page(facts, evil);
  doesNotMatch(text, /<img/);
  match(text, /<h3>&quot;&gt;&lt;img/);
  match(text, /aria-label="[^"]*of &quot;&gt;&lt;img/);
  equal(text.match(/<p>&quot;&gt;&lt;img/g)?.length, 2); // the freeze and the journal
});

Deno.test("renderDashboard() tells a swap step by step", async () => {
  const asked: Fact = {
    type: "swap.requested",
    swap: "s1",
    from: "work",
    to: "spare",
    by: "person",
    reason: { kind: "asked" },
    sessions: ["ccl-0"],
  };
  const moved = wholeMove("s1", "ccl-0", "spare");
  match(await page([...midday(), asked, ...moved]), /<ol class="steps"><li>\w+ done/);
});

Deno.test("the shell needs no token and says nothing of the state; what it asks for needs one", async () => {
  await using w = await served({ facts: midday() });
  for (const path of ["/", "/dashboard.css", "/dashboard.js"]) {
    const response = await fetch(w.url + path);
    const text = await response.text();
    equal(response.status, 200, path);
    match(
      response.headers.get("content-security-policy")!,
      /default-src 'none'; script-src 'self'/,
    );
    doesNotMatch(text, /ccl-0/);
    doesNotMatch(text, /<script>| on\w+=| style=/);
    const foreign = await fetch(w.url + path, { headers: { origin: "http://evil.example" } });
    await foreign.body?.cancel();
    equal(foreign.status, 403, path);
  }
  const nobody = await fetch(`${w.url}/v1/dashboard`);
  await nobody.body?.cancel();
  equal(nobody.status, 401);
  const posted = await fetch(w.url, { method: "POST" });
  await posted.body?.cancel();
  equal(posted.status, 401);
  const headers = { authorization: `Bearer ${await w.token("read")}` };
  match(await (await fetch(`${w.url}/v1/dashboard`, { headers })).text(), /ccl-0/);
});
