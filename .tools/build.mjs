// npm run build [-- --draft] [-- --site-only]: the engine to WebAssembly, what is generated from it, the packed data, the site in dist/.
import { Stop, at, files, fingerprint, main, say, step, unlessDone } from './lib.mjs';
import { packImages } from './pack-images.mjs';
import { setup } from './setup.mjs';

/**
 * Builds all of the site that is not up to date.
 * @param wasm false: takes the module that is in build/wasm as it is
 * @param draft true: what is wrong with texts and explanations is said, and the site is built all the same
 */
export async function build({ wasm = true, draft = false } = {}) {
  const { buildPreset, loadEngine, modules, providePacks } = await import('./wasm.mjs');
  if (wasm) await buildPreset('wasm', 'modules');
  const packs = await packImages();
  const refuse = (what, problems) => {
    if (problems.length === 0) return;
    const message = `${what}:\n  - ${problems.join('\n  - ')}`;
    if (!draft) throw new Stop(message);
    say(message);
  };
  const inputs = [
    ...files('web', '.tools', 'bindings', 'package-lock.json', 'package.json'),
    ...modules().flatMap(({ glue, wasm }) => [glue, wasm]),
    ...packs,
  ];
  const worked = await unlessDone(at('build/.site'), `${fingerprint(inputs)}${draft ? ' draft' : ''}`, [at('dist/index.html'), at('build/generated/schema.ts')], async () => {
    step('Building the site');
    // Before Vite is loaded: its module runner would set "development", and the bundle would carry Lit's development build.
    process.env.NODE_ENV = 'production';
    // Imported here: these modules need npm packages, which set-up has just installed.
    const { generateFormulas, generateSchema } = await import('./schema.mjs');
    const { checkTexts, findText, textsOf } = await import('./texts.mjs');
    const { buildSite, checkExplanations } = await import('./site.mjs');
    const { glossaryParts, glossaryRuns } = await import('./glossary.mjs');
    const { costFacts, queryReader } = await import('./page-modules.mjs');
    const engine = await loadEngine();
    const schema = generateSchema(engine);
    await generateFormulas(Object.keys(schema.labs));
    refuse('The texts and the parameter tables do not agree', checkTexts(schema));
    providePacks(engine);
    const corrected = (lab, params) => {
      const made = engine.createLab(lab, JSON.stringify(params));
      try {
        return JSON.parse(made.corrections());
      } finally {
        made.delete();
      }
    };
    const fill = await costFacts();
    refuse('The explanations do not agree with the engine or with each other', checkExplanations(schema, corrected, await queryReader(schema), fill));
    const parts = await glossaryParts();
    const english = textsOf('en', Object.keys(schema.labs));
    const rows = parts.hyperparameters(schema, (lab, key) => findText(english, lab, key));
    await buildSite(schema, packs, fill, { pictures: await glossaryRuns(rows), parts });
  });
  if (!worked) say('The site is up to date.');
}

if (process.argv[1] === at('.tools/build.mjs')) {
  await main(async () => {
    const only = process.argv.includes('--site-only');
    if (!only) await setup();
    await build({ wasm: !only, draft: process.argv.includes('--draft') });
    say('\nBuilt: dist/ (any host, any sub-path; no special headers).');
  });
}
