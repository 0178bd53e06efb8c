// What the engine tells of the text on the stage and of what is written, and what of it the reader looks at. Pure, so that it is tested in Node.
import { headOf, type Matrix } from '../../elements/matrix';
import type { InspectRef, LabContext, Snapshot, TensorRead, ValueRef, WatchItem } from '../lab-view';

export type Task = 'gpt' | 'bert' | 'fine_tune';

/** Answer of the query `info`. */
export interface LanguageInfo {
  task: Task;
  corpus: string;
  /** What is written for each id. */
  vocabulary: string[];
  /** Pieces of text for training and for testing, and tokens of the first. */
  n_train: number;
  n_test: number;
  tokens: number;
  /** The most tokens that are read at once, the mark of the beginning counted. */
  block: number;
  nhead: number;
  /** Names of the weights' values, by layer. */
  attention: string[];
  /** Sentences kept for testing the classifiers, and whether it went well. */
  labelled: [text: string, good: boolean][];
  longest_text: number;
  /** Number of the piece that is shown; null: the reader's own text. */
  piece: number | null;
}

/** Ids that every vocabulary begins with (engine/data/vocabulary.h). */
export const STOP = 1, UNKNOWN = 2, MASK = 3, FIRST = 4;

export interface Candidate {
  id: number;
  p: number;
}
export interface Token {
  id: number;
  masked: boolean;
  /** The probability that the model gave it. */
  p: number;
  candidates: Candidate[];
}
/** A row of the read `next`: at temperature 1, at the reader's, and after what is cut away; 0: cut. */
export interface Choice {
  id: number;
  p: number;
  tempered: number;
  kept: number;
}
export interface Next {
  id: number;
  /** How many tokens could be drawn. */
  count: number;
  choices: Choice[];
}

export const infoOf = (ctx: Pick<LabContext, 'info'> | null | undefined): LanguageInfo | null => (ctx?.info as LanguageInfo | null | undefined) ?? null;
export const guesses = ({ task }: LanguageInfo): boolean => task === 'bert';

/** Null while it has not come, or is of another vocabulary. */
export function tokensOf(snapshot: Snapshot | null | undefined, info: LanguageInfo): Token[] | null {
  const read = snapshot?.watched['text'];
  if (!read) return null;
  const [rows, width] = read.shape as [number, number];
  const { data } = read;
  const tokens = Array.from({ length: rows }, (_, r) => {
    const at = r * width;
    return {
      id: data[at]!, masked: data[at + 1] === 1, p: data[at + 2]!,
      candidates: Array.from({ length: (width - 3) / 2 }, (_, k) => ({ id: data[at + 3 + 2 * k]!, p: data[at + 4 + 2 * k]! })),
    };
  });
  return tokens.every(({ id }) => id < info.vocabulary.length) ? tokens : null;
}

export function nextOf({ shape, data }: Pick<TensorRead, 'shape' | 'data'>): Next {
  return {
    id: data[0]!, count: data[1]!,
    choices: Array.from({ length: shape[0]! - 1 }, (_, k) => {
      const [id, p, tempered, kept] = Array.from(data.slice(4 * (k + 1), 4 * (k + 2))) as [number, number, number, number];
      return { id, p, tempered, kept };
    }),
  };
}

/** Bits of surprise: how many yes-or-no answers short the model was. */
export const surprise = (p: number): number => -Math.log2(Math.max(p, 1e-12));
/** Surprise that has the full colour. */
export const MOST_BITS = 8;

const signs: Record<number, string> = { 0: '·', [STOP]: '■', [UNKNOWN]: '?', [MASK]: '▢' };
/** A token as the page shows it: marks as signs, a space where it can be seen. */
export const shown = (info: LanguageInfo, id: number): string => signs[id] ?? (info.vocabulary[id] ?? '').replace(/ /g, '␣');

