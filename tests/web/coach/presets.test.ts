// What the coach says at the end of each preset that the explanations offer: nothing of a run that does well, or that it may stop;
// of those that show what goes wrong, what goes wrong.
import { beforeAll, describe, expect, test } from 'vitest';
import type { WholeEngine } from '../../../.tools/wasm.mjs';
import type { RuleId } from '../../../web/coach/rules';
import type { Params } from '../../../web/engine/protocol';
import attention from '../../../web/labs/attention/presets.json';
import cnn from '../../../web/labs/cnn/presets.json';
import network from '../../../web/labs/network/presets.json';
import { coached, engineWithData } from './harness';

type Presets = Record<string, { params: Params; claim?: { within_steps: number }[] }>;
const presets: Record<string, Presets> = { network, attention, cnn };

/** With the page's own seed. `well`: silence, or that one may stop. */
const says: Record<string, Record<string, RuleId | 'well'>> = {
  network: {
    logistic: 'well', 'xor-linear': 'underfitting', 'xor-product': 'well', xor: 'well', 'xor-linear-activation': 'underfitting',
    spiral: 'well', digits: 'well', bumps: 'well', curve: 'well',
    'lr-small': 'slow', 'lr-right': 'well', 'too-fast': 'diverging',
    // They learn, if not as quickly as they might.
    'batch-one': 'well', 'batch-ten': 'well', 'batch-full': 'well',
    'zero-init': 'symmetric', 'deep-sigmoid': 'vanishing', 'deep-relu': 'well',
    'spiral-sgd': 'slow', 'spiral-momentum': 'well', 'spiral-adam': 'well',
    overfit: 'overfitting', 'overfit-l2': 'well', 'overfit-l1': 'overfitting', 'overfit-dropout': 'overfitting', 'overfit-data': 'well',
  },
  attention: {
    lookup: 'well', copy: 'well', reverse: 'well', 'reverse-causal': 'well', brackets: 'well',
    // What these lack shows in no signal within so few steps.
    'lookup-cold': 'well', 'reverse-without-positions': 'well', 'brackets-one-layer': 'well',
  },
  cnn: {
    digits: 'well', 'one-pixel': 'dead', stripes: 'well', shapes: 'well', 'no-pool': 'well', shallow: 'well', clothes: 'well', texture: 'overfitting', few: 'overfitting',
  },
};

let engine: WholeEngine;
beforeAll(async () => {
  engine = await engineWithData();
});

describe.each(Object.entries(presets))('%s', (lab, all) => {
  const trained = Object.entries(all).filter(([, { claim }]) => claim);
  test('every preset that trains is in the table', () => {
    expect(Object.keys(says[lab]!).sort()).toEqual(trained.map(([name]) => name).sort());
  });
  test.each(trained)('%s', (name, { params, claim }) => {
    const { last } = coached(engine, lab, params, claim!.at(-1)!.within_steps);
    const said = last.map(({ rule }) => rule.id);
    const expected = says[lab]![name]!;
    if (expected === 'well') expect(said.filter((id) => id !== 'stop')).toEqual([]);
    else expect(said).toEqual([expected]);
  });
});

test('attention that goes on in vain is told what to try', () => {
  const change = (name: keyof typeof attention) => coached(engine, 'attention', attention[name].params, 1500).last.find(({ rule }) => rule.id === 'plateau')?.change;
  expect(change('reverse-without-positions')).toEqual({ positional: 'sinusoidal' });
});
