// The reader's own measurement: the worker, and what it has found so far. Every chart of the page looks at this one store.
import type { ModelSpec } from '../../api/index';
import { countOf, pointOf, type Found, type Plan } from './measure';
import type { FromWorker, ToWorker } from './cost.worker';
import { sweepIds, type AnySweep, type Points, type SweepId } from './sweeps';

export type State = 'idle' | 'running' | 'stopped' | 'done' | 'failed';

class Device {
  state: State = 'idle';
  points: Points = {};
  /** Share of the measurement that is done, 0…1. */
  progress = 0;
  /** The sweep being measured. */
  current: AnySweep | null = null;
  reason = '';

  private worker: Worker | null = null;
  private settle: (() => void) | null = null;
  private readonly listeners = new Set<() => void>();

  /** Calls back after every change; gives what ends it. */
  onchange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Measures what the plan says; what was measured of other sweeps stays. Resolves when it has ended, well or not. */
  measure(plan: Plan): Promise<void> {
    this.stop();
    const all = countOf(plan);
    const rounds = new Map<string, Found[]>();
    let received = 0;
    const worker = newWorker();
    this.worker = worker;
    for (const sweep of plan.sweeps) delete this.points[sweep];
    this.set({ state: 'running', progress: 0, current: plan.sweeps[0] ?? null, reason: '' });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if ('failed' in data) this.end('failed', data.failed);
      else if ('done' in data) this.end('done');
      else if ('found' in data) {
        const { found } = data, key = `${found.sweep} ${found.size}`;
        rounds.set(key, [...(rounds.get(key) ?? []), found]);
        const others = (this.points[found.sweep] ?? []).filter(({ size }) => size !== found.size);
        this.points = { ...this.points, [found.sweep]: [...others, pointOf(rounds.get(key)!)].sort((a, b) => a.size - b.size) };
        this.set({ progress: ++received / all, current: found.sweep });
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end('failed', event.message);
    };
    worker.postMessage(plan satisfies ToWorker);
    return new Promise((done) => (this.settle = done));
  }

  /** Ends a measurement; what it has found stays. */
  stop(): void {
    if (this.worker) this.end('stopped');
  }

  private end(state: State, reason = ''): void {
    this.worker?.terminate();
    this.worker = null;
    this.set({ state, reason, current: null });
    this.settle?.();
    this.settle = null;
  }
  private set(change: Partial<Pick<Device, 'state' | 'progress' | 'current' | 'reason'>>): void {
    Object.assign(this, change);
    for (const listener of this.listeners) listener();
  }
}

export const device = new Device();

const newWorker = () => new Worker(new URL('./cost.worker.ts', import.meta.url), { type: 'module' });

/** Seconds of one training step of each spec on this device; aborted, the promise is refused. */
export function measureSteps(specs: readonly ModelSpec[], { rounds, budget_ms }: Omit<Plan, 'sweeps'>, signal: AbortSignal): Promise<number[]> {
  const worker = newWorker();
  return new Promise<number[]>((found, refused) => {
    signal.addEventListener('abort', () => refused(signal.reason as Error));
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => ('steps' in data ? found(data.steps) : refused(new Error('failed' in data ? data.failed : '')));
    worker.onerror = (event) => {
      event.preventDefault();
      refused(new Error(event.message));
    };
    worker.postMessage({ specs, rounds, budget_ms } satisfies ToWorker);
  }).finally(() => worker.terminate());
}

/** Three rounds take about ten seconds on a laptop. `quick`: to see that it works. */
export const planFor = (only: SweepId | null, quick: boolean): Plan => ({
  sweeps: only ? [only] : sweepIds,
  ...(quick ? { rounds: 1, budget_ms: 1 } : { rounds: only ? 5 : 3, budget_ms: 60 }),
});
