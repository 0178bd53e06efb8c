// The tools around a lab, in a real browser: runs beside each other, the past of a run, the same bits for everybody.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { tools } from '../../web/workbench/tools';
import { axe, visit } from './harness';

const toolTags = Object.entries(tools).map(([id, { tag }]) => ({ id, tag }));

interface Inside {
  run: { client: { step(n: number): Promise<unknown>; pause(): Promise<unknown>; reset(): Promise<unknown>; save(): Promise<Uint8Array> }; snapshot: { status: { step: number }; seq: number; history: { data: Float64Array } }; pause(): Promise<void>; reset(): Promise<void>; step(n: number): Promise<void>; wish: boolean };
  compared: { training: boolean; runs: { state: string }[]; cores: number; add(params: object[], steps: number): number; clear(): void };
  spec: { params: object };
}
const inside = 'pg-lab';
const lab = (page: Page) => page.evaluateHandle((tag) => document.querySelector(tag) as unknown as Inside, inside);
const ready = async (page: Page) => {
  await expect.poll(() => page.evaluate((tag) => (document.querySelector(tag) as unknown as Inside | null)?.run?.snapshot?.status.step ?? -1, inside), { timeout: 30_000 }).toBeGreaterThanOrEqual(0);
};
const still = { reducedMotion: 'reduce' } as const; // nothing runs by itself

/** Trains `steps` from the beginning; every bit of the curve and of the state. */
const bitsAfter = async (page: Page, steps: number): Promise<string> => {
  await ready(page);
  return page.evaluate(async ([tag, n]) => {
    const { run } = document.querySelector(tag) as unknown as Inside;
    await run.pause();
    await run.reset();
    await run.step(n);
    while (run.snapshot.status.step !== n) await new Promise((go) => setTimeout(go, 30));
    const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
    return `${run.snapshot.history.data.length} ${hex(new Uint8Array(run.snapshot.history.data.buffer))} ${hex(await run.client.save())}`;
  }, [inside, steps] as const);
};

test('the same link gives everybody the same curve, bit for bit', async () => {
  const link = 'en/network/?v=1&dropout=0.2&optimizer=adamw&schedule=cosine&warmup_steps=50&batch_norm=1&seed=7';
  const seen: string[] = [];
  for (let i = 0; i < 2; i++) await visit(link, {}, async ({ page }) => void seen.push(await bitsAfter(page, 500)));
  expect(seen[0]!.length).toBeGreaterThan(10_000);
  expect(seen[1]).toBe(seen[0]);
});

describe('the past of a run', () => {
  test('dragging over 5,000 steps answers at once, and going on gives the bits there were', () =>
    visit('en/network/', still, async ({ page }) => {
      const whole = await bitsAfter(page, 5000);
      const line = page.getByRole('slider', { name: /^Timeline/ });
      expect(await line.getAttribute('aria-valuetext')).toContain('step 5,000 of 5,000');
      const times = await page.evaluate(async (tag) => {
        const element = document.querySelector(tag) as unknown as Inside & Element;
        const slider = element.shadowRoot!.querySelector('pg-timeline')!.shadowRoot!.querySelector('input')!;
        const out: number[] = [];
        for (let i = 1; i <= 40; i++) {
          const to = Math.round(5000 * Math.abs(Math.sin(i)));
          const begin = performance.now();
          slider.value = String(to);
          slider.dispatchEvent(new Event('input', { bubbles: true }));
          while (element.run.snapshot.status.step !== to) await new Promise((go) => setTimeout(go));
          out.push(performance.now() - begin);
          await new Promise((go) => setTimeout(go, 20));
        }
        return out.sort((a, b) => a - b);
      }, inside);
      const [fastest, median, slowest] = [times[0]!, times[20]!, times[39]!];
      console.log(`timeline over 5,000 steps: fastest ${fastest.toFixed(1)} ms, median ${median.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`);
      expect(fastest).toBeLessThan(50);

      await line.focus();
      await line.press('Home');
      await expect.poll(() => line.getAttribute('aria-valuetext')).toContain('step 0 of 5,000');
      await line.press('PageUp');
      await expect.poll(() => line.getAttribute('aria-valuetext')).toContain('step 500 of 5,000');
      const again = await page.evaluate(async (tag) => {
        const { run } = document.querySelector(tag) as unknown as Inside;
        await run.step(4500);
        while (run.snapshot.status.step !== 5000) await new Promise((go) => setTimeout(go, 30));
        const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
        return `${run.snapshot.history.data.length} ${hex(new Uint8Array(run.snapshot.history.data.buffer))} ${hex(await run.client.save())}`;
      }, inside);
      expect(again).toBe(whole);
      expect(await line.getAttribute('aria-valuetext')).toContain('step 5,000 of 5,000');
    }));

  test('back to the present, and the controls show what held then', () =>
    visit('en/network/?v=1&lr=0.01', still, async ({ page }) => {
      await bitsAfter(page, 300);
      const lr = page.getByRole('slider', { name: 'Learning rate', exact: true });
      await lr.press('ArrowRight');
      await page.getByRole('button', { name: 'Epoch' }).click();
      const line = page.getByRole('slider', { name: /^Timeline/ });
      await expect.poll(() => line.getAttribute('max')).toBe('315');
      const set = () => new URL(page.url()).searchParams.get('lr');
      await expect.poll(set).not.toBe('0.01');
      const after = set();
      await line.press('Home');
      await expect.poll(set).toBe('0.01');
      await page.getByRole('button', { name: 'Back to the present' }).click();
      await expect.poll(set).toBe(after);
    }));
});

