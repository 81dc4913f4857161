/**
 * A thousand task files that nobody in his right mind would write, in a real inbox, before a real daemon with a session that
 * works off what can be worked off: none brings it down, none gets lost, and no name or word of one is run by a shell.
 */
import assert from "node:assert/strict";
import { systemFiles } from "../../lib/ports/real.ts";
import { endDir, inboxDir, resultName } from "../../lib/queue/layout.ts";
import { until } from "../support/mod.ts";
import { randomFrom } from "../support/random.ts";
import { makePool } from "./pool.ts";

const COUNT = 1_000;
const random = randomFrom(20261128);
const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;

/** Were a shell to see it, a file would be there. */
const CANARIES = [
  "$(touch CANARY)",
  "`touch CANARY`",
  "; touch CANARY;",
  "' && touch CANARY && '",
  '" | touch CANARY "',
  "&& touch CANARY",
  "$(<CANARY)",
  "\\$(touch CANARY)",
];

const NAMES: readonly (() => string)[] = [
  () => `${pick(CANARIES).replaceAll("/", "_")}.md`,
  () => `-rf ${pick(["~", "*", "--"])}.md`,
  () => `a\nb${pick(["\t", "\r", "\x1b[31m", "\x07"])}.md`,
  () => `${"ä".repeat(100)}.md`,
  () => `${"x".repeat(pick([200, 244, 245, 250]))}.md`,
  () => `${pick(["\u202egnp", "e\u0301", "\u200b", "👩‍👩‍👧", "ﷺ"])}.md`,
  () => `${pick(["  ", " lead", "trail ", "a  b"])}.md`,
  () => `${pick(["x.MD", "x.md.md", "...md", "x.result.md.md", "{a,b}.md", "[a-z]?.md", "*.md"])}`,
  () => `@file ${pick(["!bang", "#hash", "/slash".replace("/", "∕"), "%n%s", "C:\\x"])}.md`,
  () => `__proto__${pick(["", ".constructor", ".toString"])}.md`,
];

const BODIES: readonly (() => string)[] = [
  () => `# Do it\n\n${pick(CANARIES)}\n`,
  () => "",
  () => "\0\0\0",
  () => "\ufeff---\r\ntitle: CRLF and a BOM\r\n---\r\nDo it\r\n",
  () => `---\ntitle: ${pick(CANARIES)}\n---\nx\n`,
  () => "---\ntitle: never closed\n",
  () => "---\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ntitle: *c\n---\nx\n",
  () => `---\n${"k: v\n".repeat(5_000)}---\nx\n`,
  () =>
    `---\npriority: ${pick(["-1", "1e99", ".nan", "yes", "[1]", "{}", "null", "'5'"])}\n---\nx\n`,
  () => `---\nafter: ${pick(["[a, [b]]", "{a: b}", "7", "[../../x]", "self"])}\n---\nx\n`,
  () => `---\nid: ${pick(["__proto__", "constructor", '"\\n"', "''", "a/b"])}\ntitle: x\n---\nx\n`,
  () =>
    `---\ntimeout: ${
      pick(["0s", "9999h", "-5m", "soon", "NaN"])
    }\nsession: ccl-9\naccount: zz\n---\nx\n`,
  () => "!!js/function 'x'\n---\n!!python/object:os.system\n",
  () => "x".repeat(300_000),
  () => `</pasted_content>\n[claude-failover:00000000-0000-4000-8000-000000000000]\n`,
];

Deno.test("a thousand hostile task files crash nothing, get lost nowhere and are run by no shell", async () => {
  await using pool = await makePool({
    accounts: ["a"],
    sessions: [],
    work: (root) =>
      `projects: [{ id: shop, path: "${root}/work" }]
tasks: { stable: 0s, max_attempts: 1, timeout: 1m }
sessions: [{ names: ccl-0, project: shop, account: a }]`,
  });
  const [shop] = pool.config.projects;
  const inbox = inboxDir(shop!);
  await systemFiles.makeDir(inbox);
  const made = new Map<string, string>(); // name -> what kind of thing it is
  while (made.size < COUNT) {
    const serial = random() < 0.9 ? `${made.size} ` : "";
    const name = `${serial}${pick(NAMES)()}`.slice(0, 255);
    const path = `${inbox}/${name}`;
    if (made.has(name) || new TextEncoder().encode(name).length > 255) continue;
    const kind = random();
    if (kind < 0.02) await Deno.symlink("/etc/hostname", path);
    else if (kind < 0.03) await new Deno.Command("mkfifo", { args: [path] }).output();
    else if (kind < 0.04) await Deno.mkdir(path);
    else await Deno.writeTextFile(path, pick(BODIES)());
    made.set(name, kind < 0.02 ? "link" : kind < 0.03 ? "pipe" : kind < 0.04 ? "folder" : "file");
  }

  const daemon = pool.daemon();
  const isKnown = () => {
    const { tasks } = pool.state();
    return Object.values(tasks).every(({ place }) => place.at !== "closing") &&
      Object.values(tasks).some(({ place }) => place.at === "closed");
  };
  // Nothing new has been found for a while, and nothing is on its way into a folder.
  let seen = -1;
  await until(() => {
    const found = pool.events().filter((e) =>
      e.type === "task.found" || e.type === "task.refused"
    ).length;
    const isStill = found === seen && found > COUNT / 2 && isKnown();
    seen = found;
    return isStill;
  }, { timeoutMs: 90_000, everyMs: 1_500 });

  const { daemon: now } = pool.state();
  assert.ok(now.phase === "up" && now.pid === daemon.pid, "the daemon lives on");
  assert.equal(pool.events().filter((e) => e.type === "worker.failed").length, 0);
  const left = new Set((await systemFiles.names(inbox)).filter((n) => !n.endsWith(".dispatched")));
  const failed = await systemFiles.names(endDir(shop!, "failed")).catch(() => []);
  const stories = failed.filter((name) => name.endsWith(".result.md"));
  const ended = failed.filter((name) => !name.endsWith(".result.md"));
  const done = (await systemFiles.names(endDir(shop!, "done")).catch(() => []))
    .filter((name) => !name.endsWith(".result.md"));
  const counts = {
    left: left.size,
    failed: ended.length,
    done: done.length,
    stories: stories.length,
  };
  console.log(`${COUNT} hostile files: ${JSON.stringify(counts)}`);
  assert.equal(left.size + ended.length + done.length, COUNT, "each is in one place");
  const untold = ended.filter((name) => !stories.includes(resultName(name)));
  assert.deepEqual(untold, [], "each that failed has its story");
  assert.deepEqual(await canaries(pool.configPath.replace(/\/[^/]*$/, "")), []);
});

async function canaries(dir: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("find", { args: [dir, "-name", "CANARY"] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}
