// What is around a stage: the site's own page (lab-page.ts) or an element in somebody else's (web/embed). The stage asks
// this for everything that is not its own: language, address, links, the keys and events of the surroundings.
import type { Lang } from '../labs/lab-view';
import type { AddressBar } from './state/address';

/** What an author shows of a lab. Names are columns (`controls`, `model`, `results`), `transport`, `timeline`, `tools`, charts and parts of the pictures, and hyperparameters. */
export interface Shown {
  /** Only these; null: everything that the surroundings have. */
  show: string[] | null;
  hide: string[];
  /** Hyperparameters that the reader sees and cannot change. */
  lock: string[];
}

/** What of the surroundings may act on the stage. */
export interface Attached {
  /** Brings the stage to a query: somebody went back. */
  open(query: string): void;
  /** `param-lr`, `tool-runs:lr`: what an address may point at. */
  point(hash: string): void;
  /** Writes at once what of the address still waits. */
  flush(): void;
  /** Undo and redo. */
  key(event: KeyboardEvent): void;
}

export interface LabHost {
  readonly lang: Lang;
  /** Address of the site's root, absolute or relative to the page. */
  readonly root: string;
  /** Part of somebody's page: only what is asked for, at its own height, resting while nobody sees it. */
  readonly embedded: boolean;
  /** Begins to train by itself. */
  readonly autoplay: boolean;
  /** `?v=1&…` with which the stage opens; '' leaves the choice to the lab. */
  query(): string;
  /** `#param-lr`, `#tool-runs:lr`, or what a link carries beside its query (`#view=…&state=…`); '' for nothing. */
  fragment(): string;
  /** Keeps what has been set. */
  readonly address: AddressBar;
  /** Acts that the text around the stage links to: `try:lr=3&run`. */
  acts(): string[];
  /** Where `glossary/#lr` (of this language) or `#tool-runs:lr` (of this stage, with its settings) is found. */
  link(to: string, query: string): { href: string; target?: string };
  /** Begins all over. */
  reload(): void;
  /** Lets the surroundings act on the stage; the answer ends it. */
  attach(stage: Attached, element: HTMLElement): () => void;
}
