// What comes from a host: everything that is not exactly right is refused with a LabError, and nothing else is thrown.
import { describe, expect, test } from 'vitest';
import { schema } from '#schema';
import { checkArgs, checkSize, isMethod, Rate } from '../../../web/embed/checks';
import { LabError, type Method } from '../../../web/embed/protocol';
import { defaultsOf } from '../../../web/site/state/url';

const table = schema.labs.network;
const check = (method: Method, args: unknown) => checkArgs(method, args, table, 'network');
const code = (act: () => unknown): string => {
  try {
    act();
    return '';
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(LabError);
    return (thrown as LabError).code;
  }
};

test.each([
  ['set', { params: { lr: 0.3, task: 'xor', hidden: [4, 4], features: ['x1'], batch_norm: true } }],
  ['set', { params: {} }],
  ['step', {}],
  ['step', { n: 100 }],
  ['metrics', { every: 0 }],
  ['metrics', {}],
  ['probe', { query: 'predict', args: { x: [1, 2] } }],
  ['screenshot', { type: 'svg' }],
  ['getState', { checkpoint: true }],
  ['setState', { state: { playgrad: 1, lab: 'network', params: defaultsOf(table), step: 10, running: true } }],
] as [Method, object][])('%s %j is taken', (method, args) => {
  expect(code(() => check(method, args))).toBe('');
});

test.each([
  ['set', undefined, 'malformed'],
  ['set', [], 'malformed'],
  ['set', { params: [] }, 'malformed'],
  ['set', { params: { nothing: 1 } }, 'unknown_param'],
  ['set', { params: JSON.parse('{"__proto__": {"lr": 1}}') }, 'unknown_param'],
  ['set', { params: { lr: '0.3' } }, 'bad_param'],
  ['set', { params: { lr: NaN } }, 'bad_param'],
  ['set', { params: { task: 'ring' } }, 'bad_param'],
  ['set', { params: { hidden: [NaN] } }, 'bad_param'],
  ['set', { params: { batch_norm: 1 } }, 'bad_param'],
  ['step', { n: 0 }, 'malformed'],
  ['step', { n: 1e7 }, 'malformed'],
  ['metrics', { every: 10 }, 'malformed'],
  ['metrics', { every: Infinity }, 'malformed'],
  ['probe', {}, 'malformed'],
  ['probe', { read: 'a', query: 'b' }, 'malformed'],
  ['probe', { read: 'a/../b' }, 'malformed'],
  ['probe', { read: 'a', args: new Map() }, 'malformed'],
  ['screenshot', { type: 'gif' }, 'malformed'],
  ['setState', { state: { playgrad: 2, lab: 'network', params: {}, step: 0, running: false } }, 'version'],
  ['setState', { state: { playgrad: 1, lab: 'attention', params: {}, step: 0, running: false } }, 'malformed'],
  ['setState', { state: { playgrad: 1, lab: 'network', params: {}, step: 1e8, running: false } }, 'malformed'],
  ['setState', { state: { playgrad: 1, lab: 'network', params: {}, step: 0, running: false, checkpoint: [1, 2] } }, 'malformed'],
] as [Method, unknown, string][])('%s %j is refused: %s', (method, args, expected) => {
  expect(code(() => check(method, args))).toBe(expected);
});

test('only methods are methods', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'call', 7, null, undefined, {}]) expect(isMethod(name)).toBe(false);
  expect(isMethod('set')).toBe(true);
});

test('too much is refused before it is looked at, whatever its form', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  let deep: unknown = 0;
  for (let i = 0; i < 5000; i++) deep = [deep];
  expect(code(() => checkSize('x'.repeat(65_537)))).toBe('too_large');
  expect(code(() => checkSize({ [`k${'x'.repeat(66_000)}`]: 1, then: 'a' }))).toBe('too_large');
  expect(code(() => checkSize(Array.from({ length: 2001 }, () => 0)))).toBe('too_large');
  expect(code(() => checkSize(deep))).toBe('too_large');
  expect(code(() => checkSize(loop))).toBe('malformed');
  expect(code(() => checkSize(new Uint8Array(17 * 1024 * 1024)))).toBe('too_large');
  for (const odd of [new Map(), new Date(), /x/, 1n, Symbol('x'), () => 1, new Error('x'), new Float32Array(1)]) expect(code(() => checkSize({ odd }))).toBe('malformed');
  expect(code(() => checkSize({ params: { lr: 1, hidden: [8, 8] } }))).toBe('');
});

test('10,000 arguments of every shape: a LabError or what was asked, and never a change of what was given', () => {
  let seed = 7;
  const random = (n: number) => ((seed = (seed * 1103515245 + 12345) % 2 ** 31), seed % n);
  const leaf = [() => null, () => undefined, () => NaN, () => -1, () => 1e9, () => 'lr', () => '', () => true, () => [], () => ({}), () => new Date(0), () => 'x'.repeat(70_000)];
  const value = (depth: number): unknown => {
    if (!depth || random(3)) return leaf[random(leaf.length)]!();
    if (random(2)) return Array.from({ length: random(6) }, () => value(depth - 1));
    return Object.fromEntries(Array.from({ length: random(5) }, () => [['params', 'state', 'lr', 'n', 'every', 'read', 'args', 'type', 'lab', 'step', 'playgrad', '__proto__'][random(12)]!, value(depth - 1)]));
  };
  const methods: Method[] = ['getState', 'setState', 'set', 'run', 'step', 'metrics', 'probe', 'screenshot'];
  let taken = 0;
  for (let i = 0; i < 10_000; i++) {
    const args = value(4), method = methods[random(methods.length)]!;
    const before = JSON.stringify(args);
    if (code(() => (checkSize(args), check(method, args))) === '') taken++;
    expect(JSON.stringify(args)).toBe(before);
  }
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(5000);
  expect(({} as Record<string, unknown>)['lr']).toBeUndefined();
});

test('a rate: a burst, then so many a second', () => {
  let now = 0;
  const rate = new Rate(3, 10, () => now);
  expect([rate.take(), rate.take(), rate.take(), rate.take()]).toEqual([true, true, true, false]);
  now = 100;
  expect([rate.take(), rate.take()]).toEqual([true, false]);
  now = 10_000;
  expect([rate.take(), rate.take(), rate.take(), rate.take()]).toEqual([true, true, true, false]);
});

describe('what an author writes', async () => {
  const { readOptions, queryOf } = await import('../../../web/embed/options');
  test('is read with care', () => {
    expect(readOptions({ lab: 'network', show: ' loss, surface ', lock: 'lr', lang: 'ko-KR', theme: 'pink', height: '5', autoplay: 'off' }, 'en')).toMatchObject({
      lang: 'ko', theme: 'auto', shown: { show: ['loss', 'surface'], hide: [], lock: ['lr'] }, autoplay: false, height: 120,
    });
    expect(readOptions({ lab: 'network', height: 'auto' }, 'ko')).toMatchObject({ lang: 'ko', height: 0, autoplay: true, shown: { show: null } });
  });
  test('means the same in a frame', () => {
    expect(queryOf({ lab: 'network', preset: 'xor', show: 'loss,surface', frame: '' })).toBe('?preset=xor&show=loss%2Csurface');
  });
});
