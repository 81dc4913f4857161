/**
 * The protocol over standard input and output, for a client that starts us.
 *
 * @module
 */
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { type McpOptions, mcpServer } from "./server.ts";

/** Resolves when the client has closed our input, or reads no more. */
export async function serveMcp(options: McpOptions): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  class Wire extends StdioServerTransport {
    override async close(): Promise<void> {
      await super.close();
      resolve();
    }
  }
  serveStdio(() => mcpServer(options), { transport: new Wire(), maxSubscriptions: 0 });
  await over;
}
