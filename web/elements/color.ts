// Colours of data. The inks are design tokens (web/site/tokens.css); this module turns them into lookup tables for
// canvases and into CSS colours, for the theme in force.
import { scope, type Theme } from './scope';

type Rgb = [number, number, number];
type Lab = [number, number, number];

export type { Theme };

/** The theme in force where this is asked. */
export const theme = (): Theme => scope().theme();

// ---------------------------------------------------------------------------------------------- colour arithmetic

export function parseHex(hex: string): Rgb {
  const match = /^#([0-9a-f]{6})$/i.exec(hex.trim());
  if (!match) throw new Error(`not a #rrggbb colour: ${hex}`);
  const n = parseInt(match[1]!, 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const fromLinear = (c: number) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

/** sRGB (0…255) → OKLab, in which equal distances look about equally different. */
export function oklab([red, green, blue]: Rgb): Lab {
  const r = toLinear(red / 255), g = toLinear(green / 255), b = toLinear(blue / 255);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([L, a, b]: Lab): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channel = (c: number) => Math.round(255 * Math.min(1, Math.max(0, fromLinear(Math.max(0, c)))));
  return [
    channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** The colour a share `t` (0…1) of the way from one to the other, straight through OKLab. */
export function mix(from: Rgb, to: Rgb, t: number): Rgb {
  const a = oklab(from), b = oklab(to);
  return fromOklab([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]);
}

/** WCAG 2 contrast ratio, 1…21. */
export function contrast(a: Rgb, b: Rgb): number {
  const luminance = (c: Rgb) => 0.2126 * toLinear(c[0] / 255) + 0.7152 * toLinear(c[1] / 255) + 0.0722 * toLinear(c[2] / 255);
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Both sides of `light-dark(#aaaaaa, #bbbbbb)`. */
export function parseToken(text: string): Record<Theme, string> {
  const match = /light-dark\(\s*(#[0-9a-f]{6})\s*,\s*(#[0-9a-f]{6})\s*\)/i.exec(text);
  return match ? { light: match[1]!, dark: match[2]! } : { light: text.trim(), dark: text.trim() };
}

// ------------------------------------------------------------------------------------------------- lookup tables

const pack = ([r, g, b]: Rgb) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0; // canvas bytes are r,g,b,a in memory

/** Entry 128 is `zero`, entry 0 the full `negative`, entry 255 the full `positive`. */
export function divergingTable(negative: Rgb, zero: Rgb, positive: Rgb): Uint32Array {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    table[i] = pack(i < 128 ? mix(zero, negative, (128 - i) / 128) : mix(zero, positive, (i - 128) / 127));
  }
  return table;
}

export function sequentialTable(zero: Rgb, full: Rgb): Uint32Array {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) table[i] = pack(mix(zero, full, i / 255));
  return table;
}

/** By theme: the tokens are the same wherever they are read. */
const caches: Record<Theme, Map<string, unknown>> = { light: new Map(), dark: new Map() };
function cached<T>(key: string, make: () => T): T {
  const cache = caches[theme()];
  if (!cache.has(key)) cache.set(key, make());
  return cache.get(key) as T;
}

/** Value of a design token in the theme in force, e.g. `token('--pg-pos')` → `#1763c6`. */
export function token(name: string): string {
  return cached(name, () => {
    const text = getComputedStyle(scope().tokens()).getPropertyValue(name);
    return parseToken(text)[theme()];
  });
}

/** 256 packed colours for signed values; index with `colorIndex(v, -extent, extent)`. */
export function diverging(): Uint32Array {
  return cached('diverging', () => divergingTable(rgb('--pg-neg'), rgb('--pg-surface'), rgb('--pg-pos')));
}
/** 256 packed colours for magnitudes, from the surface to one deep ink. */
export function sequential(): Uint32Array {
  return cached('sequential', () => sequentialTable(rgb('--pg-surface'), rgb('--pg-seq')));
}
export type ColorMap = 'diverging' | 'sequential';
export const colorTable = (map: ColorMap) => (map === 'diverging' ? diverging() : sequential());

function rgb(name: string): Rgb {
  return parseHex(token(name));
}

/** Which of 256 entries stands for `value` in lo…hi; what lies outside takes the nearest end. The middle is 128. */
export function colorIndex(value: number, lo: number, hi: number): number {
  const i = Math.floor(((value - lo) / (hi - lo)) * 256);
  return i < 0 ? 0 : i > 255 ? 255 : i | 0;
}

/**
 * Fills `image` (width × height) with data[offset …], row-major, one pixel a value. What is not finite (a masked
 * score is −∞) takes the blank ink.
 */
export function paintHeat(
  image: ImageData, data: ArrayLike<number>, offset: number, table: Uint32Array, lo: number, hi: number,
): void {
  const pixels = new Uint32Array(image.data.buffer, image.data.byteOffset, image.width * image.height);
  const blank = cached('blank', () => pack(rgb('--pg-blank')));
  const factor = 256 / (hi - lo || 1);
  for (let i = 0; i < pixels.length; i++) {
    const v = data[offset + i]!;
    let k = ((v - lo) * factor) | 0;
    if (k < 0) k = 0;
    else if (k > 255) k = 255;
    pixels[i] = v - v === 0 ? table[k]! : blank;
  }
}

/** Largest finite magnitude among data[from … to). */
export function magnitude(data: ArrayLike<number>, from = 0, to = data.length): number {
  let most = 0;
  for (let i = from; i < to; i++) {
    const v = Math.abs(data[i]!);
    if (v > most && v < Infinity) most = v;
  }
  return most;
}

const unpack = (c: number) => `rgb(${c & 255} ${(c >> 8) & 255} ${(c >> 16) & 255})`;

/** CSS colour of a signed value, for strokes. */
export function signedColor(value: number, extent: number): string {
  return unpack(diverging()[colorIndex(value, -extent || -1, extent || 1)]!);
}
/** CSS colour of a magnitude in 0…extent. */
export function magnitudeColor(value: number, extent: number): string {
  return unpack(sequential()[colorIndex(value, 0, extent || 1)]!);
}
/** CSS colour for text or marks on top of a cell painted with `value`: whichever of ink and surface reads better. */
export function inkOn(map: ColorMap, value: number, lo: number, hi: number): string {
  const c = colorTable(map)[colorIndex(value, lo, hi)]!;
  const cell: Rgb = [c & 255, (c >> 8) & 255, (c >> 16) & 255];
  return contrast(cell, rgb('--pg-ink')) >= contrast(cell, rgb('--pg-surface')) ? token('--pg-ink') : token('--pg-surface');
}

export const CLASSES = 10;
export const RUNS = 8;
/** CSS colour of class k (0…9, then round again). */
export const classColor = (k: number) => token(`--pg-class-${((k % CLASSES) + CLASSES) % CLASSES}`);
export const runColor = (k: number) => token(`--pg-run-${((k % RUNS) + RUNS) % RUNS}`);
export const ink = (split: 'train' | 'test') => token(`--pg-${split}`);

const shapes = ['circle', 'square', 'triangle', 'diamond', 'cross', 'star', 'down', 'hexagon', 'plus', 'ring'] as const;
export type ClassShape = (typeof shapes)[number];
/** A class is told by shape as well as by colour. */
export const classShape = (k: number): ClassShape => shapes[((k % CLASSES) + CLASSES) % CLASSES]!;
