// What each filter has learned: its weights, the picture that excites it most (made by the engine, by gradient ascent), and how the
// first layer's weights looked earlier in the run.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { LabElement, NowAndThen } from './lab-element';
import { className } from '../pictures';
import { columnName, columnsOf, unitOf, type Column } from './net';
import { extentOf, paintMap, paintPicture, put } from './paint';

/** Units of a layer that are shown. */
const MOST = 16;
/** Between two rounds of climbing while training, ms. */
const PAUSE = 2500;
/** Steps of the run at which the first layer is remembered: each so many times the one before. */
const GROWTH = 2.2;
const REMEMBERED = 9;

/** What excites a unit: the part of the picture that it sees. */
interface Excited {
  before: number;
  after: number;
  rows: number;
  cols: number;
  pixels: Float32Array;
}
interface Past {
  step: number;
  data: Float32Array;
}

export class PgCnnFilters extends LabElement {
  static override properties = { excited: { state: true }, past: { state: true } };
  /** By layer and unit. */
  declare private excited: Record<string, Excited[]>;
  declare private past: Past[];
  private build = -1;
  private climb = new NowAndThen(
    PAUSE,
    async (ctx) => {
      const found: Record<string, Excited[]> = {};
      for (const column of columnsOf(ctx.info)) {
        if (column.kind === 'pool') continue;
        // What the activation is applied to: behind it a unit may be dead.
        const layer = (column.norm ?? column.layer).name;
        found[column.layer.name] = [];
        for (let unit = 0; unit < Math.min(MOST, column.layer.channels); unit++) {
          const { data } = await ctx.client.read('excite', { layer, unit });
          const [before, after, top, left, bottom, right] = data as unknown as [number, number, number, number, number, number];
          found[column.layer.name]!.push({ before, after, rows: bottom - top + 1, cols: right - left + 1, pixels: Float32Array.from(data.slice(6)) });
        }
      }
      return found;
    },
    () => {
      this.excited = this.climb.value!;
      this.paintSoon();
    },
  );

