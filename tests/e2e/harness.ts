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
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, expect, inject } from 'vitest';

export interface LongTask {
  /** Milliseconds since the page began. */
  start: number;
  duration: number;
}

export interface Visit {
  page: Page;
  /** Everything that went wrong so far. A spec that provokes an error takes it out of the list. */
  problems: string[];
  /** Tasks over 50 ms of the page's main thread since the page began or since the last call of `forgetLongTasks`. */
  longTasks(): Promise<LongTask[]>;
  forgetLongTasks(): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Address of another server than the shared one. */
  site?: string;
}

let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  browser = undefined;
});

declare global {
  interface Window {
    pgLongTasks: LongTask[];
  }
}

/** Opens `path` (relative to the site, e.g. "ko/network/?v=1&lr=1") in a fresh profile, runs `body`, closes it. */
export async function visit(path: string, options: VisitOptions, body: (visit: Visit) => Promise<void>): Promise<void> {
  const { site = inject('site'), ...contextOptions } = options;
  browser ??= await chromium.connect(inject('browser'));
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', ...contextOptions });
  const problems: string[] = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => problems.push(`thrown: ${error.stack ?? error.message}`));
    page.on('requestfailed', (request) => {
      // Leaving a page ends what it was still loading.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') problems.push(`request: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`response: ${response.status()} ${response.url()}`);
    });
    await page.addInitScript(() => {
      window.pgLongTasks = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.pgLongTasks.push({ start: entry.startTime, duration: entry.duration });
      }).observe({ type: 'longtask', buffered: true });
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await page.goto(new URL(path, site).href);
    await body({
      page,
      problems,
      longTasks: () => page.evaluate(() => window.pgLongTasks),
      forgetLongTasks: () => page.evaluate(() => void (window.pgLongTasks = [])),
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
