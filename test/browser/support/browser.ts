/**
 * A real Chromium over the dashboard, and what must never happen in it: an error in its console, a request to another host.
 *
 * @module
 */
import { type Browser, chromium, type Page } from "playwright-core";

export const WIDE = { width: 1600, height: 1000 };
export const PHONE = { width: 390, height: 844 };
/** For whatever the page is waited for; the machine may be busy. */
export const PATIENCE_MS = 30_000;

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** What the console called an error, and what was thrown, since the page was opened. */
  readonly errors: string[];
  /** Hosts that were asked for anything, with their ports. */
  readonly hosts: Set<string>;
  /** Bytes that came over the wire so far, of requests that have ended. */
  bytes(): number;
}

export interface VisitOptions {
  readonly url: string;
  /** Signs in with it. */
  readonly token?: string;
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** The one that `CLAUDE_FAILOVER_CHROMIUM` names, else the first of these in PATH. */
export async function findChromium(): Promise<string> {
  const named = Deno.env.get("CLAUDE_FAILOVER_CHROMIUM");
  if (named) return named;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const dir of (Deno.env.get("PATH") ?? "").split(":")) {
      const isFile = await Deno.stat(`${dir}/${name}`).then((info) => info.isFile, () => false);
      if (isFile) return `${dir}/${name}`;
    }
  }
  throw new Error(
    "Cannot find Chromium: install the package chromium, or name one in CLAUDE_FAILOVER_CHROMIUM",
  );
}

export async function launch(): Promise<Browser> {
  return await chromium.launch({
    executablePath: await findChromium(),
    // Without namespaces of its own, as in most containers, root's Chromium has no sandbox. It sees only our page.
    args: ["--disable-dev-shm-usage", ...(Deno.uid() === 0 ? ["--no-sandbox"] : [])],
    timeout: 60_000,
  });
}

/** Opens the page as by typing its address. */
export async function visit(browser: Browser, options: VisitOptions): Promise<Visit> {
  const { url, token, colorScheme = "light", viewport = WIDE } = options;
  const context = await browser.newContext({ colorScheme, viewport, reducedMotion: "reduce" });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
  const page = await context.newPage();
  const errors: string[] = [];
  const hosts = new Set<string>();
  let bytes = 0;
  page.on("console", (said) => said.type() === "error" && errors.push(said.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "data:") hosts.add(host);
  });
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  wire.on("Network.loadingFinished", ({ encodedDataLength }) => bytes += encodedDataLength);
  await page.goto(url);
  if (token !== undefined) await signIn(page, token);
  return {
    page,
    errors,
    hosts,
    bytes: () => bytes,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await isLive(page);
}

export async function isLive(page: Page): Promise<void> {
  await page.locator("#link", { hasText: /^Live$/ }).waitFor();
}

/** Each browser test starts helper processes and timers that end only after the browser has. */
export function browserTest(name: string, body: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: body });
}
