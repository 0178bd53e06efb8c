// Points drawn by hand: choose a class, click or drag. With the keyboard a cross moves by arrows and Enter sets a point.
import { css, html, nothing } from 'lit';
import { baseStyles, define, t } from '../../elements/base';
import { classColor, classShape } from '../../elements/color';
import { fit, PaintedElement } from '../../elements/painted';
import { mark } from '../../labs/network/plane';
import type { Bench } from '../bench';
import { toolStyles } from '../styles';
import { FEWEST, pack } from './pack';
import { trainOn } from './train';

const SIDE = 300, REACH = 6, CLASSES = 5;
/** Points of one stroke are this far apart, px. */
const APART = 14;
const MOST = 2000;

interface Point {
  x: number;
  y: number;
  k: number;
}

export class PgDataDraw extends PaintedElement {
  static override properties = { bench: { attribute: false }, points: { state: true }, brush: { state: true }, cross: { state: true } };
  declare bench: Bench;
  declare private points: Point[];
  declare private brush: number;
  /** Where the keyboard is; null: it is not used. */
  declare private cross: { x: number; y: number } | null;
  private last: { px: number; py: number } | null = null;

  constructor() {
    super();
    this.points = [];
    this.brush = 0;
    this.cross = null;
  }

  static override styles = [
    baseStyles,
    toolStyles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 16px 28px;
      }
      canvas {
        width: 300px;
        height: 300px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-surface);
        cursor: crosshair;
        touch-action: none;
      }
      .beside {
        flex: 1 1 260px;
        min-width: 0;
      }
      [aria-checked='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
        background: var(--pg-accent-soft);
      }
      .dot {
        width: 10px;
        height: 10px;
        margin-inline-end: 7px;
        border-radius: 50%;
      }
    `,
  ];

  protected override updated(): void {
    this.paintSoon();
  }
  protected override paint(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    if (!canvas) return;
    const context = fit(canvas, SIDE, SIDE);
    const at = (v: number) => ((v + REACH) / (2 * REACH)) * SIDE;
    const style = getComputedStyle(this);
    context.strokeStyle = style.getPropertyValue('--pg-line');
    context.strokeRect(SIDE / 2, 0, 0, SIDE);
    context.strokeRect(0, SIDE / 2, SIDE, 0);
    for (const { x, y, k } of this.points) {
      context.fillStyle = classColor(k);
      context.beginPath();
      mark(context, classShape(k), at(x), at(-y), 4);
      context.fill();
    }
    if (!this.cross) return;
    const px = at(this.cross.x), py = at(-this.cross.y);
    context.strokeStyle = style.getPropertyValue('--pg-ink');
    context.beginPath();
    for (const [dx, dy] of [[9, 0], [0, 9]] as const) {
      context.moveTo(px - dx, py - dy);
      context.lineTo(px + dx, py + dy);
    }
    context.stroke();
  }

  private put(x: number, y: number): void {
    const inside = (v: number) => Math.min(REACH, Math.max(-REACH, v));
    if (this.points.length < MOST) this.points = [...this.points, { x: inside(x), y: inside(y), k: this.brush }];
  }
  private onPointer(event: PointerEvent): void {
    const canvas = event.currentTarget as HTMLCanvasElement;
    if (event.type === 'pointerdown') canvas.setPointerCapture(event.pointerId);
    else if (!canvas.hasPointerCapture(event.pointerId)) return;
    const box = canvas.getBoundingClientRect();
    const px = event.clientX - box.left, py = event.clientY - box.top;
    if (event.type === 'pointermove' && this.last && Math.hypot(px - this.last.px, py - this.last.py) < APART) return;
    this.last = { px, py };
    this.cross = null;
    this.put((px / box.width) * 2 * REACH - REACH, REACH - (py / box.height) * 2 * REACH);
  }
  private onKey(event: KeyboardEvent): void {
    const step = event.shiftKey ? 1 : 0.25;
    const moves: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const move = moves[event.key];
    const from = this.cross ?? { x: 0, y: 0 };
    if (move) {
      const inside = (v: number) => Math.min(REACH, Math.max(-REACH, v));
      this.cross = { x: inside(from.x + move[0]), y: inside(from.y + move[1]) };
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.cross = from;
      this.put(from.x, from.y);
    } else if (event.key === 'Backspace') this.points = this.points.slice(0, -1);
    else if (/^[1-9]$/.test(event.key) && +event.key <= CLASSES) this.brush = +event.key - 1;
    else return;
    event.preventDefault();
  }
  private onClasses(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    this.brush = (this.brush + by + CLASSES) % CLASSES;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[aria-checked=true]')?.focus());
  }

  private train(): void {
    const used = [...new Set(this.points.map(({ k }) => k))].sort((a, b) => a - b);
    const values = Float32Array.from(this.points.flatMap(({ x, y }) => [x, y])), targets = Float32Array.from(this.points, ({ k }) => used.indexOf(k));
    void trainOn(this.bench, pack({ shape: [2], features: ['x₁', 'x₂'], classes: used.map((k) => t('bench.data.class', { n: k + 1 })), target: t('bench.data.class_of') }, values, targets));
  }

  protected override render() {
    const { points, brush, cross } = this;
    const enough = points.length >= FEWEST && new Set(points.map(({ k }) => k)).size > 1;
    return html`<canvas tabindex="0" role="application" aria-label=${t('bench.data.draw.label')} @pointerdown=${this.onPointer} @pointermove=${this.onPointer} @keydown=${this.onKey}
        @blur=${() => (this.cross = null)}></canvas>
      <div class="beside">
        <p>${t('bench.data.draw.help')}</p>
        <div class="line" role="radiogroup" aria-label=${t('bench.data.draw.brush')} @keydown=${this.onClasses}>
          ${Array.from({ length: CLASSES }, (_, k) => html`<button type="button" role="radio" aria-checked=${brush === k} tabindex=${brush === k ? 0 : -1} @click=${() => (this.brush = k)}>
            <span class="dot" .style=${`background:var(--pg-class-${k})`}></span>${t('bench.data.class', { n: k + 1 })}</button>`)}
        </div>
        <div class="line">
          <button type="button" ?disabled=${!points.length} @click=${() => (this.points = points.slice(0, -1))}>${t('bench.data.draw.back')}</button>
          <button type="button" ?disabled=${!points.length} @click=${() => (this.points = [])}>${t('bench.data.draw.clear')}</button>
          <button type="button" class="primary train" ?disabled=${!enough} @click=${this.train}>${t('bench.data.train')}</button>
        </div>
        <p class="quiet" role="status">${t('bench.data.draw.count', { n: points.length })}${cross ? ` · x₁ = ${cross.x}, x₂ = ${cross.y}` : nothing}${enough ? '' : ` · ${t('bench.data.draw.needs', { fewest: FEWEST })}`}</p>
      </div>`;
  }
}
define('pg-data-draw', PgDataDraw);
