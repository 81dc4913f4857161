/** The dashboard: what it renders, that it escapes, and that its shell alone needs no token. */
import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import type { Ask } from "../../lib/http/dashboard/ask.ts";
import { renderDashboard, type Seen } from "../../lib/http/dashboard/render.ts";
import type { Fact } from "../../lib/model/event.ts";
import { Store } from "../../lib/runtime/store.ts";
import { SHELL_PATHS } from "../../lib/http/dashboard/shell.ts";
import { account, ASKED, config, MINUTE, NOON, reading, wholeMove } from "./fixture.ts";
import { served } from "./served.ts";
import { midday, setup } from "./setup.ts";

async function page(facts: Fact[], more: Partial<Seen> = {}): Promise<string> {
  using store = new Store(":memory:", { now: () => NOON });
  store.record(...facts);
  const events = store.events({ after: 0, limit: 1_000 });
  const { state } = store;
  return await renderDashboard({
    ...{ state, now: NOON, journalProblem: null, events, mayAct: true },
    ...more,
  });
}

/** What the buttons of a page ask for, by their ids. */
function asksOf(text: string): Map<string, Ask> {
  const asks = [...text.matchAll(/data-ask="([^"]*)"/g)].map(([, json]): Ask =>
    JSON.parse(json!.replaceAll("&quot;", '"').replaceAll("&amp;", "&"))
  );
  return new Map(asks.map((ask) => [ask.id, ask]));
}

Deno.test("renderDashboard() says what to do when there is nothing to show", async () => {
  const text = await page([]);
  match(text, /account add makes one/);
  match(text, /projects add makes an inbox/);
  match(text, /Nothing has happened yet/);
});

Deno.test("renderDashboard() shows accounts with bars, sessions and how to attach", async () => {
  const text = await page(midday());
  match(text, /aria-label="5-hour window of work"[^>]*aria-valuenow="61.4"/);
  match(text, /data-copy="claude-failover session attach ccl-2"/);
  match(text, /Nothing does\./);
});

Deno.test("renderDashboard() has what needs a person first", async () => {
  const frozen: Fact = { type: "freeze.requested", by: "person", reason: "a release is on" };
  const text = await page([...midday(), frozen], { journalProblem: "the disk is full" });
  ok(text.indexOf("a release is on") < text.indexOf('id="s-accounts"'));
  match(text, /the disk is full/);
});

Deno.test("renderDashboard() says a sign-in that ends soon, and no other", async () => {
  const endsIn = (days: number): Fact => ({
    type: "account.checked",
    account: "spare",
    problems: [],
    signInEndsAt: NOON + days * 24 * 60 * MINUTE,
  });
  match(await page([...midday(), endsIn(5)]), /The sign-in of spare ends[^]*account add spare/);
  doesNotMatch(await page([...midday(), endsIn(30)]), /sign-in of spare/);
});

Deno.test("renderDashboard() escapes what comes from outside", async () => {
  const evil = `"><img src=x onerror=alert(1)>'&`;
  const facts: Fact[] = [
    { type: "config.applied", config: config({ accounts: [account(evil)] }) },
    reading(evil, { usedPct: 40, resetsAt: NOON + 60 * MINUTE }),
    { type: "freeze.requested", by: "person", reason: evil },
  ];
  const text = await page(facts, { journalProblem: evil });
  doesNotMatch(text, /<img/);
  match(text, /<\/span>&quot;&gt;&lt;img/);
  match(text, /aria-label="[^"]*of &quot;&gt;&lt;img/);
  equal(text.match(/<p>&quot;&gt;&lt;img/g)?.length, 2); // the freeze and the journal
  equal(text.split("<").length, text.split(/<(?=\/?[a-z])/).length); // nothing but tags
});

Deno.test("renderDashboard() tells a swap step by step", async () => {
  const moved = wholeMove("s1", "ccl-0", "spare");
  const text = await page([...midday(), ASKED, ...moved]);
  match(text, /work → spare/);
  match(text, /<li\s+class="st-quiesce is-done">/);
  match(text, /<rect\s+class="st-launch is-done"/);
  match(text, /moved, its turn was cut/);
});

Deno.test("renderDashboard() says what was decided, why, and which accounts were weighed", async () => {
  const text = await page([...midday(), {
    type: "swap.requested",
    swap: "s1",
    from: "work",
    to: "spare",
    by: "policy",
    reason: { kind: "wall", session: "ccl-0", window: "five_hour" },
    sessions: ["ccl-0"],
    grounds: {
      considered: [{ account: "spare", rejected: null }, { account: "third", rejected: "too far" }],
      readings: [],
    },
  }]);
  const decision = text.slice(text.indexOf('id="decision-s1"'));
  match(
    decision,
    /By the daemon[^]*because ccl-0 ran into the limit of its 5-hour window: 1 session/,
  );
  match(decision, /<strong>spare<\/strong> was chosen/);
  match(decision, /<strong>third<\/strong> too far/);
});

