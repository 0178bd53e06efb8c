// The lab of attention on pictures in the built site: digits are read, the maps are the engine's numbers, and a drawing is answered at once.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parseNumber } from '../../web/elements/format';
import presets from '../../web/labs/vit/presets.json';
import { axe, visit } from './harness';

interface Inside {
  run: {
    client: { read(name: string, args: object): Promise<{ shape: number[]; data: Float32Array }>; query(name: string, args: object): Promise<{ result: number }> };
    snapshot: { status: { step: number }; metrics: Float64Array } | null;
  };
}
const still = { reducedMotion: 'reduce' } as const; // nothing starts by itself
const address = (params: object, lang = 'en') => `${lang}/vit/?${['v=1', ...Object.entries(params).map(([key, value]) => `${key}=${value === false ? 0 : value === true ? 1 : value}`)].join('&')}`;
const small = { samples: 300, d_model: 16, nhead: 2, dim_feedforward: 24, num_layers: 2 };
const look = (page: Page) => page.locator('pg-vit-look');
const steps = (page: Page) => page.evaluate(() => document.querySelector('pg-lab')!.shadowRoot!.querySelector<Element & { status: { step: number } }>('pg-transport')!.status.step);
const ready = (page: Page) => look(page).locator('li.best').waitFor({ timeout: 30_000 });
const metric = (page: Page, name: RegExp) => page.locator('pg-curve').filter({ hasText: /Accuracy/ }).locator('.value').filter({ hasText: name }).locator('b').innerText().then(parseNumber);
const read = (page: Page, name: string, args: object) =>
  page.evaluate(async ([what, how]) => {
    const { shape, data } = await (document.querySelector('pg-lab') as unknown as Inside).run.client.read(what, how);
    return { shape, data: [...data] };
  }, [name, args] as const);

