// The home page: the map with its labs, reachable by every hand.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { schema } from '#schema';
import { visit } from './harness';

/** Time for a lab on the map to have its turn, ms: they train one after the other. */
const EACH = 10_000;

/** What a picture shows: how many different colours it has, and a number that changes when it does. */
const pictures = (page: Page) =>
  page.locator('pg-home .card canvas').evaluateAll((canvases) =>
    canvases.map((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const pixels = new Uint32Array((canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data.buffer);
      let hash = 0;
      for (const pixel of pixels) hash = (Math.imul(hash, 31) + pixel) | 0;
      return { colors: new Set(pixels).size, hash };
    }),
  );
const chosen = (page: Page) => page.locator('pg-home .panel strong').textContent();

describe('home', () => {
  test('every lab trains at its place on the map, one after the other', () =>
    visit('en/', {}, async ({ page }) => {
      const seen: Set<unknown>[] = [];
      const look = async () => (await pictures(page)).map(({ hash, colors }, i) => (colors > 20 && (seen[i] ??= new Set()).add(hash), (seen[i]?.size ?? 0) > 3));
      await expect.poll(async () => (await look()).some(Boolean), { timeout: 20_000 }).toBe(true);
      // Each has its turn.
      const labs = (await look()).length;
      expect(labs).toBeGreaterThan(1);
      await expect.poll(async () => (await look()).every(Boolean), { timeout: EACH * labs }).toBe(true);
    }));

  test('with reduced motion the pictures come finished and stay', () =>
    visit('en/', { reducedMotion: 'reduce' }, async ({ page }) => {
      await expect.poll(async () => ((all) => all.length > 1 && all.every(({ colors }) => colors > 20))(await pictures(page)), { timeout: EACH * Object.keys(schema.labs).length }).toBe(true);
      const before = await pictures(page);
      await page.waitForTimeout(500);
      expect(await pictures(page)).toEqual(before);
    }));

  test.each([1440, 390])('arrow keys reach every place, %i px wide', (width) =>
    visit('en/', { viewport: { width, height: 900 } }, async ({ page }) => {
      await page.locator('pg-home .map .place').first().waitFor();
      const [reached, all] = await page.locator('pg-home').evaluate(async (host) => {
        const home = host as HTMLElement & { updateComplete: Promise<unknown> };
        const root = home.shadowRoot!;
        const queue = [root.querySelector<SVGElement>('.place[tabindex="0"]')!];
        const seen = new Set<Element>();
        for (let place = queue.pop(); place; place = queue.pop()) {
          if (seen.has(place)) continue;
          seen.add(place);
          for (const key of ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight']) {
            place.focus();
            place.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
            await home.updateComplete;
            queue.push(root.activeElement as SVGElement);
          }
        }
        return [seen.size, root.querySelectorAll('.place').length];
      });
      expect(all).toBeGreaterThan(15);
      expect(reached).toBe(all);
    }));

  test.each([1920, 1440, 390])('the header leads to every page, %i px wide', (width) =>
    visit('en/glossary/', { viewport: { width, height: 800 } }, async ({ page }) => {
      const header = page.locator('.site-header'), menu = header.locator('.menu');
      await page.locator('.site-header .theme').waitFor();
      await page.evaluate(() => document.fonts.ready);
      if (await menu.isVisible()) await menu.press('Enter');
      const links = await header.locator('a').evaluateAll((all) =>
        all.map((link) => {
          const { left, right } = link.getBoundingClientRect(), within = link.parentElement!.getBoundingClientRect();
          return { name: link.textContent, whole: right > left && left >= within.left - 1 && right <= Math.min(within.right, innerWidth) + 1 };
        }),
      );
      expect(links.filter(({ whole }) => !whole)).toEqual([]);
      expect(links.length).toBeGreaterThan(6);
      expect(await header.getByRole('link', { name: 'Hyperparameters' }).getAttribute('aria-current')).toBe('page');
    }));

  test('pointing at a place and touching it explain it', async () => {
    await visit('en/', {}, async ({ page }) => {
      const start = await chosen(page);
      await page.locator('pg-home [data-key="logistic_regression"]').hover();
      expect(await chosen(page)).toBe('Logistic regression');
      await page.mouse.move(2, 2);
      await expect.poll(() => chosen(page)).toBe(start);
    });
    await visit('ko/', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, async ({ page }) => {
      const start = await chosen(page);
      await page.locator('pg-home [data-key="trees"]').tap();
      await expect.poll(() => chosen(page)).toBe('결정 트리');
      await page.locator('pg-home .close').tap();
      await expect.poll(() => chosen(page)).toBe(start);
    });
  });

  test('a hyperparameter leads to its control', () =>
    visit('en/', {}, async ({ page }) => {
      await page.getByRole('link', { name: 'Learning rate in the lab Neural network' }).click();
      await page.waitForURL(/\/en\/network\/.*#param-lr$/);
    }));

  test.each([
    ['light', 1440],
    ['dark', 360],
  ] as const)('fits and is accessible, %s, %i px wide', (colorScheme, width) =>
    visit('ko/', { colorScheme, viewport: { width, height: 800 } }, async ({ page }) => {
      await page.locator('pg-home .map .place').first().waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.evaluate(readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run(context: string): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
        return (await axe.run('main')).violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 120)}`);
      });
      expect(violations).toEqual([]);
    }));
});
