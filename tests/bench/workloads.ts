// The workloads: data, shapes and initial weights, the same for every library, from a seed.
import type { ModelSpec } from '../../web/api/index';
import { matmul, specs } from './specs';

/** A parameter under the name, in the shape and in the order of PyTorch's state_dict: linear weights are [out, in], filters [out, in, h, w]. */
export interface Weight {
  shape: number[];
  data: Float32Array;
}

export interface Batch {
  x: Float32Array | Int32Array;
  /** Missing where nothing is trained. */
  y?: Float32Array | Int32Array;
}

export interface Work {
  id: string;
  spec: ModelSpec;
  weights: Record<string, Weight>;
  batches: Batch[];
}

export interface Workload {
  id: string;
  title: string;
  /** Of one step, where the result is shown as GFLOP/s. */
  flops?: number;
  make(): Work;
}

/** Numbers from a seed, without a function whose last bit the browser chooses. */
class Random {
  private state: number;
  constructor(seed: number) {
    this.state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }
  /** [0, 1): Marsaglia's xorshift of 32 bits, the upper 24 of them. */
  next(): number {
    let s = this.state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.state = s >>> 0;
    return (this.state >>> 8) / 0x1000000;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  uniform(range: number): number {
    return (2 * this.next() - 1) * range;
  }
  /** Near enough to a normal number: four uniform ones, scaled to a variance of 1. */
  normal(): number {
    return (this.next() + this.next() + this.next() + this.next() - 2) * Math.sqrt(3);
  }
  array(n: number, draw: () => number): Float32Array {
    return Float32Array.from({ length: n }, draw);
  }
}

/** [name, shape, value]: a number fills; { range } draws from ±range; nothing draws from ±√(3/inputs). */
type Row = [name: string, shape: number[], value?: number | { range: number }];

function weights(seed: number, rows: Row[]): Record<string, Weight> {
  const random = new Random(seed);
  return Object.fromEntries(
    rows.map(([name, shape, value]) => {
      const size = shape.reduce((product, d) => product * d, 1);
      if (typeof value === 'number') return [name, { shape, data: new Float32Array(size).fill(value) }];
      const range = value?.range ?? Math.sqrt((3 * shape[0]!) / size);
      return [name, { shape, data: random.array(size, () => random.uniform(range)) }];
    }),
  );
}

/** x and y cut into batches. */
function batches(count: number, x: Float32Array | Int32Array, y: Float32Array | Int32Array): Batch[] {
  const part = <A extends Float32Array | Int32Array>(a: A, i: number) => a.slice((i * a.length) / count, ((i + 1) * a.length) / count) as A;
  return Array.from({ length: count }, (_, i) => ({ x: part(x, i), y: part(y, i) }));
}

/** Two arms of 125 points each, wound once and three quarters round the middle; the arms are the classes +1 and −1. */
function spiral(): Batch[] {
  const random = new Random(1);
  const points = Array.from({ length: 250 }, (_, i) => {
    const arm = i % 2, along = (i >> 1) / 125, angle = 2 * Math.PI * 1.75 * along + arm * Math.PI;
    return [5 * along * Math.sin(angle), 5 * along * Math.cos(angle), arm === 0 ? 1 : -1];
  });
  for (let i = points.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [points[i], points[j]] = [points[j]!, points[i]!];
  }
  return batches(25, Float32Array.from(points.flatMap(([x1, x2]) => [x1!, x2!])), Float32Array.from(points, (p) => p[2]!));
}

/** 1024 pictures of 28 × 28 in ten classes. A class is four strokes; a picture shows them moved a little and under noise. */
function pictures(): Batch[] {
  const random = new Random(2), size = 28, count = 1024;
  const place = () => 6 + 16 * random.next();
  const classes = Array.from({ length: 10 }, () => Array.from({ length: 4 }, () => [place(), place(), place(), place()]));
  const x = new Float32Array(count * size * size), y = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const label = (y[n] = random.below(10)), left = random.uniform(2), top = random.uniform(2);
    const picture = x.subarray(n * size * size, (n + 1) * size * size);
    for (const [x0, y0, x1, y1] of classes[label]!) {
      for (let s = 0; s <= 40; s++) {
        const j = Math.round(x0! + ((x1! - x0!) * s) / 40 + left), i = Math.round(y0! + ((y1! - y0!) * s) / 40 + top);
        picture[i * size + j] = 0.8;
        picture[i * size + j + 1] = 0.6;
      }
    }
    for (let i = 0; i < picture.length; i++) picture[i] = Math.min(1, Math.max(0, picture[i]! + 0.1 * random.normal()));
  }
  return batches(32, x, y);
}

/** A text of 64 letters in which every letter has four that may follow it, and one time in ten any other. */
function text(): Batch[] {
  const random = new Random(3), letters = 64, length = 16 * 16 * 64;
  const follow = Array.from({ length: letters }, () => Array.from({ length: 4 }, () => random.below(letters)));
  const all = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) all[i + 1] = random.next() < 0.1 ? random.below(letters) : follow[all[i]!]![random.below(4)]!;
  return batches(16, all.slice(0, length), all.slice(1));
}

