#!/usr/bin/env -S deno run -A
/**
 * claude-failover: from arguments to an exit code.
 *
 * @module
 */
import manifest from "./deno.json" with { type: "json" };
import { main } from "./lib/cli/main.ts";
import { realContext } from "./lib/cli/real_context.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, realContext(manifest.version)));
