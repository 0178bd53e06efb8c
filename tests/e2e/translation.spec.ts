// The translation lab in the built site: what it writes, what it looked at for it, and what a reader can type.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axe, visit } from './harness';

interface Inside {
  run: {
    client: { read(name: string, args: object): Promise<{ shape: number[]; data: Float32Array }>; query(name: string): Promise<unknown> };
    snapshot: { status: { step: number }; metrics: Float64Array } | null;
    pause(): Promise<void>;
  };
}
const written = (page: Page) => page.locator('pg-translation-model [role=radiogroup] button.token');
const source = (page: Page) => page.locator('pg-translation-model [role=listitem]');
const pause = (page: Page) => page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.pause());
const ready = (page: Page) => written(page).first().waitFor();
const small = 'd_model=16&nhead=2&dim_feedforward=32&sentences=400&lr=0.01';

test('the tokens show the weights that the engine has, and a cell opens to its sum', () => visit(`en/translation/?v=1&${small}`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect.poll(() => page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.snapshot?.status.step ?? 0), { timeout: 30_000 }).toBeGreaterThan(30);
  await pause(page);
  await written(page).nth(1).click();
  await expect.poll(() => written(page).nth(1).getAttribute('aria-checked')).toBe('true');
  const told = () => source(page).locator('small').evaluateAll((all) => all.map((element) => Number(element.getAttribute('title'))));
  const { shape, data } = await page.evaluate(async () => {
    const read = await (document.querySelector('pg-lab') as unknown as Inside).run.client.read('cross', { layer: 0 });
    return { shape: read.shape, data: [...read.data] };
  });
  // What the last step made is drawn a moment after the run has paused.
  await expect.poll(told).toEqual(Array.from({ length: shape[2]! }, (_, i) => expect.closeTo(data[shape[2]! + i]!, 6)));
  expect((await told()).reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 4);

  await page.locator('pg-translation-model [data-part=weights] pg-heat .picture').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  const card = page.locator('pg-inspector[pinned]');
  await card.waitFor();
  await card.getByText(/Decoder at source, layer 1, head 1/).first().waitFor();
}));

test('a sentence of one’s own is translated, and words that nobody knows are named', () => visit(`ko/translation/?v=1&${small}&task=en_ko`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  const field = page.getByLabel('내가 쓴 영어 문장');
  await field.fill('My friend will not buy <img src=x onerror="window.hacked=1"> a red hat');
  await field.press('Enter');
  await page.getByText('어휘에 없는 단어: <img, src=x').waitFor();
  await field.fill('My friend will not buy a red hat.');
  await field.press('Enter');
  await expect.poll(() => source(page).allInnerTexts().then((all) => all.map((text) => text.split('\n')[0]))).toEqual(['my', 'friend', 'will', 'not', 'buy', 'a', 'red', 'hat', '■']);
  expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
  // Nothing to compare one's own sentence with.
  await expect.poll(() => page.locator('pg-translation-model .verdict').count()).toBe(0);
  await page.getByRole('button', { name: '다음 새 문장' }).click();
  await page.locator('pg-translation-model .verdict').waitFor();
}));

test('by keyboard, without a finding of axe, and beams are told', () => visit(`en/translation/?v=1&${small}&beam_width=3`, { reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  await written(page).first().focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => written(page).nth(1).getAttribute('aria-checked')).toBe('true');
  await expect.poll(() => page.locator('pg-translation-results li').count()).toBe(3);
  expect(await axe(page, { include: [{ fromShadowDom: ['pg-lab', 'pg-translation-model'] }, { fromShadowDom: ['pg-lab', 'pg-translation-results'] }] })).toEqual([]);
}));

test('on a phone nothing is wider than the screen', () => visit('ko/translation/', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' }, async ({ page }) => {
  await ready(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
}));
