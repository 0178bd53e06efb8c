import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineClient, EngineError, type WorkerLike } from '../../../web/engine/engine-client';
import { latest } from '../../../web/engine/latest';
import type { Snapshot, ToWorker } from '../../../web/engine/protocol';
import { flush } from './fakes';

class FakeWorker implements WorkerLike {
  sent: ToWorker[] = [];
  terminated = false;
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  onmessageerror: WorkerLike['onmessageerror'] = null;
  postMessage(message: ToWorker): void {
    structuredClone(message);
    this.sent.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  say(data: unknown): void {
    this.onmessage?.({ data } as MessageEvent);
  }
  get requests() {
    return this.sent.filter((m) => m.kind === 'request');
  }
  answerLast(value: unknown): void {
    this.say({ kind: 'result', id: this.requests.at(-1)!.id, value });
  }
}

let worker: FakeWorker, client: EngineClient, frames: (() => void)[];
beforeEach(() => {
  worker = new FakeWorker();
  frames = [];
  client = new EngineClient({ root: 'http://host/sub/', lab: 'network', makeWorker: () => worker, frame: (callback) => void frames.push(callback) });
});
const code = (promise: Promise<unknown>) => promise.then(() => 'resolved', (error: EngineError) => error.code);

describe('the compiled engine', () => {
  it('is one for all workers of a page; what failed is tried again by the next', async () => {
    const workers: FakeWorker[] = [];
    vi.stubGlobal('Worker', function () {
      workers.push(new FakeWorker());
      return workers.at(-1);
    });
    const fetched = vi.fn().mockRejectedValueOnce(new Error('no network')).mockImplementation(async () => new Response(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)));
    vi.stubGlobal('fetch', fetched);
    vi.stubGlobal('origin', new URL(import.meta.url).origin); // the page's own scripts
    const handed = () => {
      new EngineClient({ root: 'http://host/', lab: 'network', frame: () => {} });
      const at = workers.at(-1)!;
      return vi.waitUntil(() => at.sent.find((message) => message.kind === 'engine') as Extract<ToWorker, { kind: 'engine' }> | undefined);
    };
    expect(await handed()).toMatchObject({ error: { code: 'offline', path: 'engine' } });
    const [first, second] = await Promise.all([handed(), handed()]);
    expect('module' in first && first.module).toBeInstanceOf(WebAssembly.Module);
    expect('module' in second && second.module).toBe('module' in first && first.module);
    expect(fetched).toHaveBeenCalledTimes(2);
    vi.unstubAllGlobals();
  });
});

describe('EngineClient', () => {
  it('tells the worker the root first', () => {
    expect(worker.sent[0]).toEqual({ kind: 'init', root: 'http://host/sub/' });
  });
  it('gives each answer to the one who asked', async () => {
    const a = client.query('a'), b = client.query('b');
    const [first, second] = worker.requests;
    worker.say({ kind: 'result', id: second!.id, value: 'B' });
    worker.say({ kind: 'result', id: first!.id, value: 'A' });
    expect(await Promise.all([a, b])).toEqual(['A', 'B']);
  });
  it('errors keep code, path, rule and value', async () => {
    const asked = client.set({ lr: 1 });
    worker.say({ kind: 'error', id: worker.requests[0]!.id, error: { code: 'bad', path: 'lr', rule: 'max', value: 1, message: 'm' } });
    await expect(asked).rejects.toMatchObject({ name: 'EngineError', code: 'bad', path: 'lr', rule: 'max', value: 1, message: 'm' });
  });
  it('a crash settles everything, tells once, and later requests fail at once', async () => {
    const crashed = vi.fn();
    client.oncrash = crashed;
    const waiting = [client.run(), client.query('x'), client.step(3)].map(code);
    worker.onerror!({ message: 'boom', preventDefault() {} } as unknown as ErrorEvent);
    expect(await Promise.all(waiting)).toEqual(['crash', 'crash', 'crash']);
    expect(crashed).toHaveBeenCalledOnce();
    expect(worker.terminated).toBe(true);
    expect(await code(client.run())).toBe('crash');
    expect(client.alive).toBe(false);
  });
  it('dispose settles everything and is not a crash', async () => {
    const crashed = vi.fn();
    client.oncrash = crashed;
    const waiting = code(client.query('x'));
    client.dispose();
    client.dispose();
    expect(await waiting).toBe('disposed');
    expect(await code(client.query('x'))).toBe('disposed');
    expect(crashed).not.toHaveBeenCalled();
  });
  it('aborting rejects at once and tells the worker; a late answer does no harm', async () => {
    const abort = new AbortController();
    const asked = code(client.query('x', {}, { signal: abort.signal }));
    abort.abort();
    expect(await asked).toBe('cancelled');
    expect(worker.sent.at(-1)).toEqual({ kind: 'cancel', id: worker.requests[0]!.id });
    expect(() => worker.answerLast('late')).not.toThrow();
    expect(await code(client.query('x', {}, { signal: abort.signal }))).toBe('cancelled');
    expect(worker.requests).toHaveLength(1);
  });
  it('what cannot be sent is refused, not waited for', async () => {
    expect(await code(client.query('x', { f: () => 1 }))).toBe('bad_request');
  });
});

