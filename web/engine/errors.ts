// Errors of the engine and of the way to it, with what is needed to say them in the reader's language.
import type { EngineErrorData } from './protocol';

/** `code` tells what happened, `path` where (a parameter, an asset), `rule` and `value` why. */
export class EngineError extends Error {
  readonly code: string;
  readonly path: string;
  readonly rule: string;
  readonly value: unknown;

  constructor(data: Partial<EngineErrorData> & { code: string }) {
    super(data.message ?? data.code);
    this.name = 'EngineError';
    this.code = data.code;
    this.path = data.path ?? '';
    this.rule = data.rule ?? '';
    this.value = data.value ?? null;
  }
}

/** Anything thrown → plain data that can cross to the page. */
export function errorData(thrown: unknown): EngineErrorData {
  const e = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
  const trap = typeof WebAssembly !== 'undefined' && thrown instanceof WebAssembly.RuntimeError;
  return {
    code: typeof e['code'] === 'string' ? e['code'] : trap ? 'trap' : 'internal',
    path: typeof e['path'] === 'string' ? e['path'] : '',
    rule: typeof e['rule'] === 'string' ? e['rule'] : '',
    value: isPlain(e['value']) ? e['value'] : null,
    message: typeof e['message'] === 'string' ? e['message'] : String(thrown),
  };
}

const isPlain = (v: unknown) => v === null || ['string', 'number', 'boolean'].includes(typeof v) || Array.isArray(v);
