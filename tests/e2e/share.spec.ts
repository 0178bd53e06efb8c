// What one reader shares another opens: the address alone, with what was open, with the weights, or as a file. What is not whole
// changes nothing.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { unpack } from '../../web/workbench/share/pack';
import { axe, visit } from './harness';

interface Inside {
  run: {
    client: { save(): Promise<Uint8Array> };
    snapshot: { status: { step: number }; history: { rows: number; data: Float64Array; names: string[] } };
    pause(): Promise<void>;
    step(n: number): Promise<void>;
    wish: boolean;
  };
  view: { state: { tab: string; tool: { id: string } | null; lab: Record<string, unknown> }; setLab(change: object): void };
  spec: { params: Record<string, unknown> };
}
const still = { reducedMotion: 'reduce' } as const; // nothing runs by itself
const stepOf = (page: Page) => page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside | null)?.run?.snapshot?.status.step ?? -1);
const at = (page: Page, step: number) => expect.poll(() => stepOf(page), { timeout: 30_000 }).toBe(step);

/** Trains so many steps more, at rest before and after; every bit of the state. */
const bits = (page: Page, more: number): Promise<string> =>
  page.evaluate(async (n) => {
    const { run } = document.querySelector('pg-lab') as unknown as Inside;
    await run.pause();
    if (n) await run.step(n);
    return Array.from(await run.client.save(), (b) => b.toString(16).padStart(2, '0')).join('');
  }, more);

