// The page on cost: its arithmetic, what it measures, and that the measurement which it shows bears out what its text says.
import { readFileSync } from 'node:fs';
import { loadEngine, type Engine } from 'playgrad';
import { beforeAll, describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../../.tools/markdown.mjs';
import { labelled, lineOf, makeFrame, outgrown } from '../../../web/site/cost/chart';
import { factsOf, fillFacts, wordsOf } from '../../../web/site/cost/facts';
import json from '../../../web/site/cost/figures.json';
import { at, crossing, fitPower } from '../../../web/workbench/cost/fit';
import { countOf, measure, noiseOf, pointOf, type Found } from '../../../web/workbench/cost/measure';
import { D_MODEL, forwardIds, sweepIds, sweeps, type AnySweep, type Figures } from '../../../web/workbench/cost/sweeps';
import { formatBytes, formatPower, formatTime } from '../../../web/workbench/cost/units';

const figures = json as Figures;
const languages = ['en', 'ko'] as const;
const text = (language: string) => readFileSync(`web/site/cost/${language}.md`, 'utf8');

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine();
});

describe('a power law', () => {
  const line = (exponent: number) => [8, 16, 32, 64].map((x) => ({ x, y: 3 * x ** exponent }));

  test('is found exactly where it is one', () => {
    for (const exponent of [-1, 0, 0.5, 1, 2]) {
      const power = fitPower(line(exponent))!;
      expect(power.exponent).toBeCloseTo(exponent, 12);
      expect(at(power, 128)).toBeCloseTo(3 * 128 ** exponent, 9);
    }
  });
  test('is the best one in logarithms where it is not', () => {
    // Deviations that are symmetric about the line, and that do not lean, leave it as it is.
    const bent = line(1).map(({ x, y }, i) => ({ x, y: y * [1.1, 1 / 1.1, 1 / 1.1, 1.1][i]! }));
    expect(fitPower(bent)!.exponent).toBeCloseTo(1, 12);
    expect(fitPower(line(1).map(({ x, y }, i) => ({ x, y: i === 3 ? 2 * y : y })))!.exponent).toBeCloseTo(1.3, 12);
  });
  test('needs two sizes', () => {
    expect(fitPower([])).toBeNull();
    expect(fitPower([{ x: 2, y: 5 }, { x: 2, y: 6 }])).toBeNull();
    expect(fitPower([{ x: 2, y: 5 }, { x: 4, y: 0 }])).toBeNull();
  });
  test('crosses another where the logarithms do', () => {
    const flat = [8, 16, 32, 64].map((x) => ({ x, y: 3 * 20 }));
    expect(crossing(line(1), flat)).toBeCloseTo(20, 9);
    expect(crossing(flat, line(1))).toBeNull();
  });
});

test('units: three digits, and a full thousand is the next unit', () => {
  expect([1.949e-3, 18e-6, 0.99996e-3, 51.2e-12, 2].map((s) => formatTime(s, 'en'))).toEqual(['1.95 ms', '18 µs', '1 ms', '51.2 ps', '2 s']);
  expect([26752, 36.6e6, 12].map((b) => formatBytes(b, 'ko'))).toEqual(['26.8 KB', '36.6 MB', '12 B']);
  expect([2, 1.949, 0.96].map((p) => formatPower(p, 'en'))).toEqual(['2.0', '1.9', '1.0']);
});

describe('a panel', () => {
  test.each(sweepIds)('%s: every size lies within, and a decade is equally long both ways', (id) => {
    const frame = makeFrame(200, sweeps[id].sizes, [1e-5, 3e-2]);
    for (const size of sweeps[id].sizes) {
      expect(frame.x(size)).toBeGreaterThan(4);
      expect(frame.x(size)).toBeLessThan(196);
    }
    expect(frame.y(3e-2)).toBeGreaterThan(30);
    expect(frame.y(1e-5)).toBeLessThan(frame.height - 10);
    expect(frame.x(100) - frame.x(10)).toBeCloseTo(frame.y(1e-4) - frame.y(1e-3), 9);
    expect(frame.ticks).toEqual([-5, -4, -3, -2, -1].map((power) => expect.closeTo(10 ** power, 12)));
    const shown = labelled(sweeps[id].sizes, frame, 30);
    expect(shown.at(-1)).toBe(sweeps[id].sizes.at(-1));
    shown.slice(1).forEach((size, i) => expect(frame.x(size) - frame.x(shown[i]!)).toBeGreaterThanOrEqual(30));
  });
  test('the thin line lies under all points and touches one', () => {
    for (const id of sweepIds) {
      const line = lineOf('time', figures.points[id])!;
      const ratios = figures.points[id].map((point) => point.seconds / line(point));
      expect(Math.min(...ratios)).toBeCloseTo(1, 9);
    }
  });
  test('a cache is outgrown between two sizes', () => {
    const points = [10, 20, 40].map((size) => ({ size, bytes: size * size, seconds: 1, spread: 1, parameters: 1, flops: 1 }));
    expect(outgrown(points, 900)).toBeCloseTo(30, 9);
    expect(outgrown(points, 1)).toBeNull();
    expect(outgrown(points, 1e9)).toBeNull();
  });
});

