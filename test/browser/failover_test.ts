/** A whole failover of scripted agents in a real tmux, watched live through the page; then one that is asked for there. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserTest, launch, PATIENCE_MS, visit } from "./support/browser.ts";
import { livePool, SESSIONS, SLOW_MS } from "./support/live_pool.ts";

browserTest(
  "a limit is hit and the pool moves, and the page shows it while it happens",
  async () => {
    await using live = await livePool();
    const { pool } = live;
    const browser = await launch();
    try {
      await using v = await visit(browser, { url: live.url, token: await live.token("read") });
      await tile(v.page, "writer", "idle", "under work").waitFor();
      await remember(v.page);

      // Longer than the grace: its end would tell of the full window before the limit is hit.
      await pool.prompt("notes", "Take your time. @@stream 600 100");
      await tile(v.page, "notes", "working", "under work").waitFor();
      await pool.account("work", { five_hour_pct: 100 });
      await pool.prompt("writer", "Write on. @@text I have");
      const state = await pool.until(
        ({ sessions, runningSwap }) =>
          runningSwap === null &&
          SESSIONS.every((name) => sessions[name]?.account === "spare") &&
          sessions["writer"]!.phase.name === "idle" && sessions["writer"]!.run?.proven === true,
        SLOW_MS,
      );

      const [swap] = Object.values(state.swaps);
      const card = v.page.locator(`#swap-${swap!.id}`);
      await card.filter({ hasText: /work → spare\s*finished in/ }).waitFor();
      await tile(v.page, "writer", "idle", "under spare").waitFor();
      await tile(v.page, "notes", "under spare").waitFor();
      await card.locator(".move", { hasText: "notes" }).filter({ hasText: "its turn was cut" })
        .waitFor();
      equal(await card.locator(".steps .is-done").count(), 2 * 6, "each step of both moves");
      await v.page.locator("#l-events", { hasText: "writer got no answer: 5-hour window used up" })
        .waitFor();
      await v.page.locator("#l-decisions", { hasText: "ran into the limit of its 5-hour window" })
        .waitFor();
      await v.page.locator("#account-work", { hasText: "5-hour window used up; no session" })
        .waitFor();

      const seen = await remembered(v.page);
      ok(seen.some((text) => /work → spare\s*running/.test(text)), "the swap was seen under way");
      ok(seen.some((text) => /(quiesce|stop|launch|resumed) …/.test(text)), "and a step in it");
      equal(v.errors, []);
      equal([...v.hosts], [new URL(live.url).host]);
    } finally {
      await browser.close();
    }
  },
);

browserTest(
  "what is asked for on the page is done to the pool: fail over, hold, stop, wake",
  async () => {
    await using live = await livePool();
    const { pool } = live;
    const token = await live.token("operate");
    const browser = await launch();
    try {
      await using v = await visit(browser, { url: live.url, token });
      const { page } = v;
      const conversation = pool.state().sessions["writer"]!.conversation!;

      await page.locator("#ask-hold-notes").click();
      await page.getByLabel("Reason").fill("a demo at four");
      await confirm(page, "Hold it");
      equal(pool.state().sessions["notes"]!.hold?.reason, "a demo at four");

      await page.locator("#ask-failover-work").click();
      await page.locator("#act-plan", { hasText: "work → spare: writer" }).waitFor();
      await page.locator("#act-plan", { hasText: "notes: " }).waitFor();
      equal(pool.events().filter(({ type }) => type === "swap.requested").length, 0, "only a look");
      await confirm(page, "Move them");
      equal(pool.state().sessions["writer"]!.account, "spare");
      equal(pool.state().sessions["writer"]!.conversation, conversation);
      equal(pool.state().sessions["notes"]!.account, "work");

      await page.locator("#ask-life-writer").click();
      await confirm(page, "Stop it");
      await tile(page, "writer", "stopped").waitFor();
      equal((await pool.agents()).has(conversation), false, "its process is gone");

      await page.locator("#ask-life-writer").click();
      await confirm(page, "Start it");
      await tile(page, "writer", "idle").waitFor();
      equal(
        (await pool.agents()).get(conversation)?.length,
        1,
        "one process, the same conversation",
      );

      const [, id] = token.split("_"); // the secret may hold more of them
      const asked = pool.events().filter(({ type }) => type.endsWith(".requested"));
      equal(asked.map(({ type, via }) => [type, via]), [
        ["session.hold.requested", id],
        ["swap.requested", id],
        ["session.stop.requested", id],
        ["session.start.requested", id],
      ]);
      ok(
        !JSON.stringify(pool.events()).includes(token.slice("cf_00000000_".length)),
        "the secret is not kept",
      );
      equal(page.url(), live.url);
      equal(v.errors, []);
    } finally {
      await browser.close();
    }
  },
);

/** A session's tile with all of these words on it. */
function tile(page: Page, name: string, ...words: readonly string[]) {
  return words.reduce((at, hasText) => at.filter({ hasText }), page.locator(`#session-${name}`));
}

/** Says yes, waits for the end, closes. */
async function confirm(page: Page, yes: string): Promise<void> {
  await page.getByRole("button", { name: yes, exact: true }).click();
  const said = page.locator("#act-said");
  await said.filter({ hasText: /^(Done|Failed|Refused)/ }).waitFor({ timeout: 2 * PATIENCE_MS });
  equal(await said.textContent(), "Done.");
  await page.getByRole("button", { name: "Close" }).click();
}

/** Keeps each text that the list of swaps has had. */
async function remember(page: Page): Promise<void> {
  await page.evaluate(`{
    globalThis.seen = [];
    const look = () => seen.push(document.getElementById("s-swaps").innerText);
    new MutationObserver(look).observe(document.getElementById("view"), {
      childList: true, subtree: true, characterData: true,
    });
  }`);
}

async function remembered(page: Page): Promise<string[]> {
  return await page.evaluate("seen");
}
