/**
 * Inside double quotes of a dax template an interpolated value is executed as shell, and inside single
 * quotes it breaks the quoting (measured on dax 0.49.0). Bare `${x}` is safe: dax quotes it itself. `$.raw`
 * quotes nothing, so no value at all may stand in it.
 *
 * @module
 */

export const daxQuotes: Deno.lint.Rule = {
  create(context) {
    return {
      TaggedTemplateExpression(node: Deno.lint.TaggedTemplateExpression) {
        const tag = context.sourceCode.getText(node.tag);
        if (!isDax(tag)) return;
        const raw = tag.endsWith(".raw");
        let open: string | null = null;
        node.quasi.quasis.forEach((part, i) => {
          // dax reads the cooked text: `\"` in the source is a plain quote to it, `\\"` an escaped one.
          open = quoteAfter(part.cooked, open);
          const expression = node.quasi.expressions[i];
          if (!expression) return;
          if (raw) {
            const message = "$.raw quotes nothing: a value in it executes";
            context.report({ node: expression, message });
          } else if (open !== null) {
            const message =
              `a value inside ${open}…${open} of a dax template can execute: write it bare`;
            context.report({ node: expression, message });
          }
        });
      },
    };
  },
};

/** Whether a template's tag is dax's `$`, by the only name we give it; it may be a member, or private. */
function isDax(tag: string): boolean {
  return /(^|[.#])\$(\.raw)?$/.test(tag);
}

/** The quote that is open after this piece of shell, given the one open before it. */
function quoteAfter(shell: string, before: string | null): string | null {
  let open = before;
  for (let i = 0; i < shell.length; i++) {
    const c = shell[i]!;
    if (c === "\\" && open !== "'") i++;
    else if (open === null && (c === '"' || c === "'")) open = c;
    else if (c === open) open = null;
  }
  return open;
}
