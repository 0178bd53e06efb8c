// The loss around a run, with the real engine.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Params } from '../../../web/engine/protocol';
import { contour } from '../../../web/workbench/landscape/contours';
import { between, explore, known, order, principal, project, scaleOf, statesFor, type Landscape, type Plane, type Progress } from '../../../web/workbench/landscape/landscape';
import { loadEngine, type WholeEngine } from '../../../.tools/wasm.mjs';
import { Direct } from './direct';

let engine: WholeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
const METRICS = ['train.loss', 'train.accuracy', 'test.loss', 'test.accuracy'];

async function look(params: Params, plane: Plane, steps = 300, signal = new AbortController().signal, seen: (l: Landscape | null, p: Progress) => void = () => {}) {
  const stage = new Direct(engine), worker = new Direct(engine);
  await stage.request('create', { lab: 'network', params });
  const past = [{ step: 0, bytes: await stage.save() }];
  while (past.at(-1)!.step < steps - 50) {
    await stage.step(50);
    past.push({ step: past.at(-1)!.step + 50, bytes: await stage.save() });
  }
  await stage.step(50);
  const losses = Array.from(stage.lab.metrics());
  const landscape = await explore(worker.client, { lab: 'network', params, bytes: await stage.save(), past, plane, metrics: METRICS }, seen, signal);
  return { landscape, losses, stage, worker, past };
}
const centre = ({ xs, ys }: Landscape) => xs.indexOf(0) + xs.length * ys.indexOf(0);

describe('the loss around a run', () => {
  it('two random directions: the centre is the run, the same seed gives the same picture', async () => {
    const parts: Progress[] = [];
    const params = { batch_norm: true, dropout: 0.2 };
    const { landscape, losses } = await look(params, { kind: 'random', seed: 1, reach: 1 }, 300, undefined, (_, p) => parts.push({ ...p }));
    expect([landscape.xs.length, landscape.ys.length, landscape.stride]).toEqual([33, 33, 1]);
    METRICS.forEach((name, k) => expect(landscape.values[name]![centre(landscape)]).toBe(Math.fround(losses[k]!)));
    expect(landscape.values['train.loss']!.every(Number.isFinite)).toBe(true);
    expect(parts.at(-1)).toEqual({ part: 'measuring', done: 33 * 33, of: 33 * 33 });
    expect(parts.map(({ done }) => done)).toEqual([...parts.map(({ done }) => done)].sort((a, b) => a - b));
    const again = await look(params, { kind: 'random', seed: 1, reach: 1 });
    expect(again.landscape.values['train.loss']).toEqual(landscape.values['train.loss']);
    const other = await look(params, { kind: 'random', seed: 2, reach: 1 });
    expect(other.landscape.values['train.loss']).not.toEqual(landscape.values['train.loss']);
    expect(landscape.path.at(-1)).toEqual({ step: 300, x: 0, y: 0 });
    expect(landscape.path[0]!.step).toBe(0);
  });

  it('the plane of the path holds most of the way, and the loss along it is the loss that was', async () => {
    const { landscape } = await look({}, { kind: 'path' });
    expect(landscape.share).toBeGreaterThan(0.8);
    expect(landscape.share).toBeLessThanOrEqual(1);
    const grid = known(landscape, landscape.values['train.loss']!);
    const { xs, ys, path } = landscape;
    for (const { x, y } of path) {
      expect(x).toBeGreaterThan(xs[0]!);
      expect(x).toBeLessThan(xs.at(-1)!);
      expect(y).toBeGreaterThan(ys[0]!);
      expect(y).toBeLessThan(ys.at(-1)!);
    }
    const loss = (k: number) => between(grid, (path[k]!.x - xs[0]!) / (xs.at(-1)! - xs[0]!), (path[k]!.y - ys[0]!) / (ys.at(-1)! - ys[0]!));
    expect(loss(0)).toBeGreaterThan(1.5 * loss(path.length - 1));
  });

  it('a line ends at the other state', async () => {
    const { landscape, losses, past, stage } = await look({ batch_norm: true }, { kind: 'line', to: 'start' });
    expect(landscape.ys).toEqual([0]);
    expect(landscape.values['test.loss']![landscape.xs.indexOf(0)]).toBe(Math.fround(losses[2]!));
    await stage.load(past[0]!.bytes);
    expect(landscape.values['test.loss']![landscape.xs.indexOf(1)]).toBeCloseTo(stage.lab.metrics()[2]!, 4);
  });

  it('to where another seed leads there is a ridge; three states span a plane', async () => {
    const params = { seed: 1 };
    const steps = 1500;
    const { landscape } = await look(params, { kind: 'line', to: { params: { ...params, seed: 2 }, steps } }, steps);
    const at = (x: number) => landscape.values['train.loss']![landscape.xs.indexOf(x)]!;
    expect(at(0.5)).toBeGreaterThan(3 * Math.max(at(0), at(1)));
    const three = await look(params, { kind: 'three', to: { params: { ...params, seed: 2 }, steps } }, steps);
    const of = (x: number, y: number) => three.landscape.values['train.loss']![three.landscape.xs.indexOf(x) + 33 * three.landscape.ys.indexOf(y)]!;
    expect(of(0, 0)).toBe(at(0));
    expect(of(1, 0)).toBeCloseTo(at(1), 4);
    expect(of(0, 1)).toBeGreaterThan(of(0, 0));
    expect(three.landscape.other).toEqual({ x: 1, y: 0 });
    expect(three.landscape.path[0]!.y).toBeCloseTo(1, 3);
  });

  it('another shape is refused, and it can be cancelled at any time', async () => {
    await expect(look({}, { kind: 'line', to: { params: { hidden: [3] }, steps: 20 } })).rejects.toMatchObject({ code: 'wrong_shape' });
    for (const after of [0, 3]) {
      const stop = new AbortController();
      let count = 0;
      if (after === 0) stop.abort();
      await expect(look({}, { kind: 'random', seed: 1, reach: 1 }, 100, stop.signal, () => ++count >= after && stop.abort())).rejects.toMatchObject({ code: 'cancelled' });
      expect(count).toBe(after);
    }
  });
});

