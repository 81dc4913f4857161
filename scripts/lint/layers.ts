/**
 * Imports point down: the table below is the architecture.
 *
 * @module
 */

/** Layer -> the layers it may import. `worker` is a file directly in lib/. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: ["model"],
  runtime: ["runtime", "model", "ports"],
  ports: ["ports", "model"],
  claude: ["claude", "model", "ports"],
  worker: ["model", "runtime", "claude", "ports"],
  http: ["http", "model", "runtime", "ports"],
  config: ["config", "model"],
  daemon: ["worker", "config", "http", "model", "runtime", "claude", "ports", "daemon"],
  cli: ["cli", "daemon", "config", "http", "claude", "runtime", "model", "ports"],
};

/** These know a port as a type only: which one they get is the composition root's business. */
const PORT_TYPES_ONLY = new Set(["worker", "claude", "runtime", "http"]);

/** What in lib/ports is pure and may be used by everybody. */
const PURE_PORT_NAMES = new Set([
  "ANCHOR",
  "AddressInUseError",
  "NotListeningError",
  "ProgramNotFoundError",
  "TmuxError",
  "waitUntil",
]);

/** The layer a path belongs to, or null outside lib/. */
export function layerOf(path: string): string | null {
  const inside = /\/lib\/(.+)$/.exec(path)?.[1];
  if (inside === undefined || !inside.endsWith(".ts")) return null;
  const [first, ...rest] = inside.split("/");
  if (rest.length === 0) {
    const name = first!.replace(/\.ts$/, "");
    return name === "daemon" || name === "config" ? name : "worker";
  }
  return first! in ALLOWED ? first! : "worker"; // a worker that has become a folder
}

function workerOf(path: string): string {
  return /\/lib\/([a-z_]+)/.exec(path)?.[1] ?? path;
}

export const layers: Deno.lint.Rule = {
  create(context) {
    const from = layerOf(context.filename);
    if (from === null) return {};
    function check(node: Deno.lint.ImportDeclaration) {
      const source = node.source.value;
      if (!source.startsWith(".")) return;
      const target = new URL(source, `file://${context.filename}`).pathname;
      const to = layerOf(target);
      if (to === null) return;
      const sameWorker = from === "worker" && to === "worker" &&
        workerOf(target) === workerOf(context.filename);
      if (!ALLOWED[from!]!.includes(to) && !sameWorker) {
        const message = from === "worker" && to === "worker"
          ? "workers never import each other: they meet in the state"
          : `${from} must not import ${to}`;
        context.report({ node, message });
        return;
      }
      if (to !== "ports" || !PORT_TYPES_ONLY.has(from!) || node.importKind === "type") return;
      for (const specifier of node.specifiers) {
        const typeOnly = specifier.type === "ImportSpecifier" && specifier.importKind === "type";
        if (typeOnly || PURE_PORT_NAMES.has(specifier.local.name)) continue;
        context.report({
          node: specifier,
          message: `${from} may import only types from ports (${specifier.local.name} is a value)`,
        });
      }
    }
    return { ImportDeclaration: check };
  },
};
