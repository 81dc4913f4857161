import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { sealOf } from "../../lib/cli/service/seal.ts";
import { agentText, unitText, unitWord } from "../../lib/cli/service/unit.ts";
import { handBack, selfOf, selfWords } from "../../lib/cli/self.ts";
import type { RunResult } from "../../lib/ports/process.ts";
import { golden } from "./golden.ts";
import { world, type WorldOptions } from "./world.ts";

const UNIT = "/home/ada/.config/systemd/user/claude-failover.service";
const PLIST = "/home/ada/Library/LaunchAgents/claude-failover.plist";

/** A service manager of a user, as far as our commands go. */
function systemctl() {
  const service = { pid: 0, enabled: false, asked: [] as string[] };
  const answer = (args: readonly string[]): Partial<RunResult> => {
    const line = args.join(" ");
    if (!line.startsWith("--user show")) service.asked.push(line);
    if (line.startsWith("--user enable")) service.enabled = true;
    if (/^--user (start|restart)/.test(line)) service.pid += 100;
    if (line.startsWith("--user disable --now")) Object.assign(service, { pid: 0, enabled: false });
    const active = service.pid > 0 ? "active" : "inactive";
    const file = service.enabled ? "enabled" : "disabled";
    return {
      stdout:
        `MainPID=${service.pid}\nActiveState=${active}\nUnitFileState=${file}\nNRestarts=2\n` +
        `StatusText=${service.pid > 0 ? "watching 2 sessions" : ""}\nResult=success\n`,
    };
  };
  return { service, answer };
}

async function linux(options: WorldOptions = {}) {
  const w = await world({ facts: null, ...options });
  const { service, answer } = systemctl();
  w.processes.on("systemctl", (args) => answer(args));
  w.processes.on("loginctl", (args) => {
    service.asked.push(`loginctl ${args.join(" ")}`);
    return {};
  });
  return Object.assign(w, { service });
}

const SPEC = {
  argv: ["/home/ada/my bin/claude-failover", "--config", "/home/ada/50%.yaml", "run"],
  env: { LANG: "C.UTF-8", PATH: '/home/ada/"x"/bin:/usr/bin' },
  logFile: "/home/ada/.local/state/claude-failover/<a&b>.log",
} as const;

Deno.test("the unit of systemd and the agent of launchd are as they were", async () => {
  await golden("service", `${unitText(SPEC)}\n${agentText(SPEC)}`);
});

Deno.test("unitWord() quotes what systemd would read otherwise", () => {
  equal(unitWord("/usr/bin/x"), "/usr/bin/x");
  equal(unitWord("50%"), "50%%");
  equal(unitWord('a "b" \\'), '"a \\"b\\" \\\\"');
  let said = "";
  try {
    unitWord("a\nExecStart=/bin/evil");
  } catch (error) {
    said = String(error);
  }
  match(said, /line break/);
});

Deno.test("sealOf() knows our own file, a changed one, and a strange one", () => {
  for (const text of [unitText(SPEC), agentText(SPEC)]) {
    equal(sealOf(text), "ours");
    equal(sealOf(text.replace("bin", "bun")), "changed");
    equal(sealOf(text.slice(0, -1)), "changed");
  }
  equal(sealOf("[Unit]\nDescription=mine\n"), "foreign");
});

Deno.test("service install writes the unit, enables and starts it; again, it changes nothing", async () => {
  await using w = await linux();
  equal(await w.run("service", "install"), 0, w.said.err);
  const text = await w.files.read(UNIT) ?? "";
  ok(text.includes("ExecStart=:/usr/local/bin/claude-failover --config"), text);
  ok(text.includes("Environment=PATH=/usr/bin"), text);
  const unit = "claude-failover.service";
  const enabling = ["--user daemon-reload", `--user enable ${unit}`];
  equal(w.service.asked, [...enabling, `--user start ${unit}`]);
  match(w.said.out, /^Wrote .*\nThe service runs \(pid 100\): watching 2 sessions\.\n/);
  match(w.said.out, /ends with your last logout.*\n {2}loginctl enable-linger\n$/);
  w.service.asked.length = 0;
  w.said.out = "";
  equal(await w.run("service", "install", "--json"), 0);
  equal(w.service.asked, enabling);
  const said = JSON.parse(w.said.out);
  equal([said.changed, said.active, said.pid, said.enabled], [false, "active", 100, true]);
});

Deno.test("service install restarts a running service whose file is different now", async () => {
  await using w = await linux();
  await w.run("service", "install");
  await using later = await linux({ env: { PATH: "/usr/bin:/home/ada/bin" } });
  await later.files.writeAtomic(UNIT, await w.files.read(UNIT) ?? "");
  later.service.pid = 100;
  equal(await later.run("service", "install", "--linger"), 0, later.said.err);
  equal(later.service.asked.at(0), "loginctl enable-linger");
  equal(later.service.asked.at(-1), "--user restart claude-failover.service");
  ok(!later.said.out.includes("logout"), later.said.out);
});

