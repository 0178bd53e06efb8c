// Once for all specs: the built site behind a server as strict as any host may be, and one Chromium.
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { chromium as chromiumPath } from '../../.tools/setup.mjs';
import { serve } from '../../.tools/serve.mjs';
import { chromiumFlags, csp, dist } from './config';

declare module 'vitest' {
  export interface ProvidedContext {
    site: string;
    browser: string;
    /** Whether no other spec runs beside. */
    alone: boolean;
  }
}

export default async function (project: TestProject): Promise<() => Promise<void>> {
  const server = await serve(join(dist), { prefix: '/some/sub/path/', headers: { 'Content-Security-Policy': csp } });
  const browser = await chromium.launchServer({ executablePath: chromiumPath() ?? undefined, headless: true, args: chromiumFlags });
  project.provide('site', server.url);
  project.provide('browser', browser.wsEndpoint());
  return async () => {
    await browser.close();
    await server.close();
  };
}
