// The network lab's view: what of the run it needs, and how its numbers open.
import type { LabContext, LabView, WatchItem } from '../lab-view';
import { columnsOf, describe, hasEdges, isProbe, probeArgs, probeOf, type NetworkInfo } from './net';
import { taskPictures } from './task-pictures';

/** Sides of the sampled plane, by how much the network costs and how large the pictures are. */
function resolutions(info: NetworkInfo): { surface: number; maps: number } {
  const small = matchMedia('(max-width: 767.98px)').matches;
  const heavy = info.parameters > 4000;
  const units = info.layers.reduce((n, layer) => n + layer.units, 0);
  return { surface: small || heavy ? 48 : 64, maps: units > 60 || heavy ? 14 : small ? 18 : 24 };
}
/** Places on a curve. */
const CURVE = { surface: 161, maps: 41 };

function watch(ctx: LabContext): WatchItem[] {
  const info = ctx.info as NetworkInfo | null;
  if (!info) return [];
  const items: WatchItem[] = [];
  const probe = probeOf(ctx);
  for (const column of columnsOf(info)) {
    if (hasEdges(column)) items.push({ key: `param:${column.weight}`, name: 'param', args: { name: column.weight } });
    if (column.bias) items.push({ key: `param:${column.bias}`, name: 'param', args: { name: column.bias } });
  }
  if (info.kind === 'digits') {
    items.push({ key: 'weights_pictures', name: 'weights_pictures' });
  } else if (info.kind === 'table') {
    if (info.classes.length) items.push({ key: 'confusion', name: 'confusion' });
  } else {
    const { surface, maps } = info.kind === 'curve' ? CURVE : resolutions(info);
    items.push({ key: 'surface', name: 'surface', args: { resolution: surface } });
    items.push({ key: 'maps', name: 'maps', args: { resolution: maps } });
    if (info.kind === 'binary' || info.kind === 'multiclass') items.push({ key: 'confusion', name: 'confusion' });
  }
  if (probe) {
    items.push({ key: 'activations', name: 'activations', args: probeArgs(probe) });
    items.push({ key: 'predict', name: 'predict', kind: 'query', args: { x: probe.x } });
  }
  return items;
}

const view: LabView = {
  model: 'pg-network-model',
  results: 'pg-network-results',
  parts: { model: ['network', 'surface'], results: ['confusion'] },
  watch,
  async load() {
    await Promise.all([import('./pg-network-model'), import('./pg-network-results')]);
  },
  curves(ctx) {
    const info = ctx.info as NetworkInfo | null;
    const loss = { key: 'loss', metrics: ['train.loss', 'test.loss'] };
    if (!info?.classes.length) return [loss];
    return [loss, { key: 'accuracy', metrics: ['train.accuracy', 'test.accuracy'], range: [0, 1] }];
  },
  /** A weight or bias opens to the update just made; everything else to how it was computed. */
  explainQuery(ref, ctx) {
    const info = ctx.info as NetworkInfo;
    const parameter = info.layers.some(({ param_weight, param_bias, norm }) => [param_weight, param_bias, norm?.weight, norm?.bias].includes(ref.value));
    return parameter
      ? { name: 'weight', args: { name: ref.value, index: ref.index } }
      : { name: 'explain', args: { ...ref.args, value: ref.value, index: ref.index } };
  },
  describe: (ref, ctx) => describe(ctx, ref),
  keep: ({ probe, draw }) => (isProbe(probe) ? { probe, draw: draw === true } : {}),
  pictures: { task: taskPictures },
};
export default view;
