// The past of a run: states kept along the way, thinned so that memory stays bounded, and the settings that held at each.
// Any step is reached again by loading the state before it and training on from there; since a step depends on nothing but
// the state, the settings and its number, that lands on the same bits.
import type { HistoryData, Params } from './protocol';

/** When either is reached, every second state goes and the distance doubles. */
export const MAX_STATES = 512;
export const MAX_BYTES = 48e6;
/** Keeping a state takes at most this share of the time of training. */
const SHARE = 0.02;
/** Shortest training between two states, ms. */
const SHORTEST_MS = 8;
/** Somebody who drags a slider for minutes while the run goes on makes many; then the past begins anew. */
export const MAX_CHANGES = 4096;
/** Marks of changes closer than this part of the run are one. */
export const MARKS = 256;

interface Kept {
  step: number;
  bytes: Uint8Array;
  /** How many of the changes it has seen. */
  seen: number;
}
/** The furthest point that the run has reached. */
interface Head {
  step: number;
  /** Where it broke: the step of its last good state. */
  good: number | null;
}

/** Settings that held from a step on. */
export interface Change {
  step: number;
  params: Params;
  /** Only numbers differ from what held before. */
  soft: boolean;
}

export class Timeline {
  private kept: Kept[] = [];
  private changes: Change[] = [];
  private bytes = 0;
  /** How often the states were thinned. */
  private thinned = 0;
  private trained = 0;
  private cost = 0.1;
  /** The furthest state, while an earlier one is looked at. */
  private head: Head | null = null;
  private good: number | null = null;
  private rows: HistoryData | null = null;

  /** First and last step that can be looked at; `at` is the present one. */
  range(at: number): { first: number; last: number } {
    return { first: this.kept[0]?.step ?? at, last: Math.max(this.head?.step ?? 0, at) };
  }
  get lookingBack(): boolean {
    return this.head !== null;
  }
  /** Steps at which settings changed while the run went on. */
  get changed(): number[] {
    const first = this.kept[0]?.step ?? 0;
    const apart = ((this.changes.at(-1)?.step ?? 0) - first) / MARKS;
    const marks: number[] = [];
    for (const { step } of this.changes) if (step > first && (!marks.length || step > marks.at(-1)! + apart)) marks.push(step);
    return marks;
  }
  /** So many changes that the past has to begin anew. */
  get crowded(): boolean {
    return this.changes.length > MAX_CHANGES;
  }

  /** A run begins with this state; `rows`: what was recorded before, where it had begun elsewhere. */
  begin(step: number, bytes: Uint8Array, params: Params, rows: HistoryData | null = null): void {
    this.kept = [{ step, bytes, seen: 1 }];
    this.bytes = bytes.length;
    this.changes = [{ step, params, soft: false }];
    this.head = this.good = null;
    this.rows = rows;
    this.thinned = this.trained = 0;
  }

  /** Settings changed at `step`, without a new beginning. What lay beyond has not happened under them. */
  change(step: number, params: Params): void {
    this.cut(step);
    const last = this.changes.at(-1)!;
    const differing = Object.keys(params).filter((key) => JSON.stringify(params[key]) !== JSON.stringify(last.params[key]));
    if (!differing.length) return;
    // Between two steps the last of several numbers counts. Other settings leave traces: a change of optimizer and back
    // clears what it had gathered.
    const soft = differing.every((key) => typeof params[key] === 'number');
    if (soft && last.soft && last.step === step) this.changes.pop();
    this.changes.push({ step, params, soft });
  }

