// The benchmark's parts that measure nothing: what is made of its numbers, and that its workloads are what the engine trains.
import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { create } from '../../bench/engines/playgrad';
import { best, compare, comparison, disagreement, format, insertTable, median, readmeTable, shareOf, summary, valueOf } from '../../bench/report.mjs';
import { checksum, turned, workloads } from '../../bench/workloads';
import type * as Playgrad from '../../../web/api/index';

const results = (cells: Record<string, Record<string, object>>, more: object = {}) => ({
  date: '2026-01-02T03:04:05.678Z', chromium: '150.0.1.2', cpu: 'A Processor', cores: 2, quick: false, options: {},
  engines: { playgrad: { version: '' }, tfjs: { version: '4.22.0' }, jax: { version: '0.1.25' } },
  workloads: [
    { id: 'W1', title: 'a small network' }, { id: 'W7-64', title: 'a product', flops: 2e6 }, { id: 'network/spiral', title: 'a preset', engines: ['playgrad'] },
  ],
  cells, problems: [], ...more,
});
const whole = {
  W1: { playgrad: { rates: [9000, 11000, 10000], losses: [1, 2], paces: [100] }, tfjs: { rates: [400], losses: [1, 2], paces: [100] }, jax: { reason: 'it cannot' } },
  'W7-64': { playgrad: { rates: [5000, 7000], losses: [3], paces: [100] }, tfjs: { rates: [4000], losses: [3], paces: [100] }, jax: { error: 'it broke' } },
  'network/spiral': { playgrad: { rates: [7], losses: [], paces: [100] } },
};

test('a cell is the median of its repeats, as GFLOP/s where a step has a known number of operations', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  const { workloads, cells } = results(whole);
  expect(valueOf(workloads[0]!, cells['W1']!['playgrad'])).toBe(10000);
  expect(valueOf(workloads[1]!, cells['W7-64']!['playgrad'])).toBeCloseTo(12, 12);
  expect(valueOf(workloads[0]!, cells['W1']!['jax'])).toBeNull();
  expect(valueOf(workloads[0]!, undefined)).toBeNull();
  expect([12345.6, 999.4, 99.44, 9.876, 0.5].map(format)).toEqual(['12,346', '999', '99.4', '9.88', '0.50']);
});

test('losses agree to a thousandth, and a NaN never does', () => {
  expect(disagreement([1, -2], [1.0009, -2.0019])).toBeNull();
  expect(disagreement([1, 2], [1, 2.01])).toBe('loss 2 is 2.01 instead of 2');
  expect(disagreement([1], [NaN])).toContain('NaN');
  expect(disagreement([1, 2], [1])).toBe('1 losses instead of 2');
});

test('two runs side by side: what got slower or faster by more than 15 % is marked, and other losses are told', () => {
  const before = results(whole);
  const after = results({
    W1: { playgrad: { rates: [10000 / 1.2], losses: [1, 2], paces: [90] }, tfjs: { rates: [440], losses: [1, 2], paces: [90] }, jax: { rates: [1], paces: [90] } },
    'W7-64': { playgrad: { rates: [7200], losses: [4], paces: [90] } },
  });
  expect(compare(before, after)).toEqual([
    { workload: 'W1', engine: 'playgrad', before: 10000, after: 10000 / 1.2, ratio: 1 / 1.2, mark: 'slower', losses: true },
    { workload: 'W1', engine: 'tfjs', before: 400, after: 440, ratio: 1.1, mark: '', losses: true },
    { workload: 'W7-64', engine: 'playgrad', before: 12, after: 14.4, ratio: expect.closeTo(1.2, 12), mark: 'faster', losses: false },
  ]);
  const text = comparison(before, after);
  expect(text).toMatch(/W1 +Playgrad +10,000 +8,333 +0\.83 +slower/);
  expect(text).toMatch(/W7-64 +Playgrad +12\.0 +14\.4 +1\.20 +faster, other losses/);
  expect(text).toContain('ran at 0.90 of its pace');
  expect(text).not.toContain('Another');
  expect(comparison(before, results(whole, { cpu: 'B', quick: true }))).toMatch(/Another processor: A Processor, now B\.\nA quick run/);
  expect(comparison(before, results({}))).toBe('The two runs have no cell in common.');
});

