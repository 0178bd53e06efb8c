// The network as the pictures see it: its layers as columns of maps, what each is called, and which number is looked at.
import type { LabContext } from '../lab-view';
import { className } from '../pictures';

/** What slides over `rows` × `cols` numbers; `pad` zeros around them, both sides together, `before` of them at the left and the top. */
export interface Window {
  rows: number;
  cols: number;
  kernel: number;
  stride: number;
  pad: number;
  before: number;
}

export interface Layer {
  name: string;
  kind: 'conv' | 'norm' | 'act' | 'pool' | 'dense' | 'dense_act' | 'out';
  /** Number of the block or of the dense layer, from 1; 0: the output. */
  block: number;
  channels: number;
  rows: number;
  cols: number;
  /** Of its first number in the read `maps`. */
  offset: number;
  parameters: number;
  multiply_adds: number;
  /** Of the unit in the top left corner: pixels of the picture it sees, where they begin, how far its neighbour's are. */
  field: [size: number, start: number, jump: number];
  window: Window | null;
}

/** The engine's `info` query of this lab. */
export interface CnnInfo {
  task: 'shapes' | 'digits' | 'clothes' | 'own';
  label: 'shape' | 'stripes';
  classes: string[];
  channels: number;
  rows: number;
  cols: number;
  n_train: number;
  n_test: number;
  layers: Layer[];
  /** Numbers of all layers; the probabilities of the classes come behind them in `maps`. */
  numbers: number;
  parameters: number;
  multiply_adds: number;
  mlp: { units: number; parameters: number; multiply_adds: number } | null;
  /** Why there can be no such network: the last of `layers` is the one that fails. */
  broken: { layer: string; path: string; rule: string; value: string } | null;
}

/** A layer with what stands between its sums and what the next layer reads. */
export interface Column {
  kind: 'conv' | 'pool' | 'dense' | 'out';
  block: number;
  /** Where the sums are (or what the pool gives). */
  layer: Layer;
  norm: Layer | null;
  /** What is drawn, and what goes on: after normalization and activation. */
  shown: Layer;
  /** What it is made of; null: the picture. */
  from: Layer | null;
}

export function columnsOf(info: CnnInfo): Column[] {
  const columns: Column[] = [];
  let from: Layer | null = null;
  for (const layer of info.layers) {
    const last = columns.at(-1);
    if (layer.kind === 'norm') last!.norm = layer;
    if (layer.kind === 'norm' || layer.kind === 'act' || layer.kind === 'dense_act') last!.shown = layer;
    else columns.push({ kind: layer.kind, block: layer.block, layer, norm: null, shown: layer, from });
    from = layer;
  }
  return columns;
}

export const columnName = (ctx: LabContext, { kind, block }: Pick<Column, 'kind' | 'block'>): string => ctx.t(`ui.column.${kind}`, { n: String(block) });

/** How large a side becomes, as a formula with its numbers: `⌊(28 + 2·1 − 3) / 1⌋ + 1`. An uneven number of zeros stands as it is. */
export function sizeFormula(n: number, { kernel, stride, pad }: Window): string {
  const padded = pad === 0 ? `${n}` : pad % 2 ? `${n} + ${pad}` : `${n} + 2·${pad / 2}`;
  return `⌊(${padded} − ${kernel}) / ${stride}⌋ + 1`;
}

/** Which number of which map is looked at. */
export interface Unit {
  layer: string;
  channel: number;
  row: number;
  col: number;
}

const whole = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** What the reader chose, kept inside what there is. */
export function unitOf(ctx: LabContext): Unit | null {
  const info = ctx.info as CnnInfo;
  const columns = columnsOf(info);
  const wanted = (ctx.view['unit'] ?? {}) as Partial<Unit>;
  const column = columns.find(({ layer }) => layer.name === wanted.layer) ?? columns[0];
  if (!column || column.shown.rows === 0) return null;
  const { channels, rows, cols } = column.shown;
  const keep = (value: unknown, n: number, otherwise: number) => (whole(value) ? Math.min(value, n - 1) : otherwise);
  return { layer: column.layer.name, channel: keep(wanted.channel, channels, 0), row: keep(wanted.row, rows, rows >> 1), col: keep(wanted.col, cols, cols >> 1) };
}
export const columnOf = (info: CnnInfo, name: string): Column | undefined => columnsOf(info).find(({ layer }) => layer.name === name);

export const panels = ['window', 'filters', 'why', 'move', 'sizes'] as const;
export type Panel = (typeof panels)[number];
export function panelOf(ctx: LabContext): Panel {
  if ((ctx.info as CnnInfo | null)?.broken) return 'sizes';
  const wanted = ctx.view['panel'] as Panel;
  return panels.includes(wanted) ? wanted : 'window';
}

/** The number that is looked at, before normalization and activation: a sum of products, or what the pool takes. */
export const windowRef = (unit: Unit, column: Column) => ({
  value: unit.layer,
  index: column.layer.kind === 'conv' || column.layer.kind === 'pool' ? [unit.channel, unit.row, unit.col] : [unit.channel],
});

/** What a number of the engine is called; '' for others. */
export function describe(ctx: LabContext, { value, index }: { value: string; index: number[] }): string {
  const info = ctx.info as CnnInfo | null;
  if (!info) return '';
  const n = (i: number) => String((index[i] ?? 0) + 1);
  if (value === 'input') return ctx.t(info.channels > 1 ? 'ui.number.pixel_rgb' : 'ui.number.pixel', { channel: ctx.t(`ui.rgb.${index[0] ?? 0}`), row: n(1), col: n(2) });
  if (value === 'loss.probs') return ctx.t('ui.number.probability', { name: className(ctx, info, index[0] ?? 0) });
  const [layer = '', part] = value.split('.') as [string, string?];
  const found = info.layers.find(({ name }) => name === layer);
  if (!found) return '';
  const column = columnName(ctx, { kind: kindOf(found), block: found.block });
  if (part === 'weight' && found.kind === 'conv') return ctx.t('ui.number.weight', { column, filter: n(0), channel: n(1), row: n(2), col: n(3) });
  if (part === 'weight' && index.length === 2) return ctx.t('ui.number.weight_dense', { column, unit: unitName(ctx, info, found, index[0] ?? 0), from: n(1) });
  if (part) return ctx.t(part === 'bias' ? 'ui.number.bias' : 'ui.number.scale', { column, filter: n(0) });
  const name = index.length === 3 ? ctx.t('ui.number.unit', { column, filter: n(0), row: n(1), col: n(2) }) : unitName(ctx, info, found, index[0] ?? 0);
  return found.kind === 'conv' || found.kind === 'dense' ? ctx.t('ui.number.sum', { name }) : found.kind === 'norm' ? ctx.t('ui.number.norm', { name }) : name;
}
const kindOf = ({ kind }: Layer): Column['kind'] => (kind === 'norm' || kind === 'act' ? 'conv' : kind === 'dense_act' ? 'dense' : kind);
function unitName(ctx: LabContext, info: CnnInfo, layer: Layer, i: number): string {
  const kind = kindOf(layer);
  return kind === 'out' ? ctx.t('ui.number.score', { name: className(ctx, info, i) }) : ctx.t('ui.number.neuron', { column: columnName(ctx, { kind, block: layer.block }), unit: String(i + 1) });
}
