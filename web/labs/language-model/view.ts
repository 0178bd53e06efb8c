// The lab "language-model": GPT and BERT on the same text, and what pre-training is good for.
import type { CurveSpec, LabView } from '../lab-view';
import { describe, infoOf, tokensOf, watchItems } from './text';

const losses = ['train.loss', 'test.loss'], loss: CurveSpec = { key: 'loss', metrics: losses };
const curves: Record<string, CurveSpec[]> = {
  gpt: [loss, { key: 'perplexity', metrics: ['test.perplexity'], log: true }],
  bert: [loss, { key: 'accuracy', metrics: ['test.accuracy'], range: [0, 1] }],
  fine_tune: [{ key: 'pretraining_loss', metrics: losses }, { key: 'tuning_loss', metrics: ['pretrained.loss', 'scratch.loss'] }, { key: 'fine_tuning', metrics: ['pretrained.accuracy', 'scratch.accuracy'], range: [0, 1] }],
};

const view: LabView = {
  model: 'pg-language-model',
  results: 'pg-language-results',
  opening: (lang) => (lang === 'ko' ? 'gpt-korean' : 'gpt'),
  watch: (ctx) => watchItems(infoOf(ctx)),
  load: async () => {
    await import('./elements');
  },
  curves: ({ params }) => curves[String(params['task'])]!,
  keep: ({ token, layer, head }) => ({ token, layer, head }), // `lookOf` keeps them inside what there is
  describe: (ref, ctx) => {
    const info = infoOf(ctx);
    return describe(ref, info, info && tokensOf(ctx.snapshot, info), ctx.t);
  },
  parts: { model: ['text', 'writing', 'tuning', 'weights'], results: ['facts'] },
  ownText: true,
};
export default view;
