/** `dashboard`: the address, the token that goes with it and never in it, and what is said when the page cannot be there. */
import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { addressOf } from "../../lib/cli/dashboard.ts";
import type { HttpSpec } from "../../lib/model/config.ts";
import { config, started } from "../http/fixture.ts";
import { golden } from "./golden.ts";
import { world, type WorldOptions } from "./world.ts";

const HTTP: HttpSpec = {
  listen: { hostname: "127.0.0.1", port: 4747 },
  tls: null,
  hosts: [],
  requestsPerSecond: 50,
};
const LISTENS = config({ http: HTTP });
const SERVED: WorldOptions = {
  config: LISTENS,
  facts: [started(), { type: "config.applied", config: LISTENS }],
  env: { DISPLAY: ":0" },
};
const URL_OF_PAGE = "http://127.0.0.1:4747/";

Deno.test("dashboard says where the page is, how to get in, and what is in the way", async () => {
  const page: string[] = [];
  const show = async (what: string, options: WorldOptions, ...args: string[]) => {
    await using w = await world(options);
    w.processes.on("sh", () => ({ code: 127 }));
    const code = await w.run("dashboard", ...args);
    const said = `${w.said.out}${w.said.err}`.replaceAll(/cf_\w{8}_[\w-]{43}/g, "cf_ID_SECRET")
      .replaceAll(/\b[0-9a-f]{8}\b/g, "01234567");
    page.push(`# ${what}\n$ dashboard ${args.join(" ")}  (${code})\n${said}`);
  };
  await show("it is served", SERVED);
  await show("with a token", SERVED, "--token", "operate", "--expires", "12h");
  await show("http.listen is not set", {});
  await show("no daemon runs", { ...SERVED, facts: null });
  await show("no daemon runs", { ...SERVED, facts: null }, "--open");
  await show("it was set after the start", { config: LISTENS });
  await show("no browser", SERVED, "--open");
  await show("no screen", { ...SERVED, env: {} }, "--open");
  await show("mistakes", SERVED, "--token", "admin");
  await show("mistakes", SERVED, "--expires", "12h");
  await golden("dashboard", page.join("\n"));
});

Deno.test("dashboard --open gives the browser the plain address; the token goes to the terminal alone", async () => {
  await using w = await world(SERVED);
  w.processes.on("sh", () => ({}));
  equal(await w.run("dashboard", "--open", "--token", "read"), 0);
  const [run] = w.processes.runs;
  equal(run!.argv.slice(-2), ["xdg-open", URL_OF_PAGE]);
  doesNotMatch(JSON.stringify(w.processes.runs), /cf_/);
  match(w.said.out, /^http:\/\/127\.0\.0\.1:4747\/\ncf_[0-9a-f]{8}_[\w-]{43}\n$/);
});

Deno.test("dashboard names the tokens that are still good, and never what they are", async () => {
  await using w = await world(SERVED);
  await w.run("token", "create", "wall", "--scope", "read");
  await w.run("token", "create", "old", "--expires", "1s");
  await w.clock.advance(2_000);
  w.said.out = w.said.err = "";
  equal(await w.run("dashboard"), 0);
  match(w.said.err, /a token that you have kept: [0-9a-f]{8} \(wall, read\)\./);
  doesNotMatch(w.said.err, /old|cf_/);
});

Deno.test("dashboard --json is one line for programs", async () => {
  await using w = await world(SERVED);
  equal(await w.run("dashboard", "--json"), 0);
  equal(JSON.parse(w.said.out), { url: URL_OF_PAGE, served: true, token: null });
});

Deno.test("addressOf() is what a browser can reach", () => {
  const at = (hostname: string, more: Partial<HttpSpec> = {}) =>
    addressOf({ ...HTTP, listen: { hostname, port: 4747 }, ...more });
  const tls = { cert: "c", key: "k" };
  equal(at("::1"), "http://[::1]:4747/");
  equal(at("localhost"), "http://localhost:4747/");
  equal(at("0.0.0.0", { tls }), "https://localhost:4747/");
  equal(at("0.0.0.0", { tls, hosts: ["pool.example"] }), "https://pool.example:4747/");
  equal(at("::", { tls, hosts: ["pool.example:443"] }), "https://pool.example:443/");
  equal(at("::", { tls, hosts: ["[fd00::1]"] }), "https://[fd00::1]:4747/");
});