describe('the sweeps', () => {
  const flops = (id: AnySweep, size: number) => {
    const model = engine.createModel(sweeps[id].spec(size));
    const { cost } = model;
    model.dispose();
    return cost.flops;
  };

  test.each([...sweepIds, ...forwardIds])('%s: six to eleven sizes, each twice the one before, at least three of them in the fit', (id) => {
    const { sizes, from } = sweeps[id];
    expect(sizes.length).toBeGreaterThanOrEqual(6);
    expect(sizes.length).toBeLessThanOrEqual(11);
    sizes.slice(1).forEach((size, i) => expect(size).toBe(2 * sizes[i]!));
    expect(sizes.filter((size) => size >= from).length).toBeGreaterThanOrEqual(3);
    for (const size of sizes) expect(engine.validate(sweeps[id].spec(size)).errors).toEqual([]);
  });

  test('their multiply-adds are those of the formulas in the text', () => {
    const d = D_MODEL;
    for (const T of [64, 256, 1024]) {
      const ratio = flops('attention', T) / 2 / (4 * T * d * d + 2 * T * T * d);
      expect(ratio).toBeGreaterThan(0.99);
      expect(ratio).toBeLessThan(1.1); // the softmax
    }
    expect(flops('lstm', 512) / flops('lstm', 256)).toBeCloseTo(2, 2);
    // A pass forward is of the same models.
    for (const id of ['attention', 'lstm'] as const) expect(flops(`${id}_forward`, 256)).toBe(flops(id, 256));
    expect(flops('batch', 512) / flops('batch', 256)).toBeCloseTo(2, 2);
    expect((flops('depth', 64) - flops('depth', 32)) / (flops('depth', 32) - flops('depth', 16))).toBeCloseTo(2, 9);
    expect(flops('width', 1024) / flops('width', 512)).toBeCloseTo(4, 1);
  });

  test('measuring calls back for every size of every round, with what the model says of itself', () => {
    const plan = { sweeps: ['lstm', 'depth'] as const, rounds: 2, budget_ms: 0 };
    const found: Found[] = [];
    measure(engine, plan, (what) => found.push(what));
    expect(found).toHaveLength(countOf(plan));
    expect(found.map(({ sweep, round }) => `${sweep} ${round}`)).toEqual([0, 1].flatMap((round) => [...Array(7).fill(`lstm ${round}`), ...Array(7).fill(`depth ${round}`)]));
    for (const { seconds, bytes, parameters } of found) {
      expect(seconds).toBeGreaterThan(1e-6);
      expect(seconds).toBeLessThan(10);
      expect(bytes).toBeGreaterThan(16 * parameters);
    }
  });

  test('a pass forward alone takes less than the step that it is part of, and changes nothing', () => {
    const time = (sweep: AnySweep) => {
      const found: Found[] = [];
      measure(engine, { sweeps: [sweep], rounds: 1, budget_ms: 4 }, (what) => found.push(what));
      return found.find(({ size }) => size === 512)!.seconds;
    };
    expect(time('lstm_forward')).toBeLessThan(time('lstm'));
    expect(time('attention_forward')).toBeLessThan(time('attention'));
  });

  test('a point is the best round; noise is how far the middling round lies above it', () => {
    const rounds = [3, 1, 1.2].map((seconds, round) => ({ sweep: 'lstm' as const, size: 8, round, seconds, bytes: 1, parameters: 2, flops: 3 }));
    expect(pointOf(rounds)).toEqual({ size: 8, seconds: 1, spread: 1.2, bytes: 1, parameters: 2, flops: 3 });
    expect(noiseOf([pointOf(rounds), pointOf(rounds.slice(0, 1)), pointOf(rounds)])).toBe(1.2);
  });
});

