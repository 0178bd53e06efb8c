import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const packed = readFileSync('dist/assets/digits.bin.gz');
const bytes = gunzipSync(packed);
const [train, test_, rows, cols] = [0, 1, 2, 3].map((i) => bytes.readUInt32LE(4 + 4 * i)) as [number, number, number, number];
const labels = bytes.subarray(20, 20 + train + test_);

test('at least 5,000 train and 1,000 test digits of 28 × 28, in at most 1.5 MB', () => {
  expect(bytes.subarray(0, 4).toString()).toBe('PGD1');
  expect(train).toBeGreaterThanOrEqual(5000);
  expect(test_).toBeGreaterThanOrEqual(1000);
  expect([rows, cols]).toEqual([28, 28]);
  expect(bytes.length).toBe(20 + (train + test_) * (1 + rows * cols));
  expect(packed.length).toBeLessThanOrEqual(1.5e6);
});

test('every digit is there equally often, also in any first part', () => {
  for (const [from, to] of [[0, train], [train, train + test_], [0, 500]] as const) {
    const count = Array<number>(10).fill(0);
    for (const label of labels.subarray(from, to)) count[label]!++;
    expect(count).toEqual(Array(10).fill((to - from) / 10));
  }
});

test('no picture is empty, none is in both parts', () => {
  const size = rows * cols;
  const picture = (i: number) => bytes.subarray(20 + labels.length + i * size, 20 + labels.length + (i + 1) * size);
  const seen = new Set<string>();
  for (let i = 0; i < train; ++i) seen.add(picture(i).toString('base64'));
  for (let i = 0; i < train + test_; ++i) expect(picture(i).some((pixel) => pixel > 127)).toBe(true);
  for (let i = train; i < train + test_; ++i) expect(seen.has(picture(i).toString('base64'))).toBe(false);
});
