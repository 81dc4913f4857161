/**
 * Where the tmux server lives. No machine of ours runs systemd, so a program stands in for `systemd-run`: it writes down
 * its words and becomes the command, as the real one does with `--scope`.
 */
import assert from "node:assert/strict";
import { TmuxError } from "../../lib/ports/tmux.ts";
import {
  lookForSystemd,
  serverPlace,
  serviceOf,
  type Systemd,
} from "../../lib/ports/tmux_scope.ts";
import { testHome, until } from "../support/mod.ts";
import { CAT, setup } from "./tmux_world.ts";

const NONE: Systemd = {
  hasRun: false,
  hasUserManager: false,
  lingers: false,
  hasSystemManager: false,
  service: null,
};
const USER = { ...NONE, hasRun: true, hasUserManager: true };
const SYSTEM = { ...NONE, hasRun: true, hasSystemManager: true };

Deno.test("serverPlace() takes a scope only where the server lives longer in it", () => {
  const place = (systemd: Systemd, scope: "auto" | "systemd" | "none" = "auto") =>
    serverPlace(scope, systemd).is;
  assert.equal(place(NONE), "by itself");
  assert.equal(place(USER), "by itself", "the user's manager ends at the last logout");
  assert.equal(place({ ...USER, lingers: true }), "user scope");
  assert.equal(place({ ...USER, service: "user" }), "user scope");
  assert.equal(place({ ...USER, service: "user", hasRun: false }), "by itself");
  assert.equal(place(SYSTEM), "by itself");
  assert.equal(place({ ...SYSTEM, service: "system" }), "system scope");
  assert.equal(place({ ...USER, lingers: true }, "none"), "by itself");
  assert.equal(place(USER, "systemd"), "user scope");
  assert.equal(place(SYSTEM, "systemd"), "system scope");
});

Deno.test("serverPlace() warns of a service that would take the sessions along, and only then", () => {
  const danger = (systemd: Systemd) => serverPlace("auto", systemd).danger;
  assert.match(
    danger({ ...NONE, service: "system" })!,
    /ends every session: there is no systemd-run/,
  );
  assert.match(danger({ ...NONE, hasRun: true, service: "user" })!, /no systemd manager/);
  assert.equal(danger(NONE), null);
  assert.equal(danger({ ...USER, service: "user" }), null);
});

Deno.test("serviceOf() reads whose service a cgroup is", () => {
  const user = "/user.slice/user-1000.slice/user@1000.service";
  assert.equal(serviceOf(`0::${user}/app.slice/claude-failover.service\n`), "user");
  assert.equal(serviceOf(`0::${user}/app.slice/app-terminal.slice/vte-spawn-1.scope\n`), null);
  assert.equal(serviceOf("0::/user.slice/user-1000.slice/session-3.scope\n"), null);
  assert.equal(serviceOf("0::/system.slice/claude-failover.service\n"), "system");
  assert.equal(serviceOf("12:cpu:/x\n1:name=systemd:/system.slice/a.service\n"), "system");
  assert.equal(serviceOf(`1:name=systemd:/\n0::${user}/app.slice/a.service\n`), "user");
  assert.equal(serviceOf("0::/\n"), null);
  assert.equal(serviceOf(""), null);
});

/** A home with a user's manager, as far as one sees it, and a `systemd-run` that does this. */
async function withSystemdRun(script: string) {
  const home = await testHome();
  const bin = home.path("bin");
  await Deno.mkdir(home.path("run/systemd"), { recursive: true });
  await Deno.writeTextFile(home.path("run/systemd/private"), "");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(`${bin}/systemd-run`, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const env = {
    ...home.env,
    PATH: `${bin}:${home.env.PATH}`,
    XDG_RUNTIME_DIR: home.path("run"),
    SAID: home.path("said"),
  };
  return { home, env };
}

const BECOMES_IT = `printf '%s\\n' "$@" >> "$SAID"
while [ "$1" != -- ]; do shift; done
shift
IN_SCOPE=yes exec "$@"`;

Deno.test("realTmux() starts its server through systemd-run, and nothing else", async () => {
  const { home, env } = await withSystemdRun(BECOMES_IT);
  await using _home = home;
  assert.deepEqual(await lookForSystemd(env, home.dir), { ...USER, hasSystemManager: false });
  await using world = await setup({ env, scope: "systemd" });
  await world.tmux.launch("one", {
    cwd: world.cwd,
    argv: ["sh", "-c", "echo scope=$IN_SCOPE; cat"],
  });
  await until(async () => (await world.tmux.capture("one")).includes("scope=yes"));
  await world.tmux.launch("two", { cwd: world.cwd, argv: [...CAT] });
  const said = (await Deno.readTextFile(home.path("said"))).split("\n");
  assert.deepEqual(said.slice(0, 6), [
    ...["--user", "--scope", "--quiet", "--collect"],
    ...["--description=tmux server of claude-failover", "--"],
  ]);
  assert.equal(said.filter((w) => w === "--scope").length, 1);
});

Deno.test("realTmux() starts its server by itself when the manager does not answer, unless a scope is a must", async () => {
  const { home, env } = await withSystemdRun("echo Failed to connect to bus >&2; exit 1");
  await using _home = home;
  const launch = { cwd: home.dir, argv: CAT };
  await using must = await setup({ env, scope: "systemd" });
  await assert.rejects(
    must.tmux.launch("one", launch),
    (error) => error instanceof TmuxError && /Failed to connect to bus/.test(error.stderr),
  );
  const auto = { ...USER, lingers: true };
  await using world = await setup({ env, scope: "auto", systemd: () => Promise.resolve(auto) });
  await world.tmux.launch("one", launch);
  assert.equal((await world.tmux.panes()).length, 2);
});
