// The plane: from numbers to pixels and back, the surface's colours, its borders, the marks of the points.
import type { ClassShape } from '../../elements/color';

/** x1 and x2 lie in −REACH … REACH. */
export const REACH = 6;

/** Pixel of a coordinate on a side of `size` px; x2 grows upwards. */
export const toX = (x1: number, size: number): number => ((x1 + REACH) / (2 * REACH)) * size;
export const toY = (x2: number, size: number): number => ((REACH - x2) / (2 * REACH)) * size;
export const fromX = (px: number, size: number): number => (px / size) * 2 * REACH - REACH;
export const fromY = (py: number, size: number): number => REACH - (py / size) * 2 * REACH;
export const clampPlane = (x: number): number => Math.min(REACH, Math.max(-REACH, x));

/**
 * Colours a surface of class probabilities [k, n]: the likeliest class's colour, paler the less it leads over chance.
 * `tables[c]` has 256 packed colours from the background to class c.
 */
export function paintClasses(pixels: Uint32Array, data: ArrayLike<number>, k: number, tables: Uint32Array[]): void {
  const n = pixels.length;
  for (let i = 0; i < n; i++) {
    let best = 0, most = data[i]!;
    for (let c = 1; c < k; c++) {
      const p = data[c * n + i]!;
      if (p > most) {
        most = p;
        best = c;
      }
    }
    const lead = (most - 1 / k) / (1 - 1 / k);
    pixels[i] = tables[best]![lead > 0 ? Math.min(255, (lead * 256) | 0) : 0]!;
  }
}

/** Margin of class `c` over its best rival at every place; zero on its border. */
export function margin(data: ArrayLike<number>, k: number, n: number, c: number, out: Float32Array): Float32Array {
  for (let i = 0; i < n; i++) {
    let rival = -Infinity;
    for (let d = 0; d < k; d++) if (d !== c && data[d * n + i]! > rival) rival = data[d * n + i]!;
    out[i] = data[c * n + i]! - rival;
  }
  return out;
}

/**
 * The line on which a field [side, side] takes `level`, as segments (marching squares). Coordinates are in units of
 * the field's pixels, with values at their centres. Where a value is not finite there is no line.
 */
export function contour(
  data: ArrayLike<number>, offset: number, side: number, level: number,
  segment: (x0: number, y0: number, x1: number, y1: number) => void,
): void {
  const crossing: [number, number][] = [];
  for (let r = 0; r + 1 < side; r++) {
    for (let c = 0; c + 1 < side; c++) {
      const at = offset + r * side + c;
      const a = data[at]! - level, b = data[at + 1]! - level, d = data[at + side]! - level, e = data[at + side + 1]! - level;
      if (a > 0 === b > 0 && b > 0 === d > 0 && d > 0 === e > 0) continue;
      if (!Number.isFinite(a + b + d + e)) continue;
      crossing.length = 0;
      const x = c + 0.5, y = r + 0.5;
      if (a > 0 !== b > 0) crossing.push([x + a / (a - b), y]);
      if (b > 0 !== e > 0) crossing.push([x + 1, y + b / (b - e)]);
      if (d > 0 !== e > 0) crossing.push([x + d / (d - e), y + 1]);
      if (a > 0 !== d > 0) crossing.push([x, y + a / (a - d)]);
      for (let k = 0; k + 1 < crossing.length; k += 2) segment(...crossing[k]!, ...crossing[k + 1]!);
    }
  }
}

/** Value of a field [side, side] at a place of the plane, between its four nearest pixels. */
export function sample(data: ArrayLike<number>, offset: number, side: number, x1: number, x2: number): number {
  const x = Math.min(side - 1, Math.max(0, toX(x1, side) - 0.5)), y = Math.min(side - 1, Math.max(0, toY(x2, side) - 0.5));
  const c = Math.min(side - 2, Math.floor(x)), r = Math.min(side - 2, Math.floor(y));
  const u = x - c, v = y - r, at = offset + r * side + c;
  return (1 - v) * ((1 - u) * data[at]! + u * data[at + 1]!) + v * ((1 - u) * data[at + side]! + u * data[at + side + 1]!);
}

/** Adds the outline of a class's mark around (x, y) to the current path; all shapes look about equally large. */
export function mark(path: Pick<CanvasPath, 'moveTo' | 'lineTo' | 'arc' | 'closePath'>, shape: ClassShape, x: number, y: number, r: number): void {
  const polygon = (points: [number, number][]) => {
    points.forEach(([px, py], i) => (i === 0 ? path.moveTo(x + px * r, y + py * r) : path.lineTo(x + px * r, y + py * r)));
    path.closePath();
  };
  const regular = (n: number, turn: number, size: number, inner = 0) => {
    const points: [number, number][] = [];
    const count = inner > 0 ? 2 * n : n;
    for (let k = 0; k < count; k++) {
      const angle = turn + (k / count) * 2 * Math.PI;
      const radius = inner > 0 && k % 2 === 1 ? inner : size;
      points.push([Math.cos(angle) * radius, Math.sin(angle) * radius]);
    }
    polygon(points);
  };
  const cross = (turn: number) => {
    const w = 0.38, l = 1.15;
    const points: [number, number][] = [[w, w], [w, l], [-w, l], [-w, w], [-l, w], [-l, -w], [-w, -w], [-w, -l], [w, -l], [w, -w], [l, -w], [l, w]];
    polygon(points.map(([px, py]) => [px * Math.cos(turn) - py * Math.sin(turn), px * Math.sin(turn) + py * Math.cos(turn)]));
  };
  switch (shape) {
    case 'circle':
      path.moveTo(x + r, y);
      path.arc(x, y, r, 0, 2 * Math.PI);
      break;
    case 'square':
      regular(4, Math.PI / 4, 1.25);
      break;
    case 'triangle':
      regular(3, -Math.PI / 2, 1.35);
      break;
    case 'diamond':
      regular(4, 0, 1.3);
      break;
    case 'cross':
      cross(Math.PI / 4);
      break;
    case 'star':
      regular(5, -Math.PI / 2, 1.4, 0.62);
      break;
    case 'down':
      regular(3, Math.PI / 2, 1.35);
      break;
    case 'hexagon':
      regular(6, 0, 1.15);
      break;
    case 'plus':
      cross(0);
      break;
    case 'ring':
      path.moveTo(x + r, y);
      path.arc(x, y, r, 0, 2 * Math.PI);
      path.moveTo(x + r * 0.45, y);
      path.arc(x, y, r * 0.45, 0, 2 * Math.PI, true);
      break;
  }
}

/** How well predictions explain the targets' variance: 1 − MSE/variance over the split's points [n, 4]. */
export function rSquared(points: ArrayLike<number>, split: 0 | 1, mse: number): number {
  let n = 0, mean = 0, m2 = 0;
  for (let i = 0; i < points.length; i += 4) {
    if (points[i + 3] !== split) continue;
    n++;
    const delta = points[i + 2]! - mean;
    mean += delta / n;
    m2 += delta * (points[i + 2]! - mean);
  }
  return n > 0 && m2 > 0 ? 1 - (mse * n) / m2 : NaN;
}
