/** `projects …`, and lists in the text of a config. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { withItem, withoutItem } from "../../lib/cli/yaml_list.ts";
import { emptySpec } from "../../lib/model/fold_task.ts";
import { config } from "../http/fixture.ts";
import { midday } from "../http/setup.ts";
import { golden } from "./golden.ts";
import { world } from "./world.ts";

const PATH = "/home/ada/.config/claude-failover/config.yaml";
const TEXT = `version: 1
accounts: # mine
  - { id: work, kind: subscription, config_dir: ~/.claude }
failover: { mode: "off" }
projects:
  - id: shop # the old one
    path: ~/shop
sessions:
  - { names: ccl-0, project: shop }
`;

async function withConfig(options: Parameters<typeof world>[0] = {}) {
  const w = await world(options);
  await w.files.writeAtomic(PATH, TEXT, 0o640);
  await w.files.makeDir("/home/ada/shop");
  return w;
}

Deno.test("projects list counts the tasks of each, also without a daemon, and for programs", async () => {
  const spec = emptySpec("fix");
  const found = { type: "task.found", project: "shop", ref: "fix", digest: "d", spec } as const;
  const facts = [
    ...midday(),
    { ...found, task: "1", file: "1.md", ignored: [] },
    { ...found, task: "2", file: "2.md", ignored: [] },
    { type: "task.assigned", task: "2", session: "ccl-0", mark: "m", why: "" } as const,
  ];
  await using w = await withConfig({ facts });
  equal(await w.run("projects", "list"), 0);
  w.said.out += "\n";
  equal(await w.run("projects", "list", "--tsv"), 0);
  await using alone = await withConfig({ facts: null });
  await alone.files.makeDir("/home/ada/shop/.agent-queue/inbox");
  equal(await alone.run("projects", "list"), 0);
  await using none = await withConfig({ facts: null, config: config({ projects: [] }) });
  equal(await none.run("projects", "list"), 0);
  await golden("projects", [w.said.out, alone.said.out, none.said.out].join("\n"));
});

Deno.test("projects add names a folder in the config, keeps what stands there, and makes its inbox", async () => {
  await using w = await withConfig({ facts: null });
  await w.files.makeDir("/home/ada/src/blog");
  equal(await w.run("projects", "add", "blog", "src/blog", "--accounts", "work"), 0);
  const text = w.files.text(PATH)!;
  match(text, / {2}- id: blog\n {4}path: ~\/src\/blog\n {4}accounts: \[work\]\nsessions:/);
  ok(text.includes("- id: shop # the old one") && text.includes("accounts: # mine"));
  equal((await w.files.stat("/home/ada/src/blog/.agent-queue/inbox"))?.kind, "dir");
  equal((await w.files.stat(PATH))?.mode, 0o640);
  equal(await w.run("projects", "add", "gone", "nowhere"), 2);
  match(w.said.err, /^Cannot add the project gone: there is no folder \/home\/ada\/nowhere\n/);
  w.said.err = "";
  equal(await w.run("projects", "add", "shop", "src/blog"), 2);
  match(w.said.err, /the config has it with path \/home\/ada\/shop/);
  w.said.err = "";
  equal(await w.run("projects", "add", "wiki", "src/blog", "--accounts", "nobody"), 2);
  match(w.said.err, /^Cannot add the project wiki: with that, /);
  equal(w.files.text(PATH), text);
});

Deno.test("projects add has a running daemon read the config again", async () => {
  await using w = await withConfig();
  await w.files.makeDir("/home/ada/blog");
  equal(await w.run("projects", "add", "blog", "blog"), 0);
  match(w.said.out, /The daemon has read the config again/);
});

Deno.test("projects remove takes one out only when nothing needs it", async () => {
  await using w = await withConfig({ facts: null });
  equal(await w.run("projects", "remove", "shop"), 2);
  match(w.said.err, /^Cannot remove the project shop: with that, sessions\[0\]/);
  w.said.err = "";
  equal(await w.run("projects", "remove", "blog"), 2);
  match(
    w.said.err,
    /^Cannot remove the project blog: it is not in the config\nHint: there is shop/,
  );
  await w.files.writeAtomic(PATH, TEXT.replace(/sessions:[^]*/, ""));
  equal(await w.run("projects", "remove", "shop"), 0);
  ok(!w.files.text(PATH)!.includes("shop"));
});

Deno.test("withItem() and withoutItem() know a list however it is written", () => {
  const item = { list: "projects", pairs: [["id", "null"], ["path", "~/b # c"]] } as const;
  const forms = [
    TEXT,
    TEXT.replace(/projects:[^]*?sessions/, "projects: [{ id: shop, path: ~/shop }]\nsessions"),
    TEXT.replace(/projects:[^]*?sessions/, "sessions"),
    TEXT.trimEnd(),
  ];
  for (const text of forms) {
    const extended = withItem(text, item);
    match(extended, /"null"/);
    match(extended, /"~\/b # c"/);
    equal(withoutItem(extended, "projects", "null")?.includes("null"), false);
  }
  equal(withoutItem(TEXT, "projects", "blog"), null);
});
