/**
 * Time, randomness, files, processes and the network are touched only where they can be replaced.
 *
 * @module
 */
import { layerOf } from "./layers.ts";

const FREE = new Set(["ports", "http", "cli"]);

export const effectsInPorts: Deno.lint.Rule = {
  create(context) {
    const layer = layerOf(context.filename);
    if (layer === null || FREE.has(layer)) return {};
    if (context.filename.endsWith("/lib/runtime/store.ts")) return {};
    const report = (node: Deno.lint.Node, message: string) => context.report({ node, message });
    return {
      'MemberExpression[object.name="Deno"]'(node: Deno.lint.MemberExpression) {
        report(node, "Deno.* belongs in lib/ports");
      },
      'MemberExpression[object.name="Date"][property.name="now"]'(
        node: Deno.lint.MemberExpression,
      ) {
        report(node, "use the Clock port");
      },
      'MemberExpression[object.name="console"]'(node: Deno.lint.MemberExpression) {
        report(node, "what happened is an event; only lib/cli prints");
      },
      'MemberExpression[object.name="performance"]'(node: Deno.lint.MemberExpression) {
        report(node, "use the Clock port");
      },
      'MemberExpression[object.name="Math"][property.name="random"]'(
        node: Deno.lint.MemberExpression,
      ) {
        report(node, "randomness comes in as an argument");
      },
      'MemberExpression[object.name="crypto"][property.name="randomUUID"]'(
        node: Deno.lint.MemberExpression,
      ) {
        report(node, "ids come in as an argument");
      },
      "NewExpression"(node: Deno.lint.NewExpression) {
        const isDate = node.callee.type === "Identifier" && node.callee.name === "Date";
        if (isDate && node.arguments.length === 0) report(node, "use the Clock port");
      },
      "CallExpression[callee.name=/^(setTimeout|setInterval|fetch)$/]"(
        node: Deno.lint.CallExpression,
      ) {
        report(node, "use a port");
      },
    };
  },
};
