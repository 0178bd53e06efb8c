// Numbers over time: a row a unit, a column a time step, of any width and height, so that all pictures of a sequence share one axis.
import { css, html, nothing, type PropertyValues } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { colorTable, paintHeat, token, type ColorMap } from '../../elements/color';
import { PaintedElement, Pixels, size } from '../../elements/painted';
import type { TensorRead } from '../lab-view';

export interface GridCell {
  step: number;
  unit: number;
}
export interface GridEvent extends GridCell {
  rect: DOMRect;
}

export class PgRnnGrid extends PaintedElement {
  static override properties = {
    tensor: { attribute: false }, width: { type: Number }, cellHeight: { type: Number }, colors: {}, extent: { type: Number }, label: {}, nameOf: { attribute: false }, step: { type: Number }, at: { state: true },
  };
  /** [steps, units], as the engine gives it. */
  declare tensor: TensorRead | null;
  /** Of the picture, px. */
  declare width: number;
  declare cellHeight: number;
  declare colors: ColorMap;
  /** Value of the full colour. */
  declare extent: number;
  declare label: string;
  /** What a cell is called, with its value. */
  declare nameOf: (cell: GridCell, value: number) => string;
  /** The time step in hand; −1: none. */
  declare step: number;
  declare private at: GridCell | null;
  private pixels = new Pixels();
  private turned = new Float32Array(0);

  constructor() {
    super();
    this.tensor = null;
    this.width = 0;
    this.cellHeight = 6;
    this.colors = 'diverging';
    this.extent = 1;
    this.label = '';
    this.nameOf = () => '';
    this.step = -1;
    this.at = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        contain: layout style;
      }
      .picture {
        position: relative;
        line-height: 0;
        cursor: pointer;
        touch-action: manipulation;
        outline-offset: 2px;
        box-shadow: 0 0 0 1px var(--pg-line);
        border-radius: 2px;
      }
      .column,
      .cell {
        position: absolute;
        pointer-events: none;
      }
      .column {
        top: 0;
        bottom: 0;
        box-shadow: 0 0 0 1px var(--pg-accent);
        opacity: 0.65;
      }
      .cell {
        outline: 2px solid var(--pg-ink);
      }
    `,
  ];

  protected override updated(changed: PropertyValues): void {
    if (changed.size === 1 && (changed.has('at') || changed.has('step'))) return;
    this.paint();
  }

  private get steps(): number {
    return this.tensor?.shape[0] ?? 0;
  }
  private get units(): number {
    return this.tensor?.shape[1] ?? 0;
  }

  protected override paint(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const { tensor, steps, units } = this;
    if (!canvas || !tensor || this.width <= 0 || steps * units === 0) return;
    if (this.turned.length !== steps * units) this.turned = new Float32Array(steps * units);
    for (let t = 0; t < steps; t++) for (let u = 0; u < units; u++) this.turned[u * steps + t] = tensor.data[t * units + u]!;
    paintHeat(this.pixels.begin(steps, units), this.turned, 0, colorTable(this.colors), this.colors === 'diverging' ? -this.extent : 0, this.extent);
    size(canvas, this.width, this.cellHeight * units);
    const context = canvas.getContext('2d')!;
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.pixels.draw(context, 0, 0, canvas.width, canvas.height, false);
    if (this.width / steps < 9) return;
    context.fillStyle = token('--pg-surface'); // hairlines between columns: steps can be counted
    for (let t = 1; t < steps; t++) context.fillRect(Math.round((t * canvas.width) / steps) - 1, 0, 1, canvas.height);
  }

  private cellOf(event: MouseEvent): GridCell {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const within = (share: number, n: number) => Math.min(n - 1, Math.max(0, Math.floor(share * n)));
    return { step: within((event.clientX - box.left) / box.width, this.steps), unit: within((event.clientY - box.top) / box.height, this.units) };
  }
  private tell(type: string, cell: GridCell): void {
    const box = this.renderRoot.querySelector('canvas')!.getBoundingClientRect();
    const width = box.width / this.steps, height = box.height / this.units;
    this.emit(type, { ...cell, rect: new DOMRect(box.left + cell.step * width, box.top + cell.unit * height, width, height) });
  }
  private point(cell: GridCell | null): void {
    if (cell?.step === this.at?.step && cell?.unit === this.at?.unit) return;
    this.at = cell;
    if (cell) this.tell('grid-point', cell);
    else this.emit('grid-leave');
  }
  private onKey(event: KeyboardEvent): void {
    const from = this.at ?? { step: 0, unit: 0 };
    const moves: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-this.steps, 0], End: [this.steps, 0] };
    const move = moves[event.key];
    const within = (i: number, n: number) => Math.min(n - 1, Math.max(0, i));
    if (move) this.point({ step: within(from.step + move[0], this.steps), unit: within(from.unit + move[1], this.units) });
    else if (event.key === 'Enter' || event.key === ' ') this.tell('grid-open', from);
    else return;
    event.preventDefault();
  }

  protected override render() {
    const { tensor, steps, units, at } = this;
    if (!tensor || steps * units === 0) return nothing;
    const width = this.width / steps, height = this.cellHeight;
    const cell = at && at.step < steps && at.unit < units ? at : null;
    return html`<div class="picture" role="application" tabindex="0" aria-label=${this.label} aria-describedby="cell" .style=${`width:${this.width}px;height:${height * units}px`}
        @pointermove=${(e: PointerEvent) => e.pointerType !== 'touch' && this.point(this.cellOf(e))}
        @pointerleave=${() => this.point(null)}
        @click=${(e: MouseEvent) => {
          const cell = this.cellOf(e);
          this.point(cell);
          this.tell('grid-open', cell);
        }}
        @focus=${(e: FocusEvent) => (e.target as Element).matches(':focus-visible') && !at && this.point({ step: 0, unit: 0 })}
        @blur=${() => this.point(null)} @keydown=${this.onKey}>
        <canvas aria-hidden="true"></canvas>
        ${this.step >= 0 && this.step < steps ? html`<div class="column" .style=${`left:${this.step * width}px;width:${width}px`}></div>` : nothing}
        ${cell ? html`<div class="cell" .style=${`left:${cell.step * width}px;top:${cell.unit * height}px;width:${width}px;height:${height}px`}></div>` : nothing}
      </div>
      <span class="sr" id="cell" aria-live="polite">${cell ? this.nameOf(cell, tensor.data[cell.step * units + cell.unit]!) : ''}</span>`;
  }
}
define('pg-rnn-grid', PgRnnGrid);
