/**
 * Time, randomness, files, processes and the network are touched only where they can be replaced.
 *
 * @module
 */
import { layerOf } from "./places.ts";

/** Layers that are the edge of the program; besides them the journal and the outbox, for they own their files. */
const EDGE = new Set(["ports", "http", "cli"]);

/** Global objects -> the members that are effects (null: all of them) and what to do instead. */
const OBJECTS: Readonly<
  Record<string, { readonly members: readonly string[] | null; readonly instead: string }>
> = {
  Deno: { members: null, instead: "Deno.* belongs in lib/ports" },
  process: { members: null, instead: "process.* belongs in lib/ports" },
  Date: { members: ["now"], instead: "use the Clock port" },
  performance: { members: null, instead: "use the Clock port" },
  Temporal: { members: ["Now"], instead: "use the Clock port" },
  AbortSignal: { members: ["timeout"], instead: "use the Clock port" },
  Math: { members: ["random"], instead: "randomness comes in as an argument" },
  crypto: {
    members: ["randomUUID", "getRandomValues"],
    instead: "randomness comes in as an argument",
  },
};

const FUNCTIONS = new Set(["setTimeout", "setInterval", "fetch"]);
const CLASSES = new Set(["WebSocket", "EventSource", "Worker"]);

/** Modules of Node that only compute. */
const PURE_MODULES = new Set(["node:path", "node:path/posix", "node:crypto", "node:url"]);

export const effectsInPorts: Deno.lint.Rule = {
  create(context) {
    const layer = layerOf(context.filename);
    if (layer === null || layer === "cli") return {};
    const report = (node: Deno.lint.Node, message: string) => context.report({ node, message });
    const prints: Deno.lint.LintVisitor = {
      'MemberExpression[object.name="console"]'(node: Deno.lint.MemberExpression) {
        report(node, "what happened is an event; only lib/cli prints");
      },
    };
    if (EDGE.has(layer)) return prints;
    if (/\/lib\/(runtime\/(store|journal)|notify\/outbox)\.ts$/.test(context.filename)) {
      return prints;
    }
    return {
      ...prints,
      MemberExpression(node) {
        const object = globalName(node.object);
        if (object === null) return;
        const rule = Object.hasOwn(OBJECTS, object) ? OBJECTS[object] : undefined;
        const member = memberName(node);
        if (rule && (rule.members === null || member === null || rule.members.includes(member))) {
          report(node, rule.instead);
        }
      },
      VariableDeclarator(node) {
        const object = node.init && globalName(node.init);
        const rule = object && Object.hasOwn(OBJECTS, object) ? OBJECTS[object] : undefined;
        if (rule) report(node, rule.instead);
      },
      NewExpression(node) {
        const name = globalName(node.callee);
        if (name === "Date" && node.arguments.length === 0) report(node, "use the Clock port");
        if (name !== null && CLASSES.has(name)) report(node, "use a port");
      },
      CallExpression(node) {
        const name = globalName(node.callee);
        if (name === "Date") report(node, "use the Clock port");
        if (name !== null && FUNCTIONS.has(name)) report(node, "use a port");
      },
      ImportDeclaration(node) {
        const source = node.source.value;
        if (source.startsWith("node:") && !PURE_MODULES.has(source) && node.importKind !== "type") {
          report(node, `${source} belongs in lib/ports`);
        }
      },
    };
  },
};

/** The name that an expression stands for when it is a bare name, or a member of `globalThis`. */
function globalName(node: Deno.lint.Node): string | null {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return null;
  const ofGlobal = node.object.type === "Identifier" && node.object.name === "globalThis";
  return ofGlobal ? memberName(node) : null;
}

function memberName(node: Deno.lint.MemberExpression): string | null {
  if (!node.computed && node.property.type === "Identifier") return node.property.name;
  const { property } = node;
  return property.type === "Literal" && typeof property.value === "string" ? property.value : null;
}
