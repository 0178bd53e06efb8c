// npm run bench -- --cost [--rounds 20] [--quick] [--no-build]: how cost grows, measured by the site's own page in Chromium, for the charts
// that it shows at first and the numbers in its text. The machine should do nothing else meanwhile; a minute and the build.
import { cpus } from 'node:os';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { at, say, step } from '../../.tools/lib.mjs';

const path = at('web/site/cost/figures.json');

/** Bytes of the first processor's data caches, where Linux tells them. */
function caches() {
  const found = {};
  for (let i = 0; ; i++) {
    const folder = `/sys/devices/system/cpu/cpu0/cache/index${i}`;
    if (!existsSync(folder)) return found;
    const read = (name) => readFileSync(`${folder}/${name}`, 'utf8').trim();
    if (read('type') !== 'Instruction') found[`L${read('level')}`] = Number.parseInt(read('size'), 10) * 1024;
  }
}

const digits = (value, n) => Number(value.toPrecision(n));

/** @param {{ quick: boolean, rounds: number, 'no-build': boolean }} options */
export async function measureCost({ quick, rounds, 'no-build': asItIs }) {
  const { setup, chromium } = await import('../../.tools/setup.mjs');
  const { pageModule } = await import('../../.tools/page-modules.mjs');
  const { serve } = await import('../../.tools/serve.mjs');
  const { chromium: driver } = await import('playwright-core');
  if (!asItIs) {
    await setup({ tests: true });
    // A draft: the text may call for numbers that only this measurement brings.
    await (await import('../../.tools/build.mjs')).build({ draft: true });
  }
  const { chromiumFlags } = await pageModule('tests/e2e/config.ts');
  const { sweepIds } = await pageModule('web/workbench/cost/sweeps.ts');
  const { factsOf } = await pageModule('web/site/cost/facts.ts');
  const plan = quick ? { sweeps: sweepIds, rounds: 2, budget_ms: 10 } : { sweeps: sweepIds, rounds, budget_ms: 60 };
  step(`Measuring, ${plan.rounds} rounds`);
  const server = await serve(at('dist'));
  const browser = await driver.launch({ executablePath: chromium() ?? undefined, headless: true, args: chromiumFlags });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}en/cost/`);
    await page.waitForFunction(() => document.querySelector('pg-cost')?.measure);
    const { state, reason, points } = await page.evaluate((plan) => document.querySelector('pg-cost').measure(plan), plan);
    if (state !== 'done') throw new Error(`${state} ${reason}`);
    const figures = {
      date: new Date().toISOString().slice(0, 10), chromium: browser.version(), cores: cpus().length, caches: caches(), rounds: plan.rounds,
      points: Object.fromEntries(sweepIds.map((id) => [id, points[id].map((p) => ({ ...p, seconds: digits(p.seconds, 4), spread: digits(p.spread, 3) }))])),
    };
    // A point a line: a new measurement reads well as a change.
    const text = JSON.stringify(figures, null, 1).replace(/\{\s+("size"[^}]*?)\s+\}/g, (_, inner) => `{ ${inner.replace(/\s+/g, ' ')} }`);
    writeFileSync(path, `${text}\n`);
    for (const id of sweepIds) {
      say(id);
      for (const p of figures.points[id]) say(`  ${String(p.size).padStart(5)} ${(p.seconds * 1e6).toFixed(1).padStart(10)} µs  spread ${p.spread.toFixed(2)}  ${((p.seconds * 1e12) / (1.5 * p.flops)).toFixed(0).padStart(6)} ps/multiply-add  ${(p.bytes / 1e3).toFixed(0).padStart(7)} KB`);
    }
    say(`${JSON.stringify(factsOf(figures), null, 1)}\n\nWritten: ${path}\nnpm run build takes it into the site.`);
  } finally {
    await browser.close();
    await server.close();
  }
}
