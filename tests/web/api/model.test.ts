// The public API as its users have it: the built package, in Node.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PlaygradError, loadEngine, type Batch, type Engine, type Model, type ModelSpec } from 'playgrad';

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine();
});

const mlp: ModelSpec = {
  seed: 3, batch_size: 4, input: { shape: [3] },
  layers: [{ type: 'linear', out_features: 5 }, { type: 'tanh' }, { type: 'dropout', p: 0.2 }, { type: 'linear', out_features: 2 }],
  loss: { type: 'cross_entropy' }, optimizer: { type: 'adam', lr: 0.01 },
};
const cnn: ModelSpec = {
  seed: 1, batch_size: 4, input: { shape: [1, 8, 8] },
  layers: [
    { type: 'conv2d', out_channels: 4, kernel_size: 3, padding: 'same' }, { type: 'batch_norm2d' }, { type: 'relu' }, { type: 'max_pool2d', kernel_size: 2 },
    { type: 'flatten' }, { type: 'linear', out_features: 3 },
  ],
  loss: { type: 'cross_entropy' }, optimizer: { type: 'sgd', lr: 0.05, momentum: 0.9 },
};
const lstm: ModelSpec = {
  batch_size: 3, input: { shape: [5, 2] }, layers: [{ type: 'lstm', hidden_size: 4, num_layers: 2, bidirectional: true, output: 'last' }, { type: 'linear', out_features: 1 }],
  loss: { type: 'mse' }, optimizer: { type: 'rmsprop' }, gradient_clipping: { max_norm: 1 },
};
const gpt: ModelSpec = {
  batch_size: 2, input: { tokens: 6, vocab_size: 9 },
  layers: [
    { type: 'embedding', embedding_dim: 8 }, { type: 'positional_encoding' },
    { type: 'transformer_encoder_layer', nhead: 2, dim_feedforward: 16, dropout: 0.1, causal: true, norm_first: true }, { type: 'linear', out_features: 9 },
  ],
  loss: { type: 'cross_entropy' }, optimizer: { type: 'adamw' }, schedule: { type: 'cosine', T_max: 100, warmup_steps: 5 },
};
const translator: ModelSpec = {
  batch_size: 2, inputs: { src: { tokens: 5, vocab_size: 7 }, tgt: { tokens: 4, vocab_size: 8 } },
  nodes: [
    { type: 'embedding', name: 'a', embedding_dim: 8, inputs: ['src'] }, { type: 'embedding', name: 'b', embedding_dim: 8, inputs: ['tgt'] },
    { type: 'transformer', name: 't', nhead: 2, num_encoder_layers: 1, num_decoder_layers: 1, dim_feedforward: 16, inputs: ['a', 'b'], src_key_padding_mask: 'src', padding_idx: 0 },
    { type: 'linear', name: 'out', out_features: 8, inputs: ['t'] },
  ],
  loss: { type: 'cross_entropy', ignore_index: 0 }, optimizer: { type: 'adam' },
};
const vae: ModelSpec = {
  batch_size: 4, input: { shape: [6] },
  layers: [
    { type: 'linear', name: 'mu', out_features: 2, inputs: ['input'] }, { type: 'linear', name: 'logvar', out_features: 2, inputs: ['input'] },
    { type: 'reparameterize', name: 'z', inputs: ['mu', 'logvar'] }, { type: 'linear', name: 'decoded', out_features: 6 },
  ],
  loss: [{ type: 'mse', target: 'input' }, { type: 'kl', inputs: ['mu', 'logvar'], loss_weight: 0.01 }], optimizer: { type: 'adam', lr: 0.02 },
};
const all: Record<string, ModelSpec> = { mlp, cnn, lstm, gpt, translator, vae };

