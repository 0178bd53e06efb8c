// jax-js on its WebAssembly backend: loss, gradients and update in one jit. An array that is used twice is passed on as `.ref`
// the first time: the library counts references, and a use takes one.
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad, type Array as A } from '@jax-js/jax';
import { checksum, turned, type Batch, type Weight, type Work } from '../workloads';
import type { Engine, Instance } from './engine';

type Arrays = Record<string, A>;

const array = (data: Float32Array | Int32Array, shape: number[]): A => np.array(data as never, { shape, dtype: data instanceof Int32Array ? np.int32 : np.float32 });
const linear = (x: A, w: A, b: A): A => np.matmul(x, w).add(b);

const crossEntropy = (logits: A, y: A): A => {
  const [rows, classes] = logits.shape as [number, number];
  return nn.logSoftmax(logits).mul(nn.oneHot(y, classes)).sum().mul(-1 / rows);
};

const layerNorm = (x: A, gain: A, bias: A): A => nn.standardize(x).mul(gain).add(bias);

/** x [batch·time, d], after its three projections in one; `mask` is added to the scores. */
function attention(projected: A, batch: number, heads: number, mask?: A): A {
  const [rows, width] = projected.shape as [number, number], d = width / 3, time = rows / batch;
  const [q, k, v] = np.split(projected, 3, 1).map((part) => np.transpose(part.reshape([batch, time, heads, d / heads]), [0, 2, 1, 3])) as [A, A, A];
  let scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(1 / Math.sqrt(d / heads));
  if (mask) scores = scores.add(mask);
  return np.transpose(np.matmul(nn.softmax(scores), v), [0, 2, 1, 3]).reshape([rows, d]);
}

/** 5 × 5, padded to keep the size, as a product: the library's own convolution is a plain loop. x [n, c, size, size], w [out, c, 5, 5] */
function convolution(x: A, w: A, b: A): A {
  const [n, c, size] = x.shape as [number, number, number], out = w.shape[0]!;
  const padded = np.pad(x, [[0, 0], [0, 0], [2, 2], [2, 2]]);
  const shifted = Array.from({ length: 25 }, (_, k) => {
    const [i, j] = [Math.floor(k / 5), k % 5];
    return padded.ref.slice([], [], [i, i + size], [j, j + size]).reshape([n, c, 1, size * size]);
  });
  padded.dispose();
  const patches = np.transpose(np.concatenate(shifted, 2).reshape([n, c * 25, size * size]), [0, 2, 1]).reshape([n * size * size, c * 25]);
  const y = linear(patches, np.transpose(w.reshape([out, c * 25])), b);
  return np.transpose(y.reshape([n, size * size, out]), [0, 2, 1]).reshape([n, out, size, size]);
}
/** Whole windows only. As reshape and max, for the same reason. */
function maxPool(x: A, size: number): A {
  const [n, c, h] = x.shape as [number, number, number], rows = Math.floor(h / size);
  return np.max(x.slice([], [], [0, rows * size], [0, rows * size]).reshape([n, c, rows, size, rows, size]), [3, 5]);
}

interface Model {
  /** One batch's x in the shape in which the loss wants it. */
  shape: number[];
  prepare?(x: A): A;
  /** Parameters that stay as they are (not all are [out, in]). */
  plain?: string[];
  /** Parameters that nobody trains. */
  without?: string[];
  rate: number;
  loss(p: Arrays, x: A, y: A, mask: A): A;
  note?: string;
}

const models: Record<string, Model> = {
  W1: {
    shape: [10, 2], rate: 0.03,
    loss(p, x, y) {
      for (const name of ['0', '2', '4']) x = np.tanh(linear(x, p[`${name}.weight`]!, p[`${name}.bias`]!));
      return np.mean(np.square(x.sub(y.reshape([10, 1])))).mul(0.5);
    },
  },
  W2: {
    shape: [32, 784], rate: 1e-3,
    loss: (p, x, y) => crossEntropy(linear(nn.relu(linear(x, p['0.weight']!, p['0.bias']!)), p['2.weight']!, p['2.bias']!), y),
  },
  W3: {
    shape: [32, 1, 28, 28], rate: 1e-3, note: 'convolutions as products and pools as maxima, by hand',
    loss(p, x, y) {
      const h = maxPool(nn.relu(convolution(x, p['0.weight']!, p['0.bias']!)), 2);
      const planes = maxPool(nn.relu(convolution(h, p['3.weight']!, p['3.bias']!)), 3);
      return crossEntropy(linear(planes.reshape([32, 256]), p['7.weight']!, p['7.bias']!), y);
    },
  },
  W4: {
    shape: [1024], rate: 3e-4, plain: ['0.weight', '1.weight'], note: 'embedding as a product of one-hot rows: jit has no gradient of a gather',
    loss(p, x, y, mask) {
      let h = np.matmul(nn.oneHot(x, 64), p['0.weight']!).reshape([16, 64, 64]).add(p['1.weight']!).reshape([1024, 64]);
      for (const layer of [0, 1]) {
        const at = (name: string): A => p[`blocks.layers.${layer}.${name}`]!;
        const projected = linear(layerNorm(h.ref, at('norm1.weight'), at('norm1.bias')), at('self_attn.in_proj_weight'), at('self_attn.in_proj_bias'));
        h = h.add(linear(attention(projected, 16, 4, mask.ref), at('self_attn.out_proj.weight'), at('self_attn.out_proj.bias')));
        const wide = nn.relu(linear(layerNorm(h.ref, at('norm2.weight'), at('norm2.bias')), at('linear1.weight'), at('linear1.bias')));
        h = h.add(linear(wide, at('linear2.weight'), at('linear2.bias')));
      }
      return crossEntropy(linear(layerNorm(h, p['blocks.norm.weight']!, p['blocks.norm.bias']!), p['out.weight']!, p['out.bias']!), y);
    },
  },
  W6: {
    shape: [32, 32, 32], rate: 1e-3, without: ['0.bias_hh_l0'], note: 'the cell of single operations',
    prepare: (x) => np.transpose(x, [1, 0, 2]).reshape([1024, 32]),
    loss(p, x, y) {
      let h: A | undefined, c: A | undefined;
      for (const z of np.split(linear(x, p['0.weight_ih_l0']!, p['0.bias_ih_l0']!), 32, 0)) {
        const [i, f, g, o] = np.split(h ? z.add(np.matmul(h, p['0.weight_hh_l0']!.ref)) : z, 4, 1) as [A, A, A, A];
        const fresh = nn.sigmoid(i).mul(np.tanh(g));
        if (c) c = nn.sigmoid(f).mul(c).add(fresh);
        else {
          f.dispose();
          c = fresh;
        }
        h = nn.sigmoid(o).mul(np.tanh(c.ref));
      }
      c!.dispose();
      p['0.weight_hh_l0']!.dispose();
      return crossEntropy(linear(h!, p['1.weight']!, p['1.bias']!), y);
    },
  },
};

