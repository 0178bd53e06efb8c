// The values of self-attention in the order in which they are made: which of the four steps makes them, what they are
// called, how they are coloured. Pure: no DOM, so that all of it is tested in Node.
import { headOf, type Matrix } from '../../elements/matrix';
import type { InspectRef, LabContext, Params, Snapshot, WatchItem } from '../lab-view';

export type Step = 'qkv' | 'scores' | 'softmax' | 'output';
export type Stage = 'x' | 'q' | 'k' | 'v' | 'scores' | 'scaled' | 'weights' | 'heads' | 'out';

export interface StageDef {
  stage: Stage;
  step: Step;
  /** What its columns are: entries of a vector, or the tokens that are looked at. Its rows are always tokens. */
  columns: 'entries' | 'tokens';
  /** One picture a head, or one for all of them together. */
  perHead: boolean;
  /** Stages with the same scale can be compared by colour. */
  scale: 'vectors' | 'scores' | 'weights';
}

export const STAGES: readonly StageDef[] = [
  { stage: 'x', step: 'qkv', columns: 'entries', perHead: false, scale: 'vectors' },
  { stage: 'q', step: 'qkv', columns: 'entries', perHead: true, scale: 'vectors' },
  { stage: 'k', step: 'qkv', columns: 'entries', perHead: true, scale: 'vectors' },
  { stage: 'v', step: 'qkv', columns: 'entries', perHead: true, scale: 'vectors' },
  { stage: 'scores', step: 'scores', columns: 'tokens', perHead: true, scale: 'scores' },
  { stage: 'scaled', step: 'softmax', columns: 'tokens', perHead: true, scale: 'scores' },
  { stage: 'weights', step: 'softmax', columns: 'tokens', perHead: true, scale: 'weights' },
  { stage: 'heads', step: 'output', columns: 'entries', perHead: true, scale: 'vectors' },
  { stage: 'out', step: 'output', columns: 'entries', perHead: false, scale: 'vectors' },
];
export const STEPS: readonly Step[] = ['qkv', 'scores', 'softmax', 'output'];

export const stageDef = (stage: Stage): StageDef => STAGES.find((def) => def.stage === stage)!;
export const stagesOf = (step: Step): StageDef[] => STAGES.filter((def) => def.step === step);
const isStage = (name: string): name is Stage => STAGES.some((def) => def.stage === name);

/** What a model says about the example on view, by token; null where nothing is asked. */
export interface Answers {
  predictions: (string | null)[];
  correct: (boolean | null)[];
}

/** What the `info` query of the lab answers. The last lines are there when something is trained. */
export interface AttentionInfo {
  task: string;
  trains: boolean;
  tokens: string[];
  /** Tokens that occur again are told apart: "the", "the (2)". */
  labels: string[];
  truncated: boolean;
  /** The text that was cut off. */
  rest: string;
  max_tokens: number;
  n_layers: number;
  nhead: number;
  d_model: number;
  d_k: number;
  /** Factor of the scores: 1/(√d_k · temperature), or 1/temperature. */
  scale: number;
  causal: boolean;
  /** How far away a key may be; 0: anywhere. */
  window: number;
  /** Tokens at the end that are there for nobody to look at. */
  pad_tokens: number;
  targets?: (string | null)[];
  predictions?: Answers['predictions'];
  correct?: Answers['correct'];
  /** What the twin without attention says. */
  off?: Answers;
  /** For each token the key it must look at; −1: none. */
  right_keys?: number[];
  example?: { index: number; count: number };
}

/** The lab's answers as of the newest snapshot; predictions in it change while the model learns. */
export function infoOf(ctx: Pick<LabContext, 'info' | 'snapshot'> | null | undefined): AttentionInfo | null {
  const newest = ctx?.snapshot?.answers?.['info'] as AttentionInfo | undefined;
  const info = ctx?.info as AttentionInfo | null | undefined;
  // After a rebuild the info comes before the first picture of the new run.
  if (newest && info && (newest.task !== info.task || newest.tokens.join() !== info.tokens.join())) return info;
  return newest ?? info ?? null;
}

// ------------------------------------------------------------------------------------------------------------ view

/** What the reader looks at; kept in ctx.view, never part of the spec. */
export interface Look {
  step: Step;
  layer: number;
  head: number;
  /** Token that is followed. */
  follow: number;
  /** Room for one step only. */
  narrow: boolean;
}

const clamp = (value: unknown, last: number, otherwise: number): number => {
  const n = typeof value === 'number' && Number.isInteger(value) ? value : otherwise;
  return Math.max(0, Math.min(last, n));
};

/** What stands under the curves: what is attended to, then the second floor. */
export const TABS = ['attended', 'compared', 'masks', 'recurrence'] as const;
export type Tab = (typeof TABS)[number];
export const tabOf = (view: Record<string, unknown>): Tab => TABS.find((tab) => tab === view['tab']) ?? 'attended';

