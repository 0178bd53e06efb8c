// The lab "translation": an encoder–decoder Transformer between Korean and English.
import type { CurveSpec, LabView } from '../lab-view';
import { answerOf, describe, infoOf, watchItems } from './sentence';

const curves: CurveSpec[] = [
  { key: 'loss', metrics: ['train.loss', 'test.loss'] },
  { key: 'exact_match', metrics: ['train.exact_match', 'test.exact_match'], range: [0, 1] },
];

const view: LabView = {
  model: 'pg-translation-model',
  results: 'pg-translation-results',
  opening: (lang) => (lang === 'ko' ? 'en-ko' : 'ko-en'),
  watch: (ctx) => watchItems(ctx.view, infoOf(ctx)),
  load: async () => {
    await import('./elements');
  },
  curves: () => curves,
  keep: ({ attention, layer, head, step, side, stage }) => ({ attention, layer, head, step, side, stage }), // `lookOf` keeps them inside what there is
  describe: (ref, ctx) => describe(ref, infoOf(ctx), answerOf(ctx.snapshot), ctx.t),
  parts: { model: ['sentence', 'steps', 'weights', 'stream'], results: ['beams'] },
};
export default view;
