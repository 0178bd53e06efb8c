// What the lab's elements share: what the engine says of itself, what is looked at, and what each picture needs of a snapshot.
import type { InspectRef, LabContext, TensorRead, ValueRef, WatchItem } from '../lab-view';

export type Cell = 'rnn_tanh' | 'rnn_relu' | 'lstm' | 'gru';
export const BESIDE = ['rnn_tanh', 'lstm', 'gru', 'attention'] as const;
export type Beside = (typeof BESIDE)[number];

export interface RnnInfo {
  task: string;
  cell: Cell;
  /** Letters of the gates, in the engine's order: "ifgo", "rzn" or none. */
  gates: string;
  steps: number;
  /** Numbers a step; 0: a token. */
  width: number;
  /** 0: a number is predicted. */
  classes: number;
  every_step: boolean;
  vocabulary: string[] | null;
  tokens: string[];
  hidden_size: number;
  num_layers: number;
  bidirectional: boolean;
  distance: number;
  /** Target of a step at which nothing is asked. */
  nothing: number;
  parameters: number;
  beside: readonly Beside[];
  example: { index: number; count: number };
}
export const infoOf = (ctx: LabContext | null): RnnInfo | null => (ctx?.info as RnnInfo | undefined) ?? null;

/** The panels of the right column. */
export const TABS = ['gradient', 'readout', 'time'] as const;
export type Tab = (typeof TABS)[number];

/** What is looked at; whatever came from outside lies within what there is. */
export interface Look {
  layer: number;
  reverse: boolean;
  tab: Tab;
}
export function lookOf(view: Record<string, unknown>, info: RnnInfo): Look {
  const { layer, reverse, tab } = view;
  const top = info.num_layers - 1;
  return {
    layer: Number.isInteger(layer) && (layer as number) >= 0 && (layer as number) <= top ? (layer as number) : top,
    reverse: info.bidirectional && reverse === true,
    tab: TABS.find((id) => id === tab) ?? 'gradient',
  };
}

/** A picture over time: the state, or a gate. */
export interface Part {
  /** As the engine's `states` names it. */
  of: string;
  /** Signed, or a gate from 0 to 1. */
  colors: 'diverging' | 'sequential';
}
export function partsOf(info: RnnInfo): Part[] {
  const parts: Part[] = [{ of: 'h', colors: 'diverging' }];
  if (info.cell === 'lstm') parts.push({ of: 'c', colors: 'diverging' });
  for (const of of info.gates) parts.push({ of, colors: of === 'g' || of === 'n' ? 'diverging' : 'sequential' });
  return parts;
}

export function watchItems(ctx: LabContext): WatchItem[] {
  const info = infoOf(ctx);
  if (!info) return [];
  const { layer, reverse, tab } = lookOf(ctx.view, info);
  const items: WatchItem[] = [{ key: 'inputs', name: 'inputs' }, { key: 'targets', name: 'targets' }, { key: 'outputs', name: 'outputs' }];
  if (ctx.shows('states')) for (const { of } of partsOf(info)) items.push({ key: `states:${of}`, name: 'states', args: { of, layer, reverse } });
  if (foretells(info) && ctx.shows('writing')) items.push({ key: 'continuation', name: 'continuation', args: { steps: CONTINUED } });
  if (tab === 'gradient' && ctx.shows('gradient')) items.push({ key: 'flow', name: 'flow' });
  if (tab === 'readout' && ctx.shows('readout')) items.push({ key: 'readout', name: 'readout' });
  return items;
}

/** Steps that a wave is continued by. */
export const CONTINUED = 40;
/** Tasks that predict the next number. */
export const foretells = (info: RnnInfo): boolean => info.width === 1;

// --------------------------------------------------------------------------------------------------------- inspector

const nameOf = (layer: number, reverse: boolean): string => `rnn.l${layer}${reverse ? '_reverse' : ''}`;

/** Where a cell of a picture is found in the engine. */
export function cellRef(info: RnnInfo, look: Look, of: string, step: number, unit: number): InspectRef {
  const base = nameOf(look.layer, look.reverse);
  if (of === 'h') return { value: base, index: [step, unit] };
  if (of === 'c') return { value: `${base}.cell`, index: [step, unit] };
  return { value: `${base}.gates`, index: [step, info.gates.indexOf(of) * info.hidden_size + unit] };
}

/** What a number of the recurrent layers is called; '' for any other. */
export function describe(ref: ValueRef, info: RnnInfo | null, t: LabContext['t']): string {
  const found = /^rnn(?:\.l(\d+)(_reverse)?)?(?:\.(gates|cell))?$/.exec(ref.value);
  if (!found || !info) return '';
  const step = info.every_step || found[1] !== undefined ? ref.index[0]! : info.steps - 1;
  const last = ref.index.at(-1)!;
  const of = found[3] === 'cell' ? 'c' : found[3] === 'gates' ? info.gates[Math.floor(last / info.hidden_size)]! : 'h';
  const where = [t(`ui.part.${of}`), t('ui.at', { step: String(step + 1), unit: String((last % info.hidden_size) + 1) })];
  if (info.num_layers > 1) where.push(t('ui.layer', { layer: String(Number(found[1] ?? info.num_layers - 1) + 1) }));
  if (found[2]) where.push(t('ui.backward'));
  return where.join(' · ');
}

// ----------------------------------------------------------------------------------------------------------- reading

/** What the model answers where it is asked, in the words of the task. */
export function answerOf(info: RnnInfo, outputs: TensorRead | undefined, row: number): { best: number; sure: number } | null {
  if (!outputs || info.classes === 0) return null;
  const from = row * info.classes;
  if (outputs.data.length < from + info.classes) return null;
  let best = 0;
  for (let c = 1; c < info.classes; c++) if (outputs.data[from + c]! > outputs.data[from + best]!) best = c;
  return { best, sure: outputs.data[from + best]! };
}

/** Lengths of gradients as shares of that at distance 0; what is no number stays none. */
export const shares = (flow: ArrayLike<number>): number[] => Array.from(flow, (length) => length / flow[0]!);

/** The share left at the largest distance there is. */
export function left(flow: ArrayLike<number>): { distance: number; share: number } | null {
  const all = shares(flow);
  let last = all.length - 1;
  while (last > 0 && !Number.isFinite(all[last])) last--;
  return last > 0 ? { distance: last, share: all[last]! } : null;
}
