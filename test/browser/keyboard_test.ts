/** The page by keyboard alone: sign in, find a button, confirm, and be back where one was. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { Page } from "playwright-core";
import { until } from "../support/mod.ts";
import { type Served, served } from "../http/served.ts";
import { browserTest, isLive, launch, PATIENCE_MS, visit } from "./support/browser.ts";

const MOST_TABS = 60;

browserTest("everything can be done by keyboard", async () => {
  await using w = await served();
  const token = await w.token("operate");
  const browser = await launch();
  try {
    await using v = await visit(browser, { url: w.url });
    const { page } = v;
    await tabTo(page, "token");
    await page.keyboard.insertText(token);
    await page.keyboard.press("Enter");
    await isLive(page);

    await tabTo(page, "ask-hold-ccl-1");
    await page.keyboard.press("Enter");
    await focusIs(page, "act-reason");
    await page.keyboard.press("Escape");
    await focusIs(page, "ask-hold-ccl-1");
    equal(holdOf(w, "ccl-1"), null, "Escape asks for nothing");

    await page.keyboard.press("Enter");
    await focusIs(page, "act-reason");
    await page.keyboard.type("I am at it");
    await page.keyboard.press("Enter");
    await page.locator("#act-said", { hasText: "Done." }).waitFor();
    equal(holdOf(w, "ccl-1"), "I am at it");
    await focusIs(page, "act-no");
    await page.keyboard.press("Enter");
    // The button is another one by now, and has the focus all the same.
    await page.locator("#ask-hold-ccl-1", { hasText: "End hold" }).waitFor();
    await focusIs(page, "ask-hold-ccl-1");

    // What happens elsewhere on the page takes nothing away from who is at work.
    w.control.record({
      type: "session.hold.requested",
      session: "ccl-0",
      by: "person",
      reason: "x",
    });
    await page.locator("#ask-hold-ccl-0", { hasText: "End hold" }).waitFor();
    await focusIs(page, "ask-hold-ccl-1");

    await tabTo(page, "copy-tile-ccl-2");
    await page.keyboard.press("Enter");
    await page.locator("#told", { hasText: "Copied: claude-failover session attach ccl-2" })
      .waitFor();
    equal(
      await page.evaluate("navigator.clipboard.readText()"),
      "claude-failover session attach ccl-2",
    );
    equal(v.errors, []);
  } finally {
    await browser.close();
  }
});

function holdOf({ store }: Served, session: string): string | null {
  return store.state.sessions[session]!.hold?.reason ?? null;
}

async function tabTo(page: Page, id: string): Promise<void> {
  for (let i = 0; i < MOST_TABS; i++) {
    await page.keyboard.press("Tab");
    if (await focused(page) === id) return;
  }
  throw new Error(`Cannot reach #${id} within ${MOST_TABS} presses of Tab`);
}

async function focusIs(page: Page, id: string): Promise<void> {
  // Not `waitForFunction`: it looks again by `eval`, which the page's policy forbids.
  const is = async () => await focused(page) === id;
  await until(is, {
    timeoutMs: PATIENCE_MS,
    what: async () => `the focus is on ${await focused(page)}, not ${id}`,
  });
}

async function focused(page: Page): Promise<string> {
  return await page.evaluate("document.activeElement?.id ?? ''");
}
