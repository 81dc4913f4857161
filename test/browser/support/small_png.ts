/**
 * A picture of few colours in few bytes: a screenshot with a palette instead of 24 bits a pixel.
 *
 * @module
 */
import { crc32, deflateSync, inflateSync } from "node:zlib";

const COLORS = 96;
const HEAD_BYTES = 8;

/** Takes what Chromium makes: 8 bits a channel, RGB or RGBA, not interlaced. Alpha is dropped. */
export function smallPng(png: Uint8Array): Uint8Array {
  const { width, height, pixels } = decode(png);
  const palette = paletteOf(pixels);
  const nearest = new Map<number, number>();
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = pixels[y * width + x]!;
      let index = nearest.get(color);
      if (index === undefined) nearest.set(color, index = nearestOf(palette, color));
      rows[y * (width + 1) + 1 + x] = index;
    }
  }
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, 3, 0, 0, 0], 8);
  const colors = Uint8Array.from(palette.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]));
  const parts = [
    png.subarray(0, HEAD_BYTES),
    chunk("IHDR", head),
    chunk("PLTE", colors),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Each pixel as 0xRRGGBB. */
function decode(png: Uint8Array): { width: number; height: number; pixels: Uint32Array } {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const bytes = png[25] === 6 ? 4 : 3;
  const packed: Uint8Array[] = [];
  for (let at = HEAD_BYTES; at < png.length;) {
    const length = view.getUint32(at);
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    if (type === "IDAT") packed.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const data = inflateSync(new Uint8Array(packed.flatMap((part) => [...part])));
  const stride = width * bytes;
  const pixels = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1);
    const row = Uint8Array.from(data.subarray(from + 1, from + 1 + stride));
    unfilter(data[from]!, row, above, bytes);
    for (let x = 0; x < width; x++) {
      const at = x * bytes;
      pixels[y * width + x] = (row[at]! << 16) | (row[at + 1]! << 8) | row[at + 2]!;
    }
    above = row;
  }
  return { width, height, pixels };
}

/** In place (PNG specification, 9.2). */
function unfilter(kind: number, row: Uint8Array, above: Uint8Array, bytes: number): void {
  for (let i = 0; i < row.length; i++) {
    const left = i < bytes ? 0 : row[i - bytes]!;
    const up = above[i]!;
    const corner = i < bytes ? 0 : above[i - bytes]!;
    const add = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][kind]!;
    row[i] = row[i]! + add;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value)) as [
    number,
    number,
    number,
  ];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** The colours that are seen most, no two of them hardly different. */
function paletteOf(pixels: Uint32Array): number[] {
  const counts = new Map<number, number>();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette: number[] = [];
  for (const [color] of [...counts].sort((a, b) => b[1] - a[1])) {
    if (palette.every((other) => distance(other, color) > 60)) palette.push(color);
    if (palette.length === COLORS) break;
  }
  return palette;
}

function nearestOf(palette: readonly number[], color: number): number {
  let best = 0;
  for (let i = 1; i < palette.length; i++) {
    if (distance(palette[i]!, color) < distance(palette[best]!, color)) best = i;
  }
  return best;
}

function distance(a: number, b: number): number {
  return [16, 8, 0].reduce((sum, at) => sum + ((a >> at & 255) - (b >> at & 255)) ** 2, 0);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(12 + data.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(new TextEncoder().encode(type), 4);
  whole.set(data, 8);
  view.setUint32(8 + data.length, crc32(whole.subarray(4, 8 + data.length)));
  return whole;
}
