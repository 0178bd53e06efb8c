// Edges: which of many are drawn, how they bend, which one the pointer is on.
import type { Block } from './layout';

export interface Edge {
  from: number;
  to: number;
}

/** Levels of strength; edges of one level and sign are stroked together. */
export const LEVELS = 12;
export const MAX_WIDTH = 4.2;

export const widthOf = (strength: number): number => 0.5 + (MAX_WIDTH - 0.5) * strength;
/** Zero vanishes into the background. */
export const alphaOf = (strength: number): number => Math.min(1, 0.06 + 1.02 * strength ** 0.8);

/** How far along its way down an edge is, `t` of the way across: an S with level ends. */
export const ease = (t: number): number => t * t * (3 - 2 * t);

/** Middle of a unit's left or right side, from which its edges leave. A grid's edges all leave at its border. */
export function port(block: Block, unit: number, side: 'in' | 'out'): { x: number; y: number } {
  const place = block.places[unit]!;
  const y = place.y + block.cell / 2;
  if (block.grid) return { x: side === 'in' ? block.x : block.x + block.width, y };
  return { x: side === 'in' ? place.x : block.x + block.width, y };
}

/**
 * The `most` largest magnitudes among the edges between shown units, as indices into the weight [to, fanIn].
 * Exact ties beyond `most` are left out in order, so the picture does not flicker.
 */
export function strongest(weight: ArrayLike<number>, fanIn: number, from: number, to: number, most: number): Edge[] {
  const edges: Edge[] = [];
  const total = from * to;
  let threshold = 0;
  if (total > most) {
    // A histogram of magnitudes tells the threshold without sorting thousands of numbers.
    const bins = new Uint32Array(256);
    let top = 0;
    for (let o = 0; o < to; o++) for (let i = 0; i < from; i++) top = Math.max(top, Math.abs(weight[o * fanIn + i]!));
    if (top > 0) {
      for (let o = 0; o < to; o++) for (let i = 0; i < from; i++) bins[Math.min(255, (Math.abs(weight[o * fanIn + i]!) / top) * 256) | 0]!++;
      let count = 0;
      let bin = 255;
      while (bin > 0 && count + bins[bin]! <= most) count += bins[bin--]!;
      threshold = ((bin + 1) / 256) * top;
    }
  }
  for (let o = 0; o < to && edges.length < most; o++) {
    for (let i = 0; i < from && edges.length < most; i++) {
      if (Math.abs(weight[o * fanIn + i]!) >= threshold) edges.push({ from: i, to: o });
    }
  }
  return edges;
}

/** The edge nearest to (x, y), at most `reach` px away vertically; `a` and `b` are the blocks on its two sides. */
export function edgeAt(a: Block, b: Block, edges: Iterable<Edge>, x: number, y: number, reach: number): Edge | null {
  const x0 = a.x + a.width, x1 = b.x;
  if (x <= x0 + 1 || x >= x1 - 1) return null;
  // x(t) of a Bézier curve with both handles in the middle: solved once, it is the same for all edges.
  const across = (x - x0) / (x1 - x0);
  let lo = 0, hi = 1;
  for (let k = 0; k < 24; k++) {
    const t = (lo + hi) / 2;
    const at = 1.5 * t * (1 - t) + t * t * t; // 3·½·t(1−t)² + 3·½·t²(1−t) + t³
    if (at < across) lo = t;
    else hi = t;
  }
  const down = ease((lo + hi) / 2);
  let best: Edge | null = null, distance = reach;
  for (const edge of edges) {
    const from = port(a, edge.from, 'out').y, to = port(b, edge.to, 'in').y;
    const d = Math.abs(from + (to - from) * down - y);
    if (d < distance) {
      distance = d;
      best = edge;
    }
  }
  return best;
}

/** A magnitude a little above `value` at which a scale ends well: 1, 2 or 5 times a power of ten. */
export function niceExtent(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const m of [1, 2, 5, 10]) if (m * power >= value * (1 - 1e-9)) return m * power;
  return 10 * power;
}
