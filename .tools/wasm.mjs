// Builds the engine with CMake, and opens the WebAssembly module in Node.
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Stop, at, run, step, which, write } from './lib.mjs';

const jobs = () => process.env.PLAYGRAD_JOBS ?? '2';

/** Configures a preset where needed and builds `targets` (all by default). What is up to date stays. */
export async function buildPreset(preset, ...targets) {
  const folder = at('build', preset);
  const compiler = realpathSync(which(preset === 'wasm' ? 'emcc' : 'g++'));
  // CMake keeps the compiler it was first configured with; another one (an emsdk was activated) starts anew.
  const stamp = `${folder}/.compiler`;
  if (existsSync(folder) && (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== compiler)) rmSync(folder, { recursive: true });
  if (!existsSync(`${folder}/build.ninja`)) {
    step(`Configuring ${preset}`);
    await run('cmake', ['--preset', preset]);
    write(stamp, compiler);
  }
  step(`Building ${preset}${targets.length ? ` (${targets.join(', ')})` : ''}`);
  await run('cmake', ['--build', '--preset', preset, '-j', jobs(), ...(targets.length ? ['--target', ...targets] : [])]);
}

/** The engine, running in Node. */
export async function loadEngine() {
  const [glue, wasm] = [at('build/wasm/playgrad.mjs'), at('build/wasm/playgrad.wasm')];
  if (!existsSync(wasm)) throw new Stop(`${wasm} is not built.`);
  const { default: create } = await import(pathToFileURL(glue).href);
  return create({ wasmBinary: readFileSync(wasm) });
}
