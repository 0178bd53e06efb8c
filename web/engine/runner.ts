// One run of one lab, as the worker holds it. It answers requests in order, trains in short slices between them, and
// sends snapshots that cost at most a fifth of its time. Everything of the surroundings (clock, scheduler, loading) is
// handed in, so that tests drive it by hand.
import type { LabModule, RawLab } from '../../bindings/lab';
import { OWN } from './assets';
import { errorData, EngineError } from './errors';
import { Timeline } from './timeline';
import type {
  FromWorker, HistoryData, Op, Ops, Params, RequestMessage, RunState, SavedRun, Snapshot, Span, Status, StepResult, TensorRead, ToWorker, WatchItem,
} from './protocol';

/** What the worker needs of the engine's module. */
export type RawEngine = Pick<LabModule, 'provide' | 'createLab' | 'memoryBytes'>;

export interface Surroundings {
  /** Loads the engine; called once. `root` is the site's root. */
  loadEngine(root: string, onProgress: (loaded: number, total: number) => void): Promise<RawEngine>;
  fetchAsset(root: string, name: string, onProgress: (loaded: number, total: number) => void): Promise<Uint8Array>;
  post(message: FromWorker, transfer?: Transferable[]): void;
  /** Milliseconds. */
  now(): number;
  /** Calls back in a later turn, after messages that have come meanwhile. */
  later(callback: () => void): void;
  /** Calls back after `ms`. */
  after(ms: number, callback: () => void): void;
}

/** Training goes on this long before messages are looked at. */
export const SLICE_MS = 9;
/** Shortest time between snapshots while training: about 30 a second. */
const SNAPSHOT_MS = 33;
/** Snapshots take at most this share of the worker's time. */
const SNAPSHOT_SHARE = 0.2;
/** One engine call is kept shorter than this, so that a slice ends in time. */
const CALL_MS = 2;
/**
 * A run begins slowly enough to be watched and becomes twice as fast every DOUBLING_MS, until the machine is the limit:
 * small networks learn their task in a tenth of a second, and nobody would have seen how.
 */
const FIRST_STEPS_PER_MS = 0.06;
const DOUBLING_MS = 1500;
/** Time that counts at most between two turns, so that a long wait is not made up for in one leap. */
const LONGEST_TURN_MS = 100;
const WAIT_MS = 8;
/** An asset that the engine asks for again after it was provided is not fetched for ever. */
const MAX_ASSETS = 8;

/** A stretch of training on the way: `run` has no end, `step` and `epoch` are answered when it ends. */
interface Job {
  left: number;
  done: number;
  finish: (result: StepResult) => void;
}

export class Runner {
  private root = '';
  private engine: Promise<RawEngine> | null = null;
  private lab: RawLab | null = null;
  private job: Job | null = null;
  private ticking = false;
  private items: WatchItem[] = [];
  private build = 0;
  private timeline = new Timeline();
  /** The past is kept, so that it can be looked at. */
  private remembers = true;
  /** Steps that somebody wants to look at, and that are not shown yet. */
  private seeks = 0;
  private seq = 0;
  /** Seq of the snapshot the page has not yet drawn; 0: none. */
  private inFlight = 0;
  private dirty = false;
  private lastSnapshot = -Infinity;
  private snapshotCost = 0;
  private waiting = false;
  private msPerStep = 0.05;
  /** How long this build has been running, and the steps that may be done by now. */
  private pace = { elapsed: 0, due: 0, last: 0 };
  private rate = { since: 0, steps: 0, value: 0 };
  private queue: Promise<void> = Promise.resolve();
  private cancelled = new Set<number>();
  private pending = new Set<number>();

  constructor(private readonly env: Surroundings) {}

