// What a first visit may cost, counted from what Chromium really asks for.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { schema } from '#schema';
import { serve } from '../../.tools/serve.mjs';
import { csp, dist } from './config';
import { visit } from './harness';
import { host } from './hosts';
import type { PlaygradLab } from '../../web/embed/playgrad-lab';

const KB = 1000;
/** Bytes on the way when the host compresses what it can. */
function transferred(file: string): number {
  const bytes = readFileSync(file);
  return /\.(woff2|png|gz)$/.test(file) ? bytes.length : gzipSync(bytes, { level: 9 }).length;
}
/** Loaded when needed, and not counted: packed pictures and the Korean font. */
const excepted = (path: string) => path.endsWith('.bin.gz') || /\/(PretendardVariable|korean-)/.test(path);

/** Everything that a first visit asks for, in order; and what counts of it, the largest first. */
async function firstVisit(path: string) {
  const asked: string[] = [];
  const server = await serve(dist, { headers: { 'Content-Security-Policy': csp }, onRequest: (name: string) => asked.push(name) });
  try {
    await visit(path, { site: server.url }, async ({ page }) => {
      await page.waitForLoadState('networkidle');
      // The stage is up: what it loads late it has loaded now.
      await page.waitForTimeout(1500);
      await page.waitForLoadState('networkidle');
    });
  } finally {
    await server.close();
  }
  const sizes = [...new Set(asked)].map((name) => {
    const file = join(dist, name.endsWith('/') ? `${name}index.html` : name);
    return { name, bytes: existsSync(file) && statSync(file).isFile() ? transferred(file) : 0 };
  });
  const counted = sizes.filter(({ name }) => !excepted(name)).sort((a, b) => b.bytes - a.bytes);
  const total = counted.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${path}: ${(total / KB).toFixed(1)} KB\n${counted.map(({ name, bytes }) => `  ${(bytes / KB).toFixed(1).padStart(6)}  ${name}`).join('\n')}`);
  return { asked, counted, total };
}

test.each([...Object.keys(schema.labs).flatMap((lab) => [`en/${lab}/`, `ko/${lab}/`]), 'en/'])('%s: the engine takes at most 250 KB, what is beside it at most 250 KB, all of it at most 400 KB', async (path) => {
  const { asked, counted, total } = await firstVisit(path);
  const wasm = counted.filter(({ name }) => name.endsWith('.wasm'));
  expect(wasm).toHaveLength(1);
  expect(wasm[0]!.bytes).toBeGreaterThan(10 * KB);
  expect(wasm[0]!.bytes).toBeLessThanOrEqual(250 * KB);
  expect(total - wasm[0]!.bytes).toBeLessThanOrEqual(250 * KB);
  expect(total).toBeLessThanOrEqual(400 * KB);
  // Each thing is asked for once: a second worker or a preload that misses would show here.
  expect(asked.filter((name) => name.endsWith('.wasm'))).toHaveLength(1);
});

test.each(['en/cost/', 'ko/cost/', 'en/glossary/', 'ko/glossary/'])('%s: at most 100 KB, and the engine only once somebody asks for a number', async (path) => {
  const { asked, total } = await firstVisit(path);
  expect(total).toBeLessThanOrEqual(100 * KB);
  expect(asked.filter((name) => name.endsWith('.wasm'))).toEqual([]);
});

test('embed.js in a page of another origin: at most 300 KB to a network lab that trains', async () => {
  const asked: string[] = [];
  const server = await serve(dist, { onRequest: (name: string) => asked.push(name) });
  const page = await host('budget', server.url, '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><script type="module" src="{{site}}embed.js"></script></head><body><playgrad-lab lab="network" preset="spiral"></playgrad-lab></body></html>');
  try {
    await visit('', { site: page.url }, async ({ page: tab }) => {
      const step = () => tab.evaluate(async () => {
        await customElements.whenDefined('playgrad-lab');
        return (await (document.querySelector('playgrad-lab') as PlaygradLab).metrics()).step;
      });
      await expect.poll(step, { timeout: 20_000 }).toBeGreaterThan(100);
    });
  } finally {
    await page.close();
    await server.close();
  }
  // The picture is what a slow way shows meanwhile; the path does not need it.
  const sizes = [...new Set(asked)].filter((name) => !name.startsWith('stills/')).map((name) => ({ name, bytes: transferred(join(dist, name)) })).sort((a, b) => b.bytes - a.bytes);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`embed.js → network: ${(total / KB).toFixed(1)} KB\n${sizes.map(({ name, bytes }) => `  ${(bytes / KB).toFixed(1).padStart(6)}  ${name}`).join('\n')}`);
  expect(sizes.filter(({ name }) => name.endsWith('.wasm'))).toHaveLength(1);
  expect(total).toBeGreaterThan(100 * KB);
  expect(total).toBeLessThanOrEqual(300 * KB);
  expect(statSync(join(dist, 'embed/resize.js')).size).toBeLessThanOrEqual(1024);
});
