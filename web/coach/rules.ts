// What the coach knows: one entry a rule. A rule sees what the schema and the signals of any lab offer, and nothing else; where it
// misses something it is silent. Its words are `coach.<id>.title`, `.evidence` and `.why` in en.json and ko.json; tests/web/coach.test.ts
// has for each a run that it speaks of, and one hardly different that it does not.
import { isVisible } from '../elements/when';
import type { ParamDef, Params, ParamValue } from '../engine/protocol';
import { sameValue } from '../site/state/url';
import type { Curve, Facts, Layer } from './signals';

/** Holes of the rule's texts. A layer is named by whoever says it. */
export type Evidence = Record<string, number | string | Layer>;

export interface Rule {
  id: string;
  /** Rules whose findings this one explains: they are not said beside it. */
  explains?: readonly string[] | 'everything';
  /** `good`: nothing is wrong. */
  tone?: 'good';
  /** The numbers that show it; null where it is not so. */
  test(facts: Facts): Evidence | null;
  /** What might mend it, the best first. The first that the lab can do is tried. */
  remedies(facts: Facts): Params[];
}

/** Early in a run nothing is certain. */
const EARLY = 200, LATER = 500;
/** Falls of the last half of a run: less than this is flat, and less than that is slow. */
const FLAT = 0.01, SLOW = 0.05;
/** Part of the weights that an update changes: less is little. */
const SHORT = 2e-3;
/** Parts of its level by which a curve jumps from point to point. */
const ROUGH = 0.1, UNEVEN = 0.05;

const number = (params: Params, key: string) => (typeof params[key] === 'number' ? params[key] : NaN);
const is = (params: Params, key: string, ...values: ParamValue[]) => values.includes(params[key] as ParamValue);

/** Leaves one digit: 0.0283 → 0.03. */
const round = (value: number) => Number(value.toPrecision(1));
const powerOfTwo = (value: number) => 2 ** Math.round(Math.log2(value));
const slower = ({ params }: Facts, factor = 10) => ({ lr: round(number(params, 'lr') / factor) });
const tries = (...all: (Params | false)[]): Params[] => all.filter((change) => change !== false);
/** All hidden layers, those with an activation of their own too. */
const activated = ({ params }: Facts, activation: string): Params => ({ activation, ...('activations' in params ? { activations: [] } : {}) });

const hidden = ({ layers }: Facts) => layers.filter((layer) => layer.activation);
/** Gradient at the first hidden layer, as a part of that at the last; NaN where it has no way to go. */
const reach = (facts: Facts) => {
  const all = hidden(facts);
  return all.length >= 3 ? all[0]!.activation!.gradient / all.at(-1)!.activation!.gradient : NaN;
};
const worst = (facts: Facts, ops: string[], share: 'idle' | 'ends') => hidden(facts).filter((layer) => ops.includes(layer.activation!.op)).sort((a, b) => b.activation![share] - a.activation![share])[0];
const flat = (curve: Curve | null, most = FLAT): curve is Curve => curve !== null && Math.abs(curve.fall) < most;
const restless = ({ train, firstLoss }: Facts, bounce: number) => (train && train.bounce > bounce && train.now > 0.4 * firstLoss && (train.fall < 0.1 || train.now > firstLoss) ? train : null);
/** Too few numbers to hold what the examples say, or none that bend. */
const small = (facts: Facts) => facts.parameters < 0.15 * facts.stepsPerEpoch * number(facts.params, 'batch_size') || (hidden(facts).length === 0 && 'hidden' in facts.params);
/** Against learning by heart: what makes it harder, and more to learn from. */
const held = ({ params }: Facts) => tries(!params['l2'] && { l2: 0.03 }, !params['dropout'] && { dropout: 0.5 });
const more = ({ params }: Facts) => tries(number(params, 'samples') < 2000 && { samples: 2000 }, number(params, 'sentences') < 2000 && { sentences: 8000 });
/** The penalty that is on and strongest against what is usual of it. */
const PENALTIES: [key: string, strong: number][] = [['l1', 0.002], ['l2', 0.01], ['weight_decay', 0.01]];
const penalty = ({ params }: Facts) =>
  PENALTIES.map(([key, strong]) => ({ key, value: number(params, key), strength: number(params, key) / strong })).filter(({ strength }) => strength >= 1).sort((a, b) => b.strength - a.strength)[0];

