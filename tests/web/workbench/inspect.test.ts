// Looking inside, with the real engine: the chain rule written out adds up, and the histograms are those of the run.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Params } from '../../../web/engine/protocol';
import { graphOf, layersOf, perExample, type Row } from '../../../web/workbench/inspect/graph';
import { check, HeldStep } from '../../../web/workbench/inspect/held';
import { added, chosen, MOST, rangeOf, sampleOf, spread, type Sample } from '../../../web/workbench/inspect/histogram';
import { linkNumbers, linkSymbols, weightNumbers, weightSymbols } from '../../../web/workbench/inspect/formulas';
import { chain, firstPlace, upstream, weightLink } from '../../../web/workbench/inspect/trace';
import { loadEngine, type WholeEngine } from '../../../.tools/wasm.mjs';
import { Direct } from './direct';

let engine: WholeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});

const runs: [string, string, Params][] = [
  ['the default network', 'network', {}],
  ['dropout, batch norm, classes', 'network', { task: 'gaussian', classes: 4, dropout: 0.3, batch_norm: true, optimizer: 'adam', lr: 0.01, activation: 'gelu' }],
  ['a curve', 'network', { task: 'curve', activation: 'sigmoid', hidden: [5, 4] }],
  ['one neuron', 'network', { task: 'gaussian', hidden: [] }],
  ['one example at a time', 'network', { batch_size: 1, activation: 'tanh' }],
  ['attention', 'attention', { task: 'lookup', num_layers: 2, dim_feedforward: 16, d_model: 8, nhead: 2, batch_size: 8 }],
  ['gaps in a text', 'language-model', { task: 'bert', d_model: 8, nhead: 2, num_layers: 1, dim_feedforward: 16, block_size: 8, batch_size: 4 }],
  ['a classifier after its pre-training', 'language-model', { task: 'fine_tune', pretrain_steps: 30, d_model: 8, nhead: 2, num_layers: 1, dim_feedforward: 16, block_size: 16, batch_size: 4 }],
  ['recurrence', 'rnn', { task: 'adding', length: 8, cell: 'lstm', hidden_size: 4, num_layers: 2, batch_size: 4 }],
  ['recurrence of words, both ways', 'rnn', { task: 'sentiment', cell: 'gru', hidden_size: 4, bidirectional: true, batch_size: 4 }],
];
const held = async (lab: string, params: Params, steps = 50): Promise<{ step: HeldStep; stage: Direct; worker: Direct }> => {
  const stage = new Direct(engine), worker = new Direct(engine);
  await stage.request('create', { lab, params });
  await stage.step(steps);
  const step = new HeldStep(worker.client);
  await step.open(lab, params, await stage.save());
  return { step, stage, worker };
};

describe.each(runs)('one step of %s', (_name, lab, params) => {
  it('every weight has a chain rule that adds up, from the loss to itself', async () => {
    const { step } = await held(lab, params);
    let reached = 0;
    expect(step.step).toBe(50);
    for (const weight of step.graph.parameters) {
      const n = weight.shape.reduce((a, b) => a * b, 1);
      for (const at of new Set([0, n - 1])) {
        const link = await weightLink(step, weight, at);
        const size = Math.max(...link.shares.map(({ product }) => Math.abs(product)), 1e-7);
        expect(Math.abs(link.shares.reduce((sum, { product }) => sum + product, 0) - link.gradient), `${weight.name} ${at}`).toBeLessThan(1e-4 * size * link.shares.length);
        if (link.user.op === 'linear') expect(link.shares[0]!.delta, weight.name).not.toBeNull();
        const start = await firstPlace(step, link, 0);
        expect(Math.floor(start.at / (perExample(link.user) || 1))).toBe(0);
        const links = await chain(step, start, new Map());
        // Or to where dropout, or a question that nobody asks, lets nothing through.
        const { paths, gradient } = links.at(-1)!;
        expect(paths.length ? paths.some(({ value }) => value === step.graph.loss) : gradient === 0, weight.name).toBe(true);
        if (paths.length) reached++;
        for (const one of links) {
          expect(Math.abs(one.rest), `${weight.name}: ${one.value.name}`).toBe(0);
          expect(linkSymbols(one)).toContain('\\partial L');
          if (one.paths.length) expect(linkNumbers(one)).toContain('=');
        }
        expect(weightSymbols(link) + weightNumbers(link)).toContain('\\partial L');
        const before = await upstream(step, start, { value: weight, at });
        expect(before.every(({ value }) => value.at < link.user.at || value.name.startsWith(link.user.name))).toBe(true); // a recurrent cell is made of its gates and its own earlier steps too
      }
    }
    expect(reached).toBeGreaterThan(0);
  });

  it('the measured slope agrees, and the update is the one that the run then makes', async () => {
    const { step, stage } = await held(lab, params);
    const weights = step.graph.parameters.filter(({ shape }) => shape.length > 1);
    for (const weight of weights) {
      const gradients = await step.gradients(weight);
      const at = Array.from(gradients, Math.abs).reduce((best, g, i, all) => (g > all[best]! ? i : best), 0);
      expect(check(await step.nudge(weight, at, 0.01), gradients[at]!).verdict, weight.name).not.toBe('apart');
      const told = await step.update(weight, at);
      // Nothing of it stays in the copy.
      expect((await step.values(weight))[at]).toBeCloseTo(told.before!, 5);
      await stage.request('status', { lab, params });
      const bytes = await stage.save();
      await stage.step(1);
      expect((await stage.read('param', { name: weight.name })).data[at]).toBeCloseTo(told.result, 5);
      await stage.load(bytes);
    }
    expect(step.loss).toBeGreaterThan(0);
  });

  it('a path that is chosen is followed', async () => {
    const { step } = await held(lab, params);
    const weight = step.graph.parameters[0]!;
    const start = await firstPlace(step, await weightLink(step, weight, 0), 0);
    const links = await chain(step, start, new Map());
    const fork = links.find(({ paths }) => paths.length > 1);
    if (!fork) return;
    const other = fork.paths[(fork.next + 1) % fork.paths.length]!;
    const again = await chain(step, start, new Map([[other.value.name, other.at]]));
    const after = again[again.findIndex(({ value }) => value === fork.value) + 1]!;
    expect([after.value.name, after.at]).toEqual([other.value.name, other.at]);
  });

  it('its layers are found', async () => {
    const { step } = await held(lab, params);
    const layers = layersOf(step.graph);
    const matrices = step.graph.parameters.filter(({ shape }) => shape.length > 1);
    expect(layers.map(({ weights }) => weights.name)).toEqual(expect.arrayContaining(matrices.filter(({ name }) => !name.startsWith('positional')).map(({ name }) => name)));
    for (const { activation } of layers) expect(activation.gradient && !activation.loss).toBe(true);
  });
});

