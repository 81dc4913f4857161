/**
 * The server of the Model Context Protocol: the tools and resources that a caller's scope reaches, over the routes of the control
 * plane. What the scope does not reach is not even listed; what the daemon refuses is a tool's error, in its words.
 *
 * @module
 */
import { McpServer } from "@modelcontextprotocol/server";
import { mayDo, type Scope } from "../http/caller.ts";
import { type Calls, ControlError } from "../http/client.ts";
import { NotListeningError } from "../ports/net.ts";
import { ACTING } from "./acting.ts";
import { swapBriefOf } from "./brief.ts";
import { LOOKING } from "./looking.ts";
import type { Tool } from "./tool.ts";

export interface McpOptions {
  readonly calls: Calls;
  readonly scope: Scope;
  readonly version: string;
}

export const TOOLS: readonly Tool[] = [...LOOKING, ...ACTING];

const ABOUT =
  "claude-failover keeps a pool of Claude Code sessions in tmux alive over several accounts of one user: at a usage limit it moves " +
  "sessions to another account, and they go on with their conversations. Begin with `status`. Times are epoch milliseconds.";

const DECISIONS_KEPT = 5;
const JSON_TYPE = "application/json";

export function mcpServer({ calls, scope, version }: McpOptions): McpServer {
  const server = new McpServer(
    { name: "claude-failover", title: "claude-failover", version },
    { instructions: ABOUT, maxToolInputElements: 100 },
  );
  for (const tool of TOOLS) {
    if (mayDo(scope, tool.scope)) register(server, tool, calls);
  }
  server.registerResource(
    "status",
    "claude-failover://status",
    {
      title: "How the pool is",
      description: "The whole status, as GET /v1/status has it",
      mimeType: JSON_TYPE,
    },
    (uri) => asJson(uri, () => calls.status()),
  );
  server.registerResource(
    "decisions",
    "claude-failover://decisions",
    {
      title: "The last decisions",
      description:
        "What the policy decides now and what that stands on, and the last swaps with why",
      mimeType: JSON_TYPE,
    },
    (uri) => asJson(uri, () => decisions(calls)),
  );
  return server;
}

function register(server: McpServer, tool: Tool, calls: Calls): void {
  const { name, title, description, hints, input, output } = tool;
  server.registerTool(
    name,
    { title, description, inputSchema: input, outputSchema: output, annotations: hints },
    async (args: unknown) => {
      try {
        const result = await tool.run(calls, args);
        const structuredContent = result as Record<string, unknown>;
        return { structuredContent, content: [text(JSON.stringify(result))] };
      } catch (error) {
        return { isError: true, content: [text(`Cannot do ${name}: ${wordsOf(error)}`)] };
      }
    },
  );
}

function text(words: string) {
  return { type: "text" as const, text: words };
}

async function asJson(uri: URL, look: () => Promise<object>) {
  try {
    const text = JSON.stringify(await look());
    return { contents: [{ uri: uri.href, mimeType: JSON_TYPE, text }] };
  } catch (error) {
    throw new Error(`Cannot read ${uri.href}: ${wordsOf(error)}`);
  }
}

async function decisions(calls: Calls): Promise<object> {
  const [now, { swaps }] = await Promise.all([calls.explain(), calls.swaps(DECISIONS_KEPT)]);
  return { now, swaps: swaps.map(swapBriefOf) };
}

/** What is in the way, as the daemon says it. */
function wordsOf(error: unknown): string {
  if (error instanceof NotListeningError) {
    return "no daemon is running; a person can start it with `claude-failover run`";
  }
  if (error instanceof ControlError) return error.detail;
  return error instanceof Error ? error.message : String(error);
}
