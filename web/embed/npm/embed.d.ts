import type { PlaygradLab } from './web/embed/playgrad-lab.js';

export type * from './web/embed/protocol.js';
export type { PlaygradLab };

/** Defines `<playgrad-lab>`; `site` is where the page has the package's folder `site/`, by default `./playgrad/`. */
export declare function definePlaygrad(site?: string | URL): Promise<{ PlaygradLab: typeof PlaygradLab }>;