/** Sequences of 32 vectors of 32: in each class every channel swings at a pace of its own, under noise. */
function waves(): Batch[] {
  const random = new Random(4), count = 512, steps = 32, channels = 32;
  const classes = Array.from({ length: 10 }, () => Array.from({ length: channels }, () => [random.uniform(Math.PI), 0.1 + 0.5 * random.next()]));
  const x = new Float32Array(count * steps * channels), y = new Int32Array(count);
  for (let n = 0, at = 0; n < count; n++) {
    const label = (y[n] = random.below(10));
    for (let t = 0; t < steps; t++) for (const [phase, pace] of classes[label]!) x[at++] = 0.5 * Math.sin(phase! + pace! * t) + random.normal();
  }
  return batches(16, x, y);
}

function transformer(): Row[] {
  const d = 64, hidden = 256;
  const norm = (name: string): Row[] => [[`${name}.weight`, [d], 1], [`${name}.bias`, [d], 0]];
  const block = (at: string): Row[] => [
    [`${at}.self_attn.in_proj_weight`, [3 * d, d]], [`${at}.self_attn.in_proj_bias`, [3 * d], 0],
    [`${at}.self_attn.out_proj.weight`, [d, d]], [`${at}.self_attn.out_proj.bias`, [d], 0],
    [`${at}.linear1.weight`, [hidden, d]], [`${at}.linear1.bias`, [hidden], 0], [`${at}.linear2.weight`, [d, hidden]], [`${at}.linear2.bias`, [d], 0],
    ...norm(`${at}.norm1`), ...norm(`${at}.norm2`),
  ];
  return [
    ['0.weight', [64, d], { range: 0.1 }], ['1.weight', [64, d], { range: 0.1 }],
    ...block('blocks.layers.0'), ...block('blocks.layers.1'), ...norm('blocks.norm'), ['out.weight', [64, d]], ['out.bias', [64], 0],
  ];
}

/** One batch of normal numbers, for what is only computed forward. */
const numbers = (seed: number, n: number): Batch[] => {
  const random = new Random(seed);
  return [{ x: random.array(n, () => random.normal()) }];
};

const work = (id: keyof typeof specs, rows: Row[], data: () => Batch[]) => (): Work => ({ id, spec: specs[id], weights: weights(100 + Number(id[1]), rows), batches: data() });

export const workloads: Workload[] = [
  {
    id: 'W1', title: 'spiral MLP 2-8-8-1, tanh, batch 10, SGD',
    make: work('W1', [
      ['0.weight', [8, 2], { range: 0.5 }], ['0.bias', [8], 0.1], ['2.weight', [8, 8], { range: 0.5 }], ['2.bias', [8], 0.1],
      ['4.weight', [1, 8], { range: 0.5 }], ['4.bias', [1], 0.1],
    ], spiral),
  },
  {
    id: 'W2', title: 'digits MLP 784-128-10, relu, batch 32, Adam',
    make: work('W2', [['0.weight', [128, 784]], ['0.bias', [128], 0], ['2.weight', [10, 128]], ['2.bias', [10], 0]], pictures),
  },
  {
    id: 'W3', title: 'digits CNN 8@5×5, pool 2, 16@5×5, pool 3, 10; batch 32, Adam',
    make: work('W3', [
      ['0.weight', [8, 1, 5, 5]], ['0.bias', [8], 0], ['3.weight', [16, 8, 5, 5]], ['3.bias', [16], 0], ['7.weight', [10, 256]], ['7.bias', [10], 0],
    ], pictures),
  },
  { id: 'W4', title: 'char transformer: 64 letters, T 64, d 64, 4 heads, 2 pre-LN layers, ff 256, batch 16, Adam', make: work('W4', transformer(), text) },
  {
    id: 'W5', title: 'self-attention forward, T 256, d 128, 8 heads',
    make: work('W5', [
      ['0.in_proj_weight', [384, 128]], ['0.in_proj_bias', [384], { range: 0.1 }], ['0.out_proj.weight', [128, 128]], ['0.out_proj.bias', [128], { range: 0.1 }],
    ], () => numbers(5, 256 * 128)),
  },
  {
    id: 'W6', title: 'LSTM 32 → 64, T 32, last state → 10, batch 32, Adam',
    make: work('W6', [
      ['0.weight_ih_l0', [256, 32], { range: 0.125 }], ['0.weight_hh_l0', [256, 64], { range: 0.125 }], ['0.bias_ih_l0', [256], 0], ['0.bias_hh_l0', [256], 0],
      ['1.weight', [10, 64]], ['1.bias', [10], 0],
    ], waves),
  },
  ...[64, 128, 256, 512].map((n): Workload => ({
    id: `W7-${n}`, title: `matmul ${n} × ${n} × ${n}`, flops: 2 * n ** 3,
    make: () => ({ id: `W7-${n}`, spec: matmul(n), weights: weights(n, [['0.weight', [n, n], { range: 1 }]]), batches: numbers(n + 1, n * n) }),
  })),
];

/** What stands for a result that is not a loss: every element and its place count, and nothing cancels out. */
export function checksum(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (1 + (i % 7)) * data[i]! * data[i]!;
  return sum / data.length;
}

/** [rows, cols] → [cols, rows]: a linear weight as most libraries want it. */
export function turned({ shape: [rows, cols], data }: Weight): Weight {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows!; i++) for (let j = 0; j < cols!; j++) out[j * rows! + i] = data[i * cols! + j]!;
  return { shape: [cols!, rows!], data: out };
}
