// TensorFlow.js on its WebAssembly backend, one thread. Where its gradients ask for kernels that the backend lacks, or for
// products with a transposed operand (which it computes without XNNPACK, several times slower), the gradient is written here.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients'; // tree shaking would drop it
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { checksum, turned, type Weight, type Work } from '../workloads';
import type { Engine, Instance } from './engine';

type T = tf.Tensor;
type Gradient = (inputs: T[], compute: (...inputs: T[]) => T, back: (dy: T, inputs: T[]) => T[]) => T;
/** compute(inputs) with a gradient of its own. */
const withGradient: Gradient = (inputs, compute, back) =>
  tf.customGrad(((...args: unknown[]) => {
    const save = args.pop() as (tensors: T[]) => void;
    save(args as T[]);
    return { value: compute(...(args as T[])), gradFunc: (dy: T, saved: T[]) => back(dy, saved) };
  }) as never)(...inputs);

/** x·w, both of rank 2. `data`: x is an example, and needs no gradient. */
const product = (x: T, w: T, data = false): T =>
  data
    ? withGradient([w], (w) => tf.matMul(x, w), (dy) => [tf.matMul(tf.transpose(x), dy)])
    : withGradient([x, w], (x, w) => tf.matMul(x, w), (dy, [x, w]) => [tf.matMul(dy, tf.transpose(w!)), tf.matMul(tf.transpose(x!), dy)]);
const linear = (x: T, w: T, b: T, data = false): T => tf.add(product(x, w, data), b);

/** 'same' convolution of NHWC by odd square filters; both gradients are convolutions too. */
function convolution(x: T, w: T, data = false): T {
  const same = (x: T, w: T) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same') as T;
  const byFilter = (x: T, dy: T) => {
    const pad = 2; // of 5 × 5
    const planes = tf.pad(tf.transpose(x, [3, 1, 2, 0]), [[0, 0], [pad, pad], [pad, pad], [0, 0]]);
    return tf.transpose(tf.conv2d(planes as tf.Tensor4D, tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D, 1, 'valid'), [1, 2, 0, 3]);
  };
  if (data) return withGradient([w], (w) => same(x, w), (dy) => [byFilter(x, dy)]);
  return withGradient([x, w], same, (dy, [x, w]) => [same(dy, tf.transpose(tf.reverse(w!, [0, 1]), [0, 1, 3, 2])), byFilter(x!, dy)]);
}

function layerNorm(x: T, gain: T, bias: T): T {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), gain), bias);
}

/** x [batch·time, d], after its three projections in one; `mask` is added to the scores. */
function attention(projected: T, batch: number, heads: number, mask?: T): T {
  const [rows, width] = projected.shape as [number, number], d = width / 3, time = rows / batch;
  const [q, k, v] = tf.unstack(tf.transpose(tf.reshape(projected, [batch, time, 3, heads, d / heads]), [2, 0, 3, 1, 4])) as [T, T, T];
  let scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(d / heads)) as T;
  if (mask) scores = tf.add(scores, mask);
  return tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]), [rows, d]);
}

/** The parameters as variables, in the layout in which this library wants them. */
class Parameters {
  readonly all: tf.Variable[] = [];
  constructor(private readonly weights: Record<string, Weight>) {}
  private add(make: () => T): T {
    const variable = tf.variable(tf.tidy(make), true);
    this.all.push(variable);
    return variable;
  }
  plain(name: string): T {
    return this.add(() => tf.tensor(this.weights[name]!.data, this.weights[name]!.shape));
  }
  /** [out, in] → [in, out] */
  turned(name: string): T {
    const { data, shape } = turned(this.weights[name]!);
    return this.add(() => tf.tensor(data, shape));
  }
  /** `name` with its dot: "0.", or "self_attn.in_proj_", where PyTorch has none. */
  linear(name: string): { w: T; b: T } {
    return { w: this.turned(`${name}weight`), b: this.plain(`${name}bias`) };
  }
  /** [out, in, h, w] → [h, w, in, out] */
  filters(name: string): { w: T; b: T } {
    const { data, shape } = this.weights[`${name}weight`]!;
    return { w: this.add(() => tf.transpose(tf.tensor(data, shape), [2, 3, 1, 0])), b: this.plain(`${name}bias`) };
  }
  norm(name: string): [gain: T, bias: T] {
    return [this.plain(`${name}weight`), this.plain(`${name}bias`)];
  }
}

interface Model {
  /** A batch as tensors, made once. */
  x?(x: T): T;
  /** Classes, where the targets are ids. */
  classes?: number;
  optimizer: tf.Optimizer;
  loss(x: T, y: T): T;
  note?: string;
}

const adam = (rate: number) => tf.train.adam(rate, 0.9, 0.999, 1e-8);
const crossEntropy = (y: T, logits: T): T => tf.losses.softmaxCrossEntropy(y, logits);
const byHand = 'gradients of products by hand';

