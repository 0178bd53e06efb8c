// The network lab in a real browser: it learns what it promises, its numbers open to what they are made of, it survives
// divergence, and the page stays quick meanwhile.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parseNumber } from '../../web/elements/format';
import { visit, type Visit } from './harness';
import presets from '../../web/labs/network/presets.json';

/** Address of a preset, as the page itself writes it. */
function preset(name: keyof typeof presets): string {
  const query = Object.entries(presets[name].params).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('-') : value}`);
  return `en/network/?${['v=1', ...query].join('&')}`;
}

/** The number that stands beside a curve's label. */
const curveValue = async (page: Page, heading: string, split: string): Promise<number> => {
  const text = await page.locator('pg-curve').filter({ hasText: heading }).locator('.value').filter({ hasText: split }).locator('b').innerText();
  return parseNumber(text.replace(/,/g, ''));  // 12,300 in English
};
const steps = (page: Page) => page.evaluate(() => document.querySelector('pg-lab')!.shadowRoot!.querySelector<Element & { status: { step: number } }>('pg-transport')!.status.step);
const pause = async (page: Page) => {
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
};
/** Waits until something trains and is drawn. */
async function trains({ page }: Visit): Promise<void> {
  await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(0);
  await page.locator('pg-network-model').waitFor();
  await page.waitForTimeout(500);
}

/** The full numbers of the inspector's open card. */
const card = (page: Page) =>
  page.evaluate(() => {
    const root = document.querySelector('pg-lab')!.shadowRoot!.querySelector('pg-inspector')!.shadowRoot!;
    const number = (text: string | null | undefined) => Number((text ?? 'NaN').replace('−', '-'));
    const rows = [...root.querySelectorAll('tbody tr')].map((row) =>
      [...row.querySelectorAll('[title]')].filter((cell) => cell.tagName !== 'TD').map((cell) => number(cell.getAttribute('title'))));
    const constants: Record<string, number> = {};
    for (const row of root.querySelectorAll('.constants div')) constants[row.querySelector('dt')!.textContent!] = number(row.querySelector('[title]')?.getAttribute('title'));
    return {
      title: root.querySelector('h2')?.textContent ?? '',
      result: number(root.querySelector('.result span[title]')?.getAttribute('title')),
      terms: rows.filter((row) => row.length === 3) as [number, number, number][],
      bias: rows.find((row) => row.length === 1)?.[0] ?? 0,
      formula: root.querySelector('[data-tex=symbols]')?.textContent ?? '',
      text: root.querySelector('.body')?.textContent ?? '',
    };
  });

test('the spiral is unrolled, and the page stays quick', () =>
  visit(preset('spiral'), {}, async (v) => {
    await trains(v);
    await v.staysFree(() => v.page.waitForTimeout(3000));
    await expect.poll(() => curveValue(v.page, 'Accuracy', 'test'), { timeout: 60_000 }).toBeGreaterThanOrEqual(0.97);
  }));

test('digits are read within a minute of training, and the page stays quick', () =>
  visit(preset('digits'), {}, async (v) => {
    await trains(v);
    const begin = Date.now();
    await expect.poll(() => curveValue(v.page, 'Accuracy', 'test'), { timeout: 60_000, interval: 250 }).toBeGreaterThanOrEqual(0.95);
    console.log(`digits: test accuracy ${await curveValue(v.page, 'Accuracy', 'test')} after ${((Date.now() - begin) / 1000).toFixed(1)} s and ${await steps(v.page)} steps`);
    await v.staysFree(() => v.page.waitForTimeout(3000));
    // What it gets wrong is shown and can be sent through the network; its counts add up to the test set.
    await v.page.locator('pg-network-worst button').first().click();
    await expect.poll(() => v.page.locator('pg-network-worst button[aria-pressed=true]').count()).toBe(1);
    await pause(v.page);
    const counts = v.page.locator('pg-network-results [data-part=confusion] p');
    await expect.poll(() => counts.innerText()).toMatch(/9\d\d of 1,000 right/);
  }), 180_000);

test('a digit drawn on the pad is read', () =>
  visit(preset('digits'), {}, async ({ page, ...rest }) => {
    await trains({ page, ...rest });
    await expect.poll(() => curveValue(page, 'Accuracy', 'test'), { timeout: 60_000 }).toBeGreaterThanOrEqual(0.9);
    await page.getByRole('button', { name: 'Draw' }).click();
    const paper = (await page.locator('pg-pad .paper').boundingBox())!;
    // A one: a stroke from top to bottom.
    await page.mouse.move(paper.x + paper.width * 0.52, paper.y + paper.height * 0.2);
    await page.mouse.down();
    for (let k = 1; k <= 12; k++) await page.mouse.move(paper.x + paper.width * (0.52 - 0.004 * k), paper.y + paper.height * (0.2 + 0.05 * k));
    await page.mouse.up();
    await expect.poll(() => page.locator('pg-network-digits .answer').innerText(), { timeout: 10_000 }).toContain('says 1');
  }), 120_000);

test('the largest learning rate diverges: the page names the value, runs on, and goes back', () =>
  visit(preset('too-fast'), {}, async ({ page }) => {
    const notice = page.locator('pg-notice').filter({ hasText: 'Diverged' });
    await notice.waitFor({ timeout: 30_000 });
    expect(await notice.innerText()).toMatch(/weight|bias|gradient|loss|activation|neuron|output/i);
    // The page answers: a slider can be moved, a unit opened.
    await page.locator('pg-network-graph button[data-c="1"]').first().click();
    await page.locator('pg-inspector[shown]').waitFor();
    await page.keyboard.press('Escape');
    const broken = await steps(page);
    await notice.getByRole('button', { name: /^Back to step/ }).click();
    await expect.poll(() => notice.count()).toBe(0);
    expect(await steps(page)).toBeLessThanOrEqual(broken);
    for (const value of [await curveValue(page, 'Loss', 'train'), await curveValue(page, 'Loss', 'test')]) expect(Number.isFinite(value)).toBe(true);
    await page.getByRole('button', { name: 'Step', exact: true }).click();
  }));

test('a neuron opens to the sum that made it', () =>
  visit('en/network/?v=1&activation=tanh&hidden=6-4', {}, async (v) => {
    const { page } = v;
    await trains(v);
    await pause(page);
    const box = (await page.locator('pg-network-surface .picture').boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.62, box.y + box.height * 0.4);
    for (const [column, terms] of [[1, 2], [2, 6], [3, 4]] as const) {
      await page.locator(`pg-network-graph button[data-c="${column}"]`).first().click();
      await page.locator('pg-inspector[shown] h2').waitFor();
      await expect.poll(async () => (await card(page)).terms.length).toBe(terms);
      const { terms: rows, bias, result } = await card(page);
      for (const [a, b, product] of rows) expect(product).toBeCloseTo(a * b, 6);
      const z = rows.reduce((sum, [, , product]) => sum + product, bias);
      expect(column === 3 ? 1 / (1 + Math.exp(-z)) : Math.tanh(z)).toBeCloseTo(result, 4);
      // The same value as the drawing shows for the same probe.
      if (column < 3) {
        const shown = await page.evaluate((c) => {
          const ctx = (document.querySelector('pg-lab')!.shadowRoot!.querySelector('pg-network-model') as unknown as { ctx: { info: { layers: { offset_in_maps: number }[] }; snapshot: { watched: Record<string, { data: Float32Array }> } } }).ctx;
          return ctx.snapshot.watched['activations']!.data[ctx.info.layers[c - 1]!.offset_in_maps]!;
        }, column);
        expect(shown).toBeCloseTo(result, 5);
      }
      await page.keyboard.press('Escape');
    }
  }));

test.each(['sgd', 'adam'])('a weight opens to its gradient and the update that %s just made', (optimizer) =>
  visit(`en/network/?v=1&activation=tanh&hidden=4&optimizer=${optimizer}&lr=0.01`, { reducedMotion: 'reduce' }, async ({ page }) => {
    // Nothing starts by itself under reduced motion.
    await page.locator('pg-network-graph button[data-c="2"]').waitFor();
    expect(await steps(page)).toBe(0);
    for (let k = 0; k < 3; k++) await page.getByRole('button', { name: 'Step', exact: true }).click();
    await expect.poll(() => steps(page)).toBe(3);
    // By keyboard: from the output to its strongest weight, which opens on Enter.
    await page.locator('pg-network-graph button[data-c="2"]').focus();
    await page.keyboard.press('ArrowLeft');
    const edge = page.locator('pg-network-graph button.edge');
    expect(await edge.getAttribute('aria-label')).toMatch(/^Weight: Hidden layer 1, neuron \d → Output$/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('pg-inspector[shown] .result').waitFor();
    const { title, text } = await card(page);
    expect(title).toMatch(/^Weight: Hidden layer 1, neuron \d → Output/);
    expect(text.toLowerCase()).toContain('gradient');
    if (optimizer === 'adam') expect(text).toMatch(/m̂|m_hat|first moment|mean/i);
  }));

test('without a hidden layer the page says logistic regression and writes its formula with live numbers', () =>
  visit('en/network/?v=1&task=gaussian&hidden=&noise=0.5', {}, async (v) => {
    const { page } = v;
    await trains(v);
    const formula = page.locator('pg-network-formula');
    expect(await formula.locator('p').innerText()).toContain('logistic regression');
    await formula.locator('.katex').first().waitFor({ state: 'attached' });
    await pause(page);
    const numbers = await formula.locator('.live button').allInnerTexts();
    expect(numbers).toHaveLength(3);
    const engine = await page.evaluate(() => {
      const ctx = (document.querySelector('pg-lab')!.shadowRoot!.querySelector('pg-network-model') as unknown as { ctx: { snapshot: { watched: Record<string, { data: Float32Array }> } } }).ctx;
      return [...ctx.snapshot.watched['param:0.weight']!.data, ...ctx.snapshot.watched['param:0.bias']!.data];
    });
    numbers.forEach((text, i) => expect(Math.abs(Number(text) - Math.abs(engine[i]!))).toBeLessThan(0.01 + 0.005 * Math.abs(engine[i]!)));
    await formula.locator('.live button').first().click();
    await page.locator('pg-inspector[shown] .result').waitFor();
  }));

test.each([360, 390, 1024, 1440])('nothing is cut off or scrolls sideways at %i px', (width) =>
  visit('ko/network/?v=1&classes=4&hidden=12-12', { viewport: { width, height: 844 }, hasTouch: width < 500 }, async (v) => {
    await trains(v);
    const wide = await v.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    const [graph, picture] = await Promise.all(['pg-network-graph', 'pg-network-surface .picture'].map(async (place) => (await v.page.locator(place).boundingBox())!));
    for (const box of [graph!, picture!]) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
    }
    // On a desktop the network and its answer are both in the window.
    if (width >= 1440) for (const box of [graph!, picture!]) expect(box.y + box.height).toBeLessThanOrEqual(844);
  }));

test('six layers of 128 do not slow the page', () =>
  visit('en/network/?v=1&hidden=128-128-128-128-128-128', {}, async (v) => {
    await trains(v);
    await v.staysFree(() => v.page.waitForTimeout(3000));
  }));
