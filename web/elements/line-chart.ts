// A chart of lines on a canvas: axes with round numbers, gaps where there is no number, one step for all lines. Small, because
// every lab loads it, also in other people's pages.

/** Room for the labels, CSS px. */
const LEFT = 44, BELOW = 23, ABOVE = 6, RIGHT = 10;
/** Shortest distance between two labels, CSS px. */
const APART = { x: 56, y: 26 };

export interface Line {
  values: ArrayLike<number>;
  color: string;
  dashed: boolean;
}

export interface Look {
  font: string;
  quiet: string;
  grid: string;
  x(value: number): string;
  y(value: number): string;
}

export interface Axes {
  x: [number, number];
  y: [number, number];
  log: boolean;
}

/** Round numbers in lo…hi, at most `most` of them: 1, 2 or 5 times a power of ten apart. */
export function ticks(lo: number, hi: number, most: number): number[] {
  const span = hi - lo;
  if (!(span > 0) || !Number.isFinite(span)) return [lo];
  const raw = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((m) => m * power >= raw * (1 - 1e-9)) ?? 10) * power;
  const out: number[] = [];
  // Multiples, not sums: 0.1 + 0.2 is no round number.
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + step * 1e-9; i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** Powers of ten in lo…hi; some left out where they would stand too close. */
export function logTicks(lo: number, hi: number, most: number): number[] {
  const from = Math.ceil(Math.log10(lo) - 1e-9), to = Math.floor(Math.log10(hi) + 1e-9);
  const every = Math.max(1, Math.ceil((to - from + 1) / Math.max(1, most)));
  const out: number[] = [];
  for (let power = from; power <= to; power += every) out.push(Number(`1e${power}`));
  return out;
}

export class Plane {
  readonly left = LEFT;
  readonly top = ABOVE;
  readonly width: number;
  readonly height: number;
  private readonly y0: number;
  private readonly y1: number;

  constructor(
    width: number,
    height: number,
    readonly axes: Axes,
  ) {
    this.width = Math.max(1, width - LEFT - RIGHT);
    this.height = Math.max(1, height - ABOVE - BELOW);
    [this.y0, this.y1] = axes.log ? [Math.log10(axes.y[0]), Math.log10(axes.y[1])] : axes.y;
  }

  x(value: number): number {
    const [lo, hi] = this.axes.x;
    return this.left + ((value - lo) / (hi - lo || 1)) * this.width;
  }
  y(value: number): number {
    const v = this.axes.log ? Math.log10(value) : value;
    return this.top + this.height - ((v - this.y0) / (this.y1 - this.y0 || 1)) * this.height;
  }
  /** A value that has a place. */
  shows = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value) && (!this.axes.log || value > 0);
}

/** Labels and the lines of the grid. */
export function drawAxes(pen: CanvasRenderingContext2D, plane: Plane, look: Look): void {
  const { axes, left, top, width, height } = plane;
  pen.font = look.font;
  pen.fillStyle = look.quiet;
  pen.strokeStyle = look.grid;
  pen.lineWidth = 1;
  pen.textBaseline = 'middle';
  pen.textAlign = 'end';
  const rows = Math.floor(height / APART.y) + 1;
  for (const value of axes.log ? logTicks(...axes.y, rows) : ticks(...axes.y, rows)) {
    const y = Math.round(plane.y(value)) + 0.5;
    if (y < top - 1 || y > top + height + 1) continue;
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(left + width, y);
    pen.stroke();
    pen.fillText(look.y(value), left - 6, y);
  }
  pen.textBaseline = 'top';
  pen.textAlign = 'center';
  for (const value of ticks(...axes.x, Math.floor(width / APART.x))) pen.fillText(look.x(value), plane.x(value), top + height + 6);
}

/** One line; it breaks where there is no number. */
export function drawLine(pen: CanvasRenderingContext2D, plane: Plane, x: ArrayLike<number>, { values, color, dashed }: Line, width: number): void {
  pen.strokeStyle = pen.fillStyle = color;
  pen.lineWidth = width;
  pen.lineJoin = 'round';
  pen.setLineDash(dashed ? [5, 4] : []);
  pen.beginPath();
  let open = false;
  for (let i = 0; i < x.length; i++) {
    const value = values[i];
    if (!plane.shows(value)) {
      open = false;
      continue;
    }
    if (open) pen.lineTo(plane.x(x[i]!), plane.y(value));
    else pen.moveTo(plane.x(x[i]!), plane.y(value));
    open = true;
  }
  pen.stroke();
  pen.setLineDash([]);
  // A line of one point would not be seen.
  if (x.length === 1 && plane.shows(values[0])) dot(pen, plane.x(x[0]!), plane.y(values[0]), 2.5, color, color);
}

export function dot(pen: CanvasRenderingContext2D, x: number, y: number, radius: number, fill: string, stroke: string): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = stroke;
  pen.lineWidth = 1.5;
  pen.stroke();
}

/** Which of the ascending `x` lies nearest to `value`; −1 where there is none. */
export function nearest(x: ArrayLike<number>, value: number): number {
  let lo = 0, hi = x.length - 1;
  if (hi < 0) return -1;
  while (hi - lo > 1) {
    const middle = (lo + hi) >> 1;
    if (x[middle]! <= value) lo = middle;
    else hi = middle;
  }
  return value - x[lo]! <= x[hi]! - value ? lo : hi;
}
