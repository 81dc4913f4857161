/**
 * Answers in the form of the Messages API: server-sent events, or one JSON object.
 *
 * @module
 */

export type Block =
  /** A text; a streamed answer gives it chunk by chunk. */
  | { readonly type: "text"; readonly chunks: readonly string[] }
  | {
    readonly type: "tool_use";
    readonly id: string;
    readonly name: string;
    readonly input: unknown;
  };

export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly Block[];
  readonly inputTokens: number;
}

/** A text in chunks of about a line each. */
export function textBlock(text: string): Block {
  return { type: "text", chunks: text.match(/.{1,40}/gs) ?? [text] };
}

/** The whole answer at once. */
export function jsonBody(answer: Answer): unknown {
  return {
    ...messageHead(answer),
    content: answer.blocks.map((block) =>
      block.type === "text" ? { type: "text", text: block.chunks.join("") } : block
    ),
    stop_reason: stopReason(answer),
    usage: { ...usage(answer), output_tokens: 20 },
  };
}

/** The answer as events; `pause` is awaited after each chunk. Cancelling the stream ends it. */
export function eventStream(
  answer: Answer,
  pause: (signal: AbortSignal) => Promise<void>,
): ReadableStream<Uint8Array> {
  const cancelled = new AbortController();
  const source = events(answer, () => pause(cancelled.signal));
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await source.next().catch((error) => {
        if (cancelled.signal.aborted) return { done: true, value: undefined } as const;
        throw error;
      });
      if (cancelled.signal.aborted) return;
      if (next.done) return controller.close();
      const { type } = next.value;
      controller.enqueue(encoder.encode(`event: ${type}\ndata: ${JSON.stringify(next.value)}\n\n`));
    },
    cancel() {
      cancelled.abort();
    },
  });
}

type StreamEvent = { readonly type: string; readonly [field: string]: unknown };

async function* events(answer: Answer, pause: () => Promise<void>): AsyncGenerator<StreamEvent> {
  yield {
    type: "message_start",
    message: { ...messageHead(answer), content: [], stop_reason: null, usage: usage(answer) },
  };
  let outputTokens = 1;
  for (const [index, block] of answer.blocks.entries()) {
    const empty = block.type === "text" ? { type: "text", text: "" } : { ...block, input: {} };
    yield { type: "content_block_start", index, content_block: empty };
    if (index === 0) yield { type: "ping" };
    if (block.type === "text") {
      for (const text of block.chunks) {
        yield { type: "content_block_delta", index, delta: { type: "text_delta", text } };
        outputTokens++;
        await pause();
      }
    } else {
      const partial_json = JSON.stringify(block.input);
      yield {
        type: "content_block_delta",
        index,
        delta: { type: "input_json_delta", partial_json },
      };
      outputTokens += 20;
    }
    yield { type: "content_block_stop", index };
  }
  const delta = { stop_reason: stopReason(answer), stop_sequence: null };
  yield { type: "message_delta", delta, usage: { output_tokens: outputTokens } };
  yield { type: "message_stop" };
}

function messageHead({ id, model }: Answer) {
  return { id, type: "message", role: "assistant", model, stop_sequence: null };
}

function stopReason({ blocks }: Answer): "tool_use" | "end_turn" {
  return blocks.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";
}

function usage({ inputTokens }: Answer) {
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
    service_tier: "standard",
  };
}
