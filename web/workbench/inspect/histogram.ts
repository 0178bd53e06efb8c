// Histograms over the run: what was sampled is kept, thinned so that memory stays bounded, and brought to a common axis for drawing.

export const BINS = 32;
/** When so many are kept, every second one goes. */
export const MOST = 64;

/** One tensor's histogram: smallest and largest number, and how many lie in each of the equal parts between them. */
export interface Histogram {
  lo: number;
  hi: number;
  counts: ArrayLike<number>;
}
export interface Sample {
  step: number;
  /** In the order in which they were asked for. */
  histograms: Histogram[];
}

/** What the engine read: the step in the first row, then a histogram a row. */
export function sampleOf(data: Float32Array, series: number): Sample {
  const width = data.length / (series + 1);
  const row = (i: number): Histogram => ({ lo: data[i * width]!, hi: data[i * width + 1]!, counts: data.subarray(i * width + 2, (i + 1) * width) });
  return { step: data[0]! + data[1]! * 2 ** 20, histograms: Array.from({ length: series }, (_, i) => row(i + 1)) };
}

/** With a new sample in its place; those beyond `last` belong to a future that was given up. */
export function added(samples: Sample[], sample: Sample, last: number): Sample[] {
  const kept = samples.filter(({ step }) => step !== sample.step && step <= last);
  kept.push(sample);
  kept.sort((a, b) => a.step - b.step);
  if (kept.length < MOST) return kept;
  // The first, the newest and the one just taken stay.
  return kept.filter((one, i) => i % 2 === 0 || one === sample || i === kept.length - 1);
}

/** Of those kept about `most`, evenly along the run, with the one at `present` among them. */
export function chosen(samples: Sample[], most: number, present: Sample | null): Sample[] {
  if (samples.length <= most) return samples;
  const first = samples[0]!.step, span = samples.at(-1)!.step - first || 1;
  const places = new Map<number, Sample>();
  for (const sample of samples) places.set(Math.round(((sample.step - first) / span) * (most - 1)), sample);
  const out = [...places.values()];
  if (present && !out.includes(present)) out.push(present);
  return out.sort((a, b) => a.step - b.step);
}

/** The range that all of them lie in; never empty, and with zero inside where it is near. */
export function rangeOf(histograms: Histogram[]): [number, number] {
  let lo = Math.min(...histograms.map((h) => h.lo)), hi = Math.max(...histograms.map((h) => h.hi));
  if (!Number.isFinite(lo) || !Number.isFinite(hi)) return [-1, 1];
  if (lo > 0 && lo < 0.5 * hi) lo = 0;
  if (hi < 0 && hi > 0.5 * lo) hi = 0;
  const room = (hi - lo || Math.abs(hi) || 1) * 0.02;
  return [lo - room, hi + room];
}

/** Shares of all numbers in `bins` equal parts of [lo, hi]; a part of the histogram that lies across a border is split. */
export function spread({ lo, hi, counts }: Histogram, [from, to]: [number, number], bins: number): Float64Array {
  const out = new Float64Array(bins);
  const per = bins / (to - from), width = (hi - lo) / counts.length;
  let total = 0;
  for (let k = 0; k < counts.length; k++) total += counts[k]!;
  for (let k = 0; k < counts.length; k++) {
    if (!counts[k]) continue;
    const a = (lo + k * width - from) * per, b = (lo + (k + 1) * width - from) * per;
    for (let i = Math.max(0, Math.floor(a)); i <= Math.min(bins - 1, Math.floor(b)); i++) {
      const part = b > a ? (Math.min(b, i + 1) - Math.max(a, i)) / (b - a) : 1;
      out[i]! += (counts[k]! / total) * Math.max(0, part);
    }
  }
  return out;
}
