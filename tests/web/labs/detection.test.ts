// The detection view's arithmetic: what is read, how tables become boxes, how a box is moved.
import { describe, expect, test } from 'vitest';
import { schema } from '#schema';
import type { LabContext, TensorRead } from '../../../web/labs/lab-view';
import {
  beginning, cellOf, describe as nameOf, detectionsOf, inScene, isParameter, keep, lookOf, meeting, moved, precisionRecall, rankingOf, scoresOf, STRIP, stripOf, surest, truthsOf, watchItems,
  type DetectionInfo,
} from '../../../web/labs/detection/detect';
import view from '../../../web/labs/detection/view';

const info: DetectionInfo = { side: 48, grid: 6, classes: ['0', '1', 'disc'], blocks: [{ channels: 8, side: 24, value: 'act1' }, { channels: 16, side: 6, value: 'pool2' }], n_test: 200, n_train: 40, objects: 400, missed: 3, parameters: 1000, flops: 1e6 };
const t = (key: string, vars: Record<string, string | number> = {}) => `${key}(${Object.values(vars).join('|')})`;
const ctx = (over: Partial<LabContext> = {}) => ({ info, view: {}, t, ...over }) as LabContext;
const table = (columns: number, ...rows: number[][]): TensorRead => ({ shape: [rows.length, columns], data: Float32Array.from(rows.flat()) }) as TensorRead;

describe('what is looked at', () => {
  test('stays inside what there is, whatever a link brings', () => {
    expect(lookOf({}, info)).toEqual({ scene: 1, look: 'boxes', cell: -1, truth: 0, box: null });
    expect(lookOf({ scene: 200, look: 'nonsense', cell: 36, truth: -1, box: { x: 1 } }, info)).toEqual({ scene: 0, look: 'boxes', cell: 0, truth: 0, box: null });
    expect(lookOf({ scene: 199, look: 'iou', cell: 35, truth: 2, box: { x: 40, y: -9, w: 20, h: 10 } }, info)).toEqual({ scene: 199, look: 'iou', cell: 35, truth: 2, box: { x: 28, y: 0, w: 20, h: 10 } });
    for (const box of [null, 7, { x: 0, y: 0, w: 0, h: 1 }, { x: NaN, y: 0, w: 1, h: 1 }, { x: Infinity, y: 0, w: 1, h: 1 }]) expect(lookOf({ box }, info).box).toBeNull();
  });
  test('only that is kept in a link', () => {
    expect(keep({ scene: 3, look: 'nms', cell: 1, truth: 0, box: { x: 1, y: 2, w: 3, h: 4, z: 5 }, other: 1 })).toEqual({ scene: 3, look: 'nms', cell: 1, truth: 0, box: { x: 1, y: 2, w: 3, h: 4 } });
    expect(keep({ scene: '3', look: 'x', cell: 1.5, box: {} })).toEqual({});
  });
  test.each([[0, 0], [7, 0], [8, 8], [199, 192]])('scene %i is in the strip that begins at %i', (scene, from) => {
    expect(stripOf(scene, info)).toEqual({ from, count: STRIP });
  });
  test('the last strip is moved up to be full', () => {
    expect(stripOf(10, { ...info, n_test: 11 })).toEqual({ from: 3, count: STRIP });
    expect(stripOf(2, { ...info, n_test: 3 })).toEqual({ from: 0, count: 3 });
  });
  test('each snapshot reads what the pictures need', () => {
    const items = watchItems(ctx({ view: { scene: 21 } }));
    expect(items.map(({ name }) => name)).toEqual(['boxes', 'cells', 'ap', 'ranking']);
    expect(items[0]!.args).toEqual({ split: 'test', from: 16, count: 8 });
    expect(items[1]!.args).toEqual({ split: 'test', index: 21 });
    expect(watchItems(ctx({ info: null }))).toEqual([]);
  });
  test('every curve is of metrics that there are, every threshold a live row', () => {
    const { metrics, params } = schema.labs.detection;
    for (const { metrics: drawn } of view.curves!(ctx())) for (const metric of drawn) expect(metrics).toContain(metric);
    for (const key of view.ownParams!) expect(params.find((def) => def.key === key)?.apply).toBe('live');
  });
});

