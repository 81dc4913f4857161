// Brings what is shown up to date with what the daemon has rendered, and touches nothing that has not changed: so a
// selection, the focus and an open fold stay where they are. Children of what is `data-keyed` are told apart by their ids.
const source = new WeakMap();

export function patch(live, fresh) {
  const html = fresh.outerHTML;
  if (source.get(live) === html) return;
  if (!("keyed" in fresh.dataset)) return replace(live, fresh);
  source.set(live, html);
  patchChildren(live, fresh);
}

export function patchChildren(live, fresh) {
  const before = new Map([...live.children].map((child) => [child.id, child]));
  const wanted = [...fresh.children];
  const ids = new Set(wanted.map((child) => child.id));
  for (const [id, child] of before) if (!ids.has(id)) child.remove();
  let at = live.firstElementChild;
  for (const child of wanted) {
    const old = before.get(child.id);
    if (old === undefined) {
      remember(child);
      live.insertBefore(child, at);
      continue;
    }
    if (old === at) at = at.nextElementSibling;
    else live.insertBefore(old, at);
    patch(old, child);
  }
}

function remember(node) {
  source.set(node, node.outerHTML);
  if ("keyed" in node.dataset) { for (const child of node.children) remember(child); }
}

function replace(live, fresh) {
  const folds = [...live.querySelectorAll("details")];
  [...fresh.querySelectorAll("details")].forEach((fold, i) => {
    if (folds[i]) fold.open = folds[i].open;
  });
  remember(fresh);
  const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
  live.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
