// Every page opens from a sub-path under the strict policy, in both languages, without a word in the console.
import { expect, test } from 'vitest';
import { schema } from '#schema';
import { visit } from './harness';

const labs = Object.keys(schema.labs);

test.each(['ko/', 'en/', 'ko/cost/', 'en/cost/', 'ko/glossary/', 'en/glossary/', ...labs.flatMap((lab) => [`ko/${lab}/`, `en/${lab}/`])])('%s', (path) =>
  visit(path, {}, async ({ page }) => {
    await page.waitForLoadState('networkidle');
    expect(await page.locator('html').getAttribute('lang')).toBe(path.slice(0, 2));
    expect(await page.locator('h1').first().innerText()).not.toBe('');
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }),
);

test.each([['ko-KR', 'ko'], ['en-GB', 'en'], ['fr-FR', 'en']])('the front door sends a %s browser to %s', (locale, language) =>
  visit('', { locale }, async ({ page }) => {
    await page.waitForURL(`**/some/sub/path/${language}/`);
  }),
);

test('an address that is not there says so', () =>
  visit('en/', { provokes: /nothing\.html|favicon\.ico/ }, async ({ page }) => {
    await page.waitForLoadState('networkidle');
    const response = await page.goto(new URL('nothing.html', new URL('..', page.url())).href);
    expect(response!.status()).toBe(404);
    expect(await page.locator('h1').innerText()).toContain('Nothing is at this address');
  }));

test('the lab trains without being asked, and the main thread stays free', () =>
  visit(`en/${labs[0]}/`, {}, async ({ page, staysFree }) => {
    const step = () =>
      page.evaluate(() => {
        const transport = document.querySelector('pg-lab')?.shadowRoot?.querySelector<Element & { status: { step: number } | null }>('pg-transport');
        return transport?.status?.step ?? 0;
      });
    await expect.poll(step, { timeout: 15_000 }).toBeGreaterThan(0);
    await page.waitForTimeout(1000); // opening it is over: fonts, formulas and first pictures have come
    const before = await step();
    await staysFree(() => page.waitForTimeout(3000));
    expect(await step()).toBeGreaterThan(before);
  }));
