// Every rule of the coach speaks of the run that it is for, and not of its near twin, with two seeds; what it says has numbers, and
// both languages have the words.
import { beforeAll, describe, expect, test } from 'vitest';
import { RULES, type RuleId } from '../../../web/coach/rules';
import type { WholeEngine } from '../../../.tools/wasm.mjs';
import { labs } from '../claims';
import { coached, engineWithData, type Listener } from './harness';
import { cases } from './runs';

const SEEDS = [1, 2];

let engine: WholeEngine;
beforeAll(async () => {
  engine = await engineWithData();
});

test.each([['network', { task: 'gaussian', classes: 3 }], ['attention', { task: 'brackets', num_layers: 2, dim_feedforward: 32 }]])('%s: of a batch of one, the gradient of the example is the batch\'s', (lab, params) => {
  const { facts } = coached(engine, lab, { ...params, batch_size: 1 }, 40);
  const { batch, own, whole } = facts.signals!;
  expect(batch).toBe(1);
  expect(own).toBeGreaterThan(0);
  expect(own / whole).toBeCloseTo(1, 3);
});

test('every rule has a run and a twin', () => {
  expect(Object.keys(cases).sort()).toEqual(RULES.map(({ id }) => id).sort());
  for (const all of Object.values(cases)) expect(all.length).toBeGreaterThan(0);
});

describe.each(Object.entries(cases))('%s', (id, all) => {
  const rule = id as RuleId;
  describe.each(all)('$lab $params', ({ lab, params, steps, twin }) => {
    const runs = new Map<number, Listener>();
    const run = (seed: number) => {
      if (!runs.has(seed)) runs.set(seed, coached(engine, lab, { ...params, seed }, steps));
      return runs.get(seed)!;
    };
    test.each(SEEDS)('is said, with its numbers (seed %i)', (seed) => {
      const { last } = run(seed);
      expect(last.map((finding) => finding.rule.id)).toContain(rule);
      const { evidence } = last.find((finding) => finding.rule.id === rule)!;
      const numbers = Object.values(evidence).filter((value) => typeof value === 'number');
      expect(numbers.length).toBeGreaterThan(0);
      for (const value of numbers) expect(value).not.toBeNaN();
    });
    test.each(SEEDS)('is mended by what it offers (seed %i)', (seed) => {
      const { change } = run(seed).last.find((finding) => finding.rule.id === rule)!;
      if (rule === 'stop' && lab === 'attention') return expect(change).toBeNull(); // its runs have no end to set
      const mended = coached(engine, lab, { ...params, ...change, seed }, steps);
      expect(mended.last.map((finding) => finding.rule.id), JSON.stringify(change)).not.toContain(rule);
    });
    test.each(SEEDS)(`is not said of the twin (seed %i): ${JSON.stringify(twin)}`, (seed) => {
      const { said } = coached(engine, lab, { ...params, ...twin, seed }, steps);
      expect(said.flat().map((finding) => finding.rule.id)).not.toContain(rule);
    });
  });
});

test('attention that goes on in vain is told what to try', () => {
  const change = (name: string) => coached(engine, 'attention', labs['attention']![name]!.params, 1500).last.find(({ rule }) => rule.id === 'plateau')?.change;
  expect(change('reverse-without-positions')).toEqual({ positional: 'sinusoidal' });
});

test('a sequence that is too long for the cell or for the way back is told so', () => {
  const change = (name: string) => coached(engine, 'rnn', labs['rnn']![name]!.params, 600).last.find(({ rule }) => rule.id === 'plateau')?.change;
  expect(change('order-tanh')).toEqual({ cell: 'gru' });
  expect(change('order-cut')).toEqual({ bptt: 0 });
});