Deno.test("renderDashboard() tells events in words, the latest first and without the small print", async () => {
  const text = await page([...midday(), {
    type: "freeze.requested",
    by: "person",
    reason: "why not",
  }]);
  const feed = text.slice(text.indexOf('id="l-events"'));
  const [first] = feed.split("</li>");
  match(
    first!,
    /class="t-warn">[^]*<strong>freeze<\/strong> a person froze automatic moves: why not/,
  );
  match(feed, /<strong>ccl-0<\/strong> is up \(startup\)/);
  doesNotMatch(feed, /launched \(pid/);
});

Deno.test("renderDashboard() gives whoever may only look no button that acts", async () => {
  const frozen: Fact = { type: "freeze.requested", by: "person", reason: "a release is on" };
  const facts = [...midday(), frozen, proposed()];
  const looks = await page(facts, { mayAct: false });
  doesNotMatch(looks, /data-ask/);
  match(looks, /data-copy/);
  match(looks, /claude-failover swap confirm/);
  const acts = asksOf(await page(facts));
  for (
    const id of ["ask-thaw", "ask-confirm", "ask-reject", "ask-failover-work", "ask-life-ccl-0"]
  ) {
    ok(acts.has(id), id);
  }
});

Deno.test("what the buttons ask for are requests that the daemon takes", async () => {
  const facts = [...midday(), proposed()];
  const asks = asksOf(await page(facts));
  ok(asks.size >= 10);
  for (const ask of asks.values()) {
    using w = setup({ facts });
    const reason = ask.reason ? { reason: "so it is" } : {};
    const response = await w.app.request(ask.path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...ask.body, ...reason }),
    });
    const text = await response.text();
    equal(response.status, 202, `${ask.id}: ${text}`);
  }
});

Deno.test("a session that sleeps is woken, one that is held is let go, and what is paused is resumed", async () => {
  const asks = asksOf(
    await page([
      ...midday(),
      { type: "session.hold.requested", session: "ccl-0", by: "person", reason: "a demo" },
      { type: "run.ended", session: "ccl-1", run: "run-ccl-1-work", exit: 0 } as Fact,
      { type: "dispatch.pause.requested", by: "person", reason: "lunch" },
    ]),
  );
  equal(asks.get("ask-hold-ccl-0")?.path, "/v1/sessions/ccl-0/unhold");
  equal(asks.get("ask-life-ccl-0")?.path, "/v1/sessions/ccl-0/stop");
  equal(asks.get("ask-park-ccl-0"), undefined, "what is held is not moved");
  equal(asks.get("ask-life-ccl-1")?.path, "/v1/sessions/ccl-1/start");
  equal(asks.get("ask-park-ccl-2"), undefined, "its config holds it (never_move)");
  const all = asksOf(await page(midday()));
  equal(all.get("ask-park-ccl-1")?.path, "/v1/sessions/ccl-1/park");
  equal(asks.get("ask-resume")?.path, "/v1/dispatch/resume");
});

function proposed(): Fact {
  return {
    type: "swap.proposed",
    from: "work",
    to: "spare",
    reason: { kind: "threshold", window: "five_hour", usedPct: 93 },
    proposal: "p1",
  };
}

Deno.test("the shell needs no token and says nothing of the state; what it asks for needs one", async () => {
  await using w = await served({ facts: midday() });
  for (const path of SHELL_PATHS) {
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

Deno.test("the page is packed for who takes it so, and the same for who does not", async () => {
  const { app } = setup({ facts: midday() });
  const get = async (encoding: string) => {
    const headers = { "accept-encoding": encoding };
    const response = await app.request("/v1/dashboard", { headers });
    return { encoding: response.headers.get("content-encoding"), response };
  };
  const packed = await get("gzip");
  equal(packed.encoding, "gzip");
  const bytes = new Uint8Array(await packed.response.arrayBuffer());
  const plain = await get("identity");
  equal(plain.encoding, null);
  const text = await plain.response.text();
  ok(bytes.length * 3 < text.length, `${bytes.length} of ${text.length}`);
  const unpacked = new Response(bytes).body!.pipeThrough(new DecompressionStream("gzip"));
  equal(await new Response(unpacked).text(), text);
});
