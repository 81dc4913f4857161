import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { ProgramNotFoundError } from "../../lib/ports/process.ts";
import { config } from "../http/fixture.ts";
import { golden } from "./golden.ts";
import { world, type WorldOptions } from "./world.ts";

/** A machine on which all is well. */
async function healthy(options: WorldOptions = {}) {
  const w = await world(options);
  const { files, processes } = w;
  processes.on("tmux", () => ({ stdout: "tmux 3.3a\n" }));
  processes.on("flock", () => ({ stdout: "flock from util-linux 2.38.1\n" }));
  processes.on("id", () => ({ stdout: "1000\n" }));
  processes.on("claude", (args) => ({
    stdout: args[0] === "--version"
      ? "2.1.330 (Claude Code)\n"
      : JSON.stringify({ loggedIn: true, authMethod: "claude.ai" }),
  }));
  files.put(`${config().share.projectsDir}/.keep`, "");
  files.put("/home/ada/shop/README.md", "shop\n");
  for (const { configDir } of config().accounts) {
    const projects = { "/home/ada/shop": { hasTrustDialogAccepted: true } };
    files.put(
      `${configDir}/.claude.json`,
      JSON.stringify({ hasCompletedOnboarding: true, projects }),
    );
    await files.makeDir(configDir, 0o700);
    await files.link(config().share.projectsDir, `${configDir}/projects`);
  }
  for (const path of [config().paths.stateDir, config().paths.runtimeDir]) {
    await files.makeDir(path, 0o700);
  }
  return w;
}

Deno.test("doctor finds nothing on a machine where all is well", async () => {
  await using w = await healthy();
  equal(await w.run("doctor"), 0, w.said.out);
  ok(w.said.out.endsWith("All is well.\n"), w.said.out);
});

Deno.test("doctor names each finding with what mends it, and ends with 1", async () => {
  await using w = await healthy({ facts: null });
  const missing = ["tmux", "flock"];
  for (const name of missing) {
    w.processes.on(name, () => Promise.reject(new ProgramNotFoundError(name)));
  }
  w.processes.on("claude", () => ({ stderr: "Segmentation fault\n", code: 139 }));
  await w.files.makeDir(w.config.paths.stateDir, 0o755);
  await w.files.remove("/home/ada/shop");
  equal(await w.run("doctor"), 1);
  await golden("doctor", w.said.out.replaceAll(Deno.version.deno, "DENO"));
});

Deno.test("doctor says where the tmux server would live, and warns where a service would end it", async () => {
  const systemd = {
    hasRun: true,
    hasUserManager: true,
    lingers: false,
    hasSystemManager: false,
    service: "user" as const,
  };
  const auto = { ...config(), tmux: { ...config().tmux, scope: "auto" as const } };
  await using scoped = await healthy({ config: auto, systemd });
  equal(await scoped.run("doctor"), 0);
  ok(/✓ tmux server +in a user scope of systemd \(the daemon is a service/.test(scoped.said.out));
  await using w = await healthy({ config: auto, systemd: { ...systemd, hasUserManager: false } });
  equal(await w.run("doctor"), 0);
  ok(/! tmux server +a stop of the daemon's service ends every session/.test(w.said.out));
});

Deno.test("doctor finds folders of another user", async () => {
  await using w = await healthy();
  w.processes.on("id", () => ({ stdout: "1001\n" }));
  equal(await w.run("doctor"), 1);
  const { stateDir } = w.config.paths;
  ok(w.said.out.includes(`✗ state folder   ${stateDir} belongs to another user (uid 1000)`));
});

Deno.test("doctor says what is wrong with the config, and checks the rest", async () => {
  await using w = await healthy({ configText: "version: 1\n" });
  equal(await w.run("doctor", "--json"), 1);
  const checks = JSON.parse(w.said.out) as { of: string; is: string; what: string }[];
  equal(checks.map((c) => [c.of, c.is]), [
    ["deno", "ok"],
    ["tmux", "ok"],
    ["flock", "ok"],
    ["claude", "ok"],
    ["config", "error"],
  ]);
  ok(checks[4]!.what.includes("failover: is missing"), checks[4]!.what);
});

Deno.test("doctor --fix makes folders private and links whole, says so, and does nothing the second time", async () => {
  await using w = await healthy();
  const { files } = w;
  const [work, spare] = config().accounts;
  await files.makeDir(w.config.paths.stateDir, 0o755);
  await files.makeDir(work!.configDir, 0o750);
  await files.remove(`${spare!.configDir}/projects`);
  equal(await w.run("doctor"), 0);
  ok(w.said.out.includes("claude-failover doctor --fix mends 3 of these."), w.said.out);
  const modeOf = async (path: string) => (await files.stat(path))!.mode & 0o777;
  equal(await modeOf(w.config.paths.stateDir), 0o755, "only looked at");

  w.said.out = "";
  equal(await w.run("doctor", "--fix"), 0);
  ok(w.said.out.endsWith("All is well.\n"), w.said.out);
  equal(w.said.out.match(/mended /g)?.length, 3, w.said.out);
  equal(await modeOf(w.config.paths.stateDir), 0o700);
  equal(await modeOf(work!.configDir), 0o700);
  equal(await files.readLink(`${spare!.configDir}/projects`), config().share.projectsDir);

  w.said.out = "";
  equal(await w.run("doctor", "--fix", "--json"), 0);
  const checks = JSON.parse(w.said.out) as { of: string }[];
  equal(checks.filter(({ of }) => of === "mended"), []);
});

Deno.test("doctor --fix leaves a real folder where a link should be, and says how to bring it in", async () => {
  await using w = await healthy();
  const [, spare] = config().accounts;
  await w.files.remove(`${spare!.configDir}/projects`);
  w.files.put(`${spare!.configDir}/projects/-home-ada-shop/a.jsonl`, "{}\n");
  equal(await w.run("doctor", "--fix"), 1);
  ok(w.said.out.includes("is a real folder of this account alone"), w.said.out);
  ok(w.said.out.includes("claude-failover share"), w.said.out);
  ok(await w.files.read(`${spare!.configDir}/projects/-home-ada-shop/a.jsonl`) !== null);
});

Deno.test("doctor looks at the channels of notices without sending anything", async () => {
  const pool = config({
    notify: {
      channels: [
        { type: "stdout", name: "out" },
        {
          type: "telegram",
          name: "phone",
          token: { file: "/home/ada/bot.token" },
          chats: [{ chat: "7", topic: null }],
          api: "https://api.telegram.org",
        },
      ],
    },
  });
  await using w = await healthy({ config: pool });
  equal(await w.run("doctor", "--json"), 1);
  const checks = JSON.parse(w.said.out) as { of: string; is: string; hint: string | null }[];
  equal(checks.filter((c) => c.of.startsWith("channel")).map(({ of, is }) => [of, is]), [
    ["channel out", "ok"],
    ["channel phone", "error"],
  ]);
  await w.files.writeAtomic("/home/ada/bot.token", "1:canary\n");
  w.said.out = "";
  equal(await w.run("doctor", "--json"), 0, w.said.out);
  ok(!w.said.out.includes("canary"));
});
