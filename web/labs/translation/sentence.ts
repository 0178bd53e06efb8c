// What the engine answers about the sentence that is translated, and what of it the reader looks at. Pure, so that it is tested in Node.
import { headOf, type Matrix } from '../../elements/matrix';
import type { InspectRef, LabContext, Snapshot, ValueRef, WatchItem } from '../lab-view';

export const ATTENTIONS = ['cross', 'encoder', 'decoder'] as const;
export type Attention = (typeof ATTENTIONS)[number];

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
}

const within = (value: unknown, count: number): number =>
  typeof value === 'number' && Number.isInteger(value) ? Math.max(0, Math.min(count - 1, value)) : 0;

/** The look that `view` asks for, kept inside what there is. */
export function lookOf(view: Record<string, unknown>, info: TranslationInfo, steps: number): Look {
  const attention = ATTENTIONS.find((a) => a === view['attention']) ?? 'cross';
  return { attention, layer: within(view['layer'], info.attention[attention].length), head: within(view['head'], info.nhead), step: within(view['step'], Math.max(1, steps)) };
}

export const infoOf = (ctx: Pick<LabContext, 'info'> | null | undefined): TranslationInfo | null => (ctx?.info as TranslationInfo | null | undefined) ?? null;
export const answerOf = (snapshot: Snapshot | null | undefined): TranslationAnswer | null => (snapshot?.answers?.['translation'] as TranslationAnswer | undefined) ?? null;

export const weightsKey = (attention: Attention, layer: number): string => `${attention}.${layer}`;

/** The translation, the weights of the layers of the chosen attention, and of the decoder on the source, which the tokens show. */
export function watchItems(view: Record<string, unknown>, info: TranslationInfo | null): WatchItem[] {
  const items: WatchItem[] = [{ key: 'translation', name: 'translation', kind: 'query' }];
  if (!info) return items;
  const { attention } = lookOf(view, info, 1);
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

/** "encoder, layer 1, head 2: who looks at whom", for cells of attention weights; '' for all else. */
export function describe(ref: ValueRef, info: TranslationInfo | null, answer: TranslationAnswer | null, t: LabContext['t']): string {
  if (!info || !answer || ref.index.length !== 3) return '';
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
