// Data of one's own: what is pasted, drawn or dropped is learned, and what is written in it stays text.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { visit } from './harness';

const nasty = '<img src=x onerror="window.hacked=1">';
const csv = `"${nasty.replaceAll('"', '""')}",__proto__,size,same,kind\n${Array.from({ length: 60 }, (_, i) => `${i % 2 ? 5 : 1}.${i % 7},${i % 2 ? -3 : 2}.${i % 5},${i === 8 ? '' : i % 3},7,${i % 2 ? nasty.replaceAll('"', "'") : 'b'}`).join('\n')}`;

const accuracy = (page: Page) => page.evaluate(() => {
  const lab = document.querySelector('pg-lab') as HTMLElement & { run: { snapshot: { metrics: Float64Array } | null } };
  return lab.run.snapshot?.metrics[3] ?? NaN;
});

test('a pasted table is read, trained on, and its test accuracy seen', () => visit('en/network/#tool-data', { reducedMotion: 'reduce' }, async ({ page, staysFree }) => {
  const field = page.getByLabel('Paste a table, or drop a file here');
  await field.waitFor();
  await field.fill(csv);
  await page.getByRole('button', { name: 'Read the table' }).click();
  await page.getByText('60 rows, 5 columns, separated by commas.').waitFor();
  // A large file does not hold the page up.
  await page.waitForTimeout(1500);
  const folder = mkdtempSync(join(tmpdir(), 'table-')), large = join(folder, 'large.csv');
  writeFileSync(large, `a,b,c\n${Array.from({ length: 50_000 }, (_, i) => `${i},${i % 7},${i % 3 ? 'x' : 'y'}`).join('\n')}`);
  try {
    await staysFree(async () => {
      await page.getByLabel('Open a file…').setInputFiles(large);
      await page.getByText('50,000 rows, 3 columns').waitFor();
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  await page.getByRole('button', { name: 'Read the table' }).click();
  await page.getByText('60 rows, 5 columns').waitFor();
  expect(await page.getByRole('columnheader').count()).toBe(5);
  await page.getByRole('button', { name: 'Train on it' }).click();
  await page.getByText('59 examples, 3 inputs, 2 classes.').waitFor();
  await page.getByText('1 rows left out: something in them is missing.').waitFor();
  await page.getByText('Left out because they never change: same.').waitFor();
  await expect.poll(() => accuracy(page), { timeout: 20_000 }).toBeGreaterThan(0.9);
  await expect.poll(() => new URL(page.url()).searchParams.get('task')).toBe('own');
  await page.getByText(/^Test example 1 of 18: kind = /).waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  // Names of the reader's are text wherever they stand, in the inspector too.
  const input = page.getByRole('button', { name: 'Input __proto__' });
  await input.focus();
  await input.press('Enter');
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();

  await field.fill('a,b\n1,2\n3\n');
  await page.getByRole('button', { name: 'Read the table' }).click();
  await page.getByText('Line 3 has 1 columns, the first has 2.').waitFor();
}));

test('points are drawn by keyboard alone and learned', () => visit('ko/network/#tool-data', { reducedMotion: 'reduce' }, async ({ page }) => {
  await page.getByRole('tab', { name: '점 그리기' }).click();
  const place = page.getByRole('application', { name: /점을 찍는 곳/ });
  const train = page.getByRole('button', { name: '이 데이터로 학습' });
  expect(await train.isDisabled()).toBe(true);
  await place.focus();
  for (const [k, to] of [['1', 'ArrowLeft'], ['2', 'ArrowRight']] as const) {
    await place.press(k);
    for (let i = 0; i < 3; i++) await place.press(`Shift+${to}`);
    for (let i = 0; i < 8; i++) {
      await place.press(i % 2 ? 'ArrowUp' : 'ArrowDown');
      await place.press('Enter');
    }
    for (let i = 0; i < 3; i++) await place.press(`Shift+${to === 'ArrowLeft' ? 'ArrowRight' : 'ArrowLeft'}`);
  }
  await place.press('Backspace');
  await page.getByText('점 15개').waitFor();
  await train.click();
  await expect.poll(() => accuracy(page), { timeout: 20_000 }).toBe(1);
}));

test('a folder of pictures becomes classes', async () => {
  // 24-bit bitmaps of 6 × 6: one class bright at the top, the other at the bottom.
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  const bitmap = (top: boolean, i: number) => {
    const row = 20, bytes = Buffer.alloc(54 + 6 * row);
    bytes.write('BM');
    bytes.writeUInt32LE(bytes.length, 2);
    for (const [at, value] of [[10, 54], [14, 40], [18, 6], [22, 6]] as const) bytes.writeUInt32LE(value, at);
    bytes.writeUInt16LE(1, 26);
    bytes.writeUInt16LE(24, 28);
    for (let y = 0; y < 6; y++) bytes.fill(y >= 3 === top ? 200 + i : 10 + i, 54 + y * row, 54 + y * row + 18);
    return bytes;
  };
  for (const name of ['up', 'down']) {
    mkdirSync(join(folder, name));
    for (let i = 0; i < 12; i++) writeFileSync(join(folder, name, `${i}.bmp`), bitmap(name === 'up', i));
  }
  try {
    await visit('en/network/#tool-data', { reducedMotion: 'reduce' }, async ({ page }) => {
      await page.getByRole('tab', { name: 'Pictures' }).click();
      await page.getByLabel('Choose a folder…').setInputFiles(folder);
      await page.getByText('24 pictures in 2 classes. 0 could not be read.').waitFor();
      await expect.poll(() => accuracy(page), { timeout: 20_000 }).toBe(1);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a link to a task of own data asks for them, and another task takes its place', () => visit('en/network/?v=1&task=own', { reducedMotion: 'reduce' }, async ({ page }) => {
  await page.getByText('This task needs data of yours').waitFor();
  await page.getByRole('button', { name: 'Choose data' }).click();
  await page.getByRole('button', { name: 'Iris flowers' }).click();
  await page.getByText('150 rows, 5 columns').waitFor();
  await page.getByRole('radio', { name: 'XOR' }).click();
  await page.getByText('This task needs data of yours').waitFor({ state: 'detached' });
  await page.getByText('What the network answers').waitFor();
}));

/** Pastes into a field, as the keyboard does; what the page leaves to the field is not put in. */
const paste = (field: Locator, text: string) => field.evaluate((element, pasted) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', pasted);
  element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true, composed: true }));
}, text);

test('a megabyte that is pasted is learned from at once, and the page stays free', () => visit('en/language-model/?v=1&tokenizer=bpe&d_model=16&num_layers=1#tool-data', { reducedMotion: 'reduce' }, async ({ page, staysFree }) => {
  const field = page.getByLabel('Paste a text');
  await field.waitFor();
  const text = Array.from({ length: 20_000 }, (_, i) => `Line ${i} of a text that is as long as <b>one</b> may be.\n`).join('').slice(0, 1024 * 1024);
  await staysFree(async () => {
    await paste(field, text);
    await page.getByText('bytes of text are being learned').waitFor({ timeout: 20_000 });
  });
  expect(await field.inputValue()).toBe('');
  await page.getByText('<b>').first().waitFor();
}));

test('a large table that is pasted is read at once, and the page stays free', () => visit('en/network/#tool-data', { reducedMotion: 'reduce' }, async ({ page, staysFree }) => {
  const field = page.getByLabel('Paste a table, or drop a file here');
  await field.waitFor();
  await staysFree(async () => {
    await paste(field, `a,b,c\n${Array.from({ length: 50_000 }, (_, i) => `${i},${i % 7},${i % 3 ? 'x' : 'y'}`).join('\n')}`);
    await page.getByText('50,000 rows, 3 columns').waitFor();
  });
  expect(await field.inputValue()).toBe('');
}));
