// Page modules (TypeScript) that the build itself uses, so that it and the page cannot read one thing in two ways.
import { runnerImport } from 'vite';
import { at, root } from './lib.mjs';

/** The reader of `try:` links for this schema: (lab, "lr=3&run") → {params, problems}, as the page does it. */
export async function queryReader(schema) {
  const { module } = await runnerImport(at('web/site/state/url.ts'), { configFile: false, root, logLevel: 'error' });
  return (lab, query) => module.decodeParams(query, schema.labs[lab]);
}
