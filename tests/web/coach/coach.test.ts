// How findings come and go, and what they are made of.
import { describe, expect, test } from 'vitest';
import { Coach, MOST_SHOWN } from '../../../web/coach/coach';
import { RULES } from '../../../web/coach/rules';
import { curveOf, readSignals, type Look } from '../../../web/coach/signals';
import { schema } from '#schema';
import type { EngineSchema, Status } from '../../../web/engine/protocol';
import { checkTexts, coachKeys, languages, textsOf } from '../../../.tools/texts.mjs';

test('the build misses the words of a rule that has none', () => {
  expect(checkTexts(schema)).toEqual([]);
  expect(coachKeys().sort()).toEqual(RULES.flatMap(({ id }) => ['title', 'evidence', 'why'].map((part) => `coach.${id}.${part}`)).sort());
});
test.each(languages as string[])('the evidence holds numbers (%s)', (language) => {
  const texts = (textsOf(language, []).site as Record<string, Record<string, string>>)['web/coach/']!;
  for (const { id } of RULES) expect(texts[`coach.${id}.evidence`], id).toMatch(/\{\w+\}/);
});

test('what a rule explains exists', () => {
  const known = RULES.map(({ id }) => id as string);
  for (const { explains } of RULES) if (explains && explains !== 'everything') expect(known).toEqual(expect.arrayContaining([...explains]));
});

/** A look at a run whose training loss went like this, a point every ten steps. */
function look(losses: number[], signals: Look['signals'] = null, change: Partial<Look> = {}): Look {
  const lab = (schema as EngineSchema).labs['network']!;
  const names = ['step', ...lab.metrics];
  const rows = losses.map((loss, i) => [10 * i, loss, NaN, NaN, NaN]);
  const status = { state: 'ready', step: 10 * (losses.length - 1), steps_per_epoch: 35, parameters: 300, lr: 0.03, loss: 0.5 } as Status;
  return {
    schema: lab, params: { ...Object.fromEntries(lab.params.map((def) => [def.key, def.default])) }, signals, since: 0,
    snapshot: { status, metrics: Float64Array.from(rows.at(-1)!.slice(1)), history: { names, rows: rows.length, data: Float64Array.from(rows.flat()) } },
    ...change,
  };
}
const jumping = Array.from({ length: 60 }, (_, i) => 1 + 0.4 * (-1) ** i);
const falling = Array.from({ length: 60 }, (_, i) => 0.9 ** i);
const ids = (coach: Coach) => coach.findings.map(({ rule }) => rule.id);

describe('findings', () => {
  test('are said once they have held for three looks, and taken back after three without', () => {
    const coach = new Coach();
    const shown = [jumping, jumping, falling, jumping, jumping, jumping, falling, falling, falling, falling].map((curve) => {
      coach.look(look(curve), false);
      return ids(coach).length;
    });
    expect(shown).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0]);
  });
  test('of a run that rests are said at once', () => {
    const coach = new Coach();
    coach.look(look(jumping), true);
    expect(ids(coach)).toEqual(['oscillating']);
  });
  test('that were set aside stay so, other settings begin anew', () => {
    const coach = new Coach();
    coach.look(look(jumping), true);
    coach.restart();
    expect(ids(coach)).toEqual([]);
    coach.look(look(jumping), true);
    expect(ids(coach)).toEqual(['oscillating']);
    coach.dismiss('oscillating');
    coach.look(look(jumping), true);
    expect(ids(coach)).toEqual([]);
  });
  test('are two at most, and what one explains is not said beside it', () => {
    const layer = { rms: 1, gradient: 1e-3, update: 1e-2 };
    const relu = (gradient: number, idle = 0) => ({ op: 'relu', units: 8, gradient, idle, ends: 0 });
    const signals = { step: 590, batch: 10, own: 1, whole: 1, layers: [0, 1, 2].map((i) => ({ ...layer, name: `${3 * i}.weight`, place: i + 1, alike: false, activation: relu(i === 0 ? 100 : 1, i === 1 ? 1 : 0) })) };
    const coach = new Coach();
    const flat = Array.from({ length: 60 }, () => 1);
    coach.look(look(flat, signals, { params: { ...look(flat).params, dropout: 0.9 } }), true);
    expect(ids(coach)).toHaveLength(MOST_SHOWN);
    expect(ids(coach)).toEqual(['exploding', 'dead']);
  });
  test('look only at what was recorded under the present settings', () => {
    const coach = new Coach();
    coach.look(look([...jumping, ...falling.slice(0, 4)], null, { since: 600 }), true);
    expect(ids(coach)).toEqual([]);
  });
});

test('rows of signals become layers with what follows them', () => {
  const rows = ['0.weight ', '0.bias ', '0 linear', 'norm1.weight ', 'norm1.bias ', 'norm1 batch_norm', '1 relu', '2 dropout', '3.weight ', '3.bias ', '3 linear'];
  const data = Float32Array.from({ length: 8 * (rows.length + 1) }, (_, i) => Math.floor(i / 8));
  const { layers, step, batch } = readSignals(`${rows.join('\n')}\n`, { data });
  expect(layers.map(({ name, place, rms, activation }) => [name, place, rms, activation?.op])).toEqual([['0.weight', 1, 0, 'relu'], ['3.weight', 2, 8, undefined]]);
  expect(layers[0]!.activation!.gradient).toBe(6);
  expect([batch, step]).toEqual([11, 11]);
});

test('a curve in numbers', () => {
  const steps = Float64Array.from({ length: 32 }, (_, i) => i);
  const curve = curveOf(steps, steps.map((step) => 2 ** (-step / 8)), 0)!;
  expect(curve.fall).toBeCloseTo(0.5, 5);
  expect([curve.first, curve.span, curve.lowestAt]).toEqual([1, 15, 30]);
  expect(curveOf(steps, steps.map((step) => (step < 3 ? NaN : 1)), 0)).toBeNull();
  expect(curveOf(steps, steps, 28)).toBeNull();
});
