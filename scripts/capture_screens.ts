/**
 * Captures the screens of Claude Code that the daemon must tell from one another, anew:
 *
 *     deno run -A scripts/capture_screens.ts
 *
 * It plays every scene of `test/e2e/support/scenes.ts` with the version that the end-to-end tests use, where only a loopback
 * interface is, and leaves them in `test/claude/screens/<version>`. Afterwards read the difference to the version
 * before, and run `test/claude/dialogs_test.ts`.
 *
 * @module
 */
import { join } from "node:path";
import { CLAUDE_VERSION, SCREENS_VARIABLE, testEndToEnd } from "./e2e.ts";

if (import.meta.main) {
  const folder = join(import.meta.dirname!, "../test/claude/screens", CLAUDE_VERSION);
  await Deno.mkdir(folder, { recursive: true });
  Deno.env.set(SCREENS_VARIABLE, folder);
  Deno.exit(await testEndToEnd(["--filter", "claude draws the screen"]));
}