/** A small generator, so that a failure can be found again. */
function random(seed: number) {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}
const values = (n: number, next = random(1)) => Float32Array.from({ length: n }, () => next() * 2 - 1);
const ids = (n: number, below: number, next = random(2)) => Int32Array.from({ length: n }, () => Math.floor(next() * below));
const batches: Record<string, Batch> = {
  mlp: { x: values(12), y: ids(4, 2) },
  cnn: { x: values(256), y: ids(4, 3) },
  lstm: { x: values(30), y: values(3) },
  gpt: { x: ids(12, 9), y: ids(12, 9) },
  translator: { x: { src: ids(10, 7), tgt: ids(8, 8) }, y: ids(8, 8) },
  vae: { x: values(24) },
};

/** What a call throws; fails the test if it throws something else. */
function thrown(body: () => unknown): PlaygradError {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(PlaygradError);
    const e = error as PlaygradError;
    for (const part of [e.code, e.path, e.rule, e.message]) expect(part).not.toBe('');
    return e;
  }
  throw new Error('nothing was thrown');
}
function using<T>(spec: ModelSpec, body: (model: Model) => T): T {
  const model = engine.createModel(spec);
  try {
    return body(model);
  } finally {
    model.dispose();
  }
}

describe.each(Object.keys(all))('%s', (name) => {
  const spec = all[name]!, batch = batches[name]!;

  test('learns its batch by heart', () => {
    using(spec, (model) => {
      const before = model.evaluate(batch).loss;
      for (let i = 0; i < 200; i++) expect(model.trainStep(batch).diverged).toBeUndefined();
      expect(model.evaluate(batch).loss).toBeLessThan(before * 0.9);
      expect(model.step).toBe(200);
    });
  });

  test('two models of one spec give the same bits', () => {
    const run = () => using(spec, (model) => {
      for (let i = 0; i < 5; i++) model.trainStep(batch);
      return model.parameters().map(({ name: p }) => [...model.getParameter(p).data]);
    });
    expect(run()).toEqual(run());
  });

  test('every value can be read, and every gradient agrees with its parameter in shape', () => {
    using(spec, (model) => {
      model.forwardBackward(batch);
      for (const { name: value, shape } of model.values()) {
        const read = model.getValue(value);
        expect(read.shape).toEqual(shape);
        expect(read.data).toHaveLength(shape.reduce((a, b) => a * b, 1));
      }
      for (const { name: p, shape } of model.parameters()) expect(model.getGradient(p).shape).toEqual(shape);
    });
  });

  test('saved and loaded it predicts the same, and goes on training with the same bits', () => {
    using(spec, (model) => {
      for (let i = 0; i < 3; i++) model.trainStep(batch);
      const file = model.save({ optimizer: true });
      const copy = engine.loadModel(file);
      expect(copy.predict(batch.x)).toEqual(model.predict(batch.x));
      for (let i = 0; i < 3; i++) expect(copy.trainStep(batch)).toEqual(model.trainStep(batch));
      expect(copy.save({ optimizer: true })).toEqual(model.save({ optimizer: true }));
      copy.dispose();
    });
  });

  test('10,000 steps do not grow the heap', () => {
    using(spec, (model) => {
      for (let i = 0; i < 20; i++) model.trainStep(batch);
      model.predict(batch.x);
      const before = engine.memoryBytes;
      for (let i = 0; i < 10_000; i++) model.trainStep(batch);
      expect(engine.memoryBytes).toBe(before);
    });
  });

  test('a batch that stays in the engine gives the same bits as its arrays', () => {
    const results = [false, true].map((stays) => using(spec, (model) => {
      const given = stays ? model.batch(batch) : batch;
      const losses = Array.from({ length: 3 }, () => [model.trainStep(given), model.forwardBackward(given), model.evaluate(given)]);
      return { losses, output: model.predict(stays ? model.batch(batch) : batch.x), file: model.save({ optimizer: true }) };
    }));
    expect(results[1]).toEqual(results[0]);
  });

  test('1,000 sessions made and disposed do not grow the heap', () => {
    const once = () => using(spec, (model) => {
      model.trainStep(batch);
      model.trainStep(model.batch(batch));
      model.predict(batch.x);
      model.save();
    });
    for (let i = 0; i < 20; i++) once();
    const before = engine.memoryBytes;
    for (let i = 0; i < 1000; i++) once();
    expect(engine.memoryBytes).toBe(before);
  });
});

