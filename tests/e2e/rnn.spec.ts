// The lab of sequences in the built site: what is drawn is what the engine computed, what opens opens, and it can be used by everybody.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe, visit } from './harness';

const still = { reducedMotion: 'reduce' as const };
const grid = (page: Page, of: string) => page.locator(`pg-rnn-model [data-state=${of}] pg-rnn-grid`);
const ready = async (page: Page) => {
  await grid(page, 'h').locator('.picture').waitFor();
};
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
/** What the engine answers, asked through the stage's own client. */
const read = (page: Page, name: string, args: object) =>
  page.evaluate(async ([name, args]) => {
    const { run } = document.querySelector('pg-lab') as unknown as { run: { client: { read(name: string, args: object): Promise<{ shape: number[]; data: Float32Array }> } } };
    const { shape, data } = await run.client.read(name as string, args as object);
    return { shape, data: [...data] };
  }, [name, args] as const);

describe('the stage', () => {
  test('trains within a moment, and its loss falls', () => visit('en/rnn/', {}, async ({ page }) => {
    await ready(page);
    const status = () => page.evaluate(() => (document.querySelector('pg-lab') as unknown as { run: { snapshot: { status: { step: number }; metrics: number[] } } }).run.snapshot);
    await expect.poll(async () => (await status()).status.step, { timeout: 20_000 }).toBeGreaterThan(60);
    await expect.poll(async () => (await status()).metrics[2]!, { timeout: 30_000 }).toBeLessThan(0.1);
  }));

  test('a cell of the state, and of a gate, is the engine’s number, and opens to the sum that makes it', () =>
    visit('en/rnn/?v=1&task=adding&length=10&cell=lstm&hidden_size=5', still, async ({ page }) => {
      await ready(page);
      await press(page, 'Step');
      for (const of of ['h', 'f']) {
        const { data } = await read(page, 'states', { of });
        const picture = grid(page, of).locator('.picture');
        await picture.focus();
        for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
        // The cell is at step 4, unit 2, give or take where the keyboard began.
        const said = await grid(page, of).locator('#cell').textContent();
        const found = /step (\d+), unit (\d+): (\S+)$/.exec(said!)!;
        expect(found, said!).not.toBeNull();
        const value = data[(Number(found[1]) - 1) * 5 + Number(found[2]) - 1]!;
        expect(Number(found[3])).toBe(value);
        await page.keyboard.press('Enter');
        const card = page.locator('pg-inspector[pinned]');
        await card.waitFor();
        const shown = await card.evaluate(async (element) => {
          const inspector = element as unknown as { explanation: { result: number; fn?: string; terms: { a: number; b: number }[]; bias?: { value: number } } | null };
          while (!inspector.explanation) await new Promise(requestAnimationFrame);
          return { ...inspector.explanation, text: element.shadowRoot!.textContent ?? '' };
        });
        expect(shown.result).toBeCloseTo(value, 6);
        const sum = shown.terms.reduce((all, { a, b }) => all + a * b, shown.bias?.value ?? 0);
        expect(shown.fn === 'sigmoid' ? 1 / (1 + Math.exp(-sum)) : sum).toBeCloseTo(value, 5);
        expect(shown.text).toContain(of === 'h' ? 'hidden state' : 'forget gate');
        await page.keyboard.press('Escape');
      }
    }));

  test('the next example has other numbers', () => visit('en/rnn/?v=1&task=order&length=12', still, async ({ page }) => {
    await ready(page);
    const tokens = () => page.locator('pg-rnn-unrolled svg').textContent();
    const before = await tokens();
    await page.getByRole('button', { name: /Next example/ }).click();
    await expect.poll(tokens).not.toBe(before);
  }));

  test('what cannot be is corrected and said', () => visit('en/rnn/?v=1&task=sine&bidirectional=1', still, async ({ page }) => {
    await ready(page);
    const { bidirectional } = await page.evaluate(() => (document.querySelector('pg-lab') as unknown as { run: { state: { params: { bidirectional: boolean } } } }).run.state.params);
    expect(bidirectional).toBe(false);
  }));
});

describe('the right column', () => {
  test('the four that are trained beside come into the picture of gradients', () =>
    visit('en/rnn/?v=1&task=parity&length=8&hidden_size=6&cell=gru', still, async ({ page }) => {
      await ready(page);
      await press(page, 'Train all four beside');
      const rows = page.locator('pg-rnn-results tbody tr');
      await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(4);
      const lines = page.locator('pg-rnn-results .chart .curve');
      await expect.poll(() => lines.count()).toBe(5);
      await expect.poll(async () => (await page.locator('pg-rnn-results thead th').first().textContent())!, { timeout: 30_000 }).not.toContain('After 0 ');
      await press(page, 'Stop');
      await page.getByRole('button', { name: 'Go on' }).waitFor();
    }));

  test('what the state knows is the engine’s readout', () => visit('en/rnn/?v=1&task=parity&length=8&hidden_size=6&cell=gru', still, async ({ page }) => {
    await ready(page);
    await page.getByRole('tab', { name: 'What it knows' }).click();
    const big = page.locator('pg-rnn-results .big');
    await big.waitFor();
    const { data } = await read(page, 'readout', {});
    await expect.poll(() => big.textContent()).toContain(String(Number(data[0]!.toPrecision(3))).replace('-', '−'));
  }));

  test('time against length is drawn before it is measured here', () => visit('en/rnn/', still, async ({ page }) => {
    await ready(page);
    await page.getByRole('tab', { name: 'Time' }).click();
    await expect.poll(() => page.locator('pg-rnn-time .curve').count()).toBe(2);
    await page.getByRole('button', { name: 'Measure on this device' }).waitFor();
  }));
});

test('a word is written letter by letter', () => visit('ko/rnn/?v=1&task=names&language=ko&cell=gru', still, async ({ page }) => {
  await ready(page);
  await press(page, '낱말 쓰기');
  const steps = page.locator('pg-rnn-writer .step');
  await expect.poll(() => steps.count()).toBeGreaterThan(0);
  await expect.poll(async () => (await page.locator('pg-rnn-writer .words span').count())).toBe(1);
}));

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.each([['desk', 1440, 900], ['phone', 390, 844]])('%s: axe finds nothing, and nothing is wider than the page', (_, width, height) =>
    visit('ko/rnn/?v=1&task=sentiment&language=ko', { viewport: { width, height }, colorScheme, ...still }, async ({ page }) => {
      await ready(page);
      expect(await axe(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    }));
});
