// House rule R2: the engine's tables are the only list, and every text they call for exists in every language.
import { expect, test } from 'vitest';
import { schema as generated } from '#schema';
import { readSchema, schemaTypes } from '../../../.tools/schema.mjs';
import { checkTexts, findText, keysOf, languages, textsOf } from '../../../.tools/texts.mjs';
import { loadEngine } from '../../../.tools/wasm.mjs';

const schema = readSchema();
const altered = (change: (copy: typeof schema) => void) => {
  const copy = structuredClone(schema);
  change(copy);
  return copy;
};

test('the generated files are what the engine says', async () => {
  const engine = await loadEngine();
  expect(JSON.parse(engine.schema())).toEqual(schema);
  expect(generated.labs).toEqual(schema.labs);
});

test('every text of the tables exists in every language, and none is left over', () => {
  expect(checkTexts(schema)).toEqual([]);
});

test('a parameter without texts is named, in both languages', () => {
  const problems = checkTexts(altered((copy) => copy.labs.network.params.push({ key: 'brand_new', kind: 'choice', choices: ['a'], default: 'a' })));
  for (const language of languages) {
    for (const key of ['label', 'help', 'choices.a']) {
      expect(problems).toContainEqual(expect.stringContaining(`missing in ${language}: params.brand_new.${key}`));
    }
  }
  expect(problems).toHaveLength(2 * 3);
});

test('a metric without a text is named', () => {
  const problems = checkTexts(altered((copy) => copy.labs.attention.metrics.push('brand.new')));
  expect(problems).toEqual(languages.map((language) => expect.stringContaining(`missing in ${language}: metrics.brand.new`)));
});

test('texts of a row that is gone are named', () => {
  const gone = schema.labs.network.params.findIndex((param: { key: string }) => param.key === 'features');
  const problems = checkTexts(altered((copy) => copy.labs.network.params.splice(gone, 1)));
  expect(problems.length).toBeGreaterThan(0);
  for (const problem of problems) expect(problem).toMatch(/^unused in .*: (params|glossary)\.features\./);
});

test('every text differs from its key, and Korean texts are Korean', () => {
  const labs = Object.keys(schema.labs);
  const texts = textsOf('ko', labs);
  for (const lab of labs) {
    for (const key of keysOf(schema.labs[lab])) {
      const text = findText(texts, lab, key);
      if (key.endsWith('.help')) expect(text, `${lab}: ${key}`).toMatch(/[가-힣]/);
    }
  }
});

test('TypeScript knows every parameter, its type and its choices', () => {
  const source = schemaTypes({
    version: 1,
    labs: {
      network: {
        params: [
          { key: 'rate', kind: 'real', default: 1, min: 0, max: 2, unit: 'm', apply: 'live', group: 'training' },
          { key: 'kind', kind: 'choice', default: 'a', choices: ['a', "b's"], apply: 'rebuild', group: 'model' },
          { key: 'parts', kind: 'choices', default: ['a'], choices: ['a', 'b'], apply: 'rebuild', group: 'model' },
          { key: 'each', kind: 'names', default: [], choices: ['a', 'b'], max_length: 3, like: 'parts', per: 'sizes', apply: 'rebuild', group: 'model' },
          { key: 'sizes', kind: 'integers', default: [8], min: 1, max: 9, max_length: 3, apply: 'rebuild', group: 'model' },
          { key: 'on', kind: 'boolean', default: true, apply: 'live', group: 'model', when: 'kind=a' },
        ],
        metrics: ['train.loss', 'test.loss'],
      },
    },
  });
  for (const line of ['rate: number;', "kind: 'a' | 'b\\'s';", "parts: ('a' | 'b')[];", "each: ('' | 'a' | 'b')[];", 'sizes: number[];', 'on: boolean;']) {
    expect(source).toContain(`  ${line}`);
  }
  expect(source).toContain('0 to 2 m; default 1; acts at once.');
  expect(source).toContain('only when kind=a.');
  expect(source).toContain("export type NetworkMetric = 'train.loss' | 'test.loss';");
  expect(() => schemaTypes({ version: 1, labs: { x: { params: [{ key: 'k', kind: 'odd' }], metrics: [] } } })).toThrow('unknown kind "odd"');
});

test('no list of a table is kept a second time in the page', () => {
  // Three or more values of one choice, in order and in one literal list, are a copy that would drift.
  const copies: string[] = [];
  const sources = Object.entries(import.meta.glob<string>('../../../web/**/*.ts', { query: '?raw', import: 'default', eager: true }));
  expect(sources.length).toBeGreaterThan(10);
  for (const [lab, { params }] of Object.entries<{ params: { key: string; choices?: string[] }[] }>(schema.labs)) {
    for (const { key, choices = [] } of params) {
      if (choices.length < 3) continue;
      const list = new RegExp(`\\[\\s*${choices.map((choice) => `['"]${choice}['"]`).join('\\s*,\\s*')}`);
      for (const [path, source] of sources) if (list.test(source)) copies.push(`${path}: choices of ${lab}.${key}`);
    }
  }
  expect(copies).toEqual([]);
});
