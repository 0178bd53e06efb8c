// The detection lab's view: what of the run it needs, and how its numbers open.
import type { LabView } from '../lab-view';
import { describe, isParameter, keep, lookOf, watchItems, type DetectionInfo } from './detect';
import { taskPictures } from './task-pictures';

const view: LabView = {
  model: 'pg-detection-model',
  results: 'pg-detection-results',
  parts: { model: ['scene', 'cells', 'thresholds', 'strip'], results: ['parts', 'ap', 'pr'] },
  watch: watchItems,
  async load() {
    await Promise.all([import('./pg-detection-model'), import('./pg-detection-results')]);
  },
  curves: () => [
    { key: 'map50', metrics: ['test.map50'], range: [0, 1] },
    { key: 'loss', metrics: ['train.loss', 'test.loss'] },
    { key: 'parts', metrics: ['box.loss', 'obj.loss', 'noobj.loss', 'cls.loss'] },
  ],
  /** A weight or bias opens to the update just made; everything else to how it was computed in the scene that is looked at. */
  explainQuery: (ref, ctx) =>
    isParameter(ref.value)
      ? { name: 'weight', args: { name: ref.value, index: ref.index } }
      : { name: 'explain', args: { split: 'test', example: lookOf(ctx.view, ctx.info as DetectionInfo).scene, value: ref.value, index: ref.index } },
  describe: (ref, ctx) => describe(ctx, ref),
  keep,
  ownParams: ['score_thresh', 'nms_thresh'],
  pictures: { task: taskPictures },
};
export default view;