describe('a batch that stays', () => {
  const { x, y } = batches['mlp']! as { x: Float32Array; y: Int32Array };

  test('is a copy: what becomes of the arrays, of other batches and of the heap does not matter', () => {
    using(mlp, (model) => {
      const first = { x: x.slice(), y: y.slice() };
      const [a, b] = [model.batch(first), model.batch({ x: x.slice(3), y: y.slice(1) })];
      expect([a.examples, b.examples]).toEqual([4, 3]);
      first.x.fill(9);
      const before = [model.evaluate({ x, y }).loss, model.evaluate({ x: x.slice(3), y: y.slice(1) }).loss];
      const memory = engine.memoryBytes;
      using({ input: { shape: [1000] }, layers: [{ type: 'linear', out_features: 3000 }, { type: 'linear', out_features: 3000 }], loss: { type: 'mse' } }, () => {});
      expect(engine.memoryBytes).toBeGreaterThan(memory); // else this shows nothing
      expect([model.evaluate(a).loss, model.evaluate(b).loss]).toEqual(before);
      expect(model.getValue('input').data).toEqual(x.slice(3));
      model.batch({ x, y });
      expect(model.getValue('input').data).toEqual(x.slice(3)); // making one is no pass
    });
  });

  test('without targets it is there to predict on', () => {
    using(mlp, (model) => {
      const resident = model.batch({ x });
      expect(model.predict(resident)).toEqual(model.predict(x));
      for (const call of [() => model.trainStep(resident), () => model.evaluate(resident), () => model.forwardBackward(resident)]) {
        const e = thrown(call);
        expect([e.code, e.path]).toEqual(['missing', 'y']);
      }
    });
    using({ input: { shape: [2] }, layers: [{ type: 'relu' }] }, (model) => {
      const resident = model.batch({ x: Float32Array.of(-1, 2) });
      expect([...model.predict(resident).data]).toEqual([0, 2]);
      expect(thrown(() => model.trainStep(resident)).path).toBe('loss');
    });
  });

  test('a prediction goes where it is told to', () => {
    using(mlp, (model) => {
      const resident = model.batch({ x }), want = model.predict(x), out = new Float32Array(want.data.length);
      const got = model.predict(resident, { out });
      expect(got.data).toBe(out);
      expect(got).toEqual(want);
      const part = x.slice(0, x.length / resident.examples), first = model.predict(part);
      expect(first).toEqual({ shape: [1, ...want.shape.slice(1)], data: want.data.slice(0, first.data.length) });
      expect(out).toEqual(want.data); // a copy, whatever is predicted afterwards
      for (const wrong of [new Float32Array(1), new Float64Array(out.length), new Int32Array(out.length), [...out], 5]) {
        expect(thrown(() => model.predict(x, { out: wrong as never }))).toMatchObject({ code: 'bad_shape', path: 'out' });
      }
      const grown = engine.createModel({ input: { shape: [2000] }, layers: [{ type: 'linear', out_features: 2000 }] });
      expect(model.predict(resident, { out }).data).toEqual(want.data); // the heap may have grown meanwhile
      grown.dispose();
    });
  });

  test('a disposed one, one of a disposed model and one of another model are refused', () => {
    const model = engine.createModel(mlp), other = engine.createModel(mlp);
    const a = model.batch({ x, y }), b = model.batch({ x, y }), c = other.batch({ x, y });
    a.dispose();
    a.dispose();
    expect(thrown(() => model.trainStep(a))).toMatchObject({ code: 'disposed', path: 'batch' });
    expect(thrown(() => model.trainStep(c))).toMatchObject({ code: 'other_model', path: 'batch' });
    model.trainStep(b);
    model.dispose();
    expect(thrown(() => model.trainStep(b))).toMatchObject({ code: 'disposed', path: 'model' });
    b.dispose();
    other.trainStep(c);
    other.dispose();
  });

  test('a divergence is told with the loss, once and after it', () => {
    const [plain, resident] = [false, true].map((stays) => using({ ...mlp, layers: [{ type: 'linear', out_features: 2 }], loss: { type: 'mse' }, optimizer: { type: 'sgd', lr: 1e6 } }, (model) => {
      const batch = { x, y: values(8) };
      const given = stays ? model.batch(batch) : batch;
      const results = Array.from({ length: 6 }, () => model.trainStep(given));
      return [...results, model.evaluate(given), model.forwardBackward(given), model.step];
    }));
    expect(resident!.slice(0, 6).some((r) => typeof r === 'object' && 'diverged' in r)).toBe(true);
    expect(resident).toEqual(plain);
  });
});

