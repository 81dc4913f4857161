/**
 * A package is seen only behind its seam, so that another can take its place in one commit
 * (docs/decisions/0001-packages.md).
 *
 * @module
 */
import { layerOf, workerOf } from "./places.ts";

/** Package -> the layers (or workers, by name) that may import it. One that is not listed is used nowhere in lib/. */
const SEAMS: Readonly<Record<string, readonly string[]>> = {
  "@clack/prompts": ["cli"],
  "@hono/zod-openapi": ["http"],
  "@logtape/file": ["runtime"],
  "@logtape/logtape": ["runtime", "cli"],
  "@modelcontextprotocol/server": ["mcp"],
  "@commander-js/extra-typings": ["cli"],
  "cli-table3": ["cli"],
  dax: ["ports"],
  grammy: ["notify"],
  hono: ["http", "mcp"],
  "prom-client": ["http"],
  yaml: ["config", "queue", "cli"],
  zod: ["config", "claude", "git", "queue", "http", "mcp", "notify"],
};

export const seams: Deno.lint.Rule = {
  create(context) {
    const isOf = layerOf(context.filename);
    if (isOf === null) return {};
    const layer = isOf === "worker" ? workerOf(context.filename) : isOf;
    function check(node: Deno.lint.Node, source: string) {
      if (source.startsWith(".") || source.startsWith("node:")) return;
      const name = source.split("/").slice(0, source.startsWith("@") ? 2 : 1).join("/");
      const allowed = Object.hasOwn(SEAMS, name) ? SEAMS[name]! : [];
      if (!allowed.includes(layer)) {
        const where = allowed.map((other) => `lib/${other}`).join(", ") || "nowhere in lib";
        context.report({ node, message: `${name} is seen in ${where} only` });
      }
    }
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => node.source && check(node, node.source.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ImportExpression: (node) => {
        const { source } = node;
        if (source.type === "Literal") check(node, String(source.value));
      },
    };
  },
};
