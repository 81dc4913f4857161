/**
 * Which layer of the architecture a file belongs to.
 *
 * @module
 */

const LIB = new URL("../../lib/", import.meta.url).pathname;

const LAYERS = new Set([
  "model",
  "runtime",
  "ports",
  "claude",
  "git",
  "queue",
  "http",
  "mcp",
  "words",
  "config",
  "cli",
]);

/** The layer a path belongs to, or null outside this project's lib/. */
export function layerOf(path: string): string | null {
  if (!path.startsWith(LIB) || !path.endsWith(".ts")) return null;
  const [first, ...rest] = path.slice(LIB.length).split("/");
  if (rest.length === 0) {
    const name = first!.slice(0, -".ts".length);
    return name === "daemon" || name === "config" ? name : "worker";
  }
  return LAYERS.has(first!) ? first! : "worker"; // a worker that has become a folder
}

/** The name of the worker a path in lib/ belongs to: `switcher` for switcher.ts and for switcher/launch.ts. */
export function workerOf(path: string): string {
  return path.slice(LIB.length).split("/")[0]!.replace(/\.ts$/, "");
}