/** Told in seconds, judged by what is reached: how fast a machine is no test can say. */
test('the preset reads digits, and one that is drawn', () =>
  visit(address(presets.digits.params), {}, async ({ page }) => {
    await ready(page);
    const begin = Date.now();
    await expect.poll(() => metric(page, /^\s*test/), { timeout: 300_000, interval: 250 }).toBeGreaterThanOrEqual(0.96);
    console.log(`vit digits: test accuracy ${await metric(page, /^\s*test/)} after ${((Date.now() - begin) / 1000).toFixed(1)} s and ${await steps(page)} steps`);
    await page.getByRole('button', { name: 'Draw' }).click();
    const paper = (await page.locator('pg-pad .paper').boundingBox())!;
    await page.mouse.move(paper.x + paper.width * 0.52, paper.y + paper.height * 0.2);
    await page.mouse.down();
    for (let k = 1; k <= 12; k++) await page.mouse.move(paper.x + paper.width * (0.52 - 0.004 * k), paper.y + paper.height * (0.2 + 0.05 * k));
    await page.mouse.up();
    await expect.poll(() => page.locator('pg-picture-input .answer').innerText(), { timeout: 10_000 }).toMatch(/^1 \(p = /);
  }), 400_000);

test('maps are the engine’s weights: from the class token, from a patch, of any head; and a weight opens to its softmax', () =>
  visit(address(small), still, async ({ page }) => {
    await ready(page);
    for (let i = 0; i < 3; i++) {
      await page.getByRole('button', { name: 'Step', exact: true }).click();
      await expect.poll(() => steps(page)).toBe(i + 1);
    }
    const { shape, data } = await read(page, 'attention', { split: 'test', example: 0 });
    expect(shape).toEqual([2, 2, 17, 17]);
    // Block 2, head 1; then the patch in row 2, column 3: token 7.
    await page.getByRole('radio', { name: 'Block 2, head 1' }).click();
    await look(page).getByRole('radio', { name: 'patch 2·3' }).click();
    const row = data.slice((2 * 17 + 7) * 17, (2 * 17 + 8) * 17), most = row.indexOf(Math.max(...row.slice(1)));
    const told = look(page).locator('.most');
    await expect.poll(() => told.innerText()).toContain(`patch ${Math.floor((most - 1) / 4) + 1}·${((most - 1) % 4) + 1}`);
    expect(parseNumber(await told.locator('button').innerText())).toBeCloseTo(row[most]!, 3);
    await told.locator('button').click();
    const card = page.locator('pg-inspector[pinned]');
    await card.waitFor();
    await card.getByText(/Block 2, head 1: weight of patch/).first().waitFor();
    const shown = await card.evaluate(async (element) => {
      const inspector = element as unknown as { explanation: { kind: string; result: number } | null };
      while (!inspector.explanation) await new Promise(requestAnimationFrame);
      return inspector.explanation;
    });
    expect(shown.kind).toBe('softmax');
    expect(shown.result).toBeCloseTo(row[most]!, 6);
    await page.keyboard.press('Escape');
    // By keyboard: one patch to the right, one down.
    await look(page).getByRole('radio', { name: 'patch 2·3' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => look(page).getByRole('radio', { name: 'patch 3·4' }).getAttribute('aria-checked')).toBe('true');
    await look(page).getByRole('button', { name: 'class token' }).click();
    await expect.poll(() => look(page).getByRole('radio', { name: 'patch 3·4' }).getAttribute('aria-checked')).toBe('false');
  }));

test('every panel draws, without violations, and the time of both networks is measured', () =>
  visit(address(small), still, async ({ page }) => {
    await ready(page);
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    for (const [name, part, drawn] of [['All weights', 'weights', 'pg-heat .picture'], ['Positions', 'positions', 'canvas'], ['Patch embedding', 'filters', '.all canvas'], ['Against the CNN', 'cost', 'tbody tr']] as const) {
      await page.getByRole('tab', { name, exact: true }).click();
      await page.locator(`pg-vit-${part} ${drawn}`).first().waitFor({ timeout: 30_000 });
      expect(await axe(page, { fromShadowDom: ['pg-lab', 'pg-vit-model'] }), name).toEqual([]);
    }
    const cost = page.locator('pg-vit-cost');
    const cells = (row: number) => cost.locator('tbody tr').nth(row).locator('td').allInnerTexts();
    const [vit, cnn] = (await cells(0)).map(parseNumber) as [number, number];
    expect(cnn / vit).toBeGreaterThan(0.6);
    expect(cnn / vit).toBeLessThan(1.6);
    expect(await cells(2)).toEqual(['–', '–']);
    await cost.getByRole('button', { name: 'Measure the time' }).click();
    await expect.poll(() => cells(2), { timeout: 60_000 }).toEqual([expect.stringMatching(/^[\d.]+ (µs|ms)$/), expect.stringMatching(/^[\d.]+ (µs|ms)$/)]);
    await cost.getByText(/A training step of 32 pictures takes/).waitFor();
    // A weight of the patch embedding opens to its update.
    await page.getByRole('tab', { name: 'Patch embedding', exact: true }).click();
    await page.locator('pg-vit-filters pg-heat .picture').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.locator('pg-inspector[pinned]').getByText(/Patch embedding: weight of entry 1/).first().waitFor();
  }), 120_000);

test('mistakes are those of the confusion matrix, and one is looked at', () =>
  visit(address(small), still, async ({ page }) => {
    await ready(page);
    const mistake = page.locator('pg-vit-results button').nth(1);
    await mistake.waitFor({ timeout: 30_000 });
    const [, n, truth] = /^Test picture (\d+): (.+), taken for/.exec((await mistake.getAttribute('aria-label'))!)!;
    await mistake.click();
    await expect.poll(() => page.locator('pg-picture-input p').first().innerText()).toContain(`Truth: ${truth} · test picture ${n}`);
    const labels = await read(page, 'labels', {});
    const wrong = Array.from({ length: labels.data.length / 2 }, (_, i) => labels.data[2 * i] !== labels.data[2 * i + 1]).filter(Boolean).length;
    await page.locator('pg-confusion').getByText(new RegExp(`${(labels.data.length / 2 - wrong).toLocaleString('en')} of `)).waitFor();
  }));

test('on a phone nothing runs over the edge, and everything can be pressed', () =>
  visit(address(small, 'ko'), { ...still, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, async ({ page }) => {
    await page.getByRole('tab', { name: '모델' }).click();
    await ready(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const narrow = await look(page).locator('button').evaluateAll((all) => all.filter((button) => button.getBoundingClientRect().height < 24 || button.getBoundingClientRect().width < 24).length);
    expect(narrow).toBe(0);
  }));
