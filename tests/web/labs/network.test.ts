import { describe as group, expect, test } from 'vitest';
import { alphaOf, ease, edgeAt, niceExtent, port, strongest, widthOf } from '../../../web/labs/network/edges';
import { layoutNetwork, LIST, type Layout } from '../../../web/labs/network/layout';
import { columnsOf, describe, hasEdges, probeArgs, probeOf, type NetworkInfo } from '../../../web/labs/network/net';
import { contour, fromX, fromY, margin, paintClasses, rSquared, sample, toX, toY } from '../../../web/labs/network/plane';
import type { LabContext } from '../../../web/labs/lab-view';

const info = (change: Partial<NetworkInfo> = {}): NetworkInfo => ({
  kind: 'binary',
  classes: ['0', '1'],
  features: ['x1', 'x2'],
  inputs: 2,
  own: null,
  layers: [
    { name: '0', pre: '0', post: '1', output: false, param_weight: '0.weight', param_bias: '0.bias', norm: null, units: 3, activation: 'tanh', offset_in_maps: 2 },
    { name: '2', pre: '2', post: 'probability', output: true, param_weight: '2.weight', param_bias: '2.bias', norm: null, units: 1, activation: 'sigmoid', offset_in_maps: 5 },
  ],
  n_train: 10,
  n_test: 5,
  steps_per_epoch: 1,
  parameters: 13,
  is_logistic_regression: false,
  ...change,
});
const context = (over: NetworkInfo, view: Record<string, unknown> = {}) =>
  ({ info: over, view, t: (key: string, vars?: Record<string, string>) => [key, ...Object.values(vars ?? {})].join(' ') }) as unknown as LabContext;

group('columns', () => {
  test('input, hidden and output with the widths of their weights', () => {
    expect(columnsOf(info()).map((c) => [c.role, c.units, c.fanIn, c.offset])).toEqual([['input', 2, 0, 0], ['hidden', 3, 2, 2], ['output', 1, 3, 5]]);
  });
  test('digits have one picture as input and no edge for each pixel', () => {
    const columns = columnsOf(info({ kind: 'digits', features: [] }));
    expect(columns[0]!.units).toBe(1);
    expect(columns[1]!.fanIn).toBe(784);
    expect(columns.map(hasEdges)).toEqual([false, false, true]);
  });
  test('every value of the network has a name', () => {
    const ctx = context(info());
    for (const [value, index] of [['input', [1]], ['0', [2]], ['1', [2]], ['0.weight', [2, 1]], ['0.bias', [2]], ['2', [0]], ['probability', [0]], ['2.weight', [0, 2]]] as const) {
      expect(describe(ctx, { value, index: [...index] })).toMatch(/^ui\./);
    }
    expect(describe(ctx, { value: '0.weight', index: [2, 1] })).toContain('params.features.choices.x2');
    expect(describe(ctx, { value: 'loss', index: [] })).toBe('');
  });
  test('a probe of another task does not count', () => {
    expect(probeOf(context(info(), { probe: { x: [1, 2] } }))).toEqual({ x: [1, 2] });
    expect(probeOf(context(info({ kind: 'curve' }), { probe: { x: [1, 2] } }))).toBeNull();
    expect(probeArgs({ x: [1], split: 'test', index: 4 })).toEqual({ split: 'test', example: 4 });
    expect(probeArgs({ x: [1] })).toEqual({ x: [1] });
  });
});

/** Nothing overlaps and nothing leaves the picture. */
function sound(layout: Layout): void {
  const boxes = layout.blocks.flatMap((block) => block.places.map((place) => ({ ...place, cell: block.cell })));
  for (const { x, y, cell } of boxes) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(y).toBeGreaterThanOrEqual(-0.01);
    expect(x + cell).toBeLessThanOrEqual(layout.width + 0.01);
    expect(y + cell).toBeLessThanOrEqual(layout.height + 0.01);
  }
  layout.blocks.forEach((block, i) => {
    const next = layout.blocks[i + 1];
    if (next) expect(next.x - (block.x + block.width)).toBeGreaterThan(4);
    for (let a = 0; a < block.places.length; a++) {
      for (let b = a + 1; b < block.places.length; b++) {
        const p = block.places[a]!, q = block.places[b]!;
        expect(Math.abs(p.x - q.x) >= block.cell || Math.abs(p.y - q.y) >= block.cell).toBe(true);
      }
    }
  });
}

group('layout', () => {
  const widths = [320, 400, 560, 760];
  const nets = [[2, 1], [2, 8, 8, 1], [7, 12, 12, 12, 12, 12, 12, 5], [2, 16, 16, 1], [2, 128, 128, 128, 128, 128, 128, 1], [2, 64, 1], [1, 1, 1]];
  test.each(widths.flatMap((width) => nets.map((net) => [width, net] as const)))('%i px: %j', (width, net) => {
    const layout = layoutNetwork(net.map((units) => ({ units })), width, 400, { left: 34, right: 20 });
    sound(layout);
    net.forEach((units, i) => {
      const block = layout.blocks[i]!;
      expect(block.shown).toBe(block.places.length);
      expect(block.shown).toBeLessThanOrEqual(units);
      // What is left out is counted, never dropped silently.
      expect(block.more === null).toBe(block.shown === units);
      if (units <= LIST) expect(block.shown).toBe(units);
    });
  });
  test('up to a dozen units stand in one column', () => {
    const [, block] = layoutNetwork([{ units: 2 }, { units: LIST }, { units: 1 }], 400, 400).blocks;
    expect(new Set(block!.places.map((place) => place.x)).size).toBe(1);
    expect(block!.grid).toBe(false);
  });
});

