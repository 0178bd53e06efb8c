// The second floor: heads compared, masks, and attention against recurrence. Pure: no DOM.
import { fitPower, type Power } from '../../workbench/cost/fit';
import { sweeps, type AnySweep, type Point } from '../../workbench/cost/sweeps';
import type { AttentionInfo } from './stages';

// ------------------------------------------------------------------------------------------------------------ heads

export const HEADS = [1, 2, 4, 8] as const;
/** Those among which d_model can be shared out. */
export const headsFor = (d_model: number): number[] => HEADS.filter((heads) => d_model % heads === 0);

export interface Compared {
  heads: number;
  steps: number;
  parameters: number;
  loss: number;
  accuracy: number;
}
/** The engine's table, a row each. */
export function comparedOf({ shape, data }: { shape: number[]; data: ArrayLike<number> }): Compared[] {
  const cols = shape[1] ?? 0;
  return Array.from({ length: shape[0] ?? 0 }, (_, row) => {
    const [heads, steps, parameters, loss, accuracy] = Array.from({ length: cols }, (_, col) => data[row * cols + col]!) as [number, number, number, number, number];
    return { heads, steps, parameters, loss, accuracy };
  });
}

// ------------------------------------------------------------------------------------------------------------ masks

export interface Masks {
  causal: boolean;
  /** How far away a key may be; 0: anywhere. */
  window: number;
  /** Tokens at the end that nobody looks at. */
  padding: number;
}
export const masksOf = ({ causal, window, pad_tokens }: AttentionInfo): Masks => ({ causal, window, padding: pad_tokens });

/** Whether token `row` of `n` may look at token `col`. */
export const sees = ({ causal, window, padding }: Masks, n: number, row: number, col: number): boolean =>
  !(causal && col > row) && !(window > 0 && Math.abs(row - col) > window) && col < n - padding;

export function pairsSeen(masks: Masks, n: number): number {
  let count = 0;
  for (let row = 0; row < n; row++) for (let col = 0; col < n; col++) count += sees(masks, n, row, col) ? 1 : 0;
  return count;
}

// ----------------------------------------------------------------------------------------------------------- length

/** Steps on the shortest way from the first of `n` tokens to the last: time steps of a recurrence, layers of attention. */
export const pathLength = (of: 'recurrence' | 'attention', n: number, window = 0): number => (of === 'recurrence' ? n - 1 : Math.min(n - 1, window > 0 ? Math.ceil((n - 1) / window) : 1));

export const QUANTITIES = ['time', 'count', 'memory'] as const;
export type Quantity = (typeof QUANTITIES)[number];
export const valueOf: Record<Quantity, (point: Point) => number> = {
  time: ({ seconds }) => seconds,
  count: ({ flops }) => flops / 2,
  memory: ({ bytes }) => bytes,
};

/** The exponent over the lengths from which on what grows fastest weighs most; null before there are two of them. */
export const exponentOf = (sweep: AnySweep, points: readonly Point[], quantity: Quantity): Power | null =>
  fitPower(points.filter(({ size }) => size >= sweeps[sweep].from).map((point) => ({ x: point.size, y: valueOf[quantity](point) })));

/**
 * The exponent of what of a count is not proportional to the length, from the last three lengths, each twice the one before: counting has no
 * noise, so it is exact. Null where all of it is proportional.
 */
export function beyondLinear(points: readonly { size: number; flops: number }[]): number | null {
  const [a, b, c] = points.slice(-3);
  if (!a || !b || !c || b.size !== 2 * a.size || c.size !== 2 * b.size) return null;
  const first = b.flops - 2 * a.flops, second = c.flops - 2 * b.flops;
  return first > 1e-9 * b.flops ? Math.log2(second / first) : null;
}

/** What is counted is the same on every device: the site's numbers, and beyond their lengths the reader's own. */
export const counted = (site: readonly Point[], own: readonly Point[]): Point[] => {
  const bySize = new Map([...own, ...site].map((point) => [point.size, point]));
  return [...bySize.values()].sort((a, b) => a.size - b.size);
};
