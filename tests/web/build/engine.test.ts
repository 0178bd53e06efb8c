// What JavaScript sees of the engine: the bindings in Node, by the tables themselves.
import { beforeAll, describe, expect, test } from 'vitest';
import { readSchema } from '../../../.tools/schema.mjs';
import { loadEngine, providePacks, type WholeEngine } from '../../../.tools/wasm.mjs';
import { pack } from '../../../web/workbench/data/pack';
import type { ParamDef } from '../../../web/engine/protocol';
import type { RawLab } from '../../../bindings/lab';

const schema = readSchema() as { labs: Record<string, { params: ParamDef[]; metrics: string[] }> };
let engine: WholeEngine;
beforeAll(async () => {
  engine = await loadEngine();
  providePacks(engine);
  // Pictures: every lab that takes data of one's own takes these.
  engine.provide('own', pack({ shape: [8, 8], features: [], classes: ['no', 'yes'], target: '' }, Float32Array.from({ length: 1280 }, (_, i) => Math.abs(Math.sin(i))), Float32Array.from({ length: 20 }, (_, i) => i % 2)));
});

function using<T>(lab: string, params: object, body: (lab: RawLab) => T): T {
  const made = engine.createLab(lab, JSON.stringify(params));
  try {
    return body(made);
  } finally {
    made.delete();
  }
}
const thrown = (call: () => unknown): Record<string, unknown> => {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Record<string, unknown>;
  }
  throw new Error('nothing was thrown');
};

describe.each(Object.entries(schema.labs))('%s', (lab, { params, metrics }) => {
  test('starts from the defaults of its table, uncorrected', () => {
    using(lab, {}, (made) => {
      expect(JSON.parse(made.params())).toEqual(Object.fromEntries(params.map((param) => [param.key, param.default])));
      expect(JSON.parse(made.corrections())).toEqual([]);
      expect(made.metrics()).toHaveLength(metrics.length);
    });
  });

  test.each(params.filter((param) => param.kind === 'real' || param.kind === 'integer'))('$key: beyond its range is corrected and said', ({ key, min, max }) => {
    for (const [given, bound] of [[min! - 1, min!], [max! * 2 + 1, max!]] as const) {
      using(lab, { [key]: given }, (made) => {
        expect(JSON.parse(made.corrections())).toContainEqual(expect.objectContaining({ path: key }));
        const used = JSON.parse(made.params())[key];
        expect(used).toBeGreaterThanOrEqual(min!);
        expect(used).toBeLessThanOrEqual(max!);
        if (given > max!) expect(used).not.toBe(given);
        else expect(used).toBe(bound);
      });
    }
  });

  test.each(params)('$key: nonsense is corrected to the default', ({ key, default: standard }) => {
    using(lab, { [key]: { nonsense: true } }, (made) => {
      expect(JSON.parse(made.corrections()).map((issue: { path: string }) => issue.path)).toContain(key);
      expect(JSON.parse(made.params())[key]).toEqual(standard);
    });
  });

  test.each(params.filter((param) => param.kind === 'choice'))('$key: every choice is made, or the reason why not is said', ({ key, choices }) => {
    for (const choice of choices!) {
      using(lab, { [key]: choice }, (made) => {
        // A choice may contradict the other defaults; then it is corrected aloud.
        const said = JSON.parse(made.corrections()).filter((issue: { path: string }) => issue.path === key);
        if (said.length === 0) expect(JSON.parse(made.params())[key]).toBe(choice);
        else expect(said[0].used).toBe(JSON.parse(made.params())[key]);
        if (JSON.parse(made.status()).trainable) expect(made.step(2)).toBe(2);
      });
    }
  });

  test('two runs of the same parameters are the same to the last bit', () => {
    const run = () =>
      using(lab, {}, (made) => {
        made.step(50);
        return { history: made.history(), saved: made.save() };
      });
    expect(run()).toEqual(run());
  });
});

test('mistakes become errors with a code and a path, never numbers', () => {
  expect(thrown(() => engine.createLab('nope', '{}'))).toMatchObject({ code: expect.any(String), path: expect.any(String) });
  expect(thrown(() => engine.createLab('network', '{'))).toMatchObject({ code: expect.any(String) });
  using('network', {}, (made) => {
    expect(thrown(() => made.read('nothing', '{}'))).toMatchObject({ code: expect.any(String) });
    expect(thrown(() => made.query('nothing', '{}'))).toMatchObject({ code: expect.any(String) });
    expect(thrown(() => made.load(new Uint8Array(3)))).toMatchObject({ code: expect.any(String) });
    made.step(1);
  });
});

test('a data set that is missing is asked for by name', async () => {
  const fresh = await loadEngine();
  expect(thrown(() => fresh.createLab('network', '{"task":"digits"}'))).toMatchObject({ code: 'needs_asset', path: 'digits' });
});

test('every mistake of a spec is told', () => {
  const issues = JSON.parse(engine.validate('{"layers":[{"type":"nope"},{"type":"linear","out_features":-1}]}', [], []));
  expect(issues.length).toBeGreaterThanOrEqual(2);
  for (const issue of issues) expect(issue).toMatchObject({ code: expect.any(String), path: expect.any(String), message: expect.any(String) });
});

test('deleted labs give their memory back', () => {
  const before = (using('network', { hidden: [64, 64] }, () => 0), engine.memoryBytes());
  for (let i = 0; i < 50; ++i) using('network', { hidden: [64, 64] }, (made) => made.step(1));
  expect(engine.memoryBytes()).toBeLessThanOrEqual(before * 1.1);
});