  /** Takes a message of the page. */
  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'init':
        this.root = message.root;
        break;
      case 'ack':
        if (message.seq === this.inFlight) {
          this.inFlight = 0;
          if (this.dirty) this.snapshotSoon();
        }
        break;
      case 'cancel':
        if (this.pending.has(message.id)) this.cancelled.add(message.id);
        break;
      case 'request':
        this.pending.add(message.id);
        if (message.op === 'seek') this.seeks++;
        // In order: what comes after a `create` that still loads waits for it.
        this.queue = this.queue.then(() => this.handle(message));
        break;
    }
  }

  private async handle(message: RequestMessage): Promise<void> {
    const { id, op, args } = message;
    const gone = this.cancelled.delete(id);
    if (gone) {
      this.pending.delete(id);
      if (op === 'seek') this.seeks--;
      this.env.post({ kind: 'error', id, error: errorData(new EngineError({ code: 'cancelled' })) });
      return;
    }
    const answer = (value: unknown) => {
      this.pending.delete(id);
      this.cancelled.delete(id);
      const transfer = transferables(value);
      this.env.post({ kind: 'result', id, value }, transfer);
    };
    try {
      if (op === 'step' || op === 'epoch') {
        this.train(this.stepsOf(op, args as { n?: number }), answer);
        return;
      }
      try {
        answer(await (this.handlers[op] as (a: unknown) => unknown)(args));
      } finally {
        if (op === 'seek') this.seeks--;
      }
      // Whoever moves a slider waits neither for the clock nor for the page to have drawn what it looked like before.
      if ((op === 'set' || (op === 'seek' && !this.overtaken(0))) && this.dirty) this.snapshot();
    } catch (thrown) {
      this.pending.delete(id);
      const error = errorData(thrown);
      this.env.post({ kind: 'error', id, error });
      // After a trap the engine's memory cannot be trusted: the worker fails, the page is told and offers a new one.
      if (error.code === 'trap') {
        this.env.later(() => {
          throw thrown;
        });
      }
    }
  }

  private readonly handlers: { [K in Exclude<Op, 'step' | 'epoch'>]: (args: Ops[K]['args']) => Ops[K]['result'] | Promise<Ops[K]['result']> } = {
    create: async ({ lab, params, past = true, saved }) => {
      const state = await this.create(lab, params, saved);
      this.remembers = past;
      return state;
    },
    set: ({ params }) => this.set(params),
    run: () => {
      this.train(Infinity, () => {});
      return this.stepResult(0);
    },
    pause: () => {
      const done = this.job?.done ?? 0;
      this.stop();
      this.changed();
      return this.stepResult(done);
    },
    reset: () => {
      this.stop();
      this.open().reset();
      this.rebuilt();
      this.changed();
      return this.state('rebuild');
    },
    seek: ({ step }) => this.seek(step),
    read: ({ name, args }) => copied(this.open().read(name, JSON.stringify(args))),
    query: ({ name, args }) => JSON.parse(this.open().query(name, JSON.stringify(args))),
    act: ({ name, args }) => {
      const before = this.status().step;
      const answer: unknown = JSON.parse(this.open().act(name, JSON.stringify(args)) || 'null');
      const { step } = this.status();
      if (step < before) this.timeline.change(step, this.params());
      this.changed();
      return { answer, state: this.state('none') };
    },
    save: () => this.open().save().slice(),
    past: ({ most }) => this.timeline.states(most, this.status().step),
    load: ({ bytes, history }) => {
      this.stop();
      this.open().load(bytes);
      this.beginning(history);
      this.changed();
      return this.state('live');
    },
    provide: async ({ name, bytes }) => {
      (await this.load()).provide(name, bytes);
      return null;
    },
    watch: ({ items }) => {
      this.items = items;
      if (this.lab) this.changed();
      return null;
    },
    memory: async () => (await this.load()).memoryBytes(),
  };

  // ------------------------------------------------------------------------------------------- building the run

  private open(): RawLab {
    if (!this.lab) throw new EngineError({ code: 'no_lab', message: 'no lab has been created' });
    return this.lab;
  }

  private load(): Promise<RawEngine> {
    this.engine ??= this.env.loadEngine(this.root, this.progress('engine')).then((engine) => {
      this.env.post({ kind: 'progress', asset: 'engine', loaded: 1, total: 1, done: true });
      return engine;
    });
    return this.engine;
  }

  private progress(asset: string) {
    return (loaded: number, total: number) => this.env.post({ kind: 'progress', asset, loaded, total, done: false });
  }

  /** Does `attempt`, fetching what it says it needs, until it succeeds. */
  private async withAssets<T>(attempt: () => T): Promise<T> {
    for (let fetched = 0; ; fetched++) {
      try {
        return attempt();
      } catch (thrown) {
        const error = errorData(thrown);
        if (error.code !== 'needs_asset' || error.path === OWN || fetched >= MAX_ASSETS) throw thrown;
        const engine = await this.load();
        const bytes = await this.env.fetchAsset(this.root, error.path, this.progress(error.path));
        engine.provide(error.path, bytes);
        this.env.post({ kind: 'progress', asset: error.path, loaded: bytes.length, total: bytes.length, done: true });
      }
    }
  }

  private async create(lab: string, params: Params, saved?: SavedRun): Promise<RunState> {
    const engine = await this.load();
    const made = await this.withAssets(() => engine.createLab(lab, JSON.stringify(params)));
    try {
      if (saved) made.load(saved.bytes);
    } catch (thrown) {
      made.delete();
      throw thrown;
    }
    this.stop();
    this.lab?.delete();
    this.lab = made;
    this.rebuilt(saved?.history);
    this.changed();
    return this.state('rebuild');
  }

  private async set(params: Params): Promise<RunState> {
    const lab = this.open();
    const { applied } = await this.withAssets(
      () => JSON.parse(lab.set(JSON.stringify(params))) as { applied: RunState['applied'] },
    );
    if (applied === 'rebuild') this.rebuilt();
    if (applied === 'live') {
      this.timeline.change(this.status().step, this.params());
      if (this.timeline.crowded) this.beginning(this.history());
    }
    if (applied !== 'none') this.changed();
    return this.state(applied);
  }

  private status(): Status {
    const status = JSON.parse(this.open().status()) as Status;
    if (status.state === 'diverged') status.good_step = this.timeline.goodStep ?? status.good_step;
    return status;
  }
  private stepResult(done: number): StepResult {
    return { status: this.status(), done };
  }
  private state(applied: RunState['applied']): RunState {
    const lab = this.open(), status = this.status();
    return {
      params: this.params(),
      corrections: JSON.parse(lab.corrections()),
      status,
      applied,
      build: this.build,
      running: this.running,
      timeline: this.span(status.step),
      info: JSON.parse(lab.query('info', '{}')),
    };
  }
  private params(): Params {
    return JSON.parse(this.open().params()) as Params;
  }
  private span(step: number): Span {
    return { ...this.timeline.range(step), changes: this.timeline.changed };
  }

  // ---------------------------------------------------------------------------------------------------- the past

  private beginning(rows: HistoryData | null = null): void {
    this.timeline.begin(this.status().step, this.saved(), this.params(), rows);
  }
  private saved(): Uint8Array {
    return this.open().save().slice();
  }

  /** Shows the run as it was after `step`: a state before it is loaded and trained on, slice by slice. */
  private async seek(step: number): Promise<RunState> {
    this.stop();
    const lab = this.open(), { timeline } = this;
    const now = this.status();
    const { first, last } = timeline.range(now.step);
    const target = Math.min(last, Math.max(first, Math.round(step)));
    if (target === now.step || this.overtaken()) return this.state('none');
    if (!timeline.lookingBack) timeline.lookBack(now.step, now.state === 'diverged' ? now.good_step : null, this.history());
    const kept = timeline.nearest(target);
    // The way from here may be the shorter one.
    if (target < now.step || kept.step > now.step || now.state === 'diverged') {
      lab.set(JSON.stringify(kept.params)); // another optimizer keeps a state of another size
      if (target === kept.step) lab.reset(); // no step led there: nothing of other steps may be left
      lab.load(kept.bytes);
      this.put(timeline.changesAt(kept.step, true));
    }
    for (let at = this.status().step, begin = this.env.now(); at < target; ) {
      const change = timeline.nextChange(at);
      const n = Math.min(target - at, change - at, Math.max(1, Math.floor(CALL_MS / this.msPerStep)));
      const done = lab.step(n);
      at += done;
      if (at === change) this.put(timeline.changesAt(at));
      if (done < n) break;
      if (this.env.now() - begin < SLICE_MS) continue;
      await new Promise<void>((go) => this.env.later(go));
      if (this.overtaken()) {
        this.dirty = true;
        return this.state('live');
      }
      begin = this.env.now();
    }
    if (target === last) {
      if (timeline.broke) lab.step(1); // it breaks again
      timeline.arrive();
    }
    this.changed();
    return this.state('live');
  }
  /** Newer steps are waited for, and the page does not stand still meanwhile: this one need not be reached. */
  private overtaken(own = 1): boolean {
    return this.seeks > own && this.env.now() - this.lastSnapshot < LONGEST_TURN_MS;
  }
  private put(changes: Params[]): void {
    for (const params of changes) this.open().set(JSON.stringify(params));
  }
  private history(): HistoryData {
    const { names, rows, data } = this.open().history();
    return this.timeline.history({ names: [...names], rows, data: data.slice(0, rows * names.length) });
  }

  // -------------------------------------------------------------------------------------------------- training

  private get running(): boolean {
    return this.job !== null && this.job.left === Infinity;
  }

  private stepsOf(op: 'step' | 'epoch', args: { n?: number }): number {
    if (op === 'step') return Math.max(0, Math.floor(args.n ?? 1));
    const { step, steps_per_epoch } = this.status();
    const per = Math.max(1, steps_per_epoch);
    return per - (step % per);
  }

  /** Starts a stretch of training; one that is on the way ends first. */
  private train(steps: number, finish: (result: StepResult) => void): void {
    this.open();
    this.stop();
    if (this.timeline.lookingBack) this.timeline.cut(this.status().step);
    this.job = { left: steps, done: 0, finish };
    this.pace.last = this.env.now();
    this.rate = { since: this.env.now(), steps: 0, value: 0 };
    this.changed();
    this.tickSoon();
  }

  private stop(): void {
    const job = this.job;
    this.job = null;
    this.rate.value = 0;
    if (job) job.finish(this.stepResult(job.done));
  }

  private tickSoon(): void {
    if (this.ticking) return;
    this.ticking = true;
    this.env.later(() => {
      this.ticking = false;
      this.tick();
    });
  }

  private tick(): void {
    const job = this.job, lab = this.lab;
    if (!job || !lab) return;
    if (job.left < 1) {
      this.stop();
      return;
    }
    const most = job.left === Infinity ? this.stepsDue() : job.left;
    if (most < 1) {
      this.ticking = true;
      this.env.after(WAIT_MS, () => {
        this.ticking = false;
        this.tick();
      });
      return;
    }
    try {
      const begin = this.env.now();
      let now = begin;
      let left = most;
      do {
        const n = Math.max(1, Math.min(left, Math.floor(CALL_MS / this.msPerStep)));
        const done = lab.step(n);
        const then = now;
        now = this.env.now();
        if (done > 0) this.msPerStep = Math.max(1e-4, (3 * this.msPerStep + (now - then) / done) / 4);
        job.done += done;
        job.left -= done;
        left -= done;
        this.rate.steps += done;
        if (done < n) {
          job.left = left = 0; // finished or diverged
        }
      } while (left >= 1 && now - begin < SLICE_MS);
      if (this.remembers && this.timeline.due(now - begin)) {
        const bytes = this.saved();
        const then = now;
        now = this.env.now();
        this.timeline.keep(this.status().step, bytes, now - then);
      }
      if (most < Infinity) this.pace.due -= most - left;
      if (now - this.rate.since > 500) {
        this.rate = { since: now, steps: 0, value: (this.rate.steps * 1000) / (now - this.rate.since) };
      }
    } catch (thrown) {
      this.job = null;
      throw thrown; // the engine is broken: the worker fails, the page is told and offers a new one
    }
    if (job.left > 0) {
      this.tickSoon();
    } else {
      this.stop();
    }
    this.dirty = true;
    if (this.env.now() - this.lastSnapshot >= this.interval() || !this.job) this.snapshotSoon();
  }

  /** Steps that the pace of a run allows now; Infinity once the machine is the limit. */
  private stepsDue(): number {
    const { pace } = this;
    const now = this.env.now();
    const turn = Math.min(LONGEST_TURN_MS, now - pace.last);
    pace.last = now;
    pace.elapsed += turn;
    const perMs = FIRST_STEPS_PER_MS * 2 ** (pace.elapsed / DOUBLING_MS);
    if (perMs * this.msPerStep > 2) return Infinity;
    pace.due = Math.min(pace.due + perMs * turn, perMs * LONGEST_TURN_MS);
    return Math.floor(pace.due);
  }

  /** The run begins anew: what was drawn or cached of the old one no longer holds. */
  private rebuilt(rows: HistoryData | null = null): void {
    this.build++;
    this.beginning(rows);
    this.pace = { elapsed: 0, due: 0, last: this.env.now() };
  }

  // ------------------------------------------------------------------------------------------------- snapshots

  private interval(): number {
    return Math.max(SNAPSHOT_MS, this.snapshotCost / SNAPSHOT_SHARE);
  }

  /** Something the page shows has changed. */
  private changed(): void {
    this.dirty = true;
    this.snapshotSoon();
  }

  /** Sends a snapshot as soon as the page has drawn the last one and the cost allows. */
  private snapshotSoon(): void {
    if (this.inFlight || this.waiting || !this.lab) return;
    const wait = this.job ? this.lastSnapshot + this.interval() - this.env.now() : 0;
    this.waiting = true;
    const send = () => {
      this.waiting = false;
      if (this.inFlight || !this.dirty || !this.lab || this.seeks) return;
      this.snapshot();
    };
    if (wait > 0) this.env.after(wait, send);
    else this.env.later(send);
  }

  private snapshot(): void {
    const begin = this.env.now();
    const lab = this.open();
    const watched: Snapshot['watched'] = {};
    const answers: Snapshot['answers'] = {};
    const watchErrors: Snapshot['watchErrors'] = {};
    for (const item of this.items) {
      try {
        const args = JSON.stringify(item.args ?? {});
        if (item.kind === 'query') answers[item.key] = JSON.parse(lab.query(item.name, args));
        else watched[item.key] = copied(lab.read(item.name, args));
      } catch (thrown) {
        watchErrors[item.key] = errorData(thrown);
      }
    }
    const status = this.status();
    const snapshot: Snapshot = {
      seq: ++this.seq,
      build: this.build,
      running: this.running,
      status,
      timeline: this.span(status.step),
      metrics: lab.metrics().slice(),
      history: this.history(),
      stepsPerSecond: this.rate.value,
      watched,
      answers,
      watchErrors,
    };
    this.dirty = false;
    this.inFlight = snapshot.seq;
    const transfer: Transferable[] = [snapshot.metrics.buffer, snapshot.history.data.buffer];
    for (const tensor of Object.values(watched)) transfer.push(tensor.data.buffer);
    this.env.post({ kind: 'snapshot', snapshot }, [...new Set(transfer)]);
    this.lastSnapshot = this.env.now();
    this.snapshotCost = this.snapshotCost * 0.7 + (this.lastSnapshot - begin) * 0.3;
  }
}

/** The engine's own buffers stay with it: a view into its memory is copied before it leaves this turn. */
function copied({ shape, data }: TensorRead): TensorRead {
  return { shape: [...shape], data: data.slice() };
}

function transferables(value: unknown): Transferable[] {
  if (value instanceof Uint8Array) return [value.buffer as ArrayBuffer];
  const data = (value as Partial<TensorRead> | null)?.data;
  return ArrayBuffer.isView(data) ? [data.buffer as ArrayBuffer] : [];
}
