// Labs in pages of other people: on another origin each, with style sheets, policies and tools that are not ours.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { axe, visit } from './harness';
import type { PlaygradLab } from '../../web/embed/playgrad-lab';
import { host, site, type Server } from './hosts';

let embedded: Server;
beforeAll(async () => {
  embedded = await site();
});
afterAll(() => embedded.close());

/** Opens a host's page; its server ends with it. */
async function on(name: string, body: (page: Page) => Promise<void>, html?: string, provokes?: RegExp): Promise<void> {
  const server = await host(name, embedded.url, html);
  try {
    await visit('', { site: server.url, viewport: { width: 1000, height: 800 }, provokes }, ({ page }) => body(page));
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

/** A bare page that loads embed.js; `body` is its content. */
const bare = (body: string) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><script type="module" src="{{site}}embed.js"></script></head><body>${body}</body></html>`;
const step = (lab: Lab) => lab.evaluate(async (element) => (await element.getState()).step);

describe('where a page allows less', () => {
  test('a sandbox with scripts alone: no origin, no storage', () =>
    on('sandbox', async (page) => {
      await frameWorks(page);
      expect(await page.frames()[1]!.evaluate(() => origin)).toBe('null');
    }, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><script src="{{site}}embed/resize.js" async></script></head><body><iframe sandbox="allow-scripts" src="{{site}}embed/network/?preset=xor&lang=en" width="100%" height="300"></iframe></body></html>`));

  test('a policy without WebAssembly: `frame` puts it into a frame, and the element answers all the same', () =>
    on('frame-only', async (page) => {
      const lab = page.locator('playgrad-lab') as unknown as Lab;
      expect((await lab.evaluate((element) => element.ready)).lab).toBe('network');
      await expect.poll(() => step(lab), { timeout: 20_000 }).toBeGreaterThan(20);
      await lab.evaluate((element) => element.pause());
      expect((await lab.evaluate((element) => element.set({ lr: 0.2 }))).params['lr']).toBe(0.2);
      expect(await lab.evaluate((element) => element.getBoundingClientRect().height)).toBeGreaterThan(400);
    }, bare('<playgrad-lab frame lab="network" preset="spiral" lang="en"></playgrad-lab>')));

  test('a policy that forbids the worker: it goes into a frame by itself', () =>
    on('no-worker', async (page) => {
      const lab = page.locator('playgrad-lab') as unknown as Lab;
      expect((await lab.evaluate((element) => element.ready)).lab).toBe('network');
      expect(await page.locator('playgrad-lab iframe').count()).toBe(1);
      await expect.poll(() => step(lab), { timeout: 20_000 }).toBeGreaterThan(20);
    }, bare('<playgrad-lab lab="network" preset="spiral" lang="en"></playgrad-lab>'), /worker|csp/i)); // the browser says what the policy forbade

  test('nothing allowed but the script: the picture, the link, and an error that says why', () =>
    on('nothing', async (page) => {
      const lab = page.locator('playgrad-lab') as unknown as Lab;
      const failed = await lab.evaluate((element) => element.ready.then(() => '', (error: Error & { code: string }) => error.code));
      expect(failed).toBe('blocked');
      expect(await page.locator('playgrad-lab a').getAttribute('href')).toBe(`${embedded.url}en/network/`);
      await expect.poll(() => page.locator('playgrad-lab img').evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(100);
    }, bare('<playgrad-lab lab="network" preset="spiral" lang="en"></playgrad-lab>'), /^console: (policy: |.*Content Security Policy)/));

  test('no scripts at all: the frame shows the picture and the way to the lab', async () => {
    const { chromium } = await import('playwright-core');
    const browser = await chromium.connect(inject('browser'));
    try {
      const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
      await page.goto(`${embedded.url}embed/network/?preset=xor`);
      expect(await page.locator('noscript a').first().getAttribute('href')).toBe('../../ko/network/');
      expect((await page.locator('noscript img').first().boundingBox())!.width).toBeGreaterThan(100);
    } finally {
      await browser.close();
    }
  });
});

