/**
 * Imports point down: the table below is the architecture.
 *
 * @module
 */
import { layerOf, workerOf } from "./places.ts";

/** Layer -> the layers it may import. `worker` is a file directly in lib/, or a folder of its own there. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: ["model"],
  words: ["words", "model"],
  runtime: ["runtime", "model", "ports"],
  ports: ["ports", "model"],
  git: ["git", "model", "ports"],
  claude: ["claude", "git", "words", "model", "ports"],
  queue: ["queue", "model", "ports"],
  worker: ["words", "model", "runtime", "claude", "git", "queue", "ports"],
  http: ["http", "words", "model", "runtime", "ports"],
  mcp: ["mcp", "http", "model", "ports"],
  config: ["config", "model"],
  daemon: [
    "worker",
    "config",
    "http",
    "mcp",
    "words",
    "model",
    "runtime",
    "claude",
    "git",
    "queue",
    "ports",
    "daemon",
  ],
  cli: [
    "cli",
    "daemon",
    "config",
    "http",
    "mcp",
    "words",
    "claude",
    "git",
    "queue",
    "runtime",
    "model",
    "ports",
  ],
};

/** These know a port as a type only: which one they get is the composition root's business. */
const PORT_TYPES_ONLY = new Set(["worker", "claude", "git", "queue", "runtime", "http", "mcp"]);

/** What in lib/ports is pure and may be used by everybody. */
const PURE_PORT_NAMES = new Set([
  "ANCHOR",
  "AddressInUseError",
  "NotListeningError",
  "ProgramNotFoundError",
  "TmuxError",
  "waitUntil",
]);

/** One import or re-export; `values` are the names it takes along that are not types (`*`: all). */
interface Reference {
  readonly node: Deno.lint.Node;
  readonly source: string;
  readonly values: readonly Value[];
}

interface Value {
  readonly node: Deno.lint.Node;
  readonly name: string;
}

export const layers: Deno.lint.Rule = {
  create(context) {
    const from = layerOf(context.filename);
    if (from === null) return {};
    function check({ node, source, values }: Reference) {
      if (!source.startsWith(".")) return;
      const target = new URL(source, `file://${context.filename}`).pathname;
      const to = layerOf(target);
      if (to === null) {
        if (source.endsWith(".ts")) context.report({ node, message: "lib imports only from lib" });
        return;
      }
      const otherWorker = from === "worker" && to === "worker";
      const sameWorker = otherWorker && workerOf(target) === workerOf(context.filename);
      if (!ALLOWED[from!]!.includes(to) && !sameWorker) {
        const message = otherWorker
          ? "workers never import each other: they meet in the state"
          : `${from} must not import ${to}`;
        context.report({ node, message });
        return;
      }
      if (to !== "ports" || !PORT_TYPES_ONLY.has(from!)) return;
      for (const { node, name } of values) {
        if (PURE_PORT_NAMES.has(name)) continue;
        const message = `${from} may import only types from ports (${name} is a value)`;
        context.report({ node, message });
      }
    }
    return {
      ImportDeclaration: (node) => check(ofImport(node)),
      ExportNamedDeclaration: (node) => node.source && check(ofReExport(node, node.source.value)),
      ExportAllDeclaration: (node) => {
        const values = node.exportKind === "type" ? [] : [{ node, name: "*" }];
        check({ node, source: node.source.value, values });
      },
      ImportExpression: (node) => {
        if (node.source.type !== "Literal" || typeof node.source.value !== "string") return;
        check({ node, source: node.source.value, values: [{ node, name: "*" }] });
      },
      TSImportType: (node) => {
        const { argument } = node;
        if (argument.type !== "TSLiteralType" || argument.literal.type !== "Literal") return;
        check({ node, source: String(argument.literal.value), values: [] });
      },
    };
  },
};

function ofImport(node: Deno.lint.ImportDeclaration): Reference {
  const source = node.source.value;
  if (node.importKind === "type") return { node, source, values: [] };
  const values = node.specifiers.flatMap((specifier): Value[] => {
    if (specifier.type !== "ImportSpecifier") return [{ node: specifier, name: "*" }];
    if (specifier.importKind === "type") return [];
    return [{ node: specifier, name: nameOf(specifier.imported) }];
  });
  return { node, source, values };
}

function ofReExport(node: Deno.lint.ExportNamedDeclaration, source: string): Reference {
  if (node.exportKind === "type") return { node, source, values: [] };
  const values = node.specifiers.flatMap((specifier): Value[] => {
    if (specifier.exportKind === "type") return [];
    return [{ node: specifier, name: nameOf(specifier.local) }];
  });
  return { node, source, values };
}

function nameOf(name: Deno.lint.Identifier | Deno.lint.StringLiteral): string {
  return name.type === "Identifier" ? name.name : name.value;
}
