// The lab "vit": a picture in patches, read by a Transformer, beside a convolutional network of as many parameters.
import type { LabView } from '../lab-view';
import { isInput } from '../pictures';
import { describe, infoOf, panels, watch, type Panel } from './patches';
import { taskPictures } from '../cnn/task-pictures';

const view: LabView = {
  model: 'pg-vit-model',
  results: 'pg-vit-results',
  parts: { model: ['picture', 'maps', 'answer', ...panels], results: ['confusion', 'mistakes'] },
  watch,
  async load() {
    await Promise.all([import('./pg-vit-model'), import('./pg-vit-results')]);
  },
  curves: (ctx) => [
    { key: 'loss', metrics: ['train.loss', 'test.loss'] },
    // The CNN comes first: the ink of the first run is told best from those of train and test.
    { key: 'accuracy', range: [0, 1], metrics: [...(infoOf(ctx)?.cnn ? ['cnn.accuracy'] : []), 'train.accuracy', 'test.accuracy'] },
  ],
  /** A parameter opens to the update just made; everything else to how it was computed. */
  explainQuery(ref) {
    return /\.(weight|bias|in_proj_weight|in_proj_bias)$/.test(ref.value)
      ? { name: 'weight', args: { name: ref.value, index: ref.index } }
      : { name: 'explain', args: { ...ref.args, value: ref.value, index: ref.index } };
  },
  describe: (ref, ctx) => describe(ctx, ref),
  keep: ({ input, layer, head, token, panel }) => ({ ...(isInput(input) ? { input } : {}), layer, head, token, panel }), // `lookOf` keeps them inside what there is
  reveal: (part) => (panels.includes(part as Panel) ? { panel: part } : null),
  pictures: { task: { digits: taskPictures['digits']!, clothes: taskPictures['clothes']! } },
};
export default view;
