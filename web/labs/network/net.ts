// The network as the pictures see it: columns of units, what each is called, where its numbers stand in the reads.
import type { LabContext } from '../lab-view';

export type Kind = 'binary' | 'multiclass' | 'regression' | 'curve' | 'digits' | 'table';

/** The engine's `info` query of this lab. */
export interface NetworkInfo {
  kind: Kind;
  classes: string[];
  features: string[];
  /** Numbers that go in. */
  inputs: number;
  /** Of own data: what was taken off each column and what it was divided by (the target last); names are the reader's. */
  own: { target: string; mean?: number[]; sd?: number[] } | null;
  /** Hidden layers, then the output. */
  layers: {
    name: string;
    /** The values of the units before and after the activation. */
    pre: string;
    post: string;
    output: boolean;
    param_weight: string;
    param_bias: string;
    /** batch_norm between the sum and the activation: its value, its scale and its shift. */
    norm: { value: string; weight: string; bias: string } | null;
    units: number;
    activation: string;
    /** First row of the layer in `maps` and `activations`. */
    offset_in_maps: number;
  }[];
  n_train: number;
  n_test: number;
  steps_per_epoch: number;
  parameters: number;
  is_logistic_regression: boolean;
}

export interface Column {
  role: 'input' | 'hidden' | 'output';
  /** Number of the hidden layer, from 1; 0 otherwise. */
  number: number;
  units: number;
  /** Names of the values that hold the units' sums and their activations. */
  pre: string;
  value: string;
  /** Parameters of the way into this column; empty for the input. */
  weight: string;
  bias: string;
  norm: NetworkInfo['layers'][number]['norm'];
  activation: string;
  /** First row in `maps` and `activations`. */
  offset: number;
  /** Entries of one row of the weight: units of the column before, or 784 pixels. */
  fanIn: number;
}

export const PIXELS = 784;
export const SIDE = 28;

/** Input, hidden layers, output. The digits' input is one column of one unit: the image. */
export function columnsOf(info: NetworkInfo): Column[] {
  const digits = info.kind === 'digits';
  const inputs = digits ? 1 : info.features.length;
  const columns: Column[] = [
    { role: 'input', number: 0, units: inputs, pre: '', value: 'input', weight: '', bias: '', norm: null, activation: '', offset: 0, fanIn: 0 },
  ];
  info.layers.forEach((layer, i) => {
    columns.push({
      role: layer.output ? 'output' : 'hidden',
      number: layer.output ? 0 : i + 1,
      units: layer.units,
      pre: layer.pre,
      value: layer.post,
      weight: layer.param_weight,
      bias: layer.param_bias,
      norm: layer.norm,
      activation: layer.activation,
      offset: layer.offset_in_maps,
      fanIn: i === 0 ? (digits ? PIXELS : inputs) : info.layers[i - 1]!.units,
    });
  });
  return columns;
}

/** Whether an edge of its own leads into this column from every unit before it (784 pixels are one picture instead). */
export const hasEdges = (column: Column): boolean => column.fanIn > 0 && column.fanIn !== PIXELS;

/** A feature as one reads it: x₁², sin x₂. */
export function featureName(ctx: LabContext, info: NetworkInfo, index: number): string {
  if (info.kind === 'curve') return 'x';
  const key = info.features[index];
  if (info.own) return [...(key ?? '')].length > 16 ? `${[...key!].slice(0, 15).join('')}…` : (key ?? '');
  return key === undefined ? String(index + 1) : ctx.t(`params.features.choices.${key}`);
}

/** A class as one reads it: its name, or its number where it has none but that. */
export function className(ctx: LabContext, info: NetworkInfo, k: number): string {
  const name = info.classes[k] ?? String(k);
  return info.kind === 'digits' || info.own ? name : ctx.t('ui.class', { n: String(k + 1) });
}