describe("the engine's tables", () => {
  test('truths by scene', () => {
    expect(truthsOf(table(6, [0, 1, 2, 3, 4, 5], [2, 0, 9, 9, 1, 1]), 3)).toEqual([[{ cls: 1, box: { x: 2, y: 3, w: 4, h: 5 } }], [], [{ cls: 0, box: { x: 9, y: 9, w: 1, h: 1 } }]]);
    expect(truthsOf(null, 2)).toEqual([[], []]);
  });
  test('who suppressed whom is told within the scene', () => {
    const row = (scene: number, score: number, by: number, overlap = 0) => [scene, 5, 1, score, 1, 2, 3, 4, by, overlap];
    const [first, none, third] = detectionsOf(table(10, row(0, 0.9, -1), row(2, 0.25, 2, 0.75), row(2, 0.5, -1)), 3);
    expect(first).toEqual([{ cell: 5, cls: 1, score: Math.fround(0.9), box: { x: 1, y: 2, w: 3, h: 4 }, by: -1, overlap: 0 }]);
    expect(none).toEqual([]);
    expect(third!.map(({ by, overlap }) => [by, overlap])).toEqual([[1, 0.75], [-1, 0]]);
  });
  test('tables of another width are none', () => {
    expect(detectionsOf(table(6, [0, 1, 2, 3, 4, 5]), 1)).toEqual([[]]);
    expect(scoresOf(table(6, [0, 1, 2, 3, 4, 5]))).toEqual([]);
  });
  test('a cell', () => {
    const plane = 4, channels = 7;
    const cells = { shape: [channels, 2, 2], data: Float32Array.from({ length: channels * plane }, (_, i) => i) } as TensorRead;
    expect(cellOf(cells, 3)).toEqual({ confidence: 3, box: { x: 7, y: 11, w: 15, h: 19 }, probabilities: [23, 27] });
    expect(cellOf(cells, 4)).toBeNull();
    expect(cellOf(undefined, 0)).toBeNull();
    expect(surest(cells)).toBe(3);
    expect(surest({ ...cells, data: Float32Array.from([0.1, 0.9, 0.9, 0.2]) } as TensorRead)).toBe(1);
    expect(surest(null)).toBe(0);
  });
  test('the curve of a class in the order of its ranking', () => {
    const ranking = rankingOf(table(6, [0, 0.75, 1, 0.5, 1, 1], [1, 0.5, 0, 0, 0, 0], [0, 0.25, 0, 0.5, 0.5, 0.5]));
    expect(ranking.map(({ right }) => right)).toEqual([true, false, false]);
    expect(precisionRecall(ranking, 0)).toEqual([{ recall: 0.5, precision: 1, envelope: 1 }, { recall: 0.5, precision: 0.5, envelope: 0.5 }]);
    expect(precisionRecall(ranking, 2)).toEqual([]);
  });
});

describe('a box in one’s hand', () => {
  const box = { x: 10, y: 10, w: 20, h: 10 };
  test('moves within the scene', () => {
    expect(moved(box, 3, -4, false, 48)).toEqual({ x: 13, y: 6, w: 20, h: 10 });
    expect(moved(box, 100, -100, false, 48)).toEqual({ x: 28, y: 0, w: 20, h: 10 });
  });
  test('grows at its corner, and never to nothing', () => {
    expect(moved(box, 5, 5, true, 48)).toEqual({ x: 10, y: 10, w: 25, h: 15 });
    expect(moved(box, 100, -100, true, 48)).toEqual({ x: 10, y: 10, w: 38, h: 3 });
  });
  test('begins beside the truth, where the two still meet', () => {
    for (const truth of [box, { x: 0, y: 0, w: 5, h: 5 }, { x: 30, y: 30, w: 18, h: 18 }]) {
      const begun = beginning(truth, 48);
      expect(inScene(begun, 48)).toEqual(begun);
      expect(meeting(begun, truth)).not.toBeNull();
    }
  });
  test('what two boxes share', () => {
    expect(meeting(box, { x: 20, y: 5, w: 20, h: 10 })).toEqual({ x: 20, y: 10, w: 10, h: 5 });
    expect(meeting(box, { x: 30, y: 10, w: 5, h: 5 })).toBeNull();
  });
});

describe('the inspector', () => {
  test('opens a parameter to its update, all else to how it came about in the scene that is looked at', () => {
    expect(view.explainQuery!({ value: 'conv1.weight', index: [0, 0, 1, 1] }, ctx())).toEqual({ name: 'weight', args: { name: 'conv1.weight', index: [0, 0, 1, 1] } });
    expect(view.explainQuery!({ value: 'confidence', index: [2, 3] }, ctx({ view: { scene: 9 } }))).toEqual({ name: 'explain', args: { split: 'test', example: 9, value: 'confidence', index: [2, 3] } });
    expect(isParameter('norm2.bias')).toBe(true);
    expect(isParameter('head')).toBe(false);
  });
  test('names every number', () => {
    const cell = 'ui.cell(3|4)';
    expect(nameOf(ctx(), { value: 'confidence', index: [2, 3] })).toBe(`ui.of.confidence(${cell})`);
    expect(nameOf(ctx(), { value: 'place', index: [2, 2, 3] })).toBe(`ui.of.place_w(${cell})`);
    expect(nameOf(ctx(), { value: 'probability', index: [2, 2, 3] })).toBe(`ui.of.probability(ui.shape.disc()|${cell})`);
    expect(nameOf(ctx(), { value: 'head', index: [0, 2, 3] })).toBe(`ui.of.logit(ui.of.confidence(${cell}))`);
    expect(nameOf(ctx(), { value: 'head', index: [6, 2, 3] })).toBe(`ui.of.logit(ui.of.probability(1|${cell}))`);
    expect(nameOf(ctx(), { value: 'conv2', index: [4, 2, 3] })).toBe(`ui.of.conv(2|5|${cell})`);
    expect(nameOf(ctx(), { value: 'drop', index: [4, 2, 3] })).toBe(`ui.of.pool(2|5|${cell})`);
    expect(nameOf(ctx(), { value: 'conv1.weight', index: [4, 0, 1, 1] })).toBe('ui.of.weight(1|5|1)');
    expect(nameOf(ctx(), { value: 'loss', index: [0] })).toBe('');
    expect(nameOf(ctx({ info: null }), { value: 'head', index: [0, 0, 0] })).toBe('');
  });
});
