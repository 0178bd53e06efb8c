// Measures away from the page, which stays free. The page ends the worker when the reader has seen enough.
import wasmUrl from '../../../build/wasm/playgrad.wasm?url';
import { loadEngine } from '../../api/index';
import { measure, type Found, type Plan } from './measure';

export type FromWorker = { found: Found } | { done: true } | { failed: string };

const post = (message: FromWorker) => postMessage(message);

onmessage = async ({ data }: MessageEvent<Plan>) => {
  try {
    const engine = await loadEngine({ wasmUrl: new URL(wasmUrl, import.meta.url).href });
    measure(engine, data, (found) => post({ found }));
    post({ done: true });
  } catch (error) {
    post({ failed: error instanceof Error ? error.message : String(error) });
  }
};