describe('runs beside each other', () => {
  const words = {
    en: { open: 'Compare runs', param: 'Sweep', values: 'Values, separated by commas', run: 'Run side by side', best: /^Done\. Best: Learning rate 0\.03/, choice: 'lr' },
    ko: { open: '실행 비교', param: '바꿔 볼 설정', values: '값 (쉼표로 구분)', run: '나란히 실행', best: /^끝났습니다\. 가장 좋은 결과: 학습률 0\.03/, choice: 'lr' },
  };
  test.each([['en', 'light', 1440], ['ko', 'dark', 390]] as const)('%s: set up, run and read by keyboard alone (%s, %i px)', (lang, colorScheme, width) =>
    visit(`${lang}/network/`, { colorScheme, ...still, viewport: { width, height: 844 } }, async ({ page }) => {
      await ready(page);
      const w = words[lang];
      await page.getByRole('button', { name: w.open }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('combobox', { name: w.param }).waitFor();
      await page.getByRole('combobox', { name: w.param }).focus();
      await page.keyboard.press('Tab');
      expect(await page.getByRole('textbox', { name: w.values }).evaluate((e) => (e.getRootNode() as ShadowRoot).activeElement === e)).toBe(true);
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type('0.0001, 0.03, 10');
      await page.keyboard.press('Enter');
      const status = page.locator('pg-runs [role=status]');
      await expect.poll(() => status.innerText(), { timeout: 60_000 }).toMatch(w.best);
      expect(await status.getAttribute('aria-live')).toBe('polite');
      expect(await page.locator('pg-runs tbody tr').count()).toBe(3);
      // Sorting, by keyboard too.
      const head = page.locator('pg-runs th button').nth(2);
      await head.focus();
      await page.keyboard.press('Enter');
      expect(await page.locator('pg-runs th').nth(4).getAttribute('aria-sort')).toBe('ascending');
      // The curves stand behind the stage's own.
      expect(await page.evaluate(() => (document.querySelector('pg-lab')!.shadowRoot!.querySelector('pg-curve') as unknown as { others: unknown[] }).others.length)).toBe(3);
      expect(await axe(page, { include: [{ fromShadowDom: ['pg-lab', 'pg-workbench'] }] })).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }));

  test('wrong values are said, and nothing runs', () =>
    visit('en/network/#tool-runs:lr', still, async ({ page }) => {
      await ready(page);
      for (const wrong of ['0.1', '1, 99', 'x, y', '1,2,3,4,5,6,7,8,9']) {
        await page.getByRole('textbox', { name: words.en.values }).fill(wrong);
        await page.getByRole('button', { name: words.en.run }).click();
        await page.getByText('Give 2 to 8 values').waitFor();
        expect(await page.locator('pg-runs tbody tr').count()).toBe(0);
      }
    }));

  test('eight at once leave the page free and use all cores', { timeout: 180_000 }, () =>
    visit('en/network/?v=1&task=digits&hidden=32#tool-runs', still, async ({ page, longestTask }) => {
      await ready(page);
      const element = await lab(page);
      /** Trains all; ms from the first to the last. */
      const time = (count: number) => element.evaluate(async (l, n) => {
        l.compared.clear();
        const begin = performance.now();
        l.compared.add(Array.from({ length: n }, (_, seed) => ({ ...l.spec.params, seed })), 400);
        while (l.compared.training) await new Promise((go) => setTimeout(go, 20));
        return performance.now() - begin;
      }, count);
      await time(1); // the engine's code is compiled and optimised once
      const alone = await time(1);
      let frames = 0, seconds = 0, together = 0;
      const longest = await longestTask(async () => {
        const counting = page.evaluate(() => new Promise<[number, number]>((done) => {
          let n = 0;
          const begin = performance.now();
          const frame = () => (performance.now() - begin > 2500 ? done([n, (performance.now() - begin) / 1000]) : (n++, requestAnimationFrame(frame)));
          requestAnimationFrame(frame);
        }));
        together = await time(8);
        [frames, seconds] = await counting;
      });
      const cores = await element.evaluate((l) => l.compared.cores);
      console.log(`8 runs on ${cores} cores: ${(together / ((8 * alone) / cores)).toFixed(2)} × the time of one after another / cores; ${(frames / seconds).toFixed(1)} frames/s`);
      expect(longest).toBeLessThan(50);
      expect(await element.evaluate((l) => l.compared.runs.map((run) => run.state))).toEqual(Array(8).fill('done'));
    }));

  test('a hyperparameter shows both extremes beside the middle', () =>
    visit('en/network/#tool-runs:show.lr', still, async ({ page }) => {
      await expect.poll(() => page.locator('pg-runs tbody tr').count(), { timeout: 20_000 }).toBe(3);
      await page.getByText(/^Done\. Best/).waitFor({ timeout: 60_000 });
    }));

  test('files hold what the table says', () =>
    visit('en/network/#tool-runs:lr', still, async ({ page }) => {
      await ready(page);
      await page.getByRole('textbox', { name: words.en.values }).fill('0.01, 0.1');
      await page.getByRole('button', { name: words.en.run }).click();
      await page.getByText(/^Done\. Best/).waitFor({ timeout: 60_000 });
      for (const kind of ['CSV', 'JSON', 'PNG', 'SVG']) {
        const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: kind, exact: true }).click()]);
        const chunks: Buffer[] = [];
        for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
        const bytes = Buffer.concat(chunks);
        if (kind === 'CSV') expect(bytes.toString().split(/\r?\n/)).toHaveLength(3);
        if (kind === 'JSON') expect((JSON.parse(bytes.toString()) as { runs: object[] }).runs).toHaveLength(2);
        if (kind === 'PNG') expect(bytes.subarray(1, 4).toString()).toBe('PNG');
        if (kind === 'SVG') expect(bytes.toString()).toMatch(/^<svg .*Learning rate|^<svg .*Test loss/);
      }
    }));
});

