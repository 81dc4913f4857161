/**
 * The protocol as `POST /mcp` (streamable HTTP), behind the control plane's own door.
 *
 * Each request stands alone: a server is made for it and is gone with its answer. So there is no session that somebody could
 * hoard, nothing is kept for a client that does not read, and a revoked token ends with its next request.
 *
 * @module
 */
import { createMcpHandler } from "@modelcontextprotocol/server";
import { type McpOptions, mcpServer } from "./server.ts";

/** Answers one request; who asks and how far they reach was found out before. */
export async function answerMcp(request: Request, options: McpOptions): Promise<Response> {
  if (await isBatch(request)) return noBatch();
  const handler = createMcpHandler(() => mcpServer(options), {
    maxSubscriptions: 0, // nothing here tells of changes by itself; the event stream does that
  });
  return await handler.fetch(request);
}

/** Of an earlier version of the protocol: one request would be worth thousands, past every limit. */
async function isBatch(request: Request): Promise<boolean> {
  if (!request.body) return false;
  const text = await request.clone().text();
  return text.trimStart().startsWith("[");
}

function noBatch(): Response {
  const message = "Cannot take a batch: send each message in a request of its own";
  const error = { code: -32600, message };
  return Response.json({ jsonrpc: "2.0", id: null, error }, { status: 400 });
}
