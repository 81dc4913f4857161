/**
 * What a request to the model carries, read as a conversation: who said what, and which step of the scripted
 * answer is due.
 *
 * A prompt may direct the answers by lines of its own, each one step of the turn:
 *
 *     @@bash COMMAND       a call of the Bash tool
 *     @@tool NAME {json}   a call of any tool
 *     @@text WORDS         a text
 *     @@stream N MS        N chunks of text, MS apart
 *     @@error MODE         this step fails, as in that mode of an account
 *
 * After the last line, or with none, a text ends the turn. A prompt that hands over a task has its file read first, and the
 * lines in it direct what follows; one that asks what became of a task has it ended.
 *
 * @module
 */
import { z } from "zod";

const Block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  content: z.unknown().optional(),
  is_error: z.boolean().optional(),
});
type Block = z.infer<typeof Block>;

const Message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(Block)]),
});

/** The part of `POST /v1/messages` that matters here. */
export const MessagesRequest = z.looseObject({
  model: z.string().default("claude-fake"),
  stream: z.boolean().default(false),
  messages: z.array(Message).default([]),
  tools: z.array(z.unknown()).default([]),
});
export type MessagesRequest = z.infer<typeof MessagesRequest>;

/** One text of the conversation, in order. */
export interface Said {
  readonly by: "person" | "agent" | "tool";
  readonly text: string;
}

export type Step =
  | { readonly kind: "bash"; readonly command: string }
  | { readonly kind: "tool"; readonly name: string; readonly input: unknown }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "stream"; readonly chunks: number; readonly everyMs: number }
  | { readonly kind: "error"; readonly mode: string };

/** Every text that a person, the agent or a tool has said; what Claude Code itself puts between them is left out. */
export function said({ messages }: MessagesRequest): Said[] {
  return messages.flatMap(({ role, content }) => {
    if (role !== "user" && role !== "assistant") return [];
    const by = role === "assistant" ? "agent" : "person";
    return blocksOf(content).flatMap((block): Said[] => {
      if (block.type === "tool_result") return [{ by: "tool", text: resultText(block) }];
      if (block.type !== "text" || block.text === undefined) return [];
      return by === "person" && isHarness(block.text) ? [] : [{ by, text: block.text }];
    });
  });
}

/** The step that this request asks for; null when the directions are used up, or there were none. */
export function nextStep(request: MessagesRequest): Step | null {
  const turns = request.messages.filter(({ role }) => role === "user" || role === "assistant");
  const start = turns.findLastIndex(({ role, content }) =>
    role === "user" && !blocksOf(content).some((block) => block.type === "tool_result")
  );
  const prompt = said({ ...request, messages: turns.slice(Math.max(start, 0), start + 1) });
  const done = turns.slice(start + 1).filter(({ role }) => role === "assistant").length;
  const text = prompt.map(({ text }) => text).join("\n");
  const results = said({ ...request, messages: turns.slice(start + 1) });
  return (taskSteps(text, results) ?? directions(text))[done] ?? null;
}

/** Null: the prompt is not about a task. */
function taskSteps(prompt: string, after: readonly Said[]): Step[] | null {
  const file = /please do what the file (".*?[^\\]") says/.exec(prompt)?.[1];
  if (file !== undefined) {
    const read = after.find(({ by }) => by === "tool")?.text ?? "";
    return [{ kind: "bash", command: `cat ${file}` }, ...directions(read)];
  }
  const end = /^Task .*please say what became of .*run: (claude-failover task done \S+)/.exec(
    prompt,
  );
  return end ? [{ kind: "bash", command: end[1]! }] : null;
}

/** The directions of a prompt. An unknown one is a step that says so. */
export function directions(prompt: string): Step[] {
  return [...prompt.matchAll(/^@@(\w+)[ \t]*(.*)$/gm)].map(([line, name, rest]): Step => {
    const words = rest!.trim();
    switch (name) {
      case "bash":
        return { kind: "bash", command: words };
      case "tool": {
        const [, tool = "", input = "{}"] = /^(\S+)\s*(\{.*\})?$/.exec(words) ?? [];
        return { kind: "tool", name: tool, input: JSON.parse(input) };
      }
      case "text":
        return { kind: "text", text: words };
      case "stream": {
        const [chunks = 20, everyMs = 500] = words.split(/\s+/).filter(Boolean).map(Number);
        return { kind: "stream", chunks, everyMs };
      }
      case "error":
        return { kind: "error", mode: words };
      default:
        return { kind: "text", text: `unknown direction: ${line}` };
    }
  });
}

function blocksOf(content: string | Block[]): Block[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

/** Claude Code 2.1.330 puts these into user messages; no person has typed them. */
function isHarness(text: string): boolean {
  return /^\s*<(system-reminder|local-command|command-)/.test(text);
}

/** Without what Claude Code adds to the result of a tool when it goes on with a conversation. */
function resultText({ content, is_error }: Block): string {
  const whole = typeof content === "string"
    ? content
    : z.array(Block).catch([]).parse(content).map((block) => block.text ?? `[${block.type}]`).join(
      "",
    );
  const text = whole.replace(/\s*<system-reminder>[^]*<\/system-reminder>\s*$/, "");
  return is_error ? `error: ${text}` : text;
}
