// Fetches and compiles playgrad.wasm. Apart from module.ts: a page that hands the module to its workers needs no more than this.
import { refuse } from './errors';

/** Compiles while the bytes come in, where the host names their type. */
export async function compile(url: URL): Promise<WebAssembly.Module> {
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
