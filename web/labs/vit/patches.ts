// The picture as the Transformer reads it: patches in a grid, a class token before them, and who looks at whom. Pure: no DOM.
import type { LabContext, TensorRead, ValueRef, WatchItem } from '../lab-view';
import { className, inputArgs, inputOf, type PicturesInfo } from '../pictures';
import type { ModelSpec } from '../../api/index';

export interface Cost {
  parameters: number;
  /** Of a pass over one picture. */
  multiply_adds: number;
  spec: ModelSpec;
}

/** The engine's `info` query of this lab. */
export interface VitInfo extends PicturesInfo {
  task: 'digits' | 'clothes';
  n_train: number;
  /** Side of a patch, px; and patches side by side. */
  patch: number;
  grid: number;
  class_token: boolean;
  /** Of each token a short name: CLS, or row·column of its patch. */
  tokens: string[];
  nhead: number;
  /** By layer, the name of the value with its attention weights. */
  attention: string[];
  batch_size: number;
  vit: Cost;
  cnn: (Cost & { channels: number }) | null;
}

export const infoOf = (ctx: Pick<LabContext, 'info'> | null): VitInfo | null => (ctx?.info as VitInfo | null) ?? null;

export const panels = ['weights', 'positions', 'filters', 'cost'] as const;
export type Panel = (typeof panels)[number];

/** What the reader looks at. */
export interface Look {
  /** As many layers as there are: all of them at once (rollout). */
  layer: number;
  head: number;
  /** The token that looks. */
  token: number;
  panel: Panel;
}

const clamp = (value: unknown, last: number, otherwise: number): number => {
  const n = typeof value === 'number' && Number.isInteger(value) ? value : otherwise;
  return Math.max(0, Math.min(last, n));
};

/** What `view` asks for, kept inside what there is: at first what the last layer makes of the class token. */
export function lookOf(view: Record<string, unknown>, info: VitInfo): Look {
  const layers = info.attention.length;
  return {
    layer: clamp(view['layer'], layers, layers),
    head: clamp(view['head'], info.nhead - 1, 0),
    token: clamp(view['token'], info.tokens.length - 1, 0),
    panel: panels.includes(view['panel'] as Panel) ? (view['panel'] as Panel) : 'weights',
  };
}

/** The patch of a token; −1: the class token. */
export const patchOf = (info: VitInfo, token: number): number => (info.class_token ? token - 1 : token);
export const tokenOf = (info: VitInfo, patch: number): number => (info.class_token ? patch + 1 : patch);

export function watch(ctx: LabContext): WatchItem[] {
  const info = infoOf(ctx);
  if (!info) return [];
  const args = inputArgs(inputOf(ctx));
  const items: WatchItem[] = ['attention', 'picture', 'probs'].map((name) => ({ key: name, name, args }));
  const { panel } = lookOf(ctx.view, info);
  if (panel === 'positions' && ctx.params['positional'] !== 'none') items.push({ key: 'positions', name: 'positions' });
  if (panel === 'filters') items.push({ key: 'filters', name: 'param', args: { name: 'patches.weight' } });
  return items;
}

/** Weights [layers, heads, tokens, tokens] that are of this network; null after a rebuild, until they come. */
export function attentionOf(info: VitInfo, read: TensorRead | null | undefined): TensorRead | null {
  const n = info.tokens.length;
  return read && read.shape.join() === [info.attention.length, info.nhead, n, n].join() ? read : null;
}

/** What one token gives to all, in one layer and head. */
export function rowOf({ shape, data }: TensorRead, layer: number, head: number, token: number): Float32Array {
  const heads = shape[1]!, n = shape[3]!;
  const at = ((layer * heads + head) * n + token) * n;
  return Float32Array.from(data.subarray(at, at + n));
}

/**
 * How much of each token (column) is in each token (row) behind all layers, if what a token carries were mixed by the weights alone: the mean
 * of the heads and, for the path around attention, the token itself in equal parts, layer on layer (Abnar & Zuidema 2020).
 */
export function rollout({ shape, data }: TensorRead): Float32Array {
  const [layers, heads, n] = shape as [number, number, number, number];
  let all = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  for (let l = 0; l < layers; l++) {
    const next = new Float32Array(n * n);
    for (let i = 0; i < n; i++)
      for (let k = 0; k < n; k++) {
        let weight = i === k ? 0.5 : 0;
        for (let h = 0; h < heads; h++) weight += (0.5 / heads) * data[((l * heads + h) * n + i) * n + k]!;
        for (let j = 0; j < n; j++) next[i * n + j]! += weight * all[k * n + j]!;
      }
    all = next;
  }
  return all;
}

/** What the chosen token gives to every token: of one head, or behind all layers. */
export function mapOf(info: VitInfo, attention: TensorRead, look: Look): Float32Array {
  if (look.layer < info.attention.length) return rowOf(attention, look.layer, look.head, look.token);
  const n = info.tokens.length;
  return rollout(attention).slice(look.token * n, (look.token + 1) * n);
}

