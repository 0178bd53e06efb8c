// What the coach looks at: the engine's signals by layer, and what the curves say in a few numbers. Nothing here knows a lab.
import type { LabSchema, Params, Snapshot, TensorRead } from '../engine/protocol';
import { historyColumns } from '../site/curves';

/** The engine's `signals` read: numbers of a row, in their order (engine/labs/lab.h). The last row is of the batch. */
const [UNITS, RMS, GRADIENT, UPDATE, IDLE, , ENDS] = [0, 1, 2, 3, 4, 5, 6];
const WIDTH = 8;

export interface Activation {
  op: string;
  units: number;
  /** Root mean square of the loss's gradient there. */
  gradient: number;
  /** Shares: of units that are zero for every example seen, of values at an end of the function's range. */
  idle: number;
  ends: number;
}
/** A weight with what follows it. */
export interface Layer {
  /** The weight's name in the model, `3.weight`, and its place among all, from 1. */
  name: string;
  place: number;
  rms: number;
  gradient: number;
  /** Of its last update. */
  update: number;
  /** All its units compute the same. */
  alike: boolean;
  activation: Activation | null;
}
export interface Signals {
  step: number;
  layers: Layer[];
  /** Examples of the batch, mean square of their gradients, and the square of the whole batch's. */
  batch: number;
  own: number;
  whole: number;
}

const WEIGHTED = new Set(['linear', 'conv', 'conv_transpose', 'rnn', 'lstm', 'gru']);
const ACTIVATIONS = new Set(['relu', 'leaky_relu', 'elu', 'gelu', 'silu', 'softplus', 'sigmoid', 'tanh']);

/** `lines`: the engine's `signals` query, name and op of each row; a parameter has no op. */
export function readSignals(lines: string, { data }: Pick<TensorRead, 'data'>): Signals {
  const rows = lines.trimEnd().split('\n').map((line) => line.split(' ') as [name: string, op: string]);
  const at = (row: number, column: number) => data[row * WIDTH + column]!;
  const layers: Layer[] = [];
  let weight = -1;
  rows.forEach(([, op], row) => {
    if (!op) {
      // The first of a layer's parameters is its weight.
      if (weight < 0) weight = row;
      return;
    }
    const layer = layers.at(-1);
    if (weight >= 0 && WEIGHTED.has(op)) {
      const units = at(weight, UNITS);
      layers.push({ name: rows[weight]![0], place: layers.length + 1, rms: at(weight, RMS), gradient: at(weight, GRADIENT), update: at(weight, UPDATE), alike: units > 1 && at(weight, IDLE) === 1, activation: null });
    } else if (layer && ACTIVATIONS.has(op)) {
      layer.activation = { op, units: at(row, UNITS), gradient: at(row, GRADIENT), idle: at(row, IDLE), ends: at(row, ENDS) };
    }
    weight = -1;
  });
  const [batch = 0, own = NaN, whole = NaN, step = 0] = data.slice(-WIDTH);
  return { step, layers, batch, own, whole };
}

/** What one look at a run sees. */
export interface Look {
  schema: LabSchema;
  params: Params;
  snapshot: Pick<Snapshot, 'status' | 'history' | 'metrics'>;
  signals: Signals | null;
  /** Step from which the present settings hold. */
  since: number;
}

/** A curve in a few numbers. */
export interface Curve {
  steps: ArrayLike<number>;
  values: ArrayLike<number>;
  first: number;
  /** Mean over the last eighth: one value of a trembling curve says little. */
  now: number;
  /** The lowest running mean, and its step. */
  lowest: number;
  lowestAt: number;
  /** Of the last half: by which part the second half of it lies below the first; negative where it rises. */
  fall: number;
  /** Of the last half: mean change from point to point, as a part of its level. */
  bounce: number;
  /** Steps that the last half spans, and its level at both ends. */
  span: number;
  from: number;
  to: number;
}

const FEWEST_POINTS = 8;