Deno.test("service install leaves a daemon in a terminal alone, and says how to change over", async () => {
  await using w = await linux({ facts: [] });
  w.daemon.store.record({ type: "daemon.started", pid: 4711, version: "0.1.0", boot: "b" });
  equal(await w.run("service", "install"), 0, w.said.err);
  ok(!w.service.asked.some((line) => line.includes(" start ")), w.service.asked.join());
  match(w.said.out, /A daemon runs already \(pid 4711\)/);
  match(
    w.said.out,
    / {2}claude-failover stop && systemctl --user start claude-failover\.service\n/,
  );
});

Deno.test("service install writes over nothing that is not ours, and says why it cannot be asked", async () => {
  await using w = await linux();
  await w.files.writeAtomic(UNIT, "[Unit]\n");
  equal(await w.run("service", "install"), 2);
  match(w.said.err, /^Cannot install the service: .* is not ours\nHint: .*--force/);
  equal(await w.files.read(UNIT), "[Unit]\n");
  equal(await w.run("service", "install", "--force"), 0);
  await w.files.writeAtomic(UNIT, `${await w.files.read(UNIT)}Nice=5\n`);
  w.said.err = "";
  equal(await w.run("service", "install"), 2);
  match(w.said.err, /was changed since/);

  await using alone = await linux();
  alone.processes.on("systemctl", () => ({ code: 1, stderr: "Failed to connect to bus\n" }));
  equal(await alone.run("service", "install"), 2);
  match(alone.said.err, /systemd of this user cannot be asked: Failed to connect to bus/);
  equal(await alone.files.read(UNIT), null);
  await using odd = await linux({ self: { kind: "compiled", path: '/home/ada/"x"/cf' } });
  equal(await odd.run("service", "install"), 2);
  match(odd.said.err, /systemd takes no quote, backslash or line break in the path of a program/);
  await using none = await world({ facts: null });
  equal(await none.run("service", "install"), 2);
  match(none.said.err, /there is no systemctl/);
});

