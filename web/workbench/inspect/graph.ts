// The values of a lab's model and how they are made of each other, as the engine's `graph` query tells it.

export interface Value {
  /** Place in the list; what `from` names. */
  at: number;
  name: string;
  /** The op that computes it; for others `input`, `parameter` or `buffer`. */
  op: string;
  from: number[];
  shape: number[];
  gradient: boolean;
  /** Only the loss needs it. */
  loss: boolean;
}
export type Row = [name: string, op: string, from: number[], shape: number[], gradient: boolean, loss: boolean];

export interface Graph {
  values: Value[];
  byName: Map<string, Value>;
  parameters: Value[];
  /** The loss itself: what all of it is for. */
  loss: Value;
}

const GIVEN = ['input', 'parameter', 'buffer'];
export const computed = (value: Value): boolean => !GIVEN.includes(value.op);
export const count = (value: Value): number => value.shape.reduce((n, d) => n * d, 1);

export function graphOf(rows: Row[]): Graph {
  const values = rows.map(([name, op, from, shape, gradient, loss], at): Value => ({ at, name, op, from, shape, gradient, loss }));
  return {
    values,
    byName: new Map(values.map((value) => [value.name, value])),
    parameters: values.filter((value) => value.op === 'parameter' && value.gradient),
    // Further outputs of its node (probabilities) have no gradient.
    loss: values.filter((value) => value.loss && value.gradient).at(-1)!,
  };
}

/** What is made of a value on the way to the loss. */
export const usersOf = (graph: Graph, value: Value): Value[] => graph.values.filter((user) => user.gradient && user.from.includes(value.at));

/** Activations, and not weights, carry the batch as their first dimension. */
export const batched = (value: Value): boolean => value.op !== 'parameter' && value.op !== 'buffer' && value.shape.length > 1;
/** Numbers of one example. */
export const perExample = (value: Value): number => (batched(value) ? count(value) / value.shape[0]! : count(value));

export function indexOf(value: Value, flat: number): number[] {
  const out: number[] = [];
  for (let rest = flat, d = value.shape.length - 1; d >= 0; d--) {
    out.unshift(rest % value.shape[d]!);
    rest = Math.floor(rest / value.shape[d]!);
  }
  return out;
}
/** Flat place of an index; one that leaves the batch out means `example`. */
export function flatOf(value: Value, index: number[], example = 0): number {
  const whole = index.length < value.shape.length ? [example, ...index] : index;
  return whole.reduce((flat, i, d) => flat * value.shape[d]! + i, 0);
}

/** One layer as the histograms show it: its weights, and what it hands on. */
export interface Layer {
  name: string;
  weights: Value;
  activation: Value;
}
/** What passes numbers on as they are, or only leaves some out. */
const PASSING = ['dropout', 'reshape', 'identity'];

/** A layer for every weight of at least two dimensions: the last value before the next computation that has such ones is its activation. */
export function layersOf(graph: Graph): Layer[] {
  const layers: Layer[] = [];
  for (const value of graph.values) {
    if (!computed(value) || value.loss) continue;
    const own = value.from.map((i) => graph.values[i]!).filter((from) => from.op === 'parameter' && from.gradient && from.shape.length > 1);
    const fresh = own.filter((weights) => !layers.some((layer) => layer.weights === weights));
    // One computation may have several: a recurrent cell one for what comes in and one for its state.
    const open = layers.filter(({ activation }) => activation === layers.at(-1)!.activation);
    if (fresh.length) layers.push(...fresh.map((weights) => ({ name: weights.name.replace(/[._]weight$/, ''), weights, activation: value })));
    else if (value.gradient && !PASSING.includes(value.op)) for (const layer of open) layer.activation = value;
  }
  return layers;
}
