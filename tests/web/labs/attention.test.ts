// The view's arithmetic: what is read, what is shown, how the pictures share the stage.
import katex from 'katex';
import { describe, expect, test } from 'vitest';
import { schema } from '#schema';
import { headOf } from '../../../web/elements/matrix';
import { TEX } from '../../../web/elements/tex';
import type { LabContext, Snapshot } from '../../../web/labs/lab-view';
import {
  attended, cellRef, describe as nameOf, explainQuery, GAP, infoOf, isolate, lookOf, matrixOf, nameWidth, niceCeil, roomFor, shorten,
  STAGES, STEPS, stagesOf, TABS, tabOf, visible, watchItems, weightsKey, type AttentionInfo,
} from '../../../web/labs/attention/stages';
import { beyondLinear, comparedOf, counted, exponentOf, headsFor, masksOf, pairsSeen, pathLength, sees } from '../../../web/labs/attention/floor';
import { formulaOf, formulas, scaledTex } from '../../../web/labs/attention/formulas';
import { formulas as set } from '#formulas/attention';

const info = (over: Partial<AttentionInfo> = {}): AttentionInfo => ({
  task: 'sentence', trains: false, tokens: ['a', 'b', 'c'], labels: ['a', 'b', 'c'], truncated: false, rest: '', max_tokens: 64,
  n_layers: 1, nhead: 2, d_model: 8, d_k: 4, scale: 0.5, causal: false, window: 0, pad_tokens: 0, ...over,
});
const look = { step: 'softmax', layer: 0, head: 1, follow: 0, narrow: false } as const;
const t = (key: string, vars: Record<string, string | number> = {}) => `${key}(${Object.values(vars).join('|')})`;

describe('what is looked at', () => {
  test('stays inside what there is', () => {
    expect(lookOf({ head: 7, layer: 3, follow: 99, step: 'nonsense' }, info())).toEqual({ step: 'softmax', layer: 0, head: 1, follow: 2, narrow: false });
    expect(lookOf({ head: -1, follow: 1.5 }, info())).toMatchObject({ head: 0, follow: 1 });
  });
  test('begins with the last token that has to look somewhere', () => {
    expect(lookOf({}, info({ right_keys: [-1, 0, -1] })).follow).toBe(1);
    expect(lookOf({}, info({ right_keys: [-1, -1, -1] })).follow).toBe(1);
    expect(lookOf({}, null).follow).toBe(0);
  });
});

describe('what is read in each snapshot', () => {
  test('a wide stage shows every stage of one layer, and the weights of all layers', () => {
    const items = watchItems({ ...look, layer: 1 }, info({ n_layers: 2 }));
    const read = items.filter((item) => item.kind !== 'query');
    expect(read.map((item) => item.name).sort()).toEqual([...STAGES.map((def) => def.stage), 'weights'].sort());
    expect(read.filter((item) => item.name === 'weights').map((item) => item.args)).toEqual([{ layer: 0 }, { layer: 1 }]);
    expect(read.filter((item) => item.name !== 'weights').every((item) => (item.args as { layer: number }).layer === 1)).toBe(true);
    expect(new Set(items.map((item) => item.key)).size).toBe(items.length);
  });
  test('a narrow one only its step, what the step is computed from, and the weights', () => {
    const names = (step: (typeof STEPS)[number]) => watchItems({ ...look, step, narrow: true }, info()).map((item) => item.name).sort();
    expect(names('qkv')).toEqual(['info', 'k', 'q', 'v', 'weights', 'x']);
    expect(names('scores')).toEqual(['info', 'k', 'q', 'scores', 'weights']);
    expect(names('softmax')).toEqual(['info', 'scaled', 'weights']);
    expect(names('output')).toEqual(['heads', 'info', 'out', 'v', 'weights']);
  });
  test('every stage belongs to one step', () => {
    expect(STEPS.flatMap((step) => stagesOf(step))).toEqual([...STAGES]);
  });
});

