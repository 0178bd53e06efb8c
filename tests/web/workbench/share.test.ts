// What is shared comes back as it was, and nothing that is not whole comes back at all.
import { beforeAll, describe, expect, test } from 'vitest';
import { schema } from '#schema';
import type { RawLab } from '../../../bindings/lab';
import type { LabView } from '../../../web/labs/lab-view';
import attentionView from '../../../web/labs/attention/view';
import { isProbe } from '../../../web/labs/network/net';
import { CARRIES } from '../../../web/site/state/address';
import { parseLook, readLook, writeLook, type Look } from '../../../web/workbench/share/look';
import { base64url, crc32, fromBase64url, pack, planes, ShareError, thinned, unpack, unplanes, type Saved } from '../../../web/workbench/share/pack';
import { loadEngine, providePacks, type WholeEngine } from '../../../.tools/wasm.mjs';

const MOST = 1e6;
const bytesOf = (n: number, seed = 1) => Uint8Array.from({ length: n }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 13) & 255);
const curve = { names: ['step', 'train.loss', 'test.loss'], rows: 3, data: Float64Array.of(0, 0.1, NaN, 10, 1 / 3, Infinity, 20, 5e-324, -0) };
const run: Saved = { lab: 'network', query: '?v=1&lr=0.3', look: { tab: 'model' }, state: bytesOf(203), history: curve, own: { crc: 7, bytes: bytesOf(9) } };

const problemOf = async (bytes: Uint8Array<ArrayBuffer>, most = MOST): Promise<string> => {
  try {
    await unpack(bytes, most);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ShareError);
    return (thrown as ShareError).problem;
  }
  return '';
};
const bits = (saved: Saved) => ({ ...saved, history: saved.history && { ...saved.history, data: [...new Uint8Array(saved.history.data.buffer)] } });

describe('packing', () => {
  test.each<[string, Saved]>([
    ['a whole run', run],
    ['without a curve', { ...run, history: null }],
    ['without data, known again by their sum', { ...run, own: { crc: 2 ** 32 - 1, bytes: null } }],
    ['with nothing trained', { ...run, state: new Uint8Array(), look: null, own: null }],
  ])('%s comes back with the same bits', async (_name, saved) => {
    expect(bits(await unpack(await pack(saved), MOST))).toEqual(bits(saved));
  });

  test('byte planes come back, whatever the length', () => {
    for (const n of [0, 1, 3, 4, 8, 21]) for (const width of [4, 8]) expect(unplanes(planes(bytesOf(n), width), width)).toEqual(bytesOf(n));
  });

  test('the sum is the CRC-32 of everybody', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  test('text of 64 letters, and no other', () => {
    for (let n = 1; n < 9; n++) expect(fromBase64url(base64url(bytesOf(n)))).toEqual(bytesOf(n));
    expect(base64url(bytesOf(400))).toMatch(/^[\w-]+$/);
    for (const text of ['', 'A', 'AAAAA', 'AA==', 'A+/A', 'AA A', '한글한글', 'AAAA\n']) expect(() => fromBase64url(text), text).toThrow(ShareError);
  });

  test('a link’s curve is short, keeps both ends and hardly changes', () => {
    const rows = 301, long = { names: ['step', 'loss'], rows, data: Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 ? Math.exp(-i / 100) : i)) };
    const short = thinned(long, 64);
    expect(short.rows).toBeLessThanOrEqual(64 + 1);
    expect(short.data[0]).toBe(0);
    expect(short.data[2 * short.rows - 2]).toBe(600);
    for (let r = 0; r < short.rows; r++) expect(short.data[2 * r + 1]).toBeCloseTo(Math.exp(-(short.data[2 * r]! + 1) / 100), 6);
    expect(thinned(curve, 64).rows).toBe(3);
  });
});

