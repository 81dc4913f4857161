/**
 * What systemd hears of us, by a socket in its place; and what systemd itself says of the unit, where it is there.
 * The whole of it under a real systemd: scripts/evidence/systemd.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { unitText } from "../../lib/cli/service/unit.ts";
import { serviceManager } from "../../lib/ports/service_manager.ts";
import { makePool } from "../integration/pool.ts";
import { until } from "../support/mod.ts";

/** The other end of NOTIFY_SOCKET. */
function listening(path: string) {
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  const heard: string[] = [];
  const done = (async () => {
    for await (const [bytes] of socket) heard.push(new TextDecoder().decode(bytes));
  })();
  return {
    heard,
    async [Symbol.asyncDispose]() {
      socket.close();
      await done;
      if (path.startsWith("/")) await Deno.remove(path);
    },
  };
}

Deno.test("tell() sends its lines in one datagram, by a path or an abstract name", async () => {
  const dir = await Deno.makeTempDir();
  try {
    for (
      const [named, path] of [[`${dir}/n`, `${dir}/n`], [`@cf-${dir}`, `\0cf-${dir}`]] as const
    ) {
      await using manager = listening(path);
      const { tell } = serviceManager({ NOTIFY_SOCKET: named }, 7);
      await tell("READY=1", "STATUS=watching");
      await until(() => manager.heard.length > 0);
      assert.deepEqual(manager.heard, ["READY=1\nSTATUS=watching"]);
    }
    // Nobody there is no error.
    await serviceManager({ NOTIFY_SOCKET: `${dir}/gone` }, 7).tell("READY=1");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the watchdog is ours only when its pid is, and only for a socket that we can reach", () => {
  const NOTIFY_SOCKET = "/run/n";
  const watchdog = (env: Record<string, string>) => serviceManager(env, 7).watchdogMs;
  assert.equal(watchdog({ NOTIFY_SOCKET, WATCHDOG_USEC: "60000000" }), 60_000);
  assert.equal(watchdog({ NOTIFY_SOCKET, WATCHDOG_USEC: "60000000", WATCHDOG_PID: "7" }), 60_000);
  assert.equal(watchdog({ NOTIFY_SOCKET, WATCHDOG_USEC: "60000000", WATCHDOG_PID: "8" }), null);
  assert.equal(watchdog({ NOTIFY_SOCKET, WATCHDOG_USEC: "x" }), null);
  assert.equal(watchdog({ NOTIFY_SOCKET: "vsock:2:1", WATCHDOG_USEC: "60000000" }), null);
  assert.equal(watchdog({ WATCHDOG_USEC: "60000000" }), null);
});

Deno.test("the daemon says that it is ready, that it lives, and that it stops", async () => {
  await using pool = await makePool({ accounts: ["a"], sessions: ["s-0"] });
  const path = `${pool.configPath}.notify`;
  await using manager = listening(path);
  const daemon = pool.program({ NOTIFY_SOCKET: path, WATCHDOG_USEC: "200000" });
  await until(() => manager.heard.filter((text) => text === "WATCHDOG=1").length >= 3);
  assert.equal(
    manager.heard[0],
    "READY=1\nSTATUS=watching 1 session under 1 account, mode auto",
  );
  assert.equal((await daemon.stop()).code, 0);
  await until(() => manager.heard.includes("STOPPING=1\nSTATUS=stopping"));
});

const hasAnalyze = await Deno.stat("/usr/bin/systemd-analyze").then(() => true, () => false);

Deno.test({
  name: "systemd-analyze finds nothing wrong with the unit",
  ignore: !hasAnalyze, // only systemd itself can say
  async fn() {
    const dir = await Deno.makeTempDir();
    const verify = async (text: string) => {
      await Deno.writeTextFile(`${dir}/claude-failover.service`, text);
      const { code, stderr } = await new Deno.Command("systemd-analyze", {
        args: ["verify", "--user", `${dir}/claude-failover.service`],
        env: { XDG_RUNTIME_DIR: dir, HOME: dir },
      }).output();
      return { code, said: new TextDecoder().decode(stderr) };
    };
    try {
      const argv = [`${dir}/50% odd $HOME name`, "--config", `${dir}/a "b".yaml`, "run"] as const;
      await Deno.writeTextFile(argv[0], "#!/bin/sh\n", { mode: 0o755 });
      const text = unitText({ argv: [...argv], env: { PATH: `${dir}/b "c" %h` }, logFile: "/x" });
      assert.deepEqual(await verify(text), { code: 0, said: "" });
      assert.match((await verify(text.replace("WatchdogSec", "WatchdogSek"))).said, /WatchdogSek/);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
