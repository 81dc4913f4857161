/**
 * The list of things to do that Claude Code keeps for a conversation.
 *
 * 2.1.330 keeps it as one file per item in `tasks/CONVERSATION/` of the config dir (`{id, subject, status, …}`; seen in
 * test/e2e/failover_test.ts), and gives the tools for it to its older models only, unless `CLAUDE_CODE_ENABLE_TODO_TOOLS` is set. The
 * list is no part of the transcript, so under another account it is empty.
 *
 * @module
 */
import { z } from "zod";
import type { ConversationId } from "../model/ids.ts";
import type { Files } from "../ports/files.ts";

export interface Todo {
  /** One line. */
  readonly text: string;
  readonly status: "pending" | "in_progress" | "completed";
}

const MAX_TODOS = 30;
const MAX_TEXT = 200;

const itemSchema = z.object({
  subject: z.string(),
  status: z.enum(["pending", "in_progress", "completed"]),
});

/** In the order of their numbers; empty when there is none, or none that we understand. */
export async function readTodos(
  files: Files,
  configDir: string,
  conversation: ConversationId,
): Promise<Todo[]> {
  const dir = `${configDir}/tasks/${conversation.replaceAll(/[^\w-]/g, "-")}`;
  const names = (await files.names(dir).catch(() => []))
    .filter((name) => /^\d+\.json$/.test(name))
    .sort((a, b) => parseInt(a) - parseInt(b));
  const all = await Promise.all(
    names.slice(-MAX_TODOS).map(async (name) => {
      const text = await files.read(`${dir}/${name}`).catch(() => null);
      return text === null ? null : parseTodo(text);
    }),
  );
  return all.filter((todo) => todo !== null);
}

function parseTodo(text: string): Todo | null {
  try {
    const { data } = itemSchema.safeParse(JSON.parse(text));
    if (!data) return null;
    const { subject, status } = data;
    return { text: subject.replaceAll(/\s+/g, " ").trim().slice(0, MAX_TEXT), status };
  } catch {
    return null; // it is being written
  }
}
