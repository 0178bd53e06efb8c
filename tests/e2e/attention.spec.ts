// The attention lab in the built site: the four steps on a sentence, the tasks it is trained on, and what a reader can type.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe, visit } from './harness';

const presets = JSON.parse(readFileSync(new URL('../../web/labs/attention/presets.json', import.meta.url), 'utf8')) as Record<
  string, { params: Record<string, string | number | boolean> }
>;
const address = (params: Record<string, string | number | boolean>, lang = 'en') => {
  const query = new URLSearchParams({ v: '1' });
  for (const [key, value] of Object.entries(params)) query.set(key, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  return `${lang}/attention/?${query}`;
};
/** As many tokens as the lab takes, none like another. */
const SIXTY_FOUR = Array.from({ length: 64 }, (_, i) => `w${i}`).join(' ');

const picture = (page: Page, stage: string) => page.locator(`pg-attention-model pg-attention-matrix[data-stage=${stage}] .picture`);
const tokens = (page: Page) => page.locator('pg-attention-tokens [role=radio]');
/** The numbers behind a picture of the board. */
const matrixOf = (page: Page, stage: string) =>
  page.locator(`pg-attention-model pg-attention-matrix[data-stage=${stage}]`).evaluate((element) => {
    const { data, offset, rows, cols } = (element as unknown as { matrix: { data: ArrayLike<number>; offset: number; rows: number; cols: number } }).matrix;
    return { rows, cols, values: Array.from({ length: rows * cols }, (_, i) => data[offset + i]!) };
  });

describe('a sentence', () => {
  test('every step has its picture, and the matrices are what the engine computed', () => visit('en/attention/', {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    const n = await tokens(page).count();
    expect(n).toBeGreaterThan(5);
    for (const stage of ['x', 'q', 'k', 'v', 'scores', 'scaled', 'weights', 'heads', 'out']) expect((await matrixOf(page, stage)).rows, stage).toBe(n);
    const [q, k, scores, weights] = await Promise.all(['q', 'k', 'scores', 'weights'].map((stage) => matrixOf(page, stage)));
    for (let i = 0; i < n; i++) {
      const row = weights!.values.slice(i * n, i * n + n);
      expect(row.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 5);
      for (let j = 0; j < n; j++) {
        let dot = 0;
        for (let m = 0; m < q!.cols; m++) dot += q!.values[i * q!.cols + m]! * k!.values[j * k!.cols + m]!;
        expect(scores!.values[i * n + j]).toBeCloseTo(dot, 4);
      }
    }
  }));

  test('following a token marks its row everywhere and tells its weights', () => visit('en/attention/', {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    await tokens(page).nth(2).click();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => tokens(page).nth(3).getAttribute('aria-checked')).toBe('true');
    expect(await tokens(page).nth(3).evaluate((chip) => chip.getRootNode() instanceof ShadowRoot && (chip.getRootNode() as ShadowRoot).activeElement === chip)).toBe(true);
    const marks = page.locator('pg-attention-model section pg-attention-matrix');
    for (const row of await marks.evaluateAll((all) => all.map((element) => (element as unknown as { followRow: number }).followRow))) expect(row).toBe(3);
    const weights = await matrixOf(page, 'weights');
    const told = await tokens(page).first().getAttribute('aria-label');
    const value = weights.values[3 * weights.cols]!;
    expect(told).toContain(String(Number(value.toPrecision(3))));
    expect(await page.locator('pg-attention-tokens svg path').count()).toBeGreaterThan(0);
  }));

  test('a cell opens to a sum that is the engine’s value', () => visit('en/attention/', {}, async ({ page }) => {
    const scores = picture(page, 'scores');
    await scores.waitFor();
    const { cols, values } = await matrixOf(page, 'scores');
    await scores.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    const at = await page.locator('pg-attention-matrix[data-stage=scores]').evaluate((element) => (element as unknown as { at: { row: number; col: number } }).at);
    expect(at.col).toBe(1);
    const value = values[at.row * cols + at.col]!;
    await page.keyboard.press('Enter');
    const card = page.locator('pg-inspector[pinned]');
    await card.waitFor();
    const shown = await card.evaluate(async (element) => {
      const inspector = element as unknown as { explanation: { kind: string; result: number; terms: { a: number; b: number }[] } | null };
      while (!inspector.explanation) await new Promise(requestAnimationFrame);
      return { ...inspector.explanation, text: element.shadowRoot!.textContent ?? '' };
    });
    expect(shown.kind).toBe('dot');
    expect(shown.result).toBeCloseTo(value, 5);
    expect(shown.terms.reduce((sum, { a, b }) => sum + a * b, 0)).toBeCloseTo(shown.result, 4);
    // It is named by its tokens, not by the engine's indices alone.
    const names = await tokens(page).allInnerTexts();
    expect(shown.text).toContain(names[at.row]!);
    expect(shown.text).toContain(names[1]!);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('pg-inspector[shown]').count()).toBe(0);
  }));

  test('the causal mask empties the upper triangle', () => visit('en/attention/?v=1&causal=1', {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    const { rows, cols, values } = await matrixOf(page, 'weights');
    for (let i = 0; i < rows; i++) for (let j = i + 1; j < cols; j++) expect(values[i * cols + j]).toBe(0);
    const scaled = await matrixOf(page, 'scaled');
    expect(scaled.values[1]).toBe(-Infinity);
  }));

  test('a slider shows its change within 50 ms, with 64 tokens', () => visit(address({ sentence: SIXTY_FOUR }), {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    expect(await tokens(page).count()).toBe(64);
    const times = await page.getByRole('slider', { name: 'Temperature' }).evaluate(async (slider) => {
      const deep = (root: ParentNode, selector: string): Element | null => {
        for (const element of root.querySelectorAll('*')) {
          if (element.matches(selector)) return element;
          const found = element.shadowRoot && deep(element.shadowRoot, selector);
          if (found) return found;
        }
        return null;
      };
      const matrix = deep(document, 'pg-attention-model')!.shadowRoot!.querySelector('pg-attention-matrix[data-stage=weights]')!;
      const canvas = matrix.shadowRoot!.querySelector('canvas')!;
      // A few pixels tell one picture from another; reading all of them would be measured too.
      const sample = () => canvas.getContext('2d')!.getImageData(0, Math.floor(canvas.height / 2), canvas.width, 1).data.join();
      const input = slider as HTMLInputElement;
      const times: number[] = [];
      // On a busy machine it takes more tries to see one that nothing else delayed.
      for (let i = 0; i < 21 || (i < 105 && Math.min(...times) >= 50); i++) {
        await new Promise((done) => setTimeout(done, 60));
        const before = sample(), begin = performance.now();
        input.value = String(i % 2 ? 0.35 : 0.65);
        input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
        while (sample() === before) await new Promise(requestAnimationFrame);
        times.push(performance.now() - begin);
      }
      return times.sort((a, b) => a - b);
    });
    console.log(`slider to picture, 64 tokens: fastest ${times[0]!.toFixed(1)} ms, lower quartile ${times[times.length >> 2]!.toFixed(1)} ms, median ${times[times.length >> 1]!.toFixed(1)} ms, slowest ${times.at(-1)!.toFixed(1)} ms`);
    // The fastest tells what the page needs; the others also tell what else the machine was doing.
    expect(times[0]).toBeLessThan(50);
  }));

  test('what is over 64 tokens is left out and said', () => visit(address({ sentence: `${SIXTY_FOUR} here it ends` }), {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    expect(await tokens(page).count()).toBe(64);
    const said = page.locator('pg-attention-model .cut');
    expect(await said.innerText()).toContain('64');
    expect(await said.innerText()).toContain('here it ends');
  }));

  test('an example sentence takes the place of the reader’s', () => visit('ko/attention/', {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    const chip = page.locator('pg-attention-model .chip').first();
    const sentence = await chip.textContent();
    await chip.click();
    await expect.poll(() => page.locator('pg-attention-sentence textarea').inputValue()).toBe(sentence);
    await expect.poll(() => tokens(page).first().innerText()).toBe(sentence!.split(' ')[0]);
    await expect.poll(() => new URL(page.url()).searchParams.get('sentence')).toBe(sentence);
  }));

  test('the four steps can be played', () => visit('en/attention/', {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    await page.getByRole('button', { name: 'Play the four steps' }).click();
    const order: string[] = [];
    const now = () => page.locator('pg-attention-model section.on').getAttribute('data-part');
    await expect.poll(async () => {
      const step = (await now())!;
      if (order.at(-1) !== step) order.push(step);
      return order.join(' ');
    }, { timeout: 20_000, interval: 50 }).toMatch(/qkv scores softmax output$/);
    await page.getByRole('button', { name: 'Play the four steps' }).waitFor({ timeout: 10_000 });
  }));
});

