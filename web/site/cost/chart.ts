// Where things stand in a panel: both axes logarithmic. Nothing here draws.
import { price, BYTES_PER_PARAMETER, multiplyAdds, type Point, type Sweep } from '../../workbench/cost/sweeps';
import { fitPower, type Power } from '../../workbench/cost/fit';

/** `each`: of the batch, for one example. */
export type Quantity = 'time' | 'memory' | 'price' | 'each';

export const valueOf: Record<Quantity, (point: Point) => number> = {
  time: ({ seconds }) => seconds,
  memory: ({ bytes }) => bytes,
  price,
  each: ({ seconds, size }) => seconds / size,
};
/** Where a power law is what the chart is about. */
export const fitted = (quantity: Quantity): boolean => quantity === 'time' || quantity === 'memory';

/** The thin line beside the points: the step if every multiply-add cost what it costs at the best size; what the parameters take. */
export function lineOf(quantity: Quantity, points: readonly Point[]): ((point: Point) => number) | null {
  if (!fitted(quantity)) return null;
  if (quantity === 'memory') return ({ parameters }) => BYTES_PER_PARAMETER * parameters;
  const best = Math.min(...points.map(price));
  return (point) => best * multiplyAdds(point);
}

export const fitOf = ({ from }: Sweep, points: readonly Point[], quantity: Quantity): Power | null =>
  fitPower(points.filter(({ size }) => size >= from).map((point) => ({ x: point.size, y: valueOf[quantity](point) })));

/** Every panel is this many decades wide, so that a decade has one length in all of them. */
export const DECADES = 3.4;
/** Room above the highest value, for the exponents of two runs, and below the lowest. */
const TOP = 38, BOTTOM = 14;

export interface Frame {
  /** Of the plot, in px. */
  width: number;
  height: number;
  x(size: number): number;
  y(value: number): number;
  /** Powers of ten within. */
  ticks: number[];
}

/** @param stretch how much longer a decade is upwards than to the right */
export function makeFrame(width: number, sizes: readonly number[], values: readonly number[], stretch = 1): Frame {
  const decade = width / DECADES;
  const middle = (Math.log10(sizes[0]!) + Math.log10(sizes.at(-1)!)) / 2;
  const up = decade * stretch;
  const low = Math.log10(Math.min(...values)) - BOTTOM / up, high = Math.log10(Math.max(...values)) + TOP / up;
  const height = (high - low) * up;
  const ticks: number[] = [];
  for (let power = Math.ceil(low); power <= high; power++) ticks.push(10 ** power);
  return {
    width, height, ticks,
    x: (size) => width / 2 + (Math.log10(size) - middle) * decade,
    y: (value) => height - (Math.log10(value) - low) * up,
  };
}

/** The sizes written under the axis: the last, and before it each that leaves `room` px. */
export function labelled(sizes: readonly number[], { x }: Frame, room: number): number[] {
  const shown: number[] = [];
  for (const size of [...sizes].reverse()) if (shown.length === 0 || x(shown[0]!) - x(size) >= room) shown.unshift(size);
  return shown;
}

/** At which size the model outgrows `bytes`; null where it does not within the sweep. */
export function outgrown(points: readonly Point[], bytes: number): number | null {
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!];
    if (a.bytes <= bytes && b.bytes > bytes) return a.size * (b.size / a.size) ** (Math.log(bytes / a.bytes) / Math.log(b.bytes / a.bytes));
  }
  return null;
}
