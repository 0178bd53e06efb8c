// How a spec opens a page of the built site, and what no page may do while it is open.
//
//   import { test } from 'vitest';
//   import { visit } from './harness';
//
//   test('the slider moves', () => visit('en/network/', {}, async ({ page }) => {
//     await page.getByRole('slider', { name: 'Learning rate' }).press('ArrowRight');
//     await expect.poll(() => page.url()).toContain('lr=');
//   }));
//
// visit() fails by itself when the page logged an error, threw one, asked for something that is not there or broke the
// Content-Security-Policy.
import { readFileSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, expect, inject } from 'vitest';

export interface Visit {
  page: Page;
  /**
   * No task of the page's main thread takes 50 ms while `during` goes on. Processor time: what other programs of the machine take is
   * none of the page's. But a busy host slows its guests' processors too, by two to three for seconds on end, and that can only lengthen
   * a task: a visit that failed here is made again from its beginning, and the page has its long task if no visit went without one.
   */
  staysFree(during: () => Promise<unknown>): Promise<void>;
  /** Processor time of the page's workers while `during` goes on, ms. */
  workerTime(during: () => Promise<unknown>): Promise<number>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Address of another server than the shared one. */
  site?: string;
  /** What the spec itself provokes: a problem that it fits is none, whenever it comes. */
  provokes?: RegExp;
}

let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  browser = undefined;
});

interface TraceEvent {
  name: string;
  ph: string;
  ts: number;
  pid: number;
  tid: number;
  /** Microseconds of processor time. */
  tdur?: number;
  args: { name?: string };
}
const BEGIN = 'what-counts-begins';
/** Processor time of every task, ms, of the page's threads of that name. */
async function tasks(page: Page, thread: string, during: () => Promise<unknown>): Promise<number[]> {
  if (!inject('alone')) throw new Error('A spec that measures runs alone: it belongs to ALONE in tests/vitest.config.ts.');
  await browser!.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'blink.user_timing'] });
  // Beginning to trace is a task of its own, and a long one: what counts begins behind it.
  await page.evaluate((name) => void performance.mark(name), BEGIN);
  await during();
  const { traceEvents } = JSON.parse((await browser!.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const begin = traceEvents.find((e) => e.name === BEGIN)!.ts;
  const threads = new Set(traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === thread).map((e) => `${e.pid} ${e.tid}`));
  const found = traceEvents.filter((e) => e.ph === 'X' && e.name.includes('RunTask') && e.tdur !== undefined && e.ts > begin && threads.has(`${e.pid} ${e.tid}`));
  // None at all would mean that the trace missed the page; how many there are is the page's own affair.
  expect(found.length).toBeGreaterThan(0);
  return found.map((e) => e.tdur! / 1000);
}
/** What a page allows a task of the main thread, ms. */
const LONGEST = 50;
/** Visits that a page has to show that it can do without a long task. */
const VISITS = 4;
class LongTask extends Error {}
async function staysFree(page: Page, during: () => Promise<unknown>): Promise<void> {
  const longest = Math.max(...(await tasks(page, 'CrRendererMain', during)));
  console.log(`longest task of the main thread: ${longest.toFixed(1)} ms`);
  if (longest >= LONGEST) throw new LongTask(`A task of the main thread took ${longest.toFixed(1)} ms; ${LONGEST} are allowed.`);
}

/** What axe-core finds in `context` (all of the page: `main`; inside shadow trees {fromShadowDom: […]}), one line each. */
export async function axe(page: Page, context: object | string = 'main'): Promise<string[]> {
  await page.evaluate(readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
  return page.evaluate(async (where) => {
    const { axe } = window as unknown as { axe: { run(context: unknown): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    return (await axe.run(where)).violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  }, context);
}

/** Opens `path` (relative to the site, e.g. "ko/network/?v=1&lr=1") in a fresh profile, runs `body`, closes it. */
export async function visit(path: string, options: VisitOptions, body: (visit: Visit) => Promise<void>): Promise<void> {
  for (let left = VISITS - 1; ; left--) {
    try {
      return await once(path, options, body);
    } catch (error) {
      if (!(error instanceof LongTask) || left === 0) throw error;
    }
  }
}
async function once(path: string, options: VisitOptions, body: (visit: Visit) => Promise<void>): Promise<void> {
  const { site = inject('site'), provokes, ...contextOptions } = options;
  browser ??= await chromium.connect(inject('browser'));
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', serviceWorkers: 'block', ...contextOptions });
  const problems: string[] = [];
  const problem = (text: string) => {
    if (!provokes?.test(text)) problems.push(text);
  };
  try {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') problem(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => problem(`thrown: ${error.stack ?? error.message}`));
    page.on('requestfailed', (request) => {
      // Leaving a page ends what it was still loading.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') problem(`request: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) problem(`response: ${response.status()} ${response.url()}`);
    });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await page.goto(new URL(path, site).href);
    await body({
      page,
      staysFree: (during) => staysFree(page, during),
      workerTime: async (during) => (await tasks(page, 'DedicatedWorker thread', during)).reduce((sum, ms) => sum + ms, 0),
    });
    expect(problems).toEqual([]);
  } catch (error) {
    // What the page said is often the reason for what the spec missed.
    if (problems.length > 0 && error instanceof Error) error.message += `\nThe page said:\n${problems.join('\n')}`;
    throw error;
  } finally {
    await context.close();
  }
}