it('projects and finds principal directions as plain geometry does', () => {
  // Points in the plane: 0, (2, 0), (0, 1), (4, 3).
  const p = [[0, 0], [2, 0], [0, 1], [4, 3]];
  const dots = p.flatMap((a) => p.map((b) => a[0]! * b[0]! + a[1]! * b[1]!));
  const at = project(dots, 4, 1, 2);
  expect(at[3]!.x).toBeCloseTo(2);
  expect(at[3]!.y).toBeCloseTo(3);
  expect(project(dots, 4, 1, 0)[3]).toEqual({ x: 2, y: 0 });
  const { mixes, share } = principal(dots, 4);
  expect(share).toBeCloseTo(1);
  const direction = (mix: number[]) => [0, 1].map((d) => mix.reduce((sum, c, k) => sum + c * p[k]![d]!, 0));
  const [u, v] = mixes.map(direction);
  expect(Math.hypot(...u!)).toBeCloseTo(1);
  expect(Math.hypot(...v!)).toBeCloseTo(1);
  expect(u![0]! * v![0]! + u![1]! * v![1]!).toBeCloseTo(0);
  expect(Math.abs(u![0]!)).toBeGreaterThan(Math.abs(u![1]!));
});

it('fills a grid from coarse to fine, each place once', () => {
  for (const [cols, rows] of [[33, 33], [65, 1]] as const) {
    const all = order(cols, rows).flatMap(([, places]) => places);
    expect([...new Set(all)].sort((a, b) => a - b)).toEqual(Array.from({ length: cols * rows }, (_, i) => i));
    expect(all.length).toBe(cols * rows);
  }
  expect(statesFor(337)).toBe(32);
  expect(statesFor(1e6)).toBe(6);
});

it('contours lie where the value is', () => {
  const n = 21, of = (x: number, y: number) => Math.hypot(x - 10, y - 10);
  const values = Array.from({ length: n * n }, (_, i) => of(i % n, Math.floor(i / n)));
  const pieces = contour(values, n, n, 6.1);
  expect(pieces.length).toBeGreaterThan(100);
  for (let i = 0; i < pieces.length; i += 2) expect(of(pieces[i]!, pieces[i + 1]!)).toBeCloseTo(6.1, 1);
  // It is closed: every end is met by another.
  const ends = new Map<string, number>();
  for (let i = 0; i < pieces.length; i += 2) {
    const key = `${pieces[i]!.toFixed(6)} ${pieces[i + 1]!.toFixed(6)}`;
    ends.set(key, (ends.get(key) ?? 0) + 1);
  }
  expect([...ends.values()].every((count) => count === 2)).toBe(true);
  expect(contour([0, NaN, 1, 1], 2, 2, 0.5)).toEqual([]);
});

it('takes a logarithmic scale where the range needs one', () => {
  const far = scaleOf([0.01, 1, 100, Infinity, NaN]);
  expect([far.lo, far.hi, far.log]).toEqual([0.01, 100, true]);
  expect(far.of(1)).toBeCloseTo(0.5);
  expect(far.levels(3)[1]).toBeCloseTo(1);
  expect(scaleOf([0.5, 2]).log).toBe(false);
  expect(scaleOf([0, 2]).log).toBe(false);
  expect(scaleOf([3, 3]).of(3)).toBe(0);
});