describe('mistakes', () => {
  test('a spec: all at once, each with its path', () => {
    const bad = { input: { shape: [2] }, layers: [{ type: 'linear', out_features: 0 }, { type: 'nope' }], loss: { type: 'mse' }, optimizer: { type: 'adam', lr: -1 } } as unknown as ModelSpec;
    const { ok, errors } = engine.validate(bad);
    expect(ok).toBe(false);
    expect(errors.map((e) => e.path)).toEqual(['layers[0].out_features', 'layers[1].type', 'optimizer.lr']);
    const e = thrown(() => engine.createModel(bad));
    expect(e.errors).toEqual(errors);
    expect(e.path).toBe('layers[0].out_features');
  });

  test.each([
    ['a number', 7], ['null', null], ['undefined', undefined], ['a function', () => 0], ['a text', '{'], ['a list', []], ['NaN in it', { ...mlp, seed: NaN }], ['a big integer', { seed: 1n }],
  ])('a spec that is %s', (_, spec) => {
    thrown(() => engine.createModel(spec as unknown as ModelSpec));
  });
  test('a spec that holds itself', () => {
    const spec: Record<string, unknown> = { ...mlp };
    spec['layers'] = [spec];
    expect(thrown(() => engine.createModel(spec as unknown as ModelSpec)).code).toBe('wrong_type');
  });
  test('a model that would need more memory than there is says how much', () => {
    const e = thrown(() => engine.createModel({ input: { shape: [10000] }, layers: [{ type: 'linear', out_features: 20000 }], loss: { type: 'mse' } }));
    expect(e.code).toBe('too_large');
    expect(e.message).toMatch(/\d+ MiB/);
  });

  test.each<[string, (model: Model) => unknown, string, string]>([
    ['x of the wrong type', (m) => m.trainStep({ x: new Float64Array(12) as never, y: ids(4, 2) }), 'wrong_type', 'x'],
    ['x as a list', (m) => m.predict([1, 2, 3] as never), 'wrong_type', 'x'],
    ['x missing', (m) => m.trainStep({} as never), 'wrong_type', 'x'],
    ['no batch', (m) => m.trainStep(undefined as never), 'wrong_type', 'batch'],
    ['half an example', (m) => m.predict(values(4)), 'bad_shape', 'x'],
    ['no example', (m) => m.predict(values(0)), 'bad_shape', 'x'],
    ['more examples than the batch', (m) => m.predict(values(15)), 'bad_shape', 'x'],
    ['y shorter than x', (m) => m.trainStep({ x: values(12), y: ids(3, 2) }), 'bad_shape', 'y'],
    ['y missing', (m) => m.trainStep({ x: values(12) }), 'wrong_type', 'y'],
    ['y of the wrong type', (m) => m.evaluate({ x: values(12), y: values(4) }), 'wrong_type', 'y'],
    ['NaN in x', (m) => m.trainStep({ x: values(12).fill(NaN, 5, 6), y: ids(4, 2) }), 'not_finite', 'x[5]'],
    ['infinity in x', (m) => m.predict(values(12).fill(-Infinity, 11)), 'not_finite', 'x[11]'],
    ['a class that is not there', (m) => m.trainStep({ x: values(12), y: Int32Array.of(0, 1, 2, 0) }), 'out_of_range', 'y[2]'],
    ['a batch to keep: none', (m) => m.batch(null as never), 'wrong_type', 'batch'],
    ['a batch to keep: half an example', (m) => m.batch({ x: values(4), y: ids(1, 2) }), 'bad_shape', 'x'],
    ['a batch to keep: y shorter than x', (m) => m.batch({ x: values(12), y: ids(3, 2) }), 'bad_shape', 'y'],
    ['a batch to keep: NaN in x', (m) => m.batch({ x: values(12).fill(NaN, 5, 6) }), 'not_finite', 'x[5]'],
    ['a batch to keep: a class that is not there', (m) => m.batch({ x: values(12), y: Int32Array.of(0, 1, 2, 0) }), 'out_of_range', 'y[2]'],
    ['an unknown parameter', (m) => m.getParameter('1.weight'), 'unknown_name', 'name'],
    ['an unknown value', (m) => m.getValue('nope'), 'unknown_name', 'name'],
    ['a name that is a symbol', (m) => m.getValue({} as never), 'unknown_name', 'name'],
    ['a gradient that is not kept', (m) => m.getGradient('input'), 'no_gradient', 'name'],
    ['a parameter of the wrong size', (m) => m.setParameter('0.bias', values(4)), 'bad_shape', '0.bias'],
    ['a parameter with NaN', (m) => m.setParameter('0.bias', values(5).fill(NaN, 2, 3)), 'not_finite', '0.bias[2]'],
    ['a parameter as a list', (m) => m.setParameter('0.bias', [1, 2, 3, 4, 5] as never), 'wrong_type', '0.bias'],
    ['set: no such path', (m) => m.set('optimizer.speed', 1), 'unknown_key', 'optimizer.speed'],
    ['set: nonsense for a path', (m) => m.set('layers[x]', 1), 'unknown_key', 'layers[x]'],
    ['set: beyond the range', (m) => m.set('layers[2].p', 2), 'out_of_range', 'layers[2].p'],
    ['set: NaN', (m) => m.set('optimizer.lr', NaN), 'not_finite', 'optimizer.lr'],
    ['set: a size', (m) => m.set('layers[0].out_features', 6), 'needs_rebuild', 'layers[0].out_features'],
    ['set: the seed', (m) => m.set('seed', 6), 'needs_rebuild', 'seed'],
  ])('%s', (_, call, code, path) => {
    using(mlp, (model) => {
      const before = model.save();
      const e = thrown(() => call(model));
      expect([e.code, e.path]).toEqual([code, path]);
      expect(model.save()).toEqual(before);
      model.trainStep(batches['mlp']!);
    });
  });

  test('tokens out of range, inputs by the wrong name, a batch in parts', () => {
    using(gpt, (model) => {
      const e = thrown(() => model.trainStep({ x: ids(12, 9).fill(9, 3, 4), y: ids(12, 9) }));
      expect([e.code, e.path, e.value]).toEqual(['out_of_range', 'x[3]', '9']);
      expect(thrown(() => model.predict(ids(12, 9).fill(-1, 0, 1))).path).toBe('x[0]');
    });
    using(translator, (model) => {
      expect(thrown(() => model.predict({ src: ids(10, 7) } as never)).path).toBe('x.tgt');
      expect(thrown(() => model.predict({ src: ids(10, 7), tgt: ids(4, 8) })).code).toBe('bad_shape');
      expect(thrown(() => model.predict({ src: ids(10, 7), tgt: ids(8, 8), more: ids(1, 1) })).path).toBe('x.more');
      expect(thrown(() => model.predict(ids(10, 7))).path).toBe('x');
    });
  });

  test('a model after dispose()', () => {
    const model = engine.createModel(mlp);
    model.dispose();
    model.dispose();
    const batch = batches['mlp']!;
    for (const call of [
      () => model.trainStep(batch), () => model.forwardBackward(batch), () => model.evaluate(batch), () => model.predict(batch.x), () => model.batch(batch), () => model.parameters(), () => model.buffers(),
      () => model.getParameter('0.bias'), () => model.setParameter('0.bias', values(5)), () => model.getGradient('0.bias'), () => model.values(), () => model.getValue('0'),
      () => model.set('optimizer.lr', 1), () => model.save(), () => model.load(new Uint8Array(8)), () => model.reset(), () => model.spec, () => model.step, () => model.lr,
      () => engine.createModel(mlp, { models: { d: model } }),
    ]) expect(thrown(call).code).toBe('disposed');
  });

  test('without a loss there is nothing to train', () => {
    using({ input: { shape: [2] }, layers: [{ type: 'relu' }] }, (model) => {
      expect([...model.predict(Float32Array.of(-1, 2)).data]).toEqual([0, 2]);
      expect(thrown(() => model.trainStep({ x: values(2) })).path).toBe('loss');
    });
  });
});

