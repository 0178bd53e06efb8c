// Opens the WebAssembly module, wherever this runs. The labs' worker opens it here too.
import createPlaygrad, { type Playgrad } from '#playgrad';
import { refuse } from './errors';

/** `from`: the bytes of playgrad.wasm, or where they are. */
export async function loadModule(from: ArrayBuffer | Uint8Array | URL): Promise<Playgrad> {
  if (!(from instanceof URL)) return createPlaygrad({ wasmBinary: from });
  if (from.protocol === 'file:' && 'process' in globalThis) return createPlaygrad({ wasmBinary: await readBytes(from) });
  const module = await compile(from);
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

/** Compiles while the bytes come in, where the host names their type. */
async function compile(url: URL): Promise<WebAssembly.Module> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    return refuse('offline', 'engine', 'within reach: playgrad.wasm could not be fetched', url.href);
  }
  if (!response.ok) refuse('asset_missing', 'engine', `there: ${url.href}`, response.status);
  if (response.headers.get('Content-Type')?.startsWith('application/wasm')) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
