// Measures with the public API. Runs in a worker, on the reader's device as in the benchmark.
import type { Batch, Engine, Model, ModelSpec } from '../../api/index';
import { sweeps, type AnySweep, type Point } from './sweeps';

export interface Plan {
  sweeps: readonly AnySweep[];
  rounds: number;
  /** For one size in one round. */
  budget_ms: number;
}

/** One size, measured in one round. */
export interface Found extends Omit<Point, 'spread'> {
  sweep: AnySweep;
  round: number;
}

/** The clock of a page that is not isolated ticks every 0.1 ms: a stretch of steps must be much longer. */
const STRETCH_MS = 6;
/** Browsers run a module's code in a quick translation first and in a better one once it has run for a while. */
const WARM_MS = 150;

/** Numbers in −1…1 that look like noise. */
function noise(length: number, seed: number): Float32Array {
  const out = new Float32Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = state / 2 ** 31;
  }
  return out;
}

const product = (shape: number[]) => shape.reduce((all, n) => all * n, 1);

/** A model of a spec whose input is of numbers, and a batch of noise for it. */
function prepare(engine: Engine, spec: ModelSpec): { model: Model; batch: Batch } {
  const model = engine.createModel(spec);
  const x = noise(model.batchSize * product((spec.input as { shape: number[] }).shape), 1);
  const { shape, data } = model.predict(x);
  const classes = (spec.loss as { type: string }).type === 'cross_entropy' ? shape.at(-1)! : 0;
  return { model, batch: { x, y: classes ? Int32Array.from({ length: data.length / classes }, (_, i) => i % classes) : noise(data.length, 2) } };
}

const train = (model: Model, batch: Batch) => () => void model.trainStep(batch);
/** The batch lies in the engine already, and the output goes where the last one went. */
function predict(model: Model, { x }: Batch): () => void {
  const resident = model.batch({ x });
  const out = model.predict(resident).data;
  return () => void model.predict(resident, { out });
}

/** The least time that a thing took in stretches of repeats, for `ms` and at least one stretch. In seconds. */
function timeOf(once: () => void, ms: number): number {
  const run = (steps: number) => {
    const start = performance.now();
    for (let i = 0; i < steps; i++) once();
    return performance.now() - start;
  };
  let steps = 1, best = Infinity;
  run(1);
  const start = performance.now();
  do {
    const took = run(steps);
    if (took < STRETCH_MS) steps = Math.ceil(took > 1 ? (1.2 * steps * STRETCH_MS) / took : 4 * steps);
    else best = Math.min(best, took / steps);
  } while (best === Infinity || performance.now() - start < ms);
  return best / 1000;
}

/** How many times `measure` calls back. */
export const countOf = ({ sweeps: ids, rounds }: Plan): number => rounds * ids.reduce((sum, id) => sum + sweeps[id].sizes.length, 0);

/** Goes round all sizes again and again, so that a busy moment does not fall on one of them alone. */
export function measure(engine: Engine, { sweeps: ids, rounds, budget_ms }: Plan, found: (what: Found) => void): void {
  const once = (sweep: AnySweep, size: number, ms: number): Omit<Found, 'round'> => {
    const { model, batch } = prepare(engine, sweeps[sweep].spec(size));
    const seconds = timeOf((sweeps[sweep].pass === 'forward' ? predict : train)(model, batch), ms);
    const parameters = model.parameters().reduce((sum, { shape }) => sum + product(shape), 0);
    const { bytes, flops } = model.cost;
    model.dispose();
    return { sweep, size, seconds, bytes, flops, parameters };
  };
  for (const sweep of ids) once(sweep, sweeps[sweep].sizes[2]!, Math.min(WARM_MS, 2 * budget_ms));
  for (let round = 0; round < rounds; round++) {
    for (const sweep of ids) for (const size of sweeps[sweep].sizes) found({ ...once(sweep, size, budget_ms), round });
  }
}

/** Seconds of one training step of each spec: the least of all rounds. */
export function measureSteps(engine: Engine, specs: readonly ModelSpec[], rounds: number, ms: number): number[] {
  const made = specs.map((spec) => prepare(engine, spec)).map(({ model, batch }) => ({ model, step: train(model, batch) }));
  for (const { step } of made) timeOf(step, Math.min(WARM_MS, 2 * ms));
  const best = made.map(() => Infinity);
  for (let round = 0; round < rounds; round++) made.forEach(({ step }, i) => (best[i] = Math.min(best[i]!, timeOf(step, ms))));
  for (const { model } of made) model.dispose();
  return best;
}

/** The rounds of one size as one point. */
export function pointOf(rounds: readonly Found[]): Point {
  const { size, bytes, parameters, flops } = rounds[0]!;
  const times = rounds.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return { size, seconds: times[0]!, spread: times[times.length >> 1]! / times[0]!, bytes, parameters, flops };
}

/** From here on the page says that the device had other things to do. */
export const NOISY = 1.15;
/** The middling point's spread. */
export function noiseOf(points: readonly Point[]): number {
  const spreads = points.map(({ spread }) => spread).sort((a, b) => a - b);
  return spreads[spreads.length >> 1] ?? 1;
}