describe('snapshots', () => {
  const snapshot = (seq: number) => ({ kind: 'snapshot', snapshot: { seq } as Snapshot });
  const acks = () => worker.sent.filter((m) => m.kind === 'ack');

  it('are handed on at once and acknowledged when views draw, in the next frame', () => {
    const seen: number[] = [];
    client.onsnapshot = (s) => void seen.push(s.seq);
    worker.say(snapshot(1));
    expect([seen, acks()]).toEqual([[1], []]);
    frames.shift()!();
    expect(acks()).toEqual([{ kind: 'ack', seq: 1 }]);
    worker.say(snapshot(2));
    expect(seen).toEqual([1, 2]);
  });
  it('of those that come before the frame only the newest is drawn, in that frame', () => {
    const seen: number[] = [];
    client.onsnapshot = (s) => void seen.push(s.seq);
    for (const seq of [1, 2, 3]) worker.say(snapshot(seq));
    expect(seen).toEqual([1]);
    frames.shift()!();
    expect([seen, acks()]).toEqual([[1, 3], [{ kind: 'ack', seq: 1 }]]);
    expect(frames).toHaveLength(1);
    frames.shift()!();
    expect(acks().at(-1)).toEqual({ kind: 'ack', seq: 3 });
    expect(frames).toHaveLength(0);
  });
  it('a view that throws does not stop them', () => {
    client.onsnapshot = () => {
      throw new Error('view');
    };
    expect(() => worker.say(snapshot(1))).toThrow('view');
    frames.shift()!();
    expect(acks()).toHaveLength(1);
  });
  it('do not arrive after dispose', () => {
    const seen = vi.fn();
    worker.say(snapshot(1));
    worker.say(snapshot(2));
    client.onsnapshot = seen;
    client.dispose();
    frames.shift()!();
    expect(seen).not.toHaveBeenCalled();
  });
});

describe('latest', () => {
  it('asks one at a time and keeps only the newest of those that wait', async () => {
    const asked: number[] = [];
    const done: (() => void)[] = [];
    const ask = latest((n: number) => {
      asked.push(n);
      return new Promise<number>((resolve) => done.push(() => resolve(n)));
    });
    const results = [1, 2, 3].map((n) => ask(n));
    done[0]!();
    await flush();
    expect(asked).toEqual([1, 3]);
    done[1]!();
    expect(await Promise.all(results)).toEqual([1, null, 3]);
  });
  it('goes on after a failure', async () => {
    const ask = latest(async (n: number) => {
      if (n === 1) throw new Error('no');
      return n;
    });
    const results = [ask(1), ask(2)].map((p) => p.catch((e: Error) => e.message));
    expect(await Promise.all(results)).toEqual(['no', 2]);
  });
});
