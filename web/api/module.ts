// Opens a WebAssembly module, wherever this runs: the package's, and in the labs' worker a lab's.
import type { ModuleOptions } from '../../bindings/model';
import { compile } from './compile';

/** `create`: the module's own loader; `from`: the module compiled, its bytes, or where they are. */
export async function openModule<M>(create: (options?: ModuleOptions) => Promise<M>, from: ArrayBuffer | Uint8Array | URL | WebAssembly.Module): Promise<M> {
  if (from instanceof URL && from.protocol === 'file:' && 'process' in globalThis) return create({ wasmBinary: await readBytes(from) });
  const module = from instanceof URL ? await compile(from) : from;
  if (!(module instanceof WebAssembly.Module)) return create({ wasmBinary: module });
  return new Promise((done, fail) => {
    const instantiateWasm = (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void) => {
      WebAssembly.instantiate(module, imports).then((instance) => receive(instance, module), fail);
      return {};
    };
    create({ instantiateWasm }).then(done, fail);
  });
}

async function readBytes(url: URL): Promise<Uint8Array> {
  const fs = 'node:fs/promises'; // not a literal in import(): bundlers for pages would look for it
  const { readFile } = (await import(/* @vite-ignore */ fs)) as { readFile(url: URL): Promise<Uint8Array> };
  return readFile(url);
}
