// The detection lab in a real browser: it finds what it promises, what is drawn and listed is what the engine says, thresholds act
// without training, and a box can be laid by keyboard and mouse.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parseNumber } from '../../web/elements/format';
import type { LabContext } from '../../web/labs/lab-view';
import presets from '../../web/labs/detection/presets.json';
import { axe, visit } from './harness';

/** Address of a preset, as the page itself writes it. */
function preset(name: keyof typeof presets): string {
  const query = Object.entries(presets[name].params).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('-') : value}`);
  return `en/detection/?${['v=1', ...query].join('&')}`;
}
const model = (page: Page) => page.locator('pg-detection-model');
const steps = (page: Page) => model(page).evaluate((el) => (el as unknown as { ctx: LabContext }).ctx?.snapshot?.status.step ?? 0);
const metric = (page: Page) => model(page).evaluate((el) => (el as unknown as { ctx: LabContext }).ctx?.snapshot?.metrics.at(-1) ?? NaN);
/** What the engine answers now. */
const read = (page: Page, name: string, args: object) =>
  model(page).evaluate(async (el, [what, how]) => {
    const { shape, data } = await (el as unknown as { ctx: LabContext }).ctx.client.read(what as string, how as object);
    return { shape, data: Array.from(data) };
  }, [name, args] as const);
const rows = ({ shape, data }: { shape: number[]; data: number[] }) => Array.from({ length: shape[0]! }, (_, i) => data.slice(i * shape[1]!, (i + 1) * shape[1]!));
const trainUntil = async (page: Page, step: number) => {
  await model(page).waitFor();
  await expect.poll(() => steps(page), { timeout: 60_000 }).toBeGreaterThanOrEqual(step);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  await page.waitForTimeout(600);
};

/** Told in seconds, judged by what is reached: how fast a machine is no test can say. */
test('scenes of digits: mAP@0.5 of at least 0.85', () =>
  visit(preset('scenes'), {}, async ({ page }) => {
    await model(page).waitFor();
    await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(0);
    const begin = Date.now();
    await expect.poll(() => metric(page), { timeout: 400_000, interval: 500 }).toBeGreaterThanOrEqual(0.85);
    console.log(`scenes: mAP@0.5 ${(await metric(page)).toFixed(3)} after ${((Date.now() - begin) / 1000).toFixed(1)} s and ${await steps(page)} steps`);
    // The curve says the same.
    const shown = await page.locator('pg-curve').filter({ hasText: 'mAP@0.5' }).locator('.value b').innerText();
    expect(parseNumber(shown)).toBeGreaterThan(0.8);
  }), 500_000);

test('what is listed is what the engine found, and what is suppressed says by how much', () =>
  visit(`${preset('shapes')}&max_objects=6&overlap=0.3&nms_thresh=0.1`, {}, async ({ page }) => {
    await trainUntil(page, 60);
    for (const scene of [1, 5]) {
      await page.getByRole('button', { name: `Held-out scene ${scene + 1}`, exact: true }).click();
      await page.locator('pg-detection-model [data-look=boxes]').click();
      const found = rows(await read(page, 'boxes', { split: 'test', from: scene, count: 1 }));
      const kept = found.filter((row) => row[8]! < 0).sort((a, b) => b[3]! - a[3]!).slice(0, 8);
      const listed = () => page.locator('pg-detection-model .found .line').evaluateAll((lines) => lines.map((line) => [Number((line as HTMLElement).dataset['cell']), Number((line as HTMLElement).dataset['score'])]));
      await expect.poll(listed).toEqual(kept.map((row) => [row[1], row[3]]));
      await page.locator('pg-detection-model [data-look=nms]').click();
      const out = page.locator('pg-detection-model .line.out');
      const ious = found.filter((row) => row[8]! >= 0).map((row) => row[9]!);
      if (ious.length < 8) await expect.poll(() => out.count()).toBe(ious.length);
      for (const text of await out.allInnerTexts()) {
        const told = Number(/IoU ([\d.]+)/.exec(text)![1]);
        expect(Math.min(...ious.map((iou) => Math.abs(iou - told)))).toBeLessThan(0.006);
      }
    }
    // The bars are the average precisions.
    const ap = rows(await read(page, 'ap', {}));
    const bars = () => page.locator('pg-detection-results [data-ap]').evaluateAll((all) => all.map((bar) => Number((bar as HTMLElement).dataset['ap'])));
    await expect.poll(bars).toEqual(ap.map((row) => row[0]));
    await expect.poll(() => metric(page)).toBeCloseTo(ap.reduce((sum, row) => sum + row[0]!, 0) / ap.length, 6);
  }), 120_000);

test('thresholds act at once, on boxes and mAP, and train nothing', () =>
  visit(preset('shapes'), {}, async ({ page }) => {
    await trainUntil(page, 60);
    const [step, before, weights] = [await steps(page), await metric(page), await read(page, 'param', { name: 'head.weight' })];
    const slider = page.getByRole('slider', { name: 'Confidence threshold' });
    await slider.focus();
    for (let i = 0; i < 4; i++) await slider.press('PageUp');
    await expect.poll(() => metric(page)).toBeLessThan(before);
    await expect.poll(() => page.url()).toContain('score_thresh=');
    const threshold = await model(page).evaluate((el) => (el as unknown as { ctx: LabContext }).ctx.params['score_thresh'] as number);
    expect(threshold).toBeGreaterThan(0.1);
    for (const row of rows(await read(page, 'boxes', { split: 'test', from: 0, count: 60 }))) expect(row[3]).toBeGreaterThanOrEqual(Math.fround(threshold));
    expect(await steps(page)).toBe(step);
    expect(await read(page, 'param', { name: 'head.weight' })).toEqual(weights);
  }), 90_000);

test('a cell opens to the sum behind its confidence, and on to the convolution', () =>
  visit(preset('shapes'), {}, async ({ page }) => {
    await trainUntil(page, 10);
    await page.locator('pg-detection-model [data-look=grid]').click();
    const cell = page.locator('pg-detection-model .line.confidence');
    await cell.click();
    await page.locator('pg-inspector[shown] .result').waitFor();
    const shown = Number((await page.locator('pg-inspector .result span[title]').first().getAttribute('title'))!.replace('−', '-'));
    // While none is chosen, the cell that is surest.
    const cells = await read(page, 'cells', { split: 'test', index: 1 });
    expect(shown).toBeCloseTo(Math.max(...cells.data.slice(0, 36)), 5);
    await expect.poll(() => cell.locator('b').innerText().then(parseNumber)).toBeCloseTo(shown, 2);
    const terms = page.locator('pg-inspector tbody tr');
    expect(await terms.count()).toBeGreaterThan(8);
    await terms.first().getByRole('button').first().click();
    await expect.poll(() => page.locator('pg-inspector h2').innerText()).toMatch(/^Pooled 3, filter/);
  }), 90_000);

test('a box is laid by keyboard and by mouse, and its IoU is the engine’s', () =>
  visit(preset('shapes'), { reducedMotion: 'reduce' }, async ({ page }) => {
    await model(page).waitFor();
    await page.locator('pg-detection-model [data-look=iou]').click();
    const handle = page.getByRole('slider', { name: /^Your box/ });
    await handle.focus();
    const told = () => handle.getAttribute('aria-valuenow').then(Number);
    const boxes = () => model(page).evaluate((el) => (el as unknown as { ctx: LabContext }).ctx.view['box'] as { x: number; y: number; w: number; h: number } | undefined);
    await handle.press('ArrowLeft');
    const first = (await boxes())!;
    await handle.press('ArrowUp');
    await handle.press('Shift+ArrowRight');
    await expect.poll(boxes).toEqual({ x: first.x, y: Math.max(0, first.y - 1), w: first.w + 1, h: first.h });
    const truth = rows(await read(page, 'truth', { split: 'test', from: 1, count: 1 }))[0]!.slice(2);
    const now = (await boxes())!;
    const [both, either, iou] = (await read(page, 'iou', { a: truth, b: [now.x, now.y, now.w, now.h] })).data;
    await expect.poll(told).toBeCloseTo(iou!, 2);
    const formula = await page.locator('pg-detection-model .formula').innerText();
    for (const n of [both!, either!]) expect(formula).toContain(String(+n.toPrecision(3)));
    // By mouse onto the truth: the two agree better.
    const scene = (await page.locator('pg-detection-model .scene').boundingBox())!;
    const px = (v: number) => (v / 48) * scene.width;
    const from = (await handle.boundingBox())!;
    await page.mouse.move(from.x + 8, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(scene.x + px(truth[0]!) + 8, scene.y + px(truth[1]!) + 8, { steps: 6 });
    await page.mouse.up();
    await expect.poll(told).toBeGreaterThan(Math.max(0.8, iou!));
  }), 60_000);

test.each([['en', 'light'], ['ko', 'dark']] as const)('axe finds nothing (%s, %s)', (lang, colorScheme) =>
  visit(preset('shapes').replace('en/', `${lang}/`), { colorScheme, reducedMotion: 'reduce' }, async ({ page }) => {
    await model(page).waitFor();
    for (const look of ['boxes', 'nms', 'grid', 'iou']) {
      await page.locator(`pg-detection-model [data-look=${look}]`).click();
      await page.waitForTimeout(300);
      expect(await axe(page)).toEqual([]);
    }
  }), 90_000);

test.each([360, 390, 1440])('nothing scrolls sideways at %i px', (width) =>
  visit(preset('shapes').replace('en/', 'ko/'), { viewport: { width, height: width < 500 ? 844 : 900 }, hasTouch: width < 500 }, async ({ page }) => {
    await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    const scene = (await page.locator('pg-detection-model .scene').boundingBox())!;
    expect(scene.x).toBeGreaterThanOrEqual(0);
    expect(scene.x + scene.width).toBeLessThanOrEqual(width);
    // On a desktop the whole of the model stands in the window.
    if (width === 1440) {
      const strip = (await page.locator('pg-detection-model .strip').boundingBox())!;
      expect(strip.y + strip.height).toBeLessThanOrEqual(900);
    }
  }), 60_000);
