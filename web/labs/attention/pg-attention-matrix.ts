// One matrix of the flow. Unlike pg-heat its cells need not be square: all matrices that stand side by side share the
// height of a row, so that a token is one straight line through all of them.
import { css, html, nothing, type PropertyValues } from 'lit';
import { baseStyles, define, t } from '../../elements/base';
import { colorTable, inkOn, paintHeat, token, type ColorMap } from '../../elements/color';
import { Pixels, PaintedElement, size } from '../../elements/painted';
import { formatFull } from '../../elements/format';
import type { Matrix } from '../../elements/matrix';
import { isolate } from './stages';

export interface Cell {
  row: number;
  col: number;
}
export interface CellEvent extends Cell {
  value: number;
  rect: DOMRect | null;
}

/** Cells at least this large (px) show their number. */
const VALUE_WIDTH = 30;
const VALUE_HEIGHT = 15;
/** Columns at least this wide all have their name above them; of narrower ones only that in hand. */
const NAME_WIDTH = 10.5;

export class PgAttentionMatrix extends PaintedElement {
  static override properties = {
    matrix: { attribute: false },
    width: { type: Number },
    cellHeight: { type: Number },
    colors: {},
    extent: { type: Number },
    root: { type: Boolean },
    label: {},
    rowNames: { attribute: false },
    colNames: { attribute: false },
    colTexts: { attribute: false },
    colLabels: { type: Number },
    followRow: { type: Number },
    followCol: { type: Number },
    rings: { attribute: false },
    at: { state: true },
  };
  declare matrix: Matrix | null;
  /** Width of the picture and height of its rows, px. */
  declare width: number;
  declare cellHeight: number;
  declare colors: ColorMap;
  /** Value of the full colour. */
  declare extent: number;
  /** Painted by the square root, so that 1/64 can still be seen beside 1, and scores after scaling beside those before. */
  declare root: boolean;
  declare label: string;
  declare rowNames: string[];
  /** Absent: columns are numbered. */
  declare colNames: string[] | null;
  /** What is written above the columns, shorter than their names. */
  declare colTexts: string[];
  /** Room for it, px; 0: nothing is written. */
  declare colLabels: number;
  /** −1: none. */
  declare followRow: number;
  declare followCol: number;
  /** Cells with a ring: the right keys. */
  declare rings: Cell[];
  /** The cell under the pointer or the keyboard. */
  declare private at: Cell | null;

  private pixels = new Pixels();
  private roots: Float32Array | null = null;