/** Tokens as one writes them: words with spaces but before marks, all else as it stands; the end of a piece is a new line. */
export function written(info: LanguageInfo, ids: number[], words: boolean): string {
  let text = '';
  for (const id of ids) {
    const token = id === STOP ? '\n' : id < FIRST ? signs[id]! : info.vocabulary[id]!;
    const apart = words && text !== '' && !/\n$/.test(text) && token !== '\n' && !/^[.,!?;:)\]}…。、！？]/.test(token);
    text += (apart ? ' ' : '') + token;
  }
  return text.replace(/\n /g, '\n').trimStart();
}

/** What the reader looks at; kept in ctx.view. */
export interface Look {
  token: number;
  layer: number;
  head: number;
}
const within = (value: unknown, count: number): number => (typeof value === 'number' && Number.isInteger(value) ? Math.max(0, Math.min(count - 1, value)) : 0);

/** The look that `view` asks for, kept inside what there is. Of a text with gaps it is one of these, where none was chosen the first. */
export function lookOf(view: Record<string, unknown>, info: LanguageInfo, tokens: Token[]): Look {
  const chosen = view['token'], first = tokens.findIndex(({ masked }) => masked);
  const token = typeof chosen === 'number' ? within(chosen, Math.max(1, tokens.length)) : Math.max(0, guesses(info) ? first : Math.min(1, tokens.length - 1));
  return { token, layer: within(view['layer'], info.attention.length), head: within(view['head'], info.nhead) };
}

/** The text, the attention of all layers, and what the classifiers say. */
export function watchItems(info: LanguageInfo | null): WatchItem[] {
  const items: WatchItem[] = [{ key: 'text', name: 'text' }];
  if (!info) return items;
  info.attention.forEach((_, layer) => items.push({ key: `attention.${layer}`, name: 'attention', args: { layer } }));
  if (info.task === 'fine_tune') items.push({ key: 'verdicts', name: 'verdicts' });
  return items;
}

/** Labels of what is read: the mark of the beginning, then the tokens, gaps as such. */
export const readLabels = (info: LanguageInfo, tokens: Token[]): string[] => [shown(info, STOP), ...tokens.map(({ id, masked }) => shown(info, masked ? MASK : id))];

/** Weights of one head of one layer; null while they have not come, or are of another text. */
export function weightsOf(snapshot: Snapshot | null | undefined, layer: number, head: number, side: number): Matrix | null {
  const read = snapshot?.watched[`attention.${layer}`];
  const matrix = read ? headOf(read, head) : null;
  return matrix && matrix.rows === side ? matrix : null;
}

/** Row and column of a matrix of weights in the engine. */
export const cellRef = (info: LanguageInfo, look: Look, row: number, col: number): InspectRef => ({ value: info.attention[look.layer]!, index: [look.head, row, col] });
/** The score of one candidate for one token. */
export const scoreRef = (info: LanguageInfo, token: number, id: number): InspectRef => ({ value: 'head', index: [guesses(info) ? token + 1 : token, id] });

/** "Layer 1, head 2: who looks at whom", "score of a token behind another"; '' for all else. */
export function describe(ref: ValueRef, info: LanguageInfo | null, tokens: Token[] | null, t: LabContext['t']): string {
  if (!info || !tokens) return '';
  const labels = readLabels(info, tokens);
  const layer = info.attention.indexOf(ref.value);
  if (layer >= 0 && ref.index.length === 3) {
    const [head, row, col] = ref.index as [number, number, number];
    return t('ui.cell', { layer: layer + 1, head: head + 1, from: labels[row] ?? '', to: labels[col] ?? '' });
  }
  if (ref.value === 'head' && ref.index.length === 2) return t('ui.score', { token: shown(info, ref.index[1]!), at: labels[ref.index[0]!] ?? '' });
  return '';
}

/** Whether a verdict is right. */
export const right = (good: boolean, p: number): boolean => p > 0.5 === good;
