// The run: what training produced. It talks to the worker and knows nothing of the page. What the reader wants (that it
// runs) and what is the case (that it runs) are kept apart: a rebuild, a hidden tab or a crash do not change the wish.
import { EngineError, type EngineClient } from '../../engine/engine-client';
import { latest } from '../../engine/latest';
import type { HistoryData, Params, ProgressMessage, RunState, SavedRun, Snapshot, Status, StepResult, WatchItem } from '../../engine/protocol';

export type Phase =
  | 'loading' // the engine or data are on their way
  | 'ready'
  | 'failed' // the lab could not be made
  | 'crashed'; // the worker is gone

export class RunStore {
  phase: Phase = 'loading';
  state: RunState | null = null;
  snapshot: Snapshot | null = null;
  progress: ProgressMessage | null = null;
  error: EngineError | null = null;
  /** The reader wants it to run. */
  wish = false;
  /** A run goes on otherwise than it had: what lay beyond, as it was. */
  onfork: ((params: Params, snapshot: Snapshot) => void) | null = null;

  client: EngineClient;
  private hidden = false;
  private kept: { bytes: Uint8Array; history: HistoryData | null } | null = null;
  private watched = '';
  private items: WatchItem[] = [];
  private lab = '';
  private readonly push: (params: Params) => Promise<RunState | null>;
  /** The newest step that was to be looked at. */
  private sought = 0;
  /** The furthest point of the run, while an earlier one is looked at. */
  private head: { params: Params; snapshot: Snapshot } | null = null;

  constructor(
    private readonly makeClient: () => EngineClient,
    /** Something here has changed. */
    private readonly changed: () => void,
  ) {
    this.client = this.connect();
    this.push = latest((params) => this.client.set(params));
  }

  get status(): Status | null {
    return this.snapshot?.status ?? this.state?.status ?? null;
  }
  /** A step before the furthest one is looked at. */
  get lookingBack(): boolean {
    const at = this.status?.step ?? 0;
    return ((this.snapshot ?? this.state)?.timeline.last ?? at) > at;
  }
  get running(): boolean {
    return this.wish && this.phase === 'ready' && this.status?.state === 'ready' && this.status.trainable;
  }

  private connect(): EngineClient {
    const client = this.makeClient();
    client.onsnapshot = (snapshot) => {
      this.snapshot = snapshot;
      this.changed();
    };
    client.onprogress = (progress) => {
      this.progress = progress.done ? null : progress;
      this.changed();
    };
    client.oncrash = (error) => {
      this.phase = 'crashed';
      this.error = error;
      this.changed();
    };
    return client;
  }

  /** Makes the lab; with `wish` set it begins to train as soon as it stands. */
  async start(lab: string, params: Params): Promise<void> {
    this.lab = lab;
    this.phase = 'loading';
    this.error = null;
    this.changed();
    try {
      this.state = await this.client.create(lab, params);
      this.phase = 'ready';
      this.changed();
      await this.follow();
    } catch (thrown) {
      if ((this.phase as Phase) !== 'crashed') this.fail(thrown);
    }
  }

  /** A new worker in place of the lost one, with the same experiment. */
  async restart(params: Params): Promise<void> {
    this.client.dispose();
    this.client = this.connect();
    this.snapshot = null;
    this.watched = '';
    const { items } = this;
    await this.start(this.lab, params);
    if (items.length) this.watch(items);
  }

  /** Brings the run to these parameters. Null when a newer call took its place or the run is gone. */
  async apply(params: Params): Promise<RunState | null> {
    if (this.phase !== 'ready') return null;
    const beyond = this.lookingBack ? this.head : null;
    try {
      const state = await this.push(params);
      if (!state) return null;
      this.error = null; // what was refused before is past
      if (beyond && beyond === this.head && state.applied === 'live') {
        this.head = null;
        this.onfork?.(beyond.params, beyond.snapshot);
      }
      this.take(state);
      await this.follow();
      return state;
    } catch (thrown) {
      this.complain(thrown);
      return null;
    }
  }

  /** A run that was saved, in place of this one, and at rest. Throws, and this one goes on, where the engine cannot take it. */
  async restore(params: Params, saved: SavedRun): Promise<RunState> {
    const state = await this.client.request('create', { lab: this.lab, params, saved });
    this.phase = 'ready';
    this.error = null;
    this.wish = false;
    this.head = null;
    this.sought++; // what was looked for is of the run before
    this.take(state);
    return state;
  }