describe('a head of a tensor', () => {
  const data = Float32Array.from({ length: 12 }, (_, i) => i);
  test('begins where its numbers do', () => {
    expect(headOf({ shape: [2, 3, 2], data }, 1)).toEqual({ data, offset: 6, rows: 3, cols: 2 });
    expect(headOf({ shape: [3, 4], data }, 0)).toEqual({ data, offset: 0, rows: 3, cols: 4 });
    expect(headOf({ shape: [2, 3, 2], data }, 2)).toBeNull();
    expect(headOf({ shape: [12], data }, 0)).toBeNull();
  });
  test('comes from the snapshot under its own key', () => {
    const snapshot = { watched: { [weightsKey(1)]: { shape: [2, 2, 3], data }, x: { shape: [3, 4], data } } } as unknown as Snapshot;
    expect(matrixOf(snapshot, 'weights', { ...look, layer: 1 })?.offset).toBe(6);
    expect(matrixOf(snapshot, 'weights', look)).toBeNull();
    expect(matrixOf(snapshot, 'x', look)?.offset).toBe(0);
    expect(matrixOf(null, 'x', look)).toBeNull();
  });
  test('what a row attends to, the largest first', () => {
    const weights = { data: [9, 9, 9, 0.2, 0.5, 0.3], offset: 3, rows: 1, cols: 3 };
    expect(attended(weights, 0).map((entry) => entry.token)).toEqual([1, 2, 0]);
  });
});

test('predictions come from the newest snapshot, but never those of another example', () => {
  const old = info({ tokens: ['x'] }), now = info();
  const ctx = (answer: AttentionInfo | undefined) => ({ info: now, snapshot: answer && ({ answers: { info: answer } } as unknown as Snapshot) }) as LabContext;
  expect(infoOf(ctx(old))).toBe(now);
  const newer = info({ predictions: ['1', null, null] });
  expect(infoOf(ctx(newer))).toBe(newer);
  expect(infoOf(ctx(undefined))).toBe(now);
  expect(infoOf(null)).toBeNull();
});

