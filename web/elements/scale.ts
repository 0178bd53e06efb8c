// How a slider's track maps to values. Linear scales have a grid; logarithmic ones step in 1–3–10.

export interface ScaleOptions {
  min: number;
  max: number;
  /** Grid of a linear scale; 0: a round step of about a hundredth of the range. */
  step?: number;
  scale?: 'linear' | 'log';
  integer?: boolean;
}

export interface Scale {
  /** Values the thumb rests on, ascending; min and max are always among them. */
  stops: number[];
  /** value → place on the track, 0…1. Values between stops lie between. */
  position(value: number): number;
  /** place on the track → the nearest stop. */
  at(position: number): number;
  /** The stop before (−1) or after (+1) `value`; `big`: ten of them (a decade on a log scale). */
  next(value: number, direction: 1 | -1, big?: boolean): number;
  clamp(value: number): number;
}

const round = (v: number) => +v.toPrecision(12);

/** The round number (1, 2 or 5 times a power of ten) nearest to a hundredth of the range. */
function roundStep(range: number): number {
  const raw = range / 100;
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

function linearStops(min: number, max: number, step: number): number[] {
  const stops: number[] = [];
  const count = Math.floor((max - min) / step + 1e-9);
  for (let i = 0; i <= count; i++) stops.push(round(min + i * step));
  if (stops[stops.length - 1]! < max) stops.push(max);
  return stops;
}

function logStops(min: number, max: number, integer: boolean): number[] {
  // A log scale that begins at zero has zero as its first stop and six decades after it.
  const low = min > 0 ? min : integer ? 1 : max * 1e-6;
  const stops = new Set<number>([min]);
  for (let e = Math.floor(Math.log10(low)) - 1; e <= Math.ceil(Math.log10(max)); e++) {
    for (const lead of [1, 3]) {
      const v = round(lead * 10 ** e);
      if (v >= low * (1 - 1e-9) && v <= max && (!integer || Number.isInteger(v))) stops.add(v);
    }
  }
  stops.add(max);
  return [...stops].sort((a, b) => a - b);
}

export function makeScale({ min, max, step = 0, scale = 'linear', integer = false }: ScaleOptions): Scale {
  if (!(max > min)) max = min + (integer ? 1 : Math.abs(min) || 1);
  let grid = step > 0 ? step : roundStep(max - min);
  if (integer) grid = Math.max(1, Math.round(grid));
  const stops = scale === 'log' ? logStops(min, max, integer) : linearStops(min, max, grid);
  const last = stops.length - 1;
  const clamp = (v: number) => Math.min(max, Math.max(min, integer ? Math.round(v) : v));

  /** Index of the last stop ≤ value. */
  const below = (value: number) => {
    let lo = 0, hi = last;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (stops[mid]! <= value) lo = mid;
      else hi = mid - 1;
    }
    return lo;
  };
  const position = (value: number) => {
    const v = clamp(value);
    const i = Math.min(below(v), last - 1);
    const a = stops[i]!, b = stops[i + 1]!;
    const part = scale === 'log' && a > 0 ? Math.log(v / a) / Math.log(b / a) : (v - a) / (b - a);
    return scale === 'log' ? (i + part) / last : (v - min) / (max - min);
  };
  return {
    stops,
    position,
    clamp,
    at(p) {
      const place = Math.min(1, Math.max(0, p));
      if (scale === 'log') return stops[Math.round(place * last)]!;
      const v = min + place * (max - min);
      const i = Math.min(below(v), last - 1);
      return v - stops[i]! < stops[i + 1]! - v ? stops[i]! : stops[i + 1]!;
    },
    next(value, direction, big = false) {
      const i = below(value);
      const on = Math.abs(stops[i]! - value) <= Math.abs(value) * 1e-9;
      const jump = big ? (scale === 'log' ? 2 : Math.max(1, Math.round(last / 10))) : 1;
      const target = direction > 0 ? i + jump : (on ? i : i + 1) - jump;
      return stops[Math.min(last, Math.max(0, target))]!;
    },
  };
}
