// Looking for an element through shadow roots.

/** The first match under `root`, and its ancestors on the way (hosts included), nearest first. */
export function deepFind(root: ParentNode, selector: string, above: Element[] = []): { element: Element; path: Element[] } | null {
  const direct = root.querySelector(selector);
  if (direct) return { element: direct, path: [...ancestors(direct), ...above] };
  for (const host of root.querySelectorAll('*')) {
    if (!host.shadowRoot) continue;
    const found = deepFind(host.shadowRoot, selector, [host, ...ancestors(host), ...above]);
    if (found) return found;
  }
  return null;
}

function ancestors(element: Element): Element[] {
  const list: Element[] = [];
  for (let at = element.parentElement; at; at = at.parentElement) list.push(at);
  return list;
}
