// Opens the WebAssembly module, wherever this runs. The labs' worker opens it here too.
import createPlaygrad, { type Playgrad } from '#playgrad';
import { refuse } from './errors';

/** `from`: the bytes of playgrad.wasm, or where they are. */
export async function loadModule(from: ArrayBuffer | Uint8Array | URL): Promise<Playgrad> {
  return createPlaygrad({ wasmBinary: from instanceof URL ? await bytesOf(from) : from });
}

async function bytesOf(url: URL): Promise<ArrayBuffer | Uint8Array> {
  if (url.protocol === 'file:' && 'process' in globalThis) {
    const fs = 'node:fs/promises'; // not a literal in import(): bundlers for pages would look for it
    const { readFile } = (await import(/* @vite-ignore */ fs)) as { readFile(url: URL): Promise<Uint8Array> };
    return readFile(url);
  }
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    return refuse('offline', 'engine', 'within reach: playgrad.wasm could not be fetched', url.href);
  }
  if (!response.ok) refuse('asset_missing', 'engine', `there: ${url.href}`, response.status);
  return response.arrayBuffer();
}