describe('whatever is typed', () => {
  const hostile: [string, string][] = [
    ['markup', '<img src=x onerror="window.hacked = 1"> <script>window.hacked = 2</script> </style><svg onload=window.hacked=3>'],
    ['right to left', 'שלום עולם \u202Eכל הכבוד\u202C مرحبا بالعالم'],
    ['emoji', '👩‍👩‍👧‍👦👍🏽🇰🇷 ❤️‍🔥 \u{E0001} é ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢'],
    ['only blanks', ' \t\n '],
    ['control characters', 'a\u0000b\u0007 c\uFEFFd \uFFFE'],
    ['one endless word', 'x'.repeat(900)],
    ['braces and dollars', '{token} $&nbsp; ${1+1} \\htmlClass{a}{b} %s'],
  ];
  test.each(hostile)('%s is text and nothing else', (_name, text) => visit('en/attention/', {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    const field = page.locator('pg-attention-sentence textarea');
    await field.fill(text);
    await field.press('Enter');
    await page.waitForTimeout(400);
    for (let i = 0; i < Math.min(3, await tokens(page).count()); i++) await tokens(page).nth(i).click();
    await picture(page, 'weights').click({ position: { x: 4, y: 4 } });
    await page.locator('pg-inspector[pinned]').waitFor();
    expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
    expect(await page.locator('pg-attention-model img, pg-attention-model script, pg-attention-results img, pg-inspector img').count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440);
    const n = await tokens(page).count();
    expect(n).toBeGreaterThan(0);
    expect(n).toBeLessThanOrEqual(64);
    expect((await matrixOf(page, 'weights')).rows).toBe(n);
  }));

  test('10 KB in the address or the field', () => visit(address({ sentence: 'long '.repeat(2000) }), {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    const field = page.locator('pg-attention-sentence textarea');
    await field.fill('many words '.repeat(950));
    await field.press('Enter');
    await expect.poll(() => tokens(page).count()).toBe(64);
    expect((await field.inputValue()).length).toBeLessThanOrEqual(10_450);
  }));
});

