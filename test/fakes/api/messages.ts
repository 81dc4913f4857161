/**
 * `POST /v1/messages`: the model, which does what the account's mode and the prompt's directions say.
 * Every text begins with the account's name in brackets, so a pane tells who has answered.
 *
 * @module
 */
import { type Account, type Mode, MODES, uuidOf } from "./account.ts";
import { type Answer, type Block, eventStream, jsonBody, textBlock } from "./answer.ts";
import { type MessagesRequest, nextStep, said, type Step } from "./conversation.ts";
import { rateLimitHeaders } from "./rate_limit_headers.ts";

export interface ModelCall {
  readonly request: MessagesRequest;
  readonly account: Account;
  /** Of the access token. */
  readonly generation: number;
  readonly nowS: number;
  readonly newId: (prefix: string) => string;
  /** Between two chunks. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The answer; null when it is to hang. */
export function answerModel(call: ModelCall): Response | null {
  const { request, account, nowS, newId } = call;
  const isMain = isTurn(request);
  const step = isMain ? nextStep(request) : null;
  const mode = modeOf(call, step);
  if (mode === "hang") return null;
  const common = {
    "request-id": newId("req_"),
    "anthropic-organization-id": uuidOf(2, account.name),
  };
  if (mode !== "ok") return refusal(mode, account, nowS, common);
  if (isMain) account.burnTurn();
  const answer: Answer = {
    id: newId("msg_"),
    model: request.model,
    blocks: isMain ? stepBlocks(step, call) : [textBlock(sideAnswer(request))],
    inputTokens: Math.ceil(JSON.stringify(request.messages).length / 4),
  };
  const headers = { ...common, ...rateLimitHeaders(account, false) };
  if (!request.stream) return Response.json(jsonBody(answer), { headers });
  const everyMs = step?.kind === "stream" ? step.everyMs : account.chunkMs;
  const pause = (signal: AbortSignal) =>
    everyMs > 0 && !account.hurry ? call.sleep(everyMs, signal) : Promise.resolve();
  return new Response(eventStream(answer, pause), {
    headers: { ...headers, "content-type": "text/event-stream", "cache-control": "no-cache" },
  });
}

/** Titles and quota probes come without tools. */
export function isTurn(request: MessagesRequest): boolean {
  return request.tools.length > 0;
}

type Failure = Exclude<Mode, "ok" | "hang"> | "expired";

function modeOf({ account, generation, nowS }: ModelCall, step: Step | null): Mode | "expired" {
  if (generation < account.validGeneration) return "expired";
  const mode = account.effectiveMode(nowS);
  if (mode !== "ok" || step?.kind !== "error") return mode;
  return MODES.find((known) => known === step.mode) ?? "overloaded";
}

/** Status, type and message as the provider words them (2026-11). */
const FAILURES: Readonly<Record<Failure, readonly [number, string, string]>> = {
  limit: [
    429,
    "rate_limit_error",
    "This request would exceed your account's rate limit. Please try again later.",
  ],
  plain429: [
    429,
    "rate_limit_error",
    "Number of request tokens has exceeded your per-minute rate limit",
  ],
  overloaded: [529, "overloaded_error", "Overloaded"],
  server_error: [500, "api_error", "Internal server error"],
  unauthorized: [401, "authentication_error", "Invalid authentication credentials"],
  expired: [
    401,
    "authentication_error",
    "OAuth token has expired. Please obtain a new token or refresh your existing token.",
  ],
  revoked: [
    403,
    "permission_error",
    "OAuth token has been revoked. Please obtain a new token.",
  ],
  billing: [
    400,
    "invalid_request_error",
    "Your credit balance is too low to access the Anthropic API. " +
    "Please go to Plans & Billing to upgrade or purchase credits.",
  ],
};

function refusal(
  failure: Failure,
  account: Account,
  nowS: number,
  common: Readonly<Record<string, string>>,
): Response {
  const [status, type, message] = FAILURES[failure];
  const body = { type: "error", error: { type, message }, request_id: common["request-id"] };
  if (failure !== "limit") return Response.json(body, { status, headers: common });
  const limits = rateLimitHeaders(account, true);
  const reset = Number(limits["anthropic-ratelimit-unified-reset"]);
  const headers = { ...common, ...limits, "retry-after": String(Math.max(1, reset - nowS)) };
  return Response.json(body, { status, headers });
}

function stepBlocks(step: Step | null, { request, account, newId }: ModelCall): Block[] {
  const label = `[${account.name}]`;
  const call = (name: string, input: unknown): Block => ({
    type: "tool_use",
    id: newId("toolu_"),
    name,
    input,
  });
  switch (step?.kind) {
    case "bash": {
      const input = { command: step.command, description: "a step of the test" };
      return [textBlock(`${label} running`), call("Bash", input)];
    }
    case "tool":
      return [call(step.name, step.input)];
    case "stream": {
      const count = step.chunks;
      const chunks = Array.from({ length: count }, (_, i) => `chunk ${i + 1} of ${count}, `);
      return [{ type: "text", chunks: [`${label} `, ...chunks] }];
    }
    case "text":
      return [textBlock(`${label} ${step.text}`)];
    case "error":
    case undefined:
      return [textBlock(`${label} ${echo(request)}`)];
  }
}

/** Repeats the last thing that was said, so that a test sees what arrived. */
function echo(request: MessagesRequest): string {
  const last = said(request).findLast(({ by }) => by !== "agent");
  return `${last?.by === "tool" ? "the tool said" : "echo"}: ${
    last?.text.trim().slice(-200) ?? ""
  }`;
}

/** Claude Code asks for a title as JSON. */
function sideAnswer(request: MessagesRequest): string {
  const wantsJson = JSON.stringify([request["output_config"], request["system"]]).includes("json");
  return wantsJson ? JSON.stringify({ title: "A test", isNewTopic: false }) : "ok";
}
