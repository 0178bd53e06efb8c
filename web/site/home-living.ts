// <pg-living>: a lab's small picture on the home page. A sketch at first; then the engine trains, a few steps a picture,
// only while it can be seen. Whoever asked for reduced motion gets the finished picture, once.
import { html, unsafeCSS } from 'lit';
import { PgElement, define } from '../elements/base';
import { EngineClient } from '../engine/engine-client';
import type { Living, Paint } from '../labs/living';
import css from './home-living.css?inline';

/** Milliseconds between two pictures: alive, and cheap. */
const PACE = 70;

/** One trains at a time, the first in line: each has a module of its own to download, and a phone has few cores. */
let line: PgLiving[] = [];
function leave(picture: PgLiving): void {
  const led = line[0] === picture;
  line = line.filter((other) => other !== picture);
  if (led) line[0]?.go();
}

export class PgLiving extends PgElement {
  static override properties = { lab: {}, living: { attribute: false }, painted: { state: true } };
  static override styles = unsafeCSS(css);

  declare lab: string;
  declare living: Living | null;
  declare painted: boolean;
  private client: EngineClient | null = null;
  private paint: Paint | null = null;
  private observer: IntersectionObserver | null = null;
  private sizes: ResizeObserver | null = null;
  private stopTheme: (() => void) | null = null;
  private visible = false;
  private begun = false;
  private over = false;
  private timer = 0;

  constructor() {
    super();
    this.lab = '';
    this.living = null;
    this.painted = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new IntersectionObserver(([entry]) => {
      this.visible = entry!.isIntersecting;
      if (this.visible) this.wake();
      else if (line[0] !== this) leave(this); // the first leaves between two of its pictures
    });
    this.observer.observe(this);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this);
    this.stopTheme = this.surroundings.onTheme(() => this.draw());
    document.addEventListener('visibilitychange', this.wake);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.sizes?.disconnect();
    this.stopTheme?.();
    document.removeEventListener('visibilitychange', this.wake);
    clearTimeout(this.timer);
    this.client?.dispose();
    this.client = this.resume = null;
    this.begun = false;
    leave(this);
  }

  override render() {
    return html`<div class="sketch" ?hidden=${this.painted} aria-hidden="true">${this.living?.sketch}</div>
      <canvas ?hidden=${!this.painted} aria-hidden="true"></canvas>`;
  }

  /** Set while the training goes on; called to take up what was left when the picture went out of sight. */
  private resume: (() => void) | null = null;

  private wake = (): void => {
    if (!this.visible || document.hidden || this.over || !this.living) return;
    if (!line.includes(this)) line.push(this);
    if (line[0] === this) this.go();
  };
  /** It is this picture's turn. */
  go(): void {
    if (this.resume) this.resume();
    else if (!this.begun) {
      this.begun = true;
      void this.live(this.living!);
    }
  }

  private async live(living: Living): Promise<void> {
    const client = new EngineClient({ lab: this.lab, root: document.documentElement.dataset['root'] ?? './' });
    this.client = client;
    try {
      await client.create(this.lab, living.params);
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
      for (let done = 0; done < living.steps; ) {
        const now = still ? living.steps : living.stride;
        await client.step(now);
        done += now;
        this.paint = await living.look(client);
        this.draw();
        if (done < living.steps) await this.rest();
      }
    } catch {
      // The sketch stays, or the last picture: the lab itself says what is wrong with the engine.
    } finally {
      client.dispose();
      if (client === this.client) {
        this.over = true;
        leave(this);
      }
    }
  }

  /** Waits for the next picture; while out of sight, until it is seen again. */
  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        if (!this.visible || document.hidden) return leave(this);
        this.resume = null;
        resolve();
      };
      this.timer = window.setTimeout(() => {
        this.resume = go;
        go();
      }, PACE);
    });
  }

  private draw(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    if (!this.paint || !canvas) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    const width = Math.round(this.clientWidth * ratio), height = Math.round(this.clientHeight * ratio);
    if (width === 0 || height === 0) return;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.paint(canvas);
    this.painted = true;
  }
}
define('pg-living', PgLiving);
