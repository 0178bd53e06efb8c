// What the explanations say is true, with the page's own seed; and what they say beyond numbers.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RawLab } from '../../bindings/lab';
import type { WholeEngine } from '../../.tools/wasm.mjs';
import { OWN_SEED, holdClaims, labs } from './claims';
import { engineWithData } from './coach/harness';

holdClaims(OWN_SEED);

let engine: WholeEngine;
beforeAll(async () => {
  engine = await engineWithData();
});

describe('nothing that the prose offers goes unheld', () => {
  const proses = Object.keys(labs).flatMap((lab) => ['en', 'ko'].map((lang) => ({ lab, lang, text: readFileSync(new URL(`../../web/labs/${lab}/${lang}.md`, import.meta.url), 'utf8') })));
  const offered = (text: string, verb: string) => [...new Set([...text.matchAll(new RegExp(`\\]\\(${verb}:([^)]*)\\)`, 'g'))].map((found) => found[1]!))];

  test.each(proses)('$lab, $lang: a preset that trains claims something, and none is left that the prose does not offer', ({ lab, lang, text }) => {
    const presets = labs[lab]!, named = offered(text, 'preset');
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) {
      if (presets[name]!.claim?.length) continue;
      const made = engine.createLab(lab, JSON.stringify(presets[name]!.params));
      const { trainable } = JSON.parse(made.status());
      made.delete();
      expect(trainable, `${name} trains and claims nothing`).toBe(false);
    }
    const other = lang === 'en' ? /-ko$/ : /-en$/;
    expect(Object.keys(presets).filter((name) => !other.test(name) && !named.includes(name))).toEqual([]);
  });

  test('both languages offer the same experiments', () => {
    for (const [lab, presets] of Object.entries(labs)) {
      // An experiment of two versions, one a language, is one.
      const one = (name: string) => name.replace(/-(ko|en)$/, (end) => (['ko', 'en'].every((lang) => `${name.slice(0, -end.length)}-${lang}` in presets) ? '' : end));
      const [en, ko] = proses.filter((prose) => prose.lab === lab).map(({ text }) => text) as [string, string];
      expect(offered(ko, 'try')).toEqual(offered(en, 'try'));
      expect(offered(ko, 'preset').map(one)).toEqual(offered(en, 'preset').map(one));
    }
  });
});