it('the verdict tells rounding from a true difference', () => {
  const nudge = (up: number, down: number, h: number) => ({ up: { at: 1 + h, loss: up }, down: { at: 1 - h, loss: down } });
  expect(check(nudge(0.51, 0.49, 0.1), 0.1).verdict).toBe('agree');
  expect(check(nudge(0.5, 0.5, 1e-4), 1e-5).verdict).toBe('rounding');
  expect(check(nudge(0.52, 0.49, 0.1), 0.1).verdict).toBe('apart');
});

it('a network layer hands on what comes behind its activation, without dropout', async () => {
  const worker = new Direct(engine);
  await worker.request('create', { lab: 'network', params: { batch_norm: true } });
  const layers = layersOf(graphOf((await worker.query('graph')) as Row[]));
  expect(layers.map(({ name, weights, activation }) => [name, weights.name, activation.name])).toEqual([['0', '0.weight', '1'], ['3', '3.weight', '4'], ['6', '6.weight', '6']]);
});

describe('histograms', () => {
  it('are read with their step, beyond what a float can count', async () => {
    const worker = new Direct(engine);
    await worker.request('create', { lab: 'network', params: {} });
    await worker.step(7);
    const { data } = await worker.read('histograms', { of: ['0.weight', '∇0.weight'], bins: 8 });
    const { step, histograms } = sampleOf(data as Float32Array, 2);
    expect(step).toBe(7);
    const weights = Array.from((await worker.read('param', { name: '0.weight' })).data);
    expect([histograms[0]!.lo, histograms[0]!.hi]).toEqual([Math.min(...weights), Math.max(...weights)]);
    expect(Array.from(histograms[0]!.counts).reduce((a, b) => a + b)).toBe(weights.length);
    expect(sampleOf(Float32Array.from([3, 20, 0, 0]), 1).step).toBe(20 * 2 ** 20 + 3);
  });
  const sample = (step: number): Sample => ({ step, histograms: [{ lo: 0, hi: 1, counts: [step] }] });
  it('are kept within bounds, the first, the last and the present among them', () => {
    let all: Sample[] = [];
    for (let step = 0; step < 5000; step += 10) {
      all = added(all, sample(step), step);
      expect(all.length).toBeLessThanOrEqual(MOST);
      expect([all[0]!.step, all.at(-1)!.step]).toEqual([0, step]);
    }
    const here = sample(123);
    all = added(all, here, 5000);
    expect(all.includes(here)).toBe(true);
    expect(all.map(({ step }) => step)).toEqual([...all.map(({ step }) => step)].sort((a, b) => a - b));
    const few = chosen(all, 12, here);
    expect(few.length).toBeLessThanOrEqual(13);
    expect(few.includes(here)).toBe(true);
    // The run goes on from an earlier step: what lay beyond is gone.
    expect(added(all, sample(200), 200).at(-1)!.step).toBe(200);
  });
  it('are spread on a common axis without losing anything', () => {
    const all = [{ lo: -1, hi: 1, counts: [1, 2, 3, 4] }, { lo: 0.5, hi: 0.5, counts: [9, 0] }, { lo: 0.2, hi: 3, counts: [5, 5] }];
    const range = rangeOf(all);
    expect(range[0]).toBeLessThan(-1);
    expect(range[1]).toBeGreaterThan(3);
    for (const one of all) expect(spread(one, range, 40).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    const spike = spread(all[1]!, [0, 1], 10);
    expect(spike[5]).toBe(1);
    expect(rangeOf([{ lo: 0, hi: 0, counts: [4] }])[0]).toBeLessThan(0);
  });
});
