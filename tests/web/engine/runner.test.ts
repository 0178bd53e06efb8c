import { beforeEach, describe, expect, it } from 'vitest';
import { SLICE_MS } from '../../../web/engine/runner';
import { World } from './fakes';

let world: World;
beforeEach(() => void (world = new World()));
const start = async () => {
  const id = world.send('create', { lab: 'any', params: { lr: 2 } });
  await world.go();
  return world.answer(id);
};

describe('requests', () => {
  it('create answers the corrected parameters and the lab’s info', async () => {
    const { value } = await start();
    expect(value).toMatchObject({ params: { lr: 2 }, corrections: [], applied: 'rebuild', build: 1, running: false, info: { name: 'info' } });
  });
  it('an error of the engine arrives with code and path', async () => {
    const id = world.send('create', { lab: 'none', params: {} });
    await world.go();
    expect(world.answer(id)).toMatchObject({ kind: 'error', error: { code: 'unknown_lab', path: 'lab', message: 'no lab' } });
  });
  it('what comes before a lab is there is an error, not a hang', async () => {
    const id = world.send('query', { name: 'info', args: {} });
    await world.go();
    expect(world.answer(id)).toMatchObject({ kind: 'error', error: { code: 'no_lab' } });
  });
  it('a trap of the engine is answered and then ends the worker', async () => {
    await start();
    world.labs[0]!.query = () => {
      throw new WebAssembly.RuntimeError('unreachable');
    };
    const id = world.send('query', { name: 'x', args: {} });
    await expect(world.go()).rejects.toThrow('unreachable');
    expect(world.answer(id)).toMatchObject({ kind: 'error', error: { code: 'trap' } });
  });
  it('no steps are done at once', async () => {
    await start();
    const id = world.send('step', { n: 0 });
    await world.go();
    expect(world.answer(id)).toMatchObject({ kind: 'result', value: { done: 0 } });
  });
  it('a second create frees the first lab', async () => {
    await start();
    await start();
    expect(world.labs.map((lab) => lab.deleted)).toEqual([true, false]);
  });
  it('a cancelled request that has not begun is not done', async () => {
    await start();
    const id = world.send('step', { n: 5 });
    world.runner.receive({ kind: 'cancel', id });
    await world.go();
    expect(world.answer(id)).toMatchObject({ kind: 'error', error: { code: 'cancelled' } });
    expect(world.labs[0]!.steps).toBe(0);
  });
  it('reads are copies: the engine’s memory may change after', async () => {
    await start();
    const id = world.send('read', { name: 'weights', args: {} });
    await world.go();
    const { data } = world.answer(id).value;
    expect(data.buffer).not.toBe(world.view.buffer);
    expect(data.buffer.byteLength).toBe(8);
  });
});

describe('assets', () => {
  it('are fetched when the engine asks, with progress, and create goes on', async () => {
    world.needs = 'digits';
    const { kind } = await start();
    expect(kind).toBe('result');
    expect(world.fetched).toEqual(['digits']);
    expect(world.posted.filter((m) => m.kind === 'progress' && m.asset === 'digits').map((m) => m.kind === 'progress' && m.done)).toEqual([false, true]);
  });
  it('are fetched for a change of parameters too', async () => {
    await start();
    const id = world.send('set', { params: { data: 'clothes' } });
    await world.go();
    expect(world.answer(id).kind).toBe('result');
    expect(world.fetched).toEqual(['clothes']);
  });
  it('that the engine keeps asking for do not make it fetch for ever', async () => {
    world.needs = 'digits';
    world.provided.add = () => world.provided; // provided, yet never there
    const { kind, error } = await start();
    expect([kind, error.code]).toEqual(['error', 'needs_asset']);
    expect(world.fetched.length).toBeLessThan(20);
  });
});