  /** `ms` of training went by; whether the present state is worth keeping. */
  due(ms: number): boolean {
    this.trained += ms;
    return this.trained >= Math.max(SHORTEST_MS, this.cost / SHARE) * 2 ** this.thinned;
  }
  /** Keeps the state after `step`; `cost` is what it took to copy, ms. */
  keep(step: number, bytes: Uint8Array, cost: number): void {
    this.trained = 0;
    this.cost = (3 * this.cost + cost) / 4;
    if (step <= this.kept.at(-1)!.step) return;
    this.kept.push({ step, bytes, seen: this.changes.length });
    this.bytes += bytes.length;
    if (this.kept.length < MAX_STATES && this.bytes < MAX_BYTES) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0);
    this.bytes = this.kept.reduce((sum, { bytes: b }) => sum + b.length, 0);
    this.thinned++;
  }

  /** Before an earlier state is loaded: how far the run has come, and what was recorded up to there. */
  lookBack(step: number, good: number | null, rows: HistoryData): void {
    this.head = { step, good };
    this.good = good;
    this.rows = rows;
  }
  /** Whether the run broke where it ended. */
  get broke(): boolean {
    return this.head !== null && this.head.good !== null;
  }
  /** Step of the last good state of a run that broke; loading others makes the engine forget it. */
  get goodStep(): number | null {
    return this.good;
  }
  /**
   * The state from which `step` is reached soonest, with the settings it was kept under. One before it, if there is one: the
   * gradients and the loss that are shown are those of the step that led there.
   */
  nearest(step: number): { step: number; bytes: Uint8Array; params: Params } {
    let best = this.kept[0]!;
    for (const kept of this.kept) if (kept.step < step) best = kept;
    return { step: best.step, bytes: best.bytes, params: this.changes[best.seen - 1]!.params };
  }
  /** About `most` of the states kept up to `step`, evenly along the way; the first is always among them. */
  states(most: number, step: number): { step: number; bytes: Uint8Array }[] {
    const kept = this.kept.filter((one) => one.step <= step);
    const apart = Math.max(1, (step - this.kept[0]!.step) / Math.max(1, most - 1));
    const out: { step: number; bytes: Uint8Array }[] = [];
    for (const { step: at, bytes } of kept) if (!out.length || at >= out.at(-1)!.step + apart) out.push({ step: at, bytes });
    return out;
  }
  /** The settings that follow, in their order, on those of the state kept at `step` (`from` it) or of the steps before. */
  changesAt(step: number, from = false): Params[] {
    const seen = from ? (this.kept.find((kept) => kept.step === step)?.seen ?? 0) : 0;
    return this.changes.slice(seen).filter((change) => change.step === step).map((change) => change.params);
  }
  /** The next step after `step` at which settings changed. */
  nextChange(step: number): number {
    return this.changes.find((change) => change.step > step)?.step ?? Infinity;
  }
  /** The furthest state is the present one again. */
  arrive(): void {
    this.head = null;
  }

  /** The run goes on from `step`: what lay beyond is no longer its future. */
  cut(step: number): void {
    if (step < this.range(step).last) this.good = null;
    this.kept = this.kept.filter((kept, i) => i === 0 || kept.step <= step);
    this.bytes = this.kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.changes = this.changes.filter((change, i) => i === 0 || change.step <= step);
    this.head = null;
    if (this.rows) this.rows = upTo(this.rows, step);
  }

  /** What was recorded of the whole run. Loading an earlier state makes the engine forget what came after it. */
  history(now: HistoryData): HistoryData {
    return this.rows ? joined(this.rows, now) : now;
  }
}

function upTo(history: HistoryData, step: number): HistoryData {
  const width = history.names.length;
  let rows = 0;
  while (rows < history.rows && history.data[rows * width]! <= step) rows++;
  return { ...history, rows, data: history.data.slice(0, rows * width) };
}

/** As many strides as the engine keeps rows of (labs/lab.cpp). */
const STRIDES = 512;
const divisor = (a: number, b: number): number => (b ? divisor(b, a % b) : a);

/** Rows of both, by step; where both have one they are the same. Thinned as the engine would have thinned them in one run. */
function joined(a: HistoryData, b: HistoryData): HistoryData {
  const width = b.names.length;
  const all = merged(a, b);
  const steps = Array.from({ length: all.rows }, (_, r) => all.data[r * width]!);
  const last = steps.at(-1) ?? 0;
  let stride = steps.reduce(divisor, 0); // 0: nothing but step 0
  if (last < STRIDES * stride || !stride) return all;
  while (last >= STRIDES * stride) stride *= 2;
  const kept = steps.flatMap((step, r) => (step % stride ? [] : [...all.data.subarray(r * width, (r + 1) * width)]));
  return { names: b.names, rows: kept.length / width, data: Float64Array.from(kept) };
}
function merged(a: HistoryData, b: HistoryData): HistoryData {
  const width = b.names.length;
  const data: number[] = [];
  let i = 0, j = 0, rows = 0;
  while (i < a.rows || j < b.rows) {
    const s = i < a.rows ? a.data[i * width]! : Infinity, t = j < b.rows ? b.data[j * width]! : Infinity;
    const from = t <= s ? b : a, at = t <= s ? j : i;
    for (let c = 0; c < width; c++) data.push(from.data[at * width + c]!);
    if (s <= t) i++;
    if (t <= s) j++;
    rows++;
  }
  return { names: b.names, rows, data: Float64Array.from(data) };
}
