// The glossary is whole: no hyperparameter without its texts, its picture and its names elsewhere, and nothing left over.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { schema } from '#schema';
import { checkGlossary, glossaryParts } from '../../../.tools/glossary.mjs';
import { showOf } from '../../../.tools/show.mjs';
import { findText, glossaryKeysOf, languages, textsOf } from '../../../.tools/texts.mjs';

const labs = Object.keys(schema.labs);
const parts = await glossaryParts();
const english = textsOf('en', labs);
const rows: { id: string; key: string; labs: { lab: string; def: { when?: string } }[] }[] = parts.hyperparameters(schema, (lab: string, key: string) => findText(english, lab, key));

test('every hyperparameter has its words beside the picture, in every language', () => {
  for (const language of languages) {
    const texts = textsOf(language, labs);
    for (const lab of labs) {
      for (const key of glossaryKeysOf((schema.labs as Record<string, unknown>)[lab])) {
        const text = findText(texts, lab, key);
        expect(text, `${language}, ${lab}: ${key}`).toMatch(/.{5,}/);
        if (language === 'ko') expect(text, `${lab}: ${key}`).toMatch(/[가-힣]/);
      }
    }
  }
});

test('every hyperparameter has a picture and its names in PyTorch and Keras; none is named twice or in vain', () => {
  expect(rows.map(({ id }) => id)).toEqual([...new Set(rows.map(({ id }) => id))]);
  expect(checkGlossary(schema, rows, parts.entries)).toEqual([]);
});

test('what lacks is named', () => {
  const { lr, momentum, ...rest } = parts.entries;
  const problems: string[] = checkGlossary(schema, rows, { ...rest, momentum: { ...momentum, keras: undefined }, gone: { torch: null, keras: null } });
  expect(problems).toHaveLength(3);
  for (const [i, id] of ['lr', 'momentum', 'gone'].entries()) expect(problems[i]).toContain(id);
});

describe.each(languages as string[])('%s', (language) => {
  const html = readFileSync(`dist/${language}/glossary/index.html`, 'utf8');
  const article = (id: string) => html.match(new RegExp(`<article id="${id}"[^]*?</article>`))?.[0] ?? '';

  test('each hyperparameter of each lab once, with a drawn picture that says what it shows', () => {
    const found = [...html.matchAll(/<article id="([\w-]+)" data-labs="([\w -]+)"/g)].map(([, id, having]) => `${id}: ${having}`).sort();
    expect(found).toEqual(rows.map((row) => `${row.id}: ${row.labs.map(({ lab }) => lab).join(' ')}`).sort());
    for (const { id } of rows) {
      expect(article(id), id).toMatch(/<svg [^>]*role="img"[^>]*><title id="[^"]+">[^<]{5,}<\/title><desc id="[^"]+">[^<]{3,}<\/desc>/);
      expect(article(id).match(/<li class="r\d">/g)!.length, id).toBeGreaterThanOrEqual(2);
      expect(article(id), id).not.toMatch(/NaN|undefined|Infinity|glossary\./);
    }
  });

  test('“show me” opens the lab with the middle setting and the tool that runs all three', () => {
    expect(article('lr')).toContain(`href="../../${language}/network/?v=1&amp;task=circle&amp;hidden=8#tool-runs:show.lr"`);
    expect(article('lr')).toContain('#tool-runs:show.lr"');
    expect(article('momentum').match(/#tool-runs:show\.momentum"/g)).toHaveLength(rows.find(({ id }) => id === 'momentum')!.labs.filter(({ lab }) => showOf(lab)['momentum']).length);
    expect(article('sentence')).not.toContain('#tool-runs');
    for (const { id } of rows) expect(article(id), id).toContain('class="show"');
    expect(article('units')).toContain(`href="../../${language}/attention/?v=1&amp;sentence=The+cat+sat.&amp;units=character"`);
  });

  test('names, ranges and conditions are those of the table', () => {
    expect(article('lr')).toContain('torch.<wbr>optim.<wbr>SGD(<wbr>lr)');
    expect(article('beta1')).toContain('Adam, AdamW');
    expect(article('seed')).toContain('<code>seed=</code>');
  });
});

test('entries.json holds no list that the tables hold', () => {
  for (const entry of Object.values<Record<string, unknown>>(parts.entries)) expect(['section', 'torch', 'keras']).toEqual(expect.arrayContaining(Object.keys(entry)));
});
