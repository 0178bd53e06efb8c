// What the labs that classify pictures have in common: which picture goes in, and what its classes are called.
import type { LabContext } from './lab-view';

/** What such a lab's `info` query tells of its pictures. */
export interface PicturesInfo {
  task: string;
  classes: string[];
  /** 1 where there is none. */
  channels?: number;
  rows: number;
  cols: number;
  n_test: number;
}

const sizeOf = ({ channels = 1, rows, cols }: PicturesInfo): number => channels * rows * cols;

/** What goes into the network: a test picture by its number, or pixels of one's own. */
export interface Input {
  example?: number;
  x?: number[];
}

const whole = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** What the reader chose (`view.input`), kept inside what there is. */
export function inputOf(ctx: LabContext): Input {
  const info = ctx.info as PicturesInfo;
  const wanted = (ctx.view['input'] ?? {}) as Input;
  if (isInput(wanted) && wanted.x?.length === sizeOf(info)) return { x: wanted.x };
  return { example: whole(wanted.example) ? Math.min(wanted.example, info.n_test - 1) : 0 };
}
/** Whether that can be an input, wherever it comes from. */
export function isInput(value: unknown): value is Input {
  const { x, example } = (value ?? {}) as Input;
  return x === undefined ? example === undefined || whole(example) : Array.isArray(x) && x.length <= 65536 && x.every((v) => typeof v === 'number' && v >= 0 && v <= 1);
}
/** The engine's arguments for this point of view. */
export const inputArgs = ({ example, x }: Input): object => (x ? { x } : { split: 'test', example });

/** A class as one reads it. */
export function className(ctx: LabContext, info: PicturesInfo, k: number): string {
  const name = info.classes[k] ?? String(k);
  if (info.task === 'own' || info.task === 'digits') return name;
  return ctx.t(info.task === 'clothes' ? `pictures.clothes${name}` : `ui.class.${name}`);
}

/** A probability for the screen. Cut, not rounded: what is less than 1 must not read as certainty. */
export const share = (ctx: LabContext, p: number): string => ctx.num(p > 0.99 && p < 1 ? Math.floor(p * 1000) / 1000 : Number(p.toPrecision(3)));
/** The same in a list, where all have as many digits. */
export const fixedShare = (ctx: LabContext, p: number): string => (Math.floor(p * 1000) / 1000).toLocaleString(ctx.lang, { minimumFractionDigits: 3 });
