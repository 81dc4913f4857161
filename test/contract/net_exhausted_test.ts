/** A server survives more connections than its process may have files, each of which has sent half a request. */
import assert from "node:assert/strict";
import { until } from "../support/mod.ts";

const SERVER = new URL("../support/few_files.ts", import.meta.url).pathname;
const FILES = 128;

Deno.test("a server that has run out of files cuts its connections and listens again", async () => {
  const deno = [Deno.execPath(), "run", "-A", "--no-check", "--cached-only", SERVER];
  const server = new Deno.Command("sh", {
    args: ["-c", `ulimit -n ${FILES}; exec "$@"`, "sh", ...deno],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const slow: Deno.Conn[] = [];
  try {
    const port = Number((await reader.read()).value);
    const half = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: 127");
    const more = async () => {
      try {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port });
        slow.push(connection);
        await connection.write(half);
      } catch {
        // It has just cut all of them, or does not listen again yet.
      }
      return slow.length > 2 * FILES; // more than it can hold
    };
    await until(more, { timeoutMs: 20_000, everyMs: 1 });
    const answer = await until(() => ask(port), { timeoutMs: 10_000, everyMs: 50 });
    assert.equal(answer, "ok");
  } finally {
    for (const connection of slow) connection.close();
    await server.stdin.close();
    await reader.cancel();
    await server.status;
  }
});

/** Null while nobody answers. */
async function ask(port: number): Promise<string | null> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/`)).text();
  } catch {
    return null;
  }
}
