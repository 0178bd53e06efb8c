// What a reader waits for: the built site, measured from inside a page. Run by run.mjs as the part "page".
import { readFileSync } from 'node:fs';
import { at } from '../../.tools/lib.mjs';

/** The preset that is open while it is measured, and as an address. */
export const PRESET = 'network/spiral';
function address() {
  const [lab, name] = PRESET.split('/');
  const { params } = JSON.parse(readFileSync(at(`web/labs/${lab}/presets.json`), 'utf8'))[name];
  return `en/${lab}/?${['v=1', ...Object.entries(params).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('-') : value}`)].join('&')}`;
}

/** A page of its own in `context`, and what `body` gives. */
async function open(context, url, body) {
  const tab = await context.newPage();
  try {
    await tab.addInitScript(() => {
      const transport = () => document.querySelector('pg-lab')?.shadowRoot?.querySelector('pg-transport');
      window.pgSteps = () => transport()?.status?.step ?? 0;
      const look = () => {
        if (window.pgSteps() > 0) window.pgFirstStep = performance.now();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await tab.goto(url);
    return await body(tab);
  } finally {
    await tab.close();
  }
}

/** From the beginning of the page to the first picture of a training that has begun; all files are in the browser's cache. */
async function load(context, url, repeats) {
  const times = [];
  for (let k = 0; k <= repeats; k++) {
    times.push(await open(context, url, async (tab) => {
      await tab.waitForFunction(() => window.pgFirstStep !== undefined, null, { timeout: 30_000 });
      await tab.waitForTimeout(1500); // V8 keeps what it has compiled for the next visit
      return tab.evaluate(() => window.pgFirstStep);
    }));
  }
  return times.slice(1); // the first one fetched the files
}

/** From a slider's change, which makes new data and a new network, to another picture. */
const slider = (context, url, repeats) => open(context, url, async (tab) => {
  await tab.waitForFunction(() => window.pgFirstStep !== undefined, null, { timeout: 30_000 });
  await tab.waitForTimeout(1000);
  return tab.getByRole('slider', { name: 'Noise' }).evaluate(async (input, repeats) => {
    const canvas = document.querySelector('pg-lab').shadowRoot.querySelector('pg-network-model').shadowRoot.querySelector('pg-network-surface').shadowRoot.querySelector('canvas.points');
    const sample = () => canvas.getContext('2d').getImageData(0, canvas.height >> 2, canvas.width, 40).data.join();
    const times = [];
    for (let k = 0; k < repeats; k++) {
      await new Promise((done) => setTimeout(done, 300));
      const before = sample(), begin = performance.now();
      input.value = String(Number(input.max) * (k % 2 ? 0.2 : 0.6));
      input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
      while (sample() === before && performance.now() - begin < 2000) await new Promise(requestAnimationFrame);
      times.push(performance.now() - begin);
    }
    return times;
  }, repeats);
});

/** Steps per second once the run's pace no longer rises, with everything drawn. */
const pace = (context, url, ms) => open(context, url, async (tab) => {
  await tab.waitForFunction(() => window.pgFirstStep !== undefined, null, { timeout: 30_000 });
  return tab.evaluate(async (ms) => {
    const rate = async (ms) => {
      const begin = performance.now(), from = window.pgSteps();
      await new Promise((done) => setTimeout(done, ms));
      return ((window.pgSteps() - from) * 1000) / (performance.now() - begin);
    };
    let best = 0;
    for (let quiet = 0, k = 0; quiet < 4 && k < 45; k++) {
      const now = await rate(1000);
      quiet = now > 1.1 * best ? 0 : quiet + 1;
      best = Math.max(best, now);
    }
    return rate(ms);
  }, ms);
});

/**
 * @param {(url: string, body: (context: object) => Promise<any>) => Promise<any>} inContext a fresh profile
 * @param {() => Promise<number>} bare steps per second of the same preset without a page round it
 * @param {() => Promise<number>} tierUp ms from W1's first step to full speed in a fresh page
 */
export async function measurePage({ inContext, site, bare, tierUp, quick }) {
  const url = new URL(address(), site).href, repeats = quick ? 3 : 9;
  const full_speed_ms = [];
  for (let k = 0; k < repeats; k++) full_speed_ms.push(await tierUp());
  const load_ms = await inContext((context) => load(context, url, repeats));
  const slider_ms = await inContext((context) => slider(context, url, 2 * repeats));
  const speeds = [];
  for (let k = 0; k < (quick ? 1 : 2); k++) speeds.push({ bare: await bare(), page: await inContext((context) => pace(context, url, 4000)) });
  return { preset: PRESET, full_speed_ms, load_ms, slider_ms, speeds };
}
