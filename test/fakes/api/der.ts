/**
 * As much of DER (ITU-T X.690) as a certificate needs: each function gives the bytes of one value.
 *
 * @module
 */

type Bytes = Uint8Array<ArrayBuffer>;

export function sequence(...parts: Bytes[]): Bytes {
  return tagged(0x30, ...parts);
}

export function set(...parts: Bytes[]): Bytes {
  return tagged(0x31, ...parts);
}

export function boolean(value: boolean): Bytes {
  return tagged(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** A non-negative integer, from its bytes, most significant first. */
export function integer(bytes: Uint8Array): Bytes {
  const first = bytes.findIndex((byte) => byte !== 0);
  const rest = first < 0 ? Uint8Array.of(0) : bytes.slice(first);
  // A leading bit of 1 would mean a negative number.
  return tagged(0x02, ...(rest[0]! & 0x80 ? [Uint8Array.of(0)] : []), rest);
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Bytes {
  return tagged(0x03, Uint8Array.of(unusedBits), bytes);
}

export function octetString(bytes: Uint8Array): Bytes {
  return tagged(0x04, bytes);
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Bytes {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, Uint8Array.from([first! * 40 + second!, ...rest.flatMap(base128)]));
}

export function utf8String(text: string): Bytes {
  return tagged(0x0c, new TextEncoder().encode(text));
}

/** To the second; the form that RFC 5280 asks for in a certificate until 2049. */
export function utcTime(date: Date): Bytes {
  const digits = date.toISOString().slice(2, 19).replace(/\D/g, "");
  return tagged(0x17, new TextEncoder().encode(`${digits}Z`));
}

/** A value with a tag of its own; `constructed` when it holds other values. */
export function context(tag: number, constructed: boolean, ...parts: Uint8Array[]): Bytes {
  return tagged(0x80 | (constructed ? 0x20 : 0) | tag, ...parts);
}

function tagged(tag: number, ...parts: Uint8Array[]): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concat(Uint8Array.from([tag, ...lengthOctets(length)]), ...parts);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) octets.unshift(rest & 0xff);
  return [0x80 | octets.length, ...octets];
}

function base128(value: number): number[] {
  const octets = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) octets.unshift(0x80 | (rest & 0x7f));
  return octets;
}

function concat(...parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
