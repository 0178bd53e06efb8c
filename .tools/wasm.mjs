// Builds the engine with CMake, and opens the WebAssembly module in Node.
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Stop, at, run, step, which, write } from './lib.mjs';
import { googleTest } from './setup.mjs';

const jobs = () => process.env.PLAYGRAD_JOBS ?? '2';

/** Configures a preset where needed and builds `targets` (all by default). What is up to date stays. */
export async function buildPreset(preset, ...targets) {
  const folder = at('build', preset);
  const compiler = realpathSync(which(preset === 'wasm' ? 'emcc' : 'g++'));
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

/** The engine, running in Node. */
export async function loadEngine() {
  const [glue, wasm] = [at('build/wasm/playgrad.mjs'), at('build/wasm/playgrad.wasm')];
  if (!existsSync(wasm)) throw new Stop(`${wasm} is not built.`);
  const { default: create } = await import(pathToFileURL(glue).href);
  return create({ wasmBinary: readFileSync(wasm) });
}
