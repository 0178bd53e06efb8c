// The loss around a run's weights, on a plane or a line through them (Goodfellow et al. 2015, Li et al. 2018), computed in a worker of
// its own. The engine keeps points (weights as they are, were, or might be), and tells the loss between them; here is chosen which.
import type { EngineClient } from '../../engine/engine-client';
import { EngineError } from '../../engine/errors';
import type { Params } from '../../engine/protocol';

/** Other weights to go to: where this run began, or where other settings lead when they are trained as long. */
export type Target = 'start' | { params: Params; steps: number };
export type Plane =
  | { kind: 'random'; seed: number; reach: number }
  | { kind: 'path' }
  | { kind: 'line'; to: Target }
  | { kind: 'three'; to: Target };

export interface Question {
  lab: string;
  params: Params;
  /** The run as it is. */
  bytes: Uint8Array;
  /** The run as it was, the first state first. */
  past: { step: number; bytes: Uint8Array }[];
  plane: Plane;
  metrics: string[];
}
export interface Landscape {
  xs: number[];
  /** One entry, 0, on a line. */
  ys: number[];
  /** By metric: row by row, NaN where nothing is known yet. */
  values: Record<string, Float64Array>;
  /** Every so many places of a row and a column are known. */
  stride: number;
  /** The way of the run, projected on the plane; the last is the present state. */
  path: { step: number; x: number; y: number }[];
  /** Where the other run ended. */
  other: { x: number; y: number } | null;
  /** On the plane of the path: the part of its way that lies in the plane. */
  share: number;
}
export interface Progress {
  part: 'training' | 'measuring';
  done: number;
  of: number;
}

/** Places of an axis: a power of two and one, so that it can be filled from coarse to fine. */
const SIDE = 33, LINE = 65;
const COARSEST = 4;
/** One question is answered in about this time, so that cancelling and the bar keep up. */
const CHUNK_MS = 60;
/** Steps of another run that are asked for at once. */
const STEPS = 200;

/** So many states of the path that their numbers take no more than some tens of megabytes. */
export const statesFor = (parameters: number): number => Math.max(4, Math.min(32, Math.floor(6e6 / Math.max(1, parameters))));

const axis = (lo: number, hi: number, n: number) => Array.from({ length: n }, (_, i) => lo + ((hi - lo) * i) / (n - 1));

/** Coordinates of each point on the axes i and j, from the products of all; `rows` × `rows`. Axis j may be none. */
export function project(dots: ArrayLike<number>, rows: number, i: number, j: number): { x: number; y: number }[] {
  const dot = (a: number, b: number) => dots[a * rows + b]!;
  const uu = dot(i, i), vv = j ? dot(j, j) : 0, uv = j ? dot(i, j) : 0;
  const det = uu * vv - uv * uv;
  return Array.from({ length: rows }, (_, k) => {
    const ku = dot(k, i), kv = j ? dot(k, j) : 0;
    return det > 1e-9 * uu * vv ? { x: (ku * vv - kv * uv) / det, y: (kv * uu - ku * uv) / det } : { x: uu ? ku / uu : 0, y: 0 };
  });
}

/** The two directions along which the points 1 … lie furthest from point 0, as sums of them of length 1; and the share of all squared distance in both. */
export function principal(dots: ArrayLike<number>, rows: number): { mixes: [number[], number[]]; share: number } {
  const n = rows - 1;
  const g = Array.from({ length: n }, (_, a) => Array.from({ length: n }, (_, b) => dots[(a + 1) * rows + b + 1]!));
  const total = g.reduce((sum, row, a) => sum + row[a]!, 0);
  let held = 0;
  const mixes = [0, 1].map((which) => {
    let v = Array.from({ length: n }, (_, a) => 1 / (1 + a + which * a));
    let value = 0;
    for (let turn = 0; turn < 300; turn++) {
      const next = g.map((row) => row.reduce((sum, x, b) => sum + x * v[b]!, 0));
      value = Math.hypot(...next);
      if (!(value > 0)) break;
      v = next.map((x) => x / value);
    }
    held += value;
    for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) g[a]![b]! -= value * v[a]! * v[b]!;
    const size = Math.sqrt(value);
    return [0, ...v.map((x) => (size > 0 ? x / size : 0))];
  });
  return { mixes: mixes as [number[], number[]], share: total > 0 ? Math.min(1, held / total) : 1 };
}

