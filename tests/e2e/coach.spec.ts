// The coach on the page: what it says of a run, in both languages, and what its button does.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe, visit } from './harness';

interface Inside {
  run: { snapshot: { status: { step: number; state: string } } | null; step(n: number): Promise<void>; reset(): Promise<void>; run(): Promise<void>; seek(step: number): Promise<unknown> };
}
const inside = 'pg-lab';
const still = { reducedMotion: 'reduce' } as const; // nothing runs by itself

/** Trains `steps`, and waits for the picture of them. */
const train = async (page: Page, steps: number) => {
  await expect.poll(() => page.evaluate((tag) => (document.querySelector(tag) as unknown as Inside | null)?.run?.snapshot?.status.step ?? -1, inside), { timeout: 30_000 }).toBeGreaterThanOrEqual(0);
  await page.evaluate(([tag, n]) => (document.querySelector(tag) as unknown as Inside).run.step(n), [inside, steps] as const);
};
const findings = (page: Page) => page.locator('pg-coach section');
const slow = 'network/?v=1&task=circle&hidden=8&lr=0.00003';

describe('a run that learns too slowly', () => {
  const words = {
    en: { title: 'Learning is too slow', evidence: /Over the last 500 steps .* from 0\.7\d+ to 0\.7\d+\. One update changes the weights by 0\.01\d?%/, why: 'Why?', because: /0\.1 to 1%/, compare: 'Compare: Learning rate 0.003', later: 'Not now', results: 'Results', best: /^Done\. Best: Learning rate 0\.003/ },
    ko: { title: '학습이 너무 느립니다', evidence: /최근 500스텝 .* 0\.7\d+에서 0\.7\d+까지.* 0\.01\d?%씩/, why: '왜 그럴까요?', because: /0\.1~1%/, compare: '비교: 학습률 0.003', later: '나중에', results: '결과', best: /^끝났습니다\. 가장 좋은 결과: 학습률 0\.003/ },
  };
  test.each([['en', 'light', 1440], ['ko', 'dark', 390]] as const)('%s: is said with its numbers, explained, and mended beside it (%s, %i px)', (lang, colorScheme, width) =>
    visit(`${lang}/${slow}`, { colorScheme, ...still, viewport: { width, height: 844 } }, async ({ page }) => {
      const w = words[lang];
      await train(page, 1000);
      if (width < 768) await page.getByRole('tab', { name: w.results }).click();
      const finding = page.getByRole('region', { name: w.title });
      await finding.waitFor({ timeout: 20_000 });
      expect(await findings(page).count()).toBe(1);
      expect(await finding.innerText()).toMatch(w.evidence);
      const status = page.locator('pg-coach [role=status]');
      expect(await status.textContent()).toContain(w.title);
      const why = finding.getByRole('button', { name: w.why });
      await why.focus();
      await page.keyboard.press('Enter');
      expect(await why.getAttribute('aria-expanded')).toBe('true');
      expect(await finding.innerText()).toMatch(w.because);
      expect(await axe(page, { include: [{ fromShadowDom: ['pg-lab', '.results'] }] })).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);

      await finding.getByRole('button', { name: w.compare }).click();
      await expect.poll(() => page.locator('pg-runs tbody tr').count(), { timeout: 20_000 }).toBe(2);
      await expect.poll(() => page.locator('pg-runs [role=status]').innerText(), { timeout: 60_000 }).toMatch(w.best);
    }));

  test('said once and set aside, it stays aside until another run begins', () =>
    visit(`en/${slow}`, still, async ({ page }) => {
      await train(page, 1000);
      await page.getByRole('button', { name: words.en.later }).click();
      await expect.poll(() => findings(page).count()).toBe(0);
      await train(page, 500);
      await page.waitForTimeout(500);
      expect(await findings(page).count()).toBe(0);
      await page.evaluate((tag) => (document.querySelector(tag) as unknown as Inside).run.reset(), inside);
      await train(page, 1000);
      await expect.poll(() => findings(page).count()).toBe(1);
    }));

  test('the past is not spoken of, nor are settings that no longer hold', () =>
    visit(`en/${slow}`, still, async ({ page }) => {
      await train(page, 1000);
      await expect.poll(() => findings(page).count()).toBe(1);
      await page.evaluate((tag) => (document.querySelector(tag) as unknown as Inside).run.seek(400), inside);
      await expect.poll(() => findings(page).count()).toBe(0);
      await page.getByRole('button', { name: 'Back to the present' }).click();
      await expect.poll(() => findings(page).count()).toBe(1);
      await page.getByRole('slider', { name: 'Learning rate', exact: true }).press('ArrowRight');
      await expect.poll(() => findings(page).count()).toBe(0);
    }));
});

test.each([
  ['en', 'The loss is running away', /from 0\.825 up to 1\.\d+×10³⁷/, 'Compare: Learning rate 0.1', 'Diverged at step 47'],
  ['ko', '손실이 걷잡을 수 없이 커집니다', /0\.825에서 1\.\d+×10³⁷까지/, '비교: 학습률 0.1', '47스텝에서 발산했습니다'],
] as const)('%s: a run that diverged is explained by its numbers, beside the notice of what happened', (lang, title, numbers, compare, notice) =>
  visit(`${lang}/network/?v=1&task=circle&hidden=8&lr=10`, still, async ({ page }) => {
    await train(page, 100);
    const finding = page.getByRole('region', { name: title });
    await finding.waitFor({ timeout: 20_000 });
    expect(await finding.innerText()).toMatch(numbers);
    await page.locator('pg-notice').getByText(notice).waitFor();
    expect(await findings(page).count()).toBe(1);
    expect(await axe(page, { include: [{ fromShadowDom: ['pg-lab', '.results'] }] })).toEqual([]);
    await finding.getByRole('button', { name: compare }).click();
    await expect.poll(() => page.locator('pg-runs tbody tr').count(), { timeout: 20_000 }).toBe(2);
  }));

test('while it runs, looking takes no long task, and nothing is loaded for it before the run has begun', { timeout: 120_000 }, () =>
  visit('en/network/?v=1&task=digits&hidden=32', still, async ({ page, staysFree }) => {
    const loaded = () => page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('pg-coach')).length);
    await expect.poll(() => page.evaluate((tag) => (document.querySelector(tag) as unknown as Inside | null)?.run?.snapshot?.status.step ?? -1, inside), { timeout: 30_000 }).toBe(0);
    expect(await loaded()).toBe(0);
    await page.evaluate((tag) => void (document.querySelector(tag) as unknown as Inside).run.run(), inside);
    await expect.poll(loaded, { timeout: 20_000 }).toBe(1);
    await page.waitForTimeout(1000);
    await staysFree(() => page.waitForTimeout(4000));
  }));
