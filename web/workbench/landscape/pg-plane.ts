// Draws a landscape: on a plane as shades with lines of equal loss and the way of the run, on a line as curves. The loss anywhere is
// read under the pointer, or with the arrow keys.
import { css, html, nothing } from 'lit';
import { baseStyles, define, t, words } from '../../elements/base';
import { ink, sequential, token } from '../../elements/color';
import { formatCount, formatFull, formatNumber } from '../../elements/format';
import { fit, PaintedElement, Pixels } from '../../elements/painted';
import { contour } from './contours';
import { between, known, scaleOf, type Landscape } from './landscape';

const LEVELS = 11;
const LEFT = 46, TOP = 10, BOTTOM = 40, KEY = 76;
/** Share of the picture that an arrow key moves the cross. */
const KEY_STEP = 1 / 32;

export class PgPlane extends PaintedElement {
  static override properties = { landscape: { attribute: false }, metric: {}, labels: { attribute: false }, cross: { state: true }, wide: { state: true } };
  declare landscape: Landscape | null;
  /** Whose values are drawn; on a line all of them are. */
  declare metric: string;
  /** What the axes and the end of the line are called; a metric's name. */
  declare labels: { x: string; y: string; other: string; metric: (name: string) => string };
  /** Where the loss is read, 0…1 of both sides from the upper left. */
  declare private cross: { u: number; v: number } | null;
  declare private wide: number;
  private readonly pixels = new Pixels();
  private resize: ResizeObserver | null = null;

  constructor() {
    super();
    this.landscape = null;
    this.metric = '';
    this.cross = null;
    this.wide = 0;
    this.labels = { x: '', y: '', other: '', metric: (name) => name };
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        max-width: 640px;
      }
      .plane {
        position: relative;
        touch-action: pan-y;
        cursor: crosshair;
      }
      canvas {
        display: block;
      }
      output {
        display: block;
        min-height: 2.9em;
        margin-top: 6px;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver(([entry]) => (this.wide = Math.floor(entry!.contentRect.width)));
    this.resize.observe(this);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
  }
  protected override get ready(): boolean {
    return this.landscape !== null && this.wide > 0;
  }
  protected override updated(): void {
    this.paintSoon();
  }

  private get flat(): boolean {
    return this.landscape?.ys.length === 1;
  }
  private get box() {
    const right = this.wide - (this.flat ? 12 : KEY);
    const height = this.flat ? Math.min(300, this.wide * 0.6) : right - LEFT;
    return { left: LEFT, top: TOP, width: right - LEFT, height };
  }
  private get height(): number {
    return this.box.height + TOP + BOTTOM;
  }
  /** Up is where y grows. */
  private place({ u, v }: { u: number; v: number }): { x: number; y: number } {
    const { xs, ys } = this.landscape!;
    return { x: xs[0]! + u * (xs.at(-1)! - xs[0]!), y: ys.at(-1)! + v * (ys[0]! - ys.at(-1)!) };
  }
  private at(x: number, y: number): { u: number; v: number } {
    const { xs, ys } = this.landscape!;
    return { u: (x - xs[0]!) / (xs.at(-1)! - xs[0]!), v: ys.length > 1 ? (ys.at(-1)! - y) / (ys.at(-1)! - ys[0]!) : 0 };
  }

  // -------------------------------------------------------------------------------------------------- the reader