describe('training', () => {
  test('look-up is learned by attention and not by its twin', { timeout: 240_000 }, () => visit(address(presets['lookup']!.params), {}, async ({ page, staysFree }) => {
    await picture(page, 'weights').waitFor();
    await page.waitForTimeout(1500); // formulas are loaded and set
    const numbers = () => page.locator('pg-attention-results .number').evaluateAll((all) => all.map((element) => Number((element as HTMLElement).title)));
    let last: number[] = [];
    await staysFree(() => expect.poll(async () => {
      last = await numbers();
      return last[0]! >= 0.99 && last[2]! >= 0.9;
    }, { timeout: 200_000, interval: 250 }).toBe(true));
    console.log(`look-up: accuracy ${last[0]}, twin ${last[1]}, weight on the right key ${last[2]}`);
    expect(last[1]).toBeLessThan(0.3);
    // The right key is ringed where the weight is.
    const { values, cols } = await matrixOf(page, 'weights');
    const rings = await page.locator('pg-attention-matrix[data-stage=weights]').evaluate((element) => (element as unknown as { rings: { row: number; col: number }[] }).rings);
    expect(rings.length).toBeGreaterThan(0);
    const mean = rings.reduce((sum, { row, col }) => sum + values[row * cols + col]!, 0) / rings.length;
    expect(mean).toBeGreaterThan(0.6);
    expect(await page.locator('pg-attention-tokens .yes').count()).toBe(rings.length);
  }));

  test('the next example is another one, and every head has its picture', () => visit(address({ task: 'reverse', nhead: 4, num_layers: 2 }), {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    expect(await page.locator('pg-heads [role=radio]').count()).toBe(8);
    const example = async () => (await tokens(page).allInnerTexts()).join(' ');
    const before = await example();
    await page.getByRole('button', { name: /Next example/ }).click();
    await expect.poll(example).not.toBe(before);
    await page.locator('pg-heads [role=radio]').nth(6).click();
    await expect.poll(() => page.locator('pg-heads [aria-checked=true]').getAttribute('aria-label')).toMatch(/Layer 2.*Head 3/);
  }));
});

