// The window that slides: what lies under it, the filter, their products, and the sum. Every number is the engine's, and opens.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { LabElement } from './lab-element';
import { inputArgs, inputOf } from '../pictures';
import { columnName, columnOf, describe, sizeFormula, unitOf, windowRef, type Column, type Unit } from './net';
import { extentOf, paintMap, paintPicture } from './paint';
import type { LabContext, ValueRef } from '../lab-view';
import '../../elements/pg-heat';

interface Term {
  a: number;
  b: number;
  a_ref: ValueRef | null;
  b_ref: ValueRef | null;
}
interface Explained extends ValueRef {
  kind: string;
  result: number;
  terms: Term[];
  bias?: { value: number; ref: ValueRef };
}
/** Between two places while it slides by itself, ms. */
const PACE = 320;

export class PgCnnWindow extends LabElement {
  static override properties = { told: { state: true }, source: { state: true }, playing: { state: true } };
  /** What the engine said of the number that is looked at. */
  declare private told: Explained | null;
  /** Channel of what is read, whose products are shown. */
  declare private source: number;
  declare private playing: boolean;
  private timer = 0;

  constructor() {
    super();
    this.told = null;
    this.source = 0;
    this.playing = false;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 11px;
        align-items: center;
      }
      figure {
        margin: 0;
      }
      figcaption {
        margin-bottom: 4px;
        font-size: 12px;
        color: var(--pg-ink-2);
        white-space: nowrap;
      }
      .map {
        position: relative;
        width: 118px;
        height: 118px;
        border: 1px solid var(--pg-line);
        border-radius: 3px;
        overflow: hidden;
      }
      .map canvas {
        display: block;
        width: 100%;
        height: 100%;
        image-rendering: pixelated;
      }
      .map.out {
        cursor: crosshair;
      }
      .box {
        position: absolute;
        border: 2px solid var(--pg-accent);
        box-shadow: 0 0 0 1px var(--pg-surface);
        pointer-events: none;
        transition: top var(--pg-ease), left var(--pg-ease);
      }
      .sign {
        font-size: 18px;
        color: var(--pg-ink-2);
      }
      .controls {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        align-items: center;
        margin: 10px 0 0;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      button {
        min-height: max(28px, var(--pg-hit));
        min-width: max(28px, var(--pg-hit));
        padding: 2px 8px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      button:hover:not(:disabled) {
        border-color: var(--pg-accent);
      }
      button[aria-pressed='true'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
      }
      .sum {
        margin: 10px 0 0;
        font-size: 14px;
        line-height: 2;
        font-variant-numeric: tabular-nums;
      }
      .sum button {
        min-height: 26px;
        padding: 0 6px;
      }
      .sum .w {
        color: var(--pg-sym-w);
      }
      .sum .b {
        color: var(--pg-sym-b);
      }
      .sum .a {
        color: var(--pg-sym-a);
        font-weight: 600;
      }
      .hint {
        max-width: 62ch;
        margin: 8px 0 0;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.play(false);
  }

  private get unit(): Unit {
    return unitOf(this.ctx!)!;
  }
  private get column(): Column {
    return columnOf(this.info!, this.unit.layer)!;
  }

  protected override snapshotCame(): void {
    const told = this.ctx!.snapshot?.answers['window'] as Explained | undefined;
    if (!told || !this.info || this.info.broken) return;
    const { value, index } = windowRef(this.unit, this.column);
    // The answer to the question before may still come.
    if (told.value === value && told.index.join() === index.join() && JSON.stringify(told) !== JSON.stringify(this.told)) this.told = told;
  }

  private move(by: number): void {
    const { layer, channel, row, col } = this.unit, { rows, cols } = this.column.shown;
    const at = (row * cols + col + by + rows * cols) % (rows * cols);
    this.ctx!.setView({ unit: { layer, channel, row: Math.floor(at / cols), col: at % cols } });
  }
  private play(on: boolean): void {
    clearInterval(this.timer);
    this.playing = on;
    if (on) this.timer = window.setInterval(() => this.move(1), PACE);
  }
  private onMap(event: PointerEvent): void {
    const box = (event.currentTarget as Element).getBoundingClientRect(), { rows, cols } = this.column.shown;
    const at = (part: number, n: number) => Math.min(n - 1, Math.max(0, Math.floor(part * n)));
    const { layer, channel } = this.unit;
    this.play(false);
    this.ctx!.setView({ unit: { layer, channel, row: at((event.clientY - box.top) / box.height, rows), col: at((event.clientX - box.left) / box.width, cols) } });
  }

  protected override paint(): void {
    const info = this.info, maps = this.watched('maps')?.data, picture = this.watched('picture');
    if (!info || info.broken || !maps || !picture || maps.length !== info.numbers + info.classes.length) return;
    const { unit, column } = this, { layer, from, shown } = column, { window } = layer;
    if (!window) return;
    const [read, out] = this.renderRoot.querySelectorAll<HTMLCanvasElement>('.map canvas');
    if (!read || !out) return;
    const source = this.sourceOf(column);
    if (from) {
      const plane = from.rows * from.cols;
      paintMap(read, maps, from.offset + source * plane, from.rows, from.cols, extentOf(maps, from.offset, from.offset + from.channels * plane));
    } else paintPicture(read, picture.data, 1, info.rows, info.cols, source * info.rows * info.cols);
    const plane = shown.rows * shown.cols;
    paintMap(out, maps, shown.offset + unit.channel * plane, shown.rows, shown.cols, extentOf(maps, shown.offset, shown.offset + shown.channels * plane));
    const place = (selector: string, top: number, left: number, h: number, w: number, rows: number, cols: number) => {
      const box = this.renderRoot.querySelector<HTMLElement>(selector);
      if (box) Object.assign(box.style, { top: `${(100 * top) / rows}%`, left: `${(100 * left) / cols}%`, height: `${(100 * h) / rows}%`, width: `${(100 * w) / cols}%` });
    };
    place('.read .box', unit.row * window.stride - window.before, unit.col * window.stride - window.before, window.kernel, window.kernel, window.rows, window.cols);
    place('.out .box', unit.row, unit.col, 1, 1, shown.rows, shown.cols);
  }
  /** A pool looks at one channel alone. */
  private sourceOf(column: Column): number {
    const channels = column.from?.channels ?? this.info!.channels;
    return column.kind === 'pool' ? this.unit.channel : Math.min(this.source, channels - 1);
  }

  private open = (ref: ValueRef, anchor: Element | DOMRect) => this.ctx!.inspect({ ...ref, args: inputArgs(inputOf(this.ctx!)) }, anchor, { pin: true });

  /** k × k numbers; where the window hangs over the edge there is nothing. */
  private grid(label: string, pick: (term: Term) => number, ref: (term: Term) => ValueRef | null, terms: Map<string, Term>, kernel: number, cell: number): TemplateResult {
    const data = Array.from({ length: kernel * kernel }, (_, i) => {
      const term = terms.get(`${Math.floor(i / kernel)},${i % kernel}`);
      return term ? pick(term) : NaN;
    });
    const ctx = this.ctx!;
    return html`<figure><figcaption>${label}</figcaption>
      <pg-heat .data=${data} .rows=${kernel} .cols=${kernel} .cell=${cell} .maxCell=${cell} .values=${cell >= 30} .format=${(v: number) => (Number.isFinite(v) ? ctx.num(Number(v.toPrecision(2))) : '')} .label=${label} interactive
        @cell-open=${(event: CustomEvent<{ row: number; col: number; rect: DOMRect }>) => {
          const term = terms.get(`${event.detail.row},${event.detail.col}`), to = term && ref(term);
          if (to) this.open(to, event.detail.rect);
        }}></pg-heat></figure>`;
  }

  private sum(ctx: LabContext, told: Explained, column: Column): TemplateResult {
    const maps = this.watched('maps')?.data, { shown, layer } = column, { row, col, channel } = this.unit;
    const here = maps?.[shown.offset + (channel * shown.rows + row) * shown.cols + col];
    const number = (v: number) => ctx.num(v);
    const button = (kind: string, ref: ValueRef, v: number) => html`<button type="button" class=${kind} title=${describe(ctx, ref)} @click=${(event: Event) => this.open(ref, event.currentTarget as Element)}>${number(v)}</button>`;
    const products = told.terms.reduce((sum, { a, b }) => sum + a * b, 0);
    if (told.kind !== 'affine') return html`<p class="sum">${ctx.t(layer.kind === 'pool' ? `ui.pool_${ctx.params['pool'] as string}` : 'ui.is_number')} ${button('a', told, told.result)}</p>`;
    return html`<p class="sum">${ctx.t('ui.products', { n: String(told.terms.length), sum: number(products) })}
      ${told.bias ? html` + ${button('b', told.bias.ref, told.bias.value)} (${ctx.t('ui.bias')})` : nothing} = ${button('z', told, told.result)}
      ${shown !== layer && here !== undefined ? html` → ${shown.kind === 'act' || shown.kind === 'dense_act' ? ctx.t(`params.activation.choices.${ctx.params['activation'] as string}`) : ctx.t('ui.normalized')} →
        ${button('a', { value: shown.name, index: told.index }, here)}` : nothing}</p>`;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info || info.broken) return nothing;
    const { unit, column } = this, { layer, from } = column, { window } = layer, told = this.told;
    const title = ctx.t('ui.window_of', { column: columnName(ctx, column), n: String(unit.channel + 1) });
    if (!window) return html`${told ? this.sum(ctx, told, column) : nothing}<p class="hint">${ctx.t('ui.dense_hint')}</p>`;
    const kernel = window.kernel, conv = layer.kind === 'conv', source = this.sourceOf(column);
    const terms = new Map<string, Term>();
    const sums = new Map<number, number>();
    for (const term of told?.terms ?? []) {
      if (!conv) {
        const [, y = 0, x = 0] = term.a_ref?.index ?? [];
        terms.set(`${y - unit.row * window.stride + window.before},${x - unit.col * window.stride + window.before}`, term);
        continue;
      }
      const [, c = 0, y = 0, x = 0] = term.b_ref?.index ?? [];
      sums.set(c, (sums.get(c) ?? 0) + term.a * term.b);
      if (c === source) terms.set(`${y},${x}`, term);
    }
    const cell = kernel <= 3 ? 38 : kernel <= 5 ? 30 : Math.max(10, Math.floor(150 / kernel));
    const channels = from?.channels ?? info.channels;
    const input = from ? columnName(ctx, { kind: from.kind === 'pool' ? 'pool' : 'conv', block: from.block }) : ctx.t('ui.column.input');
    return html`
      <div class="row">
        <figure><figcaption>${channels > 1 ? ctx.t('ui.channel_of', { column: input, n: String(source + 1) }) : input}</figcaption><div class="map read"><canvas role="img" aria-label=${input}></canvas><span class="box"></span></div></figure>
        ${this.grid(ctx.t('ui.under'), ({ a }) => a, ({ a_ref }) => a_ref, terms, kernel, cell)}
        ${conv
          ? html`<span class="sign" aria-hidden="true">×</span>${this.grid(ctx.t('ui.filter', { n: String(unit.channel + 1) }), ({ b }) => b, ({ b_ref }) => b_ref, terms, kernel, cell)}
            <span class="sign" aria-hidden="true">=</span>${this.grid(ctx.t('ui.product'), ({ a, b }) => a * b, ({ a_ref }) => a_ref, terms, kernel, cell)}`
          : nothing}
        <span class="sign" aria-hidden="true">→</span>
        <figure><figcaption>${title}</figcaption><div class="map out" @pointerdown=${this.onMap}><canvas role="img" aria-label=${ctx.t('ui.out_map')}></canvas><span class="box"></span></div></figure>
      </div>
      ${conv && channels > 1 ? html`<div class="controls" role="group" aria-label=${ctx.t('ui.channels')}>${ctx.t('ui.channels')}
        ${Array.from({ length: channels }, (_, c) => html`<button type="button" aria-pressed=${c === source} @click=${() => (this.source = c)}>${c + 1}: ${ctx.num(Number((sums.get(c) ?? 0).toPrecision(2)))}</button>`)}</div>` : nothing}
      <div class="controls">
        <button type="button" aria-label=${ctx.t('ui.place_up')} @click=${() => this.move(-column.shown.cols)}>↑</button>
        <button type="button" aria-label=${ctx.t('ui.place_before')} @click=${() => this.move(-1)}>←</button>
        <button type="button" aria-label=${ctx.t('ui.place_after')} @click=${() => this.move(1)}>→</button>
        <button type="button" aria-label=${ctx.t('ui.place_down')} @click=${() => this.move(column.shown.cols)}>↓</button>
        <button type="button" aria-pressed=${this.playing} @click=${() => this.play(!this.playing)}>${ctx.t(this.playing ? 'ui.slide_stop' : 'ui.slide')}</button>
        <span>${ctx.t('ui.place', { row: String(unit.row + 1), rows: String(column.shown.rows), col: String(unit.col + 1), cols: String(column.shown.cols) })} · ${sizeFormula(window.rows, window)} = ${layer.rows}</span>
      </div>
      ${told ? this.sum(ctx, told, column) : nothing}`;
  }
}
define('pg-cnn-window', PgCnnWindow);
