import { beforeAll, describe as group, expect, test } from 'vitest';
import type { RawLab } from '../../../bindings/lab';
import type { LabContext, TensorRead } from '../../../web/labs/lab-view';
import presets from '../../../web/labs/vit/presets.json';
import {
  attentionOf, describe, lookOf, mapOf, nearness, ofPatches, panels, patchOf, rollout, rowOf, similarity, timed, tokenOf, watch, weightRef, type VitInfo,
} from '../../../web/labs/vit/patches';
import view from '../../../web/labs/vit/view';
import { loadEngine as loadApi } from 'playgrad';
import { measureSteps } from '../../../web/workbench/cost/measure';
import { loadEngine, providePacks, type WholeEngine } from '../../../.tools/wasm.mjs';

let engine: WholeEngine;
beforeAll(async () => {
  engine = await loadEngine();
  providePacks(engine);
});

const small = { samples: 200, d_model: 16, nhead: 2, dim_feedforward: 24, num_layers: 2 };
function using<T>(params: object, body: (lab: RawLab) => T): T {
  const lab = engine.createLab('vit', JSON.stringify({ ...small, ...params }));
  try {
    return body(lab);
  } finally {
    lab.delete();
  }
}
const infoOf = (params: object = {}): VitInfo => using(params, (lab) => JSON.parse(lab.query('info', '{}')));
const read = (lab: RawLab, name: string, args: object = {}) => lab.read(name, JSON.stringify(args)) as unknown as TensorRead;
const context = (info: VitInfo, of: Record<string, unknown> = {}, params: object = {}) =>
  ({ info, view: of, params: { ...small, positional: 'learned', ...params }, t: (key: string, vars?: Record<string, string>) => [key, ...Object.values(vars ?? {})].join(' ') }) as unknown as LabContext;

group('what is looked at', () => {
  test('whatever a link carries is kept inside what there is', () => {
    const info = infoOf();
    for (const of of [{}, { layer: 99, head: 99, token: 99 }, { layer: -1, head: 1.5, token: 'a', panel: 'nothing' }]) {
      const look = lookOf(of, info);
      expect(look.layer).toBeGreaterThanOrEqual(0);
      expect(look.layer).toBeLessThanOrEqual(2);
      expect(look.head).toBeLessThan(2);
      expect(look.token).toBeLessThan(17);
      expect(panels).toContain(look.panel);
    }
    expect(lookOf({}, info)).toEqual({ layer: 2, head: 0, token: 0, panel: 'weights' });
  });
  test('a token is its patch, behind the class token where there is one', () => {
    const [cls, mean] = [infoOf(), infoOf({ pooling: 'mean' })];
    expect([patchOf(cls, 0), patchOf(cls, 3), tokenOf(cls, 2), patchOf(mean, 3), tokenOf(mean, 3)]).toEqual([-1, 2, 3, 3, 3]);
    expect(ofPatches(cls, Float32Array.of(1, 2, 3))).toEqual(Float32Array.of(2, 3));
  });
  test('only what a panel shows is read, and the engine has all of it', () => {
    const info = infoOf();
    for (const panel of panels)
      for (const positional of ['learned', 'none', 'sinusoidal'])
        using({ positional }, (lab) => {
          const items = watch(context(info, { panel }, { positional }));
          expect(items.map(({ name }) => name).slice(0, 3)).toEqual(['attention', 'picture', 'probs']);
          expect(items.some(({ name }) => name === 'positions')).toBe(panel === 'positions' && positional !== 'none');
          for (const { name, args } of items) expect(read(lab, name, args).data.length, name).toBeGreaterThan(0);
        });
  });
});

group('attention', () => {
  const n = 3;
  /** Two layers of one head over three tokens. */
  const made: TensorRead = { shape: [2, 1, n, n], data: Float32Array.of(1, 0, 0, 0.5, 0.5, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0) };

  test('rollout is the product of the layers, each half the heads’ mean and half the token itself', () => {
    const half = (from: number) => Array.from({ length: n * n }, (_, i) => 0.5 * made.data[from + i]! + (i % (n + 1) === 0 ? 0.5 : 0));
    const [a, b] = [half(0), half(9)];
    const product = Array.from({ length: n * n }, (_, i) => [0, 1, 2].reduce((sum, k) => sum + b[Math.floor(i / n) * n + k]! * a[k * n + (i % n)]!, 0));
    rollout(made).forEach((v, i) => expect(v).toBeCloseTo(product[i]!, 6));
  });
  test('of the engine: every row adds up to 1, also behind all layers', () =>
    using({}, (lab) => {
      lab.step(10);
      const info: VitInfo = JSON.parse(lab.query('info', '{}'));
      const attention = attentionOf(info, read(lab, 'attention', { example: 3 }))!;
      const all = rollout(attention), tokens = info.tokens.length;
      for (let r = 0; r < tokens; r++) expect(all.slice(r * tokens, (r + 1) * tokens).reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 4);
      const look = { layer: 1, head: 1, token: 5, panel: 'weights' } as const;
      expect([...mapOf(info, attention, look)]).toEqual([...rowOf(attention, 1, 1, 5)]);
      expect([...mapOf(info, attention, { ...look, layer: 2 })]).toEqual([...all.slice(5 * tokens, 6 * tokens)]);
      const ref = weightRef(info, 1, 1, 5, 2);
      expect(JSON.parse(lab.query('explain', JSON.stringify({ ...ref, example: 3 }))).result).toBeCloseTo(rowOf(attention, 1, 1, 5)[2]!, 6);
      // What belongs to another network is not taken.
      expect(attentionOf(infoOf({ patch_size: '4' }), attention)).toBeNull();
    }));
});

