// <playgrad-lab>: a lab in anybody's page. It stands there at once as a still picture and a link; the stage is loaded and
// started when it comes into view, and rests when it leaves. README.md is for authors.
import tokens from '../site/tokens.css?inline';
import { Scope, setScope, type Theme } from '../elements/scope';
import { labs } from '../labs/index';
import { Framed } from './framed';
import type { Live } from './live';
import { ATTRIBUTES, readOptions, type Attribute, type Given, type Options } from './options';
import { LabError, type LabEvent, type LabEvents, type LabState, type Method, type Methods, type Metrics, type Params, type Position, type Probe, type SetResult } from './protocol';
import css from './element.css?inline';

/** After this long a lab that does not come shows its picture, ms. */
const SLOW_MS = 1200;
/** This close to the window a lab is loaded, CSS px. */
const NEAR = 400;

// One sheet for all elements of the page. The tokens are declared for the root of a document; here that is .root.
const sheet = new CSSStyleSheet();
sheet.replaceSync(`${css}\n${tokens.replaceAll(':root', '.root')}`);

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
/** What may change the colours of the host's page. */
const LOOKS = ['class', 'style', 'data-theme', 'data-bs-theme', 'data-color-mode', 'data-md-color-scheme'];

export class PlaygradLab extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;
  /** Address of the site; of the folder that embed.js lies in. */
  static root = './';
  /** Whether what a page forbids may be tried in a frame; a page that is one does not. */
  static frames = true;

  /** Resolves when the lab stands; rejects when it cannot. */
  readonly ready: Promise<LabEvents['ready']>;
  private settle!: { yes: (value: LabEvents['ready']) => void; no: (why: LabError) => void };
  private readonly root: HTMLDivElement;
  private readonly place: HTMLDivElement;
  private readonly still: HTMLDivElement;
  private readonly link: HTMLAnchorElement;
  private readonly colors: HTMLElement;
  private readonly scope: Scope;
  private live: Live | null = null;
  private framed: Framed | null = null;
  private began = false;
  private near: IntersectionObserver | null = null;
  private sizes: ResizeObserver | null = null;
  private looks: MutationObserver | null = null;
  private lastHeight = 0;

  constructor() {
    super();
    this.ready = new Promise((yes, no) => (this.settle = { yes, no }));
    this.ready.catch(() => {}); // also told by the event `error`
    const shadow = this.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [sheet];
    const make = <K extends keyof HTMLElementTagNameMap>(tag: K, className: string, parent: Node): HTMLElementTagNameMap[K] => {
      const element = document.createElement(tag);
      element.className = className;
      parent.appendChild(element);
      return element;
    };
    this.colors = make('i', 'probe', shadow);
    this.root = make('div', 'root', shadow);
    this.root.setAttribute('part', 'root');
    this.root.setAttribute('role', 'group');
    this.place = make('div', 'place', this.root);
    this.still = make('div', 'still', this.root);
    make('slot', '', this.still);
    this.link = make('a', '', make('div', 'mark', this.root));
    this.link.target = '_blank';
    this.link.rel = 'noopener';
    this.link.textContent = 'Playgrad';
    this.scope = new Scope(() => this.root.dataset['theme'] as Theme, () => this.root);
    setScope(this.root, this.scope);
  }

  // ------------------------------------------------------------------------------------------------ life

  connectedCallback(): void {
    // What was set before this class came stands in the way of its accessors.
    for (const name of ATTRIBUTES) {
      if (!Object.hasOwn(this, name)) continue;
      const value = (this as unknown as Record<Attribute, string | null>)[name];
      delete (this as unknown as Partial<Record<Attribute, unknown>>)[name];
      (this as unknown as Record<Attribute, string | null>)[name] = value;
    }
    darkQuery.addEventListener('change', this.dress);
    this.looks = new MutationObserver(this.dress);
    for (const where of [document.documentElement, document.body]) this.looks.observe(where, { attributes: true, attributeFilter: LOOKS });
    this.dress();
    this.sizes = new ResizeObserver(() => this.tellHeight());
    this.sizes.observe(this.root);
    this.near = new IntersectionObserver((entries) => {
      if (entries[entries.length - 1]!.isIntersecting) void this.begin();
      else this.picture();
    }, { rootMargin: `${NEAR}px` });
    if (!this.began) this.near.observe(this);
  }
  disconnectedCallback(): void {
    darkQuery.removeEventListener('change', this.dress);
    this.looks?.disconnect();
    this.sizes?.disconnect();
    this.near?.disconnect();
  }
  attributeChangedCallback(name: Attribute, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return;
    this.dress();
    if (!this.began) return;
    if (name === 'show' || name === 'hide' || name === 'lock') {
      if (this.live) this.live.lab.shown = this.options.shown;
      else this.restart();
    } else if (name === 'theme' || name === 'height') {
      if (this.framed) this.restart();
    } else this.restart();
  }

  private get given(): Given {
    return Object.fromEntries(ATTRIBUTES.map((name) => [name, this.getAttribute(name)]));
  }
  private get options(): Options {
    return readOptions(this.given, (this.closest('[lang]') as HTMLElement | null)?.lang || navigator.language);
  }

  /** Theme, language, height, link: all that needs no lab. */
  private readonly dress = (): void => {
    const { lab, lang, theme, height, params } = this.options;
    const host: Theme = getComputedStyle(this.colors).color === 'rgb(255, 255, 255)' ? 'dark' : 'light';
    const now = theme === 'auto' ? host : theme;
    const changed = this.root.dataset['theme'] !== now;
    this.root.dataset['theme'] = now;
    if (changed) this.scope.themeChanged();
    this.root.lang = lang;
    this.root.style.height = height ? `${height}px` : '';
    this.root.classList.toggle('fixed', height > 0);
    // Inside another one of its kind: the frame and the mark are there already.
    this.root.classList.toggle('bare', this.hasAttribute('bare'));
    const known = /^[\w-]+$/.test(lab);
    const page = `${PlaygradLab.root}${lang}/${known ? `${lab}/` : ''}`;
    this.link.href = known && params ? `${page}?${params}` : page;
  };
  /** Where the stage is not wanted yet, or does not come: its picture, unless the author gave one. */
  private picture(): void {
    this.still.hidden = false;
    this.root.classList.add('pictured');
    const { lab, lang } = this.options;
    if (this.childElementCount > 0 || !/^[\w-]+$/.test(lab) || this.still.querySelector('img')) return;
    const image = this.still.appendChild(document.createElement('img'));
    image.alt = '';
    image.loading = 'lazy';
    image.src = `${PlaygradLab.root}stills/${lab}.${lang}.webp`;
  }

  private unpicture(): void {
    this.still.hidden = true;
    this.root.classList.remove('pictured');
  }

  private async begin(): Promise<void> {
    if (this.began) return;
    this.began = true;
    this.near?.disconnect();
    // On a slow way the picture is there first.
    const slow = window.setTimeout(() => this.place.childElementCount || this.picture(), SLOW_MS);
    const { options } = this;
    if (PlaygradLab.frames && this.hasAttribute('frame')) return this.useFrame();
    try {
      // Its pictures come beside the stage, not after it.
      if (Object.hasOwn(labs, options.lab)) void labs[options.lab]!().then((view) => view.default.load?.()).catch(() => {}); // the stage asks again, and says so
      const { start } = await import('./live').finally(() => clearTimeout(slow));
      this.unpicture();
      const live = await start(this.place, options, PlaygradLab.root, this.emit, () => this.restart());
      if (options.lab !== this.options.lab) return live.api.dispose(); // changed meanwhile: that call puts its own
      this.live = live;
      this.root.setAttribute('aria-label', this.link.textContent = `Playgrad: ${live.title}`);
      this.stands({ lab: options.lab, presets: live.presets });
    } catch (thrown) {
      if (!this.isConnected) {
        // Taken out while it was loading: it begins when it is put back.
        this.place.replaceChildren();
        this.began = false;
        return;
      }
      const reason = (thrown as { code?: string } | null)?.code;
      // What the page's policy forbids here it may allow in a frame.
      if (PlaygradLab.frames && thrown !== 'no-simd' && reason !== 'no_such_lab' && reason !== 'needs_asset') return this.useFrame();
      if (reason === 'no_such_lab') this.picture();
      this.fail(thrown instanceof LabError ? thrown : new LabError(reason ?? String(thrown), String((thrown as Error).message ?? thrown)));
    }
  }
  private useFrame(): void {
    this.framed?.dispose();
    this.place.replaceChildren();
    const framed = new Framed(this.given, PlaygradLab.root, this.options.height > 0);
    this.framed = framed;
    framed.onevent = ({ event, detail }) => {
      if (event === 'ready') {
        this.unpicture();
        this.stands(detail);
      } else if (event !== 'height') this.emit(event, detail as never);
    };
    framed.onfail = (error) => {
      this.place.replaceChildren();
      this.picture();
      this.fail(error);
    };
    this.place.replaceChildren(framed.element);
  }
  private stands(detail: LabEvents['ready']): void {
    this.settle.yes(detail);
    this.emit('ready', detail);
  }
  private fail(error: LabError): void {
    this.settle.no(error);
    this.emit('error', { code: error.code, message: error.message });
  }
  /** Another lab, another beginning. */
  private restart(): void {
    this.live?.api.dispose();
    this.live = null;
    this.framed?.dispose();
    this.framed = null;
    this.place.replaceChildren();
    this.began = false;
    void this.begin();
  }

  private readonly emit = <E extends LabEvent>(event: E, detail: LabEvents[E]): void => void this.dispatchEvent(new CustomEvent(event, { detail }));
  private tellHeight(): void {
    const height = Math.ceil(this.root.getBoundingClientRect().height);
    if (height === this.lastHeight) return;
    this.lastHeight = height;
    this.emit('height', { height });
  }

  // ------------------------------------------------------------------------------------------------- the API

  /** Any method by its name: what the frame's messages come to. */
  async call<M extends Method>(method: M, args: unknown = {}): Promise<Methods[M]['result']> {
    void this.begin(); // whoever asks need not wait for a reader
    await this.ready;
    const target = this.live?.api ?? this.framed;
    if (!target) throw new LabError('loading', 'the lab begins anew');
    return target.call(method, args);
  }
  getState = (args: Methods['getState']['args'] = {}): Promise<LabState> => this.call('getState', args);
  setState = (state: LabState): Promise<LabState> => this.call('setState', { state });
  set = (params: Params): Promise<SetResult> => this.call('set', { params });
  run = (): Promise<Position> => this.call('run');
  pause = (): Promise<Position> => this.call('pause');
  step = (n = 1): Promise<Position> => this.call('step', { n });
  reset = (): Promise<Position> => this.call('reset');
  /** The newest values; with `every` also an event `metrics` at most that often (ms), until `every` is 0. */
  metrics = (args: Methods['metrics']['args'] = {}): Promise<Metrics> => this.call('metrics', args);
  probe = (probe: Probe): Promise<unknown> => this.call('probe', probe);
  screenshot = (type: 'png' | 'svg' = 'png'): Promise<Blob> => this.call('screenshot', { type });
}

/** Every attribute is a property too. */
export interface PlaygradLab extends Record<Exclude<Attribute, 'lang'>, string | null> {}
for (const name of ATTRIBUTES) {
  if (name === 'lang') continue; // HTML has it
  Object.defineProperty(PlaygradLab.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: PlaygradLab) {
      return this.getAttribute(name);
    },
    set(this: PlaygradLab, value: unknown) {
      if (value === null || value === undefined || value === false) this.removeAttribute(name);
      else this.setAttribute(name, value === true ? '' : Array.isArray(value) ? value.join(',') : String(value));
    },
  });
}

declare global {
  interface HTMLElementTagNameMap {
    'playgrad-lab': PlaygradLab;
  }
}

/** Defines the tag, once, however often this is loaded. */
export function define(): void {
  if (!customElements.get('playgrad-lab')) customElements.define('playgrad-lab', PlaygradLab);
}
