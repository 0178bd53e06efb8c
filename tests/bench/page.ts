// The page in which one library runs one workload. run.mjs opens it anew for each and calls window.bench.
import type { Engine, Instance } from './engines/engine';
import { workloads } from './workloads';

const engines: Record<string, () => Promise<{ load(): Promise<Engine> }>> = {
  playgrad: () => import('./engines/playgrad'),
  tfjs: () => import('./engines/tfjs'),
  jax: () => import('./engines/jax'),
  convnet: () => import('./engines/convnet'),
};

/** Losses that are compared, from the first step on. */
const CHECKED = 5;

interface Timing {
  warm_ms: number;
  repeat_ms: number;
  repeats: number;
}

export type Cell =
  /** It cannot be done, and why. */
  | { reason: string; version: string }
  /** Steps per second of each repeat. */
  | { rates: number[]; losses: number[]; pace: number; version: string; note?: string };

/** Millions of rounds a second of a fixed loop: what the machine gives at this moment. The best of five, as others come and go. */
function pace(): number {
  let best = 0;
  for (let k = 0; k < 5; k++) {
    const start = performance.now();
    let hash = 1;
    for (let i = 0; i < 2e6; i++) hash = Math.imul(hash ^ i, 0x01000193) + (hash >>> 15);
    const rounds = hash === 0 ? 2e6 - 1 : 2e6; // the loop's result is used: it cannot be dropped
    best = Math.max(best, rounds / 1000 / (performance.now() - start));
  }
  return best;
}

async function measure(instance: Instance, batches: number, { warm_ms, repeat_ms, repeats }: Timing): Promise<{ rates: number[]; losses: number[]; pace: number }> {
  let next = 0;
  const run = async (n: number) => {
    if (instance.steps) instance.steps(n);
    else {
      for (let k = 0; k < n; k++) {
        const asked = instance.step(next++ % batches);
        if (asked) await asked;
      }
    }
    await instance.sync?.();
  };
  const losses: number[] = [];
  for (let k = 0; instance.loss && k < CHECKED; k++) {
    await run(1);
    losses.push(await instance.loss());
  }
  // The clock is looked at about every 10 ms of work.
  let block = 1;
  const steps = async (ms: number) => {
    let done = 0, now = performance.now();
    const start = now;
    for (; now - start < ms; now = performance.now()) {
      await run(block);
      done += block;
    }
    return (done * 1000) / (now - start);
  };
  const warm = performance.now();
  while (performance.now() - warm < warm_ms) block = Math.min(1e5, Math.max(1, Math.round((await steps(warm_ms / 20)) / 100)));
  const before = pace(), rates: number[] = [];
  for (let k = 0; k < repeats; k++) rates.push(await steps(repeat_ms));
  return { rates, losses, pace: Math.min(before, pace()) };
}

async function cell(engine: string, id: string, timing: Timing): Promise<Cell> {
  if (id.includes('/')) return { ...(await measure(await (await import('./engines/labs')).create(id), 1, timing)), version: '' };
  const library = await (await engines[engine]!()).load();
  const { version } = library, reason = library.cannot?.[id] ?? library.cannot?.[id.split('-')[0]!];
  if (reason) return { reason, version };
  const work = workloads.find((workload) => workload.id === id)!.make();
  const instance = await library.create(work);
  return { ...(await measure(instance, work.batches.length, timing)), version, note: instance.note };
}

/** Milliseconds from W1's first step until a window of 20 ms is within a tenth of the speed that it comes to. In a page where nothing ran before. */
async function tierUp(): Promise<number> {
  const library = await (await engines['playgrad']!()).load();
  const work = workloads.find(({ id }) => id === 'W1')!.make();
  const instance = await library.create(work);
  const rates: number[] = [], begin = performance.now();
  for (let i = 0; performance.now() - begin < 1500; ) {
    let done = 0, now: number;
    const start = performance.now();
    do {
      for (let k = 0; k < 20; k++) void instance.step(i++ % work.batches.length);
      done += 20;
      now = performance.now();
    } while (now - start < 20);
    rates.push(done / (now - start));
  }
  const last = rates.slice(-30).sort((a, b) => a - b), full = last[last.length >> 1]!;
  return 20 * (rates.findIndex((rate) => rate >= 0.9 * full) + 1);
}

async function list() {
  const presets = await (await import('./engines/labs')).list();
  return {
    engines: Object.keys(engines),
    workloads: [...workloads.map(({ id, title, flops }) => ({ id, title, flops })), ...presets.map((id) => ({ id, title: `the lab's preset ${id}`, engines: ['playgrad'] }))],
  };
}

declare global {
  interface Window {
    bench: { list: typeof list; cell: typeof cell; tierUp: typeof tierUp };
  }
}
window.bench = { list, cell, tierUp };