describe('what an author chooses', () => {
  test('two languages and two themes beside each other, in one page', () =>
    on('two', async (page) => {
      const labs = page.locator('playgrad-lab');
      await labs.evaluateAll((all) => Promise.all(all.map((lab) => (lab as PlaygradLab).ready)));
      await page.waitForTimeout(500);
      const run = (i: number) => labs.nth(i).locator('pg-transport button').first().innerText();
      expect([await run(0), await run(1)]).toEqual(['Pause', '멈춤']);
      const ground = (i: number) => labs.nth(i).locator('.root').evaluate((root) => getComputedStyle(root).backgroundColor);
      expect([await ground(0), await ground(1)]).toEqual(['rgb(248, 247, 243)', 'rgb(14, 18, 24)']);
      // The canvases too: a corner of the surface has the colours of its own theme.
      const inks = await labs.evaluateAll((all) => all.map((lab) => getComputedStyle((lab as HTMLElement).shadowRoot!.querySelector('pg-lab')!).getPropertyValue('color')));
      expect(inks[0]).not.toBe(inks[1]);
    }, bare('<playgrad-lab lab="network" preset="xor" lang="en" theme="light" show="loss,surface"></playgrad-lab><playgrad-lab lab="network" preset="xor" lang="ko" theme="dark" show="loss,surface"></playgrad-lab>')));

  test('hidden is still read, locked cannot be changed, and the author’s settings are the ones to go back to', () =>
    on('chosen', async (page) => {
      const lab = page.locator('playgrad-lab') as unknown as Lab;
      await lab.evaluate((element) => element.ready);
      const stage = page.locator('playgrad-lab');
      expect(await stage.getByRole('slider', { name: 'Learning rate' }).isDisabled()).toBe(true);
      expect(await stage.getByRole('combobox', { name: 'Optimizer' }).count()).toBe(0);
      expect(await stage.locator('.readout [data-key=optimizer]').innerText()).toMatch(/Optimizer\s+Adam/);
      await stage.getByRole('slider', { name: 'Momentum' }).count();
      await stage.getByRole('combobox', { name: 'Activation function' }).selectOption('relu');
      await expect.poll(() => lab.evaluate(async (element) => (await element.getState()).params['activation'])).toBe('relu');
      await stage.getByRole('button', { name: 'Defaults' }).click();
      await expect.poll(() => lab.evaluate(async (element) => (await element.getState()).params)).toMatchObject({ activation: 'tanh', task: 'spiral', optimizer: 'adam', lr: 0.01 });
    }, bare('<playgrad-lab lab="network" preset="spiral" params="optimizer=adam&amp;lr=0.01" lang="en" hide="optimizer" lock="lr"></playgrad-lab>')));

  test('attributes act while it stands; a lab taken out and put back goes on where it was', () =>
    on('moved', async (page) => {
      const lab = page.locator('playgrad-lab') as unknown as Lab;
      await lab.evaluate((element) => element.ready);
      await lab.evaluate(async (element) => {
        await element.pause();
        await element.reset();
        await element.step(321);
      });
      const before = await lab.evaluate(async (element) => [...(await element.getState({ checkpoint: true })).checkpoint!].join());
      // Within the page.
      await lab.evaluate((element) => document.querySelector('#other')!.append(element));
      expect(await step(lab)).toBe(321);
      // Out of it, long enough for the worker to end, and back.
      const workers = page.workers().length;
      await page.evaluate(() => ((window as unknown as { kept: Element }).kept = document.querySelector('playgrad-lab')!).remove());
      await expect.poll(() => page.workers().length).toBe(workers - 1);
      await page.evaluate(() => document.body.append((window as unknown as { kept: Element }).kept));
      await expect.poll(() => step(lab)).toBe(321);
      expect(await lab.evaluate(async (element) => [...(await element.getState({ checkpoint: true })).checkpoint!].join())).toBe(before);
      // The same bits from there on.
      await lab.evaluate((element) => element.step(100));
      expect(await step(lab)).toBe(421);
      await lab.evaluate((element) => element.setAttribute('show', 'surface'));
      await expect.poll(() => page.locator('playgrad-lab .curves').count()).toBe(0);
      await lab.evaluate((element) => (element.preset = 'xor'));
      await expect.poll(async () => lab.evaluate(async (element) => (await element.getState().catch(() => null))?.params['task']), { timeout: 15_000 }).toBe('xor');
    }, bare('<playgrad-lab lab="network" preset="spiral" lang="en" autoplay="off"></playgrad-lab><div id="other"></div>')));

  test('properties set before the element is defined are kept', () =>
    on('upgrade', async (page) => {
      await page.evaluate(() => Object.assign(document.querySelector('playgrad-lab')!, { lab: 'network', preset: 'xor', show: ['surface'], autoplay: 'off' }));
      await page.addScriptTag({ type: 'module', url: `${embedded.url}embed.js` });
      const lab = page.locator('playgrad-lab') as unknown as Lab;
      await page.waitForFunction(() => customElements.get('playgrad-lab') !== undefined);
      await lab.evaluate((element) => element.ready);
      expect(await lab.evaluate(async (element) => [(await element.getState()).params['task'], element.getAttribute('show')])).toEqual(['xor', 'surface']);
    }, '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body><playgrad-lab></playgrad-lab></body></html>'));

  test('a picture of it, as PNG and as SVG', () =>
    on('picture', async (page) => {
      const lab = page.locator('playgrad-lab') as unknown as Lab;
      await lab.evaluate(async (element) => (await element.ready, await element.pause()));
      const [png, svg] = await lab.evaluate(async (element) => {
        const picture = await createImageBitmap(await element.screenshot('png'));
        const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height });
        const pen = canvas.getContext('2d')!;
        pen.drawImage(picture, 0, 0);
        const { data } = pen.getImageData(0, 0, picture.width, picture.height);
        const colors = new Set<number>();
        for (let i = 0; i < data.length; i += 4) colors.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
        return [{ width: picture.width, colors: colors.size }, await (await element.screenshot('svg')).text()] as const;
      });
      expect(png.width).toBeGreaterThan(500);
      expect(png.colors).toBeGreaterThan(100);
      expect(svg).toContain('What the network answers');
      expect(svg).toContain('data:image/png');
    }, bare('<playgrad-lab lab="network" preset="spiral" lang="en" show="loss,surface"></playgrad-lab>')));
});

