import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLASSES, classShape, colorIndex, contrast, divergingTable, magnitude, oklab, parseHex, parseToken, RUNS, sequentialTable } from '../../../web/elements/color';

const css = readFileSync(new URL('../../../web/site/tokens.css', import.meta.url), 'utf8');
const tokens = new Map([...css.matchAll(/(--pg-[\w-]+):\s*(light-dark\([^;]+\));/g)].map((m) => [m[1]!, parseToken(m[2]!)]));
const themes = ['light', 'dark'] as const;
const rgb = (name: string, theme: (typeof themes)[number]) => parseHex(tokens.get(name)![theme]);
const unpack = (c: number): [number, number, number] => [c & 255, (c >> 8) & 255, (c >> 16) & 255];
const distance = (a: number[], b: number[]) => Math.hypot(...a.map((v, i) => v - b[i]!));

describe.each(themes)('contrast in the %s theme (WCAG 2)', (theme) => {
  const grounds = ['--pg-bg', '--pg-surface', '--pg-raised'];
  it.each(['--pg-ink', '--pg-ink-2', '--pg-accent', '--pg-warn', '--pg-error', '--pg-train', '--pg-test', ...[...'xwbzaqkv'].map((s) => `--pg-sym-${s}`)])(
    'text %s ≥ 4.5', (name) => {
      for (const ground of grounds) expect(contrast(rgb(name, theme), rgb(ground, theme)), ground).toBeGreaterThanOrEqual(4.5);
    },
  );
  it.each([['--pg-accent-ink', '--pg-accent'], ['--pg-ink', '--pg-accent-soft'], ['--pg-accent', '--pg-accent-soft'], ['--pg-ink', '--pg-warn-soft'], ['--pg-ink', '--pg-error-soft']])(
    'text %s on %s ≥ 4.5', (text, ground) => expect(contrast(rgb(text, theme), rgb(ground, theme))).toBeGreaterThanOrEqual(4.5),
  );
  it.each(['--pg-edge', '--pg-pos', '--pg-neg', ...Array.from({ length: CLASSES }, (_, k) => `--pg-class-${k}`), ...Array.from({ length: RUNS }, (_, k) => `--pg-run-${k}`)])(
    'control or mark %s ≥ 3', (name) => {
      for (const ground of grounds) expect(contrast(rgb(name, theme), rgb(ground, theme)), ground).toBeGreaterThanOrEqual(3);
    },
  );
});

// Machado, Oliveira, Fernandes 2009: what the three colour-blindnesses see (linear RGB).
const blindness = {
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const seenAs = (matrix: number[][], [r, g, b]: [number, number, number]): [number, number, number] => {
  const linear = [r, g, b].map((c) => ((c / 255) <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return matrix.map((line) => {
    const v = Math.min(1, Math.max(0, line.reduce((sum, f, i) => sum + f * linear[i]!, 0)));
    return 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
  }) as [number, number, number];
};

describe.each(themes)('colour-blindness in the %s theme', (theme) => {
  it.each(Object.entries(blindness))('%s: signs, splits and classes stay apart', (_name, matrix) => {
    const seen = (name: string) => oklab(seenAs(matrix, rgb(name, theme)));
    expect(distance(seen('--pg-pos'), seen('--pg-neg'))).toBeGreaterThan(0.2);
    expect(distance(seen('--pg-train'), seen('--pg-test'))).toBeGreaterThan(0.07);
    for (let i = 0; i < CLASSES; i++) {
      for (let j = 0; j < i; j++) {
        expect(distance(seen(`--pg-class-${i}`), seen(`--pg-class-${j}`)), `classes ${i} and ${j}`).toBeGreaterThan(0.03);
      }
    }
  });
});

describe.each(themes)('lookup tables in the %s theme', (theme) => {
  const surface = rgb('--pg-surface', theme);
  it('diverging: zero is the surface, the ends are the inks, and it grows evenly to both sides', () => {
    const table = divergingTable(rgb('--pg-neg', theme), surface, rgb('--pg-pos', theme));
    expect(unpack(table[colorIndex(0, -3, 3)]!)).toEqual(surface);
    expect(unpack(table[0]!)).toEqual(rgb('--pg-neg', theme));
    expect(unpack(table[255]!)).toEqual(rgb('--pg-pos', theme));
    const far = (i: number) => distance(oklab(unpack(table[i]!)), oklab(surface));
    for (const i of [32, 64, 96]) expect(far(128 - i)).toBeGreaterThan(far(128 - i + 24));
    for (const i of [32, 64, 96]) expect(far(128 + i)).toBeGreaterThan(far(128 + i - 24));
  });
  it('sequential: equal steps look equal', () => {
    const table = sequentialTable(surface, rgb('--pg-seq', theme));
    const lightness = Array.from({ length: 9 }, (_, i) => oklab(unpack(table[Math.round((i * 255) / 8)]!))[0]);
    const steps = lightness.slice(1).map((l, i) => Math.abs(l - lightness[i]!));
    expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(1.25);
  });
});

describe('values to pixels', () => {
  it('clamps what lies outside', () => {
    expect([-9, -1, 0, 1, 9].map((v) => colorIndex(v, -1, 1))).toEqual([0, 0, 128, 255, 255]);
  });
  it('magnitude passes over what is not finite', () => {
    expect(magnitude([1, -3, NaN, Infinity, -Infinity])).toBe(3);
    expect(magnitude([9, 1, 2], 1, 3)).toBe(2);
  });
});

it('every class has a shape of its own', () => {
  expect(new Set(Array.from({ length: CLASSES }, (_, k) => classShape(k))).size).toBe(CLASSES);
});
