// The past of a run: states kept along the way, thinned so that memory stays bounded, and the settings that held at each.
// Any step is reached again by loading the state before it and training on from there; since a step depends on nothing but
// the state, the settings and its number, that lands on the same bits.
import type { HistoryData, Params } from './protocol';

/** When either is reached, every second state goes and the distance doubles. */
const MAX_STATES = 128;
const MAX_BYTES = 48e6;
/** Keeping a state takes at most this share of the time of training. */
const SHARE = 0.02;
/** Shortest training between two states, ms. */
const SHORTEST_MS = 8;

interface Kept {
  step: number;
  bytes: Uint8Array;
  params: Params;
}
/** The furthest point that the run has reached; without a state where it broke there. */
interface Head {
  step: number;
  kept: Kept | null;
}

/** Settings that held from a step on. */
export interface Change {
  step: number;
  params: Params;
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
    return this.changes.slice(1).map((change) => change.step);
  }

  /** A run begins with this state. */
  begin(step: number, bytes: Uint8Array, params: Params): void {
    this.kept = [{ step, bytes, params }];
    this.bytes = bytes.length;
    this.changes = [{ step, params }];
    this.head = this.rows = null;
    this.thinned = this.trained = 0;
  }

  /** Settings changed at `step`, without a new beginning. What lay beyond has not happened under them. */
  change(step: number, params: Params): void {
    this.cut(step);
    this.changes = [...this.changes.filter((change) => change.step < step), { step, params }];
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
    this.kept.push({ step, bytes, params: this.paramsAt(step) });
    this.bytes += bytes.length;
    if (this.kept.length < MAX_STATES && this.bytes < MAX_BYTES) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0);
    this.bytes = this.kept.reduce((sum, { bytes: b }) => sum + b.length, 0);
    this.thinned++;
  }

  /** Before an earlier state is loaded: the furthest one is kept whole, with what was recorded up to there. */
  lookBack(step: number, bytes: Uint8Array | null, rows: HistoryData): void {
    this.head = { step, kept: bytes && { step, bytes, params: this.paramsAt(step) } };
    this.rows = rows;
  }
  /** Whether the run broke where it ended. */
  get broke(): boolean {
    return this.head !== null && !this.head.kept;
  }
  /** The state from which `step` is reached soonest. */
  nearest(step: number): Kept {
    if (this.head?.kept && step >= this.head.step) return this.head.kept;
    let best = this.kept[0]!;
    for (const kept of this.kept) if (kept.step <= step) best = kept;
    return best;
  }
  /** Settings with which the step after `step` is made. */
  paramsAt(step: number): Params {
    return this.changes.findLast((change) => change.step <= step)?.params ?? this.changes[0]!.params;
  }
  /** The next change after `step`. */
  nextChange(step: number): Change | undefined {
    return this.changes.find((change) => change.step > step);
  }
  /** The furthest state is the present one again. */
  arrive(): void {
    this.head = null;
  }

  /** The run goes on from `step`: what lay beyond is no longer its future. */
  cut(step: number): void {
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

/** Rows of both, by step; where both have one they are the same. */
function joined(a: HistoryData, b: HistoryData): HistoryData {
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
