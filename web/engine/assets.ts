// Fetching of packed data sets: `<root>assets/<name>.bin.gz`.
import { EngineError } from './errors';

/** The asset that is the reader's own: the page provides it, no address has it. */
export const OWN = 'own';

export type OnProgress = (loaded: number, total: number) => void;

/** Whole body with progress. Bytes; `total` 0 when the server does not say. */
async function download(address: string, name: string, onProgress: OnProgress): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch {
    throw new EngineError({ code: 'offline', path: name, message: `${address} could not be fetched` });
  }
  if (!response.ok || !response.body) {
    throw new EngineError({ code: 'asset_missing', path: name, value: response.status, message: `${address}: HTTP ${response.status}` });
  }
  // With a Content-Encoding the length is that of the packed bytes and the stream gives the unpacked ones.
  const total = response.headers.get('content-encoding') ? 0 : Number(response.headers.get('content-length')) || 0;
  const reader = response.body.getReader();
  const parts: Uint8Array[] = [];
  let loaded = 0;
  onProgress(0, total);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    loaded += value.length;
    onProgress(loaded, total);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The unpacked bytes. Servers that unpack .gz on the way are fine: what counts is how the bytes begin. */
export async function fetchAsset(root: string, name: string, onProgress: OnProgress): Promise<Uint8Array> {
  if (!/^[a-z0-9_-]+$/.test(name)) throw new EngineError({ code: 'asset_missing', path: name, message: `no such asset: ${name}` });
  const packed = await download(new URL(`assets/${name}.bin.gz`, root).href, name, onProgress);
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return packed;
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}