describe('training', () => {
  it('goes on in slices, between which messages get through', async () => {
    await start();
    world.send('run', {});
    await world.untilFast();
    const before = world.clock;
    await world.go(1);
    expect(world.clock - before).toBeGreaterThanOrEqual(SLICE_MS);
    expect(world.clock - before).toBeLessThan(SLICE_MS + 4);
    const id = world.send('pause', {});
    await world.go();
    expect(world.answer(id).value.done).toBe(world.labs[0]!.steps);
    const { steps } = world.labs[0]!;
    await world.go();
    expect(world.labs[0]!.steps).toBe(steps);
  });
  it('a slow step makes a slice of one step', async () => {
    world.cost = 50;
    await start();
    world.send('run', {});
    await world.go(4);
    expect(world.calls.slice(1).every((n) => n === 1)).toBe(true);
  });
  it('begins slowly enough to be watched, then goes as fast as the machine', async () => {
    world.cost = 0.01;
    await start();
    world.send('run', {});
    const reached: number[] = [];
    for (let second = 1; second <= 12; second++) {
      while (world.clock < second * 1000) {
        await world.go(1);
        world.ack();
      }
      reached.push(world.labs[0]!.steps);
    }
    expect(reached[0]).toBeGreaterThan(30);
    expect(reached[0]).toBeLessThan(150);
    expect(reached[4]).toBeGreaterThan(800);
    expect(reached[4]).toBeLessThan(3000);
    expect(reached[11]! - reached[10]!).toBeGreaterThan(10_000);
  });
  it('begins slowly again after a rebuild, and goes on as it was after a pause', async () => {
    await start();
    world.send('run', {});
    await world.untilFast();
    const perTurn = async () => {
      const { steps } = world.labs[0]!;
      await world.go(4);
      return world.labs[0]!.steps - steps;
    };
    world.send('pause', {});
    await world.go(3);
    world.send('run', {});
    await world.go(2);
    expect(await perTurn()).toBeGreaterThan(100);
    world.send('set', { params: { hidden: [2] } });
    await world.go(1);
    expect(await perTurn()).toBeLessThan(20);
  });
  it('asked for a number of steps, it does not hold back', async () => {
    await start();
    const id = world.send('step', { n: 1000 });
    await world.go(20);
    expect(world.answer(id).value.done).toBe(1000);
    expect(world.clock).toBeLessThan(150);
  });
  it('step does exactly as many as asked, and answers when done', async () => {
    world.cost = 0.5;
    await start();
    const id = world.send('step', { n: 137 });
    await world.go(1);
    expect(world.answer(id)).toBeUndefined();
    await world.go(50);
    expect(world.answer(id).value).toMatchObject({ done: 137, status: { step: 137 } });
  });
  it('epoch goes to the end of the current epoch', async () => {
    await start();
    world.send('step', { n: 7 });
    await world.go();
    const id = world.send('epoch', {});
    await world.go();
    expect(world.answer(id).value).toMatchObject({ done: 3, status: { step: 10, epoch: 1 } });
  });
  it('steps that something else ends are answered all the same', async () => {
    world.cost = 1;
    await start();
    const id = world.send('step', { n: 10000 });
    await world.go(2);
    world.send('reset', {});
    await world.go();
    expect(world.answer(id).value.done).toBeGreaterThan(0);
    expect(world.labs[0]!.steps).toBe(0);
  });
  it('ends by itself when the lab diverges, and says so', async () => {
    world.limit = 333;
    await start();
    world.send('run', {});
    do {
      world.ack();
      await world.go(2);
    } while (!world.idle);
    expect(world.idle).toBe(true);
    expect(world.snapshots.at(-1)).toMatchObject({ running: false, status: { state: 'diverged', step: 333 } });
  });
  it('a rebuild goes on training', async () => {
    await start();
    world.send('run', {});
    await world.go(3);
    const id = world.send('set', { params: { hidden: [2] } });
    await world.go(3);
    expect(world.answer(id).value).toMatchObject({ applied: 'rebuild', running: true, build: 2 });
    expect(world.labs[0]!.steps).toBeGreaterThan(0);
  });
});

describe('snapshots', () => {
  it('at most one is on the way', async () => {
    await start();
    world.send('run', {});
    await world.go(200);
    expect(world.snapshots).toHaveLength(1);
    world.ack();
    await world.go(200);
    expect(world.snapshots).toHaveLength(2);
  });
  it('shows a change at once, whatever is on the way', async () => {
    await start();
    world.send('run', {});
    await world.go(200);
    const before = world.snapshots.length, { clock } = world;
    world.send('set', { params: { hidden: [3] } });
    await world.go(0);
    expect(world.clock).toBe(clock);
    expect(world.snapshots.slice(before)).toMatchObject([{ build: 2, status: { step: 0 } }]);
    expect(world.posted.at(-2)).toMatchObject({ kind: 'result' });
    world.ack();
    await world.go(200);
    expect(world.snapshots).toHaveLength(before + 2);
  });
  it('are at most 30 a second', async () => {
    await start();
    world.send('run', {});
    const begin = world.clock;
    while (world.clock - begin < 2000) {
      await world.go(1);
      world.ack();
    }
    expect(world.snapshots.length).toBeLessThanOrEqual(62);
    expect(world.snapshots.length).toBeGreaterThan(40);
  });
  it('cost at most a fifth of the time', async () => {
    world.readCost = 40;
    await start();
    world.send('watch', { items: [{ key: 'w', name: 'weights' }] });
    world.send('run', {});
    const begin = world.clock;
    while (world.clock - begin < 10_000) {
      await world.go(1);
      world.ack();
    }
    expect((world.snapshots.length * 40) / (world.clock - begin)).toBeLessThan(0.24);
  });
  it('carry copies of what is watched; what cannot be read does not spoil the rest', async () => {
    await start();
    world.ack();
    world.send('watch', { items: [{ key: 'w', name: 'weights', args: { r: 4 } }, { key: 'b', name: 'bad' }, { key: 'q', name: 'info', kind: 'query', args: { a: 1 } }] });
    await world.go();
    const snapshot = world.snapshots.at(-1)!;
    expect(snapshot.watched['w']!.shape).toEqual([2]);
    expect(snapshot.watched['w']!.data.buffer).not.toBe(world.view.buffer);
    expect(snapshot.history.data.buffer).not.toBe(world.view.buffer);
    expect(snapshot.watchErrors['b']).toMatchObject({ code: 'unknown_name' });
    expect(snapshot.answers['q']).toMatchObject({ name: 'info', args: { a: 1 } });
  });
  it('come after every change, also when nothing trains', async () => {
    await start();
    world.ack();
    await world.go();
    const before = world.snapshots.length;
    world.send('set', { params: { lr: 3 } });
    await world.go();
    expect(world.snapshots.length).toBe(before + 1);
  });
  it('the newest state is sent once the page has drawn, even if it changed meanwhile', async () => {
    await start();
    world.send('step', { n: 5 });
    await world.go();
    expect(world.snapshots.at(-1)!.status.step).toBe(0);
    world.ack();
    await world.go();
    expect(world.snapshots.at(-1)!.status.step).toBe(5);
  });
});
