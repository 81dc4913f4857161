import { programEnv, programWords } from "../support/program.ts";
import assert from "node:assert/strict";
import { isThere, testHome } from "../support/mod.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** The demo as a process, in a home and a temporary folder of its own. */
async function withDemo(
  args: readonly string[],
  use: (demo: Deno.ChildProcess, tmp: string) => Promise<void>,
): Promise<void> {
  await using home = await testHome();
  const tmp = home.path("t");
  await Deno.mkdir(tmp);
  const [program, ...words] = programWords("demo", ...args);
  const demo = new Deno.Command(program, {
    args: words,
    clearEnv: true,
    env: { ...home.env, ...programEnv(), TMPDIR: tmp, DENO_DIR: await denoDir() },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  try {
    await use(demo, tmp);
  } finally {
    if (isThere(demo.pid)) demo.kill("SIGKILL");
    await demo.status;
    // A demo that failed to clean up must not burden whoever runs this test.
    for (const pid of withArgument(tmp)) kill(pid);
  }
}

Deno.test("demo shows a limit and the swap in order, proves the work whole, and leaves nothing behind", () =>
  withDemo(["--speed", "10"], async (demo, tmp) => {
    await using seen = processesOf(tmp);
    const { code, stdout, stderr } = await demo.output();
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 0, text + new TextDecoder().decode(stderr));
    assertInOrder(text, [
      /writer +starts under work/,
      /work +5-hour window █+░+ +\d+ %/,
      /writer +“You've hit your 5-hour limit · resets /,
      /swap +work → spare: writer, notes, because writer ran into the limit of its 5-hour window/,
      /writer +✓ checkpoint/,
      /writer +✓ stop/,
      /writer +✓ launch/,
      /writer +goes on under spare/,
      /swap +finished/,
      /writer +has answered/,
      /What you just saw/,
      /with 5 chapters written/,
      /Limit → prompt accepted/,
      /Nothing of it is left behind/,
    ]);
    // deno-lint-ignore no-control-regex -- the escape character is what is looked for
    assert.doesNotMatch(text, /[\x1b\r]/, "no colour and no cursor movement without a terminal");
    await seen.stop();
    assertNothingLeft(tmp, seen.pids);
  }));

Deno.test("demo --json says nothing but the summary", () =>
  withDemo(["--speed", "10", "--json"], async (demo, tmp) => {
    const { code, stdout, stderr } = await demo.output();
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 0, text + new TextDecoder().decode(stderr));
    const summary = JSON.parse(text);
    assert.deepEqual(summary.chapters, { before: 5, after: 4 });
    assert.equal(summary.swap.outcome.is, "finished");
    const { oursMs, agentStopMs, agentBootMs } = summary.parts;
    assert.equal(
      Math.round(oursMs + agentStopMs + agentBootMs),
      Math.round(summary.limitToPromptMs),
    );
    assertNothingLeft(tmp, new Set());
  }));

Deno.test("demo leaves nothing behind when a signal ends it in the middle", async () => {
  const endedBy = (signal: Deno.Signal) =>
    withDemo([], async (demo, tmp) => {
      await using seen = processesOf(tmp);
      const text = await when(demo, /writer +takes a prompt/, () => demo.kill(signal));
      assert.equal((await demo.status).code, 1, text);
      assert.match(text, /Stopped; nothing is left behind\.$/m);
      assert.doesNotMatch(text, /What you just saw/);
      await seen.stop();
      assert.ok(seen.pids.size >= 3, "the demo had a tmux server and two agents");
      assertNothingLeft(tmp, seen.pids);
    });
  await Promise.all([endedBy("SIGINT"), endedBy("SIGTERM"), endedBy("SIGHUP")]);
});

Deno.test("demo that does not go as it should says why, ends with 1 and leaves nothing behind", () =>
  withDemo([], async (demo, tmp) => {
    await using seen = processesOf(tmp);
    const text = await when(demo, /writer +takes a prompt/, () => {
      const agents = withArgument("--session-id");
      for (const pid of withArgument(tmp)) if (agents.includes(pid)) kill(pid);
    });
    assert.equal((await demo.status).code, 1, text);
    assert.match(text, /^Cannot go on: (writer|notes) has ended \(dead\)$/m);
    await seen.stop();
    assertNothingLeft(tmp, seen.pids);
  }));

Deno.test("demo without tmux says how to get it, and ends with 2", async () => {
  await using home = await testHome();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--cached-only", MAIN, "demo"],
    clearEnv: true,
    env: { ...home.env, PATH: home.dir, DENO_DIR: await denoDir() },
  }).output();
  const text = new TextDecoder().decode(stderr);
  assert.equal(code, 2, text);
  assert.match(text, /^Cannot run the demo: tmux is not installed\nHint: .*tmux/);
});

/** Reads what the demo says to its end, and acts once when it has said this. */
async function when(demo: Deno.ChildProcess, said: RegExp, act: () => void): Promise<string> {
  let text = "";
  let acted = false;
  const stderr = new Response(demo.stderr).text();
  for await (const chunk of demo.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (acted || !said.test(text)) continue;
    acted = true;
    act();
  }
  return text + await stderr;
}

function assertInOrder(text: string, patterns: readonly RegExp[]): void {
  let rest = text;
  for (const pattern of patterns) {
    const found = pattern.exec(rest);
    assert.ok(found, `${pattern} does not come (any more) in:\n${text}`);
    rest = rest.slice(found.index + found[0].length);
  }
}

function assertNothingLeft(tmp: string, pids: ReadonlySet<number>): void {
  assert.deepEqual([...Deno.readDirSync(tmp)].map((entry) => entry.name), []);
  assert.deepEqual([...pids].filter(isThere), [], "every process of the demo is gone");
}

/** Collects, while the demo runs, the processes whose command line names its folder. */
function processesOf(tmp: string): AsyncDisposable & { pids: Set<number>; stop(): Promise<void> } {
  const pids = new Set<number>();
  let over = false;
  const looking = (async () => {
    while (!over) {
      for (const pid of withArgument(tmp)) pids.add(pid);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const stop = () => {
    over = true;
    return looking;
  };
  return { pids, stop, [Symbol.asyncDispose]: stop };
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // it was quicker
  }
}

function withArgument(path: string): number[] {
  const { stdout } = new Deno.Command("ps", { args: ["-eo", "pid=,args="] }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(path))
    .map((line) => Number.parseInt(line));
}

/** Where the packages are: the test's home is empty. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
