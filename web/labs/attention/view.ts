// The lab "attention": the four steps of self-attention on a sentence, and small tasks that train it.
import type { CurveSpec, LabView } from '../lab-view';
import { describe, explainQuery, infoOf, isTrained, lookOf, TABS, tabOf, watchItems } from './stages';

/** The twin comes first: the ink of the first run is told best from those of train and test. */
const trainedCurves: CurveSpec[] = [
  { key: 'loss', metrics: ['off.loss', 'train.loss', 'test.loss'] },
  { key: 'accuracy', metrics: ['off.accuracy', 'train.accuracy', 'test.accuracy'], range: [0, 1] },
];

const view: LabView = {
  model: 'pg-attention-model',
  results: 'pg-attention-results',
  ownParams: ['sentence'],
  opening: (lang) => (lang === 'ko' ? 'sentence-ko' : ''),
  watch: (ctx) => watchItems(lookOf(ctx.view, ctx.info), ctx.info),
  load: async () => {
    await import('./elements');
  },
  // The arithmetic of a sentence has nothing to train.
  curves: (ctx) => (isTrained(ctx.params) ? trainedCurves : []),
  explainQuery: (ref) => explainQuery(ref),
  parts: { model: [], results: [...TABS] },
  keep: ({ step, layer, head, follow, tab }) => ({ step, layer, head, follow, tab }), // `lookOf` and `tabOf` keep them inside what there is
  reveal: (part) => (tabOf({ tab: part }) === part ? { tab: part } : null),
  describe: (ref, ctx) => describe(ref, infoOf(ctx), ctx.t),
};
export default view;
