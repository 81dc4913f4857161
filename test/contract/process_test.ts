/** What every `Processes` must do; below it, what only a real host can show. */
import assert from "node:assert/strict";
import process from "node:process";
import type { ProcessId } from "../../lib/model/ids.ts";
import { type Processes, ProgramNotFoundError } from "../../lib/ports/process.ts";
import { parsePs, parseStat, procTable, psTable } from "../../lib/ports/process_table.ts";
import { systemProcesses } from "../../lib/ports/real.ts";
import { FakeProcesses, type Signal } from "../fakes/process.ts";
import { until } from "../support/mod.ts";

interface World {
  readonly processes: Processes;
  /** A process with a child that has a child. */
  family(): Promise<{ top: ProcessId; end(): Promise<void> }>;
  /** A process that takes SIGTERM for nothing. */
  deaf(): Promise<{ top: ProcessId; end(): Promise<void> }>;
}

const LIMIT = { timeoutMs: 5_000 };

async function processContract(t: Deno.TestContext, { processes, ...world }: World) {
  await t.step("hostname() says something", () => {
    assert.notEqual(processes.hostname(), "");
  });
  await t.step("boot() stays the same", async () => {
    assert.equal(await processes.boot(), await processes.boot());
    assert.notEqual(await processes.boot(), "");
  });

  await t.step("identify() and isAlive() tell a process from another of its number", async () => {
    const { top, end } = await world.deaf();
    assert.deepEqual(await processes.identify(top.pid), top);
    assert.equal(await processes.isAlive(top), true);
    assert.equal(await processes.isAlive({ ...top, birth: "earlier" }), false);
    assert.equal(await processes.signal({ ...top, birth: "earlier" }, "SIGKILL"), false);
    assert.equal(await processes.isAlive(top), true);
    await end();
    assert.equal(await processes.identify(top.pid), null);
    assert.equal(await processes.isAlive(top), false);
  });

  await t.step("descendants() lists all below, parents first", async () => {
    const { top, end } = await world.family();
    const found = await until(async () => {
      const found = await processes.descendants(top);
      return found.length === 2 && found;
    });
    assert.deepEqual(await processes.descendants(found[0]!), [found[1]]);
    assert.deepEqual(await processes.descendants(found[1]!), []);
    assert.deepEqual(await processes.descendants({ ...top, birth: "earlier" }), []);
    for (const below of found) assert.deepEqual(await processes.identify(below.pid), below);
    await end();
    assert.deepEqual(await processes.descendants(top), []);
    for (const below of found) await processes.signal(below, "SIGKILL");
    for (const below of found) await until(async () => !await processes.isAlive(below));
  });

  await t.step("signal() may be taken for nothing, but not SIGKILL", async () => {
    const { top, end } = await world.deaf();
    assert.equal(await processes.signal(top, "SIGTERM"), true);
    assert.equal(await processes.isAlive(top), true);
    assert.equal(await processes.signal(top, "SIGKILL"), true);
    await until(async () => !await processes.isAlive(top));
    assert.equal(await processes.signal(top, "SIGKILL"), false);
    await end();
  });

  await t.step("load() is a number from zero on", () => {
    const load = processes.load();
    assert.ok(Number.isFinite(load) && load >= 0, `${load}`);
  });

  await t.step("own() says what it takes, in bytes and in milliseconds that only grow", () => {
    const before = processes.own();
    assert.ok(before.rssBytes > 1 << 20, `${before.rssBytes}`);
    assert.ok(before.cpuMs > 0 && processes.own().cpuMs >= before.cpuMs, `${before.cpuMs}`);
  });

  await t.step("run() gives output and code", async () => {
    const failed = await processes.run(["sh", "-c", "echo out; echo err >&2; exit 3"], LIMIT);
    assert.deepEqual(failed, { code: 3, stdout: "out\n", stderr: "err\n", timedOut: false });
  });

  await t.step("run() of a missing program throws ProgramNotFoundError", async () => {
    await assert.rejects(
      processes.run(["no-such-program-here"], LIMIT),
      (error) => error instanceof ProgramNotFoundError && error.program === "no-such-program-here",
    );
  });

  await t.step("run() ends with the signal's reason when aborted", async () => {
    const stop = new AbortController();
    const reason = new Error("stop");
    const run = processes.run(["sleep", "60"], { ...LIMIT, signal: stop.signal });
    stop.abort(reason);
    await assert.rejects(run, reason);
    await assert.rejects(processes.run(["sleep", "60"], { ...LIMIT, signal: stop.signal }), reason);
  });
}

