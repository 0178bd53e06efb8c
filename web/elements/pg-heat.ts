// A matrix as a picture: one canvas whatever its size. Cells open by mouse, touch and keyboard.
import { css, html, nothing, type PropertyValues } from 'lit';
import { baseStyles, define, t, words } from './base';
import { colorTable, inkOn, magnitude, paintHeat, token, type ColorMap } from './color';
import { formatFull, formatNumber } from './format';
import { PaintedElement, Pixels, size } from './painted';

export interface CellRef {
  row: number;
  col: number;
}

/** Cells at least this large (px) show their number when `values` is set. */
const VALUE_CELL = 26;

export class PgHeat extends PaintedElement {
  static override properties = {
    data: { attribute: false },
    rows: { type: Number },
    cols: { type: Number },
    offset: { type: Number },
    colors: {},
    extent: { type: Number },
    low: { type: Number },
    rowLabels: { attribute: false },
    colLabels: { attribute: false },
    label: {},
    cell: { type: Number },
    maxCell: { type: Number },
    smooth: { type: Boolean },
    marked: { attribute: false },
    follow: { attribute: false },
    interactive: { type: Boolean },
    format: { attribute: false },
    values: { type: Boolean },
    at: { state: true },
    width: { state: true },
  };
  declare data: ArrayLike<number>;
  declare rows: number;
  declare cols: number;
  declare offset: number;
  declare colors: ColorMap;
  declare extent: number;
  declare low: number;
  declare rowLabels: string[];
  declare colLabels: string[];
  declare label: string;
  declare cell: number;
  declare maxCell: number;
  declare smooth: boolean;
  declare marked: CellRef[];
  declare follow: { row?: number; col?: number } | null;
  declare interactive: boolean;
  declare format: (value: number) => string;
  declare values: boolean;
  /** The cell under the pointer or the keyboard. */
  declare private at: CellRef | null;
  /** Width there is, in CSS px. */
  declare private width: number;

  private seen = false;
  private stale = false;
  private resize: ResizeObserver | null = null;
  private sight: IntersectionObserver | null = null;
  private pixels = new Pixels();

