/**
 * Inside double quotes of a dax template an interpolated value is executed as shell, and inside single
 * quotes it breaks the quoting (measured on dax 0.49.0). Bare `${x}` is safe: dax quotes it itself.
 *
 * @module
 */

export const daxQuotes: Deno.lint.Rule = {
  create(context) {
    return {
      TaggedTemplateExpression(node: Deno.lint.TaggedTemplateExpression) {
        if (!isDax(context.sourceCode.getText(node.tag))) return;
        let open: string | null = null;
        node.quasi.quasis.forEach((part, i) => {
          open = quoteAfter(part.raw, open);
          const expression = node.quasi.expressions[i];
          if (open !== null && expression) {
            context.report({
              node: expression,
              message:
                `a value inside ${open}…${open} of a dax template can execute: write it bare`,
            });
          }
        });
      },
    };
  },
};

function isDax(tag: string): boolean {
  return /(^|\.)\$(\.raw)?$/.test(tag);
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
