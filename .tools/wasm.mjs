// Builds the engine with CMake, and opens the WebAssembly module in Node.
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Stop, at, files, run, step, which, write } from './lib.mjs';
import { googleTest } from './setup.mjs';

const jobs = () => process.env.PLAYGRAD_JOBS ?? '2';

/** The compiler that CMakePresets.json names for a preset; where a toolchain file does, that is Emscripten's. */
const compilerOf = (preset) => JSON.parse(readFileSync(at('CMakePresets.json'), 'utf8')).configurePresets.find(({ name }) => name === preset).cacheVariables?.CMAKE_CXX_COMPILER ?? 'emcc';

/** Configures a preset where needed and builds `targets` (all by default). What is up to date stays. */
export async function buildPreset(preset, ...targets) {
  const folder = at('build', preset);
  const compiler = realpathSync(which(compilerOf(preset)));
  const stamp = `${folder}/.configured`;
  const before = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  // CMake keeps the compiler it was first configured with; another one (an emsdk was activated) starts anew. Google Test
  // may have come since.
  if (existsSync(folder) && before.split('\n')[0] !== compiler) rmSync(folder, { recursive: true });
  const now = `${compiler}\n${existsSync(googleTest)}`;
  if (now !== before || !existsSync(`${folder}/build.ninja`)) {
    step(`Configuring ${preset}`);
    await run('cmake', ['--preset', preset]);
    write(stamp, now);
  }
  step(`Building ${preset}${targets.length ? ` (${targets.join(', ')})` : ''}`);
  await run('cmake', ['--build', '--preset', preset, '-j', jobs(), ...(targets.length ? ['--target', ...targets] : [])]);
}

/** Every module's loader and its WebAssembly: the package's, then one for each lab, in the order of their table. */
export const modules = () => ['playgrad', ...Array.from(readFileSync(at('engine/labs/labs.def'), 'utf8').matchAll(/^PG_LAB\((\w+),/gm), ([, lab]) => `labs/${lab.replaceAll('_', '-')}`)]
  .map((name) => ({ name, glue: at(`build/wasm/${name}.mjs`), wasm: at(`build/wasm/${name}.wasm`) }));

/** Gives the engine all packed pictures, as the page gives it those that a task needs. */
export function providePacks(engine) {
  for (const file of files('build/assets')) if (file.endsWith('.bin.gz')) engine.provide(basename(file, '.bin.gz'), gunzipSync(readFileSync(file)));
}

/**
 * @typedef {import('../bindings/model').Playgrad & import('../bindings/lab').LabModule} WholeEngine
 * The whole engine, running in Node: the package's module with those of all labs.
 * @returns {Promise<WholeEngine>}
 */
export async function loadEngine() {
  const [playgrad, ...labs] = await Promise.all(modules().map(async ({ glue, wasm }) => {
    if (!existsSync(wasm)) throw new Stop(`${wasm} is not built.`);
    const { default: create } = await import(pathToFileURL(glue).href);
    return create({ wasmBinary: readFileSync(wasm) });
  }));
  const tables = labs.map((lab) => JSON.parse(lab.schema()));
  return {
    ...playgrad,
    schema: () => JSON.stringify({ ...JSON.parse(playgrad.schema()), labs: Object.assign({}, ...tables) }),
    createLab: (name, params) => (labs.find((_, i) => Object.hasOwn(tables[i], name)) ?? labs[0]).createLab(name, params),
    provide: (asset, bytes) => labs.forEach((lab) => lab.provide(asset, bytes)),
    memoryBytes: () => [playgrad, ...labs].reduce((sum, module) => sum + module.memoryBytes(), 0),
  };
}
