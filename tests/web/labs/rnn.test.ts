// The view's arithmetic, and that it reads what the engine gives.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawLab } from '../../../bindings/lab';
import { loadEngine, type WholeEngine } from '../../../.tools/wasm.mjs';
import type { LabContext } from '../../../web/labs/lab-view';
import { answerOf, cellRef, describe as nameOf, left, lookOf, partsOf, shares, watchItems, type RnnInfo } from '../../../web/labs/rnn/sequence';
import view from '../../../web/labs/rnn/view';
import en from '../../../web/labs/rnn/en.json';
import ko from '../../../web/labs/rnn/ko.json';
import presets from '../../../web/labs/rnn/presets.json';

const info = (over: Partial<RnnInfo> = {}): RnnInfo => ({
  task: 'adding', cell: 'lstm', gates: 'ifgo', steps: 6, width: 2, classes: 0, every_step: false, vocabulary: null, tokens: [], hidden_size: 4, num_layers: 2,
  bidirectional: true, distance: 0, nothing: -100, parameters: 1, beside: ['rnn_tanh', 'lstm', 'gru', 'attention'], example: { index: 0, count: 256 }, ...over,
});
const t = (key: string, vars: Record<string, string | number> = {}) => [key, ...Object.values(vars)].join(' ');
const ctxOf = (of: RnnInfo, look: Record<string, unknown> = {}, hidden: string[] = []) => ({ info: of, view: look, shows: (part: string) => !hidden.includes(part), t }) as unknown as LabContext;

describe('what is looked at', () => {
  test('stays inside what there is', () => {
    expect(lookOf({ layer: 9, reverse: 'yes', tab: 'other' }, info())).toEqual({ layer: 1, reverse: false, tab: 'gradient' });
    expect(lookOf({ layer: 0, reverse: true, tab: 'time' }, info())).toEqual({ layer: 0, reverse: true, tab: 'time' });
    expect(lookOf({ layer: 0.5, reverse: true }, info({ bidirectional: false }))).toMatchObject({ layer: 1, reverse: false });
    expect(view.keep!({ layer: 1, other: 2 })).toEqual({ layer: 1, reverse: undefined, tab: undefined });
  });
  test('a cell has the pictures of its gates', () => {
    expect(partsOf(info()).map(({ of }) => of)).toEqual(['h', 'c', 'i', 'f', 'g', 'o']);
    expect(partsOf(info({ cell: 'gru', gates: 'rzn' })).map(({ of }) => of)).toEqual(['h', 'r', 'z', 'n']);
    expect(partsOf(info({ cell: 'rnn_relu', gates: '' })).map(({ of }) => of)).toEqual(['h']);
  });
  test('only what is shown is read', () => {
    const names = (...args: Parameters<typeof ctxOf>) => watchItems(ctxOf(...args)).map(({ key }) => key);
    expect(names(info())).toEqual(['inputs', 'targets', 'outputs', 'states:h', 'states:c', 'states:i', 'states:f', 'states:g', 'states:o', 'flow']);
    expect(names(info(), { tab: 'readout' }, ['states'])).toEqual(['inputs', 'targets', 'outputs', 'readout']);
    expect(names(info({ width: 1 }), { tab: 'time' }, ['states'])).toEqual(['inputs', 'targets', 'outputs', 'continuation']);
    expect(names(info(), {}, ['states', 'gradient'])).toEqual(['inputs', 'targets', 'outputs']);
  });
});

describe('names and numbers', () => {
  test('a cell of a picture is found in the engine, and called what it is', () => {
    const look = { layer: 1, reverse: true, tab: 'gradient' } as const;
    expect(cellRef(info(), look, 'f', 3, 2)).toEqual({ value: 'rnn.l1_reverse.gates', index: [3, 6] });
    expect(cellRef(info(), look, 'c', 3, 2)).toEqual({ value: 'rnn.l1_reverse.cell', index: [3, 2] });
    expect(nameOf({ value: 'rnn.l1_reverse.gates', index: [3, 6] }, info(), t)).toBe('ui.part.f · ui.at 4 3 · ui.layer 2 · ui.backward');
    expect(nameOf({ value: 'rnn.l0', index: [0, 1] }, info({ num_layers: 1 }), t)).toBe('ui.part.h · ui.at 1 2');
    expect(nameOf({ value: 'rnn', index: [1] }, info({ num_layers: 1 }), t)).toBe('ui.part.h · ui.at 6 2');
    expect(nameOf({ value: 'rnn.weight_hh_l0', index: [0, 0] }, info(), t)).toBe('');
    expect(nameOf({ value: 'output', index: [0] }, info(), t)).toBe('');
  });
  test('gradients are shares of the one at the answer', () => {
    expect(shares([4, 2, 1])).toEqual([1, 0.5, 0.25]);
    expect(left([4, 2, 1, NaN])).toEqual({ distance: 2, share: 0.25 });
    expect(left([4])).toBeNull();
  });
  test('an answer is the likeliest class', () => {
    const outputs = { shape: [2, 3], data: Float32Array.from([0.2, 0.5, 0.3, 0.9, 0, 0.1]) };
    expect(answerOf(info({ classes: 3 }), outputs, 0)).toEqual({ best: 1, sure: 0.5 });
    expect(answerOf(info({ classes: 3 }), outputs, 1)!.best).toBe(0);
    expect(answerOf(info({ classes: 3 }), outputs, 2)).toBeNull();
    expect(answerOf(info(), outputs, 0)).toBeNull();
  });
});

