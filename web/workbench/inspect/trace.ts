// The chain rule for one weight, written out: from the loss back to it, one value after the other, each gradient a sum over what the
// value feeds. All factors are the engine's; only the products and sums are made here.
import type { Explanation } from '../../elements/explanation';
import { batched, computed, count, flatOf, perExample, usersOf, type Graph, type Value } from './graph';
import type { HeldStep } from './held';

/** One number of the step. */
export interface Place {
  value: Value;
  at: number;
}
/** ∂L/∂y · ∂y/∂x, for one number y that x feeds. */
export interface Path extends Place {
  /** ∂L/∂y */
  outer: number;
  /** ∂y/∂x */
  inner: number;
  product: number;
}
/** ∂L/∂x as a sum over all that x feeds. */
export interface Link extends Place {
  gradient: number;
  paths: Path[];
  /** What the paths not listed add. */
  rest: number;
  /** The path that is followed. */
  next: number;
}
/** ∂L/∂w as a sum over the examples of the batch (and, in sequences, over their positions). */
export interface Share {
  row: number;
  /** ∂L/∂z of that row and the number that the weight multiplied there; null where the layer is not a weighted sum. */
  delta: number | null;
  input: number | null;
  product: number;
}
export interface WeightLink extends Place {
  gradient: number;
  /** What the weight is used for. */
  user: Value;
  shares: Share[];
}

/** More numbers than this are not followed one by one. */
const MOST = 1024;
const largest = (items: { product: number }[]) => items.reduce((best, item, i) => (Math.abs(item.product) > Math.abs(items[best]!.product) ? i : best), 0);
const close = (a: number, b: number, size: number) => Math.abs(a - b) <= 1e-4 * size + 1e-12;

/** A reshaped, or a dropped-out value with rate 0: the same number under another name. */
export const passes = (link: Link): boolean => link.paths.length === 1 && link.paths[0]!.inner === 1 && ['dropout', 'reshape', 'identity'].includes(link.paths[0]!.value.op);

export async function weightLink(held: HeldStep, weight: Value, at: number): Promise<WeightLink> {
  const user = usersOf(held.graph, weight)[0]!;
  const gradient = (await held.gradients(weight))[at]!;
  // A weighted sum has one product for each of its rows; anything else is told by example.
  const linear = user.op === 'linear';
  const out = user.shape.at(-1)!;
  const width = linear ? out : perExample(user), rows = count(user) / width;
  const products = await held.parts(weight, at, user, { width, stride: width, count: rows, weighed: true });
  const shares = Array.from(products, (product, row): Share => ({ row, delta: null, input: null, product }));
  if (linear) {
    const from = held.graph.values[user.from[0]!]!;
    const features = from.shape.at(-1)!;
    const [deltas, inputs] = await Promise.all([held.gradients(user), held.values(from)]);
    const unit = weight.shape.length > 1 ? Math.floor(at / features) : at;
    const size = Math.max(...shares.map(({ product }) => Math.abs(product)));
    const factors = shares.map(({ row }) => ({ delta: deltas[row * out + unit] ?? NaN, input: weight.shape.length > 1 ? (inputs[row * features + (at % features)] ?? NaN) : 1 }));
    // A layer may use a part of a matrix only; then its rows lie elsewhere, and the products tell.
    if (factors.every(({ delta, input }, i) => close(delta * input, shares[i]!.product, size))) factors.forEach((factor, i) => Object.assign(shares[i]!, factor));
  }
  return { value: weight, at, gradient, user, shares };
}

/** The number of `user` in one of its rows through which the weight acts most. */
export async function firstPlace(held: HeldStep, { value, at, user, shares }: WeightLink, row: number): Promise<Place> {
  const width = count(user) / shares.length;
  const inner = await held.parts(value, at, user, { from: row * width, width: 1, stride: 1, count: Math.min(width, MOST) });
  const outer = await held.gradients(user);
  const products = Array.from(inner, (d, i) => ({ product: d * (outer[row * width + i] ?? 0) }));
  // Where no gradient arrives, the weight still acts on a number.
  const acts = products.some(({ product }) => product !== 0) ? products : Array.from(inner, (product) => ({ product }));
  return { value: user, at: row * width + largest(acts) };
}

