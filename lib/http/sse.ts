/**
 * Reads a stream of server-sent events (WHATWG HTML, 9.2.6), as far as our own server uses it.
 *
 * @module
 */

export interface ServerSentEvent {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string;
}

/** Ends with the stream. An event that is cut off by the end is dropped, as the standard says. */
export async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ServerSentEvent> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}

function parseBlock(block: string): ServerSentEvent | null {
  const data: string[] = [];
  let id: string | null = null;
  let event: string | null = null;
  for (const line of block.split("\n")) {
    const [, field, value] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    if (field === "data") data.push(value!);
    else if (field === "id") id = value!;
    else if (field === "event") event = value!;
  }
  return data.length === 0 ? null : { id, event, data: data.join("\n") };
}