describe('with the engine', () => {
  let engine: WholeEngine, lab: RawLab;
  beforeAll(async () => {
    engine = await loadEngine();
    lab = engine.createLab('rnn', JSON.stringify({ task: 'sentiment', cell: 'lstm', num_layers: 2, bidirectional: true, hidden_size: 4 }));
    lab.step(3);
  });
  afterAll(() => lab.delete());
  const query = (name: string, args: object = {}) => JSON.parse(lab.query(name, JSON.stringify(args)));

  test('everything that is watched is there', () => {
    for (const tab of ['gradient', 'readout']) {
      for (const { name, args } of watchItems(ctxOf(query('info'), { tab }))) expect(lab.read(name, JSON.stringify(args ?? {})).data.length, name).toBeGreaterThan(0);
    }
  });
  test('a cell of each picture opens to its own number', () => {
    const about = query('info') as RnnInfo;
    for (const layer of [0, 1]) {
      for (const reverse of [false, true]) {
        for (const { of } of partsOf(about)) {
          const { value, index } = cellRef(about, { layer, reverse, tab: 'gradient' }, of, 5, 3);
          const states = lab.read('states', JSON.stringify({ of, layer, reverse }));
          expect(Math.fround(query('explain', { value, index }).result), `${of} ${layer} ${reverse}`).toBe(states.data[5 * 4 + 3]);
        }
      }
    }
  });
  test('every class and every fact has a name in both languages', () => {
    for (const words of [en, ko]) {
      for (const task of ['sine', 'waves', 'order', 'adding', 'parity', 'brackets', 'names', 'sentiment'] as const) {
        expect(words.ui.fact[task]).toMatch(/.{5,}/);
        expect(words.ui.task[task]).toMatch(/.{5,}/);
        const made = engine.createLab('rnn', JSON.stringify({ task, length: 8 }));
        const { classes, vocabulary } = JSON.parse(made.query('info', '{}')) as RnnInfo;
        made.delete();
        if (classes && !vocabulary) expect(Object.keys((words.ui.class as Record<string, object>)[task]!)).toHaveLength(classes);
      }
    }
  });
});

describe('what the explanation says beyond numbers', () => {
  let engine: WholeEngine;
  beforeAll(async () => {
    engine = await loadEngine();
  });
  const after = (params: object, steps: number) => {
    const lab = engine.createLab('rnn', JSON.stringify(params));
    lab.step(steps);
    return lab;
  };
  const flowOf = (lab: RawLab, of?: string) => shares(lab.read('flow', JSON.stringify(of ? { of } : {})).data);

  test('the vanilla gradient is lost on the way, the trained gates bring it, attention does not lose it', () => {
    const tanh = after(presets['adding-tanh'].params, 900);
    expect(flowOf(tanh)[40]).toBeLessThan(1e-6);
    tanh.delete();
    const lstm = after(presets['adding-lstm'].params, 900);
    expect(flowOf(lstm)[40]).toBeGreaterThan(0.05);
    for (let i = 0; i < 4; ++i) lstm.act('beside', JSON.stringify({ model: 'attention', steps: 75 }));
    const attention = flowOf(lstm, 'attention');
    expect(Math.min(...attention.slice(30)) / Math.min(...attention.slice(1, 20))).toBeGreaterThan(0.05);
    lstm.delete();
  });
  test('the slow wave can be read from an untrained state too, the parity only from a trained one', () => {
    const waves = after(presets.waves.params, 400), [wave, untrainedWave] = waves.read('readout', '{}').data;
    waves.delete();
    expect(wave).toBeGreaterThan(0.85);
    expect(untrainedWave).toBeGreaterThan(0.8);
    const parity = after(presets.parity.params, 600), [odd, untrainedOdd] = parity.read('readout', '{}').data;
    parity.delete();
    expect(odd).toBeGreaterThan(0.95);
    expect(untrainedOdd).toBeLessThan(0.1);
  });
  test('a GRU has a quarter fewer recurrent parameters than an LSTM', () => {
    const count = (cell: string) => {
      const lab = engine.createLab('rnn', JSON.stringify({ task: 'adding', cell, hidden_size: 16 }));
      const { parameters } = JSON.parse(lab.query('info', '{}')) as RnnInfo;
      lab.delete();
      return parameters - 17; // the answer's own
    };
    expect(count('gru') / count('lstm')).toBeCloseTo(0.75);
  });
});
