import { programEnv, programWords } from "../support/program.ts";
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import {
  type AccountSight,
  changes,
  observation,
  type Sight,
} from "../../lib/cli/run/observation.ts";
import type { RegistryEntry } from "../../lib/claude/registry.ts";
import type { Config } from "../../lib/model/config.ts";
import type { Pane } from "../../lib/ports/tmux.ts";
import { account, config, NOON, session } from "../http/fixture.ts";
import { testHome, until } from "../support/mod.ts";
import { golden } from "./golden.ts";
import { world } from "./world.ts";

const POOL: Config = config({
  accounts: [
    account("work", { priority: 1 }),
    account("spare", { priority: 2 }),
    account("home", { priority: 3, auto: false }),
  ],
  sessions: [
    session("ccl-0"),
    session("ccl-1", { neverMove: true }),
    session("ccl-2", { account: "spare", allowedAccounts: ["spare", "home"] }),
  ],
});

/** Config dirs that are ready, but for one link, one dialog and a Claude Code that somebody runs by hand. */
async function furnished() {
  const w = await world({ facts: null, config: POOL });
  const { files, processes } = w;
  files.put(`${POOL.share.projectsDir}/-home-ada-shop/kept.jsonl`, "{}\n");
  files.put("/home/ada/shop/README.md", "shop\n");
  for (const { id, configDir } of POOL.accounts) {
    const trust = id === "home" ? {} : { "/home/ada/shop": { hasTrustDialogAccepted: true } };
    files.put(
      `${configDir}/.claude.json`,
      JSON.stringify({ hasCompletedOnboarding: true, projects: trust }),
    );
    if (id !== "spare") await files.link(POOL.share.projectsDir, `${configDir}/projects`);
  }
  const byHand = processes.spawn();
  files.put(registryPath("work", byHand.pid), registryText(byHand.pid, "busy"));
  files.put(registryPath("work", 7), registryText(7, "idle"));
  return { w, byHand };
}

function registryPath(id: string, pid: number): string {
  return `/home/ada/.claude-${id}/sessions/${pid}.json`;
}

function registryText(pid: number, status: string): string {
  return JSON.stringify({ pid, sessionId: "c", cwd: "/home/ada/shop", status });
}

Deno.test("run --observe says what the daemon would do", async () => {
  const { w } = await furnished();
  await using _ = w;
  await w.tmux.launch("ccl-1", { cwd: "/", argv: ["sh", "/home/ada/.state/runs/r1/launch.sh"] });
  await w.tmux.launch("ccl-2", { cwd: "/", argv: ["bash", "-l"] });
  equal(await w.run("run", "--observe", "--once"), 0);
  await golden("observe", w.said.out.replaceAll(/\b\d{4}\b/g, "PID"));
});

Deno.test("run --observe writes nothing, starts nothing and signals nobody", async () => {
  const { w } = await furnished();
  await using _ = w;
  const before = await digest(w.files, "/");
  equal(await w.run("run", "--observe", "--once"), 0);
  equal(await digest(w.files, "/"), before);
  equal([w.tmux.calls, w.processes.runs, w.processes.signals], [[], [], []]);
  equal(await w.tmux.serverPid(), null);
});

Deno.test("run --observe leaves a real disk as it was, with real ports", async () => {
  await using home = await testHome();
  await Deno.mkdir(home.path(".claude-work", "sessions"), { recursive: true });
  await Deno.writeTextFile(home.path(".claude-work", ".claude.json"), "{}");
  await Deno.mkdir(home.path("shop"));
  await Deno.mkdir(home.path("run"));
  const text = [
    "version: 1",
    "accounts:",
    `  - { id: work, kind: subscription, config_dir: ${home.path(".claude-work")} }`,
    "failover: { mode: off }",
    "projects:",
    `  - { id: shop, path: ${home.path("shop")}, accounts: [work] }`,
    "sessions: [{ names: ccl-0, project: shop }]",
    `tmux: { socket: ${home.path("run", "tmux")} }`,
  ].join("\n");
  await Deno.writeTextFile(home.path("config.yaml"), text);
  const before = await diskDigest(home.dir);
  const observe = ["run", "--observe", "--once", "--json"];
  const [program, ...args] = programWords(...observe, "--config", home.path("config.yaml"));
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { ...home.env, ...programEnv(), DENO_DIR: denoDir(), XDG_RUNTIME_DIR: home.path("run") },
    clearEnv: true,
  }).output();
  const said = new TextDecoder().decode(stdout);
  equal(code, 0, new TextDecoder().decode(stderr));
  equal(JSON.parse(said).sessions[0].would, "start");
  equal(await diskDigest(home.dir), before);
});

