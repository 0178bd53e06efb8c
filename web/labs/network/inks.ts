// Colour tables of this lab's areas: the data's inks, a little thinned, so that points on top stay readable.
import { classColor, divergingTable, mix, parseHex, sequentialTable, theme, token } from '../../elements/color';

const SOFT = 0.68;
let made = '';
let signed: Uint32Array = new Uint32Array(256);
let classes: Uint32Array[] = [];

function refresh(): void {
  const now = `${theme()} ${token('--pg-surface')} ${token('--pg-pos')}`;
  if (now === made) return;
  made = now;
  const zero = parseHex(token('--pg-surface'));
  const thin = (hex: string) => mix(zero, parseHex(hex), SOFT);
  signed = divergingTable(thin(token('--pg-neg')), zero, thin(token('--pg-pos')));
  classes = Array.from({ length: 10 }, (_, k) => sequentialTable(zero, thin(classColor(k))));
}

/** Signed values on an area: orange below zero, nothing at zero, blue above. */
export function signedArea(): Uint32Array {
  refresh();
  return signed;
}
/** Share of each class on an area. */
export function classAreas(): Uint32Array[] {
  refresh();
  return classes;
}
/** An area's colour for CSS. */
export function areaColor(table: Uint32Array, share: number): string {
  const c = table[Math.min(255, Math.max(0, Math.round(share * 255)))]!;
  return `rgb(${c & 255} ${(c >> 8) & 255} ${(c >> 16) & 255})`;
}
