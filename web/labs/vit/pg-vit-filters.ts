// The patch embedding: each entry of a token's vector is a sum over the patch's pixels, each times a weight of this picture.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { diverging, magnitude, paintHeat } from '../../elements/color';
import type { PgHeat } from '../../elements/pg-heat';
import { LabElement } from '../lab-element';
import type { VitInfo } from './patches';
import { put } from '../cnn/paint';
import '../../elements/pg-colorkey';
import '../../elements/pg-heat';

interface CellEvent {
  row: number;
  col: number;
  rect: DOMRect | null;
}

export class PgVitFilters extends LabElement<VitInfo> {
  static override properties = { chosen: { state: true }, extent: { state: true } };
  declare private chosen: number;
  declare private extent: number;

  constructor() {
    super();
    this.chosen = 0;
    this.extent = 1;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 12px 20px;
        align-items: flex-start;
      }
      .all {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        flex: 1 1 320px;
        max-width: 460px;
      }
      button {
        padding: 2px;
        border: 1px solid var(--pg-line);
        border-radius: 3px;
        background: none;
      }
      button:hover {
        border-color: var(--pg-edge);
      }
      [aria-checked='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
      }
      .all canvas {
        display: block;
        width: 32px;
        height: 32px;
        image-rendering: pixelated;
      }
      .one {
        flex: 0 1 260px;
        min-width: 200px;
      }
      p {
        margin: 0 0 8px;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      @media (pointer: coarse) {
        button {
          min-width: 44px;
          min-height: 44px;
        }
      }
    `,
  ];

  protected override paint(): void {
    const info = this.info!, read = this.watched('filters');
    const pixels = info.patch * info.patch;
    if (!read || read.shape[1] !== pixels) return;
    const extent = magnitude(read.data, 0, read.data.length) || 1;
    if (Math.abs(extent - this.extent) > 0.05 * this.extent) this.extent = extent;
    this.renderRoot.querySelectorAll<HTMLCanvasElement>('.all canvas').forEach((canvas, k) => {
      const image = new ImageData(info.patch, info.patch);
      paintHeat(image, read.data, k * pixels, diverging(), -extent, extent);
      put(canvas, image);
    });
    const heat = this.renderRoot.querySelector<PgHeat>('pg-heat');
    if (heat) Object.assign(heat, { data: read.data, offset: this.chosen * pixels, rows: info.patch, cols: info.patch, extent });
  }
  private onKey(event: KeyboardEvent, n: number): void {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.chosen = (this.chosen + by + n) % n;
    this.renderRoot.querySelectorAll<HTMLElement>('.all button')[this.chosen]?.focus();
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const n = Number(ctx.params['d_model']), chosen = Math.min(this.chosen, n - 1);
    return html`<div class="all" role="radiogroup" aria-label=${ctx.t('ui.filters_label')} @keydown=${(event: KeyboardEvent) => this.onKey(event, n)}>
        ${Array.from({ length: n }, (_, k) => html`<button type="button" role="radio" aria-checked=${k === chosen} tabindex=${k === chosen ? 0 : -1} aria-label=${ctx.t('ui.filter', { n: String(k + 1) })}
          @click=${() => (this.chosen = k)}><canvas aria-hidden="true"></canvas></button>`)}</div>
      <div class="one"><p>${ctx.t('ui.filters_help', { n: String(n), pixels: String(info.patch * info.patch) })}</p>
        <pg-heat interactive .colors=${'diverging'} .cell=${Math.floor(196 / info.patch)} .maxCell=${30} .label=${ctx.t('ui.filter', { n: String(chosen + 1) })}
          @cell-open=${({ detail: { row, col, rect } }: CustomEvent<CellEvent>) => rect && ctx.inspect({ value: 'patches.weight', index: [chosen, row * info.patch + col] }, rect, { pin: true })}></pg-heat>
        <pg-colorkey colors="diverging" .extent=${this.extent} .label=${ctx.t('ui.weight')}></pg-colorkey></div>`;
  }
}
define('pg-vit-filters', PgVitFilters);