/** The range of some coordinates with room around it; never flat beside `other`. */
function around(values: number[], other: number[]): [number, number] {
  const span = (of: number[]) => Math.max(...of) - Math.min(...of);
  const middle = (Math.max(...values) + Math.min(...values)) / 2;
  const half = Math.max(span(values), 0.2 * span(other), 1e-6) * 0.7;
  return [middle - half, middle + half];
}

/** Places to be measured, the coarsest grid first: [stride, places]. */
export function order(cols: number, rows: number): [stride: number, places: number[]][] {
  const seen = new Set<number>();
  const out: [number, number[]][] = [];
  for (let stride = COARSEST; stride >= 1; stride /= 2) {
    const places: number[] = [];
    for (let r = 0; r < rows; r += stride)
      for (let c = 0; c < cols; c += stride) if (!seen.has(r * cols + c)) places.push(r * cols + c), seen.add(r * cols + c);
    out.push([stride, places]);
  }
  return out;
}

export async function explore(client: EngineClient, question: Question, seen: (landscape: Landscape | null, progress: Progress) => void, signal: AbortSignal): Promise<Landscape> {
  const { lab, params, bytes, past, plane, metrics } = question;
  const alive = () => {
    if (signal.aborted) throw new EngineError({ code: 'cancelled' });
  };
  const visit = async (state: Uint8Array) => {
    alive();
    await client.load(state.slice()); // handed over; the caller's copy stays
  };
  await client.request('create', { lab, params, past: false });
  await visit(bytes);
  await client.act('point');
  let points = 1;
  const keep = async (args: object = {}) => {
    await client.act('point', args);
    return points++;
  };
  const states: { step: number; at: number }[] = [];
  const walk = async () => {
    for (const { step, bytes: state } of past) {
      await visit(state);
      states.push({ step, at: await keep() });
    }
  };
  /** Trains the other settings as long, and keeps where they arrive. */
  const reach = async (to: Target): Promise<number> => {
    if (to === 'start') {
      await visit(past[0]!.bytes);
      return keep();
    }
    await client.set(to.params);
    await client.reset();
    for (let done = 0; done < to.steps; ) {
      alive();
      seen(null, { part: 'training', done, of: to.steps });
      const { done: steps } = await client.step(Math.min(STEPS, to.steps - done));
      if (!steps) break;
      done += steps;
    }
    const at = await keep();
    await client.set(params);
    return at;
  };

  let i: number, j = 0, other = 0, share = 1;
  if (plane.kind === 'random') {
    i = await keep({ seed: 2 * plane.seed });
    j = await keep({ seed: 2 * plane.seed + 1 });
    await walk();
  } else if (plane.kind === 'path') {
    await walk();
    const found = principal((await client.read('gram')).data, points);
    share = found.share;
    i = await keep({ mix: found.mixes[0] });
    j = await keep({ mix: found.mixes[1] });
  } else {
    other = i = await reach(plane.to);
    if (plane.kind === 'three') {
      await visit(past[0]!.bytes);
      j = await keep();
      await walk();
    }
  }
  await visit(bytes);

  const places = project((await client.read('gram')).data, points, i, j);
  const steps = states.map(({ step, at }) => ({ step, ...places[at]! }));
  const [along, across] = [[0, ...steps.map(({ x }) => x)], [0, ...steps.map(({ y }) => y)]];
  const range = ((): [[number, number], [number, number]] => {
    if (plane.kind === 'random') return [[-plane.reach, plane.reach], [-plane.reach, plane.reach]];
    if (plane.kind === 'path') return [around(along, across), around(across, along)];
    return [[-0.5, 1.5], [-0.5, 1.5]];
  })();
  const flat = plane.kind === 'line';
  const xs = axis(...range[0], flat ? LINE : SIDE), ys = flat ? [0] : axis(...range[1], SIDE);
  const values = Object.fromEntries(metrics.map((name) => [name, new Float64Array(xs.length * ys.length).fill(NaN)]));
  const { step: present } = (await client.request('pause', {})).status;
  const landscape: Landscape = { xs, ys, values, stride: COARSEST, share, path: flat ? [] : [...steps.filter(({ step }) => step < present), { step: present, x: 0, y: 0 }], other: other ? { x: 1, y: 0 } : null };

  let done = 0, chunk = 4;
  const of = xs.length * ys.length;
  for (const [stride, cells] of order(xs.length, ys.length)) {
    for (let begin = 0; begin < cells.length; ) {
      alive();
      const now = performance.now();
      const some = cells.slice(begin, begin + chunk);
      const at = some.flatMap((cell) => [xs[cell % xs.length]!, ys[Math.floor(cell / xs.length)]!]);
      const { data, shape } = await client.read('loss_at', { i, j, at });
      some.forEach((cell, k) => metrics.forEach((name, m) => (values[name]![cell] = data[k * shape[1]! + m]!)));
      begin += some.length;
      done += some.length;
      const took = performance.now() - now;
      chunk = Math.max(1, Math.min(64, Math.round((chunk * CHUNK_MS) / Math.max(1, took))));
      seen(landscape, { part: 'measuring', done, of });
    }
    alive();
    landscape.stride = stride;
    seen({ ...landscape }, { part: 'measuring', done, of });
  }
  return { ...landscape, stride: 1 };
}

