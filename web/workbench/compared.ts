// Runs beside the one on the stage: up to eight, each in a worker of its own, from the same first weights (the engine draws them
// by seed and name). At most as many train at once as the machine has cores, in short turns, the least advanced first: so they
// grow together, and the page keeps its share.
import { EngineError } from '../engine/errors';
import type { EngineClient } from '../engine/engine-client';
import type { HistoryData, Params, Snapshot, Status } from '../engine/protocol';
import { sameValue } from '../site/state/url';

/** As many as there are inks that can be told apart. */
export const MOST = 8;
/** A run's turn, ms: long against the messages, short against the reader's patience. */
const TURN_MS = 120;
/** Pictures of a run on its way: four a second are enough to watch it grow; runs that share a core share them too. */
const DRAW_MS = 250;

export type RunState = 'waiting' | 'training' | 'done' | 'stopped' | 'failed' | 'pinned';

export interface Compared {
  readonly id: number;
  readonly params: Params;
  /** Which of the eight inks. */
  readonly ink: number;
  /** Step at which it rests. */
  target: number;
  state: RunState;
  status: Status | null;
  history: HistoryData | null;
  /** The newest values, in the order of the schema's metrics. */
  metrics: Float64Array | null;
  /** Step that `history` and `metrics` belong to. */
  drawnAt: number;
  error: string;
}

interface Worker {
  client: EngineClient;
  busy: boolean;
  msPerStep: number;
  /** Lets the next picture come; null: it may. */
  next: (() => void) | null;
}

export class ComparedRuns {
  runs: Compared[] = [];
  private readonly workers = new Map<number, Worker>();
  private nextId = 1;

  constructor(
    private readonly lab: string,
    /** `frame` calls back when the next picture may come. */
    private readonly makeClient: (frame: (callback: () => void) => void) => EngineClient,
    private readonly changed: () => void,
    private readonly cores = Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1),
  ) {}

  get training(): boolean {
    return this.runs.some((run) => run.state === 'waiting' || run.state === 'training');
  }

  /** Adds runs; those that find no room are left out. How many were added. */
  add(all: Params[], steps: number): number {
    let added = 0;
    for (const params of all) {
      const run = this.room(params, steps);
      if (!run) break;
      run.state = 'waiting';
      added++;
    }
    this.changed();
    this.pump();
    return added;
  }
  /** Keeps a curve as it is. */
  pin(params: Params, { history, metrics, status }: Snapshot): boolean {
    const run = this.room(params, status.step);
    if (run) Object.assign(run, { state: 'pinned', status, history, metrics, drawnAt: status.step });
    this.changed();
    return run !== null;
  }
  private room(params: Params, target: number): Compared | null {
    const ink = Array.from({ length: MOST }, (_, k) => k).find((k) => this.runs.every((run) => run.ink !== k));
    if (ink === undefined) return null;
    const run: Compared = { id: this.nextId++, params, ink, target, state: 'waiting', status: null, history: null, metrics: null, drawnAt: -1, error: '' };
    this.runs = [...this.runs, run];
    return run;
  }

  remove(id: number): void {
    this.end(id);
    this.runs = this.runs.filter((run) => run.id !== id);
    this.changed();
    this.pump();
  }
  clear(): void {
    for (const { id } of this.runs) this.end(id);
    this.runs = [];
    this.changed();
  }
  /** What has been trained so far stays. */
  stop(): void {
    for (const run of this.runs) if (run.state === 'waiting' || run.state === 'training') this.settle(run, 'stopped');
    this.changed();
  }

  private end(id: number): void {
    this.workers.get(id)?.client.dispose();
    this.workers.delete(id);
  }
  private settle(run: Compared, state: RunState, error = ''): void {
    run.state = state;
    run.error = error;
    this.end(run.id);
  }

  /** Gives free cores to the runs that are least far. */
  private pump(): void {
    for (;;) {
      const busy = [...this.workers.values()].filter((worker) => worker.busy).length;
      if (busy >= this.cores) return;
      const far = (run: Compared) => (run.status?.step ?? 0) / run.target;
      const [next] = this.runs
        .filter((run) => (run.state === 'waiting' || run.state === 'training') && !this.workers.get(run.id)?.busy && !this.over(run))
        .sort((a, b) => far(a) - far(b));
      if (!next) return;
      void this.turn(next);
    }
  }

  private async turn(run: Compared): Promise<void> {
    let worker = this.workers.get(run.id);
    try {
      if (!worker) {
        worker = { client: this.makeClient((callback) => this.pace(run, callback)), busy: true, msPerStep: 1, next: null };
        this.workers.set(run.id, worker);
        worker.client.onsnapshot = (snapshot) => this.drawn(run, snapshot);
        await worker.client.request('create', { lab: this.lab, params: run.params, past: false });
        if (this.workers.get(run.id) !== worker) return; // stopped meanwhile
        run.state = 'training';
      }
      worker.busy = true;
      const begin = performance.now();
      const n = Math.min(run.target - (run.status?.step ?? 0), Math.max(1, Math.round(TURN_MS / worker.msPerStep)));
      const { status, done } = await worker.client.step(n);
      if (this.workers.get(run.id) !== worker) return;
      if (done) worker.msPerStep = (performance.now() - begin) / done;
      run.status = status;
      worker.busy = false;
      if (this.over(run)) {
        this.drawn(run, null); // its last picture may have come
        worker.next?.(); // or need not wait any longer
      }
    } catch (thrown) {
      const error = thrown instanceof EngineError ? thrown : new EngineError({ code: 'internal', message: String(thrown) });
      if (error.code !== 'disposed' && this.runs.includes(run)) this.settle(run, 'failed', error.message);
    }
    this.changed();
    this.pump();
  }

  /** Calls back when the next picture of a run may come. Each costs a look at all the data; nobody waits for the last one. */
  private pace(run: Compared, callback: () => void): void {
    const worker = this.workers.get(run.id);
    if (!worker || this.over(run)) return callback();
    const next = () => {
      if (worker.next !== next) return;
      worker.next = null;
      callback();
    };
    worker.next = next;
    setTimeout(next, DRAW_MS * Math.max(1, this.workers.size / this.cores));
  }

  private over(run: Compared): boolean {
    return run.status !== null && (run.status.step >= run.target || run.status.state !== 'ready');
  }
  private drawn(run: Compared, snapshot: Snapshot | null): void {
    if (snapshot) {
      run.history = snapshot.history;
      run.metrics = snapshot.metrics;
      run.drawnAt = snapshot.status.step;
    }
    if (run.state === 'training' && this.over(run) && run.drawnAt === run.status!.step && !this.workers.get(run.id)?.busy) this.settle(run, 'done');
    this.changed();
    this.pump();
  }

  dispose(): void {
    for (const { id } of this.runs) this.end(id);
  }
}

/** A run's curve: metric `at` of the schema, −1 for the steps; the newest values as its last point. */
export function columnOf({ history, metrics, drawnAt }: Compared, at: number): number[] {
  if (!history) return [];
  const { names, rows, data } = history;
  const out = Array.from({ length: rows }, (_, row) => data[row * names.length + at + 1]!);
  if (drawnAt > (data[(rows - 1) * names.length] ?? -1)) out.push(at < 0 ? drawnAt : (metrics?.[at] ?? NaN));
  return out;
}

/** Keys that not all of them have the same value for, in the order given. */
export function differing(all: Params[], keys: string[]): string[] {
  const [first, ...others] = all;
  return first ? keys.filter((key) => others.some((params) => !sameValue(params[key], first[key]))) : [];
}