/** What a unit is called, in a whole phrase. */
export function unitName(ctx: LabContext, info: NetworkInfo, column: Column, index: number): string {
  if (column.role === 'input') {
    return info.kind === 'digits' ? ctx.t('ui.unit.image') : ctx.t('ui.unit.input', { name: featureName(ctx, info, index) });
  }
  if (column.role === 'hidden') return ctx.t('ui.unit.hidden', { layer: String(column.number), unit: String(index + 1) });
  return column.units === 1 ? ctx.t('ui.unit.output') : ctx.t('ui.unit.output_of', { name: className(ctx, info, index) });
}

/** The activation's name in the reader's language; the output's are not among the choices of the parameter. */
export function activationName(ctx: LabContext, activation: string): string {
  const key = `params.activation.choices.${activation}`;
  const known = ctx.t(key);
  return known === key ? ctx.t(`ui.activation.${activation}`) : known;
}

/** The point of view the numbers are shown from: what goes into the network. */
export interface Probe {
  x: number[];
  /** Which example it is, when it is one. */
  split?: 'train' | 'test';
  index?: number;
}

const MAX_PROBE = 4096;
/** Whether that can be a probe, wherever it comes from. */
export function isProbe(value: unknown): value is Probe {
  const { x, split, index } = (value ?? {}) as Partial<Probe>;
  return Array.isArray(x) && x.length <= MAX_PROBE && x.every((v) => Number.isFinite(v))
    && (index === undefined || (Number.isInteger(index) && index >= 0 && (split === 'train' || split === 'test')));
}

/** The probe in force; one that was set for another kind of task does not count. */
export function probeOf(ctx: LabContext): Probe | null {
  const probe = (ctx.view['probe'] as Probe | null | undefined) ?? null;
  const info = ctx.info as NetworkInfo | null;
  return probe && info && probe.x.length === inputSize(info) ? probe : null;
}
export const inputSize = (info: NetworkInfo): number => (info.kind === 'digits' || info.kind === 'table' ? info.inputs : info.kind === 'curve' ? 1 : 2);

/** The engine's arguments for this point of view. */
export function probeArgs(probe: Probe | null): object {
  if (!probe) return {};
  return probe.index !== undefined ? { split: probe.split, example: probe.index } : { x: probe.x };
}

/** What a value of the engine is called: a unit, its sum, a weight, a bias; '' for others. */
export function describe(ctx: LabContext, ref: { value: string; index: number[] }): string {
  const info = ctx.info as NetworkInfo | null;
  if (!info) return '';
  const [first = 0, second = 0] = ref.index;
  if (ref.value === 'input') {
    return info.kind === 'digits'
      ? ctx.t('ui.unit.pixel', { row: String(Math.floor(first / SIDE) + 1), col: String((first % SIDE) + 1) })
      : ctx.t('ui.unit.input', { name: featureName(ctx, info, first) });
  }
  const columns = columnsOf(info);
  for (const [c, column] of columns.entries()) {
    if (column.role === 'input') continue;
    const unit = unitName(ctx, info, column, first);
    if (ref.value === column.weight) {
      const before = columns[c - 1]!;
      const from = c === 1 ? describe(ctx, { value: 'input', index: [second] }) : unitName(ctx, info, before, second);
      return ctx.t('ui.edge', { from, to: unit });
    }
    if (ref.value === column.bias) return ctx.t('ui.bias_of', { unit });
    if (ref.value === column.value) return unit;
    if (ref.value === column.pre) return ctx.t('ui.sum_of', { unit });
    if (ref.value === column.norm?.value) return ctx.t('ui.norm_of', { unit });
    if (ref.value === column.norm?.weight) return ctx.t('ui.norm_weight_of', { unit });
    if (ref.value === column.norm?.bias) return ctx.t('ui.norm_bias_of', { unit });
  }
  return '';
}

/** A probability for the screen. Cut, not rounded: what is less than 1 must not read as certainty. */
export function share(ctx: LabContext, p: number): string {
  return ctx.num(p > 0.99 && p < 1 ? Math.floor(p * 1000) / 1000 : Number(p.toPrecision(3)));
}