/** What is known so far, as a grid without holes. */
export function known({ xs, ys, stride }: Landscape, values: Float64Array): { cols: number; rows: number; values: Float64Array } {
  const cols = Math.floor((xs.length - 1) / stride) + 1, rows = Math.floor((ys.length - 1) / stride) + 1;
  const out = new Float64Array(cols * rows);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[r * cols + c] = values[r * stride * xs.length + c * stride]!;
  return { cols, rows, values: out };
}

/** The value between the places of a grid, at (x, y) in 0…1 of its sides. */
export function between({ cols, rows, values }: { cols: number; rows: number; values: Float64Array }, x: number, y: number): number {
  const u = Math.max(0, Math.min(1, x)) * (cols - 1), v = Math.max(0, Math.min(1, y)) * (rows - 1);
  const c = Math.min(Math.floor(u), Math.max(0, cols - 2)), r = Math.min(Math.floor(v), Math.max(0, rows - 2));
  const [a, b] = [u - c, v - r];
  const at = (dr: number, dc: number) => values[Math.min(r + dr, rows - 1) * cols + Math.min(c + dc, cols - 1)]!;
  // At a place that is known, an unknown neighbour does not matter.
  const mix = (p: number, q: number, t: number) => (t === 0 ? p : t === 1 ? q : p + (q - p) * t);
  return mix(mix(at(0, 0), at(0, 1), a), mix(at(1, 0), at(1, 1), a), b);
}

export interface Scale {
  lo: number;
  hi: number;
  log: boolean;
  /** 0 … 1 */
  of(value: number): number;
  /** Values at equal distances of the scale. */
  levels(n: number): number[];
}
/** So far apart, a linear scale would show the walls alone. */
const LOG_FROM = 20;
export function scaleOf(values: ArrayLike<number>): Scale {
  let lo = Infinity, hi = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (!Number.isFinite(v)) continue;
    lo = Math.min(lo, v);
    hi = Math.max(hi, v);
  }
  if (lo > hi) [lo, hi] = [0, 1];
  if (lo === hi) hi = lo + (Math.abs(lo) || 1) * 1e-3;
  const log = lo > 0 && hi / lo > LOG_FROM;
  const to = (v: number) => (log ? Math.log(Math.max(v, lo)) : v);
  const [from, span] = [to(lo), to(hi) - to(lo)];
  return {
    lo, hi, log,
    of: (v) => Math.max(0, Math.min(1, (to(v) - from) / span)),
    levels: (n) => Array.from({ length: n }, (_, k) => from + (span * (k + 1)) / (n + 1)).map((v) => (log ? Math.exp(v) : v)),
  };
}
