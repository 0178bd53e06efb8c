import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe as group, expect, test } from 'vitest';
import type { RawLab } from '../../../bindings/lab';
import { columnsOf, describe, panelOf, sizeFormula, unitOf, windowRef, type CnnInfo } from '../../../web/labs/cnn/net';
import presets from '../../../web/labs/cnn/presets.json';
import type { LabContext } from '../../../web/labs/lab-view';
import { className, inputOf, isInput } from '../../../web/labs/pictures';
import { loadEngine, providePacks, type WholeEngine } from '../../../.tools/wasm.mjs';

let engine: WholeEngine;
beforeAll(async () => {
  engine = await loadEngine();
  providePacks(engine);
});

function using<T>(params: object, body: (lab: RawLab) => T): T {
  const lab = engine.createLab('cnn', JSON.stringify(params));
  try {
    return body(lab);
  } finally {
    lab.delete();
  }
}
const infoOf = (params: object): CnnInfo => using(params, (lab) => JSON.parse(lab.query('info', '{}')));
const context = (info: CnnInfo, view: Record<string, unknown> = {}) =>
  ({ info, view, t: (key: string, vars?: Record<string, string>) => [key, ...Object.values(vars ?? {})].join(' ') }) as unknown as LabContext;

group('columns', () => {
  test('a layer takes what follows its sums with it', () => {
    const columns = columnsOf(infoOf({ out_channels: [4, 6], batch_norm: true, dense: [12] }));
    expect(columns.map(({ kind, block, layer, norm, shown, from }) => [kind, block, layer.name, norm?.name ?? '', shown.name, from?.name ?? ''])).toEqual([
      ['conv', 1, 'conv1', 'norm1', 'act1', ''],
      ['pool', 1, 'pool1', '', 'pool1', 'act1'],
      ['conv', 2, 'conv2', 'norm2', 'act2', 'pool1'],
      ['pool', 2, 'pool2', '', 'pool2', 'act2'],
      ['dense', 1, 'dense1', '', 'dense1_act', 'pool2'],
      ['out', 0, 'out', '', 'out', 'dense1_act'],
    ]);
  });
  test('without activation and pooling the sums themselves are shown', () => {
    expect(columnsOf(infoOf({ out_channels: [4], activation: 'linear', pool: 'none' })).map(({ layer, shown }) => [layer.name, shown.name])).toEqual([['conv1', 'conv1'], ['out', 'out']]);
  });
  test('an impossible network has the columns up to the one that fails', () => {
    const info = infoOf({ out_channels: [4, 4], kernel_size: 11, padding: 'valid' });
    expect(info.broken?.layer).toBe('conv2');
    expect(columnsOf(info).map(({ layer }) => layer.name)).toEqual(['conv1', 'pool1', 'conv2']);
    expect(panelOf(context(info, { panel: 'filters' }))).toBe('sizes');
  });
});

group('sizes', () => {
  /** What `⌊(24 + 2·1 − 3) / 1⌋ + 1` comes to. */
  const evaluate = (formula: string): number => {
    const [, sum = '', stride = '1'] = formula.match(/^⌊\((.*)\) \/ (\d+)⌋ \+ 1$/) ?? [];
    let total = 0, sign = 1;
    for (const word of sum.split(' ')) {
      if (word === '+' || word === '−') sign = word === '+' ? 1 : -1;
      else total += sign * word.split('·').reduce((product, factor) => product * Number(factor), 1);
    }
    return Math.floor(total / Number(stride)) + 1;
  };
  test.each([
    {}, { kernel_size: 4 }, { padding: 'valid', kernel_size: 5, out_channels: [4, 4] }, { padding: 'full', kernel_size: 4, out_channels: [3, 3, 3] }, { padding: 'explicit', padding_size: 3, stride: 3, kernel_size: 2 },
    { pool_size: 5, out_channels: [4] }, { stride: 2, padding: 'valid', pool: 'average', out_channels: [4, 4] },
  ])('%j: what the formula says is what the engine made', (params) => {
    const { layers, broken } = infoOf(params);
    expect(broken).toBeNull();
    for (const { window, rows, cols } of layers) {
      if (!window) continue;
      expect(evaluate(sizeFormula(window.rows, window))).toBe(rows);
      expect(evaluate(sizeFormula(window.cols, window))).toBe(cols);
    }
  });
  test('an uneven number of zeros stands as it is', () => {
    expect(sizeFormula(24, { rows: 24, cols: 24, kernel: 4, stride: 1, pad: 3, before: 1 })).toBe('⌊(24 + 3 − 4) / 1⌋ + 1');
    expect(sizeFormula(24, { rows: 24, cols: 24, kernel: 3, stride: 2, pad: 2, before: 1 })).toBe('⌊(24 + 2·1 − 3) / 2⌋ + 1');
  });
});