Deno.test("FakeProcesses keeps the process contract", async (t) => {
  const processes = new FakeProcesses();
  processes.on("sh", () => ({ code: 3, stdout: "out\n", stderr: "err\n" }));
  processes.on("sleep", () => new Promise(() => {}));
  await processContract(t, {
    processes,
    family() {
      const top = processes.spawn();
      const child = processes.spawn({ parent: top.pid });
      processes.spawn({ parent: child.pid });
      return Promise.resolve({ top, end: () => Promise.resolve(processes.exit(top, 0)) });
    },
    deaf() {
      const top = processes.spawn({ onSignal: () => {} });
      return Promise.resolve({ top, end: () => Promise.resolve(processes.exit(top, null)) });
    },
  });
});

for (const [name, table] of Object.entries({ procTable, psTable })) {
  // The ps of Linux takes the same words as that of macOS, so its table is tried here too, but for the boot.
  const fits = name === "psTable" || Deno.build.os === "linux";
  const host = Deno.build.os === "linux" && name === "psTable"
    ? { ...psTable, boot: procTable.boot }
    : table;
  Deno.test({
    name: `systemProcesses() keeps the process contract, by its ${name}`,
    ignore: !fits,
    async fn(t) {
      const processes = systemProcesses(host);
      const start = async (script: string) => {
        const child = new Deno.Command("sh", { args: ["-c", script], stdout: "piped" }).spawn();
        const reader = child.stdout.getReader();
        await reader.read();
        await reader.cancel();
        const top = await processes.identify(child.pid);
        assert.ok(top);
        const end = async () => {
          await processes.signal(top, "SIGKILL");
          await child.status;
        };
        return { top, end };
      };
      await processContract(t, {
        processes,
        family: () => start("sh -c 'sleep 60 & wait' & echo ready; wait"),
        deaf: () => start("trap '' TERM; echo ready; while :; do sleep 0.1; done"),
      });
    },
  });
}

Deno.test("FakeProcesses.spawn() asks the process about its signals, and tells how it ended", async () => {
  const processes = new FakeProcesses();
  const heard: Signal[] = [];
  const exits: (number | null)[] = [];
  const one = processes.spawn({
    onSignal(signal, self) {
      heard.push(signal);
      if (signal === "SIGTERM") processes.exit(self, 0);
    },
    onExit: (exit) => exits.push(exit),
  });
  const child = processes.spawn({ parent: one.pid });
  await processes.signal(one, "SIGINT");
  await processes.signal(one, "SIGTERM");
  assert.deepEqual([heard, exits], [["SIGINT", "SIGTERM"], [0]]);
  assert.equal(await processes.isAlive(child), true);
  processes.reusePid(one.pid);
  const other = processes.spawn();
  assert.equal(other.pid, one.pid);
  assert.equal(await processes.isAlive(one), false);
  const boot = await processes.boot();
  processes.reboot();
  assert.notEqual(await processes.boot(), boot);
  assert.equal(await processes.identify(other.pid), null);
});

// -- What only the real one can show --

