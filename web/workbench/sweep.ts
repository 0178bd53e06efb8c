// Which values of one hyperparameter are worth trying beside each other.
import type { ParamDef, ParamValue } from '../engine/protocol';

export const FEWEST = 3;
export const MOST_VALUES = 8;
const USUAL = 6;

const tidy = (v: number) => Number(v.toPrecision(12));
const between = (v: number, def: ParamDef) => Math.min(def.max ?? v, Math.max(def.min ?? v, v));
const distinct = (values: number[]) => [...new Set(values.map(tidy))].sort((a, b) => a - b);

/** 1, 3, 10 … around `value`. */
function ladder(def: ParamDef, value: number): number[] {
  const rung = Math.round(Math.log10(value) * 2);
  const at = (k: number) => Number(((k % 2 ? 3 : 1) * 10 ** Math.floor(k / 2)).toPrecision(1));
  const rungs = Array.from({ length: USUAL + 1 }, (_, i) => between(at(rung - USUAL / 2 + i), def));
  return distinct(def.kind === 'integer' ? rungs.map((v) => Math.max(def.min ?? 1, Math.round(v))) : rungs);
}
/** Evenly from one end to the other, on the row's grid; never so far that the present value is lost among them. */
function even(def: ParamDef, value: number): number[] {
  const lo = def.min ?? 0, end = def.max ?? 1;
  // A range may reach far beyond what is usual: what is tried lies around the default and the present value.
  const grid = def.step || (def.kind === 'integer' ? 1 : 0);
  const hi = Math.min(end, Math.max(lo + (end - lo) * 0.1, lo + grid * (USUAL - 1), 4 * Math.max(Math.abs(value), Math.abs(def.default as number))));
  const snap = (v: number) => (grid ? lo + Math.round((v - lo) / grid) * grid : v);
  return distinct(Array.from({ length: USUAL }, (_, i) => between(snap(lo + ((hi - lo) * i) / (USUAL - 1)), def)));
}

/** Some values of the row, the present one among them where it fits; empty where there is nothing to choose. */
export function sweepValues(def: ParamDef, value: ParamValue): ParamValue[] {
  switch (def.kind) {
    case 'real':
    case 'integer':
      return def.scale === 'log' ? ladder(def, value as number) : even(def, value as number);
    case 'boolean':
      return [false, true];
    case 'choice':
      return [...new Set([value as string, ...def.choices!])].slice(0, MOST_VALUES).sort((a, b) => def.choices!.indexOf(a) - def.choices!.indexOf(b));
    case 'integers': {
      const layers = value as number[];
      const width = layers[0] ?? Math.min(8, def.max ?? 8);
      const depths = Array.from({ length: Math.min(5, (def.max_length ?? 0) + 1) }, (_, n) => Array<number>(n).fill(width));
      return depths.filter((one) => one.length >= (def.min_length ?? 0));
    }
    default:
      return [];
  }
}