  constructor() {
    super();
    this.matrix = null;
    this.width = 0;
    this.cellHeight = 0;
    this.colors = 'diverging';
    this.extent = 1;
    this.root = false;
    this.label = '';
    this.rowNames = [];
    this.colNames = null;
    this.colTexts = [];
    this.colLabels = 0;
    this.followRow = -1;
    this.followCol = -1;
    this.rings = [];
    this.at = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        contain: layout style;
        display: block;
      }
      .picture,
      canvas {
        transition: width var(--pg-ease);
      }
      .picture {
        position: relative;
        line-height: 0;
        touch-action: manipulation;
        cursor: pointer;
        border-radius: 1px;
      }
      canvas {
        display: block;
      }
      .border,
      .mark {
        position: absolute;
        pointer-events: none;
      }
      .border {
        inset: -1px;
        border: 1px solid var(--pg-line);
      }
      .row,
      .col {
        border: 1.5px solid var(--pg-accent);
        border-radius: 2px;
        transition: top var(--pg-ease), left var(--pg-ease);
      }
      .col {
        border-style: dotted;
        border-width: 0 1px;
      }
      .ring {
        border: 2px solid var(--pg-sym-w);
        border-radius: 3px;
      }
      .hover {
        outline: 2px solid var(--pg-ink);
        outline-offset: -1px;
        border-radius: 1px;
      }
      .names {
        position: relative;
        font-size: 12px;
        line-height: 1;
        color: var(--pg-ink-2);
      }
      .names span {
        position: absolute;
        bottom: 4px;
        max-width: var(--longest);
        overflow: hidden;
        white-space: pre;
        text-overflow: ellipsis;
        padding-block: 1px;
        transform: rotate(-55deg);
        transform-origin: 0 100%;
      }
      .names span.on {
        color: var(--pg-ink);
        font-weight: 600;
      }
      .picture:focus-visible {
        outline-offset: 3px;
      }
    `,
  ];

  protected override updated(changed: PropertyValues): void {
    if (changed.size === 1 && changed.has('at')) return;
    // At once: Lit has gathered the changes already, and another frame would be seen as lag.
    this.paint();
  }

  protected override paint(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const { matrix } = this;
    if (!canvas || !matrix || matrix.rows < 1 || matrix.cols < 1 || this.width <= 0) return;
    const { rows, cols } = matrix;
    const ratio = size(canvas, this.width, this.cellHeight * rows);
    const { width, height } = canvas;
    const [data, offset, lo, hi] = this.painted(matrix);
    paintHeat(this.pixels.begin(cols, rows), data, offset, colorTable(this.colors), lo, hi);
    const context = canvas.getContext('2d')!;
    context.clearRect(0, 0, width, height);
    this.pixels.draw(context, 0, 0, width, height, false);
    const cellWidth = this.width / cols;
    if (cellWidth >= 8 && this.cellHeight >= 8) this.paintGaps(context, width, height, rows, cols);
    if (cellWidth >= VALUE_WIDTH && this.cellHeight >= VALUE_HEIGHT) this.paintValues(context, matrix, ratio);
  }

  private tone(value: number): number {
    return this.root ? Math.sign(value) * Math.sqrt(Math.abs(value)) : value;
  }
  /** What is painted and its range. */
  private painted({ data, offset, rows, cols }: Matrix): [ArrayLike<number>, number, number, number] {
    const top = this.tone(this.extent), bottom = this.colors === 'diverging' ? -top : 0;
    if (!this.root) return [data, offset, bottom, top];
    if (this.roots?.length !== rows * cols) this.roots = new Float32Array(rows * cols);
    for (let i = 0; i < rows * cols; i++) this.roots[i] = this.tone(data[offset + i]!);
    return [this.roots, 0, bottom, top];
  }

  private paintGaps(context: CanvasRenderingContext2D, width: number, height: number, rows: number, cols: number): void {
    context.fillStyle = token('--pg-surface');
    for (let c = 1; c < cols; c++) context.fillRect(Math.round((c * width) / cols) - 1, 0, 1, height);
    for (let r = 1; r < rows; r++) context.fillRect(0, Math.round((r * height) / rows) - 1, width, 1);
  }

  private paintValues(context: CanvasRenderingContext2D, { data, offset, rows, cols }: Matrix, ratio: number): void {
    const cellWidth = (this.width / cols) * ratio, cellHeight = this.cellHeight * ratio;
    const size = Math.min(12, this.width / cols / 3.2, this.cellHeight - 4);
    context.font = `${Math.round(size * ratio)}px ${getComputedStyle(this).fontFamily}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const top = this.tone(this.extent), bottom = this.colors === 'diverging' ? -top : 0;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) {
        const value = data[offset + r * cols + c]!;
        context.fillStyle = Number.isFinite(value) ? inkOn(this.colors, this.tone(value), bottom, top) : token('--pg-ink-2');
        context.fillText(shortValue(value), (c + 0.5) * cellWidth, (r + 0.5) * cellHeight);
      }
    }
  }

  // ------------------------------------------------------------------------------------------------- interaction

  private cellAt(event: MouseEvent): Cell | null {
    const { matrix } = this;
    if (!matrix) return null;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const col = Math.floor(((event.clientX - box.left) / box.width) * matrix.cols);
    const row = Math.floor(((event.clientY - box.top) / box.height) * matrix.rows);
    return row >= 0 && col >= 0 && row < matrix.rows && col < matrix.cols ? { row, col } : null;
  }
  private valueAt({ row, col }: Cell): number {
    const { data, offset, cols } = this.matrix!;
    return data[offset + row * cols + col]!;
  }
  private detail(cell: Cell): CellEvent {
    const box = this.renderRoot.querySelector('canvas')!.getBoundingClientRect();
    const width = box.width / this.matrix!.cols, height = box.height / this.matrix!.rows;
    return { ...cell, value: this.valueAt(cell), rect: new DOMRect(box.left + cell.col * width, box.top + cell.row * height, width, height) };
  }
  private hover(cell: Cell | null): void {
    if (cell?.row === this.at?.row && cell?.col === this.at?.col) return;
    this.at = cell;
    this.emit('cell-hover', cell ? this.detail(cell) : { row: -1, col: -1, value: NaN, rect: null });
  }
  private open(cell: Cell | null): void {
    if (cell) this.emit('cell-open', this.detail(cell));
  }
  private onKey(event: KeyboardEvent): void {
    const { matrix } = this;
    if (!matrix) return;
    const from = this.at ?? this.first();
    const moves: Record<string, [number, number]> = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -matrix.cols], End: [0, matrix.cols],
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      const within = (value: number, last: number) => Math.min(last, Math.max(0, value));
      this.hover({ row: within(from.row + move[0], matrix.rows - 1), col: within(from.col + move[1], matrix.cols - 1) });
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.open(from);
    } else if (event.key === 'Escape' && this.at) {
      this.hover(null);
    }
  }
  /** Where the keyboard begins: in the row of the followed token. */
  private first(): Cell {
    return { row: Math.max(0, Math.min(this.followRow, this.matrix!.rows - 1)), col: 0 };
  }

  /** What a cell is called: row and column by their tokens, else by their numbers from 1. */
  private cellName(cell: Cell): string {
    const name = (names: string[] | null, i: number) => (names?.[i] !== undefined ? isolate(names[i]!) : String(i + 1));
    return t('ui.heat.cell', { row: name(this.rowNames, cell.row), col: name(this.colNames, cell.col), value: formatFull(this.valueAt(cell)) });
  }

  private mark(kind: string, { row, col }: Cell, rows = 1, cols = 1) {
    const width = this.width / this.matrix!.cols;
    return html`<div class="mark ${kind}"
      .style=${`left:${col * width - 1}px;top:${row * this.cellHeight - 1}px;width:${cols * width + 2}px;height:${rows * this.cellHeight + 2}px`}></div>`;
  }

  protected override render() {
    const { matrix } = this;
    if (!matrix) return nothing;
    const { rows, cols } = matrix;
    const at = this.at && this.at.row < rows && this.at.col < cols ? this.at : null;
    const cellWidth = this.width / cols;
    return html`
      ${this.colLabels > 0
        ? html`<div class="names" aria-hidden="true" .style=${`width:${this.width}px;height:${this.colLabels}px;--longest:${(this.colLabels - 4) / 0.82}px`}>
            ${this.colTexts.slice(0, cols).map((name, c) => {
              const on = at?.col === c || (this.followCol === c && !at);
              return on || cellWidth >= NAME_WIDTH ? html`<span dir="auto" class=${on ? 'on' : ''} .style=${`left:${(c + 0.5) * cellWidth + 4}px`}>${name}</span>` : nothing;
            })}</div>`
        : nothing}
      <div class="picture" role="application" tabindex="0" aria-roledescription=${t('ui.heat.role')} aria-label=${this.label || nothing}
        aria-describedby="cell" .style=${`width:${this.width}px;height:${rows * this.cellHeight}px`}
        @pointermove=${(e: PointerEvent) => e.pointerType !== 'touch' && this.hover(this.cellAt(e))}
        @pointerleave=${() => this.hover(null)}
        @click=${(e: MouseEvent) => {
          const cell = this.cellAt(e);
          this.hover(cell);
          this.open(cell);
        }}
        @focus=${(e: FocusEvent) => (e.target as Element).matches(':focus-visible') && !this.at && this.hover(this.first())}
        @blur=${() => this.hover(null)}
        @keydown=${this.onKey}>
        <canvas .style=${`width:${this.width}px;height:${rows * this.cellHeight}px`} aria-hidden="true"></canvas>
        <div class="border"></div>
        ${this.followCol >= 0 && this.followCol < cols ? this.mark('col', { row: 0, col: this.followCol }, rows) : nothing}
        ${this.followRow >= 0 && this.followRow < rows ? this.mark('row', { row: this.followRow, col: 0 }, 1, cols) : nothing}
        ${this.rings.filter((cell) => cell.row < rows && cell.col < cols).map((cell) => this.mark('ring', cell))}
        ${at ? this.mark('hover', at) : nothing}
      </div>
      <span class="sr" id="cell" aria-live="polite">${at ? this.cellName(at) : ''}</span>`;
  }
}
define('pg-attention-matrix', PgAttentionMatrix);

/** A number for a cell: two decimals while they fit. */
function shortValue(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : '';
  const size = Math.abs(value);
  const text = size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
  return text.replace('-', '−').replace(/^−?0\.00$/, '0');
}
