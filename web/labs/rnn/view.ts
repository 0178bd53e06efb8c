// The lab "rnn": a sequence read step by step, what the network remembers of it, and how far back it can learn from.
import type { LabView } from '../lab-view';
import { describe, infoOf, watchItems } from './sequence';

const view: LabView = {
  model: 'pg-rnn-model',
  results: 'pg-rnn-results',
  parts: { model: ['unrolled', 'states', 'writing'], results: ['gradient', 'readout', 'time'] },
  watch: watchItems,
  async load() {
    await Promise.all([import('./pg-rnn-model'), import('./pg-rnn-results')]);
  },
  curves(ctx) {
    const loss = { key: 'loss', metrics: ['train.loss', 'test.loss'] };
    return infoOf(ctx)?.classes ? [loss, { key: 'accuracy', metrics: ['train.accuracy', 'test.accuracy'], range: [0, 1] }] : [{ ...loss, log: true }];
  },
  describe: (ref, ctx) => describe(ref, infoOf(ctx), ctx.t),
  keep: ({ layer, reverse, tab }) => ({ layer, reverse, tab }), // `lookOf` keeps them inside what there is
};
export default view;
