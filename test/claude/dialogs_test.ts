import assert from "node:assert/strict";
import { answerTo, keyTo } from "../../lib/claude/dialog_answer.ts";
import { type Dialog, dialogOn } from "../../lib/claude/dialogs.ts";
import { DIALOG_KINDS, type DialogKind } from "../../lib/model/dialog.ts";
import { screens } from "./screens.ts";

const all = await screens();
const screen = (name: string) => all.find((one) => one.name === name)!.text;
const kindOf = (text: string) => dialogOn(text)?.kind ?? null;

/** What stands on each of them; null: no dialog, whatever it says. */
const KINDS: Readonly<Record<string, DialogKind | null>> = {
  idle: null,
  answered: null,
  working: null,
  quoted: null,
  "limit-continues": null,
  onboarding: "onboarding",
  trust: "trust",
  bypass: "bypass",
  limit: "limit",
  background: "background",
  "permission-bash": "permission",
  "permission-write": "permission",
  "permission-plan": "permission",
  question: "question",
  mcp: "mcp",
  "api-key": "api-key",
  settings: "settings",
  imports: "imports",
  "login-refused": "login",
  "login-expired": "login",
  "signed-out": "login",
  login: "login",
};

Deno.test("dialogOn() tells each captured screen of Claude Code from the others", () => {
  assert.deepEqual([...new Set(all.map(({ scene }) => scene))].sort(), Object.keys(KINDS).sort());
  for (const { name, scene, text } of all) assert.equal(kindOf(text), KINDS[scene], name);
});

Deno.test("dialogOn() sees the options and which one Enter would choose, also where they are wrapped", () => {
  const menu = (name: string) => {
    const { options, selected } = dialogOn(screen(name))!;
    return [...options.map(({ label }) => label), selected];
  };
  for (const columns of [80, 200]) {
    assert.deepEqual(menu(`trust-${columns}`), ["No, exit", "Yes, I trust this folder", 0]);
    assert.deepEqual(menu(`background-${columns}`), [
      "Exit and stop tasks",
      "Move to background and exit",
      "Stay",
      0,
    ]);
    assert.deepEqual(menu(`mcp-${columns}`), [
      "Use this MCP server",
      "Use this and all future MCP servers in this project",
      "Continue without using this MCP server",
      2,
    ]);
    assert.deepEqual(
      menu(`permission-write-${columns}`).map((label) => String(label).slice(0, 60)),
      ["Yes", "Yes, and switch to accept edits (auto-approve file edits and", "No", "0"],
    );
    const limit = dialogOn(screen(`limit-${columns}`))!;
    assert.deepEqual(limit.options.map(({ name }) => name), ["stop", null, null, null]);
  }
});

Deno.test("dialogOn() sees no dialog in one that is half drawn, from whichever end", () => {
  for (const { name, scene, text } of all) {
    const kind = KINDS[scene];
    if (!kind || ["onboarding", "login-refused", "login-expired", "signed-out"].includes(scene)) {
      continue;
    }
    const lines = text.trimEnd().split("\n");
    for (let rows = 0; rows < lines.length; rows++) {
      const [top, bottom] = [lines.slice(0, rows), lines.slice(rows)];
      // What has no hint below it ends with its options: there one may be missing.
      if (scene !== "permission-plan") {
        assert.equal(kindOf(top.join("\n")), null, `${name}:${rows}`);
      }
      const seen = kindOf(bottom.join("\n"));
      assert.ok(seen === null || seen === kind || seen === "unknown", `${name}:${rows}: ${seen}`);
    }
  }
});

Deno.test("dialogOn() takes no dialog of a conversation for a live one, wherever it is quoted", () => {
  const live = all.filter(({ scene }) => KINDS[scene] !== null);
  const rest = all.filter(({ scene }) => ["idle", "answered", "working"].includes(scene));
  for (const { name, text } of live) {
    for (const { name: below, text: prompt } of rest) {
      assert.equal(kindOf(`${text}\n${prompt}`), null, `${name} above ${below}`);
    }
    // And where another one is live, it is the other one's turn.
    assert.equal(kindOf(`${text}\n${screen("trust-80")}`), "trust", `${name} above a live one`);
  }
  const draft = screen("idle-80").replace(/^❯\s*$/m, "❯ 1. Stop and wait for limit to reset");
  assert.equal(kindOf(draft), null, "a draft");
});

Deno.test("dialogOn() calls a dialog of unknown words unknown, and one with two marks none", () => {
  const other = screen("limit-80").replace("What do you want to do?", "Take this offer?");
  assert.equal(kindOf(other), "unknown");
  const two = screen("limit-80").replace("    2. Wait", "  ❯ 2. Wait");
  assert.equal(kindOf(two), null);
});

// -- What is done about it --

const CALM = { allowed: true, stopping: false };
const option = (dialog: Dialog, circumstances = CALM) => {
  const answer = answerTo(dialog, circumstances);
  return answer.do === "choose" ? answer.option : null;
};

Deno.test("answerTo() chooses what loses and grants nothing, and leaves the rest to a person", () => {
  const chosen: Readonly<Record<string, string | null>> = { limit: "stop" };
  for (const { name, scene, text } of all) {
    const dialog = dialogOn(text);
    if (dialog) assert.equal(option(dialog), chosen[scene] ?? null, name);
  }
  const background = dialogOn(screen("background-80"))!;
  assert.equal(option(background, { allowed: true, stopping: true }), "exit");
  assert.equal(option(background), null, "a person wanted to leave");
  const limit = dialogOn(screen("limit-80"))!;
  assert.equal(option(limit, { allowed: false, stopping: false }), null, "answer_dialogs: false");
});

Deno.test("answerTo() never chooses what costs, whatever the limit menu offers", () => {
  const paid = ["Switch to usage credits", "Upgrade your plan", "Add funds", "Buy extra usage"];
  for (const label of paid) {
    const text = screen("limit-80").replace("Stop and wait for limit to reset", label);
    const dialog = dialogOn(text)!;
    assert.equal(dialog.kind, "limit");
    assert.equal(option(dialog), null, label);
  }
  for (const kind of DIALOG_KINDS) {
    const options = paid.map((label) => ({ name: null, label }));
    assert.equal(option({ kind, options, selected: 0 }), null, kind);
  }
});

Deno.test("answerTo() resumes the whole conversation rather than a summary", () => {
  // Its words are those of the binary (2.1.330), in the frame of another menu: nobody has seen it on a screen.
  const text = screen("background-80")
    .replace("Background work is running", "This session is 1h 30m old and 120k tokens.")
    .replace("Exit and stop tasks", "Resume from summary (instant, recommended)")
    .replace("Move to background and exit", "Resume full session as-is")
    .replace("3. Stay", "3. Don't ask again");
  const dialog = dialogOn(text)!;
  assert.equal(dialog.kind, "resume");
  assert.equal(option(dialog), "whole");
  assert.equal(keyTo(dialog, "whole"), "Down");
});

Deno.test("keyTo() goes one step at a time, and chooses only what is selected", () => {
  const menu = (selected: number | null): Dialog => ({
    kind: "limit",
    options: [null, "stop", null].map((name) => ({ name, label: "" })),
    selected,
  });
  assert.deepEqual([0, 1, 2, null].map((at) => keyTo(menu(at), "stop")), [
    "Down",
    "Enter",
    "Up",
    null,
  ]);
  assert.equal(keyTo(menu(0), "nothing of it"), null);
});
