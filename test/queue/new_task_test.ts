import assert from "node:assert/strict";
import fc from "fast-check";
import { newTaskFile, type NewTaskWords } from "../../lib/queue/new_task.ts";
import { parseTaskFile } from "../../lib/queue/task_file.ts";

const words: NewTaskWords = { name: null, maker: null, newId: "01234567-89ab" };

Deno.test("newTaskFile() makes a name that every folder takes, of whatever title", () => {
  const stem = (title: string) => {
    const made = newTaskFile("Do it.", { ...words, title });
    return "stem" in made ? made.stem : made.refused;
  };
  assert.equal(stem("../../etc/passwd"), "etc-passwd");
  assert.equal(stem(".hidden"), "hidden");
  assert.equal(stem("a\nb\u0000c"), "a b c");
  assert.equal(stem("?"), "task-01234567");
  assert.ok(new TextEncoder().encode(`${stem("ü".repeat(300))}.999.md.dispatched`).length <= 255);
});

Deno.test("newTaskFile() makes a file that says what was asked for, or refuses it", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(fc.property(text, text, fc.nat(100), (title, body, priority) => {
    const made = newTaskFile(body, { ...words, title, priority });
    if ("refused" in made) return;
    const bytes = new TextEncoder().encode(made.text);
    const read = parseTaskFile({ bytes, size: bytes.length }, {
      name: `${made.stem}.md`,
      tasks: { maySet: ["title", "priority"] },
    });
    assert.equal(read.refused, null);
    assert.equal(read.refused === null && read.spec.priority, priority);
    assert.doesNotMatch(made.stem, /^[.#~]|[/\\\n]/);
  }));
});

Deno.test("newTaskFile() refuses a wish that the file has already", () => {
  const text = "---\ntitle: one\n---\nDo it.\n";
  const made = newTaskFile(text, { ...words, title: "two" });
  assert.ok("refused" in made && /front matter/.test(made.refused), JSON.stringify(made));
});
