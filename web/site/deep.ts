// Looking for elements through shadow roots.

/** The first match under `root`. */
export function deepFind(root: ParentNode, selector: string): Element | null {
  const direct = root.querySelector(selector);
  if (direct) return direct;
  for (const host of root.querySelectorAll('*')) {
    const found = host.shadowRoot && deepFind(host.shadowRoot, selector);
    if (found) return found;
  }
  return null;
}

/** The element itself or the nearest around it that matches. */
export function deepClosest(element: Element, selector: string): Element | null {
  const found = element.closest(selector);
  if (found) return found;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? deepClosest(root.host, selector) : null;
}