function parameters(weights: Record<string, Weight>, { plain = [], without = [] }: Partial<Model>): Arrays {
  const entries = Object.entries(weights).filter(([name]) => !without.includes(name));
  return Object.fromEntries(
    entries.map(([name, weight]) => {
      const { data, shape } = weight.shape.length === 2 && !plain.includes(name) ? turned(weight) : weight;
      return [name, array(data, shape)];
    }),
  );
}

function training({ id, weights, batches }: Work): Instance {
  const model = models[id]!;
  let p = parameters(weights, model);
  const names = Object.keys(p);
  const data = batches.map(({ x, y }: Batch) => {
    const prepared = array(x, model.shape);
    return { x: model.prepare ? model.prepare(prepared) : prepared, y: array(y!, [y!.length]) };
  });
  const mask = array(Float32Array.from({ length: 64 * 64 }, (_, k) => (k % 64 > Math.floor(k / 64) ? -1e9 : 0)), [1, 1, 64, 64]);
  const gradients = (p: Arrays, x: A, y: A, mask: A) => valueAndGrad(model.loss)(tree.ref(p), x, y, mask) as [A, Arrays];
  const sgd = (p: Arrays, g: Arrays): Arrays => Object.fromEntries(names.map((n) => [n, p[n]!.sub(g[n]!.mul(model.rate))]));
  /** State: moments of each parameter, and beta1^t and beta2^t. */
  interface State {
    [key: string]: Arrays;
    m: Arrays;
    v: Arrays;
    powers: Arrays;
  }
  const zeros = (): Arrays => Object.fromEntries(names.map((n) => [n, np.zeros(p[n]!.shape)]));
  let state: State = id === 'W1' ? { m: {}, v: {}, powers: {} } : { m: zeros(), v: zeros(), powers: { a: array(Float32Array.of(1), []), b: array(Float32Array.of(1), []) } };
  const step = jit((p: Arrays, state: State, x: A, y: A, mask: A): [Arrays, State, A] => {
    const [loss, g] = gradients(p, x, y, mask);
    if (id === 'W1') return [sgd(p, g), state, loss];
    const a = state.powers.a!.mul(0.9), b = state.powers.b!.mul(0.999);
    const scaleM = np.reciprocal(np.array(1).sub(a.ref)).mul(model.rate), scaleV = np.reciprocal(np.array(1).sub(b.ref));
    const next: Arrays = {}, m: Arrays = {}, v: Arrays = {};
    for (const n of names) {
      m[n] = state.m[n]!.mul(0.9).add(g[n]!.ref.mul(0.1));
      v[n] = state.v[n]!.mul(0.999).add(np.square(g[n]!).mul(0.001));
      next[n] = p[n]!.sub(m[n]!.ref.mul(scaleM.ref).div(np.sqrt(v[n]!.ref.mul(scaleV.ref)).add(1e-8)));
    }
    scaleM.dispose();
    scaleV.dispose();
    return [next, { m, v, powers: { a, b } }, loss];
  });
  let loss: A | undefined;
  return {
    note: model.note,
    step(i) {
      loss?.dispose();
      [p, state, loss] = step(p, state, data[i]!.x.ref, data[i]!.y.ref, mask.ref) as [Arrays, State, A];
    },
    sync: () => blockUntilReady([p, loss] as never),
    loss: async () => (await loss!.ref.data())[0]!,
  };
}

/** What is only computed forward. */
function forward({ id, weights, batches }: Work): Instance {
  const p = parameters(weights, {});
  const x = array(batches[0]!.x, id === 'W5' ? [256, 128] : p['0.weight']!.shape);
  const compute = jit((p: Arrays, x: A): A =>
    id === 'W5'
      ? linear(attention(linear(x, p['0.in_proj_weight']!, p['0.in_proj_bias']!), 1, 8), p['0.out_proj.weight']!, p['0.out_proj.bias']!)
      : np.matmul(x, p['0.weight']!),
  );
  let out: A | undefined;
  return {
    step() {
      out?.dispose();
      out = compute(tree.ref(p), x.ref) as A;
      return blockUntilReady(out); // each one: what is disposed before it was computed is never computed
    },
    loss: async () => checksum(await out!.ref.data()),
  };
}

export async function load(): Promise<Engine> {
  if (!(await init('wasm')).includes('wasm')) throw new Error('jax-js has no wasm backend here');
  defaultDevice('wasm');
  return { version: '0.1.25', create: (work) => (work.spec.loss ? training(work) : forward(work)) };
}