/** ∂L/∂x of one number; null at the loss itself. */
export async function link(held: HeldStep, { value, at }: Place): Promise<Link | null> {
  if (value === held.graph.loss) return null;
  const gradient = (await held.gradients(value))[at]!;
  const paths: Path[] = [];
  for (const user of usersOf(held.graph, value)) {
    const outer = await held.gradients(user);
    const n = count(user);
    const range = rangeOf(value, at, user, n);
    const add = (from: number, stride: number, inner: ArrayLike<number>) => {
      for (let i = 0; i < inner.length; i++) {
        const y = from + i * stride;
        if (inner[i] !== 0) paths.push({ value: user, at: y, outer: outer[y]!, inner: inner[i]!, product: outer[y]! * inner[i]! });
      }
    };
    if (range.count <= MOST) add(range.from, range.stride, await held.parts(value, at, user, { ...range, width: 1 }));
    else {
      // A pixel of a large picture: the engine names some of the numbers that it feeds.
      const { used_by = [] } = await held.element(value, at);
      for (const ref of used_by) {
        if (ref.value !== user.name) continue;
        const y = flatOf(user, ref.index);
        add(y, 1, await held.parts(value, at, user, { from: y, width: 1, count: 1 }));
      }
    }
  }
  const rest = gradient - paths.reduce((sum, { product }) => sum + product, 0);
  return { value, at, gradient, paths, rest: close(rest, 0, Math.max(Math.abs(gradient), ...paths.map((p) => Math.abs(p.product)))) ? 0 : rest, next: paths.length ? largest(paths) : 0 };
}

/** The numbers of `user` that one number can reach: those of its example, or of its row; of its channel, in all examples, where a layer norms the batch. */
function rangeOf(value: Value, at: number, user: Value, n: number): { from: number; stride: number; count: number } {
  if (user.op === 'batch_norm' && user.shape.length === 2) return { from: at % user.shape[1]!, stride: user.shape[1]!, count: user.shape[0]! };
  if (user.op === 'batch_norm' || !batched(value) || !batched(user) || value.shape[0] !== user.shape[0]) return { from: 0, stride: 1, count: n };
  // A weighted sum reads one row and writes one.
  const rows = user.op === 'linear' && count(value) / value.shape.at(-1)! === n / user.shape.at(-1)!;
  if (rows) return { from: Math.floor(at / value.shape.at(-1)!) * user.shape.at(-1)!, stride: 1, count: user.shape.at(-1)! };
  const width = perExample(user);
  return { from: Math.floor(at / perExample(value)) * width, stride: 1, count: width };
}

/** From a number to the loss, along the paths chosen (by name of the value, else the largest). */
export async function chain(held: HeldStep, start: Place, chosen: ReadonlyMap<string, number>): Promise<Link[]> {
  const links: Link[] = [];
  for (let place: Place | undefined = start; place; ) {
    const here: Link | null = await link(held, place);
    if (!here) break;
    const wanted = here.paths.findIndex((path) => chosen.get(path.value.name) === path.at);
    if (wanted >= 0) here.next = wanted;
    links.push(here);
    place = here.paths[here.next];
  }
  return links;
}

/** From the data to a number: what it was computed from, along the largest term each time, or along `weight`'s own. */
export async function upstream(held: HeldStep, start: Place, weight: Place): Promise<Place[]> {
  const places: Place[] = [];
  const { graph } = held;
  for (let place: Place | undefined = start; place; ) {
    const { value, at } = place as Place;
    const e: Explanation = await held.element(value, at);
    const row: number = batched(value) ? Math.floor(at / perExample(value)) : 0;
    const refs = (e.terms ?? []).map((term) => ({ term, refs: [term.a_ref, term.b_ref].filter((ref) => !!ref) }));
    const own = refs.find(({ refs: of }) => of.some((ref) => ref.value === weight.value.name && flatOf(weight.value, ref.index) === weight.at));
    const most = own ?? refs.reduce<(typeof refs)[number] | undefined>((best, item) => (!best || Math.abs(item.term.a * (item.term.b ?? 1)) > Math.abs(best.term.a * (best.term.b ?? 1)) ? item : best), undefined);
    const source: { value: string; index: number[] } | null | undefined = most?.refs.find((ref) => computed(graph.byName.get(ref.value)!)) ?? e.z_ref;
    const from: Value | undefined = source ? graph.byName.get(source.value) : undefined;
    place = from && computed(from) ? { value: from, at: flatOf(from, source!.index, row) } : undefined;
    if (place) places.unshift(place);
  }
  return places;
}

export type { Graph };
