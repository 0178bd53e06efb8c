// Time travel with the real engine: whatever step is looked at, it has the bits it had.
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine, providePacks, type WholeEngine } from '../../../.tools/wasm.mjs';
import type { HistoryData, Params, RunState } from '../../../web/engine/protocol';
import { MARKS, MAX_BYTES, MAX_CHANGES, MAX_STATES, Timeline } from '../../../web/engine/timeline';
import { World } from './fakes';

let engine: WholeEngine;
beforeAll(async () => {
  engine = await loadEngine();
  providePacks(engine);
});

/** A runner over the engine; the fake clock goes on with every look, so that states are kept. */
class Real extends World {
  override loadEngine = async () => engine;
  override now = () => (this.clock += 0.4);
  private async ask(...request: Parameters<World['send']>): Promise<any> {
    const id = this.send(...request);
    for (let i = 0; i < 4000 && !this.answer(id); i++) {
      await this.go(1);
      this.ack();
    }
    const { kind, value, error } = this.answer(id);
    expect(kind, error?.message).toBe('result');
    return value;
  }
  create = (lab: string, params: Params): Promise<RunState> => this.ask('create', { lab, params });
  set = (params: Params): Promise<RunState> => this.ask('set', { params });
  step = (n: number) => this.ask('step', { n });
  load = (bytes: Uint8Array, history: HistoryData | null = null): Promise<RunState> => this.ask('load', { bytes, history });
  seek = (step: number): Promise<RunState> => this.ask('seek', { step });
  read = async (name: string, value: string): Promise<number[]> => [...(await this.ask('read', { name, args: { name: value } })).data];
  bits = async (): Promise<string> => Buffer.from(await this.ask('save', {})).toString('base64');
  get rows(): number[] {
    const { rows, names, data } = this.snapshots.at(-1)!.history;
    return Array.from({ length: rows }, (_, i) => data[i * names.length]!);
  }
  async curve(): Promise<number[]> {
    await this.go(3);
    return [...this.snapshots.at(-1)!.history.data];
  }
}

const runs: [string, Params][] = [
  ['network', { dropout: 0.2, optimizer: 'sgd' }],
  ['network', { task: 'digits', hidden: [12], optimizer: 'adam', lr: 0.001 }],
  ['attention', { task: 'reverse' }],
];

describe.each(runs)('%s %j', (lab, params) => {
  /** Trains with two changes on the way, noting the bits at some steps. */
  async function trained(): Promise<{ world: Real; seen: Map<number, string> }> {
    const world = new Real();
    await world.create(lab, params);
    const seen = new Map<number, string>();
    const to = async (step: number, change?: Params) => {
      await world.step(step - (world.snapshots.at(-1)?.status.step ?? 0));
      if (change) await world.set(change);
      await world.go(3);
      seen.set(step, await world.bits());
    };
    await to(40);
    await to(90, { lr: 0.002 });
    await to(91);
    await to(150, lab === 'network' ? { optimizer: params['optimizer'] === 'sgd' ? 'adam' : 'sgd' } : { lr: 0.0005 });
    await to(230);
    return { world, seen };
  }

  it('every step looked at has the bits it had, in any order', async () => {
    const { world, seen } = await trained();
    for (const step of [91, 40, 150, 90, 230, 40, 91, 230]) {
      const state = await world.seek(step);
      expect(state.status.step).toBe(step);
      expect(state.timeline).toEqual({ first: 0, last: 230, changes: [90, 150] });
      expect(await world.bits(), `step ${step}`).toBe(seen.get(step));
    }
  });
  it('the settings are those of that step', async () => {
    const { world } = await trained();
    const lr = (await world.seek(230)).params['lr'];
    expect((await world.seek(89)).params['lr']).not.toBe(lr);
    expect((await world.seek(90)).params['lr']).toBe(0.002);
  });
  it('the curves keep the whole run while one looks back', async () => {
    const { world } = await trained();
    const whole = await world.curve();
    await world.seek(40);
    expect(await world.curve()).toEqual(whole);
    await world.seek(230);
    expect(await world.curve()).toEqual(whole);
  });
  it('going on from a step without a change gives the original bits and curve', async () => {
    const { world, seen } = await trained();
    const whole = await world.curve();
    await world.seek(150);
    await world.step(80);
    expect(await world.bits()).toBe(seen.get(230));
    expect(await world.curve()).toEqual(whole);
  });
  it('going on with another setting forgets what lay beyond', async () => {
    const { world, seen } = await trained();
    await world.seek(91);
    const state = await world.set({ lr: 0.004 });
    expect(state.timeline).toEqual({ first: 0, last: 91, changes: [90, 91] });
    await world.step(139);
    expect(await world.bits()).not.toBe(seen.get(230));
    await world.go(3);
    expect(Math.max(...world.rows)).toBeLessThanOrEqual(230);
    const forked = await world.bits();
    await world.seek(0);
    await world.seek(230);
    expect(await world.bits()).toBe(forked);
  });
});