describe('room', () => {
  test.each([
    ['sentence', {}], ['64 tokens', { sentence: SIXTY_FOUR, nhead: 8 }], ['look-up', { task: 'lookup' }], ['two layers', { task: 'brackets', num_layers: 2, nhead: 8, d_model: 64 }],
  ] as [string, Record<string, string | number>][])('the stage needs no scrolling at 1440 × 900: %s', (_name, params) => visit(address(params), {}, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    await page.waitForTimeout(1000);
    const over = () => page.locator('pg-attention-model').evaluate((element) => {
      const column = element.parentElement!;
      return [column.scrollHeight - column.clientHeight, column.scrollWidth - column.clientWidth];
    });
    for (const step of ['qkv', 'scores', 'softmax', 'output']) {
      await page.locator(`pg-attention-model section[data-part=${step}] h3 button`).click();
      await page.waitForTimeout(120);
      expect(await over(), step).toEqual([0, 0]);
    }
  }));

  test.each([['ko', 360], ['en', 320], ['ko', 390]] as [string, number][])('one step at a time in %s at %d px', (lang, width) =>
    visit(`${lang}/attention/`, { viewport: { width, height: 800 }, hasTouch: true, isMobile: true }, async ({ page }) => {
      await picture(page, 'weights').waitFor();
      const steps = page.locator('pg-attention-model pg-tabs [role=tab]');
      expect(await steps.count()).toBe(4);
      for (const [i, part] of ['qkv', 'scores', 'softmax', 'output'].entries()) {
        await steps.nth(i).click();
        await page.locator(`pg-attention-model section[data-part=${part}] canvas`).first().waitFor();
        expect(await page.locator('pg-attention-model section').count()).toBe(1);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
      // Swiping goes from step to step.
      await steps.nth(0).click();
      const board = page.locator('pg-attention-model .board');
      const box = (await board.boundingBox())!;
      const finger = { pointerType: 'touch', bubbles: true, composed: true, clientY: box.y + 20, isPrimary: true, pointerId: 9 };
      await board.dispatchEvent('pointerdown', { ...finger, clientX: box.x + 200 });
      await board.dispatchEvent('pointerup', { ...finger, clientX: box.x + 90 });
      await page.locator('pg-attention-model section[data-part=scores]').waitFor();
    }));
});

