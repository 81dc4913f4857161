/**
 * The body of a request, whole, before anything is done with it: bounded in size and in time.
 *
 * @module
 */
import { Problem } from "./problem.ts";

/** The longest prompt, each character of it escaped, fits. */
export const MAX_BODY_BYTES = 1_048_576;
const MAX_BODY_MS = 10_000;

/** Null when there is none. */
export async function readBody(
  request: Request,
  pause: (ms: number, signal: AbortSignal) => Promise<void>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!request.body) return null;
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const reader = request.body.getReader();
  const done = new AbortController();
  const late = pause(MAX_BODY_MS, done.signal).then(() => "late" as const);
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    while (true) {
      const part = await Promise.race([reader.read(), late]);
      if (part === "late") throw new Problem("too-slow", "the body did not come in time");
      if (part.done) return joined(parts, size);
      size += part.value.byteLength;
      if (size > MAX_BODY_BYTES) throw tooLarge();
      parts.push(part.value);
    }
  } catch (error) {
    await reader.cancel().catch(() => {}); // the client may have gone
    if (error instanceof Problem) throw error;
    throw new Problem("bad-request", "the body broke off");
  } finally {
    done.abort();
  }
}

function tooLarge(): Problem {
  return new Problem("too-large", `a body has ${MAX_BODY_BYTES} bytes at most`);
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