describe('files', () => {
  const batch = batches['cnn']!;
  let model: Model, file: Uint8Array;
  beforeAll(() => {
    model = engine.createModel(cnn);
    for (let i = 0; i < 4; i++) model.trainStep(batch);
    file = model.save();
  });
  afterAll(() => model.dispose());

  const header = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)))));
  /** The same tensors under a changed header. */
  const withHeader = (change: (header: Record<string, any>) => void) => {
    const h = header(file);
    const size = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    change(h);
    const text = new TextEncoder().encode(JSON.stringify(h));
    const out = new Uint8Array(8 + text.length + file.length - size);
    new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
    out.set(text, 8);
    out.set(file.subarray(size), 8 + text.length);
    return out;
  };

  test('names, shapes and types are those of the state_dict', () => {
    const h = header(file);
    expect(Object.fromEntries(Object.entries(h).filter(([name]) => name !== '__metadata__').map(([name, t]: [string, any]) => [name, [t.dtype, ...t.shape]]))).toEqual({
      '0.weight': ['F32', 4, 1, 3, 3], '0.bias': ['F32', 4], '1.weight': ['F32', 4], '1.bias': ['F32', 4], '1.running_mean': ['F32', 4], '1.running_var': ['F32', 4],
      '1.num_batches_tracked': ['I64'], '5.weight': ['F32', 3, 64], '5.bias': ['F32', 3],
    });
    expect(JSON.parse(h.__metadata__.playgrad)).toEqual(cnn);
  });

  test.each<[string, () => Uint8Array, string, RegExp]>([
    ['empty', () => new Uint8Array(0), 'bad_file', /8 bytes/],
    ['cut in the header', () => file.slice(0, 100), 'bad_file', /header/],
    ['cut in the data', () => file.slice(0, -4), 'bad_file', /bytes/],
    ['longer than its tensors', () => Uint8Array.from([...file, 0, 0, 0, 0]), 'bad_file', /long as its tensors/],
    ['a header that is longer than the file', () => Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, ...file.slice(8)]), 'bad_file', /header/],
    ['a header that is no JSON', () => Uint8Array.from(file, (b, i) => (i === 8 ? 0x5b : b)), 'bad_file', /JSON/],
    ['a tensor that lies outside', () => withHeader((h) => (h['0.bias'].data_offsets = [0, 1e9])), 'bad_file', /0\.bias/],
    ['tensors that overlap', () => withHeader((h) => (h['1.bias'].data_offsets = h['0.bias'].data_offsets)), 'bad_file', /gaps or overlaps/],
    ['a shape that lies', () => withHeader((h) => (h['0.bias'].shape = [5])), 'bad_file', /\[5\]/],
    ['a negative dimension', () => withHeader((h) => (h['0.bias'].shape = [-4])), 'bad_file', /shape/],
    ['a shape that overflows', () => withHeader((h) => (h['0.bias'].shape = [4294967296, 4294967296, 4294967296])), 'bad_file', /shape/],
    ['another type', () => withHeader((h) => (h['0.bias'].dtype = 'BF16')), 'bad_file', /F32/],
    ['a tensor under another name', () => withHeader((h) => { h['9.bias'] = h['0.bias']; delete h['0.bias']; }), 'other_model', /0\.bias/],
    ['of another model', () => using(mlp, (other) => other.save()), 'other_model', /./],
    ['of the same layers in another size', () => using({ ...cnn, layers: cnn.layers!.map((l) => (l.type === 'conv2d' ? { ...l, kernel_size: 5 } : l)) }, (other) => other.save()), 'other_model', /0\.weight/],
    ['with NaN in it', () => Uint8Array.from(file, (b, i) => (i >= file.length - 4 ? 255 : b)), 'not_finite', /./],
  ])('%s: refused with the reason, and the model is untouched', (_, bytes, code, reason) => {
    const before = model.save({ optimizer: true });
    const e = thrown(() => model.load(bytes()));
    expect(e.code).toBe(code);
    expect(e.message).toMatch(reason);
    expect(model.save({ optimizer: true })).toEqual(before);
  });
  test('a file without a spec is refused by loadModel, and its weights are taken by load', () => {
    const foreign = withHeader((h) => delete h['__metadata__']);
    expect(thrown(() => engine.loadModel(foreign)).code).toBe('bad_file');
    using({ ...cnn, seed: 9 }, (other) => {
      other.load(foreign);
      expect(other.predict(batch.x)).toEqual(model.predict(batch.x));
    });
  });
  test('a spec in the file that is broken is refused', () => {
    expect(thrown(() => engine.loadModel(withHeader((h) => (h['__metadata__'].playgrad = '{"layers":7}')))).path).toBe('input');
    expect(thrown(() => engine.loadModel(withHeader((h) => (h['__metadata__'].playgrad = 'x')))).code).toBe('bad_file');
  });

  const torch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;
  test.skipIf(!torch)('opens in PyTorch and gives the same outputs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'playgrad-'));
    try {
      writeFileSync(join(folder, 'model.safetensors'), file);
      writeFileSync(join(folder, 'x.f32'), Buffer.from((batch.x as Float32Array).buffer));
      const out = execFileSync('/usr/bin/python3', [new URL('../../golden/open_saved.py', import.meta.url).pathname, join(folder, 'model.safetensors'), join(folder, 'x.f32')], { encoding: 'utf8' });
      const theirs = JSON.parse(out) as number[];
      const ours = model.predict(batch.x).data;
      expect(theirs).toHaveLength(ours.length);
      theirs.forEach((value, i) => expect(Math.abs(value - ours[i]!)).toBeLessThan(1e-5));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a running model', () => {
  test('live hyperparameters act at once', () => {
    using(mlp, (model) => {
      model.set('optimizer.lr', 0);
      const before = model.save();
      model.trainStep(batches['mlp']!);
      expect(model.getParameter('0.weight').data).toEqual(engineWeights(before));
      model.set('optimizer', { type: 'sgd', lr: 0.5, momentum: 0.9 });
      model.set('regularization.l2', 0.1);
      model.set('gradient_clipping.max_norm', 0.01);
      model.set('layers[2].p', 0);
      model.trainStep(batches['mlp']!);
      expect(model.getParameter('0.weight').data).not.toEqual(engineWeights(before));
      expect(model.gradientNorm).toBeGreaterThan(0);
      expect(model.penalty).toBeGreaterThan(0);
      expect(model.spec.optimizer).toEqual({ type: 'sgd', lr: 0.5, momentum: 0.9 });
    });
    function engineWeights(file: Uint8Array) {
      const copy = engine.loadModel(file);
      const { data } = copy.getParameter('0.weight');
      copy.dispose();
      return data;
    }
  });

  test('the schedule can be read off', () => {
    using({ ...mlp, optimizer: { type: 'sgd', lr: 1 }, schedule: { type: 'step', step_size: 2, gamma: 0.5 } }, (model) => {
      const rates = [];
      for (let i = 0; i < 5; i++) {
        rates.push(model.lr);
        model.trainStep(batches['mlp']!);
      }
      expect(rates).toEqual([1, 1, 0.5, 0.5, 0.25]);
    });
  });

  test('a divergence is named, the model stays readable, and reset begins again', () => {
    using({ ...lstm, layers: [{ type: 'linear', out_features: 4 }, { type: 'relu' }, { type: 'linear', out_features: 1 }], optimizer: { type: 'sgd', lr: 1e6 }, gradient_clipping: { max_norm: 0 } }, (model) => {
      const batch = { x: values(30), y: values(15) };
      let result = model.trainStep(batch);
      for (let i = 0; i < 50 && !result.diverged; i++) result = model.trainStep(batch);
      expect(result.diverged).toMatchObject({ kind: expect.stringMatching(/activation|gradient|parameter/), found: expect.stringMatching(/NaN|Infinity/) });
      expect(model.getValue('0').data.length).toBeGreaterThan(0);
      model.reset();
      expect(model.trainStep(batch).diverged).toBeUndefined();
    });
  });

  test('frozen layers keep their parameters; shared ones are one', () => {
    using({ seed: 1, batch_size: 4, input: { shape: [3] },
      layers: [{ type: 'linear', name: 'a', out_features: 3, frozen: true }, { type: 'tanh' }, { type: 'linear', name: 'b', out_features: 3 }, { type: 'tanh' }, { type: 'linear', out_features: 3, share: 'b' }],
      loss: { type: 'mse' } }, (model) => {
      expect(model.parameters().map((p) => p.name)).toEqual(['a.weight', 'a.bias', 'b.weight', 'b.bias']);
      const [a, b] = [model.getParameter('a.weight').data, model.getParameter('b.weight').data];
      model.trainStep({ x: values(12), y: values(12) });
      expect(model.getParameter('a.weight').data).toEqual(a);
      expect(model.getParameter('b.weight').data).not.toEqual(b);
      expect(thrown(() => model.getGradient('a.weight')).code).toBe('no_gradient');
    });
  });

  test('two models step in turn on shared parts: a GAN', () => {
    const d = engine.createModel({ seed: 1, batch_size: 8, input: { shape: [2] }, layers: [{ type: 'linear', out_features: 8 }, { type: 'leaky_relu' }, { type: 'linear', out_features: 1 }], loss: { type: 'bce_with_logits' }, optimizer: { type: 'adam', lr: 0.01 } });
    const g = engine.createModel({
      seed: 2, batch_size: 4, input: { shape: [3] },
      layers: [
        { type: 'linear', name: 'fake', out_features: 2 },
        { type: 'linear', out_features: 8, share: 'd/0', frozen: true }, { type: 'leaky_relu' }, { type: 'linear', out_features: 1, share: 'd/2', frozen: true },
      ],
      loss: { type: 'bce_with_logits' }, optimizer: { type: 'adam', lr: 0.01 },
    }, { models: { d } });
    const judge = d.getParameter('0.weight').data, maker = g.getParameter('fake.weight').data;
    g.trainStep({ x: values(12), y: new Float32Array(4).fill(1) });
    expect(d.getParameter('0.weight').data).toEqual(judge);
    expect(g.getParameter('fake.weight').data).not.toEqual(maker);
    const fake = g.getValue('fake').data as Float32Array;
    d.trainStep({ x: Float32Array.from([...fake, ...values(8)]), y: Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1) });
    expect(d.getParameter('0.weight').data).not.toEqual(judge);
    expect(g.getParameter('1.weight').data).toEqual(d.getParameter('0.weight').data);
    d.dispose();  // what g shares lives on
    g.trainStep({ x: values(12), y: new Float32Array(4).fill(1) });
    expect(thrown(() => engine.createModel({ input: { shape: [2] }, layers: [{ type: 'linear', out_features: 8, share: 'd/0' }] })).path).toBe('layers[0].share');
    g.dispose();
  });

  test('a target network follows by copies', () => {
    using(mlp, (online) => using({ ...mlp, seed: 8 }, (target) => {
      for (const { name } of online.parameters()) target.setParameter(name, online.getParameter(name).data);
      expect(target.predict(batches['mlp']!.x)).toEqual(online.predict(batches['mlp']!.x));
    }));
  });

  test('the gradient of an input is kept where the spec asks for it', () => {
    using({ ...mlp, input: { shape: [3], requires_grad: true } }, (model) => {
      model.forwardBackward(batches['mlp']!);
      expect(model.getGradient('input').data.some((g) => g !== 0)).toBe(true);
    });
  });
});
