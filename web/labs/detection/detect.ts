// The detector as the pictures see it: what is looked at, what the engine's tables hold, how a box is moved.
import type { LabContext, TensorRead, WatchItem } from '../lab-view';

/** The engine's `info` query of this lab. */
export interface DetectionInfo {
  /** Pixels of a scene's side. */
  side: number;
  /** Cells of the grid's side. */
  grid: number;
  classes: string[];
  blocks: { channels: number; side: number; value: string }[];
  n_test: number;
  n_train: number;
  /** True objects in the held-out scenes, and how many of them share a cell with another and cannot be predicted. */
  objects: number;
  missed: number;
  parameters: number;
  flops: number;
}

/** Left, top, width, height in pixels of the scene. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}
export interface Truth {
  cls: number;
  box: Box;
}
export interface Detection {
  cell: number;
  cls: number;
  score: number;
  box: Box;
  /** Place in the same scene's list of the detection that suppressed it; −1: it is kept. */
  by: number;
  /** IoU with that one. */
  overlap: number;
}
export interface ClassScore {
  ap: number;
  truths: number;
  detections: number;
  right: number;
}
export interface Ranked {
  cls: number;
  score: number;
  right: boolean;
  recall: number;
  precision: number;
  envelope: number;
}

/** What stands in the large picture: the boxes that are left, all of them before suppression, the grid, or a box to move. */
export const LOOKS = ['boxes', 'nms', 'grid', 'iou'] as const;
export type Look = (typeof LOOKS)[number];
/** The held-out scene that a first look shows: of more than one object. */
const FIRST = 1;
/** Held-out scenes of a strip. */
export const STRIP = 8;

const whole = (value: unknown, below: number): number => (Number.isInteger(value) && (value as number) >= 0 && (value as number) < below ? (value as number) : 0);

export interface Looked {
  /** The held-out scene. */
  scene: number;
  look: Look;
  /** Of the grid, row by row; −1: none is chosen. */
  cell: number;
  /** Which of the scene's objects the box is laid against. */
  truth: number;
  /** The box that the reader moves; null: where it begins. */
  box: Box | null;
}
const isBox = (box: unknown): box is Box => {
  const { x, y, w, h } = (box ?? {}) as Partial<Box>;
  return [x, y, w, h].every((v) => Number.isFinite(v)) && w! > 0 && h! > 0;
};

/** What is looked at, whatever the view holds. */
export function lookOf(view: Record<string, unknown>, info: DetectionInfo | null): Looked {
  const cells = info ? info.grid * info.grid : 1;
  const box = view['box'];
  return {
    scene: view['scene'] === undefined && info ? Math.min(FIRST, info.n_test - 1) : whole(view['scene'], info?.n_test ?? 1),
    look: LOOKS.includes(view['look'] as Look) ? (view['look'] as Look) : 'boxes',
    cell: view['cell'] === undefined ? -1 : whole(view['cell'], cells),
    truth: whole(view['truth'], 64),
    box: info && isBox(box) ? inScene(box, info.side) : null,
  };
}
/** The part of the view that a link carries. */
export function keep(view: Record<string, unknown>): Record<string, unknown> {
  const { scene, look, cell, truth, box } = view;
  return {
    ...(Number.isInteger(scene) ? { scene } : {}),
    ...(LOOKS.includes(look as Look) ? { look } : {}),
    ...(Number.isInteger(cell) ? { cell } : {}),
    ...(Number.isInteger(truth) ? { truth } : {}),
    ...(isBox(box) ? { box: { x: box.x, y: box.y, w: box.w, h: box.h } } : {}),
  };
}

/** First scene of the strip that holds `scene`: strips do not overlap, and the last may be moved up to be full. */
export const stripOf = (scene: number, info: DetectionInfo): { from: number; count: number } => {
  const count = Math.min(STRIP, info.n_test);
  return { from: Math.min(Math.floor(scene / count) * count, info.n_test - count), count };
};

