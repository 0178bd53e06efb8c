/** One mistake: what kind, where, by which rule, and what was given. */
export interface Issue {
  /** "wrong_type", "out_of_range", "unknown_type", "bad_shape", "missing", "too_large", "disposed", … */
  code: string;
  /** "layers[2].out_features", "x[17]", "0.weight". */
  path: string;
  /** What it must be: "an integer from 1 to 4096". */
  rule: string;
  /** What was given, as text. */
  value: string;
  /** One sentence with all of it. */
  message: string;
}

/** What every function of this package throws. After one, the engine and its models are as they were before. */
export class PlaygradError extends Error implements Issue {
  readonly code: string;
  readonly path: string;
  readonly rule: string;
  readonly value: string;
  /** All mistakes, where several were found together (a spec's); else this one. */
  readonly errors: Issue[];

  constructor(issue: Partial<Issue> & { code: string }, errors: Issue[] = []) {
    super(issue.message ?? `${issue.path ?? ''} must be ${issue.rule ?? ''}${issue.value ? `; given: ${issue.value}` : ''}`);
    this.name = 'PlaygradError';
    this.code = issue.code;
    this.path = issue.path ?? '';
    this.rule = issue.rule ?? '';
    this.value = issue.value ?? '';
    this.errors = errors.length ? errors : [{ code: this.code, path: this.path, rule: this.rule, value: this.value, message: this.message }];
  }

  /** What the engine threw, as this class; anything else comes out as an "internal" error. */
  static from(thrown: unknown): PlaygradError {
    if (thrown instanceof PlaygradError) return thrown;
    const e = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
    const text = (key: string) => (typeof e[key] === 'string' ? e[key] : '');
    if (e['name'] !== 'PlaygradError') return new PlaygradError({ code: 'internal', path: 'engine', rule: 'free of faults', value: String(thrown) });
    return new PlaygradError({ code: text('code'), path: text('path'), rule: text('rule'), value: text('value'), message: text('message') }, JSON.parse(text('errors') || '[]') as Issue[]);
  }
}

/** Throws what is wrong with an argument, said as the engine says it. */
export function refuse(code: string, path: string, rule: string, value: unknown): never {
  throw new PlaygradError({ code, path, rule, value: shown(value) });
}

/** A short text for any value, whatever it is. */
function shown(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${(value as Float32Array).length})`;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value).slice(0, 80);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' ? 'an object' : typeof value;
}