const mean = (values: ArrayLike<number>, from: number, to: number) => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum / (to - from);
};

/** Null where too little is recorded since the settings hold. */
export function curveOf(steps: ArrayLike<number>, values: ArrayLike<number>, since: number): Curve | null {
  let begin = 0;
  while (begin < steps.length && steps[begin]! < since) begin++;
  const n = values.length;
  if (n - begin < FEWEST_POINTS || !Number.isFinite(mean(values, begin, n))) return null;
  const half = begin + ((n - begin) >> 1), middle = half + ((n - half) >> 1);
  const width = Math.max(2, (n - begin) >> 3);
  let lowest = Infinity, lowestAt = 0;
  for (let i = begin; i + width <= n; i++) {
    const level = mean(values, i, i + width);
    if (level < lowest) {
      lowest = level;
      lowestAt = steps[i + (width >> 1)]!;
    }
  }
  const from = mean(values, half, middle), to = mean(values, middle, n);
  let jumps = 0;
  for (let i = half + 1; i < n; i++) jumps += Math.abs(values[i]! - values[i - 1]!);
  return {
    steps, values, first: values[0]!, now: mean(values, n - width, n), lowest, lowestAt,
    fall: (from - to) / from, bounce: jumps / (n - half - 1) / mean(values, half, n),
    span: steps[n - 1]! - steps[half]!, from, to,
  };
}

/** What rules are written over. */
export interface Facts {
  schema: LabSchema;
  params: Params;
  step: number;
  stepsPerEpoch: number;
  parameters: number;
  diverged: boolean;
  /** Learning rate of the next step: a schedule moves it. */
  lr: number;
  /** Loss of the last batch, as training saw it: with dropout. */
  batchLoss: number;
  train: Curve | null;
  test: Curve | null;
  /** Shares of right answers; NaN where there is none. */
  trainAccuracy: number;
  testAccuracy: number;
  /** Training loss: the first, and the largest that was recorded. */
  firstLoss: number;
  largestLoss: number;
  layers: Layer[];
  /** Examples at which a batch's gradient is half signal, half noise (McCandlish et al. 2018); NaN where it is not known. */
  noiseScale: number;
  /** Median over the layers of update / weight. */
  pace: number;
  /** It has hardly learned anything. */
  poor: boolean;
}

const POOR_ACCURACY = 0.85, POOR_LOSS = 0.3;

export function factsOf({ schema, params, snapshot, signals, since }: Look, noiseScale: number): Facts {
  const { status } = snapshot;
  const history = historyColumns(snapshot, schema.metrics);
  const column = (name: string) => (schema.metrics.includes(name) ? history.column(name) : new Float64Array());
  const latest = (name: string) => snapshot.metrics[schema.metrics.indexOf(name)] ?? NaN;
  const losses = column('train.loss');
  const firstLoss = losses[0] ?? NaN;
  const train = curveOf(history.steps, losses, since);
  const trainAccuracy = latest('train.accuracy');
  const paces = (signals?.layers ?? []).map((layer) => layer.update / layer.rms).filter(Number.isFinite).sort((a, b) => a - b);
  return {
    schema, params, step: status.step, stepsPerEpoch: status.steps_per_epoch, parameters: status.parameters,
    diverged: status.state === 'diverged', lr: status.lr, batchLoss: typeof status.loss === 'number' ? status.loss : NaN,
    train, test: curveOf(history.steps, column('test.loss'), since), trainAccuracy, testAccuracy: latest('test.accuracy'),
    firstLoss, largestLoss: losses.reduce((most, loss) => (Number.isFinite(loss) && loss > most ? loss : most), 0),
    layers: signals?.layers ?? [], noiseScale, pace: paces[paces.length >> 1] ?? NaN,
    poor: Number.isFinite(trainAccuracy) ? trainAccuracy < POOR_ACCURACY : (train?.now ?? latest('train.loss')) > POOR_LOSS * firstLoss,
  };
}