test('the table: every workload, every library, and how we stand to the best of the others', () => {
  expect(best(results(whole), { id: 'W1', title: '' })).toEqual({ engine: 'tfjs', ratio: 25 });
  expect(best(results(whole), { id: 'network/spiral', title: '' })).toBeNull();
  expect(readmeTable(results(whole))).toBe(`| | Playgrad | TensorFlow.js 4.22.0 | jax-js 0.1.25 | to the best of them |
|---|---:|---:|---:|---:|
| W1 a small network | 10,000 | 400 | — | 25 × |
| W7 a product (GFLOP/s) | 12.0 | 8.00 | — | 1.5 × |

Steps per second (W5: forward passes), one thread, 2026-01-02, Chromium 150, A Processor. \`npm run bench\` measures them anew.`);
  expect(() => readmeTable(results(whole, { quick: true }))).toThrow('not to be quoted');
  expect(() => readmeTable(results({ W1: whole.W1 }))).toThrow('no result for W7-64');
  expect(summary(results(whole))).toMatch(/W7-64 +GFLOP\/s +12\.0 +8\.00 +failed +1\.5 ×\nnetwork\/spiral +steps\/s +7\.00$/);
});

test('what a reader of the page waits for stands under the table', () => {
  const page = { preset: 'network/spiral', full_speed_ms: [120, 100, 400], load_ms: [300], slider_ms: [20, 30], speeds: [{ bare: 100, page: 90 }, { bare: 200, page: 190 }] };
  expect(shareOf(page)).toBeCloseTo(0.925, 12);
  expect(summary(results(whole, { page }))).toContain('7.00\n\npage: first step to full speed');
  expect(summary(results({}, { page }))).toMatch(/^page: first step to full speed +120 ms \(100 … 400\)\n.* 300 ms .*\n.* 25 ms .*\n.*network\/spiral.* 93 %$/);
});

test('the table goes between its markers and leaves the rest alone', () => {
  const once = insertTable('a\n<!-- bench -->\n<!-- /bench -->\nb\n', 'one');
  expect(once).toBe('a\n<!-- bench -->\none\n<!-- /bench -->\nb\n');
  expect(insertTable(once, 'two')).toBe('a\n<!-- bench -->\ntwo\n<!-- /bench -->\nb\n');
  expect(() => insertTable('a', 'one')).toThrow('no place');
});

test('a turned weight and the checksum', () => {
  expect(turned({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) })).toEqual({ shape: [3, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) });
  expect(checksum([1, 2])).toBe((1 + 2 * 4) / 2);
});

test.each(workloads.filter(({ id }) => !['W7-256', 'W7-512'].includes(id)))('$id: its weights are the parameters of its spec, and its first steps are finite', async ({ id, make }) => {
  const { loadEngine } = (await import(/* @vite-ignore */ `${process.cwd()}/dist/playgrad/index.js`)) as typeof Playgrad;
  const engine = await loadEngine({ wasmBinary: readFileSync('dist/playgrad/playgrad.wasm') });
  const work = make();
  expect(work.id).toBe(id);
  const model = engine.createModel(work.spec);
  expect(Object.fromEntries(Object.entries(work.weights).map(([name, { shape }]) => [name, shape]))).toEqual(Object.fromEntries(model.parameters().map(({ name, shape }) => [name, shape])));
  model.dispose();
  const first = await firstLosses(create(engine, work));
  expect(first.every((loss) => loss > 0 && loss < 1e3)).toBe(true);
  expect(await firstLosses(create(engine, make()))).toEqual(first);
});

async function firstLosses(instance: ReturnType<typeof create>): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < 2; i++) {
    await instance.step(0);
    losses.push(await instance.loss!());
  }
  return losses;
}
