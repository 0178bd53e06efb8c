// Labs in pages of other people: on another origin each, with style sheets, policies and tools that are not ours.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { visit } from './harness';
import type { PlaygradLab } from '../../web/embed/playgrad-lab';
import { host, site, type Server } from './hosts';

let embedded: Server;
beforeAll(async () => {
  embedded = await site();
});
afterAll(() => embedded.close());

/** Opens a host's page; its server ends with it. */
async function on(name: string, body: (page: Page, problems: string[]) => Promise<void>, html?: string): Promise<void> {
  const server = await host(name, embedded.url, html);
  try {
    await visit('', { site: server.url, viewport: { width: 1000, height: 800 } }, ({ page, problems }) => body(page, problems));
  } finally {
    await server.close();
  }
}

/** In the page: asks the frame by messages, as a host does. */
async function installAsk(page: Page): Promise<void> {
  await page.evaluate(() => {
    const waiting = new Map<unknown, (data: any) => void>();
    const events: any[] = [];
    addEventListener('message', ({ data, source }) => {
      if (source !== document.querySelector('iframe')!.contentWindow || data?.playgrad !== 1) return;
      if (data.event) events.push(data);
      else waiting.get(data.id)?.(data);
    });
    let id = 0;
    Object.assign(window, {
      events,
      ask: (method: string, args: object = {}) =>
        new Promise((answer, fail) => {
          waiting.set(++id, answer);
          setTimeout(() => fail(new Error(`no answer to ${method}`)), 15_000);
          document.querySelector('iframe')!.contentWindow!.postMessage({ playgrad: 1, id, method, args }, '*');
        }),
    });
  });
}
type Ask = { ask(method: string, args?: object): Promise<any>; events: any[] };

/** A locator whose element is ours. */
type Lab = Omit<Locator, 'evaluate'> & { evaluate<R, A = undefined>(act: (element: PlaygradLab, arg: A) => R | Promise<R>, arg?: A): Promise<R> };

async function elementWorks(page: Page): Promise<void> {
  const lab = page.locator('playgrad-lab') as unknown as Lab;
  await lab.scrollIntoViewIfNeeded();
  const ready = await lab.evaluate((element) => element.ready);
  expect(ready.lab).toBe('network');
  expect(ready.presets).toContain('spiral');
  // It trains.
  await expect.poll(() => lab.evaluate(async (element) => (await element.metrics()).step), { timeout: 20_000 }).toBeGreaterThan(20);
  const { train, test: tested } = await lab.evaluate((element) => element.metrics());
  expect(train['loss']).toBeGreaterThan(0);
  expect(tested['accuracy']).toBeGreaterThan(0);
  // The API answers, and what it says is so.
  const paused = await lab.evaluate((element) => element.pause());
  expect(paused.running).toBe(false);
  const set = await lab.evaluate((element) => element.set({ lr: 0.1 }));
  expect(set.params['lr']).toBe(0.1);
  const reset = await lab.evaluate(async (element) => [await element.reset(), await element.step(7)] as const);
  expect(reset.map(({ step }) => step)).toEqual([0, 7]);
  const state = await lab.evaluate((element) => element.getState());
  expect(state).toMatchObject({ playgrad: 1, lab: 'network', step: 7, running: false, params: { task: 'spiral', lr: 0.1 } });
  // Its height is told, and follows its width.
  const heights = await lab.evaluate((element) => {
    const list: number[] = ((element as unknown as { heights: number[] }).heights = []);
    element.addEventListener('height', (event) => list.push((event as CustomEvent<{ height: number }>).detail.height));
    return element.getBoundingClientRect().height;
  });
  expect(heights).toBeGreaterThan(300);
  await page.setViewportSize({ width: 400, height: 800 });
  await expect.poll(() => lab.evaluate((element) => (element as unknown as { heights: number[] }).heights.length)).toBeGreaterThan(0);
  expect(await lab.evaluate((element) => element.getBoundingClientRect().width)).toBeLessThanOrEqual(400);
  await page.setViewportSize({ width: 1000, height: 800 });
}

async function frameWorks(page: Page): Promise<void> {
  const frame = page.locator('iframe');
  // The element is itself, not its way out.
  expect(await frame.count()).toBe(1);
  await frame.scrollIntoViewIfNeeded();
  await installAsk(page);
  const ask = (method: string, args?: object) => page.evaluate(([m, a]) => (window as unknown as Ask).ask(m as string, a as object), [method, args] as const);
  await expect.poll(() => ask('metrics', { every: 100 }).then(({ result }) => result.step), { timeout: 20_000 }).toBeGreaterThan(20);
  await expect.poll(() => page.evaluate(() => (window as unknown as Ask).events.filter(({ event }) => event === 'metrics').length)).toBeGreaterThan(2);
  expect((await ask('pause')).result.running).toBe(false);
  expect((await ask('set', { params: { lr: 0.1, task: 'circle' } })).result.params).toMatchObject({ lr: 0.1, task: 'circle' });
  await ask('reset');
  expect((await ask('step', { n: 5 })).result).toEqual({ step: 5, running: false });
  // resize.js gives it its height, and another when it is narrower.
  const height = () => frame.evaluate((element) => element.clientHeight);
  await expect.poll(height).toBeGreaterThan(400);
  await expect.poll(async () => Math.abs((await height()) - (await page.frames()[1]!.evaluate(() => document.documentElement.scrollHeight)))).toBeLessThan(3);
  const wide = await height();
  await page.setViewportSize({ width: 420, height: 800 });
  await expect.poll(height).not.toBe(wide);
}

describe('a host on another origin: it trains, it resizes, the API answers, no error', () => {
  test.each(['plain', 'hostile', 'csp', 'coep', 'hugo', 'mkdocs', 'react'])('%s', (name) =>
    on(name, async (page) => {
      await elementWorks(page);
      await frameWorks(page);
      if (name === 'coep') expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      if (name === 'react') expect(Number(await page.locator('#seen').innerText())).toBeGreaterThan(0);
    }),
  );
});
