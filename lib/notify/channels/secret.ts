/**
 * Reads a secret from its place, at the moment it is needed: a new one counts from the next message on.
 *
 * @module
 */
import type { AddressPlace, SecretPlace } from "../../model/notify_config.ts";
import { addressFault } from "../../model/web_address.ts";
import type { ChannelDeps } from "./deps.ts";

/** The secret, or why it cannot be had, in words that do not hold it. */
export type Secret =
  | { readonly is: "there"; readonly value: string }
  | { readonly is: "missing"; readonly why: string };

export type Places = Pick<ChannelDeps, "files" | "processes" | "env">;

const MAX_BYTES = 16_384;

export async function readSecret(
  place: SecretPlace,
  { files, processes, env }: Places,
): Promise<Secret> {
  if ("env" in place) return oneLine(env[place.env] ?? "", `$${place.env}`, "is not set");
  const path = place.file;
  const real = await files.realPath(path);
  const info = real === null ? null : await files.stat(real);
  if (!info) return missing(`there is no file ${path}`);
  if (info.kind !== "file") return missing(`${path} is no file`);
  const uid = processes.uid();
  if (uid !== null && info.uid !== uid) {
    return missing(`${path} belongs to another user (uid ${info.uid})`);
  }
  if ((info.mode & 0o077) !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
    return missing(`${path} is open to other users (mode ${mode}): chmod 600 it`);
  }
  try {
    const read = await files.readFrom(path, 0, MAX_BYTES);
    return oneLine(read?.text ?? "", path, "is empty");
  } catch {
    return missing(`${path} cannot be read`);
  }
}

/** A header or an address with a second line in it would be refused in words that hold it. */
function oneLine(text: string, where: string, ifEmpty: string): Secret {
  const value = text.trim();
  if (value === "") return missing(`${where} ${ifEmpty}`);
  if (/[^\x20-\x7e]/.test(value)) {
    return missing(`${where} holds more than one line, or other characters than plain ASCII`);
  }
  return { is: "there", value };
}

export async function readAddress(
  { address, allowHttp = false }: {
    readonly address: AddressPlace;
    readonly allowHttp?: boolean;
  },
  places: Places,
): Promise<Secret> {
  const found = "url" in address
    ? { is: "there", value: address.url } as const
    : await readSecret(address, places);
  if (found.is === "missing") return found;
  const fault = addressFault(found.value, { allowHttp });
  if (fault === null) return found;
  const where = "url" in address
    ? "its address"
    : `the address in ${"file" in address ? address.file : `$${address.env}`}`;
  return missing(`${where} ${fault}`);
}

export interface Head {
  readonly headers: Record<string, string>;
  /** The values among them that are secrets. */
  readonly secrets: readonly string[];
}

/** The first header that cannot be had ends it. */
export async function readHeaders(
  { headers, secretHeaders }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly secretHeaders: Readonly<Record<string, SecretPlace>>;
  },
  places: Places,
): Promise<Head | { readonly why: string }> {
  const all = { ...headers };
  const secrets: string[] = [];
  for (const [name, place] of Object.entries(secretHeaders)) {
    const secret = await readSecret(place, places);
    if (secret.is === "missing") return { why: secret.why };
    all[name] = secret.value;
    secrets.push(secret.value, secret.value.replace(/^\w+ /, ""));
  }
  return { headers: all, secrets };
}

/** Of an address that is a secret: what an answer must not tell again. */
export function secretParts(address: AddressPlace, value: string): string[] {
  if ("url" in address) return [];
  const { pathname, search, searchParams } = new URL(value);
  const query = [search, ...search.slice(1).split(/[&=]/), ...[...searchParams].flat()];
  return [value, pathname, ...pathname.split("/"), ...query].filter((part) => part.length >= 6);
}

function missing(why: string): Secret {
  return { is: "missing", why };
}
