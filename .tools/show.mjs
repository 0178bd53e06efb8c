// web/labs/<lab>/show.json: for each hyperparameter a setting and a few of its values (too little, right, too much) whose runs
// show what it does. The engine runs them: for the glossary's pictures, and for the test of what the entries claim.
//
//   "lr": {"with": {"task": "circle"}, "values": [0.00003, 0.03, 10], "steps": 500, "says": […], "metric": "test.loss"}
//
// steps  of each run; 0: nothing is trained, and the picture is of what the untrained model makes (`read`)
// metric what is drawn, and what a claim speaks of unless it names another; test.loss when not given
// says   claims about the runs by their place in `values`; when not given, that the second ends visibly better than the others
import { existsSync, readFileSync } from 'node:fs';
import { at } from './lib.mjs';

/** How often a run is looked at. */
const LOOKS = 40;

export const showOf = (lab) => {
  const path = at(`web/labs/${lab}/show.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
};

export const metricOf = (entry) => entry.metric ?? 'test.loss';
/** The run that the page's stage takes: the middle one of three, the first of two. */
export const middleOf = (entry) => Math.floor((entry.values.length - 1) / 2);
export const saysOf = (entry) => entry.says ?? [{ run: middleOf(entry), better_than: entry.values.map((_, i) => i).filter((i) => i !== middleOf(entry)) }];

/**
 * The runs of an entry: [{value, corrections, state, steps: number[], metrics: {name: number[]}, matrix}].
 * @param seed in place of the entry's own
 */
export function showRuns(engine, lab, key, entry, seed) {
  const names = JSON.parse(engine.schema()).labs[lab].metrics;
  return entry.values.map((value) => {
    const made = engine.createLab(lab, JSON.stringify({ ...entry.with, ...(seed === undefined ? {} : { seed }), [key]: value }));
    try {
      const run = { value, corrections: JSON.parse(made.corrections()), state: 'ready', steps: [], metrics: Object.fromEntries(names.map((name) => [name, []])), matrix: null };
      const look = () => {
        run.steps.push(JSON.parse(made.status()).step);
        made.metrics().forEach((number, i) => run.metrics[names[i]].push(number));
      };
      if (entry.read) {
        const { shape, data } = made.read(entry.read, '{"layer":0}');
        run.matrix = { shape: shape.slice(-2), data: [...data.slice(0, shape.at(-1) * shape.at(-2))] };
      }
      if (entry.steps > 0) look();
      for (let i = 1; i <= LOOKS && entry.steps > 0 && run.state === 'ready'; ++i) {
        const to = Math.round((entry.steps * i) / LOOKS);
        if (to > run.steps.at(-1)) made.step(to - run.steps.at(-1));
        run.state = JSON.parse(made.status()).state;
        if (run.state !== 'diverged' && JSON.parse(made.status()).step > run.steps.at(-1)) look();
      }
      return run;
    } finally {
      made.delete();
    }
  });
}

const isLoss = (metric) => metric.endsWith('.loss');
const last = (run, metric) => (run.state === 'diverged' ? (isLoss(metric) ? Infinity : 0) : run.metrics[metric].at(-1));
/** So much apart that it is seen in the picture. */
const visiblyBetter = (metric, a, b) => (isLoss(metric) ? b > 1.15 * a : a > b + 0.02);
/** Mean change between looks, over the second half. */
const roughness = (values) => {
  const half = values.slice(values.length >> 1);
  return half.slice(1).reduce((sum, value, i) => sum + Math.abs(value - half[i]), 0) / (half.length - 1);
};

/** What each claim needs to hold: (claim's value, run, all runs, metric) → boolean. */
const holds = {
  better_than: (others, run, runs, metric) => others.every((i) => visiblyBetter(metric, last(run, metric), last(runs[i], metric))),
  diverges: (wanted, run) => (run.state === 'diverged') === wanted,
  rougher_than: (others, run, runs, metric) => others.every((i) => roughness(run.metrics[metric]) > 1.5 * roughness(runs[i].metrics[metric])),
  like: (others, run, runs, metric) => others.every((i) => Math.abs(last(run, metric) - last(runs[i], metric)) <= 0.1 * Math.abs(last(run, metric)) + 0.01),
  unlike: (others, run, runs, metric) => others.every((i) => run.metrics[metric].some((value, at) => value !== runs[i].metrics[metric][at])),
  at_least: (bound, run, _, metric) => last(run, metric) >= bound,
  at_most: (bound, run, _, metric) => last(run, metric) <= bound,
  // Of the matrix: mean over its rows of their largest entry, against another's.
  sharper_than: (others, run, runs) => others.every((i) => sharpness(run.matrix) > 1.1 * sharpness(runs[i].matrix)),
  // Nothing stands above its diagonal.
  looks_back: (wanted, { matrix: { shape: [, cols], data } }) => data.every((weight, i) => i % cols <= Math.floor(i / cols) || weight === 0) === wanted,
  larger_than: (others, run, runs) => others.every((i) => run.matrix.shape[0] > runs[i].matrix.shape[0]),
};
const sharpness = ({ shape: [rows, cols], data }) => {
  let sum = 0;
  for (let r = 0; r < rows; ++r) sum += Math.max(...data.slice(r * cols, (r + 1) * cols));
  return sum / rows;
};

/** Claims of the entry that the runs do not bear out, each with what came out; empty: all hold. */
export function unkept(entry, runs) {
  const broken = [];
  const ends = (metric) => runs.map((run) => (run.state === 'diverged' ? 'diverged' : (run.metrics[metric].at(-1) ?? JSON.stringify(run.matrix)))).join(', ');
  for (const claim of saysOf(entry)) {
    const { run, metric = metricOf(entry), ...says } = claim;
    const kinds = Object.keys(says);
    if (kinds.length === 0) broken.push(`says nothing: ${JSON.stringify(claim)}`);
    for (const kind of kinds) {
      if (!holds[kind](says[kind], runs[run], runs, metric)) broken.push(`${JSON.stringify(claim)}: ${metric} ended at ${ends(metric)}`);
    }
  }
  return broken;
}
