// The attention weights of every head as small pictures: an overview, and the way to choose which head is looked at.
import { css, html, nothing } from 'lit';
import type { TensorRead } from '../engine/protocol';
import { baseStyles, define } from './base';
import { paintHeat, sequential, token } from './color';
import { headOf } from './matrix';
import { fit, PaintedElement, Pixels } from './painted';

export class PgHeads extends PaintedElement {
  static override properties = {
    layers: { attribute: false },
    layer: { type: Number },
    head: { type: Number },
    side: { type: Number },
    rightKeys: { attribute: false },
    label: {},
    nameOf: { attribute: false },
    caption: { attribute: false },
    titles: { attribute: false },
  };
  /** The weights [H, T, T] of each layer; undefined: not here yet. */
  declare layers: (TensorRead | undefined)[];
  declare layer: number;
  declare head: number;
  /** Side of a picture, px. */
  declare side: number;
  /** By token the key it must look at, −1: none; rings in the pictures. */
  declare rightKeys: number[];
  declare label: string;
  /** Accessible name of one head. */
  declare nameOf: (layer: number, head: number) => string;
  /** What stands under its picture. */
  declare caption: (layer: number, head: number) => string;
  /** Before the row of each layer; empty: nothing. */
  declare titles: string[];
  private roots = new Float32Array();
  private pixels = new Pixels();

  constructor() {
    super();
    this.layers = [];
    this.layer = 0;
    this.head = 0;
    this.side = 56;
    this.rightKeys = [];
    this.label = '';
    this.nameOf = (layer, head) => `${layer + 1}.${head + 1}`;
    this.caption = this.nameOf;
    this.titles = [];
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        contain: layout style;
        display: block;
      }
      .title {
        min-width: 64px;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      .row {
        display: flex;
        align-items: center;
        flex-wrap: wrap;
        gap: 6px;
      }
      button {
        display: grid;
        justify-items: center;
        gap: 2px;
        padding: 4px;
        border: 1px solid transparent;
        border-radius: var(--pg-radius);
        background: none;
        font-size: 12px;
        line-height: 1.3;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      button:hover {
        border-color: var(--pg-edge);
      }
      [aria-checked='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
        color: var(--pg-ink);
        font-weight: 600;
      }
      canvas {
        display: block;
        border: 1px solid var(--pg-line);
      }
      @media (pointer: coarse) {
        button {
          min-width: 44px;
          min-height: 44px;
        }
      }
    `,
  ];

  protected override updated(): void {
    this.paint();
  }
  protected override paint(): void {
    for (const canvas of this.renderRoot.querySelectorAll('canvas')) this.paintHead(canvas);
  }

  private paintHead(canvas: HTMLCanvasElement): void {
    const read = this.layers[Number(canvas.dataset['layer'])];
    const matrix = read && headOf(read, Number(canvas.dataset['head']));
    const { side } = this;
    const context = fit(canvas, side, side);
    if (!matrix) return;
    const { data, offset, rows, cols } = matrix;
    const cells = rows * cols;
    if (this.roots.length !== cells) this.roots = new Float32Array(cells);
    for (let i = 0; i < cells; i++) this.roots[i] = Math.sqrt(data[offset + i]!);
    paintHeat(this.pixels.begin(cols, rows), this.roots, 0, sequential(), 0, 1);
    this.pixels.draw(context, 0, 0, side, side, false);
    if (side / cols < 6) return;
    context.strokeStyle = token('--pg-sym-w');
    context.lineWidth = 1.5;
    this.rightKeys.forEach((key, row) => {
      if (key >= 0) context.strokeRect((key * side) / cols, (row * side) / rows, side / cols, side / rows);
    });
  }

  private order(): { layer: number; head: number }[] {
    return this.layers.flatMap((read, layer) => Array.from({ length: read?.shape[0] ?? 0 }, (_, head) => ({ layer, head })));
  }
  private onKey(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const all = this.order();
    const now = all.findIndex((at) => at.layer === this.layer && at.head === this.head);
    const next = (now + by + all.length) % all.length;
    this.emit('head', all[next]);
    this.renderRoot.querySelectorAll<HTMLElement>('button')[next]?.focus();
  }

  protected override render() {
    const all = this.order();
    if (!all.length) return nothing;
    return html`<div role="radiogroup" aria-label=${this.label} @keydown=${this.onKey}>
      ${this.layers.map((_, row) => html`<div class="row">${this.titles[row] ? html`<span class="title">${this.titles[row]}</span>` : nothing}
        ${all.filter((at) => at.layer === row).map(({ layer, head }) => {
        const on = layer === this.layer && head === this.head;
        return html`<button type="button" role="radio" aria-checked=${on} tabindex=${on ? 0 : -1} aria-label=${this.nameOf(layer, head)}
          @click=${() => this.emit('head', { layer, head })}>
          <canvas data-layer=${layer} data-head=${head} .style=${`width:${this.side}px;height:${this.side}px`} aria-hidden="true"></canvas>
          ${this.caption(layer, head)}</button>`;
      })}</div>`)}
    </div>`;
  }
}
define('pg-heads', PgHeads);