Deno.test("identify() takes a zombie for nobody", async () => {
  const processes = systemProcesses();
  // The shell becomes `sleep`, which never looks after the child it got this way.
  const child = new Deno.Command("sh", {
    args: ["-c", "sleep 0.2 & echo $!; exec sleep 60"],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  try {
    await until(async () => (await procTable.row(pid))?.zombie);
    assert.equal(await processes.identify(pid), null);
    assert.deepEqual(await processes.descendants((await processes.identify(child.pid))!), []);
  } finally {
    await reader.cancel();
    child.kill("SIGKILL");
    await child.status;
  }
});

Deno.test("run() kills the program and all it started when its time is over", async () => {
  const processes = systemProcesses();
  const start = performance.now();
  const script = "sleep 61 & echo $!; sleep 62";
  const late = await processes.run(["sh", "-c", script], { timeoutMs: 150 });
  assert.ok(performance.now() - start < 3_000);
  assert.equal(late.timedOut, true);
  await until(async () => await processes.identify(Number(late.stdout)) === null);
});

Deno.test("run() does not wait for ever for what a program left behind", async () => {
  const processes = systemProcesses();
  const inGroup = await processes.run(["sh", "-c", "sleep 61 & echo $!"], { timeoutMs: 150 });
  assert.deepEqual([inGroup.code, inGroup.timedOut], [0, false]);
  await until(async () => await processes.identify(Number(inGroup.stdout)) === null);
  // One that left the group is out of reach; it still holds the pipe, and is not waited for.
  const script = "setsid sh -c 'echo $$; exec sleep 61' & wait";
  const left = await processes.run(["sh", "-c", script], { timeoutMs: 150 });
  assert.equal(left.timedOut, true);
  const stray = await processes.identify(Number(left.stdout));
  assert.ok(stray);
  await processes.signal(stray, "SIGKILL");
});

Deno.test("run() gives a program exactly the environment, folder and input it should have", async () => {
  const processes = systemProcesses();
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "cf-run-" }));
  try {
    const own = `${dir}/own-program`;
    await Deno.writeTextFile(own, "#!/bin/sh\nenv | grep -v '^_=' | sort; pwd; cat\n", {
      mode: 0o755,
    });
    const env = { ONE: "1", PATH: `${dir}:${process.env.PATH}` };
    const options = { ...LIMIT, cwd: dir, env };
    const { stdout } = await processes.run(["own-program"], { ...options, stdin: "in\nput" });
    assert.equal(stdout, `ONE=1\nPATH=${env.PATH}\nPWD=${dir}\n${dir}\nin\nput`);
    const closed = await processes.run(["cat"], options);
    assert.deepEqual([closed.code, closed.stdout], [0, ""]);
    const unread = await processes.run(["true"], { ...LIMIT, stdin: "x".repeat(1 << 20) });
    assert.equal(unread.code, 0);
    await assert.rejects(
      processes.run(["true"], { ...LIMIT, cwd: `${dir}/gone` }),
      /Cannot run true: there is no folder .*gone/,
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("identify() says null of a process that ends while it is looked at", async () => {
  for (let i = 0; i < 150; i++) {
    const child = new Deno.Command("true").spawn();
    let ended = false;
    const end = child.status.then(() => ended = true);
    while (!ended) {
      await systemProcesses().identify(child.pid); // rejected in 1 of 170 before ESRCH was known
      await new Promise((resolve) => setTimeout(resolve, 0)); // nothing in it lets the end be heard
    }
    await end;
  }
});

Deno.test("parseStat() reads a name with parentheses and spaces", () => {
  const rest = "1 77 77 0 -1 4194560 100 0 0 0 1 2 3 4 20 0 1 0 123456 1000 200";
  assert.deepEqual(parseStat(`4242 (a) b) (c) S ${rest}`), {
    pid: 4242,
    parent: 1,
    started: "123456",
    zombie: false,
  });
  assert.equal(parseStat(`4242 (x) Z ${rest}`).zombie, true);
  assert.throws(() => parseStat("nonsense"), /is no line of \/proc/);
});

Deno.test("parsePs() reads the lines of macOS", () => {
  const text =
    "    1     0 Ss   Sat Nov 21 09:00:01 2026    \n  501     1 Z+   Sun Nov 22 20:03:59 2026\n\n";
  assert.deepEqual(parsePs(text), [
    { pid: 1, parent: 0, started: "Sat Nov 21 09:00:01 2026", zombie: false },
    { pid: 501, parent: 1, started: "Sun Nov 22 20:03:59 2026", zombie: true },
  ]);
});