/** The look that `view` asks for, kept inside what there is. */
export function lookOf(view: Record<string, unknown>, info: AttentionInfo | null | undefined): Look {
  const step = STEPS.find((s) => s === view['step']) ?? 'softmax';
  if (!info) return { step, layer: 0, head: 0, follow: 0, narrow: view['narrow'] === true };
  return {
    step,
    layer: clamp(view['layer'], info.n_layers - 1, 0),
    head: clamp(view['head'], info.nhead - 1, 0),
    follow: clamp(view['follow'], Math.max(0, info.tokens.length - 1), firstFollowed(info)),
    narrow: view['narrow'] === true,
  };
}

/** In a trained task the last token that has to look somewhere, in a sentence the middle one. */
function firstFollowed(info: AttentionInfo): number {
  const asked = info.right_keys?.findLastIndex((key) => key >= 0) ?? -1;
  return asked >= 0 ? asked : Math.floor((info.tokens.length - 1) / 2);
}

export const isTrained = (params: Params): boolean => params['task'] !== 'sentence';

/** Key of the weights of one layer in a snapshot. */
export const weightsKey = (layer: number): string => `weights.${layer}`;

/** Only what is visible: all stages of one layer on a wide stage, else those of the step; the weights of every layer. */
export function watchItems(look: Look, info: AttentionInfo | null | undefined): WatchItem[] {
  const layers = info?.n_layers ?? 1;
  const items: WatchItem[] = [];
  for (let layer = 0; layer < layers; layer++) items.push({ key: weightsKey(layer), name: 'weights', args: { layer } });
  const detail: Record<Step, Stage[]> = { qkv: [], scores: ['q', 'k'], softmax: [], output: ['v'] };
  for (const def of STAGES) {
    if (def.stage === 'weights') continue; // already there
    if (look.narrow && def.step !== look.step && !detail[look.step].includes(def.stage)) continue;
    items.push({ key: def.stage, name: def.stage, args: { layer: look.layer } });
  }
  // What the model answers changes while it learns.
  items.push({ key: 'info', name: 'info', kind: 'query' });
  return items;
}

/** The picture of one stage, for one head where there are several; null while it has not come. */
export function matrixOf(snapshot: Snapshot | null, stage: Stage, look: Look): Matrix | null {
  const read = snapshot?.watched[stage === 'weights' ? weightsKey(look.layer) : stage];
  return read ? headOf(read, stageDef(stage).perHead ? look.head : 0) : null;
}

// ----------------------------------------------------------------------------------------------------------- scales

const NICE = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
/** The next round number at or above `value`, so that a scale stands still while values creep. */
export function niceCeil(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  for (const step of NICE) if (value <= step * unit * (1 + 1e-9)) return step * unit;
  return 10 * unit;
}

