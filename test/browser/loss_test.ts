/** The daemon dies under the page: said at once, and mended by itself. What was asked for in between is done once. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { served } from "../http/served.ts";
import { browserTest, isLive, launch, visit } from "./support/browser.ts";
import { livePool, SLOW_MS } from "./support/live_pool.ts";

/** Far below the silence after which any client would notice. */
const AT_ONCE_MS = 5_000;

browserTest(
  "the loss of the daemon shows at once and heals; a request that got lost is sent again and done once",
  async () => {
    await using live = await livePool();
    const { pool } = live;
    const browser = await launch();
    try {
      await using v = await visit(browser, { url: live.url, token: await live.token("operate") });
      const { page } = v;
      await page.locator("#ask-hold-writer").click();

      // Only one of them is there: the pool's own.
      const pid = pool.state().daemon.phase === "up" ? daemonPid(pool.state().daemon) : 0;
      Deno.kill(pid, "SIGKILL");
      const killedAt = performance.now();
      await page.locator("body.lost").waitFor();
      const tookMs = performance.now() - killedAt;
      ok(tookMs < AT_ONCE_MS, `seen after ${tookMs} ms`);
      match(await page.locator("#link").innerText(), /No word from the daemon|closed the stream/);
      equal(await page.title(), "No daemon · claude-failover");
      ok(
        (await page.locator("#session-writer").count()) === 1,
        "what it showed is still to be read",
      );

      await page.getByRole("button", { name: "Hold it" }).click();
      await page.locator("#act-said", { hasText: "cannot be reached" }).waitFor();

      pool.program();
      await pool.until(({ daemon }) => daemon.phase === "up" && daemonPid(daemon) !== pid, SLOW_MS);
      await isLive(page);
      equal(await page.locator("body.lost").count(), 0);
      await page.getByRole("button", { name: "Hold it" }).click();
      await page.locator("#act-said", { hasText: "Done." }).waitFor();
      equal(
        pool.events().filter(({ type }) => type === "session.hold.requested").length,
        1,
      );
      // What the browser itself notes of a lost connection is no error of ours.
      equal(v.errors.filter((text) => !text.includes("net::ERR_")), []);
    } finally {
      await browser.close();
    }
  },
);

browserTest("a revoked token empties the page", async () => {
  await using w = await served();
  const token = await w.token("read");
  const browser = await launch();
  try {
    await using v = await visit(browser, { url: w.url, token });
    await v.page.locator("#session-ccl-0").waitFor();
    await w.revoke(token);
    w.control.record({ type: "freeze.requested", by: "person", reason: "something happens" });
    await v.page.locator("#link", { hasText: "this token was revoked" }).waitFor();
    equal(await v.page.locator("#view > *").count(), 0);
    await v.page.getByLabel("Token").waitFor();
    equal(await v.page.evaluate("sessionStorage.length"), 0);
  } finally {
    await browser.close();
  }
});

function daemonPid(daemon: { readonly phase: string; readonly pid?: number }): number {
  if (daemon.pid === undefined) throw new Error(`Cannot find the daemon: it is ${daemon.phase}`);
  return daemon.pid;
}
