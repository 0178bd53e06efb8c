// The lab of pictures and convolution: what of the run it needs, and how its numbers open.
import type { LabContext, LabView, WatchItem } from '../lab-view';
import { inputArgs, inputOf, isInput } from '../pictures';
import { columnOf, describe, panelOf, panels, unitOf, windowRef, type CnnInfo, type Panel } from './net';
import { taskPictures } from './task-pictures';

function watch(ctx: LabContext): WatchItem[] {
  const info = ctx.info as CnnInfo | null;
  if (!info || info.broken) return [];
  const args = inputArgs(inputOf(ctx));
  const items: WatchItem[] = [
    { key: 'maps', name: 'maps', args },
    { key: 'picture', name: 'picture', args },
  ];
  const unit = unitOf(ctx);
  const column = unit && columnOf(info, unit.layer);
  if (unit && column) {
    const { layer, row, col } = unit;
    items.push({ key: 'field', name: 'field', args: { layer, row, col } });
    if (panelOf(ctx) === 'window') items.push({ key: 'window', name: 'explain', kind: 'query', args: { ...args, ...windowRef(unit, column) } });
  }
  for (const layer of info.layers) if (layer.kind === 'conv') items.push({ key: `param:${layer.name}.weight`, name: 'param', args: { name: `${layer.name}.weight` } });
  return items;
}

const accuracy = { key: 'accuracy', range: [0, 1] as [number, number] };

const view: LabView = {
  model: 'pg-cnn-model',
  results: 'pg-confusion',
  parts: { model: ['maps', ...panels], results: ['confusion'] },
  watch,
  async load() {
    await Promise.all([import('./pg-cnn-model'), import('../pg-confusion')]);
  },
  curves(ctx) {
    const info = ctx.info as CnnInfo | null;
    return [
      { key: 'loss', metrics: ['train.loss', 'test.loss'] },
      // The MLP comes first: the ink of the first run is told best from those of train and test.
      { ...accuracy, metrics: info?.mlp ? ['mlp.accuracy', 'train.accuracy', 'test.accuracy'] : ['train.accuracy', 'test.accuracy'] },
    ];
  },
  /** A parameter opens to the update just made; everything else to how it was computed. */
  explainQuery(ref) {
    return /\.(weight|bias)$/.test(ref.value)
      ? { name: 'weight', args: { name: ref.value, index: ref.index } }
      : { name: 'explain', args: { ...ref.args, value: ref.value, index: ref.index } };
  },
  describe: (ref, ctx) => describe(ctx, ref),
  keep: ({ input, unit, panel }) => ({
    ...(isInput(input) ? { input } : {}),
    ...(typeof unit === 'object' ? { unit } : {}), // `unitOf` keeps it inside what there is
    ...(panels.includes(panel as Panel) ? { panel } : {}),
  }),
  reveal: (part) => (panels.includes(part as Panel) ? { panel: part } : null),
  pictures: { task: taskPictures },
};
export default view;
