import assert from "node:assert/strict";
import { type InputBox, inputBox } from "../../lib/claude/input_box.ts";
import { isAtKeyboard } from "../../lib/claude/person.ts";

/** What the unmodified Claude Code 2.1.330 showed in tmux 3.3a, the lower lines of `capture-pane -e`. */
const CAPTURES: Record<string, InputBox | null> = {
  idle: { mode: "prompt", draft: "" },
  help_open: { mode: "prompt", draft: "" },
  draft: { mode: "prompt", draft: "fix the cart" },
  draft_two_lines: { mode: "prompt", draft: "line one\n  line two" },
  draft_long: {
    mode: "prompt",
    draft: `fix the cart ${"long ".repeat(36).trimEnd()}\n${"long ".repeat(24).trimEnd()}`,
  },
  working_draft: { mode: "prompt", draft: "draft while working" },
  queued_placeholder: { mode: "prompt", draft: "" },
  pasted: { mode: "prompt", draft: "[Pasted text #1]" },
  shell_mode: { mode: "shell", draft: "" },
  model_dialog: null,
  limit_menu: null,
  permission: null,
};

for (const [name, expected] of Object.entries(CAPTURES)) {
  Deno.test(`inputBox() reads the captured screen ${name}`, async () => {
    const path = new URL(`./input_boxes/${name}.txt`, import.meta.url);
    assert.deepEqual(inputBox(await Deno.readTextFile(path)), expected);
  });
}

Deno.test("inputBox() knows no box on any other screen", () => {
  const rule = "─".repeat(40);
  for (
    const screen of ["", "$ ", rule, `${rule}\n❯ sent before\n${rule}\n`, `${rule}\n${rule}\n`]
  ) {
    assert.equal(inputBox(screen), null, screen);
  }
});

Deno.test("inputBox() leaves a completion out that is only offered", () => {
  const rule = "─".repeat(40);
  const screen = `${rule}\n❯\u00a0/mod\x1b[7me\x1b[0;2ml\x1b[0m\n${rule}\n`;
  assert.equal(inputBox(screen)?.draft, "/mod");
});

Deno.test("isAtKeyboard() wants a client, and a key not long ago", () => {
  const now = 1_000_000;
  const draft: InputBox = { mode: "prompt", draft: "half a" };
  const table: [attached: number, agoMs: number, box: InputBox | null, expected: boolean][] = [
    [1, 2_000, null, true],
    [1, 12_000, null, false],
    [1, 12_000, draft, true],
    [1, 61_000, draft, false],
    [0, 1_000, draft, false],
    [1, -3_600_000, null, false],
  ];
  for (const [attached, agoMs, box, expected] of table) {
    const pane = { attached, activeAt: now - agoMs };
    assert.equal(isAtKeyboard(pane, box, now), expected, `${attached} ${agoMs} ${box?.draft}`);
  }
});