describe('a curve so long that it has been thinned', () => {
  const straight = async (steps: number) => {
    const world = new Real();
    await world.create('network', { task: 'xor', hidden: [] });
    await world.step(steps);
    return { world, curve: await world.curve() };
  };
  it('has the same rows after any looking back', async () => {
    const { world, curve } = await straight(1300);
    for (const steps of [[122, 800, 0, 125], [3, 1290, 123]]) {
      for (const step of steps) await world.seek(step);
      await world.step(1300 - steps.at(-1)!);
      expect(await world.curve()).toEqual(curve);
    }
  });
  it('has them when it is thinned only later, and when it was loaded', async () => {
    const { curve } = await straight(1300);
    const { world } = await straight(700);
    const bytes = Buffer.from(await world.bits(), 'base64');
    const { history } = world.snapshots.at(-1)!;
    await world.seek(175);
    await world.step(1125);
    expect(await world.curve()).toEqual(curve);
    const other = new Real();
    await other.create('network', { task: 'xor', hidden: [] });
    await other.load(bytes, history);
    await other.step(600);
    expect(await other.curve()).toEqual(curve);
  });
});

describe('what a step left behind', () => {
  it('is there again: gradients, the loss of its batch', async () => {
    const world = new Real();
    await world.create('network', { dropout: 0.3, hidden: [6] });
    const look = async (state: { status: { loss: unknown; step: number } }) => [state.status.step, state.status.loss, ...(await world.read('grad', '0.weight'))];
    const seen: unknown[][] = [await look(await world.seek(0))];
    for (let i = 0; i < 5; i++) seen.push(await look(await world.step(60)));
    for (const at of [5, 2, 4, 0, 1, 3]) expect(await look(await world.seek(at * 60)), `step ${at * 60}`).toEqual(seen[at]);
  });
  it('an optimizer changed and changed back between two steps has forgotten what it had gathered', async () => {
    const world = new Real();
    await world.create('network', { optimizer: 'adam' });
    await world.step(100);
    const changes: Params[] = [{ lr: 0.02 }, { optimizer: 'sgd' }, { lr: 0.01 }, { lr: 0.03 }, { optimizer: 'adam' }];
    for (const params of changes) await world.set(params);
    await world.step(80);
    const bits = await world.bits();
    await world.seek(99);
    await world.seek(180);
    expect(await world.bits()).toBe(bits);
    await world.seek(40);
    await world.step(60);
    expect((await world.seek(100)).timeline).toEqual({ first: 0, last: 100, changes: [] });
  });
  it('what was restored goes on with the bits of the original, and keeps its curve', async () => {
    const world = new Real();
    const params = { dropout: 0.2, optimizer: 'rmsprop' };
    await world.create('network', params);
    await world.step(150);
    const bytes = Buffer.from(await world.bits(), 'base64');
    await world.go(3);
    const { history } = world.snapshots.at(-1)!;
    await world.step(150);
    const bits = await world.bits(), whole = await world.curve();
    const other = new Real();
    await other.create('network', params);
    const state = await other.load(bytes, history);
    expect(state.timeline).toEqual({ first: 150, last: 150, changes: [] });
    await other.step(150);
    expect(await other.bits()).toBe(bits);
    expect(await other.curve()).toEqual(whole);
    expect((await other.seek(10)).status.step).toBe(150);
    await other.seek(300);
    expect(await other.bits()).toBe(bits);
  });
  it('of many steps asked for at once only the last is shown', async () => {
    const world = new Real();
    await world.create('network', { optimizer: 'adam' });
    await world.step(1000);
    const before = world.snapshots.length;
    const ids = Array.from({ length: 30 }, (_, i) => world.send('seek', { step: 900 - 30 * i }));
    for (let i = 0; i < 2000 && !world.answer(ids.at(-1)!); i++) await world.go(1);
    await world.go(3);
    expect(ids.every((id) => world.answer(id).kind === 'result')).toBe(true);
    expect(world.snapshots.at(-1)!.status.step).toBe(30);
    expect(world.snapshots.length - before).toBeLessThan(15);
  });
});