  async run(): Promise<void> {
    this.wish = true;
    this.changed();
    await this.follow();
  }
  async pause(): Promise<StepResult | null> {
    this.wish = false;
    this.changed();
    return this.tell(() => this.client.pause());
  }
  async step(n = 1): Promise<StepResult | null> {
    this.wish = false;
    return this.tell(() => this.client.step(n));
  }
  async epoch(): Promise<void> {
    this.wish = false;
    await this.tell(() => this.client.epoch());
  }
  /** The run as it was after `step`. Null when a newer call took its place or the run is gone. */
  async seek(step: number): Promise<RunState | null> {
    if (this.phase !== 'ready') return null;
    this.wish = false;
    if (!this.lookingBack) this.head = this.snapshot && { params: this.state!.params, snapshot: this.snapshot };
    const mine = ++this.sought;
    try {
      const state = await this.client.seek(step);
      if (mine !== this.sought) return null;
      this.take(state);
      return state;
    } catch (thrown) {
      this.complain(thrown);
      return null;
    }
  }
  /** Back to step 0 with the same initial weights. */
  async reset(): Promise<void> {
    await this.tell(async () => this.take(await this.client.reset()));
    await this.follow();
  }
  /** Returns to the newest good state before a divergence; stays there until told to run. */
  async backToGood(): Promise<RunState | null> {
    return this.seek(this.status?.good_step ?? 0);
  }
  async act(name: string, args: object = {}): Promise<any> {
    try {
      const { answer, state } = await this.client.act(name, args);
      this.take(state);
      return answer;
    } catch (thrown) {
      this.complain(thrown);
      return null;
    }
  }

  /** What must be in every snapshot. Sent only when it differs. */
  watch(items: WatchItem[]): void {
    this.items = items;
    const wanted = JSON.stringify(items);
    if (wanted === this.watched || this.phase !== 'ready') return;
    this.watched = wanted;
    void this.tell(() => this.client.watch(items));
  }

  /** A tab nobody sees does not train. */
  async setHidden(hidden: boolean): Promise<void> {
    if (hidden === this.hidden) return;
    this.hidden = hidden;
    if (this.phase !== 'ready') return;
    if (hidden) await this.tell(() => this.client.pause());
    else await this.follow();
  }

  /** What `client.save` gave takes the run's place. */
  async load(bytes: Uint8Array, history: HistoryData | null = null): Promise<void> {
    await this.tell(async () => this.take(await this.client.load(bytes, history)));
  }
  /** Ends the worker, unless `wanted` again, and keeps what the run had come to. */
  suspend(wanted: () => boolean): Promise<void> {
    return (this.suspending = this.keep(wanted));
  }
  /** Settles when a suspension that has begun is over. */
  suspending: Promise<void> = Promise.resolve();
  private async keep(wanted: () => boolean): Promise<void> {
    const { client, snapshot } = this;
    const bytes = this.phase === 'ready' && (this.status?.step ?? 0) > 0 ? await client.save().catch(() => null) : null;
    if (wanted()) return;
    this.kept = bytes && { bytes, history: this.snapshot?.history ?? snapshot?.history ?? null };
    client.dispose();
  }
  /** A new worker that goes on where the suspended one was. */
  async resume(params: Params): Promise<void> {
    const { kept, wish } = this;
    this.kept = null;
    this.wish = false;
    await this.restart(params);
    if (kept) await this.load(kept.bytes, kept.history);
    this.wish ||= wish;
    this.changed();
    await this.follow();
  }

  dispose(): void {
    this.client.dispose();
  }

  /** Makes what is the case agree with the wish. */
  private async follow(): Promise<void> {
    const status = this.state?.status;
    if (this.wish && !this.hidden && this.phase === 'ready' && status?.trainable) await this.tell(() => this.client.run());
  }

  private take(state: RunState): void {
    this.state = state;
    // Until the next snapshot comes the old one must not contradict.
    if (this.snapshot) this.snapshot = { ...this.snapshot, status: state.status, timeline: state.timeline };
    this.changed();
  }
  private async tell<T>(say: () => Promise<T>): Promise<T | null> {
    if (this.phase !== 'ready') return null;
    try {
      return await say();
    } catch (thrown) {
      this.complain(thrown);
      return null;
    }
  }
  private complain(thrown: unknown): void {
    const error = thrown instanceof EngineError ? thrown : new EngineError({ code: 'internal', message: String(thrown) });
    if (error.code === 'cancelled' || error.code === 'disposed' || this.phase === 'crashed') return;
    this.error = error;
    this.changed();
  }
  private fail(thrown: unknown): void {
    this.complain(thrown);
    this.phase = 'failed';
    this.changed();
  }
}