/** The part of a row that is of patches, and what is left for the class token. */
export const ofPatches = (info: VitInfo, row: Float32Array): Float32Array => (info.class_token ? row.subarray(1) : row);

/** Cosines [patches, patches] of the patches' position vectors [tokens, d]. */
export function similarity(info: VitInfo, { shape, data }: TensorRead): Float32Array {
  const d = shape[1]!, n = info.grid * info.grid;
  const at = (patch: number, i: number) => data[tokenOf(info, patch) * d + i]!;
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += at(a, i) * at(b, i);
    return sum;
  };
  const length = Float64Array.from({ length: n }, (_, k) => Math.sqrt(dot(k, k)));
  return Float32Array.from({ length: n * n }, (_, i) => {
    const a = Math.floor(i / n), b = i % n;
    return dot(a, b) / (length[a]! * length[b]! || 1);
  });
}

/** Mean cosine of neighbours (side by side, or above one another), and of all other pairs. */
export function nearness(info: VitInfo, cosines: Float32Array): { near: number; far: number } {
  const n = info.grid * info.grid, sums = [0, 0], counts = [0, 0];
  for (let a = 0; a < n; a++)
    for (let b = 0; b < n; b++) {
      if (a === b) continue;
      const apart = Math.abs(Math.floor(a / info.grid) - Math.floor(b / info.grid)) + Math.abs((a % info.grid) - (b % info.grid));
      const kind = apart === 1 ? 0 : 1;
      sums[kind]! += cosines[a * n + b]!;
      counts[kind]!++;
    }
  return { near: sums[0]! / counts[0]!, far: sums[1]! / counts[1]! };
}

/** The spec whose steps are timed: as it is trained now, with a batch of the lab's size. */
export function timed(ctx: LabContext, info: VitInfo, { spec }: Cost): ModelSpec {
  const rate = Number(ctx.params['dropout'] ?? 0);
  const layers = (spec.layers as object[]).map((layer) => ({ ...layer, ...('dropout' in layer ? { dropout: rate } : {}), ...('p' in layer ? { p: rate } : {}) }));
  return { ...spec, layers, batch_size: info.batch_size } as ModelSpec;
}

export const tokenName = (ctx: LabContext, info: VitInfo, token: number): string => {
  const patch = patchOf(info, token);
  return patch < 0 ? ctx.t('ui.class_token') : ctx.t('ui.patch', { row: String(Math.floor(patch / info.grid) + 1), col: String((patch % info.grid) + 1) });
};

/** A number of the attention: which weight. */
export const weightRef = (info: VitInfo, layer: number, head: number, from: number, to: number): ValueRef => ({ value: info.attention[layer]!, index: [head, from, to] });

/** What a number of the engine is called; '' for others. */
export function describe(ctx: LabContext, { value, index }: ValueRef): string {
  const info = infoOf(ctx);
  if (!info) return '';
  const at = (i: number) => index[i] ?? 0, n = (i: number) => String(at(i) + 1);
  const token = (i: number) => tokenName(ctx, info, at(i));
  if (value === 'input') return ctx.t('ui.number.pixel', { token: tokenName(ctx, info, tokenOf(info, at(0))), row: String(Math.floor(at(1) / info.patch) + 1), col: String((at(1) % info.patch) + 1) });
  if (value === 'patches') return ctx.t('ui.number.patch', { token: tokenName(ctx, info, tokenOf(info, at(0))), entry: n(1) });
  if (value === 'patches.weight') return ctx.t('ui.number.filter', { entry: n(0), row: String(Math.floor(at(1) / info.patch) + 1), col: String((at(1) % info.patch) + 1) });
  if (value === 'tokens' || value === 'positions' || value === 'encoder') return ctx.t(`ui.number.${value}`, { token: token(0), entry: n(1) });
  if (value === 'positions.weight' || value === 'positions.pe') return ctx.t('ui.number.position', { token: token(0), entry: n(1) });
  if (value === 'head') return ctx.t('ui.number.score', { name: className(ctx, info, at(0)) });
  if (value === 'loss.probs') return ctx.t('ui.number.probability', { name: className(ctx, info, at(0)) });
  const [, layer, rest] = /^encoder\.layers\.(\d+)\.(.+)$/.exec(value) ?? [];
  if (layer === undefined || rest === undefined) return '';
  const where = { layer: String(Number(layer) + 1) };
  if (rest === 'self_attn.heads.weights' || rest === 'self_attn.heads.scores')
    return ctx.t(rest.endsWith('weights') ? 'ui.number.weight' : 'ui.number.attention_score', { ...where, head: n(0), from: token(1), to: token(2) });
  if (rest === 'self_attn.qkv') {
    const d = Number(ctx.params['d_model']), part = ['query', 'key', 'value'][Math.floor(at(1) / d)];
    return ctx.t(`ui.number.${part}`, { ...where, token: token(0), entry: String((at(1) % d) + 1) });
  }
  return '';
}
