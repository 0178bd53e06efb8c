// Looking inside a step, the histograms of a run, and the loss around it, in a real browser.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe, visit } from './harness';

interface Inside {
  run: { client: { step(n: number): Promise<unknown> }; snapshot: { status: { step: number } } | null; pause(): Promise<void>; step(n: number): Promise<void>; seek(step: number): Promise<unknown> };
}
const still = { reducedMotion: 'reduce' } as const;
const drawer = { include: [{ fromShadowDom: ['pg-lab', 'pg-workbench'] }] };
const stepOf = (page: Page) => page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.snapshot?.status.step ?? -1);
const trained = async (page: Page, steps: number) => {
  await expect.poll(() => stepOf(page), { timeout: 30_000 }).toBeGreaterThanOrEqual(0);
  await page.evaluate(async (n) => (document.querySelector('pg-lab') as unknown as Inside).run.step(n), steps);
  await expect.poll(() => stepOf(page)).toBe(steps);
};
const tabTo = async (page: Page, target: ReturnType<Page['locator']>): Promise<void> => {
  for (let i = 0; i < 200; i++) {
    if (await target.evaluate((e) => (e.getRootNode() as ShadowRoot).activeElement === e)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not lead there');
};

const words = {
  en: { tool: 'Look inside', next: 'Next', back: 'Back', weight: 'Weight', take: 'Take the present step', update: 'Update', hist: 'Histograms', land: 'Loss landscape', measure: /^Measure around the present step$/, cancel: 'Cancel', ready: 'The landscape is ready.', at: /^At −?[\d.]+, −?[\d.]+: .*\d/, cut: 'Cut' },
  ko: { tool: '들여다보기', next: '다음', back: '이전', weight: '가중치', take: '지금 스텝 가져오기', update: '갱신', hist: '히스토그램', land: '손실 지형', measure: /둘레 재기$/, cancel: '취소', ready: '손실 지형이 완성되었습니다.', at: /^\(−?[\d.]+, −?[\d.]+\): .*\d/, cut: '자르는 방법' },
};

describe('one step, slowly', () => {
  test.each([['en', 'light', 1440], ['ko', 'dark', 390]] as const)('%s: by keyboard from the data to the new weight; the measured slope agrees (%s, %i px)', (lang, colorScheme, width) =>
    visit(`${lang}/network/`, { colorScheme, ...still, viewport: { width, height: 844 } }, async ({ page }) => {
      const w = words[lang];
      await trained(page, 300);
      await tabTo(page, page.getByRole('button', { name: w.tool }));
      await page.keyboard.press('Enter');
      const next = page.locator('pg-step').getByRole('button', { name: w.next, exact: true });
      await next.waitFor({ timeout: 30_000 });
      const heading = page.locator('pg-step h3');
      await tabTo(page, next);
      const seen: string[] = [];
      for (let i = 0; i < 30 && (await next.isEnabled()); i++) {
        seen.push(await heading.innerText());
        if (i === 0) expect(await axe(page, drawer)).toEqual([]);
        const verdict = page.locator('pg-step [data-check=verdict]');
        if (await verdict.count()) {
          expect(await verdict.getAttribute('data-verdict')).toBe('agree');
          const value = async (name: string) => Number((await page.locator(`pg-step [data-check=${name}] span`).getAttribute('title'))!.replace('−', '-'));
          const [slope, gradient] = [await value('slope'), await value('gradient')];
          expect(Math.abs(slope - gradient)).toBeLessThanOrEqual(0.02 * Math.abs(gradient));
          expect(gradient).not.toBe(0);
          expect(await axe(page, drawer)).toEqual([]);
        }
        await page.keyboard.press(i % 2 ? 'Enter' : 'ArrowRight');
      }
      expect(new Set(seen).size).toBeGreaterThanOrEqual(8);
      // The last page is the update, and it is what the run then does.
      const to = (await page.locator('pg-step .result').innerText()).split('→').map((text) => Number(text.trim().replace('−', '-')));
      expect(to).toHaveLength(2);
      expect(to[0]).not.toBe(to[1]);
      expect(await axe(page, drawer)).toEqual([]);
      const name = await page.locator('pg-step').getByRole('combobox', { name: w.weight }).inputValue();
      expect(name).toBe('3.weight');
      const place = await page.locator('pg-step input[type=number]').evaluateAll((all) => all.map((e) => Number((e as HTMLInputElement).value) - 1));
      const after = await page.evaluate(async ([weight, [row, col]]) => {
        const { run } = document.querySelector('pg-lab') as unknown as Inside & { run: { client: { read(name: string, args: object): Promise<{ data: Float32Array }> } } };
        await run.step(1);
        return (await run.client.read('param', { name: weight })).data[16 * row! + col!]!;
      }, [name, place] as const);
      expect(after).toBeCloseTo(to[1]!, 4);
      // The run rests at the step that it just made: now that is looked into.
      await page.locator('pg-step p', { hasText: '302' }).waitFor({ timeout: 20_000 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }));

  test('a weight opened on the stage is the one that is looked into; a number opens one step further', () =>
    visit('en/network/#tool-inspect', still, async ({ page }) => {
      await trained(page, 200);
      await page.locator('pg-step').getByRole('button', { name: 'Next', exact: true }).waitFor({ timeout: 30_000 });
      await page.evaluate(() => {
        const inspector = document.querySelector('pg-lab')!.shadowRoot!.querySelector('pg-inspector')!;
        inspector.dispatchEvent(new CustomEvent('inspector-move', { detail: { ref: { value: '0.weight', index: [5, 1] } }, bubbles: true, composed: true }));
      });
      const weight = page.locator('pg-step').getByRole('combobox', { name: 'Weight' });
      await expect.poll(() => weight.inputValue()).toBe('0.weight');
      expect(await page.getByRole('spinbutton', { name: 'Row (to)' }).inputValue()).toBe('6');
      expect(await page.getByRole('spinbutton', { name: 'Column (from)' }).inputValue()).toBe('2');
      // Among the pages backward one fans out to the next layer.
      const fan = page.locator('pg-step ol button', { hasText: '∂L/∂' });
      let rows = 0;
      for (let i = 0; i < (await fan.count()); i++) {
        await fan.nth(i).click();
        rows = await page.locator('pg-step td button[aria-label*="one step further"]').count();
        if (rows > 1) break;
      }
      expect(rows).toBeGreaterThan(1);
      const second = page.locator('pg-step td button[aria-label*="one step further"]').nth(1);
      const wanted = (await second.getAttribute('aria-label'))!.replace(/^∂L\/∂ /, '').replace(/ = .*/, '');
      await second.click();
      await expect.poll(() => page.locator('pg-step h3').innerText()).toContain(wanted);
    }));

  test('attention is looked into where it trains, and not where nothing does', () =>
    visit('en/attention/?v=1&task=lookup#tool-inspect', still, async ({ page }) => {
      await trained(page, 30);
      const next = page.locator('pg-step').getByRole('button', { name: 'Next', exact: true });
      await next.waitFor({ timeout: 30_000 });
      await page.locator('pg-step').getByRole('combobox', { name: 'Weight' }).selectOption('layers.0.self_attn.in_proj_weight');
      await page.locator('pg-step ol button').last().click();
      await expect.poll(() => page.locator('pg-step [aria-current]').innerText()).toContain('in_proj_weight');
      await page.locator('pg-step ol button').nth(-2).click();
      await page.locator('pg-step [data-check=verdict]').waitFor();
      expect(await page.locator('pg-step [data-check=verdict]').getAttribute('data-verdict')).not.toBe('apart');
      await page.goto(page.url().replace(/\?.*/, '#tool-inspect'));
      await page.getByText('Nothing is trained here').waitFor({ timeout: 20_000 });
    }));
});

test.each(['en', 'ko'] as const)('%s: histograms grow with the run, and looking back marks the step', (lang) =>
  visit(`${lang}/network/#tool-inspect:hist`, { ...still, colorScheme: lang === 'ko' ? 'dark' : 'light' }, async ({ page }) => {
    await trained(page, 400);
    const pictures = page.locator('pg-ridges');
    await expect.poll(() => pictures.count(), { timeout: 20_000 }).toBe(9);
    const present = () => pictures.first().evaluate((e) => (e as unknown as { present: number }).present);
    await expect.poll(present, { timeout: 10_000 }).toBe(400);
    await page.evaluate(async () => (document.querySelector('pg-lab') as unknown as Inside).run.seek(123));
    await expect.poll(present, { timeout: 10_000 }).toBe(123);
    const steps = () => pictures.nth(1).evaluate((e) => (e as unknown as { ridges: { step: number }[] }).ridges.map(({ step }) => step));
    await expect.poll(steps).toEqual(expect.arrayContaining([123, 400]));
    expect(await axe(page, drawer)).toEqual([]);
  }));

describe('the loss landscape', () => {
  test.each([['en', 'light', 1440], ['ko', 'dark', 390]] as const)('%s: measured, read by keyboard alone, cancelled (%s, %i px)', (lang, colorScheme, width) =>
    visit(`${lang}/network/`, { colorScheme, ...still, viewport: { width, height: 844 } }, async ({ page }) => {
      const w = words[lang];
      await trained(page, 500);
      await tabTo(page, page.getByRole('button', { name: w.land }));
      await page.keyboard.press('Enter');
      const begin = page.getByRole('button', { name: w.measure });
      await begin.waitFor({ timeout: 20_000 });
      for (const kind of ['random', 'path', 'line', 'three']) {
        await page.getByRole('combobox', { name: w.cut }).selectOption(kind);
        await tabTo(page, begin);
        await page.keyboard.press('Enter');
        await expect.poll(() => page.locator('pg-landscape [role=status]').innerText(), { timeout: 60_000 }).toBe(w.ready);
        expect(await axe(page, drawer)).toEqual([]);
      }
      await page.getByRole('combobox', { name: w.cut }).selectOption('random');
      await begin.click();
      await expect.poll(() => page.locator('pg-landscape [role=status]').innerText(), { timeout: 60_000 }).toBe(w.ready);
      const plane = page.locator('pg-plane [role=application]');
      await tabTo(page, plane);
      await page.keyboard.press('ArrowRight');
      const read = page.locator('pg-plane output');
      await expect.poll(() => read.innerText()).toMatch(w.at);
      const there = await read.innerText();
      await page.keyboard.press('Home');
      await expect.poll(() => read.innerText()).not.toBe(there);
      expect(await stepOf(page)).toBe(500);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }));

  test('cancelling ends it at once, and it can begin again', () =>
    visit('en/network/?v=1&task=digits&hidden=128-128#tool-landscape', still, async ({ page }) => {
      await trained(page, 20);
      const begin = page.getByRole('button', { name: words.en.measure });
      await begin.click();
      await page.locator('pg-landscape pg-progress').waitFor();
      // At once: two frames later, however long one takes here.
      await page.getByRole('button', { name: 'Cancel' }).evaluate(async (button: HTMLElement) => {
        button.click();
        for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      });
      expect(await begin.isVisible()).toBe(true);
      expect(await page.locator('pg-landscape pg-progress').count()).toBe(0);
      expect(await page.locator('pg-landscape [role=status]').innerText()).toBe('');
      await begin.click();
      await page.locator('pg-landscape pg-progress').waitFor();
    }));
});
