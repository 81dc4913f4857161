/** What a person is shown before and after they ask for something on the page. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { Fact } from "../../lib/model/event.ts";
import { served } from "../http/served.ts";
import { midday } from "../http/setup.ts";
import { browserTest, launch, visit } from "./support/browser.ts";
import { afternoon } from "./support/scene.ts";

browserTest("what the state does not allow is said, and may be asked for anew", async () => {
  await using w = await served();
  const token = await w.token("operate");
  const browser = await launch();
  try {
    await using v = await visit(browser, { url: w.url, token });
    const { page } = v;
    await page.locator("#ask-freeze").click();
    // Somebody was quicker.
    w.control.record({ type: "freeze.requested", by: "person", reason: "me first" });
    await page.locator("#alarm-frozen").waitFor();
    await page.getByRole("button", { name: "Freeze them" }).click();
    await page.locator("#act-said.bad", { hasText: /^Refused: / }).waitFor();
    w.control.record({ type: "thaw.requested", by: "person" });
    await page.getByRole("button", { name: "Freeze them" }).click();
    await page.locator("#act-said", { hasText: "Done." }).waitFor();
    equal(w.store.state.frozen?.by, "person");
  } finally {
    await browser.close();
  }
});

browserTest("a proposal is answered on the page, after a look at its plan", async () => {
  const proposed: Fact = {
    type: "swap.proposed",
    from: "work",
    to: "spare",
    reason: { kind: "threshold", window: "five_hour", usedPct: 93 },
    proposal: "p1",
  };
  await using w = await served({ facts: [...midday(), proposed] });
  const token = await w.token("operate");
  const browser = await launch();
  try {
    await using v = await visit(browser, { url: w.url, token });
    const { page } = v;
    equal(await page.title(), "(1) claude-failover");
    await page.locator("#ask-confirm").click();
    await page.locator("#act-plan", { hasText: "work → spare: ccl-0, ccl-1" }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    equal(w.store.state.proposal?.id, "p1", "a look answers nothing");

    await page.locator("#ask-reject").click();
    await page.getByLabel("Reason").fill("not before four");
    await page.getByRole("button", { name: "Leave them" }).click();
    await page.locator("#act-said", { hasText: "Done." }).waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.locator("#e-needs-a-person").waitFor();
    await page.locator("#l-events", { hasText: "rejected by a person: not before four" }).waitFor();
    equal(v.errors, []);
  } finally {
    await browser.close();
  }
});

browserTest("a failover goes where the plan that was shown goes, and not elsewhere", async () => {
  await using w = await served({ facts: [] });
  afternoon(w);
  const token = await w.token("operate");
  const browser = await launch();
  try {
    await using v = await visit(browser, { url: w.url, token });
    const { page } = v;
    await page.locator("#ask-failover-spare").click();
    await page.locator("#act-plan", { hasText: "spare → third: ccl-4" }).waitFor();
    await page.getByLabel("To", { exact: true }).selectOption("work");
    await page.locator("#act-plan", { hasText: "spare → work: ccl-4" }).waitFor();
    await page.locator("#act-plan .bad", { hasText: "Against it speaks" }).waitFor();
    await page.getByLabel("To", { exact: true }).selectOption("the best one");
    await page.locator("#act-plan", { hasText: "spare → third: ccl-4" }).waitFor();
    await page.getByRole("button", { name: "Move them" }).click();
    await page.locator("#act-said", { hasText: /^Taken, as journal line \d+/ }).waitFor();
    // Nobody works here; the page may be left alone meanwhile, and says the end at its top.
    await page.getByRole("button", { name: "Close" }).click();
    const { runningSwap, swaps } = w.store.state;
    equal(swaps[runningSwap!]!.to, "third");
    w.control.record({ type: "swap.failed", swap: runningSwap!, reason: "nobody works here" });
    await page.locator("#told", { hasText: "Failed: nobody works here" }).waitFor();
    equal(v.errors, []);
  } finally {
    await browser.close();
  }
});

browserTest("who is quick is understood: a question that follows another at once", async () => {
  await using w = await served();
  const token = await w.token("operate");
  const browser = await launch();
  try {
    await using v = await visit(browser, { url: w.url, token });
    const { page } = v;
    // In one turn, so that the browser has not told yet that the first one was closed.
    await page.evaluate(`for (const id of ["ask-hold-ccl-0", "act-no", "ask-hold-ccl-1"]) {
      document.getElementById(id).click();
    }`);
    await page.locator("#act-reason").fill("I am at it");
    await page.keyboard.press("Enter");
    await page.locator("#act-said", { hasText: "Done." }).waitFor();
    const { sessions } = w.store.state;
    equal([sessions["ccl-0"]!.hold, sessions["ccl-1"]!.hold?.reason], [null, "I am at it"]);
  } finally {
    await browser.close();
  }
});
