/** `token …`: shown once, kept as a hash, and gone when it is revoked. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { golden } from "./golden.ts";
import { world } from "./world.ts";

const PATH = "/home/ada/.state/tokens.json";

Deno.test("token create prints the token alone on standard output, and keeps only its hash, 0600", async () => {
  await using w = await world();
  equal(await w.run("token", "create", "ci", "--scope", "operate"), 0);
  match(w.said.out, /^cf_[0-9a-f]{8}_[\w-]{43}\n$/);
  const text = await w.files.read(PATH);
  const secret = w.said.out.trim().slice("cf_00000000_".length);
  ok(!text!.includes(secret));
  match(w.said.err, /It is not shown again/);
  equal((await w.files.stat(PATH))!.mode & 0o777, 0o600);
  w.said.out = "";
  equal(await w.run("token", "list", "--json"), 0);
  const { tokens } = JSON.parse(w.said.out);
  equal(Object.keys(tokens[0]).sort(), [
    "createdAt",
    "expiresAt",
    "id",
    "name",
    "revokedAt",
    "scope",
  ]);
});

Deno.test("token create makes another secret each time", async () => {
  await using w = await world();
  await w.run("token", "create", "one");
  await w.run("token", "create", "one");
  const [first, second] = w.said.out.trim().split("\n");
  ok(first !== second);
});

Deno.test("token list and revoke say which still count, within 80 columns", async () => {
  await using w = await world();
  const page: string[] = [];
  const run = async (...args: string[]) => {
    w.said.out = w.said.err = "";
    const code = await w.run("token", ...args);
    const said = `${w.said.out}${w.said.err}`.replaceAll(/cf_\w{8}_[\w-]{43}/g, "cf_ID_SECRET")
      .replaceAll(/\b[0-9a-f]{8}\b/g, "01234567");
    page.push(`$ token ${args.join(" ")}  (${code})\n${said}`);
  };
  await run("list");
  await run("create", "grafana");
  await run("create", "ci", "--scope", "operate", "--expires", "30d");
  await run("create", "brief", "--expires", "1s");
  await w.clock.advance(3_600_000);
  await run("revoke", "grafana");
  await run("list");
  await run("revoke", "grafana");
  await run("revoke", "nobody");
  await run("create", "a b");
  await run("create", "x", "--expires", "soon");
  await golden("token", page.join("\n"));
});