test('twenty on one page: there in three seconds, compiled once, only those in view run, and nothing is left of them', async () => {
  const asked: string[] = [];
  const own = await site({ onRequest: (name: string) => asked.push(name) });
  const server = await host('twenty', own.url, bare('<main></main>'));
  try {
    await visit('', { site: server.url, viewport: { width: 1000, height: 800 } }, async ({ page }) => {
      await page.evaluate(() => {
        const counted = { compiles: 0 };
        Object.assign(window, { counted });
        for (const name of ['compile', 'compileStreaming'] as const) {
          const real = WebAssembly[name] as (...args: unknown[]) => unknown;
          (WebAssembly as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => (counted.compiles++, real.apply(WebAssembly, args));
        }
      });
      const add = (n: number) =>
        page.evaluate(async (count) => {
          const begin = performance.now();
          const main = document.querySelector('main')!;
          main.innerHTML = '<playgrad-lab lab="network" preset="spiral" lang="en" show="loss,surface"></playgrad-lab>'.repeat(count);
          const [first] = main.children as unknown as PlaygradLab[];
          await first!.ready;
          while ((await first!.metrics()).step < 1) await new Promise((go) => setTimeout(go, 20));
          return performance.now() - begin;
        }, n);
      const clear = async () => {
        await page.evaluate(() => document.querySelector('main')!.replaceChildren());
        await expect.poll(() => page.workers().length, { timeout: 15_000 }).toBe(0);
      };
      const session = await page.context().newCDPSession(page);
      await session.send('Performance.enable');
      const measure = async () => {
        for (let i = 0; i < 4; i++) {
          await session.send('HeapProfiler.collectGarbage');
          await page.waitForTimeout(150);
        }
        const { metrics } = await session.send('Performance.getMetrics');
        const of = (name: string) => metrics.find((metric) => metric.name === name)!.value;
        return { heap: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') };
      };
      const labs = page.locator('playgrad-lab');
      /** Each of the twenty in view once. */
      const through = async () => {
        for (let i = 0; i < 20; i++) {
          await labs.nth(i).scrollIntoViewIfNeeded();
          await labs.nth(i).evaluate((lab) => (lab as PlaygradLab).ready);
        }
      };
      const cold = await add(20);
      console.log(`20 labs: the first runs after ${cold.toFixed(0)} ms`);
      expect(cold).toBeLessThan(3000);
      await through();
      await clear();
      // All code has run now; what a second round leaves would be a leak.
      const before = await measure();
      await add(20);
      await through();
      expect(await page.evaluate(() => (window as unknown as { counted: { compiles: number } }).counted.compiles)).toBe(1);
      expect(asked.filter((name) => name.endsWith('.wasm'))).toHaveLength(1);
      // Only what is in view moves on.
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForTimeout(700);
      const steps = () => labs.evaluateAll((all) => all.map((lab) => {
        const stage = lab.shadowRoot!.querySelector('pg-lab') as unknown as { run: { snapshot: { status: { step: number } } | null } } | null;
        return [stage?.run?.snapshot?.status.step ?? 0, lab.getBoundingClientRect().top < innerHeight] as const;
      }));
      const first = await steps();
      await page.waitForTimeout(800);
      const second = await steps();
      const running = second.map(([now], i) => now > first[i]![0]);
      expect(running).toEqual(second.map(([, visible]) => visible));
      expect(running.filter(Boolean).length).toBeGreaterThan(0);
      // Those long out of sight have no worker.
      expect(page.workers().length).toBeLessThanOrEqual(8);
      await clear();
      const after = await measure();
      console.log(`memory: ${JSON.stringify(before)} → ${JSON.stringify(after)}`);
      expect(after.heap).toBeLessThan(1.1 * before.heap);
      expect(after.nodes).toBeLessThan(1.1 * before.nodes + 50);
    });
  } finally {
    await server.close();
    await own.close();
  }
});

describe('a hostile host', () => {
  const frame = (query = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body><iframe src="{{site}}embed/network/?preset=xor&lang=en&autoplay=off${query}" width="100%" height="700"></iframe></body></html>`;

  test('10,000 messages of every shape: nothing thrown, nothing changed, and it still answers', () =>
    on('hostile-messages', async (page) => {
      await installAsk(page);
      const ask = (method: string, args?: object) => page.evaluate(([m, a]) => (window as unknown as Ask).ask(m as string, a as object), [method, args] as const);
      await page.frames()[1]!.waitForSelector('pg-transport');
      await expect.poll(async () => (await ask('getState')).result?.lab, { timeout: 20_000 }).toBe('network');
      await ask('step', { n: 3 });
      const before = (await ask('getState')).result;
      await page.evaluate(async () => {
        const target = document.querySelector('iframe')!.contentWindow!;
        let seed = 12345;
        const random = (n: number) => ((seed = (seed * 1103515245 + 12345) % 2 ** 31), seed % n);
        const deep = (n: number): unknown => (n ? [deep(n - 1)] : 0);
        const values: (() => unknown)[] = [
          () => null, () => undefined, () => random(1000) - 500, () => NaN, () => -Infinity, () => 'x'.repeat(random(200_000)), () => [], () => ({}), () => deep(60),
          () => new Map([['playgrad', 1]]), () => new Date(), () => new Uint8Array(random(1 << 16)), () => /x/, () => Array.from({ length: random(5000) }, () => 1), () => ({ __proto__: null, params: 1 }),
          () => JSON.parse('{"__proto__": {"lr": 9}, "constructor": {"prototype": 1}}'), () => true, () => 10n, () => new Error('no'),
        ];
        const any = () => values[random(values.length)]!();
        const methods = ['set', 'setState', 'step', 'probe', 'metrics', 'screenshot', 'getState', 'constructor', '__proto__', 'toString', 'call', 'dispose', ''];
        // None of them may act: `run` with anything would, as `getState` does, so what they are given is always wrong.
        const wrong: Record<string, (() => unknown)[]> = {
          set: [() => ({ params: { lr: 'much' } }), () => ({ params: { __proto__: 1, nothing: 1 } }), () => ({ params: { lr: NaN } }), () => ({ params: { hidden: ['8'] } }), () => ({ params: { task: 'ring' } }), () => ({ params: any() })],
          setState: [() => ({ state: { playgrad: 1, lab: 'attention', params: {}, step: 0, running: false } }), () => ({ state: { playgrad: 2, lab: 'network' } }), () => ({ state: any() }), () => ({ state: { playgrad: 1, lab: 'network', params: { lr: 1 }, step: 1e9, running: true } })],
          step: [() => ({ n: -1 }), () => ({ n: 1e9 }), () => ({ n: 'all' }), () => ({ n: 0.5 })],
          probe: [() => ({ read: '../x' }), () => ({ query: 'x'.repeat(100) }), () => ({ read: 'a', query: 'b' }), () => ({ read: any(), args: any() })],
          metrics: [() => ({ every: 1 }), () => ({ every: -5 }), () => ({ every: 'often' })],
          screenshot: [() => ({ type: 'bmp' })],
          getState: [() => ({ checkpoint: 'yes' })],
        };
        for (let i = 0; i < 10_000; i++) {
          const method = methods[random(methods.length)]!;
          const given = Object.hasOwn(wrong, method) ? wrong[method]! : [any];
          const args = given[random(given.length)]!();
          const kinds: (() => unknown)[] = [
            any,
            () => ({ playgrad: any() }),
            () => ({ playgrad: 1, id: any(), method: any(), args: any() }),
            () => ({ playgrad: 1, id: i, method, args }),
            () => ({ playgrad: 1, id: i, method, args }),
            () => ({ playgrad: 99, id: i, method: 'run', args: {} }),
            () => ({ playgrad: 1, method: 'run' }),
            () => ({ playgrad: 1, id: 'x'.repeat(1000), method: 'run', args: {} }),
            () => ({ playgrad: 1, id: i, method: 'run', args: any() === null ? 1 : [] }),
          ];
          target.postMessage(kinds[random(kinds.length)]!(), '*');
          // Slow enough at times that it is not the rate alone that refuses.
          if (i % 200 === 0) await new Promise((go) => setTimeout(go, 60));
        }
      });
      // Once the flood is over.
      await expect.poll(async () => (await ask('getState')).result, { timeout: 20_000, interval: 500 }).toEqual(before);
      // Its rate is that of a patient host again.
      await page.waitForTimeout(1000);
      expect((await ask('step', { n: 2 })).result).toEqual({ step: before.step + 2, running: false });
    }, frame()));

  test('only the origins that its host names may drive it', () =>
    on('origins', async (page) => {
      await installAsk(page);
      const ask = (method: string, args?: object) => page.evaluate(([m, a]) => (window as unknown as Ask).ask(m as string, a as object), [method, args] as const);
      await page.frames()[1]!.waitForSelector('pg-transport', { timeout: 20_000 });
      expect((await ask('getState')).error).toMatchObject({ code: 'origin' });
      expect((await ask('run')).error).toMatchObject({ code: 'origin' });
      expect(await page.evaluate(() => (window as unknown as Ask).events.every(({ event }) => event === 'height'))).toBe(true);
    }, frame('&origins=https://tutorial.example')));
});

describe('the dialog', () => {
  test('what is chosen is what is shown and what is pasted', () =>
    visit('en/network/?v=1&task=xor&lr=0.1', {}, async ({ page }) => {
      await page.getByRole('button', { name: 'Embed', exact: true }).click();
      const dialog = page.getByRole('dialog', { name: 'Embed this lab in your page' });
      await dialog.waitFor();
      const code = dialog.getByRole('textbox', { name: 'Code to paste' });
      expect(await code.inputValue()).toContain('params="task=xor&amp;lr=0.1"');
      await dialog.getByRole('checkbox', { name: 'Network', exact: true }).uncheck();
      await dialog.getByRole('combobox', { name: 'Learning rate', exact: true }).selectOption('lock');
      await dialog.getByRole('combobox', { name: 'Optimizer', exact: true }).selectOption('hide');
      expect(await code.inputValue()).toMatch(/hide="network,optimizer" lock="lr"/);
      const preview = page.frameLocator('pg-embed iframe');
      await expect.poll(() => preview.locator('.readout [data-key=optimizer]').innerText(), { timeout: 20_000 }).toContain('SGD');
      expect(await preview.locator('pg-network-graph').count()).toBe(0);
      expect(await preview.getByRole('slider', { name: 'Learning rate' }).isDisabled()).toBe(true);
      for (const format of await dialog.getByRole('combobox', { name: 'Kind of page' }).locator('option').evaluateAll((all) => all.map((option) => (option as HTMLOptionElement).value))) {
        await dialog.getByRole('combobox', { name: 'Kind of page' }).selectOption(format);
        expect(await code.inputValue()).toMatch(/lr=0\.1/);
      }
      expect(await axe(page, 'pg-embed')).toEqual([]);
      await page.keyboard.press('Escape');
      await expect.poll(() => dialog.count()).toBe(0);
      // Closed, it trains no more behind the page.
      await expect.poll(() => page.locator('pg-embed iframe').count()).toBe(0);
    }));

  test('fits a phone, in Korean', () =>
    visit('ko/attention/', { viewport: { width: 390, height: 844 } }, async ({ page }) => {
      await page.waitForSelector('button.embed', { state: 'attached' });
      await page.evaluate(() => document.querySelector<HTMLButtonElement>('button.embed')!.click());
      await page.getByRole('dialog', { name: '내 페이지에 이 실험실 넣기' }).waitFor();
      expect(await page.locator('pg-embed dialog').evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth)).toBeLessThanOrEqual(0);
    }));
});