  private readonly point = (event: PointerEvent): void => {
    const { left, top, width, height } = this.box;
    const at = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const u = (event.clientX - at.x - left) / width, v = (event.clientY - at.y - top) / height;
    this.cross = u < 0 || u > 1 || v < 0 || v > 1 ? null : { u, v };
  };
  private readonly key = (event: KeyboardEvent): void => {
    if (!this.landscape) return;
    const by = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[event.key];
    const from = this.cross ?? this.at(0, 0);
    if (by) this.cross = { u: Math.max(0, Math.min(1, from.u + by[0] * KEY_STEP)), v: this.flat ? 0 : Math.max(0, Math.min(1, from.v + by[1] * KEY_STEP)) };
    else if (event.key === 'Home') this.cross = this.at(0, 0);
    else return;
    event.preventDefault();
  };
  private read(): string {
    const { landscape, cross, labels } = this;
    if (!landscape || !cross) return '';
    const { lang } = words();
    const { x, y } = this.place(cross);
    const loss = (name: string) => formatNumber(between(known(landscape, landscape.values[name]!), cross.u, 1 - cross.v), lang);
    if (!this.flat) return t('bench.landscape.at', { x: formatNumber(x, lang, 2), y: formatNumber(y, lang, 2), metric: labels.metric(this.metric), loss: loss(this.metric) });
    return t('bench.landscape.at_line', { x: formatNumber(x, lang, 2), losses: Object.keys(landscape.values).map((name) => `${labels.metric(name)} ${loss(name)}`).join(', ') });
  }

  // ----------------------------------------------------------------------------------------------------- drawing

  protected override paint(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    if (!canvas) return;
    const pen = fit(canvas, this.wide, this.height);
    pen.font = `11.5px ${getComputedStyle(this).fontFamily}`;
    if (this.flat) this.paintLine(pen);
    else this.paintPlane(pen);
  }

  private ticks(pen: CanvasRenderingContext2D, horizontal: boolean, from: number, to: number, label: string): void {
    const { left, top, width, height } = this.box;
    const { lang } = words();
    pen.fillStyle = token('--pg-ink-2');
    for (let k = 0; k <= 4; k++) {
      const text = formatNumber(Number((from + ((to - from) * k) / 4).toPrecision(2)), lang, 2);
      pen.textAlign = horizontal ? 'center' : 'end';
      pen.textBaseline = 'middle';
      if (horizontal) pen.fillText(text, left + (width * k) / 4, top + height + 12);
      else pen.fillText(text, left - 6, top + height - (height * k) / 4);
    }
    pen.fillStyle = token('--pg-ink');
    pen.save();
    if (horizontal) {
      pen.textAlign = 'center';
      pen.fillText(label, left + width / 2, top + height + 30, width);
    } else {
      pen.translate(10, top + height / 2);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = 'center';
      pen.fillText(label, 0, 0, height);
    }
    pen.restore();
  }

