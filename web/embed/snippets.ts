// What an author pastes, in the ways in which tutorials are written. All say the same: a lab with these options.

/** `params`: as in a lab's address; everything else as the element's attributes. */
export interface Wanted {
  site: string;
  lab: string;
  title: string;
  lang: string;
  theme: string;
  params: string;
  show: string[];
  hide: string[];
  lock: string[];
  height: number;
}

export const FORMATS = ['element', 'iframe', 'hugo', 'mkdocs', 'jupyter', 'react', 'oembed'] as const;
export type Format = (typeof FORMATS)[number];

const escape = (text: string) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

/** What differs from the defaults, in order. */
function attributes({ lab, lang, theme, params, show, hide, lock, height }: Wanted): [string, string][] {
  const all: [string, string][] = [
    ['lab', lab], ['params', params], ['lang', lang], ['theme', theme === 'auto' ? '' : theme],
    ['show', show.join(',')], ['hide', hide.join(',')], ['lock', lock.join(',')], ['height', height ? String(height) : ''],
  ];
  return all.filter(([, value]) => value !== '');
}

/** Address of the frame. */
export function frameAddress(wanted: Wanted): string {
  const query = new URLSearchParams(wanted.params);
  for (const [name, value] of attributes(wanted)) if (name !== 'lab' && name !== 'params') query.set(name, value);
  return `${wanted.site}embed/${wanted.lab}/?${query}`;
}

const INITIAL = 560;
const iframe = (wanted: Wanted) =>
  `<iframe src="${escape(frameAddress(wanted))}" title="${escape(wanted.title)}" width="100%" height="${wanted.height || INITIAL}" loading="lazy" style="border:0"></iframe>`;
const resize = ({ site, height }: Wanted) => (height ? '' : `\n<script src="${site}embed/resize.js" async></script>`);
const listed = (wanted: Wanted) => attributes(wanted).map(([name, value]) => ` ${name}="${escape(value)}"`).join('');
/** Until scripts run, and without them: the picture and the way to the lab. */
const still = ({ site, lab, lang, title, params }: Wanted) =>
  `<a href="${escape(`${site}${lang}/${lab}/${params ? `?${params}` : ''}`)}"><img src="${site}stills/${lab}.${lang}.webp" alt="${escape(title)}" loading="lazy"></a>`;
const element = (wanted: Wanted) => `<playgrad-lab${listed(wanted)}>${still(wanted)}</playgrad-lab>`;

const writers: Record<Format, (wanted: Wanted) => string> = {
  element: (wanted) => `<script type="module" src="${wanted.site}embed.js"></script>\n${element(wanted)}`,
  iframe: (wanted) => iframe(wanted) + resize(wanted),
  hugo: (wanted) => `{{< playgrad${attributes(wanted).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join('')} >}}`,
  // Without an empty line in it: Markdown would begin a paragraph there.
  mkdocs: (wanted) => `${iframe(wanted)}${resize(wanted)}\n`,
  jupyter: (wanted) => `from IPython.display import IFrame\nIFrame(${JSON.stringify(frameAddress(wanted))}, width="100%", height=${wanted.height || INITIAL})`,
  react: (wanted) => `// once: import('${wanted.site}embed.js'), or npm install playgrad and import 'playgrad/embed'\n<playgrad-lab${attributes(wanted).map(([name, value]) => ` ${name}=${/["\\]/.test(value) ? `{${JSON.stringify(value)}}` : `"${value}"`}`).join('')} />`,
  oembed: (wanted) => JSON.stringify({
    version: '1.0', type: 'rich', provider_name: 'Playgrad', provider_url: wanted.site, title: wanted.title,
    html: iframe(wanted), width: 960, height: wanted.height || INITIAL,
    thumbnail_url: `${wanted.site}stills/${wanted.lab}.${wanted.lang}.webp`, thumbnail_width: 960, thumbnail_height: INITIAL,
  }, null, 2),
};

export const snippet = (format: Format, wanted: Wanted): string => writers[format](wanted);
