import { deepStrictEqual as equal } from "node:assert/strict";
import { checkMachine } from "../../lib/cli/doctor/machine.ts";
import { FakeFiles } from "../fakes/files.ts";
import { FakeProcesses } from "../fakes/process.ts";
import { config } from "../http/fixture.ts";

const TERMINAL = { TERM: "xterm-256color", LANG: "de_DE.UTF-8" };

interface Machine {
  readonly freeKb?: number;
  readonly instances?: number;
  readonly watches?: number;
  readonly synchronized?: string;
  readonly env?: Record<string, string>;
  readonly knowsTerminal?: boolean;
}

/** Each finding as [what was looked at, verdict, words]. */
async function found(machine: Machine) {
  const { freeKb, instances, watches, synchronized, env = TERMINAL, knowsTerminal = true } =
    machine;
  const files = new FakeFiles();
  const processes = new FakeProcesses();
  const limit = (name: string, value: number | undefined) =>
    value !== undefined && files.put(`/proc/sys/fs/inotify/${name}`, `${value}\n`);
  limit("max_user_instances", instances);
  limit("max_user_watches", watches);
  if (freeKb !== undefined) files.room = freeKb * 1_024;
  if (synchronized) processes.on("timedatectl", () => ({ stdout: `${synchronized}\n` }));
  processes.on("infocmp", () => ({ code: knowsTerminal ? 0 : 1 }));
  const checks = await checkMachine({ files, processes, env, os: "linux" }, config());
  return checks.map(({ of, is, what }) => [of, is, what]);
}

Deno.test("checkMachine() finds nothing on a good machine", async () => {
  const good = { freeKb: 50 * 1_048_576, instances: 512, watches: 65_536, synchronized: "yes" };
  equal(await found(good), [
    ["disk", "ok", "50 GB free for the state folder"],
    ["file watches", "ok", "65536 in 512 instances"],
    ["clock", "ok", "synchronized"],
    ["terminal", "ok", "xterm-256color, de_DE.UTF-8"],
  ]);
});

Deno.test("checkMachine() says nothing of what it cannot learn, which is not that all is well", async () => {
  equal(await found({}), [
    ["disk", "ok", "100 GB free for the state folder"],
    ["terminal", "ok", "xterm-256color, de_DE.UTF-8"],
  ]);
});

for (
  const [what, machine, wanted] of [
    ["little room", { freeKb: 500_000 }, [
      "disk",
      "warning",
      "only 488 MB free for the state folder",
    ]],
    ["no room", { freeKb: 10_000 }, [
      "disk",
      "error",
      "9 MB free for the state folder: it can keep nothing",
    ]],
    ["few instances", { instances: 8, watches: 65_536 }, [
      "file watches",
      "warning",
      "8 inotify instances, of which the daemon takes 5",
    ]],
    ["few watches", { instances: 512, watches: 100 }, [
      "file watches",
      "warning",
      "100 inotify watches",
    ]],
    ["a clock that drifts", { synchronized: "no" }, [
      "clock",
      "warning",
      "nothing keeps it right, and limits end by the clock",
    ]],
    ["a terminal without UTF-8", { env: { TERM: "xterm", LANG: "C" } }, [
      "terminal",
      "warning",
      "its locale (C) is not UTF-8",
    ]],
    ["an unknown terminal", { knowsTerminal: false }, [
      "terminal",
      "warning",
      "tmux knows no terminal xterm-256color, so `session attach` would fail",
    ]],
  ] as const
) {
  Deno.test(`checkMachine() finds ${what}`, async () => {
    const [of] = wanted;
    equal((await found(machine)).filter((check) => check[0] === of), [[...wanted]]);
  });
}
