// The view's arithmetic: what is read, what is shown, what a number is called.
import { describe as group, expect, test } from 'vitest';
import type { LabContext, Snapshot } from '../../../web/labs/lab-view';
import {
  answerOf, cellRef, describe, lookOf, shown, sourceWeights, stageOf, watchItems, weightsOf, type Look, type TranslationAnswer, type TranslationInfo,
} from '../../../web/labs/translation/sentence';

const info: TranslationInfo = {
  task: 'ko_en', source: 'ko', target: 'en', n_train: 10, n_test: 4, pairs_in_grammar: 100, parameters: 5, nhead: 2,
  attention: { cross: ['c0', 'c1'], encoder: ['e0'], decoder: ['d0', 'd1'] }, stream: { decoder: ['x', 'a', 'b', 'c', 'd', 'e', 'f'], encoder: ['y', 'g', 'h'] }, words: { source: [], target: [] }, longest_text: 400,
};
const answer: TranslationAnswer = {
  example: 0, source: '나는 가방을 산다.', source_tokens: ['나', '-는', '</s>'], target: 'I.', read_tokens: ['<s>', 'i'],
  steps: [{ token: 'i', probability: 0.9, candidates: [] }, { token: '</s>', probability: 0.8, candidates: [] }],
  beams: [], trace: [], lens: [], reference: 'I.', exact: true,
};
const data = Float32Array.from({ length: 12 }, (_, i) => i);
const snapshot = { watched: { 'cross.0': { shape: [2, 2, 3], data }, 'cross.1': { shape: [2, 2, 3], data: data.map((x) => x + 100) } }, answers: { translation: answer } } as unknown as Snapshot;
const at: Look = { attention: 'cross', layer: 0, head: 0, step: 0, side: 'decoder', stage: 0 };
const t = ((key: string, vars: Record<string, string | number> = {}) => `${key}(${Object.values(vars).join('|')})`) as LabContext['t'];

group('what is looked at', () => {
  test('stays inside what there is', () => {
    expect(lookOf({}, info, 2)).toEqual(at);
    expect(lookOf({ attention: 'encoder', layer: 7, head: 9, step: 5, side: 'encoder', stage: 8 }, info, 2)).toEqual({ attention: 'encoder', layer: 0, head: 1, step: 1, side: 'encoder', stage: 2 });
    for (const bad of [-1, 0.5, '1', null, NaN, {}]) expect(lookOf({ attention: bad, layer: bad, head: bad, step: bad, side: bad, stage: bad }, info, 0)).toEqual(at);
  });

  test('is watched, and the decoder’s look at the source always', () => {
    expect(watchItems({}, null).map(({ key }) => key)).toEqual(['translation']);
    expect(watchItems({}, info).map(({ key }) => key)).toEqual(['translation', 'stream', 'cross.0', 'cross.1']);
    expect(watchItems({ attention: 'encoder' }, info).map(({ key }) => key)).toEqual(['translation', 'stream', 'encoder.0', 'cross.0', 'cross.1']);
  });
});

group('weights', () => {
  test('are of the chosen head, and none where they are of another sentence', () => {
    expect(weightsOf(snapshot, 'cross', 0, 1, 2, 3)).toEqual({ data, offset: 6, rows: 2, cols: 3 });
    expect(weightsOf(snapshot, 'cross', 0, 1, 2, 4)).toBeNull();
    expect(weightsOf(snapshot, 'encoder', 0, 0, 3, 3)).toBeNull();
    expect(weightsOf(null, 'cross', 0, 0, 2, 3)).toBeNull();
  });

  test('of the source are the row of the step: of the chosen layer, else of the last', () => {
    expect(answerOf(snapshot)).toBe(answer);
    expect(sourceWeights(snapshot, info, answer, { ...at, head: 1, step: 1 })).toEqual([9, 10, 11]);
    expect(sourceWeights(snapshot, info, answer, { ...at, attention: 'encoder' })).toEqual([100, 101, 102]);
  });

  test('are told in words', () => {
    const ref = cellRef(info, { ...at, layer: 1, head: 1 }, 1, 2);
    expect(ref).toEqual({ value: 'c1', index: [1, 1, 2] });
    expect(describe(ref, info, answer, t)).toBe('ui.cell(ui.attention.cross()|2|2|I|■)');
    expect(describe({ value: 'e0', index: [0, 0, 2] }, info, answer, t)).toContain('나|■');
    expect(describe({ value: 'd1', index: [0, 1, 0] }, info, answer, t)).toContain('I|▸');
    expect(describe({ value: 'other', index: [0, 0, 0] }, info, answer, t)).toBe('');
    expect(describe({ value: 'c0', index: [0] }, info, answer, t)).toBe('');
    expect(describe(ref, null, answer, t)).toBe('');
  });

  test('numbers of the stream are told in words', () => {
    expect(describe({ value: 'c', index: [1, 4] }, info, answer, t)).toBe('ui.stream.cell(ui.stream.decoder()|I|5)');
    expect(describe({ value: 'y', index: [1, 0] }, info, answer, t)).toBe('ui.stream.cell(ui.stream.encoder()|-는|1)');
    expect(describe({ value: 'other', index: [1, 0] }, info, answer, t)).toBe('');
    expect(describe({ value: 'y', index: [9, 0] }, info, answer, t)).toBe('');
  });

  test('the stream goes from sublayer to sublayer, from layer to layer', () => {
    expect(info.stream.decoder.map((_, i) => stageOf('decoder', i)).map(({ layer, part }) => `${layer} ${part}`)).toEqual(['0 embedded', '0 self', '0 cross', '0 forward', '1 self', '1 cross', '1 forward']);
    expect(info.stream.encoder.map((_, i) => stageOf('encoder', i).part)).toEqual(['embedded', 'self', 'forward']);
  });

  test('marks are signs, everything else is what it is', () => {
    expect(['<s>', '</s>', 'i', '-는', '<b>'].map(shown)).toEqual(['▸', '■', 'I', '-는', '<b>']);
  });
});