group('what is looked at', () => {
  test('whatever a link carries is kept inside what there is', () => {
    const info = infoOf({ out_channels: [4] });
    for (const unit of [null, 3, 'x', {}, { layer: 'conv9' }, { layer: 'conv1', channel: 99, row: -1, col: 1e9 }, { layer: 'conv1', channel: 'a', row: 2.5, col: NaN }]) {
      const { layer, channel, row, col } = unitOf(context(info, { unit }))!;
      expect(layer).toBe('conv1');
      expect(channel).toBeLessThan(4);
      for (const at of [row, col]) expect(at >= 0 && at < 24).toBe(true);
    }
    expect(inputOf(context(info, { input: { example: 1e9 } }))).toEqual({ example: 499 });
    expect(inputOf(context(info, { input: { x: [1, 2] } }))).toEqual({ example: 0 });
    for (const input of [{ x: 'a' }, { x: [2] }, { x: [NaN] }, { example: -1 }, { example: 'a' }]) expect(isInput(input)).toBe(false);
    for (const input of [undefined, {}, { example: 3 }, { x: [0, 0.5] }]) expect(isInput(input)).toBe(true);
  });
  test('every number has a name', () => {
    using({ out_channels: [4], batch_norm: true, dense: [5] }, (lab) => {
      const ctx = context(JSON.parse(lab.query('info', '{}')));
      for (const [name, op, , shape, , loss] of JSON.parse(lab.query('graph', '{}')) as [string, string, number[], number[], boolean, boolean][]) {
        if (loss || op === 'buffer' || /^(flatten|drop|target)/.test(name)) continue;
        const index = shape.slice(op === 'parameter' ? 0 : 1).map(() => 0);
        expect(describe(ctx, { value: name, index }), name).not.toBe('');
      }
      expect(describe(ctx, { value: 'loss.probs', index: [1] })).toContain('square');
    });
  });
  test('classes have names in every task', () => {
    for (const task of ['shapes', 'digits', 'clothes']) {
      const info = infoOf({ task, samples: 200 });
      const names = info.classes.map((_, k) => className(context(info), info, k));
      expect(new Set(names).size).toBe(info.classes.length);
    }
  });
  test('the window’s question is the engine’s', () => {
    using({ out_channels: [4, 4] }, (lab) => {
      const info: CnnInfo = JSON.parse(lab.query('info', '{}'));
      for (const column of columnsOf(info)) {
        const unit = { layer: column.layer.name, channel: 1, row: 0, col: 0 };
        const told = JSON.parse(lab.query('explain', JSON.stringify(windowRef(unit, column))));
        const maps = lab.read('maps', '{}').data as Float32Array;
        expect(told.result).toBeCloseTo(maps[column.layer.offset + column.layer.rows * column.layer.cols]!, 6);
      }
    });
  });
});

group('what the prose says beyond numbers', () => {
  const image = (name: string) => gunzipSync(readFileSync(new URL(`../../../build/assets/${name}.bin.gz`, import.meta.url)));
  test('clothes: as many held-out pictures as digits, every class equally often, within 1.5 MB', () => {
    const bytes = image('clothes');
    expect([0, 1, 2, 3].map((i) => bytes.readUInt32LE(4 + 4 * i))).toEqual([8500, 1000, 28, 28]);
    expect(readFileSync(new URL('../../../build/assets/clothes.bin.gz', import.meta.url)).length).toBeLessThanOrEqual(1.5e6);
    const count = Array<number>(10).fill(0);
    for (const label of bytes.subarray(20 + 8500, 20 + 9500)) count[label]!++;
    expect(count).toEqual(Array(10).fill(100));
    const picture = (i: number) => bytes.subarray(20 + 9500 + i * 784, 20 + 9500 + (i + 1) * 784).toString('base64');
    const seen = new Set(Array.from({ length: 8500 }, (_, i) => picture(i)));
    let both = 0;
    for (let i = 8500; i < 9500; i++) both += seen.has(picture(i)) ? 1 : 0;
    expect(both).toBeLessThanOrEqual(3); // the original set itself repeats a few
  });

  test.each([1, 2])('seed %i: shifted, the CNN keeps more of its accuracy than the MLP; turned, neither does', (seed) => {
    using({ ...presets.clothes.params, seed }, (lab) => {
      lab.step(400);
      const at = (args: object) => lab.read('moved', JSON.stringify({ n: 500, ...args })).data as Float32Array;
      const [cnn = 0, mlp = 0] = at({}), [cnn_moved = 0, mlp_moved = 0] = at({ dx: 3 }), [cnn_turned = 0] = at({ degrees: 90 });
      expect(cnn).toBeGreaterThan(mlp);
      expect(cnn_moved).toBeGreaterThan(mlp_moved + 0.1);
      expect(cnn_turned).toBeLessThan(cnn - 0.3);
    });
  });

  test('what a convolution makes of a shifted picture is the same map, shifted', () => {
    using({ out_channels: [4], padding: 'valid', pool: 'none' }, (lab) => {
      lab.step(20);
      const info: CnnInfo = JSON.parse(lab.query('info', '{}'));
      const x = [...lab.read('picture', '{}').data], n = info.rows;
      const shifted = x.map((_, i) => (i % n < 2 ? 0 : x[i - 2]!));
      const maps = (of: number[]) => lab.read('maps', JSON.stringify({ x: of })).data;
      const { offset, rows, cols } = info.layers[0]!, a = maps(x), b = maps(shifted);
      for (let r = 0; r < rows; r++) for (let c = 2; c < cols; c++) expect(b[offset + r * cols + c]).toBe(a[offset + r * cols + c - 2]);
    });
  });

  test('two layers of 3 × 3 see as much as one of 5 × 5, with fewer weights', () => {
    const two = infoOf({ out_channels: [8, 8], pool: 'none' }), one = infoOf({ out_channels: [8], kernel_size: 5, pool: 'none' });
    expect(two.layers.find(({ name }) => name === 'conv2')!.field[0]).toBe(one.layers[0]!.field[0]);
    const weights = ({ layers }: CnnInfo) => layers.reduce((sum, { kind, window }) => sum + (kind === 'conv' ? window!.kernel ** 2 : 0), 0);
    expect(weights(two)).toBeLessThan(weights(one));
  });
});