export function watchItems(ctx: Pick<LabContext, 'info' | 'view'>): WatchItem[] {
  const info = ctx.info as DetectionInfo | null;
  if (!info) return [];
  const { scene } = lookOf(ctx.view, info);
  return [
    { key: 'boxes', name: 'boxes', args: { split: 'test', ...stripOf(scene, info) } },
    { key: 'cells', name: 'cells', args: { split: 'test', index: scene } },
    { key: 'ap', name: 'ap' },
    { key: 'ranking', name: 'ranking' },
  ];
}

const rowsOf = <T>(table: TensorRead | null | undefined, columns: number, make: (row: (column: number) => number) => T): T[] => {
  if (!table || table.shape[1] !== columns) return [];
  return Array.from({ length: table.shape[0]! }, (_, i) => make((column) => table.data[i * columns + column]!));
};
const boxAt = (row: (column: number) => number, from: number): Box => ({ x: row(from), y: row(from + 1), w: row(from + 2), h: row(from + 3) });

/** The engine's `truth`, by scene of the strip. */
export function truthsOf(table: TensorRead | null | undefined, count: number): Truth[][] {
  const scenes: Truth[][] = Array.from({ length: count }, () => []);
  for (const { scene, ...truth } of rowsOf(table, 6, (row) => ({ scene: row(0), cls: row(1), box: boxAt(row, 2) }))) scenes[scene]?.push(truth);
  return scenes;
}
/** The engine's `boxes`, by scene of the strip. */
export function detectionsOf(table: TensorRead | null | undefined, count: number): Detection[][] {
  const scenes: Detection[][] = Array.from({ length: count }, () => []);
  const first: number[] = [];
  rowsOf(table, 10, (row) => ({ scene: row(0), cell: row(1), cls: row(2), score: row(3), box: boxAt(row, 4), by: row(8), overlap: row(9) })).forEach(({ scene, ...found }, i) => {
    first[scene] ??= i;
    scenes[scene]?.push({ ...found, by: found.by < 0 ? -1 : found.by - first[scene]! });
  });
  return scenes;
}
export const scoresOf = (table: TensorRead | null | undefined): ClassScore[] =>
  rowsOf(table, 4, (row) => ({ ap: row(0), truths: row(1), detections: row(2), right: row(3) }));
export const rankingOf = (table: TensorRead | null | undefined): Ranked[] =>
  rowsOf(table, 6, (row) => ({ cls: row(0), score: row(1), right: row(2) === 1, recall: row(3), precision: row(4), envelope: row(5) }));

/** Channels of `cells`: what a cell says. */
export interface Cell {
  confidence: number;
  box: Box;
  probabilities: number[];
}
export function cellOf(cells: TensorRead | null | undefined, at: number): Cell | null {
  const plane = cells ? cells.shape[1]! * cells.shape[2]! : 0;
  if (!cells || at >= plane) return null;
  const channel = (k: number) => cells.data[k * plane + at]!;
  return {
    confidence: channel(0),
    box: { x: channel(1), y: channel(2), w: channel(3), h: channel(4) },
    probabilities: Array.from({ length: cells.shape[0]! - 5 }, (_, k) => channel(5 + k)),
  };
}

/** The cell that is surest of an object, while none is chosen. */
export function surest(cells: TensorRead | null | undefined): number {
  if (!cells) return 0;
  const confidences = Array.from(cells.data).slice(0, cells.shape[1]! * cells.shape[2]!);
  return confidences.reduce((best, c, i) => (c > confidences[best]! ? i : best), 0);
}

/** The curve of one class: recall rises from left to right, precision falls nowhere but in steps. */
export function precisionRecall(ranking: Ranked[], cls: number): { recall: number; precision: number; envelope: number }[] {
  return ranking.filter((entry) => entry.cls === cls).map(({ recall, precision, envelope }) => ({ recall, precision, envelope }));
}

// ------------------------------------------------------------------------------------------------ a box in one's hand

/** Smallest side that a reader's box may have, pixels of the scene. */
const LEAST = 3;
const clamp = (v: number, lo: number, hi: number) => Math.min(hi, Math.max(lo, v));

