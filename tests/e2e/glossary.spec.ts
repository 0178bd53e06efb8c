// The glossary: a plain page that anybody can read, search and print, whose links set the labs going.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe, visit } from './harness';

const shown = (page: Page) => page.locator('.list article').evaluateAll((entries) => entries.filter((entry) => entry.checkVisibility()).map(({ id }) => id));

describe('glossary', () => {
  test.each([['en', 1440, 'light'], ['ko', 390, 'dark'], ['ko', 1440, 'dark'], ['en', 360, 'light'], ['ko', 800, 'light']] as const)(
    '%s, %i px wide, %s: fits, and axe finds nothing',
    (language, width, colorScheme) =>
      visit(`${language}/glossary/`, { viewport: { width, height: 844 }, colorScheme }, async ({ page }) => {
        await page.locator('form').waitFor();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        expect(await axe(page, 'body')).toEqual([]);
        // Nothing written in a picture is cut off by its edge or stands on another word.
        const bad = await page.locator('.list svg').evaluateAll((pictures) =>
          pictures.flatMap((picture) => {
            const edge = picture.getBoundingClientRect();
            const boxes = [...picture.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
            return boxes.flatMap(({ text, box }, i) => [
              ...(box.left < edge.left - 1 || box.right > edge.right + 1 || box.bottom > edge.bottom + 2 ? [`${picture.closest('article')!.id}: ${text} is cut off`] : []),
              ...boxes.slice(0, i).filter((other) => box.left < other.box.right && other.box.left < box.right && box.top + 4 < other.box.bottom && other.box.top + 4 < box.bottom).map((other) => `${picture.closest('article')!.id}: ${text} on ${other.text}`),
            ]);
          }),
        );
        expect(bad).toEqual([]);
      }),
  );

  test('the filter finds by name, by key, by PyTorch’s name, by lab and by group, and says how many', () =>
    visit('en/glossary/', {}, async ({ page }) => {
      const words = page.getByRole('searchbox');
      const status = page.getByRole('status');
      const all = (await shown(page)).length;
      await expect.poll(() => status.innerText()).toBe(`${all} of ${all} hyperparameters`);
      await words.fill('learning rate');
      expect(await shown(page)).toContain('lr');
      expect(await shown(page)).not.toContain('dropout');
      await words.fill('BatchNorm1d');
      expect(await shown(page)).toEqual(['batch_norm']);
      expect(await status.innerText()).toBe(`1 of ${all} hyperparameters`);
      // A group without an entry left is gone, from the index too.
      expect(await page.locator('.list section:visible').count()).toBe(1);
      expect(await page.locator('.glossary nav li:visible').count()).toBe(1);
      await words.fill('zzz');
      expect(await shown(page)).toEqual([]);
      expect(await status.innerText()).toContain('Nothing fits');
      await words.fill('');
      await page.locator('select[name=lab]').selectOption({ label: 'Self-attention' });
      await page.locator('select[name=section]').selectOption({ label: 'Optimizer' });
      expect(await shown(page)).toEqual(['optimizer', 'momentum']);
      // A link to what the filter hides shows it.
      await page.evaluate(() => (location.hash = '#hidden'));
      await expect.poll(() => page.locator('#hidden').isVisible()).toBe(true);
      expect((await shown(page)).length).toBe(all);
    }));

  test('an address that names an entry stands at it, on a phone too', () =>
    visit('ko/glossary/#dropout', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, async ({ page }) => {
      await page.locator('form').waitFor();
      const top = () => page.locator('#dropout').evaluate((entry) => entry.getBoundingClientRect().top);
      await expect.poll(top).toBeCloseTo(16, -1); // its margin for scrolling, to 5 px
      await page.waitForTimeout(300);
      expect(await top()).toBeCloseTo(16, -1);
    }));

  test('without scripts it is a plain list', () =>
    // Chromium calls the scripts that it was told not to run blocked.
    visit('ko/glossary/#dropout', { javaScriptEnabled: false, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, provokes: /^request: .*\.js csp$/ }, async ({ page }) => {
      expect(await page.locator('form').isVisible()).toBe(false);
      expect(await page.locator('#dropout').innerText()).toContain('torch.nn.Dropout(p)');
      expect(await page.locator('#dropout svg').isVisible()).toBe(true);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      expect(await page.locator('.list article').count()).toBeGreaterThan(40);
    }));

  test('“show me” runs both extremes beside the middle, at once', () =>
    visit('en/glossary/#lr', { reducedMotion: 'reduce' }, async ({ page }) => {
      await page.locator('#lr').getByRole('link', { name: 'Show me: Neural network' }).click();
      await page.waitForURL(/\/en\/network\/\?.*task=circle.*#tool-runs:show\.lr$/);
      const rows = page.locator('pg-runs tbody tr');
      await expect.poll(() => rows.count(), { timeout: 30_000 }).toBe(3);
      await expect.poll(async () => (await rows.allInnerTexts()).join('\n'), { timeout: 30_000 }).toMatch(/0\.0003[^]*0\.03[^]*\b3\b/);
    }));

  test('the help of a control shows it, and leads here', () =>
    visit('en/network/', { reducedMotion: 'reduce' }, async ({ page }) => {
      const field = page.locator('pg-controls [data-key=batch_size]');
      const more = field.getByRole('link', { name: 'More in the glossary' });
      expect(await more.isVisible()).toBe(false);
      await field.getByRole('button', { name: 'About “Batch size”' }).click();
      expect(await axe(page, 'pg-lab')).toEqual([]);
      expect(await page.locator('pg-controls [data-key=task]').getByRole('link').count()).toBe(0);
      await field.getByRole('link', { name: 'Show me' }).click();
      await expect.poll(() => page.locator('pg-runs tbody tr').count(), { timeout: 30_000 }).toBe(3);
      await more.click();
      await page.waitForURL(/\/en\/glossary\/#batch_size$/);
    }));

  test('the home page and every header lead here', () =>
    visit('ko/', {}, async ({ page }) => {
      await page.locator('pg-home .parameters').getByRole('link', { name: '학습률', exact: true }).click();
      await page.waitForURL('**/ko/glossary/#lr');
      expect(await page.locator('.site-header [aria-current=page]').innerText()).toBe('하이퍼파라미터');
    }));

  test('it prints: no controls, every entry', () =>
    visit('en/glossary/', {}, async ({ page }) => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('.glossary form, .glossary nav, .list .acts >> visible=true').count()).toBe(0);
      expect(await page.locator('#lr svg').isVisible()).toBe(true);
    }));
});
