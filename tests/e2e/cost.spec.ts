// The page on cost: it stands with the numbers it brings, and measures on the reader's device without being in the way.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { sweepIds, sweeps } from '../../web/workbench/cost/sweeps';
import { axe, visit } from './harness';

const sizes = sweepIds.reduce((sum, id) => sum + sweeps[id].sizes.length, 0);
const row = (page: Page, quantity: string) => page.locator(`pg-cost .row pg-cost-row`).nth(['time', 'memory'].indexOf(quantity));
const words = {
  en: { measure: 'Measure on this device', again: 'Measure again', stop: 'Stop', power: /≈ T(1\.[789]|2\.[01])/, table: 'Numbers' },
  ko: { measure: '이 기기에서 재기', again: '다시 재기', stop: '멈추기', power: /≈ T(1\.[789]|2\.[01])/, table: '숫자로 보기' },
};

describe('cost', () => {
  test.each([['en', 1440, 'light'], ['ko', 390, 'dark'], ['ko', 1440, 'light'], ['en', 390, 'dark']] as const)(
    '%s, %i px wide, %s: charts at once; a measurement adds the reader’s own; nothing that axe finds',
    (language, width, colorScheme) =>
      visit(`${language}/cost/?quick`, { viewport: { width, height: 844 }, colorScheme }, async ({ page }) => {
        const { measure, again, power, table } = words[language];
        const time = row(page, 'time');
        await expect.poll(() => time.locator('g.site circle').count()).toBe(sizes);
        expect(await time.locator('section[data-sweep=attention] .exponent').textContent()).toMatch(power);
        expect(await time.locator('g.own circle').count()).toBe(0);

        await page.getByRole('button', { name: measure }).click();
        await page.getByRole('button', { name: again }).waitFor({ timeout: 60_000 });
        expect(await time.locator('g.own circle').count()).toBe(sizes);
        expect(await row(page, 'memory').locator('g.own').count()).toBe(0);
        expect(await time.locator('.exponent.own').count()).toBe(sweepIds.length);

        // Behind every panel stands a table.
        await time.getByText(table).nth(3).click();
        expect(await time.locator('section[data-sweep=attention] tbody tr').count()).toBe(sweeps.attention.sizes.length);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        expect(await axe(page)).toEqual([]);
      }),
  );

  test('measuring leaves the page free, and can be stopped', () =>
    visit('en/cost/', {}, async ({ page, staysFree }) => {
      await page.getByRole('button', { name: words.en.measure }).click();
      await staysFree(() => page.waitForTimeout(2500));
      await page.getByRole('button', { name: words.en.stop }).click();
      await page.getByRole('button', { name: words.en.again }).waitFor();
      const found = await page.locator('pg-cost .row g.own circle').count();
      expect(found).toBeGreaterThan(0);
      await page.waitForTimeout(500);
      expect(await page.locator('pg-cost .row g.own circle').count()).toBe(found);
    }));

  test('a link in the text measures its own sweep and shows where', () =>
    visit('en/cost/?quick', { reducedMotion: 'reduce' }, async ({ page }) => {
      await page.locator('.prose a.try').nth(4).click();
      const marked = row(page, 'time').locator('section.marked');
      await expect.poll(() => marked.getAttribute('data-sweep')).toBe('lstm');
      await page.getByRole('button', { name: words.en.again }).waitFor({ timeout: 30_000 });
      expect(await row(page, 'time').locator('section[data-sweep=lstm] g.own circle').count()).toBe(sweeps.lstm.sizes.length);
      expect(await row(page, 'time').locator('g.own').count()).toBe(1);
      expect(await page.evaluate(() => scrollY)).toBeLessThan(200);
    }));

  test('arrow keys read the points', () =>
    visit('en/cost/', {}, async ({ page }) => {
      const panel = row(page, 'time').locator('section[data-sweep=width]');
      const told = () => panel.locator('.told').innerText();
      await panel.locator('svg.plot').focus();
      expect(await told()).toContain('w = 1024');
      await page.keyboard.press('ArrowLeft');
      expect(await told()).toContain('w = 512');
      await page.keyboard.press('Home');
      expect(await told()).toContain('w = 8');
      expect(await panel.locator('svg.plot').getAttribute('aria-label')).toMatch(/Width, Time of one training step, .* at 8 to .* at 1024; .* power/);
    }));

  test('the home page and every header lead here', () =>
    visit('ko/', {}, async ({ page }) => {
      await page.locator('pg-home a[href="cost/"]').click();
      await page.waitForURL('**/ko/cost/');
      expect(await page.locator('.site-header [aria-current=page]').innerText()).toBe('비용');
    }));
});