describe('what the prose says beyond numbers', () => {
  const sentence = (params: object) => engine.createLab('attention', JSON.stringify({ task: 'sentence', ...params }));
  const read = (lab: RawLab, name: string) => {
    const { shape, data } = lab.read(name, '{"layer":0}');
    return { shape, data: [...data] };
  };
  /** Mean over rows and heads of the largest weight. */
  const sharpness = (params: object) => {
    const lab = sentence(params);
    const { shape: [heads, rows, cols], data } = read(lab, 'weights') as { shape: [number, number, number]; data: number[] };
    let sum = 0;
    for (let r = 0; r < heads * rows; ++r) sum += Math.max(...data.slice(r * cols, (r + 1) * cols));
    lab.delete();
    return sum / (heads * rows);
  };

  test('neurons that start at zero stay alike', () => {
    const lab = engine.createLab('network', JSON.stringify(labs['network']!['zero-init']!.params));
    lab.step(200);
    const { shape, data } = lab.read('maps', '{"resolution":8}');
    const info = JSON.parse(lab.query('info', '{}'));
    const [, rows, cols] = shape as [number, number, number];
    const map = (unit: number) => [...data.slice(unit * rows * cols, (unit + 1) * rows * cols)];
    const { offset_in_maps: first, units } = info.layers[0];
    expect(units).toBeGreaterThan(1);
    for (let unit = 1; unit < units; ++unit) expect(map(first + unit)).toEqual(map(first));
    lab.delete();
  });

  test('one sigmoid neuron is logistic regression', () => {
    const lab = engine.createLab('network', JSON.stringify(labs['network']!['logistic']!.params));
    expect(JSON.parse(lab.query('info', '{}')).is_logistic_regression).toBe(true);
    lab.delete();
  });

  test('without a weight for empty cells the detector sees an object in every one; with it, it says no to most', () => {
    const confidences = (name: 'shapes' | 'noobj-none') => {
      const lab = engine.createLab('detection', JSON.stringify(labs['detection']![name]!.params));
      lab.step(200);
      const all = Array.from({ length: 20 }, (_, index) => [...lab.read('cells', JSON.stringify({ index })).data.slice(0, 36)]).flat();
      lab.delete();
      return all.filter((confidence) => confidence > 0.5).length / all.length;
    };
    expect(confidences('noobj-none')).toBeGreaterThan(0.95);
    expect(confidences('shapes')).toBeLessThan(0.15);
  });

  test('without projections the scores are symmetric, with them they are not', () => {
    for (const [projection, symmetric] of [['identity', true], ['random', false]] as const) {
      const lab = sentence({ projection, positional: 'none', nhead: 1 });
      const { shape: [, n], data } = read(lab, 'scores') as { shape: [number, number, number]; data: number[] };
      let most = 0;
      for (let i = 0; i < n; ++i) for (let j = 0; j < n; ++j) most = Math.max(most, Math.abs(data[i * n + j]! - data[j * n + i]!));
      if (symmetric) expect(most).toBeLessThan(1e-4);
      else expect(most).toBeGreaterThan(0.1);
      lab.delete();
    }
  });

  test('unscaled and cold are sharper, hot is flatter', () => {
    const at = (scaled: boolean, temperature: number) => sharpness({ d_model: 64, nhead: 1, scaled, temperature });
    const right = at(true, 1);
    expect(at(false, 1)).toBeGreaterThan(0.9);
    expect(at(true, 0.2)).toBeGreaterThan(right);
    expect(at(true, 5)).toBeLessThan(right);
    expect(right).toBeLessThan(0.7);
  });

  test('a high temperature is nearly a plain average', () => {
    const lab = sentence({ d_model: 64, nhead: 1, scaled: true, temperature: 5 });
    const n = JSON.parse(lab.query('info', '{}')).tokens.length as number;
    lab.delete();
    expect(n).toBeGreaterThan(5);
    // At 5, the largest of what the text offers, no share is twice the even one; at the slider's end they are hardly to be told apart.
    expect(sharpness({ d_model: 64, nhead: 1, scaled: true, temperature: 5 })).toBeLessThan(2 / n);
    expect(sharpness({ d_model: 64, nhead: 1, scaled: true, temperature: 20 })).toBeLessThan(1.2 / n);
  });

  test('each head has weights of its own', () => {
    for (const nhead of [1, 4]) {
      const lab = sentence({ nhead });
      const { shape: [heads, n], data } = read(lab, 'weights') as { shape: [number, number, number]; data: number[] };
      lab.delete();
      expect(heads).toBe(nhead);
      const rows = Array.from({ length: heads }, (_, h) => data.slice(h * n * n, (h + 1) * n * n).join());
      expect(new Set(rows).size).toBe(nhead);
    }
  });

  test.each(['The cat sat on the mat because it was tired.', '고양이가 매트에 앉은 까닭은 고양이가 피곤했기 때문입니다.'])('cut into characters “%s” has more tokens, and the square of them scores', (text) => {
    const size = (units: string) => {
      const lab = sentence({ sentence: text, units });
      const { shape } = read(lab, 'scores');
      lab.delete();
      return shape.slice(1);
    };
    const [words, characters] = [size('word'), size('character')];
    expect(characters[0]).toBe(characters[1]);
    expect(characters[0]!).toBeGreaterThan(2 * words[0]!);
  });

  test('sine waves tell words apart that are spelt alike', () => {
    const apart = (positional: string) => {
      const lab = sentence({ sentence: 'a rose is a rose', positional });
      const { shape: [, n], data } = read(lab, 'scores') as { shape: [number, number, number]; data: number[] };
      lab.delete();
      return Math.max(...Array.from({ length: n }, (_, j) => Math.abs(data[1 * n + j]! - data[4 * n + j]!)));
    };
    expect(apart('none')).toBe(0);
    expect(apart('sinusoidal')).toBeGreaterThan(0.01);
  });

  test.each([
    ['man bites dog', 'dog bites man', 'dog'],
    ['개가 사람을 물었다', '사람을 개가 물었다', '개가'],
  ])('without positions "%s" and "%s" give "%s" the same output; with them not', (one, other, word) => {
    const out = (text: string, positional: string) => {
      const lab = sentence({ sentence: text, positional });
      const { shape: [, width], data } = read(lab, 'out') as { shape: [number, number]; data: number[] };
      const at = JSON.parse(lab.query('info', '{}')).tokens.indexOf(word);
      lab.delete();
      return data.slice(at * width, (at + 1) * width);
    };
    const apart = (positional: string) => Math.max(...out(one, positional).map((v, i) => Math.abs(v - out(other, positional)[i]!)));
    expect(apart('none')).toBeLessThan(1e-5);
    expect(apart('sinusoidal')).toBeGreaterThan(0.01);
  });

  test('the causal mask leaves nothing above the diagonal', () => {
    const lab = sentence({ causal: true });
    const { shape: [heads, n], data } = read(lab, 'weights') as { shape: [number, number, number]; data: number[] };
    for (let h = 0; h < heads; ++h) {
      expect(data[h * n * n]).toBeCloseTo(1);
      for (let i = 0; i < n; ++i) for (let j = i + 1; j < n; ++j) expect(data[(h * n + i) * n + j]).toBe(0);
    }
    lab.delete();
  });
});
