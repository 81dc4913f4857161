/**
 * `scripts/setup-shared-projects`: the command of that name for people who have no `claude-failover`.
 *
 * @module
 */
import { homedir } from "node:os";
import { setUpSharedProjects } from "../lib/cli/shared_projects/setup.ts";
import { systemContents } from "../lib/ports/contents.ts";
import { systemClock, systemFiles, systemProcesses } from "../lib/ports/real.ts";

const text = new TextEncoder();
Deno.exit(
  await setUpSharedProjects(Deno.args, {
    ports: {
      files: systemFiles,
      contents: systemContents,
      processes: systemProcesses(),
      now: () => systemClock.now(),
    },
    env: Deno.env.toObject(),
    home: Deno.env.get("HOME") || homedir(),
    cwd: Deno.cwd(),
    out: (line) => Deno.stdout.writeSync(text.encode(line)),
    err: (line) => Deno.stderr.writeSync(text.encode(line)),
  }),
);