/** The step from which on training gained nothing; null where it still does, or has not begun to. */
function stopOf({ poor, test, step, firstLoss, testAccuracy }: Facts): number | null {
  if (poor || !test || step < EARLY) return null;
  // A classifier that makes no mistake any more only grows surer.
  const enough = 0.02 * firstLoss;
  if (testAccuracy >= 0.99 && test.now < enough) return test.steps[Array.from(test.values).findIndex((loss) => loss < enough)]!;
  return test.lowestAt < 0.5 * step && test.now < 1.15 * test.lowest ? test.lowestAt : null;
}

const rules = [
  {
    id: 'diverging',
    explains: 'everything',
    test: ({ diverged, train, firstLoss, largestLoss, step }) =>
      diverged || (train && (train.now > 10 * firstLoss || (train.now > 3 * firstLoss && train.fall < 0))) ? { step, first: firstLoss, now: diverged ? largestLoss : train!.now } : null,
    remedies: (facts) => tries(slower(facts, number(facts.params, 'lr') >= 1 ? 100 : 10), { weight_init: 'default' }, { clip_norm: 1 }),
  },
  {
    id: 'symmetric',
    explains: ['vanishing', 'dead', 'slow', 'plateau', 'underfitting'],
    test: ({ layers, step }) => {
      const layer = layers.slice(0, -1).find(({ alike, activation }) => alike && activation);
      return layer && step > 0 ? { layer, units: layer.activation!.units } : null;
    },
    remedies: () => [{ weight_init: 'default' }],
  },
  {
    id: 'exploding',
    test: (facts) => {
      const ratio = reach(facts);
      return facts.poor && ratio > 50 && Number.isFinite(ratio) ? { ratio, layer: hidden(facts)[0]!, last: hidden(facts).at(-1)! } : null;
    },
    remedies: () => tries({ weight_init: 'default' }, { clip_norm: 1 }),
  },
  {
    id: 'dead',
    explains: ['vanishing', 'slow', 'plateau', 'underfitting', 'oscillating'],
    test: (facts) => {
      const layer = worst(facts, ['relu'], 'idle');
      return facts.poor && facts.step >= 50 && layer && layer.activation!.idle >= 0.5
        ? { layer, dead: Math.round(layer.activation!.idle * layer.activation!.units), units: layer.activation!.units } : null;
    },
    // Where the weights were thrown far once, it was the step; else the function.
    remedies: (facts) => tries((facts.largestLoss > 2 * facts.firstLoss || number(facts.params, 'lr') >= 0.1) && slower(facts), activated(facts, 'leaky_relu'), slower(facts)),
  },
  {
    id: 'saturated',
    explains: ['vanishing', 'slow', 'plateau'],
    test: (facts) => {
      const layer = worst(facts, ['sigmoid', 'tanh'], 'ends');
      const share = layer?.activation!.ends ?? 0;
      return facts.poor && facts.step >= 50 && (share >= 0.8 || (share >= 0.5 && flat(facts.train, SLOW) && !small(facts))) ? { layer: layer!, share, op: layer!.activation!.op } : null;
    },
    remedies: (facts) => tries(is(facts.params, 'weight_init', 'normal', 'uniform', 'constant') && { weight_init: 'xavier_normal', gain: 1 }, slower(facts), { batch_norm: true }),
  },
  {
    id: 'vanishing',
    explains: ['slow', 'plateau', 'underfitting'],
    test: (facts) => {
      const ratio = reach(facts);
      return facts.poor && facts.step >= 50 && ratio < 0.02 && ratio > 0 ? { times: 1 / ratio, layer: hidden(facts)[0]!, last: hidden(facts).at(-1)! } : null;
    },
    remedies: (facts) => tries(is(facts.params, 'activation', 'sigmoid', 'tanh', 'softplus') && activated(facts, 'relu'), { weight_init: 'kaiming_normal' }, { batch_norm: true }),
  },
  {
    id: 'regularised',
    explains: ['slow', 'plateau', 'underfitting'],
    test: (facts) => {
      const pulls = penalty(facts);
      const rms = Math.max(...facts.layers.map((layer) => layer.rms));
      return facts.poor && facts.step >= EARLY && flat(facts.train, SLOW) && pulls ? { param: pulls.key, value: pulls.value, rms, now: facts.train.now } : null;
    },
    remedies: (facts) => {
      const pulls = penalty(facts)!;
      return tries({ [pulls.key]: round(pulls.value / 10) }, { [pulls.key]: 0 });
    },
  },
  {
    id: 'dropout',
    explains: ['slow', 'plateau', 'underfitting', 'noisy', 'oscillating'],
    test: (facts) => {
      const rate = number(facts.params, 'dropout');
      const narrowest = hidden(facts).sort((a, b) => a.activation!.units - b.activation!.units)[0];
      return facts.poor && facts.step >= EARLY && rate >= 0.5 && narrowest && flat(facts.train, SLOW)
        ? { layer: narrowest, units: narrowest.activation!.units, left: narrowest.activation!.units * (1 - rate), now: facts.train.now } : null;
    },
    remedies: ({ params }) => [{ dropout: Number((number(params, 'dropout') / 3).toFixed(1)) }],
  },
  {
    id: 'noisy',
    explains: ['oscillating', 'slow', 'plateau', 'underfitting', 'saturated'],
    test: (facts) => {
      const batch = number(facts.params, 'batch_size'), train = restless(facts, UNEVEN);
      return train && batch <= 4 && facts.step >= EARLY ? { batch, bounce: train.bounce, now: train.now } : null;
    },
    remedies: ({ params }) => [{ batch_size: powerOfTwo(number(params, 'batch_size') * 16) }],
  },
  {
    id: 'oscillating',
    explains: ['slow', 'plateau', 'underfitting', 'saturated'],
    test: (facts) => {
      const train = restless(facts, ROUGH);
      return train && facts.step >= EARLY ? { bounce: train.bounce, now: train.now, first: facts.firstLoss } : null;
    },
    remedies: (facts) => tries(slower(facts)),
  },
  {
    id: 'slow',
    explains: ['underfitting', 'plateau'],
    test: ({ poor, step, train, pace }) =>
      poor && step >= EARLY && train && train.fall > 0.003 && train.fall < SLOW && train.bounce < train.fall && pace < SHORT ? { span: train.span, from: train.from, to: train.to, pace } : null,
    // Updates of a thousandth of the weights, and a little more, are what trains well.
    remedies: (facts) => [{ lr: round(number(facts.params, 'lr') * 10 ** Math.min(3, Math.max(1, Math.ceil(Math.log10(3e-3 / facts.pace))))) }],
  },
  {
    id: 'underfitting',
    explains: ['plateau'],
    test: (facts) => {
      const { train, test } = facts;
      return facts.poor && facts.step >= EARLY && flat(train, 2 * FLAT) && train.bounce < UNEVEN && facts.pace > SHORT && small(facts) && (!test || test.now < 1.3 * train.now)
        ? { parameters: facts.parameters, now: train.now, span: train.span } : null;
    },
    remedies: (facts) => tries({ hidden: [16, 16], ...(is(facts.params, 'activation', 'linear') ? activated(facts, 'tanh') : {}) }, { d_model: 2 * number(facts.params, 'd_model') }),
  },
  {
    id: 'plateau',
    test: ({ poor, step, train, lr }) => (poor && step >= LATER && flat(train) && train.bounce < UNEVEN ? { span: train.span, now: train.now, lr } : null),
    remedies: (facts) => tries(
      facts.lr < number(facts.params, 'lr') / 20 && { schedule: 'constant', warmup_steps: 0 },
      // Without positions order is invisible; scores too sharp look at one token from the start.
      is(facts.params, 'positional', 'none') && { positional: 'sinusoidal' },
      number(facts.params, 'temperature') < 0.5 && { temperature: 1 },
      // What lies behind a cut is never learned from; a cell without gates loses the gradient on a long way.
      number(facts.params, 'bptt') > 0 && { bptt: 0 },
      String(facts.params['cell']).startsWith('rnn') && { cell: 'gru' },
      is(facts.params, 'optimizer', 'sgd') && { optimizer: 'adam', lr: 0.01 },
      slower(facts, facts.pace < 3e-3 ? 0.1 : 10),
    ),
  },
  {
    id: 'overfitting',
    explains: ['memorised', 'stop'],
    test: ({ train, test, step, firstLoss }) =>
      train && test && step >= EARLY && test.now > 1.15 * test.lowest && test.lowestAt < 0.6 * step && test.now > 1.5 * train.now && test.now > 0.1 * firstLoss
        ? { lowest: test.lowest, at: test.lowestAt, now: test.now, train: train.now } : null,
    remedies: (facts) => [...held(facts), ...more(facts)],
  },
  {
    id: 'memorised',
    explains: ['stop'],
    test: ({ train, test, step, firstLoss }) =>
      train && test && step >= EARLY && train.now < 0.1 * test.now && test.now > 0.05 * firstLoss && test.fall < SLOW ? { train: train.now, now: test.now } : null,
    remedies: (facts) => [...more(facts), ...held(facts)],
  },
  {
    id: 'wasteful',
    test: ({ train, step, params, noiseScale, firstLoss }) => {
      const batch = number(params, 'batch_size');
      return train && step >= 50 && batch >= 64 && batch >= 8 * noiseScale && noiseScale > 0 && train.now > 0.1 * firstLoss ? { batch, scale: noiseScale } : null;
    },
    remedies: ({ noiseScale }) => [{ batch_size: Math.max(8, powerOfTwo(2 * noiseScale)) }],
  },
  {
    id: 'stop',
    tone: 'good',
    test: (facts) => {
      const { test } = facts;
      const at = stopOf(facts);
      return at === null ? null : { at, lowest: test!.lowest, now: test!.now };
    },
    remedies: (facts) => [{ epochs: Math.max(1, Math.ceil(stopOf(facts)! / facts.stepsPerEpoch)) }],
  },
] as const satisfies readonly Rule[];

export type RuleId = (typeof rules)[number]['id'];
export const RULES: readonly (Rule & { id: RuleId })[] = rules;

/** Whether the lab can make this change, and it is one. */
function possible(change: Params, { schema, params }: Facts): boolean {
  const then = { ...params, ...change };
  const fits = (def: ParamDef | undefined, value: ParamValue) => {
    if (!def || !isVisible(def.when, then)) return false;
    if (typeof value === 'number') return value >= (def.min ?? -Infinity) && value <= (def.max ?? Infinity);
    return typeof value !== 'string' || !def.choices || def.choices.includes(value);
  };
  return Object.entries(change).every(([key, value]) => fits(schema.params.find((def) => def.key === key), value)) && Object.entries(change).some(([key, value]) => !sameValue(params[key], value));
}

/** What to try: the first remedy that the lab can do; null where there is none. */
export function remedyOf(rule: Rule, facts: Facts): Params | null {
  return rule.remedies(facts).find((change) => possible(change, facts)) ?? null;
}
