import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LabSchema } from '../../../web/engine/protocol';
import { addressBar } from '../../../web/site/state/address';
import { SpecStore } from '../../../web/site/state/spec';

const schema: LabSchema = {
  metrics: [],
  params: [
    { key: 'lr', kind: 'real', default: 0.03, apply: 'live', group: 'training' },
    { key: 'hidden', kind: 'integers', default: [8], apply: 'rebuild', group: 'model' },
  ],
};

describe('SpecStore', () => {
  it('undoes and redoes', () => {
    const spec = new SpecStore(schema);
    spec.set({ lr: 1 });
    spec.set({ hidden: [4, 4] });
    spec.undo();
    expect(spec.params).toEqual({ lr: 1, hidden: [8] });
    spec.undo();
    expect(spec.params).toEqual({ lr: 0.03, hidden: [8] });
    expect(spec.canUndo).toBe(false);
    spec.redo();
    spec.redo();
    expect(spec.params).toEqual({ lr: 1, hidden: [4, 4] });
    expect(spec.canRedo).toBe(false);
  });

  it('a change after undo forgets what was undone', () => {
    const spec = new SpecStore(schema);
    spec.set({ lr: 1 });
    spec.undo();
    spec.set({ lr: 2 });
    expect(spec.canRedo).toBe(false);
    spec.undo();
    expect(spec.params['lr']).toBe(0.03);
  });

  it('a whole drag is one thing to undo', () => {
    const spec = new SpecStore(schema);
    for (const lr of [0.1, 0.3, 1]) spec.set({ lr }, { dragging: true });
    spec.set({ lr: 1 });
    spec.undo();
    expect(spec.params['lr']).toBe(0.03);
    expect(spec.canUndo).toBe(false);
  });

  it('a correction by the engine is not a thing to undo', () => {
    const spec = new SpecStore(schema);
    spec.set({ lr: 99 });
    spec.adopt({ lr: 10 });
    expect(spec.params['lr']).toBe(10);
    spec.undo();
    expect(spec.params['lr']).toBe(0.03);
  });

  it('tells which keys changed, and nothing when none did', () => {
    const spec = new SpecStore(schema);
    const heard = vi.fn();
    spec.onChange(heard);
    spec.set({ lr: 0.03, hidden: [8] });
    expect(heard).not.toHaveBeenCalled();
    spec.set({ hidden: [8, 8], unknown: 1 });
    expect(heard).toHaveBeenCalledExactlyOnceWith({ lr: 0.03, hidden: [8, 8] }, ['hidden']);
  });

  it('a preset puts everything it does not name to its default', () => {
    const spec = new SpecStore(schema, { lr: 5 });
    spec.replace({ hidden: [2] });
    expect(spec.params).toEqual({ lr: 0.03, hidden: [2] });
  });
});

describe('the address bar', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const make = () => {
    const location = { pathname: '/en/network/', search: '', hash: '#neuron' };
    const write = vi.fn((_state: unknown, _title: string, url?: string | URL | null) => {
      location.search = String(url).slice(location.pathname.length).split('#')[0]!;
    });
    const push = vi.fn((_state: unknown, _title: string, _url?: string | URL | null) => {});
    return { bar: addressBar({ replaceState: write, pushState: push }, location), write, push };
  };

  it('a second of dragging writes a few times, not sixty', () => {
    const { bar, write } = make();
    for (let i = 0; i < 60; i++) {
      bar.replace(`?v=1&lr=${i}`);
      vi.advanceTimersByTime(1000 / 60);
    }
    vi.runAllTimers();
    expect(write.mock.calls.length).toBeLessThanOrEqual(3);
    expect(write).toHaveBeenLastCalledWith(null, '', '/en/network/?v=1&lr=59#neuron');
  });

  it('what still waits is written before the page is left', () => {
    const { bar, write } = make();
    bar.replace('?v=1&lr=2');
    bar.flush();
    expect(write).toHaveBeenCalledOnce();
  });

  it('a link of the prose makes an entry of its own; the one before keeps what it was', () => {
    const { bar, write, push } = make();
    bar.replace('?v=1&lr=2');
    bar.flush();
    bar.replace('?v=1&lr=3'); // the spec has changed …
    bar.push('?v=1&lr=3'); // … by a link
    vi.runAllTimers();
    expect(write.mock.calls.map((call) => call[2])).toEqual(['/en/network/?v=1&lr=2#neuron']);
    expect(push).toHaveBeenCalledExactlyOnceWith(null, '', '/en/network/?v=1&lr=3#neuron');
  });

  it('goes on when the browser refuses', () => {
    const refuse = () => {
      throw new DOMException('too many calls', 'SecurityError');
    };
    const bar = addressBar({ replaceState: refuse, pushState: refuse }, { pathname: '/', search: '', hash: '' });
    bar.replace('?v=1');
    expect(() => bar.flush()).not.toThrow();
  });
});
