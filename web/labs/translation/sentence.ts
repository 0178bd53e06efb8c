// What the engine answers about the sentence that is translated, and what of it the reader looks at. Pure, so that it is tested in Node.
import { headOf, type Matrix } from '../../elements/matrix';
import type { InspectRef, LabContext, Snapshot, ValueRef, WatchItem } from '../lab-view';

export const ATTENTIONS = ['cross', 'encoder', 'decoder'] as const;
export type Attention = (typeof ATTENTIONS)[number];
export const SIDES = ['decoder', 'encoder'] as const;
export type Side = (typeof SIDES)[number];

/** Answer of the query `info`. */
export interface TranslationInfo {
  task: string;
  source: 'ko' | 'en';
  target: 'ko' | 'en';
  n_train: number;
  n_test: number;
  pairs_in_grammar: number;
  parameters: number;
  nhead: number;
  /** Names of the weights' values, by layer. */
  attention: Record<Attention, string[]>;
  /** Names of the residual stream's values, from the embedded tokens to what the last layer hands on. */
  stream: Record<Side, string[]>;
  /** All words of both languages, in the grammar's order. */
  words: { source: string[]; target: string[] };
  longest_text: number;
}

export interface Candidate {
  token: string;
  probability: number;
}
export interface Beam {
  text: string;
  tokens: string[];
  log_probability: number;
  score: number;
  /** By the mark of the end, not because it was too long. */
  ended: boolean;
}
/** Answer of the query `translation`. */
export interface TranslationAnswer {
  /** Number among the held-out sentences; null: the reader's own. */
  example: number | null;
  source: string;
  source_tokens: string[];
  target: string;
  /** What the decoder reads: the mark of the beginning, then what it has written. */
  read_tokens: string[];
  /** What it writes behind each of these. */
  steps: (Candidate & { candidates: Candidate[] })[];
  beams: Beam[];
  trace: string[][][];
  /** What the decoder's stream would say if it were read off, stage by stage and token by token. */
  lens: Candidate[][];
  reference: string | null;
  exact: boolean | null;
}

/** What the reader looks at; kept in ctx.view. */
export interface Look {
  attention: Attention;
  layer: number;
  head: number;
  /** Step of the decoder. */
  step: number;
  /** Whose residual stream, and how far on. */
  side: Side;
  stage: number;
}

const within = (value: unknown, count: number): number =>
  typeof value === 'number' && Number.isInteger(value) ? Math.max(0, Math.min(count - 1, value)) : 0;

/** The look that `view` asks for, kept inside what there is. */
export function lookOf(view: Record<string, unknown>, info: TranslationInfo, steps: number): Look {
  const attention = ATTENTIONS.find((a) => a === view['attention']) ?? 'cross';
  const side = SIDES.find((s) => s === view['side']) ?? 'decoder';
  return {
    attention, layer: within(view['layer'], info.attention[attention].length), head: within(view['head'], info.nhead), step: within(view['step'], Math.max(1, steps)),
    side, stage: within(view['stage'], info.stream[side].length),
  };
}

const PARTS = { encoder: ['self', 'forward'], decoder: ['self', 'cross', 'forward'] } as const;
/** What a stage of the residual stream comes after: stage 0 is what goes in. */
export function stageOf(side: Side, stage: number): { layer: number; part: 'embedded' | 'self' | 'cross' | 'forward' } {
  const parts = PARTS[side];
  return stage === 0 ? { layer: 0, part: 'embedded' } : { layer: Math.floor((stage - 1) / parts.length), part: parts[(stage - 1) % parts.length]! };
}

export const infoOf = (ctx: Pick<LabContext, 'info'> | null | undefined): TranslationInfo | null => (ctx?.info as TranslationInfo | null | undefined) ?? null;
export const answerOf = (snapshot: Snapshot | null | undefined): TranslationAnswer | null => (snapshot?.answers?.['translation'] as TranslationAnswer | undefined) ?? null;

export const weightsKey = (attention: Attention, layer: number): string => `${attention}.${layer}`;

/** The translation, the weights of the layers of the chosen attention, and of the decoder on the source, which the tokens show. */
export function watchItems(view: Record<string, unknown>, info: TranslationInfo | null): WatchItem[] {
  const items: WatchItem[] = [{ key: 'translation', name: 'translation', kind: 'query' }];
  if (!info) return items;
  const { attention, side, stage } = lookOf(view, info, 1);
  items.push({ key: 'stream', name: 'stream', args: { encoder: Number(side === 'encoder'), stage } });
  for (const which of new Set<Attention>([attention, 'cross'])) {
    info.attention[which].forEach((_, layer) => items.push({ key: weightsKey(which, layer), name: which, args: { layer } }));
  }
  return items;
}

/** Weights of one head of one layer; null while they have not come, or are of another sentence than the tokens. */
export function weightsOf(snapshot: Snapshot | null, attention: Attention, layer: number, head: number, rows: number, cols: number): Matrix | null {
  const read = snapshot?.watched[weightsKey(attention, layer)];
  const matrix = read ? headOf(read, head) : null;
  return matrix && matrix.rows === rows && matrix.cols === cols ? matrix : null;
}

/** How much each token of the source weighs for one step: the last layer's weights, of one head. */
export function sourceWeights(snapshot: Snapshot | null, info: TranslationInfo, answer: TranslationAnswer, look: Look): number[] | null {
  const layer = look.attention === 'cross' ? look.layer : info.attention.cross.length - 1;
  const m = weightsOf(snapshot, 'cross', layer, look.head, answer.read_tokens.length, answer.source_tokens.length);
  return m && Array.from({ length: m.cols }, (_, i) => m.data[m.offset + look.step * m.cols + i]!);
}

/** Row and column of a matrix of weights in the engine. */
export const cellRef = (info: TranslationInfo, look: Look, row: number, col: number): InspectRef => ({
  value: info.attention[look.attention][look.layer]!,
  index: [look.head, row, col],
});

/** "encoder, layer 1, head 2: who looks at whom", for cells of attention weights; whose number it is, for those of the stream; '' for all else. */
export function describe(ref: ValueRef, info: TranslationInfo | null, answer: TranslationAnswer | null, t: LabContext['t']): string {
  if (!info || !answer) return '';
  if (ref.index.length === 2) {
    const side = SIDES.find((s) => info.stream[s].includes(ref.value));
    const token = side && (side === 'encoder' ? answer.source_tokens : answer.read_tokens)[ref.index[0]!];
    return side && token ? t('ui.stream.cell', { side: t(`ui.stream.${side}`), token: shown(token), at: ref.index[1]! + 1 }) : '';
  }
  if (ref.index.length !== 3) return '';
  for (const attention of ATTENTIONS) {
    const layer = info.attention[attention].indexOf(ref.value);
    if (layer < 0) continue;
    const from = attention === 'encoder' ? answer.source_tokens : answer.read_tokens, to = attention === 'decoder' ? answer.read_tokens : answer.source_tokens;
    const [head, row, col] = ref.index as [number, number, number];
    return t('ui.cell', { attention: t(`ui.attention.${attention}`), layer: layer + 1, head: head + 1, from: shown(from[row] ?? ''), to: shown(to[col] ?? '') });
  }
  return '';
}

const signs: Record<string, string> = { '<s>': '▸', '</s>': '■', i: 'I' };
/** A token as the page writes it: particles with the hyphen that joins them, the marks of the ends as signs. */
export const shown = (token: string): string => signs[token] ?? token;