const models: Record<string, (p: Parameters) => Model> = {
  W1(p) {
    const layers = ['0.', '2.', '4.'].map((name) => p.linear(name));
    return {
      optimizer: tf.train.sgd(0.03),
      loss(x, y) {
        // Its own gradients: at this size what counts is how many operations there are.
        const out = layers.reduce((h, { w, b }) => tf.tanh(tf.add(tf.matMul(h, w), b)), x);
        return tf.mul(tf.mean(tf.squaredDifference(out, tf.reshape(y, [-1, 1]))), 0.5);
      },
    };
  },
  W2(p) {
    const a = p.linear('0.'), b = p.linear('2.');
    return { classes: 10, optimizer: adam(1e-3), note: byHand, loss: (x, y) => crossEntropy(y, linear(tf.relu(linear(x, a.w, a.b, true)), b.w, b.b)) };
  },
  W3(p) {
    const a = p.filters('0.'), b = p.filters('3.'), c = p.linear('7.');
    const pool = (x: T, size: number): T => tf.maxPool(x as tf.Tensor4D, size, size, 'valid');
    return {
      classes: 10, optimizer: adam(1e-3), note: 'gradients of convolutions and products by hand: the backend has no Conv2DBackpropFilter',
      x: (x) => tf.reshape(x, [32, 28, 28, 1]),
      loss(x, y) {
        const h = pool(tf.relu(tf.add(convolution(x, a.w, true), a.b)), 2);
        const planes = tf.transpose(pool(tf.relu(tf.add(convolution(h, b.w), b.b)), 3), [0, 3, 1, 2]);
        return crossEntropy(y, linear(tf.reshape(planes, [32, 256]), c.w, c.b));
      },
    };
  },
  W4(p) {
    const letters = p.plain('0.weight'), positions = p.plain('1.weight');
    const blocks = [0, 1].map((i) => {
      const at = `blocks.layers.${i}.`;
      return {
        before: p.norm(`${at}norm1.`), project: p.linear(`${at}self_attn.in_proj_`), out: p.linear(`${at}self_attn.out_proj.`),
        between: p.norm(`${at}norm2.`), wide: p.linear(`${at}linear1.`), narrow: p.linear(`${at}linear2.`),
      };
    });
    const norm = p.norm('blocks.norm.'), out = p.linear('out.');
    const mask = tf.tidy(() => tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([64, 64]), -1, 0)), -1e9));
    return {
      classes: 64, optimizer: adam(3e-4), note: `${byHand}, embedding as a product: the backend has no UnsortedSegmentSum`,
      x: (x) => tf.cast(tf.oneHot(tf.cast(tf.reshape(x, [1024]), 'int32'), 64), 'float32'),
      loss(x, y) {
        let h: T = tf.reshape(tf.add(tf.reshape(product(x, letters, true), [16, 64, 64]), positions), [1024, 64]);
        for (const { before, project, out, between, wide, narrow } of blocks) {
          h = tf.add(h, linear(attention(linear(layerNorm(h, ...before), project.w, project.b), 16, 4, mask), out.w, out.b));
          h = tf.add(h, linear(tf.relu(linear(layerNorm(h, ...between), wide.w, wide.b)), narrow.w, narrow.b));
        }
        return crossEntropy(y, linear(layerNorm(h, ...norm), out.w, out.b));
      },
    };
  },
  W6(p) {
    const input = p.turned('0.weight_ih_l0'), recurrent = p.turned('0.weight_hh_l0'), bias = p.plain('0.bias_ih_l0'), out = p.linear('1.');
    return {
      classes: 10, optimizer: adam(1e-3), note: `${byHand}, the cell of single operations`,
      x: (x) => tf.reshape(tf.transpose(tf.reshape(x, [32, 32, 32]), [1, 0, 2]), [1024, 32]),
      loss(x, y) {
        let h: T | undefined, c: T | undefined;
        for (const z of tf.split(linear(x, input, bias, true), 32)) {
          const [i, f, g, o] = tf.split(h ? tf.add(z, product(h, recurrent)) : z, 4, 1) as [T, T, T, T];
          const fresh: T = tf.mul(tf.sigmoid(i), tf.tanh(g));
          c = c ? tf.add(tf.mul(tf.sigmoid(f), c), fresh) : fresh;
          h = tf.mul(tf.sigmoid(o), tf.tanh(c));
        }
        return crossEntropy(y, linear(h!, out.w, out.b));
      },
    };
  },
};

/** What is only computed forward. */
function forward({ id, weights, batches }: Work): Instance {
  const p = new Parameters(weights);
  let compute: () => T;
  if (id === 'W5') {
    const x = tf.tensor(batches[0]!.x, [256, 128]), project = p.linear('0.in_proj_'), out = p.linear('0.out_proj.');
    compute = () => linear(attention(linear(x, project.w, project.b), 1, 8), out.w, out.b);
  } else {
    const w = p.turned('0.weight'), x = tf.tensor(batches[0]!.x, w.shape);
    compute = () => tf.matMul(x, w);
  }
  let out: T | undefined;
  return {
    step() {
      out?.dispose();
      out = tf.tidy(compute);
    },
    loss: () => checksum(out!.dataSync()),
  };
}

function training(work: Work): Instance {
  const p = new Parameters(work.weights);
  const { x: prepare = (x) => x, classes, optimizer, loss, note } = models[work.id]!(p);
  const data = work.batches.map(({ x, y }) => ({
    x: tf.tidy(() => prepare(tf.tensor(x, [work.spec.batch_size!, x.length / work.spec.batch_size!]))),
    y: tf.tidy(() => (classes ? tf.cast(tf.oneHot(tf.tensor1d(y!, 'int32'), classes), 'float32') : tf.tensor1d(y!))),
  }));
  let cost: tf.Scalar | null = null;
  return {
    note,
    step(i) {
      cost?.dispose();
      cost = optimizer.minimize(() => loss(data[i]!.x, data[i]!.y) as tf.Scalar, true, p.all);
    },
    loss: () => cost!.dataSync()[0]!,
  };
}

export async function load(): Promise<Engine> {
  setWasmPaths(new URL('tfjs/', document.baseURI).href);
  await tf.setBackend('wasm');
  await tf.ready();
  if (tf.getBackend() !== 'wasm') throw new Error('TensorFlow.js did not take its wasm backend');
  return { version: tf.version_core, create: (work) => (work.spec.loss ? training(work) : forward(work)) };
}