group('edges', () => {
  const layout = layoutNetwork([{ units: 2 }, { units: 3 }], 400, 300);
  const [a, b] = layout.blocks as [Layout['blocks'][0], Layout['blocks'][0]];
  const all = [0, 1, 2].flatMap((to) => [0, 1].map((from) => ({ from, to })));

  test('the pointer finds the edge it is on, at any place along it', () => {
    for (const edge of all) {
      const from = port(a, edge.from, 'out'), to = port(b, edge.to, 'in');
      for (const t of [0.2, 0.35, 0.8]) {
        const middle = (from.x + to.x) / 2;
        const x = (1 - t) ** 3 * from.x + 3 * (1 - t) ** 2 * t * middle + 3 * (1 - t) * t * t * middle + t ** 3 * to.x;
        const y = from.y + (to.y - from.y) * ease(t);
        const others = all.filter((other) => {
          const f = port(a, other.from, 'out').y, g = port(b, other.to, 'in').y;
          return other !== edge && Math.abs(f + (g - f) * ease(t) - y) < 1;
        });
        if (others.length === 0) expect(edgeAt(a, b, all, x, y, 6)).toEqual(edge);
      }
    }
    expect(edgeAt(a, b, all, 2, 150, 6)).toBeNull();
    expect(edgeAt(a, b, all, (a.x + a.width + b.x) / 2, 299, 6)).toBeNull();
  });
  test('of many edges the strongest are kept', () => {
    const fanIn = 40, to = 50;
    const weight = Float32Array.from({ length: fanIn * to }, (_, i) => Math.sin(i * 1.7) * (i % 97 === 0 ? 3 : 1));
    const kept = strongest(weight, fanIn, fanIn, to, 90);
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThanOrEqual(90);
    const least = Math.min(...kept.map((e) => Math.abs(weight[e.to * fanIn + e.from]!)));
    const left = [...weight].map(Math.abs).sort((p, q) => q - p)[kept.length]!;
    expect(least).toBeGreaterThanOrEqual(left - 0.05);
    // Only shown units take part, and all of them when there are few.
    expect(strongest(weight, fanIn, 3, 2, Infinity)).toHaveLength(6);
    expect(strongest(new Float32Array(600), 30, 30, 20, 90).length).toBeLessThanOrEqual(90);
  });
  test('zero vanishes, strength shows', () => {
    expect(alphaOf(0)).toBeLessThan(0.1);
    expect(alphaOf(1)).toBe(1);
    expect(widthOf(1)).toBeGreaterThan(3 * widthOf(0.1));
    expect([0.3, 1, 1.2, 4.9, 7, 0].map(niceExtent)).toEqual([0.5, 1, 2, 5, 10, 1]);
  });
});

group('plane', () => {
  test('pixels and coordinates are each other’s inverse, x2 grows upwards', () => {
    for (const v of [-6, -1.5, 0, 6]) {
      expect(fromX(toX(v, 300), 300)).toBeCloseTo(v);
      expect(fromY(toY(v, 300), 300)).toBeCloseTo(v);
    }
    expect(toY(6, 300)).toBe(0);
  });
  test('the contour of a circle is a circle', () => {
    const side = 40;
    const field = Float32Array.from({ length: side * side }, (_, i) => Math.hypot((i % side) + 0.5 - 20, Math.floor(i / side) + 0.5 - 20));
    let segments = 0;
    contour(field, 0, side, 12, (x0, y0, x1, y1) => {
      segments++;
      expect(Math.hypot(x0 - 20, y0 - 20)).toBeCloseTo(12, 1);
      expect(Math.hypot(x1 - 20, y1 - 20)).toBeCloseTo(12, 1);
    });
    expect(segments).toBeGreaterThan(60);
    contour(new Float32Array(side * side).fill(NaN), 0, side, 0, () => expect.unreachable());
  });
  test('a linear field is sampled exactly', () => {
    const side = 24;
    const field = Float32Array.from({ length: side * side }, (_, i) => 2 * fromX((i % side) + 0.5, side) - fromY(Math.floor(i / side) + 0.5, side));
    expect(sample(field, 0, side, 1.3, -2.7)).toBeCloseTo(2 * 1.3 + 2.7, 4);
  });
  test('the likeliest class gives the colour, its lead the strength', () => {
    const tables = [0, 1, 2].map((c) => Uint32Array.from({ length: 256 }, (_, i) => c * 1000 + i));
    const pixels = new Uint32Array(3);
    //            place:   0    1    2
    paintClasses(pixels, [1, 1 / 3, 0.1, 0, 1 / 3, 0.7, 0, 1 / 3, 0.2], 3, tables);
    expect(pixels[0]).toBe(255);
    expect(pixels[1]! % 1000).toBe(0);
    expect(Math.floor(pixels[2]! / 1000)).toBe(1);
    const out = margin([1, 0.2, 0, 0.8], 2, 2, 0, new Float32Array(2));
    expect(out[0]).toBeCloseTo(1);
    expect(out[1]).toBeCloseTo(-0.6);
  });
  test('R² is 0 for the mean and 1 without error, of one split only', () => {
    const points = [0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 99, 1];
    expect(rSquared(points, 0, 1)).toBeCloseTo(0);
    expect(rSquared(points, 0, 0)).toBe(1);
    expect(rSquared(points, 1, 0)).toBeNaN();
  });
});
