/**
 * What the control plane is given to answer `/mcp` with. The protocol is loaded when somebody asks for the first time.
 *
 * @module
 */
import type { McpMount } from "../http/app.ts";
import { calls } from "../http/client.ts";

export function mcpMount(version: string): McpMount {
  return async (request, { scope, fetch }) => {
    const { answerMcp } = await import("./over_http.ts");
    return await answerMcp(request, { calls: calls(fetch), scope, version });
  };
}
