// The view's arithmetic: what is read, what is shown, what a number is called.
import { describe as group, expect, test } from 'vitest';
import type { LabContext, Snapshot } from '../../../web/labs/lab-view';
import {
  cellRef, describe, lookOf, nextOf, readLabels, right, scoreRef, shown, surprise, tokensOf, watchItems, weightsOf, written, type LanguageInfo,
} from '../../../web/labs/language-model/text';

const info: LanguageInfo = {
  task: 'gpt', corpus: 'en', vocabulary: ['<pad>', '</s>', '<unk>', '<mask>', 'Tom', 'lost', '.', ' the'], n_train: 10, n_test: 4, tokens: 99, block: 8, nhead: 2, attention: ['a0', 'a1'],
  labelled: [], longest_text: 400, piece: 0,
};
const bert: LanguageInfo = { ...info, task: 'bert' };
/** Three tokens, the second a gap, two candidates each. */
const text = { shape: [3, 7], data: Float32Array.of(4, 0, 0.5, 4, 0.5, 5, 0.25, 5, 1, 0.125, 4, 0.5, 5, 0.125, 6, 0, 0.25, 6, 0.25, 4, 0.1) };
const weights = Float32Array.from({ length: 32 }, (_, i) => i);
const snapshot = { watched: { text, 'attention.0': { shape: [2, 4, 4], data: weights } } } as unknown as Snapshot;
const t = ((key: string, vars: Record<string, string | number> = {}) => `${key}(${Object.values(vars).join('|')})`) as LabContext['t'];
const tokens = tokensOf(snapshot, info)!;

group('the text', () => {
  test('comes with its gaps, probabilities and candidates', () => {
    expect(tokens.map(({ id, masked, p }) => [id, masked, p])).toEqual([[4, false, 0.5], [5, true, 0.125], [6, false, 0.25]]);
    expect(tokens[1]!.candidates).toEqual([{ id: 4, p: 0.5 }, { id: 5, p: 0.125 }]);
    expect(tokensOf(null, info)).toBeNull();
    expect(tokensOf(snapshot, { ...info, vocabulary: ['a'] })).toBeNull(); // another run's
  });

  test('surprise is in bits, and has an end', () => {
    expect([1, 0.5, 0.125].map(surprise).map(Math.abs)).toEqual([0, 1, 3]);
    expect(Number.isFinite(surprise(0))).toBe(true);
  });

  test('marks are signs, and a space is seen', () => {
    expect([0, 1, 2, 3, 4, 7, 99].map((id) => shown(info, id))).toEqual(['·', '■', '?', '▢', 'Tom', '␣the', '']);
    expect(readLabels(info, tokens)).toEqual(['■', 'Tom', '▢', '.']);
  });

  test('is written as one writes: words with spaces, but not before marks', () => {
    expect(written(info, [4, 5, 6, 1, 4], true)).toBe('Tom lost.\nTom');
    expect(written(info, [4, 7, 6], false)).toBe('Tom the.');
    expect(written(info, [], true)).toBe('');
  });
});

group('what is drawn from', () => {
  test('is read row by row', () => {
    expect(nextOf({ shape: [3, 4], data: Float32Array.of(5, 1, 0, 0, 5, 0.5, 0.75, 1, 4, 0.25, 0.125, 0) })).toEqual({
      id: 5, count: 1, choices: [{ id: 5, p: 0.5, tempered: 0.75, kept: 1 }, { id: 4, p: 0.25, tempered: 0.125, kept: 0 }],
    });
  });
});

group('what is looked at', () => {
  test('stays inside what there is, and is a gap where there are any', () => {
    expect(lookOf({}, info, tokens)).toEqual({ token: 1, layer: 0, head: 0 });
    expect(lookOf({}, bert, tokens)).toEqual({ token: 1, layer: 0, head: 0 });
    expect(lookOf({ token: 9, layer: 9, head: 9 }, info, tokens)).toEqual({ token: 2, layer: 1, head: 1 });
    for (const bad of [-1, 0.5, '1', NaN, {}]) expect(lookOf({ token: bad, layer: bad, head: bad }, info, tokens)).toMatchObject({ layer: 0, head: 0 });
    expect(lookOf({}, bert, []).token).toBe(0);
  });

  test('is watched', () => {
    expect(watchItems(null).map(({ key }) => key)).toEqual(['text']);
    expect(watchItems(info).map(({ key }) => key)).toEqual(['text', 'attention.0', 'attention.1']);
    expect(watchItems({ ...info, task: 'fine_tune' }).at(-1)!.key).toBe('verdicts');
  });

  test('weights are of the chosen head, and none where they are of another text', () => {
    expect(weightsOf(snapshot, 0, 1, 4)).toEqual({ data: weights, offset: 16, rows: 4, cols: 4 });
    expect(weightsOf(snapshot, 0, 1, 5)).toBeNull();
    expect(weightsOf(snapshot, 1, 0, 4)).toBeNull();
  });

  test('is told in words', () => {
    expect(describe(cellRef(info, { token: 0, layer: 1, head: 1 }, 2, 0), info, tokens, t)).toBe('ui.cell(2|2|▢|■)');
    // GPT expects a token behind the one before it; BERT guesses where the gap is.
    expect(scoreRef(info, 1, 5)).toEqual({ value: 'head', index: [1, 5] });
    expect(scoreRef(bert, 1, 5)).toEqual({ value: 'head', index: [2, 5] });
    expect(describe(scoreRef(bert, 1, 5), bert, tokens, t)).toBe('ui.score(lost|▢)');
    expect(describe({ value: 'other', index: [0] }, info, tokens, t)).toBe('');
    expect(describe({ value: 'a0', index: [0, 0, 0] }, null, tokens, t)).toBe('');
  });

  test('a verdict is right on the side of its answer', () => {
    expect([right(true, 0.6), right(true, 0.4), right(false, 0.4), right(false, 0.6)]).toEqual([true, false, true, false]);
  });
});
