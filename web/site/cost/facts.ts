// The numbers in the text, from the measurement: `{{attention.exponent}}` in the Markdown. The build fills them in.
import { formatCount, formatFixed, formatNumber } from '../../elements/format';
import { fitOf, type Quantity } from './chart';
import { crossing } from '../../workbench/cost/fit';
import { BATCH, BYTES_PER_PARAMETER, price, sweeps, sweepIds, type Figures, type Point, type SweepId } from '../../workbench/cost/sweeps';
import { formatBytes, formatPower, formatTime } from '../../workbench/cost/units';

export type Facts = ReturnType<typeof factsOf>;

/** The exponent between two sizes. */
export function steepness(points: readonly Point[], from: number, to: number): number {
  const [a, b] = [pointAt(points, from), pointAt(points, to)];
  return Math.log(b.seconds / a.seconds) / Math.log(to / from);
}
export function pointAt(points: readonly Point[], size: number): Point {
  const found = points.find((point) => point.size === size);
  if (!found) throw new Error(`The measurement has no size ${size}.`);
  return found;
}

export function factsOf({ points, caches }: Figures) {
  const exponent = (id: SweepId, quantity: Quantity = 'time') => fitOf(sweeps[id], points[id], quantity)!.exponent;
  const time = (id: SweepId, size: number) => pointAt(points[id], size).seconds;
  const xy = (id: SweepId) => points[id].map(({ size, seconds }) => ({ x: size, y: seconds }));
  const each = points.batch.map(({ size, seconds }) => ({ size, seconds: seconds / size }));
  const cheapest = Math.min(...each.map(({ seconds }) => seconds));
  const share = (size: number) => (BYTES_PER_PARAMETER * pointAt(points.batch, size).parameters) / pointAt(points.batch, size).bytes;
  /** How much dearer a multiply-add is at the largest size than at the best one. */
  const rise = (id: SweepId) => price(points[id].at(-1)!) / Math.min(...points[id].map(price));
  return {
    exponents: Object.fromEntries(sweepIds.map((id) => [id, exponent(id)])) as Record<SweepId, number>,
    memory: Object.fromEntries(sweepIds.map((id) => [id, exponent(id, 'memory')])) as Record<SweepId, number>,
    rises: Object.fromEntries(sweepIds.map((id) => [id, rise(id)])) as Record<SweepId, number>,
    widthDoubled: time('width', 1024) / time('width', 512),
    widthSmall: time('width', 16) / time('width', 8),
    batchOfSixteen: time('batch', 16) / time('batch', 1),
    exampleAlone: each[0]!.seconds,
    exampleAtBest: cheapest,
    batchEnough: each.find(({ seconds }) => seconds <= 1.1 * cheapest)!.size,
    parametersOfOne: share(1),
    parametersOfMany: share(1024),
    attentionDoubled: time('attention', 1024) / time('attention', 512),
    attentionSmall: steepness(points.attention, 16, 64),
    attentionBytes: pointAt(points.attention, 1024).bytes,
    /** From this length on attention takes longer than the recurrence. */
    crossing: crossing(xy('attention'), xy('lstm')),
    timeStep: time('lstm', 1024) / 1024,
    /** The worst that a multiply-add gets dearer from one size to the next. */
    worstStep: Math.max(...sweepIds.flatMap((id) => points[id].slice(1).map((point, i) => price(point) / price(points[id][i]!)))),
    /** What the multiply-adds of one weight take in a step at best: one forward and two backward for each example. */
    weightWork: 3 * BATCH * Math.min(...points.width.map(price)),
    widestBytes: pointAt(points.width, 1024).bytes,
    l2: caches.L2 ?? null,
  };
}

/** As the text says them. */
export function wordsOf(figures: Figures, lang: string): Record<string, string> {
  const facts = factsOf(figures);
  const two = (value: number) => formatFixed(value, lang, 2);
  const percent = (value: number) => `${formatNumber(100 * value, lang, 2)}%`;
  return {
    ...Object.fromEntries(sweepIds.flatMap((id) => [[`${id}.exponent`, formatPower(facts.exponents[id], lang)], [`${id}.memory`, formatPower(facts.memory[id], lang)], [`${id}.rise`, two(facts.rises[id])]])),
    ...Object.fromEntries(sweepIds.map((id) => [`${id}.from`, formatCount(sweeps[id].from, lang)])),
    'width.doubled': two(facts.widthDoubled),
    'width.small': two(facts.widthSmall),
    'width.bytes': formatBytes(facts.widestBytes, lang, 2),
    'batch.sixteen': two(facts.batchOfSixteen),
    'batch.alone': formatTime(facts.exampleAlone, lang, 2),
    'batch.ratio': formatNumber(facts.exampleAlone / facts.exampleAtBest, lang, 2),
    'batch.best': formatTime(facts.exampleAtBest, lang, 2),
    'batch.enough': formatCount(facts.batchEnough, lang),
    'batch.parameters_one': percent(facts.parametersOfOne),
    'batch.parameters_many': percent(facts.parametersOfMany),
    'attention.doubled': two(facts.attentionDoubled),
    'attention.small': formatPower(facts.attentionSmall, lang),
    'attention.bytes': formatBytes(facts.attentionBytes, lang, 2),
    'crossing': facts.crossing === null ? '∞' : formatNumber(facts.crossing, lang, 1),
    'lstm.step': formatTime(facts.timeStep, lang, 2),
    'cache.step': two(facts.worstStep),
    'cache.weight': formatTime(facts.weightWork, lang, 2),
    'caches.l2': facts.l2 === null ? '?' : formatBytes(facts.l2, lang, 2),
  };
}

/** Puts the facts into the text's `{{name}}` holes; names what is not a fact. */
export function fillFacts(text: string, words: Record<string, string>): { text: string; missing: string[] } {
  const missing: string[] = [];
  const filled = text.replace(/\{\{([\w.]+)\}\}/g, (hole, name: string) => {
    if (Object.hasOwn(words, name)) return words[name]!;
    missing.push(name);
    return hole;
  });
  return { text: filled, missing };
}