const path = (address: string) => address.replace(/^.*?\/(en|ko)\//, '$1/');
const address = (page: Page) => page.getByRole('textbox', { name: /^(Address|주소)$/ });
const weights = (page: Page) => page.getByRole('switch', { name: /^(With the trained weights|학습된 가중치까지)/ });
const linkOf = async (page: Page, what = /state=/): Promise<string> => {
  await expect.poll(() => address(page).inputValue(), { timeout: 10_000 }).toMatch(what);
  return path(await address(page).inputValue());
};

const experiment = 'en/network/?v=1&task=spiral&optimizer=adam&dropout=0.2&batch_norm=1&seed=11';

/** A link with the weights after `steps`, and the bits after 250 steps more. */
async function shared(steps: number): Promise<{ link: string; bits: string }> {
  let link = '', further = '';
  await visit(`${experiment}#tool-share`, still, async ({ page }) => {
    await at(page, 0);
    await page.evaluate((n) => (document.querySelector('pg-lab') as unknown as Inside).run.step(n), steps);
    await at(page, steps);
    await weights(page).click();
    link = await linkOf(page);
    await page.getByText(/^Weights of step 700, /).waitFor();
    further = await bits(page, 250);
  });
  return { link, bits: further };
}

describe('links', () => {
  test('with the weights: it opens at that step, at rest, with its curve, and goes on with the same bits', async () => {
    const { link, bits: wanted } = await shared(700);
    console.log(`link with the weights of the spiral, Adam and batch norm: ${link.length} letters`);
    expect(link.length).toBeLessThan(32_000);
    await visit(link, {}, async ({ page }) => {
      await at(page, 700);
      await page.waitForTimeout(400);
      expect(await stepOf(page)).toBe(700);
      const curve = await page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.snapshot.history);
      expect(curve.rows).toBeGreaterThan(15);
      expect(await bits(page, 250)).toBe(wanted);
      // Another experiment is another address.
      await page.getByRole('radio', { name: 'XOR' }).click();
      await expect.poll(() => page.url()).not.toContain('state=');
    });
  });

  test('adopting weights takes less than a second', async () => {
    const { link } = await shared(700);
    await visit(experiment, still, async ({ page }) => {
      await at(page, 0);
      // The first one loads the code for it; the machine may have other things to do.
      const times = await page.evaluate(async (fragment) => {
        const lab = document.querySelector('pg-lab') as unknown as Inside;
        const out: number[] = [];
        for (let i = 0; i < 5; i++) {
          const begin = performance.now();
          location.hash = `${fragment}&again=${i}`;
          while (lab.run.snapshot.status.step !== 700) await new Promise((go) => setTimeout(go));
          out.push(performance.now() - begin);
          await lab.run.step(10);
          while ((lab.run.snapshot.status.step as number) < 710) await new Promise((go) => setTimeout(go));
        }
        return out;
      }, link.slice(link.indexOf('#')));
      const ms = Math.min(...times);
      console.log(`weights of a link are on the stage after ${times.map((one) => one.toFixed(0)).join(', ')} ms`);
      expect(ms).toBeLessThan(1000);
    });
  });

  test('with what is open: step, tool and choice; copied by one press', async () => {
    let link = '';
    await visit('en/attention/?v=1&task=copy&seed=3#tool-runs:lr', { ...still, permissions: ['clipboard-read', 'clipboard-write'] }, async ({ page }) => {
      await at(page, 0);
      await page.evaluate(async () => {
        const lab = document.querySelector('pg-lab') as unknown as Inside;
        lab.view.setLab({ step: 'output', head: 1, follow: 2 });
        await lab.run.step(12);
      });
      await at(page, 12);
      await page.getByRole('button', { name: 'Share', exact: true }).click();
      await page.getByRole('switch', { name: /^With what is open now/ }).click();
      link = await linkOf(page, /view=/);
      await page.getByRole('button', { name: 'Copy link' }).last().click();
      await page.getByText('The link is copied.').waitFor();
      expect(path(await page.evaluate(() => navigator.clipboard.readText()))).toBe(link);
    });
    await visit(link, {}, async ({ page }) => {
      await at(page, 12);
      await page.getByRole('textbox', { name: 'Values, separated by commas' }).waitFor();
      const { tool, lab } = await page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).view.state);
      expect(tool).toEqual({ id: 'runs', arg: 'lr' });
      expect(lab).toMatchObject({ step: 'output', head: 1, follow: 2 });
    });
  });

  test('weights of another experiment are not in the link, even while it runs', () =>
    visit('en/network/#tool-share', still, async ({ page }) => {
      await at(page, 0);
      await page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).run.step(50));
      await at(page, 50);
      await weights(page).click();
      await page.getByText(/^Weights of step 50, /).waitFor();
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByRole('radio', { name: 'XOR' }).click();
      await expect.poll(() => address(page).inputValue()).toMatch(/task=xor[^#]*$/);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText(/^Weights of step [\d,]+, /).waitFor();
      const link = await linkOf(page);
      expect(link).toContain('task=xor');
    }));

  test('what the clipboard refuses is selected', () =>
    visit('en/network/#tool-share', still, async ({ page }) => {
      await at(page, 0);
      await address(page).waitFor();
      await page.evaluate(() => {
        navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
        document.execCommand = () => false;
      });
      await page.getByRole('button', { name: 'Copy link' }).last().click();
      await page.getByText('The address is selected').waitFor();
      expect(await address(page).evaluate((field: HTMLInputElement) => field.selectionEnd! - field.selectionStart!)).toBe((await address(page).inputValue()).length);
    }));

  test('weights too large for a link are left out, and a file is offered', () =>
    visit('en/network/?v=1&task=digits#tool-share', still, async ({ page }) => {
      await at(page, 0);
      await weights(page).click();
      await page.getByText(/^The link would be \d+ KB long; more than 32 KB/).waitFor({ timeout: 10_000 });
      expect(await address(page).inputValue()).not.toContain('state=');
      expect(await page.getByRole('button', { name: 'Save to a file' }).isEnabled()).toBe(true);
    }));

  describe('that are not whole', () => {
    let link = '';
    const withState = async (change: (state: string) => string): Promise<string> => {
      link ||= (await shared(700)).link;
      return link.replace(/state=[^&]*/, (whole) => `state=${change(whole.slice(6))}`);
    };
    const flip = (state: string) => `${state.slice(0, 900)}${state[900] === 'A' ? 'B' : 'A'}${state.slice(901)}`;
    test.each<[string, (state: string) => string, RegExp]>([
      ['cut short', (s) => s.slice(0, s.length >> 1), /damaged or was cut short/],
      ['changed', flip, /damaged or was cut short/],
      ['not text of 64', () => '%3Cimg%20src=x%20onerror=%22window.hacked=1%22%3E', /not written the way/],
      ['of another version', (s) => `UEdTMg${s.slice(6)}`, /another version/],
      ['absurdly large', (s) => s + 'A'.repeat(200_000), /larger than 64 KB/],
      ['nothing', () => '', /not written the way/],
    ])('%s: said, the settings hold, and training begins as ever', async (_name, change, reason) =>
      visit(await withState(change), {}, async ({ page }) => {
        await page.getByText('The trained weights in this link were not used.').waitFor({ timeout: 20_000 });
        await page.getByText(reason).waitFor();
        await expect.poll(() => stepOf(page)).toBeGreaterThan(0);
        expect(await page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).spec.params)).toMatchObject({ optimizer: 'adam', dropout: 0.2, seed: 11 });
        expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
      }));

    test('weights of other settings and of another lab', async () => {
      const whole = await withState((state) => state);
      await visit(whole.replace('seed=11', 'seed=12'), {}, async ({ page }) => {
        await page.getByText('The weights belong to other settings.').waitFor({ timeout: 20_000 });
        expect(await page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).spec.params['seed'])).toBe(12);
      });
      await visit(whole.replace('network/', 'attention/').replace(/\?[^#]*/, '?v=1&task=copy'), {}, async ({ page }) => {
        await page.getByText(/It belongs to another lab: .*network/i).waitFor({ timeout: 20_000 });
      });
    });

    test('a view that is none of ours changes nothing and runs nothing', () =>
      visit(`en/network/?v=1&lr=0.05#view=${encodeURIComponent('{"tab":"<img>","tool":{"id":"runs","arg":"<img src=x onerror=\'window.hacked=1\'>"},"lab":{"probe":{"x":{"length":2}},"__proto__":{"draw":true}},"step":-5}')}`, {}, async ({ page }) => {
        await page.getByText('What the network answers').waitFor({ timeout: 20_000 });
        expect(await page.locator('pg-workbench').count()).toBe(0);
        expect(await page.evaluate(() => [(window as { hacked?: number }).hacked, ({} as { draw?: boolean }).draw])).toEqual([undefined, undefined]);
        await page.evaluate(() => void (location.hash = '#view=nonsense'));
        await page.getByText('What was open when this link was made could not be read.').waitFor();
      }));
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shared-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let count = 0;
  const save = async (page: Page): Promise<string> => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^(Save to a file|파일로 저장)$/ }).click()]);
    const to = join(folder, `${++count}-${file.suggestedFilename()}`);
    await file.saveAs(to);
    return to;
  };
  // The tool's own field: that of the data stands there until the tool has come.
  const open = (page: Page, file: string) => page.locator('pg-share').getByLabel(/^(Open a file|파일 열기)/).setInputFiles(file);

  test('a run is saved, opened elsewhere with its curve, and goes on with the same bits', async () => {
    let file = '', wanted = '', curve: number[] = [];
    await visit('en/network/?v=1&task=xor&optimizer=adamw&dropout=0.1#tool-share', still, async ({ page }) => {
      await at(page, 0);
      await bits(page, 2000);
      await at(page, 2000);
      file = await save(page);
      expect(file).toMatch(/network-2000\.playgrad$/);
      curve = await page.evaluate(() => [...(document.querySelector('pg-lab') as unknown as Inside).run.snapshot.history.data]);
      wanted = await bits(page, 300);
    });
    console.log(`file of a run of 2,000 steps: ${readFileSync(file).length} bytes`);
    await visit('ko/network/?v=1&task=circle&hidden=5#tool-share', still, async ({ page }) => {
      await at(page, 0);
      await open(page, file);
      await page.getByText('2,000스텝에서 열었습니다.').waitFor();
      await at(page, 2000);
      expect(new URL(page.url()).searchParams.get('task')).toBe('xor');
      expect(await page.evaluate(() => [...(document.querySelector('pg-lab') as unknown as Inside).run.snapshot.history.data])).toEqual(curve);
      expect(await bits(page, 300)).toBe(wanted);
      // The experiment before is one step back, as after every change.
      await page.getByRole('button', { name: '실행 취소' }).click();
      await expect.poll(() => new URL(page.url()).searchParams.get('hidden')).toBe('5');
    });
    // One that is dropped is opened too, and so is one whose page has run on.
    await visit('en/network/#tool-share', {}, async ({ page }) => {
      await expect.poll(() => stepOf(page)).toBeGreaterThan(5);
      const data = await page.evaluateHandle((bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], 'a.playgrad'));
        return transfer;
      }, readFileSync(file).toString('base64'));
      await page.locator('pg-share .place').dispatchEvent('drop', { dataTransfer: data });
      await page.getByText('Opened, at step 2,000.').waitFor();
      await at(page, 2000);
    });
  });

  test('what is no whole run is refused with its reason, and the run on the stage goes on', async () => {
    let whole = Buffer.alloc(0);
    await visit('en/attention/?v=1&task=copy#tool-share', still, async ({ page }) => {
      await at(page, 0);
      whole = readFileSync(await save(page));
    });
    await visit('en/network/?v=1&lr=0.02#tool-share', {}, async ({ page }) => {
      await expect.poll(() => stepOf(page), { timeout: 20_000 }).toBeGreaterThan(5);
      const flipped = Buffer.from(whole);
      flipped[200]! ^= 8;
      const cases: [string, Buffer, RegExp][] = [
        ['other', whole, /It belongs to another lab: /],
        ['cut', whole.subarray(0, 100), /damaged or was cut short/],
        ['flipped', flipped, /damaged or was cut short/],
        ['picture', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=1"/>'), /not a saved run/],
        ['newer', Buffer.from('PGS9 and more'), /another version/],
        ['large', Buffer.alloc(33e6), /larger than 32,000 KB/],
      ];
      for (const [name, bytes, reason] of cases) {
        const file = join(folder, `${name}.playgrad`), before = await stepOf(page);
        writeFileSync(file, bytes);
        await open(page, file);
        await page.getByText(reason).waitFor();
        await expect.poll(() => stepOf(page), { timeout: 10_000 }).toBeGreaterThan(before);
      }
      expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
      expect(new URL(page.url()).searchParams.get('lr')).toBe('0.02');
    });
  });

  test('own data are in a file only by choice, and only the same data take their place', async () => {
    const table = (f: number) => `a,b,kind\n${Array.from({ length: 40 }, (_, i) => `${(i % 2) * f + (i % 7) / 10},${i % 5},${i % 2 ? 'x' : 'y'}`).join('\n')}`;
    const train = async (page: Page, text: string) => {
      await page.getByLabel('Paste a table, or drop a file here').fill(text);
      await page.getByRole('button', { name: 'Read the table' }).click();
      await page.getByRole('button', { name: 'Train on it' }).click();
      await expect.poll(() => stepOf(page), { timeout: 20_000 }).toBeGreaterThan(10);
    };
    let without = '', withData = '';
    await visit('en/network/#tool-data', still, async ({ page }) => {
      await train(page, table(3));
      await page.getByRole('tab', { name: 'Share' }).click();
      await page.getByText('This run learns from your own data').waitFor();
      expect(await weights(page).count()).toBe(0);
      // An example that has been chosen is data too.
      await page.evaluate(() => (document.querySelector('pg-lab') as unknown as Inside).view.setLab({ probe: { x: [123.456, 2], split: 'test', index: 0 } }));
      await page.getByRole('switch', { name: /^With what is open now/ }).click();
      expect(await linkOf(page, /view=/)).not.toContain('123.456');
      without = await save(page);
      await page.getByText('Your data are not in the file.').waitFor();
      expect(await unpack(new Uint8Array(readFileSync(without)), 1e8)).toMatchObject({ own: { bytes: null }, look: { lab: {} } });
      await page.getByRole('switch', { name: /^With my data/ }).click();
      await page.getByText('readable to everybody who gets it').waitFor();
      withData = await save(page);
      expect((await unpack(new Uint8Array(readFileSync(withData)), 1e8)).own!.bytes!.length).toBeGreaterThan(400);
    });
    await visit('en/network/#tool-share', still, async ({ page }) => {
      await at(page, 0);
      await open(page, without);
      await page.getByText('It learned from data that are not in it.').waitFor();
      expect(await stepOf(page)).toBe(0);
      await page.getByRole('tab', { name: 'Own data' }).click();
      await train(page, table(4));
      await page.getByRole('tab', { name: 'Share' }).click();
      await open(page, without);
      await page.getByText('It learned from data that are not in it.').waitFor();
      await open(page, withData);
      await page.getByText(/^Opened, at step /).waitFor();
      // What came with the file is now there for the other one.
      await open(page, without);
      await page.getByText(/^Opened, at step /).waitFor();
    });
  });
});

test.each([['en', 'light', 1440], ['ko', 'dark', 390]] as const)('%s: to be read, reached and used by keyboard (%s, %i px)', (lang, colorScheme, width) =>
  visit(`${lang}/network/#tool-share`, { colorScheme, ...still, viewport: { width, height: 844 } }, async ({ page }) => {
    await at(page, 0);
    await address(page).waitFor();
    const first = page.getByRole('switch', { name: /^(With what is open now|지금 열어 둔 화면 그대로)/ });
    await first.focus();
    await page.keyboard.press('Space');
    await linkOf(page, /view=/);
    await weights(page).focus();
    await page.keyboard.press('Space');
    await linkOf(page);
    expect(await axe(page, { include: [{ fromShadowDom: ['pg-lab', 'pg-workbench'] }] })).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }));
