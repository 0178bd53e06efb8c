// What an author may set: attributes of the element, and the same names in the address of the frame.
import type { Lang } from '../labs/lab-view';
import type { Shown } from '../site/lab-host';

export const ATTRIBUTES = ['lab', 'preset', 'params', 'lang', 'theme', 'show', 'hide', 'lock', 'autoplay', 'height', 'frame'] as const;
export type Attribute = (typeof ATTRIBUTES)[number];
export type Given = Partial<Record<Attribute, string | null>>;

export interface Options {
  lab: string;
  preset: string;
  /** `lr=0.1&hidden=8-8`, as in a lab's address. */
  params: string;
  lang: Lang;
  theme: 'light' | 'dark' | 'auto';
  shown: Shown;
  autoplay: boolean;
  /** CSS px; 0: as high as its content. */
  height: number;
}

const names = (text: string | null | undefined): string[] => (text ?? '').split(/[\s,]+/).filter(Boolean);
/** Long lists are nobody's layout. */
const MOST = 60;

/** `around`: the language of the text that it stands in. Nothing here throws; what cannot be understood is as if it were not there. */
export function readOptions(given: Given, around: string): Options {
  const lang = (given.lang || around).toLowerCase();
  const theme = given.theme === 'light' || given.theme === 'dark' ? given.theme : 'auto';
  const height = Number(given.height);
  return {
    lab: given.lab ?? '',
    preset: given.preset ?? '',
    params: (given.params ?? '').replace(/^\?/, ''),
    lang: /^ko\b/.test(lang) ? 'ko' : 'en',
    theme,
    shown: {
      show: given.show === null || given.show === undefined ? null : names(given.show).slice(0, MOST),
      hide: names(given.hide).slice(0, MOST),
      lock: names(given.lock).slice(0, MOST),
    },
    autoplay: !/^(off|false|no|0)$/.test(given.autoplay ?? ''),
    height: Number.isFinite(height) && height > 0 ? Math.min(5000, Math.max(120, height)) : 0,
  };
}

/** The frame's query with the same meaning. */
export function queryOf(given: Given): string {
  const query = new URLSearchParams();
  for (const name of ATTRIBUTES) {
    const value = given[name];
    if (name !== 'lab' && name !== 'frame' && value !== null && value !== undefined && value !== '') query.set(name, value);
  }
  const text = query.toString();
  return text && `?${text}`;
}
