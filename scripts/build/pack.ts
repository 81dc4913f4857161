/**
 * The self-extracting executable: a launcher in POSIX sh (`header.sh`), then the program and the Deno binary,
 * gzipped. For where `deno compile` has no `denort` to build on.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** The launcher is padded to this, so that offsets do not depend on themselves. */
const HEADER_BYTES = 8_192;

export interface Release {
  readonly name: string;
  readonly version: string;
  /** Of the Deno inside. */
  readonly deno: string;
  /** The target triple. */
  readonly target: string;
}

export interface Parts {
  /** The launcher with `@NAMES@` to be filled in. */
  readonly header: string;
  /** The program, as one JavaScript module without imports. */
  readonly app: Uint8Array;
  readonly runtime: Uint8Array;
}

/** The bytes of the executable. */
export function pack(release: Release, { header, app, runtime }: Parts): Uint8Array {
  const packedApp = gzipSync(app, { level: 9 });
  const packedRuntime = gzipSync(runtime, { level: 9 });
  const launcher = fill(header, {
    NAME: release.name,
    VERSION: release.version,
    DENO: release.deno,
    TARGET: release.target,
    APP_AT: HEADER_BYTES,
    APP_LENGTH: packedApp.length,
    APP_SIZE: app.length,
    APP_SHA: sha256(app),
    DENO_AT: HEADER_BYTES + packedApp.length,
    DENO_LENGTH: packedRuntime.length,
    DENO_SIZE: runtime.length,
    DENO_SHA: sha256(runtime),
  });
  const head = new TextEncoder().encode(launcher);
  if (head.length > HEADER_BYTES) {
    throw new RangeError(`Cannot pack: the header has ${head.length} of ${HEADER_BYTES} bytes`);
  }
  const file = new Uint8Array(HEADER_BYTES + packedApp.length + packedRuntime.length).fill(0x0a);
  file.set(head);
  file.set(packedApp, HEADER_BYTES);
  file.set(packedRuntime, HEADER_BYTES + packedApp.length);
  return file;
}

/** Replaces each `@NAME@`; one without a value, or the reverse, is a mistake. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  const unused = new Set(Object.keys(values));
  const filled = text.replace(/@([A-Z_]+)@/g, (_, name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`Cannot fill in @${name}@: it has no value`);
    unused.delete(name);
    return String(values[name]);
  });
  if (unused.size > 0) throw new Error(`Cannot fill in ${[...unused].join(", ")}: not in the text`);
  return filled;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
