/**
 * Tokens for those who come over TCP: a random secret that is shown once, of which only a hash is kept.
 *
 * A token is 256 random bits, so a plain SHA-256 protects it: there is nothing to guess that a slow hash would slow down. They lie
 * in a file of their own (0600, in the state folder), not in the journal: that one is served to their holders.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Files } from "../ports/files.ts";
import { type Caller, type Scope, SCOPES } from "./caller.ts";

const tokenSchema = z.object({
  /** Not secret: it stands in the journal beside what was asked with it. */
  id: z.string().regex(/^[0-9a-f]{8}$/),
  /** What its owner calls it. */
  name: z.string(),
  scope: z.enum(SCOPES),
  /** SHA-256 of the whole token, in hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
  revokedAt: z.number().nullable(),
});
export type Token = z.infer<typeof tokenSchema>;

const fileSchema = z.object({ version: z.literal(1), tokens: z.array(tokenSchema) });

export const SECRET_BYTES = 32;
const ID_BYTES = 4;

export function tokensPath({ paths }: { readonly paths: { readonly stateDir: string } }): string {
  return `${paths.stateDir}/tokens.json`;
}

/** `text` is what its holder shows; nobody can be told it again. */
export function makeToken(
  { name, scope, expiresAt, now, random }: {
    name: string;
    scope: Scope;
    expiresAt: number | null;
    now: number;
    random(bytes: number): Uint8Array<ArrayBuffer>;
  },
): { token: Token; text: string } {
  const id = random(ID_BYTES).toHex();
  const secret = random(SECRET_BYTES).toBase64({ alphabet: "base64url", omitPadding: true });
  const text = `cf_${id}_${secret}`;
  const hash = digest(text).toHex();
  return { token: { id, name, scope, hash, createdAt: now, expiresAt, revokedAt: null }, text };
}

export async function readTokens(files: Files, path: string): Promise<Token[]> {
  const text = await files.read(path);
  if (text === null) return [];
  try {
    return fileSchema.parse(JSON.parse(text)).tokens;
  } catch (cause) {
    throw new Error(`Cannot read the tokens in ${path}: it is not a file of ours`, { cause });
  }
}

export async function writeTokens(files: Files, path: string, tokens: Token[]): Promise<void> {
  const file: z.infer<typeof fileSchema> = { version: 1, tokens };
  await files.writeAtomic(path, `${JSON.stringify(file, null, 2)}\n`, 0o600);
}

/** Of the Authorization header; null when there is none. */
export function bearerOf(request: Request): string | null {
  const header = request.headers.get("authorization");
  return header === null ? null : /^Bearer +(\S+)$/i.exec(header)?.[1] ?? "";
}

export interface TokenKeeper {
  /** Who holds that token, or why it does not count. */
  find(text: string): Promise<Caller | string>;
}

/** What was written to the file counts after so long at the latest. */
const LOOK_EVERY_MS = 1_000;

/** Reads the file again when it has changed. One that cannot be read lets nobody in. */
export function tokenKeeper(
  { files, path, now, monotonic }: {
    files: Files;
    path: string;
    /** Epoch milliseconds. */
    now(): number;
    monotonic(): number;
  },
): TokenKeeper {
  let known: Promise<Token[]> = Promise.resolve([]);
  let stamp: string | null = null;
  let lookedAt = -Infinity;

  async function tokens(): Promise<Token[]> {
    if (monotonic() - lookedAt < LOOK_EVERY_MS) return await known;
    lookedAt = monotonic();
    const info = await files.stat(path);
    const next = info && `${info.inode} ${info.size} ${info.mtimeNs}`;
    if (next !== stamp) {
      stamp = next;
      known = readTokens(files, path).catch(() => []);
    }
    return await known;
  }

  async function valid(id: string, hash: string): Promise<boolean> {
    const token = (await tokens()).find((one) => one.id === id && one.hash === hash);
    return token !== undefined && faultOf(token, now()) === null;
  }

  return {
    async find(text) {
      const shown = digest(text);
      const [, id] = /^cf_([0-9a-f]{8})_/.exec(text) ?? [];
      const token = (await tokens()).find((one) => one.id === id);
      // Compared with something in any case, so that an unknown id takes as long.
      const isSame = timingSafeEqual(shown, token ? Uint8Array.fromHex(token.hash) : digest(""));
      if (!token || !isSame) return "this token is not known";
      const { hash, scope } = token;
      const fault = faultOf(token, now());
      return fault ?? { token: token.id, scope, isWelcome: () => valid(token.id, hash) };
    },
  };
}

export function faultOf({ revokedAt, expiresAt }: Token, now: number): string | null {
  if (revokedAt !== null) return "this token was revoked";
  return expiresAt !== null && expiresAt <= now ? "this token has expired" : null;
}

function digest(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(text).digest());
}
