/** Each example in docs/api.md is run as it stands there, in order, against the real listeners. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { served } from "./served.ts";

const PAGE = new URL("../../docs/api.md", import.meta.url);

Deno.test("each curl in docs/api.md does what the page says", async () => {
  await using w = await served();
  const page = await Deno.readTextFile(PAGE);
  const blocks = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map((match) => match[1]!);
  ok(blocks.length >= 8, `${blocks.length} blocks`);
  const runtime = w.home.path("");
  const script = blocks.join("\necho\n")
    .replace('"$XDG_RUNTIME_DIR/claude-failover/control.sock"', w.socketPath)
    .replace("http://127.0.0.1:4747", w.url);
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-euxc", script],
    env: { TOKEN: await w.token("read"), XDG_RUNTIME_DIR: runtime },
  }).output();
  const [out, err] = [stdout, stderr].map((b) => new TextDecoder().decode(b)) as [string, string];
  equal(code, 0, `${err}\n${out}`);
  ok(out.includes('"outcome":{"is":"done"}'), out);
  const holds = w.store.events({ limit: 1_000 }).filter((e) => e.type === "session.hold.requested");
  equal(holds.length, 1, "the same key is done once");
  ok(out.includes("event: daemon.started"));
});