/** Largest finite magnitude in one matrix (a masked score is −∞ and does not count). */
export function largest({ data, offset, rows, cols }: Matrix): number {
  let most = 0;
  for (let i = offset; i < offset + rows * cols; i++) {
    const size = Math.abs(data[i]!);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}

// ------------------------------------------------------------------------------------------------------------ texts

/** Isolates text of any script so that it cannot turn what stands beside it (U+2068 … U+2069). */
export const isolate = (text: string): string => `\u2068${text}\u2069`;

const graphemes = typeof Intl !== 'undefined' && 'Segmenter' in Intl ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null;
const split = (text: string): string[] => (graphemes ? Array.from(graphemes.segment(text), (s) => s.segment) : [...text]);

/** At most `most` characters as the reader counts them (no emoji or Hangul cut in two), the rest told by an ellipsis. */
export function shorten(text: string, most: number): string {
  // No more characters than code units; and to be quick where nothing is to be done.
  if (text.length <= most) return text;
  // A hostile token may be long; only its beginning is ever split.
  const start = text.length > most * 16 ? text.slice(0, most * 16) : text;
  const parts = split(start);
  return parts.length > most || start.length < text.length ? `${parts.slice(0, most - 1).join('')}…` : text;
}

/** A token that can be seen: a space is shown as an open box. */
export const visible = (token: string): string => (token.trim() === '' ? '␣' : token);

// --------------------------------------------------------------------------------------------------------- inspector

/** A reference as the lab's explanations give it: stages carry their layer. */
type StageRef = InspectRef & { layer?: number };

/** Where a cell of a picture is found in the engine. */
export function cellRef(stage: Stage, look: Look, row: number, col: number): InspectRef {
  const index = stageDef(stage).perHead ? [look.head, row, col] : [row, col];
  return { value: stage, index, args: { layer: look.layer } };
}

/** The engine's question for a reference. */
export function explainQuery(ref: StageRef): { name: string; args: object } {
  const layer = ref.layer === undefined ? {} : { layer: ref.layer };
  return { name: ref.query ?? 'explain', args: { ...ref.args, ...layer, value: ref.value, index: ref.index } };
}

/** What a number of the four steps is called; '' for any other. */
export function describe(ref: StageRef, info: AttentionInfo | null, t: LabContext['t']): string {
  if (!info || !isStage(ref.value)) return '';
  const def = stageDef(ref.value);
  const [row, col] = ref.index.slice(-2) as [number, number];
  const name = (i: number) => isolate(shorten(visible(info.labels[i] ?? String(i + 1)), 16));
  const head = def.perHead && info.nhead > 1 ? ref.index[0]! + 1 : 0;
  const layer = ref.layer ?? (ref.args as { layer?: number } | undefined)?.layer ?? 0;
  const where = [
    info.n_layers > 1 ? t('ui.layer', { layer: String(layer + 1) }) : '',
    head ? t('ui.head', { head: String(head) }) : '',
  ].filter(Boolean);
  const what = def.columns === 'tokens'
    ? t(`ui.cell.${def.stage}`, { query: name(row), key: name(col) })
    : t(`ui.cell.${def.stage}`, { token: name(row), entry: String(col + 1) });
  return [what, ...where].join(' · ');
}

/** Tokens that row `row` of the weights looks at, the largest weight first. */
export function attended(weights: Matrix, row: number): { token: number; weight: number }[] {
  const list: { token: number; weight: number }[] = [];
  for (let col = 0; col < weights.cols; col++) list.push({ token: col, weight: weights.data[weights.offset + row * weights.cols + col]! });
  return list.sort((a, b) => b.weight - a.weight || a.token - b.token);
}

// -------------------------------------------------------------------------------------------------------------- room

/** Widths of the board's pictures, px. */
export interface Room {
  /** Column of token names at the left; 0: rows are too low for them. */
  names: number;
  rowHeight: number;
  /** Room above the square matrices for turned names; 0: cells are too narrow for them. */
  colNames: number;
  width: Record<Stage, number>;
}

/** Width of a name at 12 px, as the labels are set. */
export const nameWidth = (name: string): number => [...name].reduce((sum, c) => sum + (c > '\u2e80' ? 12 : 6.6), 0);
const LONGEST_NAME = 76;

/** Between neighbours: names and X, the vectors, the steps, the two matrices of a step. */
export const GAP = { names: 6, vectors: 6, steps: 26, pair: 14 };

/** Squares give up this much of their width to the vectors of the step in hand. */
const SQUEEZED = 0.6;

/**
 * How the pictures of the tokens `names` share `width` px. Wide: all four steps beside one another, the step in hand with
 * the most room; narrow: this step alone over the whole width. Rows have one height throughout; matrices over tokens are
 * square unless they make room.
 */
export function roomFor(width: number, names: string[], step: Step, narrow: boolean): Room {
  const n = Math.max(1, names.length);
  const longest = Math.max(0, ...names.map(nameWidth));
  const free = (labels: number): number =>
    width - labels - (labels ? GAP.names : 0) - (narrow ? 0 : 4 * GAP.vectors + 3 * GAP.steps + GAP.pair);
  const largestSquare = (labels: number): number => (narrow ? Math.min(free(labels), n * 32, 340) : Math.min(free(labels) / 4.32, n * 28, 220));
  let labels = Math.min(LONGEST_NAME, Math.ceil(longest) + 4);
  if (largestSquare(labels) / n < 9) labels = 0;
  const raw = largestSquare(labels) / n;
  const rowHeight = raw >= 6 ? Math.floor(raw) : raw;
  const square = rowHeight * n;
  const room = free(labels);

  let x: number, vector: number, head: number, out: number, across = square;
  if (narrow) {
    x = vector = (room - 3 * GAP.vectors) / 4;
    head = out = (room - GAP.vectors) / 2;
  } else {
    // Shares: X and O 0.26, each of Q, K, V and Z 0.2.
    const rest = (room - 3 * square) / 1.32;
    x = out = 0.26 * rest;
    vector = head = 0.2 * rest;
    if (step === 'qkv' || step === 'output') {
      across = SQUEEZED * square;
      const won = 3 * (square - across);
      const small = 0.8;
      if (step === 'qkv') {
        const more = won + (1 - small) * (head + out);
        [head, out] = [small * head, small * out];
        [x, vector] = [x + more * 0.31, vector + more * 0.23];
      } else {
        const more = won + (1 - small) * (x + 3 * vector);
        [x, vector] = [small * x, small * vector];
        [head, out] = [head + more * 0.43, out + more * 0.57];
      }
    }
  }
  const vectorPx = (value: number, most: number) => Math.floor(Math.min(value, most));
  return {
    names: labels,
    rowHeight,
    colNames: rowHeight >= 11 ? Math.ceil(Math.min(LONGEST_NAME, longest) * 0.82) + 8 : 0,
    width: {
      x: vectorPx(x, 200), q: vectorPx(vector, 150), k: vectorPx(vector, 150), v: vectorPx(vector, 150),
      scores: across, scaled: across, weights: across,
      heads: vectorPx(head, 200), out: vectorPx(out, 240),
    },
  };
}