  private paintPlane(pen: CanvasRenderingContext2D): void {
    const landscape = this.landscape!;
    const { left, top, width, height } = this.box;
    const { lang } = words();
    const grid = known(landscape, landscape.values[this.metric]!);
    const scale = scaleOf(grid.values);
    const table = sequential();
    // Between the places the value is drawn, not a mixture of colours.
    const fine = 132;
    const image = this.pixels.begin(fine, fine);
    const to = new Uint32Array(image.data.buffer);
    const blank = Number(`0x${token('--pg-blank').slice(1)}`);
    const none = ((255 << 24) | ((blank & 255) << 16) | (blank & 0xff00) | (blank >> 16)) >>> 0;
    for (let r = 0; r < fine; r++)
      for (let c = 0; c < fine; c++) {
        const value = between(grid, c / (fine - 1), 1 - r / (fine - 1));
        to[r * fine + c] = Number.isFinite(value) ? table[Math.round(255 * scale.of(value))]! : none;
      }
    this.pixels.draw(pen, left, top, width, height, true);
    const px = (c: number) => left + (c / (grid.cols - 1)) * width, py = (r: number) => top + height - (r / (grid.rows - 1)) * height;
    pen.lineWidth = 1;
    for (const level of scale.levels(LEVELS)) {
      const pieces = contour(grid.values, grid.cols, grid.rows, level);
      pen.strokeStyle = scale.of(level) > 0.5 ? token('--pg-surface') : token('--pg-ink');
      pen.globalAlpha = 0.45;
      pen.beginPath();
      for (let i = 0; i < pieces.length; i += 4) {
        pen.moveTo(px(pieces[i]!), py(pieces[i + 1]!));
        pen.lineTo(px(pieces[i + 2]!), py(pieces[i + 3]!));
      }
      pen.stroke();
    }
    pen.globalAlpha = 1;
    this.paintPath(pen);
    pen.lineWidth = 1;
    pen.strokeStyle = token('--pg-edge');
    pen.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    this.ticks(pen, true, landscape.xs[0]!, landscape.xs.at(-1)!, this.labels.x);
    this.ticks(pen, false, landscape.ys[0]!, landscape.ys.at(-1)!, this.labels.y);
    // The key: every line of equal loss has its value.
    const x = left + width + 14;
    for (let k = 0; k < height; k++) {
      const packed = table[Math.round(255 * (1 - k / (height - 1)))]!;
      pen.fillStyle = `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
      pen.fillRect(x, top + k, 10, 1.5);
    }
    pen.strokeRect(x + 0.5, top + 0.5, 9, height - 1);
    pen.fillStyle = token('--pg-ink-2');
    pen.textAlign = 'start';
    pen.textBaseline = 'middle';
    for (const value of [scale.lo, ...scale.levels(4), scale.hi]) pen.fillText(formatNumber(value, lang, 2), x + 15, Math.min(top + height - 6, Math.max(top + 6, top + height - scale.of(value) * height)));
    this.paintCross(pen);
  }

  private paintPath(pen: CanvasRenderingContext2D): void {
    const { path, other } = this.landscape!;
    const { left, top, width, height } = this.box;
    const spot = (p: { x: number; y: number }) => {
      const { u, v } = this.at(p.x, p.y);
      return { x: left + u * width, y: top + v * height };
    };
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    // A light edge keeps the way visible on every shade.
    for (const [color, size] of [[token('--pg-surface'), 4.5], [token('--pg-neg'), 2]] as const) {
      pen.strokeStyle = color;
      pen.lineWidth = size;
      pen.lineJoin = 'round';
      pen.beginPath();
      path.forEach((p, i) => (i ? pen.lineTo(spot(p).x, spot(p).y) : pen.moveTo(spot(p).x, spot(p).y)));
      pen.stroke();
    }
    pen.restore();
    const mark = (p: { x: number; y: number }, label: string, filled: boolean) => {
      const { x, y } = spot(p);
      if (x < left || x > left + width || y < top || y > top + height) return;
      pen.beginPath();
      pen.arc(x, y, filled ? 6 : 4.5, 0, 7);
      pen.fillStyle = filled ? token('--pg-neg') : token('--pg-surface');
      pen.fill();
      pen.lineWidth = 2;
      pen.strokeStyle = filled ? token('--pg-surface') : token('--pg-neg');
      pen.stroke();
      pen.textBaseline = 'middle';
      pen.textAlign = 'center';
      const half = pen.measureText(label).width / 2 + 4;
      const at = Math.max(left + half, Math.min(left + width - half, x)), under = y + 18 < top + height ? y + 16 : y - 16;
      pen.lineWidth = 3.5;
      pen.strokeStyle = token('--pg-surface');
      pen.lineJoin = 'round';
      pen.strokeText(label, at, under);
      pen.fillStyle = token('--pg-ink');
      pen.fillText(label, at, under);
    };
    if (path.length > 1) mark(path[0]!, t('bench.landscape.start'), false);
    if (other) mark(other, this.labels.other, false);
    mark({ x: 0, y: 0 }, t('bench.landscape.now'), true);
  }

  private paintLine(pen: CanvasRenderingContext2D): void {
    const landscape = this.landscape!;
    const { left, top, width, height } = this.box;
    const { lang } = words();
    const grids = Object.entries(landscape.values).map(([name, values]) => ({ name, grid: known(landscape, values) }));
    const scale = scaleOf(grids.flatMap(({ grid }) => [...grid.values]));
    const y = (value: number) => top + 6 + (1 - scale.of(value)) * (height - 12);
    pen.textBaseline = 'middle';
    for (const value of [scale.lo, ...scale.levels(3), scale.hi]) {
      pen.strokeStyle = token('--pg-line');
      pen.beginPath();
      pen.moveTo(left, y(value));
      pen.lineTo(left + width, y(value));
      pen.stroke();
      pen.fillStyle = token('--pg-ink-2');
      pen.textAlign = 'end';
      pen.fillText(formatNumber(value, lang, 2), left - 6, y(value));
    }
    for (const [at, label] of [[0, t('bench.landscape.now')], [1, this.labels.other]] as const) {
      const x = left + this.at(at, 0).u * width;
      pen.strokeStyle = at ? token('--pg-edge') : token('--pg-accent');
      pen.setLineDash([4, 3]);
      pen.beginPath();
      pen.moveTo(x, top);
      pen.lineTo(x, top + height);
      pen.stroke();
      pen.setLineDash([]);
      pen.fillStyle = token('--pg-ink');
      pen.textAlign = 'start';
      pen.fillText(label, x + 5, top + 8);
    }
    // Names stand where the lines do not end.
    const ends = Math.min(...grids.map(({ grid }) => y(grid.values.at(-1)!)));
    grids.forEach(({ name, grid }, k) => {
      pen.strokeStyle = ink(name.startsWith('test') ? 'test' : 'train');
      pen.lineWidth = 2;
      pen.setLineDash(name.startsWith('test') ? [6, 3] : []);
      pen.beginPath();
      let open = false;
      for (let c = 0; c < grid.cols; c++) {
        const value = grid.values[c]!;
        if (!Number.isFinite(value)) open = false;
        else if (open) pen.lineTo(left + (c / (grid.cols - 1)) * width, y(value));
        else pen.moveTo(left + (c / (grid.cols - 1)) * width, y(value)), (open = true);
      }
      pen.stroke();
      pen.setLineDash([]);
      pen.fillStyle = pen.strokeStyle;
      pen.textAlign = 'end';
      pen.fillText(this.labels.metric(name), left + width - 4, ends < top + height / 2 ? top + height - 14 - 15 * (grids.length - 1 - k) : top + 26 + 15 * k);
    });
    pen.lineWidth = 1;
    this.ticks(pen, true, landscape.xs[0]!, landscape.xs.at(-1)!, this.labels.x);
    this.paintCross(pen);
  }

  private paintCross(pen: CanvasRenderingContext2D): void {
    const { cross } = this;
    if (!cross) return;
    const { left, top, width, height } = this.box;
    const x = left + cross.u * width, y = top + cross.v * height;
    for (const [color, size] of [[token('--pg-surface'), 3], [token('--pg-accent'), 1]] as const) {
      pen.strokeStyle = color;
      pen.lineWidth = size;
      pen.beginPath();
      pen.moveTo(x, top);
      pen.lineTo(x, top + height);
      if (!this.flat) {
        pen.moveTo(left, y);
        pen.lineTo(left + width, y);
      }
      pen.stroke();
    }
  }

  /** What the picture shows, for who does not see it. */
  private said(): string {
    const landscape = this.landscape!;
    const { lang } = words();
    const { lo, hi } = scaleOf(landscape.values[this.metric]!);
    const now = between(known(landscape, landscape.values[this.metric]!), this.at(0, 0).u, 1 - this.at(0, 0).v);
    return t('bench.landscape.picture', { metric: this.labels.metric(this.metric), lo: formatNumber(lo, lang), hi: formatNumber(hi, lang), now: formatNumber(now, lang), places: formatCount(landscape.values[this.metric]!.length, lang) });
  }

  protected override render() {
    if (!this.landscape) return nothing;
    const read = this.read();
    return html`<div class="plane" role="application" tabindex="0" aria-label=${this.said()} aria-describedby="how" .style=${`height:${this.height}px`}
        @pointermove=${this.point} @pointerdown=${this.point} @pointerleave=${(event: PointerEvent) => event.pointerType === 'mouse' && (this.cross = null)} @keydown=${this.key}>
        <canvas aria-hidden="true"></canvas></div>
      <span id="how" class="sr">${t('bench.landscape.keys')}</span>
      <output aria-live="polite" title=${this.cross ? formatFull(between(known(this.landscape, this.landscape.values[this.metric]!), this.cross.u, 1 - this.cross.v)) : ''}>${read || t('bench.landscape.hint')}</output>`;
  }
}
define('pg-plane', PgPlane);