  constructor() {
    super();
    this.data = [];
    this.rows = 0;
    this.cols = 0;
    this.offset = 0;
    this.colors = 'diverging';
    this.extent = 0;
    this.low = 0;
    this.rowLabels = [];
    this.colLabels = [];
    this.label = '';
    this.cell = 0;
    this.maxCell = 40;
    this.smooth = false;
    this.marked = [];
    this.follow = null;
    this.interactive = false;
    this.format = (v) => formatNumber(v, words().lang);
    this.values = false;
    this.at = null;
    this.width = 0;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        position: relative;
        min-width: 0;
      }
      .grid {
        display: grid;
        grid-template-columns: auto auto;
        justify-content: start;
      }
      .picture {
        position: relative;
        line-height: 0;
        touch-action: manipulation;
      }
      canvas {
        display: block;
      }
      .border {
        position: absolute;
        inset: 0;
        border: 1px solid var(--pg-line);
        pointer-events: none;
      }
      .box {
        position: absolute;
        pointer-events: none;
        outline: 2px solid var(--pg-ink);
        outline-offset: -1px;
        border-radius: 1px;
      }
      .box.marked {
        outline-color: var(--pg-accent);
      }
      .labels {
        position: relative;
        font-size: 12px;
        line-height: 1;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .labels span {
        position: absolute;
        white-space: pre;
      }
      .rows span {
        right: 5px;
        transform: translateY(-50%);
        max-width: 88px;
        overflow: hidden;
        text-overflow: ellipsis;
        padding-block: 2px;
      }
      .cols span {
        bottom: 4px;
        transform: translateX(-50%);
      }
      .cols.turned span {
        transform: rotate(-50deg);
        transform-origin: 0 100%;
        max-width: 88px;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .labels span.on {
        color: var(--pg-ink);
        font-weight: 600;
      }
      .picture:focus-visible {
        outline-offset: 3px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver((entries) => {
      const width = Math.floor(entries[0]!.contentRect.width);
      if (width !== this.width) this.width = width;
    });
    this.resize.observe(this);
    this.sight = new IntersectionObserver((entries) => {
      this.seen = entries[entries.length - 1]!.isIntersecting;
      if (this.seen && this.stale) this.paintSoon();
    });
    this.sight.observe(this);
    this.paintSoon();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
    this.sight?.disconnect();
    this.seen = false;
  }

  /** Colour range: signed maps are symmetric about zero. */
  private range(): [number, number] {
    const size = this.extent || magnitude(this.data, this.offset, this.offset + this.rows * this.cols) || 1;
    return this.colors === 'diverging' ? [-size, size] : [this.low, this.low + size];
  }

  /** Side of a cell in CSS px; whole when there is room, so that edges are crisp. */
  private side(): number {
    if (this.cell > 0) return this.cell;
    const room = Math.max(0, this.width - this.rowRoom() - this.overhang()) / Math.max(1, this.cols);
    const side = Math.min(this.maxCell, room);
    return side >= 6 ? Math.floor(side) : side;
  }
  private textWidth = (label: string) => [...label].reduce((n, l) => n + (l > '\u2e80' ? 12 : 7), 0);
  private rowRoom(): number {
    return this.rowLabels.length ? Math.min(88, 8 + Math.max(...this.rowLabels.map(this.textWidth))) : 0;
  }
  private turned(side: number): boolean {
    return this.colLabels.some((label) => this.textWidth(label) > side - 2);
  }
  private colRoom(side: number): number {
    if (!this.colLabels.length) return 0;
    if (!this.turned(side)) return 18;
    return 10 + 0.77 * Math.min(88, Math.max(...this.colLabels.map(this.textWidth)));
  }
  /** Turned labels lean out over the right edge. */
  private overhang(): number {
    const longest = Math.min(88, Math.max(0, ...this.colLabels.map(this.textWidth)));
    return longest > 24 ? 0.64 * longest : 0;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.size === 1 && changed.has('at')) return;
    this.paintSoon();
  }
  protected override paintSoon(): void {
    if (this.seen) super.paintSoon();
    else this.stale = true;
  }

  protected override paint(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const { rows, cols } = this;
    const side = this.side();
    if (!canvas || rows < 1 || cols < 1 || side <= 0) return;
    this.stale = false;
    const ratio = size(canvas, side * cols, side * rows);
    const { width, height } = canvas;
    const context = canvas.getContext('2d')!;
    const [lo, hi] = this.range();
    paintHeat(this.pixels.begin(cols, rows), this.data, this.offset, colorTable(this.colors), lo, hi);
    context.clearRect(0, 0, width, height);
    this.pixels.draw(context, 0, 0, width, height, this.smooth);
    const step = side * ratio;
    const gap = side >= 9 && !this.smooth;
    if (gap) {
      context.fillStyle = token('--pg-surface');
      for (let c = 1; c < cols; c++) context.fillRect(Math.round(c * step) - 1, 0, 1, height);
      for (let r = 1; r < rows; r++) context.fillRect(0, Math.round(r * step) - 1, width, 1);
    }
    if (this.values && side >= VALUE_CELL) this.paintValues(context, step, ratio, lo, hi);
    if (this.follow) this.dim(context, step, width, height);
  }

  private paintValues(context: CanvasRenderingContext2D, step: number, ratio: number, lo: number, hi: number): void {
    // As large as the longest number allows: counts are shorter than shares.
    let longest = 1;
    for (let i = 0; i < this.rows * this.cols; i++) longest = Math.max(longest, shortNumber(this.data[this.offset + i]!).length);
    context.font = `${Math.round(Math.min(12, (step / ratio) * 1.5 / longest) * ratio)}px ${getComputedStyle(this).fontFamily}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (let r = 0; r < this.rows; r++) {
      for (let c = 0; c < this.cols; c++) {
        const value = this.data[this.offset + r * this.cols + c]!;
        context.fillStyle = Number.isFinite(value) ? inkOn(this.colors, value, lo, hi) : token('--pg-ink-2');
        context.fillText(shortNumber(value), (c + 0.5) * step, (r + 0.5) * step);
      }
    }
  }

  private dim(context: CanvasRenderingContext2D, step: number, width: number, height: number): void {
    const { row, col } = this.follow!;
    context.save();
    context.globalAlpha = 0.72;
    context.fillStyle = token('--pg-surface');
    context.beginPath();
    context.rect(0, 0, width, height);
    if (row !== undefined) context.rect(0, row * step, width, step);
    if (col !== undefined) context.rect(col * step, 0, step, height);
    context.fill('evenodd');
    context.restore();
  }

  // ------------------------------------------------------------------------------------------------- interaction

  private cellAt(event: PointerEvent | MouseEvent): CellRef | null {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const col = Math.floor(((event.clientX - box.left) / box.width) * this.cols);
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.rows);
    return row >= 0 && col >= 0 && row < this.rows && col < this.cols ? { row, col } : null;
  }
  private detail({ row, col }: CellRef) {
    const box = this.renderRoot.querySelector('canvas')!.getBoundingClientRect();
    const w = box.width / this.cols, h = box.height / this.rows;
    const value = this.data[this.offset + row * this.cols + col]!;
    return { row, col, value, rect: new DOMRect(box.left + col * w, box.top + row * h, w, h) };
  }
  private hover(cell: CellRef | null): void {
    if (cell?.row === this.at?.row && cell?.col === this.at?.col) return;
    this.at = cell;
    this.emit('cell-hover', cell ? this.detail(cell) : { row: -1, col: -1, value: NaN, rect: null });
  }
  private open(cell: CellRef | null): void {
    if (cell) this.emit('cell-open', this.detail(cell));
  }
  private onKey(event: KeyboardEvent): void {
    const from = this.at ?? { row: 0, col: 0 };
    const moves: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.hover({
        row: Math.min(this.rows - 1, Math.max(0, from.row + move[0])),
        col: Math.min(this.cols - 1, Math.max(0, from.col + move[1])),
      });
    } else if (event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      this.hover({ row: from.row, col: event.key === 'Home' ? 0 : this.cols - 1 });
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.open(from);
    }
  }

  /** What a cell is called: row and column by their labels, else by their numbers from 1. */
  private cellName({ row, col }: CellRef): string {
    const value = this.data[this.offset + row * this.cols + col]!;
    return t('ui.heat.cell', {
      row: this.rowLabels[row] ?? String(row + 1),
      col: this.colLabels[col] ?? String(col + 1),
      value: this.format(value),
    });
  }

  private box(cell: CellRef, side: number, kind: string) {
    if (cell.row >= this.rows || cell.col >= this.cols) return nothing;
    return html`<div class="box ${kind}" .style=${`left:${cell.col * side}px;top:${cell.row * side}px;width:${side}px;height:${side}px`}></div>`;
  }

  protected override render() {
    const { rows, cols } = this;
    const side = this.side();
    const width = side * cols, height = side * rows;
    const turned = this.turned(side);
    const at = this.at && this.at.row < rows && this.at.col < cols ? this.at : null;
    const picture = html`
      <canvas .style=${`width:${width}px;height:${height}px`} aria-hidden="true"></canvas>
      <div class="border"></div>
      ${this.marked.map((cell) => this.box(cell, side, 'marked'))}
      ${at ? this.box(at, side, 'hover') : nothing}`;
    const cells = this.interactive
      ? html`<div class="picture" role="application" tabindex="0" aria-roledescription=${t('ui.heat.role')}
          aria-label=${this.label || nothing} aria-describedby="cell"
          title=${at ? formatFull(this.data[this.offset + at.row * cols + at.col]!) : nothing}
          @pointermove=${(e: PointerEvent) => e.pointerType !== 'touch' && this.hover(this.cellAt(e))}
          @pointerleave=${() => this.hover(null)}
          @click=${(e: MouseEvent) => {
            const cell = this.cellAt(e);
            this.hover(cell);
            this.open(cell);
          }}
          @focus=${(e: FocusEvent) => (e.target as Element).matches(':focus-visible') && !this.at && this.hover({ row: 0, col: 0 })}
          @blur=${() => this.hover(null)}
          @keydown=${this.onKey}>${picture}</div>
          <span class="sr" id="cell" aria-live="polite">${at ? this.cellName(at) : ''}</span>`
      : html`<div class="picture" role="img" aria-label=${this.label || nothing}>${picture}</div>`;
    return html`<div class="grid">
      ${this.colLabels.length
        ? html`<span></span>
            <div class="labels cols ${turned ? 'turned' : ''}" .style=${`width:${width}px;height:${this.colRoom(side)}px`} aria-hidden="true">
              ${this.colLabels.slice(0, cols).map((label, c) => html`<span dir="auto" class=${at?.col === c ? 'on' : ''} .style=${`left:${(c + 0.5) * side}px`}>${label}</span>`)}
            </div>`
        : nothing}
      ${this.rowLabels.length
        ? html`<div class="labels rows" .style=${`width:${this.rowRoom()}px;height:${height}px`} aria-hidden="true">
            ${this.rowLabels.slice(0, rows).map((label, r) => html`<span dir="auto" class=${at?.row === r ? 'on' : ''} .style=${`top:${(r + 0.5) * side}px`}>${label}</span>`)}
          </div>`
        : html`<span></span>`}
      <div>${cells}</div>
    </div>`;
  }
}
define('pg-heat', PgHeat);

/** A number for a cell: two decimals, no leading zero when it would not fit. */
function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : 'NaN';
  if (Number.isInteger(value)) return String(value).replace('-', '−');
  const size = Math.abs(value);
  const text = size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
  return text.replace('-', '−').replace(/^−?0\.00$/, '0');
}