describe('a run that broke', () => {
  it('can be looked at up to where it broke, and breaks there again', async () => {
    const world = new Real();
    await world.create('network', { lr: 10 });
    const { status } = await world.step(3000);
    expect(status.state).toBe('diverged');
    expect((await world.seek(status.step - 3)).status.state).toBe('ready');
    const again = await world.seek(status.step);
    expect(again.status).toMatchObject({ state: 'diverged', step: status.step, divergence: status.divergence, good_step: status.good_step });
    // From its last good state it goes another way; the new end has a good state of its own.
    await world.seek(status.good_step);
    await world.set({ lr: 0.01 });
    expect((await world.step(500)).status).toMatchObject({ state: 'ready', step: status.good_step + 500 });
  });
});

describe('the states that are kept', () => {
  it('begin anew when settings changed without end; marks that would touch are one', () => {
    const timeline = new Timeline();
    timeline.begin(0, new Uint8Array(1), { lr: 1 });
    for (let step = 1; step <= MAX_CHANGES; step++) timeline.change(step, { lr: 1 + step });
    expect(timeline.crowded).toBe(true);
    expect(timeline.changed.length).toBeLessThanOrEqual(MARKS);
    expect(timeline.changed.length).toBeGreaterThan(MARKS / 3);
    timeline.begin(9, new Uint8Array(1), { lr: 1 });
    expect([timeline.crowded, timeline.changed]).toEqual([false, []]);
  });
  it('are thinned so that neither their number nor their bytes grow without end', () => {
    for (const bytes of [10, 2e6]) {
      const timeline = new Timeline();
      timeline.begin(0, new Uint8Array(bytes), {});
      let kept = 0;
      for (let step = 1; step <= 20_000; step++) {
        if (!timeline.due(10)) continue;
        timeline.keep(step, new Uint8Array(bytes), 0.05);
        kept++;
      }
      const steps = new Set(Array.from({ length: 20_001 }, (_, step) => timeline.nearest(step).step));
      expect(steps.size).toBeLessThan(Math.min(MAX_STATES, MAX_BYTES / bytes));
      expect(steps.size).toBeGreaterThan(Math.min(MAX_STATES, MAX_BYTES / bytes) / 3);
      expect(kept).toBeLessThan(MAX_STATES * (2 + Math.log2(20_000 / steps.size)));
      expect(kept * 0.05).toBeLessThan(0.02 * 20_000 * 10);
      // Evenly: no place is far from a state before it.
      const sorted = [...steps].sort((a, b) => a - b);
      expect(Math.max(...sorted.map((step, i) => (sorted[i + 1] ?? 20_001) - step))).toBeLessThan((4 * 20_000) / steps.size);
    }
  });
});
