// Measures away from the page, which stays free. The page ends the worker when the reader has seen enough.
import wasmUrl from '../../../build/wasm/playgrad.wasm?url';
import { loadEngine, type ModelSpec } from '../../api/index';
import { measure, measureSteps, type Found, type Plan } from './measure';

/** Sweeps, or specs whose steps are timed. */
export type ToWorker = Plan | ({ specs: readonly ModelSpec[] } & Omit<Plan, 'sweeps'>);
export type FromWorker = { found: Found } | { done: true } | { steps: number[] } | { failed: string };

const post = (message: FromWorker) => postMessage(message);

onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    const engine = await loadEngine({ wasmUrl: new URL(wasmUrl, import.meta.url).href });
    if ('specs' in data) return post({ steps: measureSteps(engine, data.specs, data.rounds, data.budget_ms) });
    measure(engine, data, (found) => post({ found }));
    post({ done: true });
  } catch (error) {
    post({ failed: error instanceof Error ? error.message : String(error) });
  }
};
