// What a host may do with a lab. The same whether it calls the element or posts a message: everything comes through `call`.
import type { Bench } from '../workbench/bench';
import { EngineError } from '../engine/errors';
import type { StepResult } from '../engine/protocol';
import { defaultsOf } from '../site/state/url';
import type { PgLab } from '../site/lab';
import { checkArgs, checkSize } from './checks';
import { LabError, VERSION, type LabEvent, type LabEvents, type LabState, type Method, type Methods, type Metrics, type Position } from './protocol';

/** Calls that may wait; a host that asks faster than it is answered is told so. */
const QUEUE = 32;

type Emit = <E extends LabEvent>(event: E, detail: LabEvents[E]) => void;
type Does = { [M in Method]: (args: Methods[M]['args']) => Promise<Methods[M]['result']> };

export class LabApi {
  private queue: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  /** Between two events `metrics`, ms; 0: nobody asked. */
  private every = 0;
  private last = { at: -Infinity, step: -1 };
  private timer = 0;
  private diverged = -1;
  private told = '';
  private readonly end: () => void;

  constructor(
    private readonly lab: PgLab,
    private readonly bench: Bench,
    private readonly emit: Emit,
  ) {
    this.end = bench.onChange(() => this.changed());
    this.changed();
  }
  dispose(): void {
    this.end();
    clearTimeout(this.timer);
  }

  /** Checks, then does one after another. Rejects with a LabError; then nothing has changed. */
  call<M extends Method>(method: M, args: unknown): Promise<Methods[M]['result']> {
    if (this.waiting >= QUEUE) return Promise.reject(new LabError('too_many', 'wait for the answers to what was asked'));
    this.waiting++;
    const result = this.queue.then(async () => {
      try {
        checkSize(args);
        await this.lab.wake();
        return await this.does[method](checkArgs(method, args, this.bench.schema, this.bench.lab));
      } catch (thrown) {
        throw thrown instanceof LabError ? thrown : thrown instanceof EngineError ? new LabError(thrown.code || 'engine', thrown.message) : new LabError('internal', String(thrown));
      } finally {
        this.waiting--;
      }
    });
    this.queue = result.catch(() => {});
    return result;
  }

  private readonly does: Does = {
    getState: async ({ checkpoint }) => this.state(checkpoint ? await this.bench.run.client.save() : undefined),
    setState: async ({ state }) => {
      const { run, spec } = this.bench;
      await this.heard(() => run.pause());
      spec.set({ ...defaultsOf(this.bench.schema), ...state.params });
      await this.lab.settled;
      if (state.checkpoint) await this.heard(() => run.load(state.checkpoint!.slice()));
      else {
        await this.heard(() => run.reset());
        if (state.step) await this.heard(() => run.step(state.step));
      }
      if (state.running) await this.heard(() => run.run());
      return this.state();
    },
    set: async ({ params }) => {
      this.bench.spec.set(params);
      await this.heard(() => this.lab.settled);
      const { params: now, corrections, status } = this.bench.run.state!;
      return { params: now, corrections, step: status.step };
    },
    run: () => this.moved(() => this.bench.run.run()),
    pause: () => this.moved(() => this.bench.run.pause()),
    step: ({ n }) => this.moved(() => this.bench.run.step(n)),
    reset: () => this.moved(() => this.bench.run.reset()),
    metrics: async ({ every = 250 }) => {
      this.every = every;
      return this.metrics();
    },
    probe: async (probe) => ('read' in probe ? this.bench.run.client.read(probe.read, probe.args) : this.bench.run.client.query(probe.query, probe.args)),
    screenshot: async ({ type }) => (await import('./screenshot')).screenshot(this.lab, type!),
  };

  /** A store tells of what went wrong by keeping it; here it is thrown. */
  private async heard<T>(act: () => Promise<T>): Promise<T> {
    const { run } = this.bench;
    if (run.phase !== 'ready') throw new LabError(run.error?.code ?? run.phase, run.error?.message ?? 'the lab is not there');
    const before = run.error;
    const answer = await act();
    if (run.error && run.error !== before) throw run.error;
    return answer;
  }
  private async moved(act: () => Promise<StepResult | null | void>): Promise<Position> {
    const answer = await this.heard(act);
    const { run } = this.bench;
    return { step: answer ? answer.status.step : await this.step(), running: run.running };
  }

  /** Where the run is now: its newest picture may be older than what was just done. Setting what holds already changes nothing. */
  private async step(): Promise<number> {
    const { run } = this.bench;
    return (await run.client.set(run.state!.params)).status.step;
  }
  private async state(checkpoint?: Uint8Array): Promise<LabState> {
    const { lab, spec, run } = this.bench;
    return { playgrad: VERSION, lab, params: spec.params, step: await this.step(), running: run.running, ...(checkpoint ? { checkpoint } : {}) };
  }
  private metrics(): Metrics {
    const { schema, run } = this.bench;
    const status = run.status;
    const found: Metrics = { step: status?.step ?? 0, epoch: status?.epoch ?? 0, train: {}, test: {} };
    schema.metrics.forEach((name, i) => {
      const [split, rest] = name.split('.') as ['train' | 'test', string];
      const value = run.snapshot?.metrics[i] ?? NaN;
      (found[split] ??= {})[rest] = Number.isFinite(value) ? value : null;
    });
    return found;
  }

  private changed(): void {
    const { run } = this.bench;
    const { status, error } = run;
    if (status?.divergence && status.divergence.step !== this.diverged) {
      const { step, value, found } = status.divergence;
      this.emit('diverged', { step, value, found });
    }
    this.diverged = status?.divergence?.step ?? -1;
    const said = error ? `${error.code} ${error.message}` : '';
    if (error && said !== this.told) this.emit('error', { code: error.code, message: error.message });
    this.told = said;
    if (this.every) this.tell();
  }
  private tell(): void {
    const step = this.bench.run.snapshot?.status.step ?? -1;
    if (step === this.last.step || this.timer) return;
    const wait = this.last.at + this.every - performance.now();
    if (wait > 0) {
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        if (this.every) this.tell();
      }, wait);
      return;
    }
    this.last = { at: performance.now(), step };
    this.emit('metrics', this.metrics());
  }
}