  constructor() {
    super();
    this.excited = {};
    this.past = [];
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        gap: 12px;
      }
      section {
        min-width: 0;
      }
      h4 {
        margin: 0 0 5px;
        font-size: 13px;
        font-weight: 600;
      }
      h4 small {
        font-weight: 400;
        font-size: 12px;
        color: var(--pg-ink-2);
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      button {
        display: grid;
        gap: 3px;
        padding: 2px;
        border: 1px solid transparent;
        border-radius: 3px;
        background: none;
        font-size: 11.5px;
      }
      button:hover,
      button[aria-pressed='true'] {
        border-color: var(--pg-accent);
      }
      canvas {
        display: block;
        border: 1px solid var(--pg-line);
        border-radius: 2px;
        image-rendering: pixelated;
      }
      .past {
        display: grid;
        justify-items: center;
        gap: 3px;
        font-size: 11.5px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      p {
        max-width: 68ch;
        margin: 0;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
    `,
  ];

  protected override snapshotCame(): void {
    const ctx = this.ctx!, snapshot = ctx.snapshot;
    if (!snapshot || !this.info || this.info.broken) return;
    if (snapshot.build !== this.build) {
      this.build = snapshot.build;
      this.past = [];
      this.excited = {};
    }
    const weights = this.watched('param:conv1.weight'), step = snapshot.status.step;
    const last = this.past.at(-1)?.step ?? -1;
    if (weights && (last < 0 || step < last || step >= Math.max(1, last * GROWTH))) {
      const kept = this.past.filter((past) => past.step < step);
      this.past = [...kept, { step, data: Float32Array.from(weights.data) }].slice(-REMEMBERED);
    }
    this.climb.refresh(ctx);
  }

  /** Side of a picture of what excites: its own size in the picture, but to be seen. */
  private side = (n: number): number => Math.min(60, Math.max(24, Math.round(n * 2.4)));

  protected override paint(): void {
    const info = this.info;
    if (!info || info.broken) return;
    this.renderRoot.querySelectorAll<HTMLCanvasElement>('canvas.kernel').forEach((canvas) => {
      const { layer, unit, past } = canvas.dataset;
      const data = past === undefined ? this.watched(`param:${layer}.weight`)?.data : this.past[+past!]?.data;
      const column = columnsOf(info).find((one) => one.layer.name === layer);
      if (!data || !column?.layer.window) return;
      const k = column.layer.window.kernel, plane = k * k, channels = column.from?.channels ?? info.channels, size = channels * plane;
      if (channels === 3) paintColours(canvas, data, +unit! * size, k);
      else paintMap(canvas, data, +unit! * size, k, k, extentOf(data, 0, data.length));
    });
    this.renderRoot.querySelectorAll<HTMLCanvasElement>('canvas.excited').forEach((canvas) => {
      const found = this.excited[canvas.dataset['layer']!]?.[+canvas.dataset['unit']!];
      if (found) paintPicture(canvas, found.pixels, info.channels, found.rows, found.cols);
    });
  }

  private row(column: Column) {
    const ctx = this.ctx!, info = this.info!, unit = unitOf(ctx);
    const { name, channels, window } = column.layer;
    const found = this.excited[name] ?? [];
    // One picture of weights: of grey or colour; deeper filters have one for each map they read, too many to draw here.
    const weights = window && !column.from;
    return html`<section>
      <h4>${columnName(ctx, column)} <small>${window ? ctx.t('ui.sees_px', { size: String(column.layer.field[0]) }) : ''}</small></h4>
      <ul>${Array.from({ length: Math.min(MOST, channels) }, (_, k) => {
        const one = found[k];
        const label = column.kind === 'out' ? className(ctx, info, k) : ctx.t('ui.filter', { n: String(k + 1) });
        const said = one ? ctx.t('ui.excited', { name: label, before: ctx.num(one.before), after: ctx.num(one.after) }) : label;
        return html`<li><button type="button" title=${said} aria-label=${said} aria-pressed=${unit?.layer === name && unit.channel === k}
          @click=${() => ctx.setView({ unit: { ...unit!, layer: name, channel: k } })}>
          ${weights ? html`<canvas class="kernel" data-layer=${name} data-unit=${k} .style=${'width:40px;height:40px'}></canvas>` : nothing}
          ${one ? html`<canvas class="excited" data-layer=${name} data-unit=${k} .style=${`width:${weights ? 40 : this.side(one.cols)}px;height:${weights ? 40 : this.side(one.rows)}px`}></canvas>` : nothing}
          ${column.kind === 'out' ? html`<span>${label}</span>` : nothing}</button></li>`;
      })}</ul>
    </section>`;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info || info.broken) return nothing;
    const first = columnsOf(info)[0]!;
    return html`<p>${ctx.t('ui.filters_help')}</p>
      ${columnsOf(info).filter(({ kind }) => kind !== 'pool').map((column) => this.row(column))}
      ${this.past.length > 1 ? html`<section><h4>${ctx.t('ui.past')}</h4>
        <ul>${this.past.map(({ step }, i) => html`<li class="past">${Array.from({ length: Math.min(3, first.layer.channels) }, (_, k) => html`<canvas class="kernel" data-layer=${first.layer.name} data-unit=${k} data-past=${i} .style=${'width:34px;height:34px'}></canvas>`)}<span>${step}</span></li>`)}</ul></section>` : nothing}`;
  }
}
/** Weights for red, green and blue as one colour: 0 is grey. */
function paintColours(canvas: HTMLCanvasElement, data: ArrayLike<number>, offset: number, k: number): void {
  const image = new ImageData(k, k), plane = k * k;
  const extent = extentOf(data, offset, offset + 3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = 127.5 * (1 + data[offset + c * plane + i]! / extent);
    image.data[4 * i + 3] = 255;
  }
  put(canvas, image);
}
define('pg-cnn-filters', PgCnnFilters);
