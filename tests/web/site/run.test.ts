import { describe, expect, it, vi } from 'vitest';
import { EngineClient, type WorkerLike } from '../../../web/engine/engine-client';
import type { FromWorker, Params, ToWorker } from '../../../web/engine/protocol';
import { RunStore } from '../../../web/site/state/run';
import { defaultCurves, historyColumns } from '../../../web/site/curves';
import { flush, World } from '../engine/fakes';

/** A worker made of the real runner over the fake engine. */
function connect() {
  const worlds: World[] = [];
  const workers: WorkerLike[] = [];
  const make = () => {
    const world = new World();
    const worker: WorkerLike = {
      onmessage: null,
      onerror: null,
      onmessageerror: null,
      postMessage: (message: ToWorker) => world.runner.receive(structuredClone(message)),
      terminate: () => {},
    };
    world.post = (message: FromWorker) => {
      world.posted.push(message);
      queueMicrotask(() => worker.onmessage?.({ data: structuredClone(message) } as MessageEvent));
    };
    worlds.push(world);
    workers.push(worker);
    return new EngineClient({ root: 'http://host/', lab: 'network', makeWorker: () => worker, frame: (callback) => queueMicrotask(callback) });
  };
  const changed = vi.fn();
  const run = new RunStore(make, changed);
  const go = async (turns = 10) => {
    for (const world of worlds) await world.go(turns);
    await flush();
  };
  return { run, worlds, workers, changed, go, world: () => worlds.at(-1)! };
}
const started = async (params: Params = {}) => {
  const all = connect();
  const starting = all.run.start('any', params);
  await all.go();
  await starting;
  return all;
};

describe('RunStore', () => {
  it('runs by itself once the lab stands, when that is wished', async () => {
    const { run, go, world } = connect();
    run.wish = true;
    void run.start('any', {});
    await go(30);
    expect(run.phase).toBe('ready');
    expect(run.running).toBe(true);
    expect(world().labs[0]!.steps).toBeGreaterThan(0);
  });
  it('does not train while the tab is hidden, and goes on after', async () => {
    const { run, go, world } = await started();
    void run.run();
    await go();
    void run.setHidden(true);
    await go();
    const { steps } = world().labs[0]!;
    await go();
    expect(world().labs[0]!.steps).toBe(steps);
    void run.setHidden(false);
    await go();
    expect(world().labs[0]!.steps).toBeGreaterThan(steps);
  });
  it('stays paused when the reader paused, whatever the tab does', async () => {
    const { run, go, world } = await started();
    void run.run();
    await go();
    void run.pause();
    void run.setHidden(true);
    void run.setHidden(false);
    await go();
    const { steps } = world().labs[0]!;
    await go();
    expect(world().labs[0]!.steps).toBe(steps);
  });
  it('after a crash offers the same experiment in a new worker', async () => {
    const { run, go, workers, worlds } = await started({ lr: 7 });
    void run.run();
    await go();
    workers[0]!.onerror!({ message: 'trap', preventDefault() {} } as unknown as ErrorEvent);
    expect(run.phase).toBe('crashed');
    void run.restart({ lr: 7 });
    await go(30);
    expect(run.phase).toBe('ready');
    expect(run.state!.params['lr']).toBe(7);
    expect(worlds).toHaveLength(2);
    expect(worlds[1]!.labs[0]!.steps).toBeGreaterThan(0);
  });
  it('a dragged slider asks for the last value, not for all', async () => {
    const { run, go, world } = await started();
    const asked = vi.spyOn(world().labs[0]!, 'set');
    for (let lr = 1; lr <= 50; lr++) void run.apply({ lr });
    await go(60);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(2);
    expect(run.state!.params['lr']).toBe(50);
  });
  it('looks at a step and rests there; other settings make a fork, and what lay beyond is handed on', async () => {
    const { run, go } = await started();
    const forks: unknown[] = [];
    run.onfork = (params, { status }) => forks.push([params['lr'], status.step]);
    void run.step(50);
    await go(30);
    void run.run();
    await go();
    const head = run.status!.step;
    void run.seek(20);
    await go();
    expect([run.status!.step, run.lookingBack, run.running, run.wish]).toEqual([20, true, false, false]);
    void run.apply({ lr: 3 });
    await go();
    expect(forks).toHaveLength(1);
    expect((forks[0] as number[])[1]).toBeGreaterThanOrEqual(head);
    expect(run.lookingBack).toBe(false);
    void run.apply({ lr: 4 });
    await go();
    expect(forks).toHaveLength(1);
  });
  it('of many steps looked at only the last one counts', async () => {
    const { run, go } = await started();
    void run.step(60);
    await go(30);
    const answers = [10, 20, 30].map((step) => run.seek(step));
    await go(30);
    expect((await Promise.all(answers)).map((state) => state?.status.step ?? null)).toEqual([null, null, 30]);
  });
  it('says why a lab could not be made', async () => {
    const { run, go } = connect();
    void run.start('none', {});
    await go();
    expect([run.phase, run.error?.code]).toEqual(['failed', 'unknown_lab']);
  });
  it('watches again what was watched before a crash', async () => {
    const { run, go, world } = await started();
    run.watch([{ key: 'w', name: 'weights' }]);
    await go();
    void run.restart({});
    await go();
    await flush();
    run.watch([{ key: 'w', name: 'weights' }]);
    await go();
    expect(world().snapshots.at(-1)!.watched).toHaveProperty('w');
  });
});

describe('curves', () => {
  it('are grouped by what they measure', () => {
    expect(defaultCurves(['train.loss', 'train.accuracy', 'test.loss', 'right_key_weight'])).toEqual([
      { key: 'loss', metrics: ['train.loss', 'test.loss'] },
      { key: 'accuracy', metrics: ['train.accuracy'], range: [0, 1] },
      { key: 'right_key_weight', metrics: ['right_key_weight'], range: [0, 1] },
    ]);
  });
  it('reach the present', () => {
    const snapshot = { status: { step: 25 }, metrics: new Float64Array([0.5]), history: { names: ['step', 'train.loss'], rows: 2, data: new Float64Array([0, 0.9, 16, 0.7]) } };
    const history = historyColumns(snapshot as never, ['train.loss']);
    expect([...history.steps]).toEqual([0, 16, 25]);
    expect([...history.column('train.loss')]).toEqual([0.9, 0.7, 0.5]);
  });
  it('do not repeat the last step', () => {
    const snapshot = { status: { step: 16 }, metrics: new Float64Array([0.7]), history: { names: ['step', 'train.loss'], rows: 1, data: new Float64Array([16, 0.7]) } };
    expect([...historyColumns(snapshot as never, ['train.loss']).steps]).toEqual([16]);
  });
});
