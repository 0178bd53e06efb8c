// What is measured: networks, each with one size that grows while all else stays. The page on cost and the labs that measure, their
// worker, the build (for the numbers in the text), `npm run bench -- --cost` and the tests read this table.
import type { ModelSpec } from '../../api/index';

/** Those of the page on cost, of which the site brings numbers. */
export const sweepIds = ['width', 'depth', 'batch', 'attention', 'lstm'] as const;
export type SweepId = (typeof sweepIds)[number];
/** Self-attention and recurrence where nothing is trained: the pass forward alone. */
export const forwardIds = ['attention_forward', 'lstm_forward'] as const;
export type AnySweep = SweepId | (typeof forwardIds)[number];

export interface Sweep {
  /** What grows, as the formulas name it. */
  symbol: 'w' | 'L' | 'B' | 'T';
  sizes: number[];
  /** The exponent is fitted from this size on: below it, what does not grow weighs too much. */
  from: number;
  /** What is timed: a training step, or a forward pass alone. */
  pass: 'step' | 'forward';
  /** As it comes to the engine; the batch and the sequence have the length of `x`. */
  spec(size: number): ModelSpec;
}

const doubling = (from: number, to: number) => Array.from({ length: Math.log2(to / from) + 1 }, (_, i) => from * 2 ** i);

/** Features of an input, and dimension of a token. */
export const INPUTS = 16;
export const D_MODEL = 32;
/** Where the batch is not what grows. */
export const BATCH = 32;
/** Width of the hidden layers where it is not what grows. */
export const WIDTH = 64;

// A step so small that the weights stay where they are: a network that had learned its one batch by heart would have gradients
// of nearly zero, and numbers too small for the processor's fast way would be measured in the place of the network.
const training = { seed: 1, loss: { type: 'mse' }, optimizer: { type: 'adam', lr: 1e-6 } } as const;

const mlp = (batch_size: number, hidden: number[]): ModelSpec => ({
  ...training, batch_size, input: { shape: [INPUTS] },
  layers: [...hidden.flatMap((out_features) => [{ type: 'linear' as const, out_features }, { type: 'relu' as const }]), { type: 'linear', out_features: 4 }],
});
const sequence = (length: number, layer: ModelSpec['layers']): ModelSpec => ({ ...training, batch_size: 1, input: { shape: [length, D_MODEL] }, layers: layer });

const attention = (length: number): ModelSpec => sequence(length, [{ type: 'multihead_attention', num_heads: 2 }]);
const lstm = (length: number): ModelSpec => sequence(length, [{ type: 'lstm', hidden_size: D_MODEL }]);

export const sweeps: Record<AnySweep, Sweep> = {
  width: { symbol: 'w', sizes: doubling(8, 1024), from: 128, pass: 'step', spec: (w) => mlp(BATCH, [w, w, w]) },
  depth: { symbol: 'L', sizes: doubling(1, 64), from: 8, pass: 'step', spec: (layers) => mlp(BATCH, Array<number>(layers).fill(WIDTH)) },
  batch: { symbol: 'B', sizes: doubling(1, 1024), from: 128, pass: 'step', spec: (batch) => mlp(batch, [WIDTH, WIDTH]) },
  attention: { symbol: 'T', sizes: doubling(16, 1024), from: 256, pass: 'step', spec: attention },
  lstm: { symbol: 'T', sizes: doubling(16, 1024), from: 128, pass: 'step', spec: lstm },
  // From 256 tokens on, the scores and sums are nearly all that the pass takes; beyond 1024 the weights outgrow the caches, and time
  // grows faster than the work.
  attention_forward: { symbol: 'T', sizes: doubling(32, 1024), from: 256, pass: 'forward', spec: attention },
  lstm_forward: { symbol: 'T', sizes: doubling(32, 1024), from: 128, pass: 'forward', spec: lstm },
};

/** What one size turned out to cost. */
export interface Point {
  size: number;
  /** Of what the sweep times (a training step is forward, loss, backward, update): the least of all repeats, as whatever else runs only adds. */
  seconds: number;
  /** How much longer the step took in a middling round than in the best one: 1 on a machine that does nothing else. */
  spread: number;
  /** What the model holds in memory, all of it. */
  bytes: number;
  /** Numbers that training changes. */
  parameters: number;
  /** Of a forward pass over the whole batch, a multiply-add counted as two. */
  flops: number;
}

export type Points = Partial<Record<AnySweep, Point[]>>;

/** A run of `npm run bench -- --cost`, as the site carries it. */
export interface Figures {
  date: string;
  chromium: string;
  cores: number;
  /** Bytes, of one core where it has its own; empty where the system does not tell. */
  caches: Partial<Record<'L1' | 'L2' | 'L3', number>>;
  rounds: number;
  points: Record<SweepId, Point[]>;
}

/** Numbers that Adam has for every parameter: the weight, its gradient, two running means. Four bytes each. */
export const BYTES_PER_PARAMETER = 4 * 4;
/** Multiply-adds of a step: the backward pass makes two products where the forward pass makes one. */
export const multiplyAdds = ({ flops }: Pick<Point, 'flops'>): number => (3 * flops) / 2;
/** Seconds for one multiply-add of the step, with all that is not one. */
export const price = (point: Point): number => point.seconds / multiplyAdds(point);
