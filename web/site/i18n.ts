// Texts by key, in one language at a time. Only that language's files are loaded.
import { formatNumber } from '../elements/format';
import type { Words } from '../elements/base';
import type { Lang } from '../labs/lab-view';

type Tree = { [key: string]: string | Tree };
type Loader = () => Promise<{ default: Tree }>;

/** Nested or dotted keys → dotted keys. `prefix` goes before keys that do not begin with `labs.`. */
export function flatten(tree: Tree, prefix = '', into: Map<string, string> = new Map(), path = ''): Map<string, string> {
  for (const [name, value] of Object.entries(tree)) {
    const key = path ? `${path}.${name}` : name;
    if (typeof value === 'string') into.set(key.startsWith('labs.') ? key : prefix + key, value);
    else flatten(value, prefix, into, key);
  }
  return into;
}

/** Puts `vars` into `{name}` holes; numbers in the language's way. A hole without a value stays as it is. */
export function fill(text: string, vars: Record<string, string | number> | undefined, lang: string): string {
  if (!vars) return text;
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = Object.hasOwn(vars, name) ? vars[name]! : undefined;
    return value === undefined ? hole : typeof value === 'number' ? formatNumber(value, lang) : value;
  });
}

export class I18n implements Words {
  constructor(
    readonly lang: Lang,
    private readonly texts: Map<string, string>,
  ) {}

  has(key: string): boolean {
    return this.texts.has(key);
  }
  /** The text, or the key itself when there is none (the build refuses to ship that). */
  t = (key: string, vars?: Record<string, string | number>): string => {
    const text = this.texts.get(key);
    return text === undefined ? key : fill(text, vars, this.lang);
  };
  /** Adds the texts of a part of the page that loads later: `workbench/runs`, `coach`. */
  async add(part: string): Promise<void> {
    const load = partTexts[`../${part}/${this.lang}.json`];
    if (load) flatten((await load()).default, '', this.texts);
  }
  /** `labs.<lab>.<key>`, else `<key>`. */
  forLab(lab: string): I18n['t'] {
    return (key, vars) => {
      const own = `labs.${lab}.${key}`;
      return this.t(this.has(own) ? own : key, vars);
    };
  }
}

/** The glossary's are all in its page's HTML. */
const siteTexts = import.meta.glob<{ default: Tree }>(['./texts/*.json', '!./texts/glossary.*.json']) as Record<string, Loader>;
const partTexts = import.meta.glob<{ default: Tree }>(['../workbench/*/*.json', '../coach/*.json', '../embed/*.json']) as Record<string, Loader>;
const labTexts = import.meta.glob<{ default: Tree }>('../labs/*/*.json') as Record<string, Loader>;

/** Loads the language's texts: those of the site and of the labs named; `page`: those that only this page needs (texts/home.en.json). */
export async function loadTexts(lang: Lang, labs: string[], page = ''): Promise<I18n> {
  const wanted: [Loader, string][] = [];
  for (const [path, load] of Object.entries(siteTexts)) {
    const of = path.match(/\/(home|cost)\./)?.[1];
    if (path.endsWith(`${lang}.json`) && (of === undefined || of === page)) wanted.push([load, '']);
  }
  for (const lab of labs) {
    const own = labTexts[`../labs/${lab}/${lang}.json`];
    if (own) wanted.push([own, `labs.${lab}.`]);
  }
  const texts = new Map<string, string>();
  for (const [tree, prefix] of await Promise.all(wanted.map(async ([load, prefix]) => [(await load()).default, prefix] as const))) {
    flatten(tree, prefix, texts);
  }
  return new I18n(lang, texts);
}
