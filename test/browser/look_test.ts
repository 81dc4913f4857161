/** The dashboard in a real Chromium, to look at: who can read it, what it loads, and that a pool fits on a phone. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { served } from "../http/served.ts";
import { browserTest, launch, PHONE, visit, WIDE } from "./support/browser.ts";
import { smallPng } from "./support/small_png.ts";
import { afternoon } from "./support/scene.ts";

const MAX_FIRST_LOAD_BYTES = 100_000;

const LOOKS = [
  { name: "light", colorScheme: "light", viewport: WIDE },
  { name: "dark", colorScheme: "dark", viewport: WIDE },
  { name: "phone", colorScheme: "light", viewport: PHONE },
  { name: "phone, dark", colorScheme: "dark", viewport: PHONE },
] as const;

browserTest(
  "axe finds nothing serious, light and dark, wide and on a phone, in dialogs too",
  async () => {
    await using w = await served({ facts: [] });
    afternoon(w);
    const browser = await launch();
    try {
      for (const look of LOOKS.slice(1, 3)) {
        await using v = await visit(browser, { url: w.url, ...look });
        equal(await findings(v.page), [], `${look.name}, signed out`);
      }
      const token = await w.token("operate");
      for (const look of LOOKS) {
        await using v = await visit(browser, { url: w.url, token, ...look });
        equal(await findings(v.page), [], look.name);
        await v.page.locator("#ask-failover-third").click();
        await v.page.locator("#act .planned").waitFor();
        equal(await findings(v.page), [], `${look.name}, the preview of a failover`);
        equal(v.errors, [], look.name);
      }
    } finally {
      await browser.close();
    }
  },
);

browserTest(
  "the first load is small, asks no other host, and nothing hangs over the edge",
  async () => {
    await using w = await served({ facts: [] });
    afternoon(w);
    const token = await w.token("read");
    const browser = await launch();
    try {
      for (const look of LOOKS) {
        await using v = await visit(browser, { url: w.url, token, ...look });
        const bytes = v.bytes();
        ok(bytes > 10_000 && bytes <= MAX_FIRST_LOAD_BYTES, `${look.name}: ${bytes} bytes`);
        equal([...v.hosts], [`127.0.0.1:${w.port}`]);
        equal(v.errors, []);
        equal(await v.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
        equal(
          await v.page.locator("[data-ask]").count(),
          0,
          "a read token has no button that acts",
        );
      }
    } finally {
      await browser.close();
    }
  },
);

browserTest("the whole pool stands on the page, in words", async () => {
  await using w = await served({ facts: [] });
  afternoon(w);
  const token = await w.token("operate");
  const browser = await launch();
  try {
    for (const look of LOOKS.slice(0, 3)) {
      await using v = await visit(browser, { url: w.url, token, ...look });
      const text = await v.page.locator("main").innerText();
      for (const said of SAID) match(text, said);
      equal(await v.page.title(), "(1) claude-failover");
      await shoot(v.page, look.name);
    }
  } finally {
    await browser.close();
  }
});

const SAID = [
  /Session ccl-4\s+waits for permission/i,
  /5-hour window\s+90 %/,
  /resets in 2 h 1\d min/,
  /Let the checkout take vouchers/,
  /work → third\s+finished in \d\.\d s/,
  /quiesce \d+ ms/,
  /By the daemon 2 min ago, because ccl-0 ran into the limit/,
  /\d\d:\d\d:\d\d ccl-3 a person holds it where it is: a demo at four/,
];

/** The pictures of the documentation, for whoever asks for them. */
async function shoot(page: Page, name: string): Promise<void> {
  const dir = Deno.env.get("SHOTS");
  if (!dir) return;
  const shot = smallPng(await page.screenshot({ fullPage: name !== "phone" }));
  await Deno.writeFile(`${dir}/dashboard-${name}.png`, shot);
}

/** What axe calls serious or critical. The page's policy lets no script in but its own, so it is put in past it. */
async function findings(page: Page): Promise<string[]> {
  const wire = await page.context().newCDPSession(page);
  const run = async (expression: string) => {
    const { result, exceptionDetails } = await wire.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  await run(`${axe.source}; 0`);
  const found = await run(
    `axe.run().then(({ violations, passes }) => ({
      passes: passes.length,
      bad: violations.filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => id + ": " + nodes.map((node) => node.html).join(" ")),
    }))`,
  );
  await wire.detach();
  ok(found.passes > 5, "axe has looked at something");
  return found.bad;
}
