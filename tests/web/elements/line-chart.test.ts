import { expect, test } from 'vitest';
import { logTicks, nearest, Plane, ticks } from '../../../web/elements/line-chart';

test('ticks are round, inside, and not too many', () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(0, 0.37, 4)).toEqual([0, 0.1, 0.2, 0.3]);
  expect(ticks(-0.4, 1234, 3)).toEqual([0, 500, 1000]);
  expect(ticks(0.694, 0.6952, 4)).toEqual([0.694, 0.6945, 0.695]);
  expect(ticks(3, 3, 4)).toEqual([3]);
  for (const [lo, hi, most] of [[0, 7e-9, 5], [-3, 1e9, 4], [0.1, 0.30000001, 6]] as const) {
    const found = ticks(lo, hi, most);
    expect(found.length).toBeGreaterThan(1);
    expect(found.length).toBeLessThanOrEqual(most + 1);
    for (const value of found) expect(value >= lo - 1e-12 && value <= hi + 1e-12 * hi).toBe(true);
  }
});

test('a logarithmic axis has powers of ten', () => {
  expect(logTicks(1e-3, 10, 9)).toEqual([1e-3, 0.01, 0.1, 1, 10]);
  expect(logTicks(1e-8, 1, 4)).toEqual([1e-8, 1e-5, 0.01]);
});

test('places: ends at the edges, logs by ratio, and what has no place is known', () => {
  const plane = new Plane(400, 200, { x: [0, 100], y: [0, 2], log: false });
  expect([plane.x(0), plane.x(100)]).toEqual([plane.left, plane.left + plane.width]);
  expect([plane.y(0), plane.y(2)]).toEqual([plane.top + plane.height, plane.top]);
  const log = new Plane(400, 200, { x: [0, 100], y: [0.01, 1], log: true });
  expect(log.y(0.1)).toBeCloseTo((log.y(0.01) + log.y(1)) / 2, 9);
  expect([0, -1, NaN, Infinity, undefined, 0.5].map((v) => log.shows(v))).toEqual([false, false, false, false, false, true]);
  expect(plane.shows(0)).toBe(true);
});

test('the nearest point', () => {
  const x = [0, 8, 16, 100];
  expect([-5, 0, 3, 5, 12.5, 57, 59, 1e9].map((v) => nearest(x, v))).toEqual([0, 0, 0, 1, 2, 2, 3, 3]);
  expect(nearest([], 1)).toBe(-1);
  expect(nearest([4], 1)).toBe(0);
});
