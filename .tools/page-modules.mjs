// Page modules (TypeScript) that the build itself uses, so that it and the page cannot read one thing in two ways.
import { readFileSync } from 'node:fs';
import { runnerImport } from 'vite';
import { at, root } from './lib.mjs';

/** A page's module; its path in the checkout. */
export const pageModule = async (path) => (await runnerImport(at(path), { configFile: false, root, logLevel: 'error' })).module;

/** The reader of `try:` links for this schema: (lab, "lr=3&run") → {params, problems}, as the page does it. */
export async function queryReader(schema) {
  const { decodeParams } = await pageModule('web/site/state/url.ts');
  return (lab, query) => decodeParams(query, schema.labs[lab]);
}

/** What puts the numbers of the measured costs into a text: (text, language) → {text, missing}. */
export async function costFacts() {
  const { fillFacts, wordsOf } = await pageModule('web/site/cost/facts.ts');
  const figures = JSON.parse(readFileSync(at('web/site/cost/figures.json'), 'utf8'));
  return (text, language) => fillFacts(text, wordsOf(figures, language));
}
