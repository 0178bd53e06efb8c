// Everything that an explanation offers to press does on the stage what it says: the settings are taken as they stand, and what
// trains begins. Whether it then reaches what the sentence claims is held in tests/web/claims.test.ts.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Params } from '../../web/engine/protocol';
import { schema } from '#schema';
import { decodeParams } from '../../web/site/state/url';
import type { EngineSchema } from '../../web/engine/protocol';
import { visit } from './harness';

interface Inside {
  run: { state: { params: Params }; snapshot: { status: { step: number; trainable: boolean; state: string } } | null; error: unknown; pause(): Promise<void> };
  spec: { params: Params };
  corrections: string[];
}

const defaultsOf = (lab: string): Params => Object.fromEntries((schema as EngineSchema).labs[lab]!.params.map((def) => [def.key, def.default]));

test.each(Object.keys(schema.labs).flatMap((lab) => ['en', 'ko'].map((lang) => [lab, lang] as const)))('%s, %s', { timeout: 300_000 }, (lab, lang) =>
  visit(`${lang}/${lab}/?v=1`, { reducedMotion: 'reduce' }, async ({ page }) => {
    const presets = JSON.parse(readFileSync(new URL(`../../web/labs/${lab}/presets.json`, import.meta.url), 'utf8')) as Record<string, { params: Params }>;
    await expect.poll(() => page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside)?.run?.snapshot?.status.step ?? -1), { timeout: 30_000 }).toBeGreaterThanOrEqual(0);
    const links = page.locator('.prose a[data-act^="try:"], .prose a[data-act^="preset:"]');
    const acts = await links.evaluateAll((all) => all.map((link) => (link as HTMLElement).dataset['act']!));
    expect(acts.length).toBeGreaterThan(10);
    const done = new Set<string>();
    for (const [i, act] of acts.entries()) {
      if (done.has(act)) continue;
      done.add(act);
      const rest = act.slice(act.indexOf(':') + 1), before = await page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).spec.params);
      const wanted = act.startsWith('preset:')
        ? { ...defaultsOf(lab), ...presets[rest]!.params }
        : { ...before, ...decodeParams(rest.replace(/&run$/, ''), (schema as EngineSchema).labs[lab]!).params };
      await links.nth(i).click();
      const now = () => page.evaluate(() => {
        const { run, spec, corrections } = document.querySelector('pg-lab') as unknown as Inside;
        return { spec: spec.params, engine: run.state.params, corrections, error: run.error };
      });
      await expect.poll(async () => (await now()).engine, { timeout: 20_000, message: act }).toEqual(wanted);
      expect(await now(), act).toEqual({ spec: wanted, engine: wanted, corrections: [], error: null });
      if (!act.startsWith('preset:')) continue;
      const status = () => page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.snapshot!.status);
      if ((await status()).trainable) await expect.poll(async () => (await status()).step, { timeout: 20_000, message: act }).toBeGreaterThan(0);
      await page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.pause());
    }
    console.log(`${lab}, ${lang}: ${done.size} of ${acts.length} links differ, and each was pressed`);
  }));