group('positions', () => {
  test('likeness is the cosine, and neighbours are those that share an edge', () => {
    const info = { grid: 2, class_token: true, tokens: Array(5).fill('') } as unknown as VitInfo;
    const cosines = similarity(info, { shape: [5, 2], data: Float32Array.of(9, 9, 1, 0, 0, 1, -1, 0, 2, 2) });
    expect(cosines[0 * 4 + 1]).toBeCloseTo(0);
    expect(cosines[0 * 4 + 2]).toBeCloseTo(-1);
    expect(cosines[0 * 4 + 3]).toBeCloseTo(Math.SQRT1_2);
    for (let k = 0; k < 4; k++) expect(cosines[k * 5]).toBeCloseTo(1);
    // Patches 0-1, 0-2, 1-3 and 2-3 touch; 0-3 and 1-2 do not.
    const { near, far } = nearness(info, cosines);
    expect(near).toBeCloseTo((0 + -1 + Math.SQRT1_2 - Math.SQRT1_2) / 4);
    expect(far).toBeCloseTo((Math.SQRT1_2 + 0) / 2);
  });
});

group('the inspector', () => {
  test('every number of the network has a name, or is one that the engine names', () =>
    using({}, (lab) => {
      const ctx = context(JSON.parse(lab.query('info', '{}')));
      const named: string[] = [];
      for (const [name, op, , shape, , loss] of JSON.parse(lab.query('graph', '{}')) as [string, string, number[], number[], boolean, boolean][]) {
        if (loss) continue;
        if (describe(ctx, { value: name, index: shape.slice(op === 'parameter' || op === 'buffer' ? 0 : 1).map(() => 0) })) named.push(name);
      }
      expect(named).toEqual(expect.arrayContaining(['input', 'patches', 'patches.weight', 'tokens', 'positions', 'positions.weight', 'encoder', 'head',
        'encoder.layers.0.self_attn.qkv', 'encoder.layers.1.self_attn.heads.weights', 'encoder.layers.1.self_attn.heads.scores']));
      expect(describe(ctx, { value: 'encoder.layers.1.self_attn.qkv', index: [2, 20] })).toBe('ui.number.key 2 ui.patch 1 2 5');
      expect(describe(ctx, { value: 'loss.probs', index: [7] })).toBe('ui.number.probability 7');
    }));
  test('a parameter opens to its update, everything else to how it was computed', () => {
    expect(view.explainQuery!({ value: 'patches.weight', index: [0, 1] }, null as never)).toEqual({ name: 'weight', args: { name: 'patches.weight', index: [0, 1] } });
    expect(view.explainQuery!({ value: 'head', index: [1], args: { example: 3 } }, null as never)).toEqual({ name: 'explain', args: { example: 3, value: 'head', index: [1] } });
  });
});

group('cost', () => {
  test('both networks are timed as they are trained, by the public engine', async () => {
    const api = await loadApi();
    const info = infoOf({ dropout: 0.1 });
    const specs = [info.vit, info.cnn!].map((cost) => timed(context(info, {}, { dropout: 0.1 }), info, cost));
    expect(JSON.stringify(specs)).not.toContain('0.5');
    for (const spec of specs) {
      expect(api.validate(spec).errors).toEqual([]);
      const model = api.createModel(spec);
      expect(model.batchSize).toBe(info.batch_size);
      model.dispose();
    }
    const seconds = measureSteps(api, specs, 1, 1);
    expect(seconds).toHaveLength(2);
    for (const s of seconds) expect(s > 1e-6 && s < 10).toBe(true);
  });
});

group('what the prose says beyond numbers', () => {
  test('parameters and multiply-adds of both are about as many in the presets', () => {
    const { vit, cnn } = infoOf({ ...presets.digits.params, samples: 200, d_model: undefined, nhead: undefined, dim_feedforward: undefined, num_layers: undefined });
    for (const part of ['parameters', 'multiply_adds'] as const) {
      expect(cnn![part] / vit[part]).toBeGreaterThan(0.6);
      expect(cnn![part] / vit[part]).toBeLessThan(1.6);
    }
  });
  test('49 patches make about nine times as many weights as 16', () => {
    const weights = (patch_size: string) => infoOf({ patch_size }).tokens.length ** 2;
    expect(weights('4') / weights('7')).toBeGreaterThan(8);
    expect(weights('4') / weights('7')).toBeLessThan(10);
  });
  test('learned positions are told apart, neighbours or not; sine waves are alike where patches are near in the row', () => {
    const means = (positional: string, steps: number) =>
      using({ ...presets.usual.params, samples: 2000, d_model: 32, positional, cnn: false }, (lab) => {
        lab.step(steps);
        return nearness(JSON.parse(lab.query('info', '{}')), similarity(JSON.parse(lab.query('info', '{}')), read(lab, 'positions')));
      });
    for (const steps of [0, 200]) for (const mean of Object.values(means('learned', steps))) expect(Math.abs(mean)).toBeLessThan(0.2);
    const { near, far } = means('sinusoidal', 0);
    expect(near).toBeGreaterThan(far + 0.05);
  });
  test.each([1, 2])('seed %i: classified by the mean, it does about as well', (seed) => {
    const accuracy = (pooling: string) => using({ ...presets.usual.params, samples: 12000, d_model: 48, nhead: 4, dim_feedforward: 96, pooling, cnn: false, seed }, (lab) => (lab.step(500), lab.metrics()[3]!));
    expect(Math.abs(accuracy('mean') - accuracy('class_token'))).toBeLessThan(0.06);
  });
});
