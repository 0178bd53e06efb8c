// The page of a frame: one lab as wide as the window, its options in the address.
import { listen } from './messages';
import { ATTRIBUTES } from './options';
import { define, PlaygradLab } from './playgrad-lab';

const { dataset } = document.documentElement;
// All is beside this page, not beside this script.
PlaygradLab.root = new URL(dataset['root'] ?? '../', location.href).href;
PlaygradLab.frames = false;
define();

/** Query keys that are the frame's; everything else is a hyperparameter of the lab. */
const own: readonly string[] = [...ATTRIBUTES, 'origins', 'bare'];

const query = new URLSearchParams(location.search);
const lab = document.createElement('playgrad-lab');
for (const name of ATTRIBUTES) {
  const value = name === 'lab' ? (dataset['lab'] ?? query.get(name)) : query.get(name);
  if (value !== null && value !== undefined && name !== 'frame') lab.setAttribute(name, value);
}
const params = new URLSearchParams(query.get('params') ?? '');
for (const [key, value] of query) if (!own.includes(key)) params.set(key, value);
if ([...params].length) lab.setAttribute('params', params.toString());
document.documentElement.lang = lab.lang || (navigator.language.startsWith('ko') ? 'ko' : 'en');
// In both languages: sentences to try and to translate are Korean. In somebody's own page the element takes what fonts there are.
document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: dataset['korean']! }));
const theme = query.get('theme');
document.documentElement.style.colorScheme = theme === 'light' || theme === 'dark' ? theme : 'light dark';
if (query.has('bare')) lab.setAttribute('bare', '');

const origins = query.get('origins');
listen(lab, origins === null ? null : origins === 'none' ? [] : origins.split(/[\s,]+/).filter(Boolean));
document.getElementById('lab')!.replaceChildren(lab);