Deno.test("service install --dry-run prints the file and the commands, and does neither", async () => {
  await using w = await linux();
  equal(await w.run("service", "install", "--dry-run", "--linger"), 0);
  match(w.said.out, /^# \/home\/ada\/.*\n# Written by/);
  match(w.said.out, /# Then:\nloginctl enable-linger\nsystemctl --user daemon-reload\n/);
  equal(w.service.asked, []);
  equal(await w.files.read(UNIT), null);
  w.said.out = "";
  equal(await w.run("service", "install", "--dry-run", "--json"), 0);
  equal(sealOf(JSON.parse(w.said.out).text), "ours");
});

Deno.test("service uninstall takes away the file and the folders that hold nothing else", async () => {
  await using w = await linux({ facts: [] });
  await w.files.makeDir("/home/ada/.config");
  await w.files.writeAtomic("/home/ada/.config/other", "");
  equal(await w.run("service", "install"), 0);
  w.service.pid = 7;
  w.service.asked.length = 0;
  equal(await w.run("service", "uninstall", "--dry-run"), 0);
  ok(await w.files.read(UNIT) !== null);
  equal(w.service.asked, []);
  w.said.out = "";
  equal(await w.run("service", "uninstall"), 0, w.said.err);
  equal(w.service.asked, [
    "--user disable --now claude-failover.service",
    "--user daemon-reload",
  ]);
  match(w.said.out, /^Removed .*; the daemon has stopped\.\n/);
  equal(await w.files.names("/home/ada/.config"), ["other"]);
  equal(await w.run("service", "uninstall"), 0);
  match(w.said.out, /There is no service to uninstall/);
});

Deno.test("service uninstall leaves other units, and a changed file unless forced", async () => {
  await using w = await linux();
  await w.run("service", "install");
  await w.files.writeAtomic("/home/ada/.config/systemd/user/other.service", "");
  await w.files.writeAtomic(UNIT, `${await w.files.read(UNIT)}# mine\n`);
  equal(await w.run("service", "uninstall"), 2);
  match(w.said.err, /was changed since we wrote it\nHint: look at it, then add --force/);
  equal(await w.run("service", "uninstall", "--force", "--json"), 0);
  equal(await w.files.names("/home/ada/.config/systemd/user"), ["other.service"]);
});

Deno.test("service uninstall leaves a link to a folder elsewhere", async () => {
  await using w = await linux();
  await w.files.makeDir("/home/ada/dotfiles/units");
  await w.files.makeDir("/home/ada/.config/systemd");
  await w.files.link("/home/ada/dotfiles/units", "/home/ada/.config/systemd/user");
  await w.run("service", "install");
  equal(await w.run("service", "uninstall"), 0, w.said.err);
  equal((await w.files.stat("/home/ada/.config/systemd/user"))?.kind, "link");
});

Deno.test("service uninstall removes the file also where systemd cannot be asked", async () => {
  await using w = await linux();
  await w.run("service", "install");
  w.processes.on("systemctl", () => ({ code: 1, stderr: "no bus" }));
  equal(await w.run("service", "uninstall"), 0, w.said.err);
  equal(await w.files.read(UNIT), null);
  match(w.said.out, /systemd could not be asked: no bus/);
});

Deno.test("service status says how it is, and ends with 3 when it does not run", async () => {
  await using w = await linux();
  equal(await w.run("service", "status"), 3);
  match(
    w.said.out,
    /there is none; `claude-failover service install` writes it\nservice {2}inactive/,
  );
  await w.run("service", "install");
  w.said.out = "";
  equal(await w.run("service", "status"), 0);
  equal(
    w.said.out,
    `file     ${UNIT}: as it was written
service  active, pid 100, started again 2 times, watching 2 sessions
starts   at your login
ends     with your last logout, sessions too; \`loginctl enable-linger\` keeps both
`,
  );
  w.said.out = "";
  equal(await w.run("service", "status", "--json"), 0);
  equal(JSON.parse(w.said.out).written, "ours");
});

Deno.test("under launchd the service is an agent", async () => {
  await using w = await world({ facts: null, os: "darwin" });
  const asked: string[] = [];
  let loaded = false;
  let leaving = 0;
  w.processes.on("id", () => ({ stdout: "501\n" }));
  w.processes.on("launchctl", (args) => {
    const line = args.join(" ");
    if (line === "print gui/501") return {};
    if (args[0] === "print") {
      // It is still listed for a while after bootout has come back.
      if (leaving > 0 && --leaving === 0) loaded = false;
      return loaded ? { stdout: "x = {\n\tstate = running\n\tpid = 42\n}\n" } : { code: 113 };
    }
    asked.push(line);
    if (args[0] === "bootstrap" && loaded) return { code: 5, stderr: "Bootstrap failed: 5" };
    if (args[0] === "bootstrap") loaded = true;
    if (args[0] === "bootout") leaving = 3;
    return {};
  });
  equal(await w.run("service", "install"), 0, w.said.err);
  equal(asked, ["enable gui/501/claude-failover", `bootstrap gui/501 ${PLIST}`]);
  match(w.said.out, /The service runs \(pid 42\)/);
  equal(await w.run("service", "status"), 0);
  Object.assign(w.context.env, { PATH: "/usr/sbin:/usr/bin" }); // so the file is another one
  const again = w.run("service", "install");
  await w.clock.advance(5_000);
  equal(await again, 0, w.said.err);
  equal(asked.slice(-2), ["bootout gui/501/claude-failover", `bootstrap gui/501 ${PLIST}`]);
  const gone = w.run("service", "uninstall");
  await w.clock.advance(5_000);
  equal(await gone, 0, w.said.err);
  equal(asked.at(-1), "bootout gui/501/claude-failover");
  equal(await w.files.read(PLIST), null);
  await using windows = await world({ facts: null, os: "windows" });
  equal(await windows.run("service", "status"), 2);
  match(windows.said.err, /windows has neither systemd nor launchd/);
});

Deno.test("selfOf() tells the three ways in which it runs, also inside a session of a packed one", () => {
  const at = { standalone: false, execPath: "/d/deno", cwd: "/home/ada", env: {} };
  const packed = `file:///c/app-${"0".repeat(64)}.js`;
  const env = { CLAUDE_FAILOVER_SELF: "bin/cf" };
  equal(selfOf({ ...at, mainModule: packed, env }), {
    kind: "self-extracting",
    path: "/home/ada/bin/cf",
  });
  const source = selfOf({ ...at, mainModule: "file:///s%20c/main.ts", env });
  equal(source, { kind: "from source", path: "/s c/main.ts", deno: "/d/deno" });
  equal(selfWords(source), ["/d/deno", "run", "--quiet", "-A", "/s c/main.ts"]);
  const compiled = selfOf({ ...at, mainModule: "file:///x/main.ts", standalone: true });
  equal(compiled, { kind: "compiled", path: "/d/deno" });
  equal(selfWords(compiled), ["/d/deno"]);
});

Deno.test("handBack() gives what is started the DENO_DIR of the user, or none", () => {
  const packed = { kind: "self-extracting", path: "/x" } as const;
  for (const [theirs, after] of [["/home/ada/d", { DENO_DIR: "/home/ada/d" }], ["", {}]] as const) {
    const env = new Map([["DENO_DIR", "/cache"], ["CLAUDE_FAILOVER_DENO_DIR", theirs]]);
    handBack(packed, env as unknown as Deno.Env);
    equal(Object.fromEntries(env), after);
  }
  const env = new Map([["DENO_DIR", "/home/ada/d"]]);
  handBack({ kind: "compiled", path: "/x" }, env as unknown as Deno.Env);
  equal(env.get("DENO_DIR"), "/home/ada/d");
});