/** The nearest box that lies within the scene. */
export function inScene(box: Box, side: number): Box {
  const w = clamp(box.w, LEAST, side), h = clamp(box.h, LEAST, side);
  return { x: clamp(box.x, 0, side - w), y: clamp(box.y, 0, side - h), w, h };
}
/** Moved, or (`corner`) with its lower right corner moved. */
export function moved(box: Box, dx: number, dy: number, corner: boolean, side: number): Box {
  if (!corner) return inScene({ ...box, x: box.x + dx, y: box.y + dy }, side);
  return { ...box, w: clamp(box.w + dx, LEAST, side - box.x), h: clamp(box.h + dy, LEAST, side - box.y) };
}
/** Where the reader's box begins: beside the true one, so that there is something to do. */
export const beginning = (truth: Box, side: number): Box => inScene({ x: truth.x + truth.w * 0.35, y: truth.y + truth.h * 0.3, w: truth.w, h: truth.h }, side);

/** What both cover; null where they do not meet. */
export function meeting(a: Box, b: Box): Box | null {
  const x = Math.max(a.x, b.x), y = Math.max(a.y, b.y), w = Math.min(a.x + a.w, b.x + b.w) - x, h = Math.min(a.y + a.h, b.y + b.h) - y;
  return w > 0 && h > 0 ? { x, y, w, h } : null;
}

// -------------------------------------------------------------------------------------------------- words of numbers

/** A class as one reads it: a digit, or the name of a shape. */
export function className(ctx: Pick<LabContext, 't'>, info: DetectionInfo, k: number): string {
  const name = info.classes[k] ?? String(k);
  return /^\d$/.test(name) ? name : ctx.t(`ui.shape.${name}`);
}

/** A cell by row and column, from 1. */
const cellName = (ctx: Pick<LabContext, 't'>, row: number, col: number) => ctx.t('ui.cell', { row: String(row + 1), col: String(col + 1) });
const PLACES = ['x', 'y', 'w', 'h'];

/** What a value of the engine is called; '' for others. */
export function describe(ctx: LabContext, ref: { value: string; index: number[] }): string {
  const info = ctx.info as DetectionInfo | null;
  if (!info) return '';
  const { value, index } = ref;
  const at = (from: number) => cellName(ctx, index[from] ?? 0, index[from + 1] ?? 0);
  switch (value) {
    case 'confidence':
      return ctx.t('ui.of.confidence', { cell: at(0) });
    case 'score':
      return ctx.t('ui.of.score', { cell: at(0) });
    case 'place':
      return ctx.t(`ui.of.place_${PLACES[index[0] ?? 0]}`, { cell: at(1) });
    case 'probability':
      return ctx.t('ui.of.probability', { name: className(ctx, info, index[0] ?? 0), cell: at(1) });
    case 'head': {
      const channel = index[0] ?? 0;
      if (channel === 0) return ctx.t('ui.of.logit', { of: ctx.t('ui.of.confidence', { cell: at(1) }) });
      if (channel < 5) return ctx.t('ui.of.logit', { of: ctx.t(`ui.of.place_${PLACES[channel - 1]}`, { cell: at(1) }) });
      return ctx.t('ui.of.logit', { of: ctx.t('ui.of.probability', { name: className(ctx, info, channel - 5), cell: at(1) }) });
    }
    case 'input':
      return ctx.t('ui.of.pixel', { row: String((index[1] ?? 0) + 1), col: String((index[2] ?? 0) + 1) });
    case 'drop':
      return describe(ctx, { value: info.blocks.at(-1)!.value, index });
    default: {
      const block = /^(conv|norm|act|pool)(\d+)$/.exec(value);
      if (block) return ctx.t(`ui.of.${block[1]}`, { block: block[2]!, filter: String((index[0] ?? 0) + 1), cell: at(1) });
      const weight = /^(conv(\d+)|head)\.weight$/.exec(value);
      if (weight) return ctx.t(weight[2] ? 'ui.of.weight' : 'ui.of.head_weight', { block: weight[2] ?? '', filter: String((index[0] ?? 0) + 1), channel: String((index[1] ?? 0) + 1) });
      return '';
    }
  }
}

/** The parameters by whose name the inspector shows an update, not a computation. */
export const isParameter = (value: string): boolean => /\.(weight|bias)$/.test(value);
