// One training step, held before its update, in a worker of its own: the run on the stage goes on and is not touched.
import type { EngineClient } from '../../engine/engine-client';
import type { Params } from '../../engine/protocol';
import { normalise, type Explanation } from '../../elements/explanation';
import { graphOf, type Graph, type Row, type Value } from './graph';

export interface Nudge {
  up: { at: number; loss: number };
  down: { at: number; loss: number };
}

export class HeldStep {
  graph!: Graph;
  /** Steps done before the one that is held. */
  step = 0;
  loss = NaN;
  /** Dropouts that let everything through as it is. */
  idle: ReadonlySet<string> = new Set();
  private bytes!: Uint8Array;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly read = new Map<string, Promise<ArrayLike<number>>>();

  constructor(private readonly client: EngineClient) {}

  /** The step that follows the state in `bytes`. */
  async open(lab: string, params: Params, bytes: Uint8Array): Promise<void> {
    await this.alone(async () => {
      this.read.clear();
      await this.client.request('create', { lab, params, past: false });
      this.bytes = bytes;
      await this.hold();
      this.graph = graphOf((await this.client.query('graph')) as Row[]);
    });
    const idle = new Set<string>();
    for (const value of this.graph.values) {
      if (value.op !== 'dropout') continue;
      const [after, before] = await Promise.all([this.values(value), this.values(this.graph.values[value.from[0]!]!)]);
      if (Array.prototype.every.call(after, (v, i) => v === before[i])) idle.add(value.name);
    }
    this.idle = idle;
  }

  private async hold(): Promise<void> {
    // What is sent is handed over; this one is needed again.
    const { status } = await this.client.load(this.bytes.slice());
    this.step = status.step;
    const { state } = await this.client.act('hold');
    this.loss = Number(state.status.loss);
  }

  /** Requests of several calls must not come between each other: an update changes the weights for a moment. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => {});
    return mine;
  }
  private numbers(kind: 'value' | 'gradient', value: Value): Promise<ArrayLike<number>> {
    const key = `${kind} ${value.name}`;
    let found = this.read.get(key);
    if (!found) this.read.set(key, (found = this.alone(async () => (await this.client.read(kind, { name: value.name })).data)));
    return found;
  }
  values = (value: Value) => this.numbers('value', value);
  gradients = (value: Value) => this.numbers('gradient', value);

  /** How one number was computed. */
  element(value: Value, at: number): Promise<Explanation> {
    return this.alone(async () => normalise(await this.client.query('element', { name: value.name, at })));
  }
  /** How x[at] reaches y: the derivative of each part of y by it; `weighed`, what each part adds to its gradient. */
  parts(x: Value, at: number, y: Value, part: { from?: number; width?: number; stride?: number; count?: number; weighed?: true }): Promise<ArrayLike<number>> {
    return this.alone(async () => (await this.client.read('parts', { x: x.name, at, y: y.name, ...part })).data);
  }
  /** The same step's loss with one weight a little larger and a little smaller. */
  nudge(weight: Value, at: number, h: number): Promise<Nudge> {
    return this.alone(async () => {
      const { data } = await this.client.read('nudge', { name: weight.name, at, h });
      return { up: { at: data[0]!, loss: data[1]! }, down: { at: data[2]!, loss: data[3]! } };
    });
  }
  /** What the optimizer makes of the gradient: the step is done, told, and taken back. */
  update(weight: Value, at: number): Promise<Explanation> {
    return this.alone(async () => {
      await this.client.step(1);
      const told = normalise(await this.client.query('update', { name: weight.name, at }));
      await this.hold();
      return told;
    });
  }

  dispose(): void {
    this.client.dispose();
  }
}

/** Widths of the difference that can be chosen. */
export const WIDTHS = [0.1, 0.01, 0.001, 0.0001] as const;
/** Rounding of a loss in single precision, and the share by which a curved loss may miss its slope. */
const ROUNDING = 2 ** -22, CURVED = 0.02;

export interface Check {
  slope: number;
  difference: number;
  /** So far they may be apart by rounding alone, given the width. */
  rounding: number;
  verdict: 'agree' | 'rounding' | 'apart';
}
/** The slope between both points beside the gradient. */
export function check({ up, down }: Nudge, gradient: number): Check {
  const width = up.at - down.at;
  const slope = (up.loss - down.loss) / width;
  const difference = slope - gradient;
  const rounding = (ROUNDING * Math.max(Math.abs(up.loss), Math.abs(down.loss))) / width;
  const off = Math.abs(difference);
  return { slope, difference, rounding, verdict: off <= CURVED * Math.abs(gradient) ? 'agree' : off <= rounding ? 'rounding' : 'apart' };
}