test('the learning-rate test marks what is worth trying, and one press adopts it', () =>
  visit('en/network/#tool-range', still, async ({ page }) => {
    await ready(page);
    await page.getByRole('button', { name: 'Run the test' }).click();
    const use = page.getByRole('button', { name: /^Use 0/ });
    await use.waitFor({ timeout: 60_000 });
    const lr = (await use.innerText()).replace('Use ', '');
    await use.click();
    await expect.poll(() => page.url()).toContain(`lr=${lr}`);
    expect(await axe(page, { include: [{ fromShadowDom: ['pg-lab', 'pg-workbench'] }] })).toEqual([]);
  }));

test('an open drawer does not slow training', () =>
  visit('en/network/', still, async ({ page }) => {
    await ready(page);
    const element = await lab(page);
    /** ms for 20 epochs at full speed, the stage drawn all the while. */
    const epochs = () => element.evaluate(async (l) => {
      const begin = performance.now();
      await l.run.step(700);
      return performance.now() - begin;
    });
    for (let i = 0; i < 3; i++) await epochs();
    const closed: number[] = [], open: number[] = [];
    for (const { tag, id } of toolTags) {
      for (let i = 0; i < 6; i++) closed.push(await epochs());
      await page.evaluate((tool) => void (location.hash = `#tool-${tool}`), id);
      await page.locator(tag).waitFor();
      for (let i = 0; i < 6; i++) open.push(await epochs());
      await page.getByRole('button', { name: 'Close', exact: true }).click();
    }
    const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!;
    console.log(`20 epochs of the spiral: ${median(closed).toFixed(1)} ms, with a tool open ${median(open).toFixed(1)} ms: ${(median(open) / median(closed)).toFixed(2)} ×`);
    expect(open).toHaveLength(6 * toolTags.length);
  }));
