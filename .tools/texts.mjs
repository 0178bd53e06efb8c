// Every text that the parameter tables call for, in every language: found, and nothing left over.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Stop, at, files, root } from './lib.mjs';

export const languages = ['ko', 'en'];

/** Nested or dotted keys, both as one dotted key. */
export function flatten(value, prefix = '', into = {}) {
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry === 'object' && entry !== null) flatten(entry, `${prefix}${key}.`, into);
    else into[prefix + key] = entry;
  }
  return into;
}

function readTexts(path) {
  if (!existsSync(path)) return {};
  try {
    return flatten(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Stop(`${relative(root, path)}: ${error.message}`);
  }
}

/**
 * Texts of one language: those under web/site/texts/ (`en.json` is shared by the labs, `ui.en.json` and the like belong to
 * the shell; others to a tool of the workbench or to the coach) by the file's path without the language, and each lab's own,
 * with the keys as written in its file.
 */
export function textsOf(language, labs) {
  const site = {};
  for (const path of files('web/site/texts', 'web/workbench', 'web/coach', 'web/embed')) {
    const match = relative(root, path).match(/^(.*[/.])(\w+)\.json$/);
    if (match?.[2] === language) site[match[1]] = readTexts(path);
  }
  return {
    site,
    labs: Object.fromEntries(labs.map((lab) => [lab, readTexts(at(`web/labs/${lab}/${language}.json`))])),
  };
}

/** How a text is found: the lab's own, `labs.<lab>.<key>` of the site's, then the site's `<key>`. */
export function findText(texts, lab, key) {
  const own = lab === undefined ? undefined : texts.labs[lab]?.[key];
  if (own !== undefined) return own;
  const site = Object.values(texts.site);
  const find = (wanted) => site.find((file) => wanted in file)?.[wanted];
  return (lab === undefined ? undefined : find(`labs.${lab}.${key}`)) ?? find(key);
}

/** The keys that a lab's table calls for. */
export function keysOf(labSchema) {
  const keys = [];
  for (const param of labSchema.params) {
    keys.push(`params.${param.key}.label`, `params.${param.key}.help`);
    if (param.like) continue; // its choices are named by that row
    for (const choice of param.choices ?? []) keys.push(`params.${param.key}.choices.${choice}`);
  }
  for (const metric of labSchema.metrics) keys.push(`metrics.${metric}`);
  return keys;
}

/** What the glossary says beside a row's picture. A new row has a page without them; tests/web/build/glossary.test.ts wants them all. */
export const glossaryKeysOf = (labSchema) =>
  labSchema.params.filter(({ group }) => group !== 'task').flatMap(({ key }) => [`glossary.${key}.little`, `glossary.${key}.much`]);

/** What the coach says of each of its rules. */
export const coachKeys = () => [...readFileSync(at('web/coach/rules.ts'), 'utf8').matchAll(/^ {4}id: '(\w+)'/gm)].flatMap(([, id]) => ['title', 'evidence', 'why'].map((part) => `coach.${id}.${part}`));

const fromTable = (key) => /^(params|metrics)\.|^glossary\.\w+\.(little|much)$/.test(key);

/** The keys that the page's scripts name, and the builder of the page that needs none: as whole strings, and as patterns with a hole (`controls.${group}`). */
function keysInScripts() {
  const exact = new Set();
  const patterns = [];
  for (const path of files('web', '.tools/glossary.mjs')) {
    if (!/\.(ts|mjs)$/.test(path) || path.endsWith('.test.ts')) continue;
    const source = readFileSync(path, 'utf8');
    for (const [, , text] of source.matchAll(/(['"])([\w.:-]+)\1/g)) exact.add(text);
    for (const [, text] of source.matchAll(/`([\w.${}()[\]?: '"!=&|+*/-]*\$\{[^`]*)`/g)) {
      const pattern = text.replace(/\$\{[^}]*\}/g, '\0').split('\0').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      // A hole in the first segment would match too much; such a template names no text.
      if (/^\w+\\\./.test(pattern[0])) patterns.push(new RegExp(`^${pattern.join('.+')}$`));
    }
  }
  return (key) => exact.has(key) || patterns.some((pattern) => pattern.test(key));
}

/** Everything wrong with the texts for this schema, one line each; empty: nothing. */
export function checkTexts(schema) {
  const labs = Object.keys(schema.labs);
  const problems = [];
  const all = Object.fromEntries(languages.map((language) => [language, textsOf(language, labs)]));
  const named = keysInScripts();
  const wantedByAny = new Set();
  for (const lab of labs) {
    const wanted = new Set(keysOf(schema.labs[lab]));
    const known = new Set([...wanted, ...glossaryKeysOf(schema.labs[lab])]);
    for (const key of known) wantedByAny.add(key).add(`labs.${lab}.${key}`);
    for (const language of languages) {
      for (const key of wanted) {
        const text = findText(all[language], lab, key);
        if (typeof text !== 'string' || text.trim() === '') {
          problems.push(`missing in ${language}: ${key} (web/labs/${lab}/${language}.json or web/site/texts/${language}.json)`);
        }
      }
      for (const key of Object.keys(all[language].labs[lab])) {
        if (fromTable(key) && !known.has(key)) {
          problems.push(`unused in web/labs/${lab}/${language}.json: ${key} (the table of ${lab} has no such row)`);
        }
      }
    }
  }
  const said = new Set(coachKeys());
  for (const language of languages) {
    const texts = all[language].site['web/coach/'] ?? {};
    for (const key of said) if (!texts[key]?.trim()) problems.push(`missing in web/coach/${language}.json: ${key} (web/coach/rules.ts has the rule)`);
    for (const key of Object.keys(texts)) if (/^coach\.\w+\./.test(key) && !said.has(key)) problems.push(`unused in web/coach/${language}.json: ${key} (web/coach/rules.ts has no such rule)`);
  }
  for (const language of languages) {
    for (const [file, texts] of Object.entries(all[language].site)) {
      for (const key of Object.keys(texts)) {
        if (fromTable(key.replace(/^labs\.[\w-]+\./, '')) && !wantedByAny.has(key)) {
          problems.push(`unused in ${file}${language}.json: ${key} (no lab's table has such a row)`);
        }
      }
    }
  }
  // Both languages say the same things, and what no table calls for is named somewhere in the page's scripts.
  const sources = languages.flatMap((language) => Object.keys(all[language].site));
  const picks = [...new Set(sources)].map((file) => [file, (texts) => texts.site[file] ?? {}]);
  for (const lab of labs) picks.push([`web/labs/${lab}/`, (texts) => texts.labs[lab]]);
  for (const [file, pick] of picks) {
    const keys = new Set(languages.flatMap((language) => Object.keys(pick(all[language]))));
    for (const key of keys) {
      for (const language of languages) {
        if (!(key in pick(all[language]))) problems.push(`missing in ${file}${language}.json: ${key} (another language has it)`);
      }
      const local = key.replace(/^labs\.[\w-]+\./, '');
      if (!fromTable(local) && !pageKeys.has(local) && !named(key) && !named(local)) {
        problems.push(`unused in ${file}*.json: ${key} (no script names it)`);
      }
    }
  }
  return [...new Set(problems)];
}

/** Texts that the page builder itself reads. */
export const pageKeys = new Set(['title', 'summary', 'home.title', 'home.lead', 'ui.site.name', 'ui.skip', 'cost.nav', 'glossary.nav']);
