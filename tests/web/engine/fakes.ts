// Stand-ins for the engine and for the worker's surroundings, driven by hand.
import type { RawLab } from '../../../bindings/lab';
import { Runner, type RawEngine, type Surroundings } from '../../../web/engine/runner';
import type { FromWorker, Op, Ops } from '../../../web/engine/protocol';

export interface FakeLab extends RawLab {
  steps: number;
  deleted: boolean;
}

/** A lab whose training counts; `limit`: the step at which it diverges; a step takes `cost` ms of the fake clock. */
export function fakeLab(world: World, params: Record<string, unknown> = {}): FakeLab {
  const lab: FakeLab = {
    steps: 0,
    deleted: false,
    params: () => JSON.stringify({ lr: 1, ...params }),
    corrections: () => '[]',
    set(json) {
      const change = JSON.parse(json) as Record<string, unknown>;
      if ('data' in change && !world.provided.has(String(change['data']))) throw Object.assign(new Error('needs'), { code: 'needs_asset', path: change['data'] });
      Object.assign(params, change);
      const applied = 'hidden' in change ? 'rebuild' : 'live';
      if (applied === 'rebuild') lab.steps = 0;
      return JSON.stringify({ applied });
    },
    step(n) {
      const done = Math.min(n, world.limit - lab.steps);
      lab.steps += done;
      world.clock += done * world.cost;
      world.calls.push(n);
      return done;
    },
    reset: () => void (lab.steps = 0),
    status: () => JSON.stringify({ state: lab.steps >= world.limit ? 'diverged' : 'ready', step: lab.steps, epoch: Math.floor(lab.steps / 10), steps_per_epoch: 10, trainable: true, parameters: 3, flops_per_step: 9, divergence: null, good_step: 0 }),
    metrics: () => world.view.subarray(0, 2),
    history: () => ({ names: ['step', 'a', 'b'], rows: 1, data: world.view.subarray(0, 3) }),
    read(name) {
      if (name === 'bad') throw Object.assign(new Error('no such value'), { code: 'unknown_name', path: 'name' });
      world.clock += world.readCost;
      return { shape: [2], data: new Float32Array(world.view.buffer, 0, 2) };
    },
    query: (name, args) => JSON.stringify({ name, args: JSON.parse(args), step: lab.steps }),
    act: () => '{}',
    save: () => new Uint8Array([lab.steps]),
    load: (bytes) => void (lab.steps = bytes[0]!),
    delete: () => void (lab.deleted = true),
  };
  return lab;
}

export class World implements Surroundings {
  clock = 0;
  cost = 0.1;
  readCost = 0;
  limit = Infinity;
  calls: number[] = [];
  provided = new Set<string>();
  fetched: string[] = [];
  /** Stands for the engine's memory: whoever keeps a view of it sees it change. */
  view = new Float64Array(8);
  posted: FromWorker[] = [];
  transferred: Transferable[][] = [];
  labs: FakeLab[] = [];
  needs: string | null = null;
  private turns: (() => void)[] = [];
  private timers: { at: number; callback: () => void }[] = [];
  readonly runner = new Runner(this);
  private id = 0;

  loadEngine = async (): Promise<RawEngine> => ({
    provide: (asset) => void this.provided.add(asset),
    createLab: (lab, params) => {
      if (lab === 'none') throw Object.assign(new Error('no lab'), { code: 'unknown_lab', path: 'lab' });
      if (this.needs && !this.provided.has(this.needs)) throw Object.assign(new Error('needs'), { code: 'needs_asset', path: this.needs });
      const made = fakeLab(this, JSON.parse(params) as Record<string, unknown>);
      this.labs.push(made);
      return made;
    },
    memoryBytes: () => 42,
  });
  fetchAsset = async (_root: string, name: string, onProgress: (loaded: number, total: number) => void) => {
    this.fetched.push(name);
    onProgress(1, 2);
    return new Uint8Array(2);
  };
  post = (message: FromWorker, transfer: Transferable[] = []): void => {
    this.posted.push(message);
    this.transferred.push(transfer);
  };
  now = () => this.clock;
  later = (callback: () => void): void => void this.turns.push(callback);
  after = (ms: number, callback: () => void): void => void this.timers.push({ at: this.clock + ms, callback });

  /** Sends a request; its id. */
  send<K extends Op>(op: K, args: Ops[K]['args']): number {
    this.runner.receive({ kind: 'request', id: ++this.id, op, args } as never);
    return this.id;
  }
  /** Lets what has been asked be answered, then does at most `turns` turns of the loop. */
  async go(turns = 20): Promise<void> {
    await flush();
    for (let i = 0; i < turns; i++) {
      const due = this.turns;
      this.turns = [];
      for (const callback of due) callback();
      // With nothing else to do, time passes.
      if (!due.length && this.timers.length) this.clock = Math.max(this.clock, Math.min(...this.timers.map((timer) => timer.at)));
      const ripe = this.timers.filter((timer) => timer.at <= this.clock);
      this.timers = this.timers.filter((timer) => timer.at > this.clock);
      for (const timer of ripe) timer.callback();
      await flush();
    }
  }
  get idle(): boolean {
    return this.turns.length === 0 && this.timers.length === 0;
  }
  /** Runs until the pace no longer limits it, drawing every snapshot. */
  async untilFast(): Promise<void> {
    const end = this.clock + 20_000;
    while (this.clock < end) {
      await this.go(1);
      this.ack();
    }
  }
  ack(): void {
    const last = this.snapshots.at(-1);
    if (last) this.runner.receive({ kind: 'ack', seq: last.seq });
  }
  get snapshots() {
    return this.posted.flatMap((m) => (m.kind === 'snapshot' ? [m.snapshot] : []));
  }
  answer(id: number): any {
    return this.posted.find((m) => (m.kind === 'result' || m.kind === 'error') && m.id === id);
  }
}

/** Every promise that can settle has settled. */
export const flush = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
};
