// embed.js: one line in any page. It defines <playgrad-lab>; the rest is loaded when one comes into view.
import { define, PlaygradLab } from './playgrad-lab';

// The site is where this script is, on whatever page it runs.
PlaygradLab.root = import.meta.url.replace(/[^/]*$/, '');
define();

export { PlaygradLab };
export type * from './protocol';
