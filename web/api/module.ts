// Opens the WebAssembly module, wherever this runs. The labs' worker opens it here too.
import createPlaygrad, { type Playgrad } from '#playgrad';
import { compile } from './compile';

/** `from`: playgrad.wasm compiled, its bytes, or where they are. */
export async function loadModule(from: ArrayBuffer | Uint8Array | URL | WebAssembly.Module): Promise<Playgrad> {
  if (from instanceof URL && from.protocol === 'file:' && 'process' in globalThis) return createPlaygrad({ wasmBinary: await readBytes(from) });
  const module = from instanceof URL ? await compile(from) : from;
  if (!(module instanceof WebAssembly.Module)) return createPlaygrad({ wasmBinary: module });
  return new Promise((done, fail) => {
    const instantiateWasm = (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void) => {
      WebAssembly.instantiate(module, imports).then((instance) => receive(instance, module), fail);
      return {};
    };
    createPlaygrad({ instantiateWasm }).then(done, fail);
  });
}

async function readBytes(url: URL): Promise<Uint8Array> {
  const fs = 'node:fs/promises'; // not a literal in import(): bundlers for pages would look for it
  const { readFile } = (await import(/* @vite-ignore */ fs)) as { readFile(url: URL): Promise<Uint8Array> };
  return readFile(url);
}