describe('what is not whole is refused', () => {
  test('every flipped bit is found, or changes nothing', async () => {
    const small = { ...run, query: '', look: null, state: bytesOf(24), own: null };
    const whole = await pack(small), wanted = bits(small);
    let refused = 0;
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const bytes = whole.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const problem = await problemOf(bytes);
      if (problem) refused++;
      else expect(bits(await unpack(bytes, MOST)), `bit ${bit}`).toEqual(wanted); // what fills up the last byte of the stream
    }
    expect(refused).toBeGreaterThan(8 * whole.length - 8);
  });

  test('every cut', async () => {
    const whole = await pack(run);
    for (let length = 0; length < whole.length; length++) expect(await problemOf(whole.slice(0, length)), `${length} bytes`).toMatch(/^(foreign|damaged)$/);
  });

  test.each([
    ['another version', 'version', [0x50, 0x47, 0x53, 0x32, 1, 2, 3]],
    ['a picture', 'foreign', [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]],
    ['nothing', 'foreign', []],
  ])('%s: %s', async (_name, problem, bytes) => {
    expect(await problemOf(Uint8Array.from(bytes))).toBe(problem);
  });

  test('a small file that unpacks to much is left off early', async () => {
    const bomb = await pack({ ...run, state: new Uint8Array(64e6) });
    expect(bomb.length).toBeLessThan(100e3);
    const begin = performance.now();
    expect(await problemOf(bomb)).toBe('bomb');
    expect(performance.now() - begin).toBeLessThan(1000);
  });

  /** A file whose sums are right, whatever is in it. */
  const forged = async (head: unknown, behind = new Uint8Array()): Promise<Uint8Array<ArrayBuffer>> => {
    const text = new TextEncoder().encode(typeof head === 'string' ? head : JSON.stringify(head));
    const plain = new Uint8Array(4 + text.length + behind.length);
    new DataView(plain.buffer).setUint32(0, text.length, true);
    plain.set(text, 4);
    plain.set(behind, 4 + text.length);
    const zipped = new Uint8Array(await new Response(new Blob([plain]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer());
    return Uint8Array.of(0x50, 0x47, 0x53, 0x31, ...zipped.subarray(10));
  };
  const head = { lab: 'network', query: '', look: null, state: 2, names: [], rows: 0, own: null };
  test('one that is forged well is a run', async () => {
    expect((await unpack(await forged(head, bytesOf(2)), MOST)).state).toEqual(bytesOf(2));
  });
  test.each<[string, unknown]>([
    ['no JSON', '{"lab":'],
    ['null', null],
    ['a list', []],
    ['no lab', { ...head, lab: undefined }],
    ['a lab that is no text', { ...head, lab: { toString: 1 } }],
    ['more state than there is', { ...head, state: 3 }],
    ['less state than there is', { ...head, state: 1 }],
    ['a negative length', { ...head, state: -2 }],
    ['a length that is no whole number', { ...head, state: 1.5 }],
    ['a length beyond all measure', { ...head, state: 1e300 }],
    ['rows beyond all measure', { ...head, state: 0, names: ['a'], rows: 1e9 }],
    ['names that are none', { ...head, names: [1] }],
    ['too many names', { ...head, names: Array(1000).fill('a') }],
    ['lengths that only together fit', { ...head, state: 10, own: { crc: 0, length: -8 } }],
  ])('%s', async (_name, forgery) => {
    expect(await problemOf(await forged(forgery, bytesOf(2)))).toBe('damaged');
  });
  test('a head that is longer than the file', async () => {
    const bytes = await forged(head);
    expect(await problemOf(bytes)).toBe('damaged');
    const plain = new Uint8Array(8).fill(255);
    const zipped = new Uint8Array(await new Response(new Blob([plain]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer());
    expect(await problemOf(Uint8Array.of(0x50, 0x47, 0x53, 0x31, ...zipped.subarray(10)))).toBe('damaged');
  });
});

describe('what was open', () => {
  const bench = { view: attentionView as LabView };
  const look: Look = { tab: 'results', tool: { id: 'runs', arg: 'show.lr' }, lab: { step: 'output', layer: 1, head: 2, follow: 3 }, running: true, step: 1240 };

  test('comes back, and can be read in the link', () => {
    const { text, whole } = writeLook(look);
    expect(whole).toBe(true);
    expect(text).toContain('results');
    expect(text).not.toMatch(/[\s<>"'&#]/);
    expect(parseLook(bench, decodeURIComponent(text))).toEqual(look);
    expect(CARRIES.test(`#view=${text}`)).toBe(true);
  });

  test('what is too long for a link is left out of it, the rest stays', () => {
    const { text, whole } = writeLook({ ...look, lab: { probe: { x: Array(784).fill(0.1234567890123) } } });
    expect(whole).toBe(false);
    expect(JSON.parse(decodeURIComponent(text))).toEqual({ ...look, lab: {} });
  });

  test('takes nothing that this page could not have written', () => {
    const plain = { tab: 'model', tool: null, lab: { step: undefined, layer: undefined, head: undefined, follow: undefined }, running: false, step: 0 };
    for (const value of [{}, { tab: '__proto__', tool: { id: 'constructor', arg: '' }, lab: [1], running: 1, step: '5' }, { tool: { id: 'runs', arg: '<img onerror=1>' }, step: -1 }, { tool: { id: 'runs', arg: 3 }, step: 1e9, lab: { other: 1, __proto__: { a: 1 } } }, { tool: 'runs', step: 1.5 }])
      expect(readLook(bench, value)).toEqual(plain);
    for (const text of ['', 'null', '3', '"a"', '{', '['.repeat(7000), `{"tab":"${'x'.repeat(9000)}"}`]) expect(parseLook(bench, text)).toBeNull();
    expect(readLook({ view: { model: '', results: '', watch: () => [] } }, look)!.lab).toEqual({});
  });

  test('a probe is numbers, few enough, of an example that can be', () => {
    expect(isProbe({ x: [1, -2.5] })).toBe(true);
    expect(isProbe({ x: [1, 2], split: 'test', index: 3 })).toBe(true);
    for (const value of [null, 3, {}, { x: '12' }, { x: [NaN] }, { x: ['1'] }, { x: Array(5000).fill(0) }, { x: [1], index: -1, split: 'test' }, { x: [1], index: 1, split: 'other' }]) expect(isProbe(value), JSON.stringify(value)).toBe(false);
  });
});

describe('the engine goes on', () => {
  let engine: WholeEngine;
  beforeAll(async () => {
    engine = await loadEngine();
    providePacks(engine);
  });
  const make = (params: object): RawLab => engine.createLab('network', JSON.stringify(params));
  const through = async (lab: RawLab): Promise<Uint8Array> => {
    const { names, rows, data } = lab.history();
    const packed = await pack({ ...run, own: null, state: lab.save().slice(), history: thinned({ names: [...names], rows, data: data.slice(0, rows * names.length) }, 64) });
    return (await unpack(fromBase64url(base64url(packed)), MOST)).state;
  };

  test.each([{ optimizer: 'adam', dropout: 0.2 }, { optimizer: 'nesterov', batch_norm: true, schedule: 'cosine', warmup_steps: 30 }, {}])('with the bits of the run that was shared: %j', async (params) => {
    const one = make(params), other = make(params);
    one.step(333);
    other.load(await through(one));
    one.step(200);
    other.step(200);
    expect(other.save()).toEqual(one.save());
    expect([...other.metrics()]).toEqual([...one.metrics()]);
    one.delete();
    other.delete();
  });

  test('not with other settings, nor with a state that has been tampered with, and what was there stays', async () => {
    const one = make({ hidden: [4] }), other = make({ hidden: [5] });
    one.step(50);
    other.step(20);
    const before = other.save().slice(), state = await through(one);
    expect(() => other.load(state)).toThrow(expect.objectContaining({ code: 'wrong_state' }));
    let loaded = 0;
    for (let at = 0; at < state.length; at += 3) {
      const bytes = state.slice();
      bytes[at]! ^= 0x55;
      try {
        one.load(bytes); // a changed weight is a weight
        one.step(1);
        loaded++;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: /^(wrong|bad)_state$/.exec((thrown as { code: string }).code)![0] });
      }
    }
    expect(loaded).toBeGreaterThan(0);
    expect(other.save()).toEqual(before);
    one.delete();
    other.delete();
  });

  test('curves have the names of the table', () => {
    for (const [lab, { metrics }] of Object.entries(schema.labs)) {
      const made = engine.createLab(lab, '{}');
      expect(made.history().names).toEqual(['step', ...metrics]);
      made.delete();
    }
  });
});