Deno.test("run --observe says what changes, until the interrupt", async () => {
  const { w, byHand } = await furnished();
  await using _ = w;
  const observing = w.run("run", "--observe", "--json");
  const asleep = () => w.clock.sleepers === 1;
  const look = async () => {
    await until(asleep);
    await w.clock.advance(2_000);
    await until(asleep);
  };
  await look();
  w.files.put(registryPath("work", byHand.pid), registryText(byHand.pid, "idle"));
  await look();
  w.processes.exit(byHand, 0);
  await look();
  w.interrupt();
  equal(await observing, 0);
  const lines = w.said.out.trim().split("\n").map((line) => JSON.parse(line));
  equal(lines.map((line) => line.what ?? line.type), [
    "report",
    `claude ${byHand.pid} (work, /home/ada/shop): busy → idle`,
    `claude ${byHand.pid} (work, /home/ada/shop) is gone`,
  ]);
});

// -- The pure part --

function sight(panes: Sight["panes"], accounts: AccountSight[] = []): Sight {
  return { at: NOON, panes, accounts };
}

function pane(changes: Partial<Pane>): Pane {
  return {
    session: "ccl-0",
    id: "%1",
    pid: 50,
    dead: false,
    exit: null,
    startCommand: "sh /home/ada/.state/runs/r1/launch.sh",
    attached: 0,
    activeAt: 0,
    ...changes,
  };
}

Deno.test("observation() starts what is not there, adopts what is ours, leaves what is not", () => {
  const of = (panes: Sight["panes"]) => observation(POOL, sight(panes)).sessions[0]!.would;
  equal(of([]), "start");
  equal(of([pane({})]), "adopt");
  equal(of([pane({ dead: true })]), "start");
  equal(of([pane({ startCommand: "bash" })]), "leave alone");
  equal(of({ unknown: "no answer" }), "unknown");
});

Deno.test("observation() says for each account where its sessions would go, by the policy itself", () => {
  const at = observation(POOL, sight([])).atLimit;
  equal(at.map((a) => [a.account, a.would, a.to, a.moves]), [
    ["work", "move", "spare", ["ccl-0"]],
    ["spare", "stay", null, []],
    ["home", "stay", null, []],
  ]);
  equal(at[0]!.stays, [{ session: "ccl-1", why: "held (never_move)" }]);
  equal(at[1]!.why, "no account can take its sessions");
  equal(at[1]!.candidates.map((c) => c.rejected), [
    "no session of spare may move there",
    "auto: false",
  ]);
  const confirm = config({ failover: { ...POOL.failover, mode: "confirm" } });
  equal(observation(confirm, sight([])).atLimit[0]!.would, "propose");
  const off = config({ failover: { ...POOL.failover, mode: "off" } });
  equal(observation(off, sight([])).atLimit[0]!.why, "failover.mode is off");
});

Deno.test("observation() counts a Claude Code in a pane of ours as ours, others as started by hand", () => {
  const entry = (pid: number): RegistryEntry => {
    const nothing = { cwd: null, status: null, waitingFor: null, updatedAt: 0, procStart: null };
    return { pid, conversation: "c", ...nothing };
  };
  const work = {
    account: "work",
    registry: [entry(50), entry(51)],
    linksToMake: [],
    obstacles: [],
  };
  const { byHand } = observation(POOL, sight([pane({ pid: 50 })], [work]));
  equal(byHand.map((b) => b.entry.pid), [51]);
  equal(changes(sight([], [work]), sight([], [work])), []);
  ok(changes(sight([]), sight([], [work]))[0]!.endsWith("appeared, of unknown state"));
});

// -- Helpers --

async function digest(files: Awaited<ReturnType<typeof world>>["files"], dir: string) {
  const lines: string[] = [];
  for (const entry of await files.list(dir)) {
    const path = `${dir === "/" ? "" : dir}/${entry.name}`;
    const text = entry.kind === "file" ? await files.read(path) : await files.readLink(path);
    lines.push(`${path} ${entry.kind} ${entry.mode} ${entry.mtimeNs} ${text}`);
    if (entry.kind === "dir") lines.push(...await digest(files, path));
  }
  return lines;
}

/** Names, kinds, modes, times and contents of everything below. */
async function diskDigest(dir: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir(dir)) {
    const path = `${dir}/${name}`;
    const info = await Deno.lstat(path);
    const text = info.isFile ? await Deno.readTextFile(path) : "";
    lines.push(`${path} ${info.mode} ${info.mtime?.getTime()} ${text}`);
    if (info.isDirectory) lines.push(...await diskDigest(path));
  }
  return lines.sort();
}

function denoDir(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return Deno.env.get("DENO_DIR") ?? `${home}/deno`;
}
