// The learning-rate range test (Smith 2017, "Cyclical Learning Rates for Training Neural Networks"): the rate grows from step to
// step, and the loss tells where it begins to help and where it begins to harm.
import type { EngineClient } from '../../engine/engine-client';
import type { Params } from '../../engine/protocol';

export const STEPS = 160;
/** Weight of what was before in the running mean of the loss: single batches tremble. */
const SMOOTH = 0.9;
/** Share of its whole fall after which the loss has clearly begun to fall. */
const BEGUN = 0.1;
/** So far above its lowest, the loss has left for good. */
const BROKEN = 4;

export interface Range {
  lr: number[];
  /** Running mean of the batches' losses. */
  loss: number[];
}
export interface Advice {
  /** Where the loss has begun to fall, and a third of where it is lowest: what lies between is worth trying. */
  from: number;
  to: number;
  /** A tenth of the rate at which the loss is lowest: a safe choice. */
  lr: number;
}

/** Rates of the test, equally far from each other as ratios. */
export const rates = (lo: number, hi: number): number[] => Array.from({ length: STEPS }, (_, i) => Number((lo * (hi / lo) ** (i / (STEPS - 1))).toPrecision(6)));

/** Trains once through all rates from the first weights. Calls back after each; ends early where the loss breaks. */
export async function measure(client: EngineClient, lab: string, params: Params, lrs: number[], seen: (range: Range) => void, signal: AbortSignal): Promise<Range> {
  const range: Range = { lr: [], loss: [] };
  // What would change the rate by itself is left out.
  await client.request('create', { lab, params: { ...params, ...('schedule' in params ? { schedule: 'constant', warmup_steps: 0 } : {}), epochs: 0 }, past: false });
  let mean = 0, lowest = Infinity;
  for (const lr of lrs) {
    if (signal.aborted) break;
    await client.set({ lr });
    const { status, done } = await client.step(1);
    if (done === 0 || status.state !== 'ready' || typeof status.loss !== 'number') break;
    const k = range.lr.length;
    mean = SMOOTH * mean + (1 - SMOOTH) * status.loss;
    const loss = mean / (1 - SMOOTH ** (k + 1));
    range.lr.push(lr);
    range.loss.push(loss);
    seen(range);
    lowest = Math.min(lowest, loss);
    if (loss > BROKEN * lowest && k > STEPS / 8) break;
  }
  return range;
}

/** What the curve says; null where it never falls. */
export function advise({ lr, loss }: Range): Advice | null {
  if (lr.length < 8) return null;
  const lowest = loss.indexOf(Math.min(...loss));
  if (lowest < 3 || loss[lowest]! > 0.98 * loss[0]!) return null;
  const begun = loss[0]! - BEGUN * (loss[0]! - loss[lowest]!);
  const to = lr[lowest]! / 3;
  return { from: Math.min(lr[loss.findIndex((v) => v < begun)]!, to), to, lr: Number((lr[lowest]! / 10).toPrecision(1)) };
}
