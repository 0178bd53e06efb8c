import { describe, expect, it } from 'vitest';
import { formatFixed, formatNumber, parseNumber } from '../../../web/elements/format';
import { centredDigit, SIDE } from '../../../web/elements/mnist-pad';
import { makeScale } from '../../../web/elements/scale';
import { isVisible } from '../../../web/elements/when';

describe('slider scales', () => {
  it('logarithmic ones step in 1–3–10', () => {
    const scale = makeScale({ min: 1e-5, max: 10, scale: 'log' });
    expect(scale.stops).toEqual([1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]);
    expect(scale.next(0.03, 1)).toBe(0.1);
    expect(scale.next(0.05, 1)).toBe(0.1);
    expect(scale.next(0.05, -1)).toBe(0.03);
    expect(scale.next(10, 1)).toBe(10);
    expect(scale.next(0.03, 1, true)).toBe(0.3);
  });
  it('a log scale that begins at zero has zero as a stop', () => {
    const { stops } = makeScale({ min: 0, max: 1, scale: 'log' });
    expect(stops[0]).toBe(0);
    expect(stops[1]).toBe(1e-6);
    expect(stops.at(-1)).toBe(1);
  });
  it('whole numbers stay whole', () => {
    const scale = makeScale({ min: 1, max: 256, scale: 'log', integer: true });
    expect(scale.stops.every(Number.isInteger)).toBe(true);
    expect(scale.clamp(3.6)).toBe(4);
    expect(makeScale({ min: 1, max: 8, integer: true }).stops).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
  it('linear grids have no rounding dust', () => {
    expect(makeScale({ min: 0, max: 1, step: 0.1 }).stops).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    const free = makeScale({ min: 0, max: 50 });
    expect(free.stops).toHaveLength(101);
  });
  it.each([{ min: 1e-5, max: 10, scale: 'log' as const }, { min: 0, max: 1, scale: 'log' as const }, { min: -6, max: 6 }, { min: 1, max: 64, integer: true }])(
    'a stop and its place on the track belong together: %o', (options) => {
      const scale = makeScale(options);
      for (const stop of scale.stops) expect(scale.at(scale.position(stop))).toBe(stop);
      expect(scale.position(scale.stops[0]!)).toBe(0);
      expect(scale.position(scale.stops.at(-1)!)).toBe(1);
    },
  );
  it('values between stops lie between them', () => {
    const scale = makeScale({ min: 0.01, max: 1, scale: 'log' });
    expect(scale.position(0.05)).toBeGreaterThan(scale.position(0.03));
    expect(scale.position(0.05)).toBeLessThan(scale.position(0.1));
  });
});

describe('conditions', () => {
  const params = { task: 'xor', classes: 3, hidden: [8, 8], causal: true, features: ['x1', 'x2'] };
  it.each<[string, boolean]>([
    ['', true],
    ['task=xor', true],
    ['task=circle|xor', true],
    ['task=circle', false],
    ['task!=circle|moons', true],
    ['task!=xor', false],
    ['classes>2', true],
    ['classes>3', false],
    ['classes>=3&task=xor', true],
    ['classes<3', false],
    ['hidden>0', true],
    ['hidden>2', false],
    ['features=x2', true],
    ['features=x1_x2', false],
    ['causal=true', true],
    ['missing=1', false],
  ])('%s → %s', (when, expected) => expect(isVisible(when, params)).toBe(expected));
  it('one that cannot be read is an error, not a silent yes', () => {
    expect(() => isVisible('task', params)).toThrow('task');
  });
});

describe('numbers', () => {
  it.each<[number, string]>([
    [0, '0'],
    [0.031234, '0.0312'],
    [1234567, '1,230,000'],
    [-0.5, '−0.5'],
    [1.5e-7, '1.5×10⁻⁷'],
    [2e12, '2×10¹²'],
    [NaN, 'NaN'],
    [-Infinity, '−∞'],
  ])('%d is shown as %s', (value, text) => expect(formatNumber(value, 'en')).toBe(text));
  it('columns stand still', () => {
    expect([1, 0.5, 0.98234, 12.3456].map((v) => formatFixed(v, 'en'))).toEqual(['1.00', '0.500', '0.982', '12.3']);
  });
  it.each<[string, number]>([['0.03', 0.03], [' 1e-3 ', 1e-3], ['0,5', 0.5], ['−2', -2], ['3×10⁻³', 0.003], ['.5', 0.5], ['abc', NaN], ['', NaN], ['1.2.3', NaN], ['0x10', NaN]])(
    '"%s" is read as %d', (text, value) => expect(parseNumber(text)).toBe(value),
  );
});

describe('the drawing pad', () => {
  const side = 140;
  const stroke = (x0: number, y0: number, w: number, h: number) => {
    const gray = new Float32Array(side * side);
    for (let y = y0; y < y0 + h; y++) for (let x = x0; x < x0 + w; x++) gray[y * side + x] = 1;
    return gray;
  };
  const mass = (image: Float32Array) => {
    let m = 0, x = 0, y = 0;
    image.forEach((v, i) => ((m += v), (x += v * ((i % SIDE) + 0.5)), (y += v * (Math.floor(i / SIDE) + 0.5))));
    return { m, x: x / m, y: y / m };
  };
  it('an empty pad is no image', () => expect(centredDigit(new Float32Array(side * side), side, side)).toBeNull());
  it.each([[0, 0], [100, 20], [60, 90]])('a digit drawn at %d, %d lands in the middle', (x, y) => {
    const image = centredDigit(stroke(x, y, 12, 40), side, side)!;
    const { x: cx, y: cy } = mass(image);
    expect(Math.abs(cx - SIDE / 2)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(cy - SIDE / 2)).toBeLessThanOrEqual(0.5);
    expect(Math.max(...image)).toBeLessThanOrEqual(1);
  });
  it('fits the ink into 20 × 20', () => {
    const image = centredDigit(stroke(10, 0, 30, 140), side, side)!;
    const rows = new Set([...image].flatMap((v, i) => (v > 0.05 ? [Math.floor(i / SIDE)] : [])));
    expect(rows.size).toBe(20);
  });
  it('keeps grey between 0 and 1 when a drawing is enlarged', () => {
    const image = centredDigit(stroke(70, 70, 20, 20), side, side)!;
    expect(mass(image).m).toBeGreaterThan(100);
  });
});
