// The surroundings in which elements speak and are drawn: one language, one theme. The page is one; every lab that is
// embedded in somebody's page is another beside it. An element finds its own when it is connected and works within it.

export type Translate = (key: string, vars?: Record<string, string | number>) => string;

/** Texts by key in one language; made by web/site/i18n.ts. */
export interface Words {
  lang: string;
  t: Translate;
  has(key: string): boolean;
}

export type Theme = 'light' | 'dark';

/** What a scope asks of its elements when its words change. */
interface Speaking {
  requestUpdate(): void;
}

const silent: Words = { lang: 'en', t: (key) => key, has: () => false };

export class Scope {
  private said: Words = silent;
  private readonly elements = new Set<Speaking>();
  private readonly listeners = new Set<() => void>();

  constructor(
    /** The theme in force. */
    readonly theme: () => Theme,
    /** The element whose computed style holds the design tokens. */
    readonly tokens: () => Element,
    /** Begins to call `themeChanged`; asked once, by the first who wants to hear of it. */
    private watch: (() => void) | null = null,
  ) {}

  get words(): Words {
    return this.said;
  }
  set words(words: Words) {
    this.said = words;
    for (const element of [...this.elements]) element.requestUpdate();
  }
  join(element: Speaking): void {
    this.elements.add(element);
  }
  leave(element: Speaking): void {
    this.elements.delete(element);
  }

  /** Calls back after every change of theme. Returns what ends it. */
  onTheme(callback: () => void): () => void {
    this.watch?.();
    this.watch = null;
    const listener = () => this.run(callback);
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  themeChanged(): void {
    for (const listener of [...this.listeners]) listener();
  }

  /** Does something in these surroundings. */
  run<T>(act: () => T): T {
    const before = current;
    current = this;
    try {
      return act();
    } finally {
      current = before;
    }
  }
}

const darkQuery = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null;

/** The page: the reader's choice of theme (`<html data-theme>`), else the system's. */
export const pageScope: Scope = new Scope(
  () => {
    const chosen = document.documentElement.dataset['theme'];
    if (chosen === 'light' || chosen === 'dark') return chosen;
    return darkQuery?.matches ? 'dark' : 'light';
  },
  () => document.documentElement,
  () => {
    let last = pageScope.theme();
    const check = () => {
      const now = pageScope.theme();
      if (now === last) return;
      last = now;
      pageScope.themeChanged();
    };
    darkQuery?.addEventListener('change', check);
    new MutationObserver(check).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  },
);

let current: Scope = pageScope;
/** The surroundings of what works now. */
export const scope = (): Scope => current;

const roots = new WeakMap<Node, Scope>();
/** What lies under `root` has these surroundings. */
export const setScope = (root: Node, own: Scope): void => void roots.set(root, own);

/** The surroundings of an element where it is now. */
export function scopeOf(element: Node): Scope {
  for (let node: Node | null = element; node; node = node instanceof ShadowRoot ? node.host : node.parentNode) {
    const own = roots.get(node);
    if (own) return own;
  }
  return pageScope;
}