test.each(['light', 'dark'] as const)('pictures follow the theme: %s', (scheme) => visit('en/attention/', { colorScheme: scheme }, async ({ page }) => {
  await picture(page, 'weights').waitFor();
  const pixels = () => page.locator('pg-attention-matrix[data-stage=weights] canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  await expect.poll(pixels).not.toBe('');
  const before = await pixels();
  await page.emulateMedia({ colorScheme: scheme === 'light' ? 'dark' : 'light' });
  await expect.poll(pixels).not.toBe(before);
}));

test.each(['en', 'ko'])('every word of the lab is there, in %s', (lang) => visit(`${lang}/attention/?v=1&task=brackets&num_layers=2`, {}, async ({ page }) => {
  await picture(page, 'weights').waitFor();
  const texts = await page.evaluate(() => {
    const found: string[] = [];
    const walk = (root: ParentNode) => {
      for (const element of root.querySelectorAll('*')) {
        for (const name of ['aria-label', 'title']) found.push(element.getAttribute(name) ?? '');
        for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE && element.localName !== 'style') found.push(node.textContent ?? '');
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    walk(document.body);
    return found.filter((text) => /\b(ui|params|metrics|labs|curves|splits)\.\w/.test(text));
  });
  expect(texts).toEqual([]);
}));

test.each(['light', 'dark'] as const)('nothing that axe finds, in %s', (scheme) => visit('en/attention/', { colorScheme: scheme }, async ({ page }) => {
  await picture(page, 'weights').waitFor();
  await page.waitForTimeout(500);
  await page.evaluate(readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(context: object): Promise<{ violations: { id: string; nodes: { target: unknown; html: string }[] }[] }> } };
    const { violations } = await axe.run({ include: [['pg-lab', 'pg-attention-model'], ['pg-lab', 'pg-attention-results']].map((fromShadowDom) => ({ fromShadowDom })) });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(' | ')}`);
  });
  expect(violations).toEqual([]);
}));

describe('the second floor', () => {
  const tab = (page: Page, name: string) => page.locator('pg-attention-results').getByRole('tab', { name, exact: true });

  test('masks act on the sentence: a window leaves a band, padding empties columns, none brings all back', () => visit('en/attention/', { reducedMotion: 'reduce' }, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    const n = await tokens(page).count();
    await tab(page, 'Masks').click();
    const mask = (name: string) => page.locator(`pg-attention-masks button[data-mask=${name}]`);
    await mask('window').click();
    await expect.poll(async () => (await matrixOf(page, 'weights')).values.filter((w) => w > 0).length).toBeLessThan(n * n);
    const band = await matrixOf(page, 'weights');
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) expect(band.values[i * n + j]! > 0).toBe(Math.abs(i - j) <= 2);
    await page.locator('pg-attention-masks').getByText(`${band.values.filter((w) => w > 0).length} of ${n * n} pairs may look.`).waitFor();
    await mask('window').click();
    await mask('padding').click();
    await expect.poll(() => tokens(page).count()).toBe(n + 3);
    await expect.poll(async () => (await matrixOf(page, 'weights')).cols).toBe(n + 3);
    const padded = await matrixOf(page, 'weights');
    for (let i = 0; i < n + 3; i++) for (let j = 0; j < n + 3; j++) expect(padded.values[i * (n + 3) + j]! > 0).toBe(j < n);
    await mask('causal').click();
    await expect.poll(() => mask('causal').getAttribute('aria-pressed')).toBe('true');
    await mask('none').click();
    await expect.poll(() => tokens(page).count()).toBe(n);
    await expect.poll(() => mask('none').getAttribute('aria-pressed')).toBe('true');
  }));

  test('heads are compared beside the run, and stop with a press', () => visit(address({ task: 'reverse', length: 4, d_model: 16 }), { reducedMotion: 'reduce' }, async ({ page }) => {
    await picture(page, 'weights').waitFor();
    await tab(page, 'Heads').click();
    const compared = page.locator('pg-attention-compared');
    await compared.getByRole('button', { name: 'Train them side by side' }).click();
    await expect.poll(() => compared.locator('tbody tr').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset['heads'])), { timeout: 20_000 }).toEqual(['1', '2', '4', '8']);
    await compared.getByRole('button', { name: 'Stop' }).click();
    await compared.getByRole('button', { name: 'Train on' }).waitFor();
    // Other settings, other models.
    await page.getByRole('slider', { name: 'Length' }).press('ArrowRight');
    await expect.poll(() => compared.locator('tbody tr').count()).toBe(0);
  }));

  test('the exponent of a forward pass is measured here, without being in the way, and stands beside what is counted', () => visit('en/attention/', { reducedMotion: 'reduce' }, async ({ page, staysFree }) => {
    await picture(page, 'weights').waitFor();
    await tab(page, 'Recurrence').click();
    const length = page.locator('pg-attention-length');
    const n = await tokens(page).count();
    await length.getByText(`Recurrence: ${n - 1} steps`).waitFor();
    // Counted before anything is measured, exact.
    expect(await length.locator('[data-exact]').innerText()).toBe('T2');
    const exponent = async (id: string) => Number((await length.locator(`[data-exponent=${id}]`).innerText()).slice(1));
    expect(await exponent('attention_forward')).toBeGreaterThan(1.8);
    expect(await exponent('lstm_forward')).toBeCloseTo(1, 1);
    await length.getByRole('button', { name: 'Measure on this device' }).click();
    await staysFree(() => page.waitForTimeout(1500));
    await length.getByRole('button', { name: /^Stop \(/ }).click();
    // From the beginning, and to the end.
    await length.getByRole('button', { name: /^Measure/ }).click();
    await length.getByRole('button', { name: /^Stop \(/ }).waitFor();
    await length.getByRole('button', { name: 'Measure again' }).waitFor({ timeout: 60_000 });
    await length.locator('[data-exponents=time]').waitFor();
    const [attention, lstm] = [await exponent('attention_forward'), await exponent('lstm_forward')];
    console.log(`forward pass: attention T^${attention}, LSTM T^${lstm}`);
    expect(attention).toBeGreaterThan(1.6);
    expect(attention).toBeLessThan(2.4);
    expect(lstm).toBeGreaterThan(0.7);
    expect(lstm).toBeLessThan(1.3);
    await length.getByRole('radio', { name: 'Memory' }).click();
    expect(await exponent('attention_forward')).toBeGreaterThan(1.7);
    expect(await axe(page, { fromShadowDom: ['pg-lab', 'pg-attention-results'] })).toEqual([]);
  }), 120_000);
});
