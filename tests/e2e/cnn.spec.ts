// The lab of pictures in a real browser: what it draws is what the engine computes, it reads what one draws, and settings that cannot
// be together are told without breaking anything.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine, providePacks, type WholeEngine } from '../../.tools/wasm.mjs';
import { parseNumber } from '../../web/elements/format';
import { axe, visit } from './harness';
import presets from '../../web/labs/cnn/presets.json';

const still = { reducedMotion: 'reduce' } as const; // nothing starts by itself
const address = (params: object, lang = 'en') =>
  `${lang}/cnn/?${['v=1', ...Object.entries(params).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('-') : value}`)].join('&')}`;
const steps = (page: Page) => page.evaluate(() => document.querySelector('pg-lab')!.shadowRoot!.querySelector<Element & { status: { step: number } }>('pg-transport')!.status.step);
const maps = (page: Page) => page.locator('pg-cnn-maps');
const sees = (page: Page) => maps(page).locator('.sees');
const testAccuracy = async (page: Page) => {
  const text = await page.locator('pg-curve').filter({ hasText: 'Accuracy' }).locator('.value').filter({ hasText: /^\s*test/ }).locator('b').innerText();
  return parseNumber(text);
};

let engine: WholeEngine;
beforeAll(async () => {
  engine = await loadEngine();
  providePacks(engine);
});

test('a cell of a feature map and a receptive field are the engine’s, to the last digit', () => {
  const params = { samples: 300, out_channels: [4, 6], kernel_size: 5 };
  return visit(address(params), still, async ({ page }) => {
    await maps(page).locator('.tile').first().waitFor();
    for (let i = 0; i < 5; i++) {
      await page.getByRole('button', { name: 'Step', exact: true }).click();
      await expect.poll(() => steps(page)).toBe(i + 1);
    }
    // The third map of the second convolution.
    await maps(page).locator('[data-layer=conv2] .tile').nth(2).click();
    const view = page.locator('pg-cnn-window');
    await page.getByRole('button', { name: 'One row down' }).click();
    await expect.poll(() => view.locator('.controls span').last().innerText()).toMatch(/^Row 8 of 12, column 7 of 12/);
    const lab = engine.createLab('cnn', JSON.stringify(params));
    lab.step(5);
    const info = JSON.parse(lab.query('info', '{}'));
    const layer = (name: string) => info.layers.find((one: { name: string }) => one.name === name);
    const map = lab.read('maps', '{"example":0}').data, at = (2 * 12 + 7) * 12 + 6;
    const field = [...lab.read('field', '{"layer":"conv2","row":7,"col":6}').data];
    lab.delete();
    const [top, left, bottom, right] = field as [number, number, number, number];
    await expect.poll(() => sees(page).innerText()).toContain(`rows ${top + 1}–${bottom + 1}, columns ${left + 1}–${right + 1}`);
    const box = await maps(page).locator('.field').evaluate((element: HTMLElement) => [element.style.top, element.style.height].map(parseFloat));
    expect(box[0]).toBeCloseTo((100 * top) / 24, 3);
    expect(box[1]).toBeCloseTo((100 * (bottom - top + 1)) / 24, 3);
    // The sum opens to all that it is made of.
    await view.locator('.sum .z').click();
    await page.locator('pg-inspector[shown]').waitFor();
    const result = await page.locator('pg-inspector .result span[title]').first().getAttribute('title');
    expect(Number(result!.replace('−', '-'))).toBeCloseTo(map[layer('conv2').offset + at]!, 6);
    await page.keyboard.press('Escape');
    await view.locator('.sum .a').click();
    await expect.poll(async () => Number((await page.locator('pg-inspector .result span[title]').first().getAttribute('title'))!.replace('−', '-'))).toBeCloseTo(map[layer('act2').offset + at]!, 6);
  });
});

test('an impossible network is told, layer and reason, and the way back is open', () =>
  visit(address({ samples: 300, kernel_size: 11, padding: 'valid' }), still, async ({ page }) => {
    const failing = page.locator('pg-cnn-sizes tr.failing');
    await failing.waitFor();
    expect(await failing.innerText()).toMatch(/Convolution 2/);
    expect(await failing.locator('.formula').innerText()).toContain('⌊(7 − 11) / 1⌋ + 1 = ?');
    expect(await page.locator('pg-cnn-sizes [role=alert]').innerText()).toMatch(/Convolution 2 cannot be.*11 wide.*only 7/s);
    expect(await page.locator('pg-cnn-sizes tr[data-layer=conv1] .formula').innerText()).toContain('⌊(24 − 11) / 1⌋ + 1 = 14');
    await page.getByRole('slider', { name: 'Filter size' }).press('Home');
    await maps(page).locator('.tile').first().waitFor();
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await expect.poll(() => steps(page)).toBe(1);
  }));

/** Told in seconds, judged by what is reached: how fast a machine is no test can say. */
test('digits are read, and so is one that is drawn', () =>
  visit(address(presets.digits.params), {}, async ({ page }) => {
    await maps(page).locator('.tile').first().waitFor({ timeout: 30_000 });
    const begin = Date.now();
    await expect.poll(() => testAccuracy(page), { timeout: 300_000, interval: 250 }).toBeGreaterThanOrEqual(0.985);
    console.log(`digits: test accuracy ${await testAccuracy(page)} after ${((Date.now() - begin) / 1000).toFixed(1)} s and ${await steps(page)} steps`);
    await page.getByRole('button', { name: 'Draw' }).click();
    const paper = (await page.locator('pg-pad .paper').boundingBox())!;
    await page.mouse.move(paper.x + paper.width * 0.52, paper.y + paper.height * 0.2);
    await page.mouse.down();
    for (let k = 1; k <= 12; k++) await page.mouse.move(paper.x + paper.width * (0.52 - 0.004 * k), paper.y + paper.height * (0.2 + 0.05 * k));
    await page.mouse.up();
    await expect.poll(() => page.locator('pg-picture-input .answer').innerText(), { timeout: 10_000 }).toMatch(/^1 \(p = /);
  }), 400_000);

test('every panel draws, by mouse and by keyboard, and without violations', () =>
  visit(address({ samples: 300, out_channels: [4, 4] }), still, async ({ page }) => {
    await maps(page).locator('.tile').first().waitFor();
    for (let i = 0; i < 3; i++) await page.getByRole('button', { name: 'Step', exact: true }).click();
    const tile = maps(page).locator('[data-layer=conv1] .tile').first();
    await tile.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => maps(page).locator('[data-layer=pool1] .tile[aria-pressed=true]').count()).toBe(1);
    for (const [name, part, drawn] of [['Window', 'window', '.sum'], ['Filters', 'filters', 'canvas.excited'], ['Why', 'why', 'canvas'], ['Shift test', 'move', 'circle'], ['Sizes', 'sizes', 'tr.total']] as const) {
      await page.getByRole('tab', { name, exact: true }).click();
      await page.locator(`pg-cnn-${part} ${drawn}`).first().waitFor({ timeout: 30_000 });
      expect(await axe(page, { fromShadowDom: ['pg-lab', 'pg-cnn-model'] }), name).toEqual([]);
    }
  }));

test('a picture of one’s own is classified; without a camera that is said', () => {
  // One pixel of red: enough for a PNG.
  const file = join(tmpdir(), 'playgrad-cnn.png');
  writeFileSync(file, Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==', 'base64'));
  return visit(address({ samples: 300, out_channels: [4] }), still, async ({ page }) => {
    const input = page.locator('pg-picture-input');
    await expect.poll(() => input.locator('p').first().innerText()).toContain('Truth');
    await input.locator('input[type=file]').setInputFiles(file);
    await expect.poll(() => input.locator('p').first().innerText()).not.toContain('Truth');
    await expect.poll(() => input.locator('.answer').innerText()).toMatch(/p = /);
    await input.getByRole('button', { name: 'Camera' }).click();
    await expect.poll(() => input.locator('.problem').innerText()).toMatch(/not available|not allowed/);
    await input.getByRole('button', { name: 'Next', exact: true }).click();
    await expect.poll(() => input.locator('p').first().innerText()).toContain('Truth');
  });
});

test('on a phone nothing runs over the edge', () =>
  visit(address({ samples: 300 }), { ...still, viewport: { width: 390, height: 844 } }, async ({ page }) => {
    await page.getByRole('tab', { name: 'Model' }).click();
    await maps(page).locator('.tile').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const small = await maps(page).locator('button').evaluateAll((all) => all.filter((button) => button.getBoundingClientRect().height < 24 || button.getBoundingClientRect().width < 24).length);
    expect(small).toBe(0);
  }));
