import assert from "node:assert/strict";
import { moveToInbox } from "../../lib/queue/move_file.ts";
import { FakeFiles } from "../fakes/files.ts";

const source = { path: "/shop" };
const target = { path: "/blog" };
const inbox = (path: string, file: string) => `${path}/.agent-queue/inbox/${file}`;

Deno.test("moveToInbox() moves the file as it is, and makes the inbox", async () => {
  const files = new FakeFiles();
  await files.writeAtomic(inbox("/shop", "x.md"), "do it");
  assert.equal(await moveToInbox(files, { file: "x.md", source, target }), "x.md");
  assert.equal(files.text(inbox("/blog", "x.md")), "do it");
  assert.equal(files.text(inbox("/shop", "x.md")), null);
});

Deno.test("moveToInbox() writes over nothing, and knows when there is nothing to move", async () => {
  const files = new FakeFiles();
  await files.writeAtomic(inbox("/shop", "x.md"), "ours");
  await files.writeAtomic(inbox("/blog", "x.md"), "theirs");
  assert.equal(await moveToInbox(files, { file: "x.md", source, target }), "x.2.md");
  assert.equal(files.text(inbox("/blog", "x.md")), "theirs");
  assert.equal(files.text(inbox("/blog", "x.2.md")), "ours");
  assert.equal(await moveToInbox(files, { file: "x.md", source, target }), null);
});