describe('the measurement that the page shows', () => {
  test.each(sweepIds)('%s is of the sweeps as they are, and of this engine: `npm run bench -- --cost` makes it anew', (id) => {
    expect(figures.points[id].map(({ size }) => size)).toEqual(sweeps[id].sizes);
    for (const point of figures.points[id]) {
      const model = engine.createModel(sweeps[id].spec(point.size));
      const parameters = model.parameters().reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
      expect(point.parameters).toBe(parameters);
      expect(point.flops).toBe(model.cost.flops);
      expect(Math.abs(point.bytes / model.cost.bytes - 1)).toBeLessThan(0.05);
      model.dispose();
    }
  });
  test('says what made it, and nothing more', () => {
    expect(Object.keys(figures).sort()).toEqual(['caches', 'chromium', 'cores', 'date', 'points', 'rounds']);
    expect(figures.rounds).toBeGreaterThanOrEqual(10);
  });
});

// Every sentence with a number, and those that would be wrong with another.
describe('what the text says', () => {
  const facts = factsOf(figures);
  const between = (value: number, low: number, high: number) => {
    expect(value).toBeGreaterThan(low);
    expect(value).toBeLessThan(high);
  };

  test('width: the square at the upper end, far less at the lower', () => {
    between(facts.exponents.width, 1.8, 2.15);
    between(facts.widthDoubled, 4, 5.3);
    between(facts.widthSmall, 1, 2.5);
  });
  test('depth: in proportion', () => between(facts.exponents.depth, 0.9, 1.15));
  test('batch: in proportion at the upper end; sixteen examples take far less than sixteen times as long as one', () => {
    between(facts.exponents.batch, 0.85, 1.15);
    between(facts.batchOfSixteen, 1, 5);
    expect(facts.exampleAlone).toBeGreaterThan(5 * facts.exampleAtBest);
    between(facts.batchEnough, 8, 1024);
  });
  test('attention: near the square at the upper end, not at the lower', () => {
    between(facts.exponents.attention, 1.7, 2.15);
    between(facts.attentionDoubled, 3.2, 5);
    between(facts.attentionSmall, 0.5, 1.5);
  });
  test('recurrence: in proportion; slower than attention for short texts, faster for long ones', () => {
    between(facts.exponents.lstm, 0.9, 1.1);
    between(facts.crossing!, 20, 700);
  });
  test('memory: parameters are most of it for one example and little of it for many; attention keeps the square', () => {
    between(facts.parametersOfOne, 0.6, 1);
    between(facts.parametersOfMany, 0, 0.1);
    between(facts.memory.attention, 1.6, 2.05);
    between(facts.memory.width, 1.6, 2.05);
    for (const id of ['depth', 'batch', 'lstm'] as const) between(facts.memory[id], 0.75, 1.05);
  });

  test('no cliff: from one size to the next, and from the best to the largest, a multiply-add gets little dearer', () => {
    for (const id of sweepIds) {
      expect(facts.rises[id], id).toBeLessThan(1.8);
    }
    expect(facts.worstStep).toBeLessThan(1.4);
    // What 96 multiply-adds take hides the fetching of 16 bytes at 10 GB/s.
    expect(facts.weightWork).toBeGreaterThan(3 * (16 / 10e9));
    between(facts.exampleAlone / facts.exampleAtBest, 5, 60);
  });

  test('every fact is in both texts, and every hole of the texts is a fact', () => {
    for (const language of languages) {
      const words = wordsOf(figures, language);
      expect(fillFacts(text(language), words).missing).toEqual([]);
      const used = new Set([...text(language).matchAll(/\{\{([\w.]+)\}\}/g)].map(([, name]) => name));
      const holes = (of: string) => [...text(of).matchAll(/\{\{([\w.]+)\}\}/g)].map(([hole]) => hole).sort();
      expect(holes(language)).toEqual(holes('en'));
      // Exponents and the like exist for every sweep; all others are there because a sentence says them.
      const single = Object.keys(words).filter((name) => !/\.(exponent|memory|rise|from)$/.test(name));
      for (const name of single) expect(used.has(name), name).toBe(true);
    }
    expect(fillFacts('{{a}} {{b}}', { a: '1' })).toEqual({ text: '1 {{b}}', missing: ['b'] });
  });
  test.each(languages)('no paragraph is longer than 90 words (%s)', (language) => {
    for (const [, paragraph] of renderMarkdown(text(language)).html.matchAll(/<p>([^]*?)<\/p>/g)) {
      const plain = paragraph!.replace(/<math[^]*?<\/math>/g, 'x').replace(/<[^>]*>/g, '');
      expect(plain.split(/\s+/).length, plain).toBeLessThanOrEqual(90);
    }
  });
});
