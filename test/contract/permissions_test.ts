/**
 * What docs/security.md says of Deno's permissions: which flag is needed for what, and why it is all of them.
 *
 * @module
 */
import assert from "node:assert/strict";

const EACH = ["read", "write", "run", "net", "env", "sys"].map((name) => `--allow-${name}`);

/** Flag -> lines that need it. `$DIR` is a folder of the test's own. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  "--allow-read": [`Deno.readTextFileSync("$DIR/x")`, `Deno.symlinkSync("x", "$DIR/link")`],
  "--allow-write": [`Deno.writeTextFileSync("$DIR/x", "")`, `Deno.symlinkSync("x", "$DIR/link")`],
  "--allow-run": [`new Deno.Command("true").outputSync()`, `Deno.kill(Deno.ppid, "SIGCONT")`],
  "--allow-net": [`Deno.listen({ transport: "unix", path: "$DIR/socket" }).close()`],
  "--allow-env": [`Deno.env.toObject()`],
  "--allow-sys": [`Deno.hostname()`, `Deno.uid()`, `Deno.loadavg()`, `Deno.osRelease()`],
};

/** Of a narrower grant that does not do. */
const NARROW: readonly (readonly [flags: readonly string[], line: string])[] = [
  [["--allow-read=$DIR", "--allow-write=$DIR"], `Deno.symlinkSync("x", "$DIR/link")`],
  [["--allow-run=sleep"], `Deno.kill(Deno.ppid, "SIGCONT")`],
];

const PROC = [
  `Deno.readTextFileSync("/proc/1/stat")`,
  `Deno.readTextFileSync("/proc/self/cgroup")`,
  `Deno.readTextFileSync("/proc/sys/kernel/random/boot_id")`,
];
const DATAGRAM = `Deno.listenDatagram({ transport: "unixpacket", path: "" }).close()`;

async function refused(line: string, flags: readonly string[]): Promise<boolean> {
  const dir = await Deno.makeTempDir();
  try {
    const fill = (text: string) => text.replaceAll("$DIR", dir);
    await Deno.writeTextFile(`${dir}/x`, "");
    await Deno.writeTextFile(`${dir}/main.js`, fill(line));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", "--no-config", "--unstable-net"],
        ...flags.map(fill),
        `${dir}/main.js`,
      ],
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stderr);
    if (code === 0) return false;
    assert.match(said, /NotCapable|Empty path is not allowed/, `${line}: ${said}`);
    return true;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("each flag of docs/security.md is needed for what stands beside it, and enough with the others", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/security.md", import.meta.url));
  const named = [...page.matchAll(/^\| `(--allow-[a-z]+)` \|/gm)].map((m) => m[1]!);
  assert.deepEqual(named, [...Object.keys(NEEDS), "--allow-all"]);
  for (const [flag, lines] of Object.entries(NEEDS)) {
    for (const line of lines) {
      assert.ok(await refused(line, EACH.filter((f) => f !== flag)), `${line} without ${flag}`);
      assert.ok(!await refused(line, EACH), line);
    }
  }
  for (const [flags, line] of NARROW) {
    assert.ok(await refused(line, flags), `${line} with ${flags.join(" ")}`);
  }
});

Deno.test({
  name: "/proc and systemd's socket need --allow-all, whole",
  ignore: Deno.build.os !== "linux",
  async fn() {
    for (const line of [...PROC, DATAGRAM]) {
      assert.ok(await refused(line, EACH), line);
      assert.ok(!await refused(line, ["--allow-all"]), line);
      assert.ok(await refused(line, ["--allow-all", "--deny-ffi"]), `${line} beside --deny-ffi`);
    }
  },
});
