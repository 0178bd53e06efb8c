// The lab of language models in the built site: what surprises it, what it writes, what it puts into gaps, and what fine-tuning makes of it.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axe, visit } from './harness';

interface Inside {
  run: {
    client: { read(name: string, args?: object): Promise<{ shape: number[]; data: Float32Array }>; query(name: string): Promise<any> };
    snapshot: { status: { step: number }; metrics: Float64Array; watched: Record<string, { shape: number[]; data: Float32Array }> } | null;
    pause(): Promise<void>;
  };
}
const tokens = (page: Page) => page.locator('pg-language-text .token');
const pause = (page: Page) => page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.pause());
const steps = (page: Page) => page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.snapshot?.status.step ?? 0);
const ready = (page: Page) => tokens(page).first().waitFor();
const small = 'd_model=16&nhead=2&num_layers=1&dim_feedforward=32&lr=0.01';
const run = async (page: Page, to: number) => {
  await page.locator('pg-transport').getByRole('button').first().click(); // run
  await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(to);
  await pause(page);
};

test('each token shows the surprise that the engine has, and a cell opens to its sum', () => visit(`en/language-model/?v=1&${small}`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  await run(page, 20);
  const { shape, data } = await page.evaluate(async () => {
    const read = await (document.querySelector('pg-lab') as unknown as Inside).run.client.read('text');
    return { shape: read.shape, data: [...read.data] };
  });
  await expect.poll(() => tokens(page).locator('small').allInnerTexts().then((all) => all.map(Number))).toEqual(
    Array.from({ length: shape[0]! }, (_, i) => expect.closeTo(-Math.log2(data[i * shape[1]! + 2]!), 0)),
  );
  // GPT does not look ahead: nothing stands above the diagonal.
  const above = await page.evaluate(() => {
    const { shape: [heads, n], data: w } = (document.querySelector('pg-lab') as unknown as Inside).run.snapshot!.watched['attention.0'] as unknown as { shape: [number, number]; data: Float32Array };
    let sum = 0;
    for (let h = 0; h < heads; h++) for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) sum += w[(h * n + i) * n + j]!;
    return sum;
  });
  expect(above).toBe(0);
  await page.locator('pg-language-model pg-heat .picture').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  const card = page.locator('pg-inspector[pinned]');
  await card.waitFor();
  await card.getByText(/Layer 1, head 1/).first().waitFor();
}));

test('it writes token by token from what it shows, stops when told, and names what it cannot go on from', () => visit(`en/language-model/?v=1&${small}&temperature=0`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  const writer = page.locator('pg-language-writer');
  await writer.getByLabel('Go on from').fill('Tom <img src=x onerror="window.hacked=1"> lost');
  await writer.getByRole('button', { name: 'Write' }).click();
  await writer.getByText(/nothing to go on from: <, img/).waitFor();
  await writer.getByLabel('Go on from').fill('Tom lost');
  await writer.getByRole('button', { name: 'Write' }).click();
  await expect.poll(() => writer.locator('.page button').count(), { timeout: 15_000 }).toBeGreaterThan(3);
  expect(await writer.locator('.given').innerText()).toBe('Tom lost');
  await writer.getByRole('button', { name: 'Stop' }).click();
  const came = await writer.locator('.page button').count();
  await page.waitForTimeout(600);
  expect(await writer.locator('.page button').count()).toBe(came);
  // At temperature 0 one token can be drawn, and the others are cut.
  await writer.getByText(/One of 1 tokens/).waitFor();
  await expect.poll(() => writer.locator('.bars dt.cut').count()).toBe(8);
  expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
}));

test('a word is hidden by a click, and what could stand there is told', () => visit(`en/language-model/?v=1&task=bert&${small}`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  await page.locator('pg-language-text').getByLabel('A text of your own').fill('Mina found the key. She was sad.');
  await page.locator('pg-language-text').getByRole('button', { name: 'Look at it' }).click();
  await expect.poll(() => tokens(page).allInnerTexts()).toEqual([expect.stringContaining('Mina'), ...Array.from({ length: 8 }, () => expect.any(String))]);
  await page.locator('pg-language-text').getByRole('button', { name: 'Hide everything' }).click();
  await expect.poll(() => page.locator('pg-language-text .gap').count()).toBe(9);
  await tokens(page).nth(3).click();
  await expect.poll(() => page.locator('pg-language-text .gap').count()).toBe(8);
  await tokens(page).nth(3).click();
  await expect.poll(() => page.locator('pg-language-text .gap').count()).toBe(9);
  await expect.poll(() => page.locator('pg-language-text .bars dt').count()).toBe(6);
  await page.locator('pg-language-text .bars button').first().click();
  await page.locator('pg-inspector[pinned]').waitFor();
}));

test('the phases follow one another, and both classifiers are asked about a sentence of one’s own', () => visit(`ko/language-model/?v=1&task=fine_tune&corpus=ko&pretrain_steps=20&${small}`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  const tuning = page.locator('pg-language-tuning');
  expect(await tuning.locator('[aria-current=step]').innerText()).toContain('사전 학습');
  await run(page, 30);
  await expect.poll(() => tuning.locator('[aria-current=step]').innerText()).toContain('미세 조정');
  await expect.poll(() => tuning.locator('tbody tr').count()).toBe(8);
  await tuning.getByLabel('내가 쓴 문장').fill('톰은 집에서 열쇠를 찾았다.');
  await tuning.getByRole('button', { name: '둘에게 묻기' }).click();
  await expect.poll(() => tuning.locator('tbody tr').count()).toBe(9);
}));

test('a text of one’s own is learned, and one that is too short is refused with its reason', () => visit(`en/language-model/?v=1&${small}#tool-data`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  const tool = page.locator('pg-data-text');
  await tool.getByLabel('Paste a text').fill('too short');
  await tool.getByRole('button', { name: 'Train on it' }).click();
  await tool.getByText(/at least 200 characters/).waitFor();
  await tool.getByLabel('Paste a text').fill('The quick brown fox <b>jumps</b> over the lazy dog.\n'.repeat(40));
  await tool.getByRole('button', { name: 'Train on it' }).click();
  await expect.poll(() => page.evaluate(async () => (await (document.querySelector('pg-lab') as unknown as Inside).run.client.query('info')).corpus)).toBe('own');
  await expect.poll(() => tokens(page).first().innerText()).toContain('The');
}));

test('by keyboard, without a finding of axe', () => visit(`en/language-model/?v=1&${small}`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  await tokens(page).nth(2).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => tokens(page).nth(2).getAttribute('aria-current')).toBe('true');
  expect(await axe(page, { include: [{ fromShadowDom: ['pg-lab', 'pg-language-model'] }, { fromShadowDom: ['pg-lab', 'pg-language-results'] }] })).toEqual([]);
}));

test.each(['gpt', 'bert', 'fine_tune'])('on a phone nothing is wider than the screen: %s', (task) => visit(`ko/language-model/?v=1&task=${task}&corpus=ko`, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
}));