describe('texts of the reader', () => {
  test('are cut between characters as one reads them', () => {
    expect(shorten('attention', 5)).toBe('atte…');
    expect(shorten('short', 5)).toBe('short');
    expect(shorten('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2)).toBe('👩‍👩‍👧‍👦…');
    expect(shorten('각'.normalize('NFD').repeat(4), 3)).toBe(`${'각'.normalize('NFD').repeat(2)}…`);
  });
  test('may be of any length', () => {
    const begin = performance.now();
    expect(shorten('z'.repeat(1_000_000), 8)).toBe('zzzzzzz…');
    expect(performance.now() - begin).toBeLessThan(50);
  });
  test('cannot turn their surroundings, and blanks can be seen', () => {
    expect(isolate('שלום')).toBe('\u2068שלום\u2069');
    expect(visible(' ')).toBe('␣');
    expect(visible('a')).toBe('a');
  });
});

test.each([[0, 1], [NaN, 1], [Infinity, 1], [1, 1], [1.01, 1.2], [4.4, 5], [7, 8], [9, 10], [0.031, 0.04], [44.7, 50], [3e-9, 3e-9]])('a scale for %d ends at %d', (value, end) => {
  expect(niceCeil(value)).toBeCloseTo(end, 12);
});

describe('formulas follow the parameters', () => {
  test('those that a first look shows are set by the build, whatever the parameters', () => {
    expect(Object.keys(set).sort()).toEqual(formulas().sort());
    for (const tex of formulas()) expect(set[tex]).toBe(katex.renderToString(tex, TEX));
    const choices = (key: string) => schema.labs.attention.params.find((row) => row.key === key)!.choices!;
    for (const step of STEPS)
      for (const task of choices('task'))
        for (const projection of choices('projection'))
          for (const scaled of [true, false])
            for (const causal of [true, false])
              for (const temperature of [0.1, 1, 2]) expect(set).toHaveProperty([formulaOf(step, { task, projection, scaled, causal, temperature })]);
  });
  test('what scores are divided by', () => {
    expect(scaledTex({ scaled: true, temperature: 1 })).toBe('\\dfrac{s_{ij}}{\\sqrt{d_k}}');
    expect(scaledTex({ scaled: true, temperature: 2 })).toBe('\\dfrac{s_{ij}}{\\sqrt{d_k}\\,T}');
    expect(scaledTex({ scaled: false, temperature: 2 })).toBe('\\dfrac{s_{ij}}{T}');
    expect(scaledTex({ scaled: false, temperature: 1 })).toBe('s_{ij}');
  });
  test('the mask', () => {
    expect(formulaOf('softmax', { causal: true })).toContain('-\\infty');
    expect(formulaOf('softmax', { causal: false })).not.toContain('-\\infty');
  });
  test('projections are left out where there are none', () => {
    expect(formulaOf('qkv', { task: 'sentence', projection: 'identity' })).not.toContain('W_Q');
    expect(formulaOf('qkv', { task: 'lookup', projection: 'identity' })).toContain('W_Q');
  });
});

describe('the inspector', () => {
  test('asks for cells by stage and index, with the layer looked at', () => {
    expect(explainQuery(cellRef('scores', { ...look, layer: 1 }, 3, 4))).toEqual({ name: 'explain', args: { layer: 1, value: 'scores', index: [1, 3, 4] } });
    expect(explainQuery(cellRef('out', look, 3, 4))).toEqual({ name: 'explain', args: { layer: 0, value: 'out', index: [3, 4] } });
  });
  test('goes on to what an explanation refers to: its layer wins', () => {
    expect(explainQuery({ value: 'q', index: [0, 1, 2], layer: 1, args: { layer: 0 } }).args).toMatchObject({ layer: 1, value: 'q' });
    expect(explainQuery({ value: 'output.weight', index: [1, 2] }).args).toEqual({ value: 'output.weight', index: [1, 2] });
  });
  test('names numbers by tokens, head and layer', () => {
    const two = info({ n_layers: 2 });
    expect(nameOf({ value: 'weights', index: [1, 0, 2], args: { layer: 1 } }, two, t)).toBe(`ui.cell.weights(${isolate('a')}|${isolate('c')}) · ui.layer(2) · ui.head(2)`);
    expect(nameOf({ value: 'x', index: [2, 5] }, info(), t)).toBe(`ui.cell.x(${isolate('c')}|6)`);
    expect(nameOf({ value: 'output', index: [0] }, info(), t)).toBe('');
  });
});

describe('room', () => {
  const names = (n: number) => Array.from({ length: n }, (_, i) => `token${i}`);
  const across = (room: ReturnType<typeof roomFor>) =>
    (room.names ? room.names + GAP.names : 0) + Object.values(room.width).reduce((sum, w) => sum + w, 0) + 4 * GAP.vectors + 3 * GAP.steps + GAP.pair;

  test.each([1, 2, 3, 7, 11, 16, 40, 64])('%d tokens: nothing is wider than the stage, whatever the step', (n) => {
    for (const width of [560, 640, 726, 1000, 1500]) {
      for (const step of STEPS) {
        const room = roomFor(width, names(n), step, false);
        expect(across(room)).toBeLessThanOrEqual(width + 1);
        expect(Math.min(...Object.values(room.width))).toBeGreaterThan(10);
        expect(room.rowHeight * n).toBeLessThanOrEqual(221);
      }
    }
  });
  test.each([320, 360, 390, 559])('%d px: one step over the whole width', (width) => {
    for (const n of [1, 9, 64]) {
      const room = roomFor(width - 40, names(n), 'scores', true);
      expect(room.names + GAP.names + room.width.scores).toBeLessThanOrEqual(width - 40 + GAP.names);
      expect(room.names + GAP.names + room.width.x + room.width.q + room.width.k + room.width.v + 3 * GAP.vectors).toBeLessThanOrEqual(width - 40 + GAP.names);
    }
  });
  test('the step in hand has the most room', () => {
    const [qkv, output, softmax] = (['qkv', 'output', 'softmax'] as const).map((step) => roomFor(726, names(11), step, false));
    expect(qkv!.width.q).toBeGreaterThan(1.5 * softmax!.width.q);
    expect(output!.width.out).toBeGreaterThan(1.5 * softmax!.width.out);
    expect(qkv!.rowHeight).toBe(softmax!.rowHeight);
  });
  test('names are written where rows are high enough', () => {
    expect(roomFor(726, names(11), 'softmax', false).names).toBeGreaterThan(0);
    expect(roomFor(726, names(64), 'softmax', false).names).toBe(0);
  });
  test('Hangul is wider than Latin', () => {
    expect(nameWidth('가나')).toBeGreaterThan(nameWidth('ab'));
  });
});

describe('the second floor', () => {
  test('has a tab whatever a link asks for', () => {
    expect(TABS.map((tab) => tabOf({ tab }))).toEqual([...TABS]);
    for (const tab of [undefined, 'nothing', 3]) expect(tabOf({ tab })).toBe('attended');
  });
  test('compares heads among which the dimensions can be shared', () => {
    expect(headsFor(32)).toEqual([1, 2, 4, 8]);
    expect(headsFor(12)).toEqual([1, 2, 4]);
    expect(comparedOf({ shape: [2, 5], data: [1, 20, 300, 1.5, 0.5, 2, 20, 300, 1.25, 0.75] })).toEqual([
      { heads: 1, steps: 20, parameters: 300, loss: 1.5, accuracy: 0.5 }, { heads: 2, steps: 20, parameters: 300, loss: 1.25, accuracy: 0.75 }]);
    expect(comparedOf({ shape: [0, 5], data: [] })).toEqual([]);
  });
  test('masks add up: a pair that one of them forbids stays dark', () => {
    const none = { causal: false, window: 0, padding: 0 };
    expect(pairsSeen(none, 6)).toBe(36);
    expect(pairsSeen({ ...none, causal: true }, 6)).toBe(21);
    expect(pairsSeen({ ...none, window: 1 }, 6)).toBe(16);
    expect(pairsSeen({ ...none, padding: 2 }, 6)).toBe(24);
    const all = { causal: true, window: 1, padding: 2 };
    for (let r = 0; r < 6; r++) for (let c = 0; c < 6; c++) expect(sees(all, 6, r, c)).toBe(c <= r && r - c <= 1 && c < 4);
    expect(masksOf(info({ causal: true, window: 3, pad_tokens: 1 }))).toEqual({ causal: true, window: 3, padding: 1 });
  });
  test('the way from the first token to the last', () => {
    expect(pathLength('recurrence', 10)).toBe(9);
    expect(pathLength('attention', 10)).toBe(1);
    expect(pathLength('attention', 10, 3)).toBe(3);
    expect(pathLength('attention', 10, 4)).toBe(3);
    expect(pathLength('attention', 10, 64)).toBe(1);
    expect(pathLength('attention', 1)).toBe(0);
  });

  const points = (of: (size: number) => number) => [128, 256, 512, 1024].map((size) => ({ size, seconds: of(size), spread: 1, bytes: of(size), parameters: 1, flops: of(size) }));
  test('the exponent is found exactly on a law, from the length on where the fit begins', () => {
    for (const exponent of [1, 1.5, 2]) expect(exponentOf('attention_forward', points((T) => 3e-9 * T ** exponent), 'time')!.exponent).toBeCloseTo(exponent, 12);
    // What lies below it plays no part: a first point that is far off changes nothing.
    const bent = points((T) => (T < 256 ? 1 : 3e-9 * T ** 2));
    expect(exponentOf('attention_forward', bent, 'time')!.exponent).toBeCloseTo(2, 12);
    // A projection's share and a little noise leave it near 2.
    const real = points((T) => 4 * T * 32 * 32 + 2 * T * T * 32 * (1 + 0.02 * Math.sin(T)));
    expect(exponentOf('attention_forward', real, 'count')!.exponent).toBeGreaterThan(1.8);
    expect(exponentOf('attention_forward', real, 'count')!.exponent).toBeLessThan(2.05);
    expect(exponentOf('attention_forward', points((T) => T).slice(0, 2), 'memory')).toBeNull();
  });
  test('counting is exact: beyond what is proportional, the square', () => {
    expect(beyondLinear(points((T) => 4096 * T + 64 * T * T))).toBe(2);
    expect(beyondLinear(points((T) => 1e6 * T + T ** 3))).toBe(3);
    expect(beyondLinear(points((T) => 64 * T))).toBeNull();
    expect(beyondLinear(points((T) => T).slice(0, 2))).toBeNull();
  });
  test('what is counted is the same on every device: each length once', () => {
    const site = points((T) => T).slice(0, 2), own = points((T) => T).slice(1);
    expect(counted(site, own).map(({ size }) => size)).toEqual([128, 256, 512, 1024]);
    expect(counted(site, []).map(({ size }) => size)).toEqual([128, 256]);
  });
});
