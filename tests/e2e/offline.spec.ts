// The site without a network: from any static server nothing leaves it, and after the first visit it opens without one.
import { expect, test } from 'vitest';
import { serve } from '../../.tools/serve.mjs';
import { csp, dist } from './config';
import { visit } from './harness';

test.each(['en/network/', 'ko/attention/', 'en/cost/', 'ko/glossary/', 'ko/'])('%s asks for nothing from elsewhere', (path) =>
  visit(path, {}, async ({ page }) => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.reload();
    await page.waitForLoadState('networkidle');
    expect(asked.length).toBeGreaterThan(5);
    const { origin } = new URL(page.url());
    expect(asked.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== origin)).toEqual([]);
  }));

test('after the first visit every page opens and trains without a network', async () => {
  const asked: string[] = [];
  const server = await serve(dist, { prefix: '/some/sub/path/', headers: { 'Content-Security-Policy': csp }, onRequest: (name: string) => asked.push(name) });
  // Fonts for letters that were never drawn with a network are not there without one.
  await visit('en/network/', { site: server.url, serviceWorkers: 'allow', provokes: /PretendardVariable\S*\.woff2/ }, async ({ page }) => {
    await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state), { timeout: 60_000 }).toBe('activated');
    // What is large and optional was not fetched for it.
    expect(asked.filter((name) => /digits\.bin|^playgrad\/|^stills\//.test(name))).toEqual([]);
    expect(asked.filter((name) => /Pretendard.*woff2/.test(name)).length).toBeLessThan(10); // the language switch is in Hangul
    expect(asked.length).toBeGreaterThan(60);
    await server.close();
    const trains = () => expect.poll(() => page.evaluate(() => {
      const transport = document.querySelector('pg-lab')!.shadowRoot!.querySelector('pg-transport') as unknown as { status: { step: number } | null } | null;
      return transport?.status?.step ?? 0;
    }), { timeout: 20_000 }).toBeGreaterThan(10);
    await page.goto(`${server.url}en/network/?v=1&task=xor&hidden=4`);
    await trains();
    expect(page.url()).toContain('task=xor');
    await page.goto(`${server.url}ko/glossary/`);
    expect(await page.locator('h1').first().innerText()).not.toBe('');
    await page.goto(`${server.url}en/attention/?v=1&task=reverse`);
    await page.waitForSelector('pg-attention-model');
    await trains();
  });
});

test('it can be installed: name, icon, start', () =>
  visit('en/', {}, async ({ page }) => {
    const address = await page.evaluate(() => document.querySelector<HTMLLinkElement>('link[rel=manifest]')!.href);
    const manifest = await page.evaluate(async (url) => (await fetch(url)).json(), address);
    expect(manifest).toMatchObject({ name: 'Playgrad', display: 'standalone', start_url: './' });
    const session = await page.context().newCDPSession(page);
    const { errors } = await session.send('Page.getAppManifest');
    expect(errors).toEqual([]);
  }));
