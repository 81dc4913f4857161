/**
 * The small parts of the dashboard's HTML. `html` escapes whatever comes from a file, a task or a session.
 *
 * What is `data-keyed` is brought up to date child by child, by their ids; all else is replaced as a whole when it has changed.
 *
 * @module
 */
import { html } from "hono/html";

export type Html = ReturnType<typeof html>;
export type Part = Html | "";

/**
 * The page's script writes it out: how long ago or ahead ("in 5 min", `bare`: "5 min"), or when by the clock of whoever looks.
 */
export function time(at: number, as: "relative" | "bare" | "clock" = "relative"): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" data-as="${as}">${iso}</time>`;
}

/** A heading and a list of cards, each of which has an id; `empty` is said when there is none. */
export function section(
  title: string,
  cards: readonly Html[],
  { empty, as = "grid", first = "" }: { empty: string; as?: string; first?: Part },
): Html {
  const id = slug(title);
  const count = cards.length > 0
    ? html`
      <span class="count">${cards.length}</span>
    `
    : "";
  const body = cards.length > 0
    ? html`<ul id="l-${id}" class="${as}" data-keyed="">${[...cards]}</ul>`
    : html`<p id="e-${id}" class="soft">${empty}</p>`;
  return html`
    <section id="s-${id}" aria-labelledby="h-${id}"
      data-keyed=""><h2 id="h-${id}">${title}${count}</h2>${first}${body}</section>
  `;
}

export function slug(title: string): string {
  return title.toLowerCase().replaceAll(" ", "-");
}

export function row(parts: readonly Part[]): Part {
  return parts.every((part) => part === "") ? "" : html`<p class="row">${[...parts]}</p>`;
}
