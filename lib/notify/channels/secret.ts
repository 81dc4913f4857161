/**
 * Reads a secret from its place, at the moment it is needed: a new one counts from the next message on.
 *
 * @module
 */
import type { AddressPlace, SecretPlace } from "../../model/notify_config.ts";
import type { ChannelDeps } from "./deps.ts";

/** The secret, or why it cannot be had, in words that do not hold it. */
export type Secret =
  | { readonly is: "there"; readonly value: string }
  | { readonly is: "missing"; readonly why: string };

type Places = Pick<ChannelDeps, "files" | "env">;

const MAX_BYTES = 16_384;

export async function readSecret(place: SecretPlace, { files, env }: Places): Promise<Secret> {
  if ("env" in place) {
    const value = env[place.env]?.trim();
    return value ? { is: "there", value } : missing(`$${place.env} is not set`);
  }
  const path = place.file;
  const real = await files.realPath(path);
  const info = real === null ? null : await files.stat(real);
  if (!info) return missing(`there is no file ${path}`);
  if (info.kind !== "file") return missing(`${path} is no file`);
  if ((info.mode & 0o077) !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
    return missing(`${path} is open to other users (mode ${mode}): chmod 600 it`);
  }
  const read = await files.readFrom(path, 0, MAX_BYTES);
  const value = read?.text.trim() ?? "";
  return value === "" ? missing(`${path} is empty`) : { is: "there", value };
}

export async function readAddress(place: AddressPlace, places: Places): Promise<Secret> {
  const found = "url" in place
    ? { is: "there", value: place.url } as const
    : await readSecret(place, places);
  if (found.is === "missing") return found;
  const fault = addressFault(found.value);
  return fault === null ? found : missing(`its address ${fault}`);
}

/** What is wrong with a web address, as a verb phrase; null: nothing. */
export function addressFault(text: string): string | null {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return "is no http or https address";
  if (url.username || url.password) return "holds a name or password, which belongs into a header";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return "is http, which anybody on the way can read: use https";
  }
  return null;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Header name -> value; the first that cannot be had ends it. */
export async function readHeaders(
  { headers, secretHeaders }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly secretHeaders: Readonly<Record<string, SecretPlace>>;
  },
  places: Places,
): Promise<{ readonly headers: Record<string, string> } | { readonly why: string }> {
  const all = { ...headers };
  for (const [name, place] of Object.entries(secretHeaders)) {
    const secret = await readSecret(place, places);
    if (secret.is === "missing") return { why: secret.why };
    all[name] = secret.value;
  }
  return { headers: all };
}

function missing(why: string): Secret {
  return { is: "missing", why };
}
