// npm run stills [-- <lab> …]: a still picture of each lab (or of these) in each language, web/labs/<id>/still.<lang>.webp, taken of the
// built site.
// Needs Chromium. Run it when a lab looks different, and look at what it wrote.
import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { at, main, say } from './lib.mjs';
import { readSchema } from './schema.mjs';
import { serve } from './serve.mjs';
import { chromium as chromiumPath } from './setup.mjs';
import { languages } from './texts.mjs';

/** As snippets say it (web/embed/snippets.ts). */
const WIDTH = 960, HEIGHT = 560;
/** Long enough for something to be seen, short enough that the last of it is still to come. */
const STEPS = 900;

await main(async () => {
  const wanted = process.argv.slice(2);
  const labs = Object.keys(readSchema().labs).filter((lab) => wanted.length === 0 || wanted.includes(lab));
  const server = await serve(at('dist'));
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu'] });
  try {
    for (const lab of labs) {
      for (const language of languages) {
        const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
        await page.goto(`${server.url}embed/${lab}/?lang=${language}&theme=light&autoplay=off&hide=controls,transport,timeline,coach&bare`);
        await page.evaluate(async (steps) => {
          const stage = document.querySelector('playgrad-lab');
          await stage.ready;
          await stage.step(steps).catch(() => {}); // a lab whose opening trains nothing
        }, STEPS);
        await page.evaluate(() => document.querySelector('playgrad-lab').shadowRoot.querySelector('pg-lab').shadowRoot.querySelectorAll('.readout').forEach((list) => list.remove()));
        await page.waitForTimeout(1500);
        const session = await page.context().newCDPSession(page);
        const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 64 });
        const bytes = Buffer.from(data, 'base64');
        writeFileSync(at(`web/labs/${lab}/still.${language}.webp`), bytes);
        say(`web/labs/${lab}/still.${language}.webp: ${(bytes.length / 1000).toFixed(1)} KB`);
        await page.close();
      }
    }
  } finally {
    await browser.close();
    await server.close();
  }
});
