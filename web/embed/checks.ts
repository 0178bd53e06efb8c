// Nothing that comes from a host is trusted: shape and size are checked before anything is done. All of it is plain data,
// as postMessage and JSON leave it.
import type { LabSchema, ParamDef, ParamKind, Params } from '../engine/protocol';
import { LabError, VERSION, type LabState, type Method, type Methods } from './protocol';

/** A message larger than this is not looked at: values, letters, and bytes of a checkpoint. */
const MOST = { values: 2000, letters: 65_536, depth: 8, bytes: 16 * 1024 * 1024 };
/** Training steps that one call may ask for. */
const MOST_STEPS = 100_000;
/** Events a second, at most: shorter than a frame nobody can follow. */
const SHORTEST_MS = 50, LONGEST_MS = 60_000;

const refuse = (message: string, code = 'malformed'): never => {
  throw new LabError(code, message);
};

export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const kind: unknown = Object.getPrototypeOf(value);
  return kind === Object.prototype || kind === null;
}

/** Counts as it goes, and stops at the limit: an endless message costs no more than a long one. */
export function checkSize(message: unknown): void {
  let values = 0, letters = 0;
  const seen = new Set<object>();
  const walk = (value: unknown, depth: number): void => {
    if (++values > MOST.values || depth > MOST.depth) refuse('too large', 'too_large');
    if (typeof value === 'string') {
      letters += value.length;
      if (letters > MOST.letters) refuse('too large', 'too_large');
      return;
    }
    if (value === null || ['number', 'boolean', 'undefined'].includes(typeof value)) return;
    if (value instanceof Uint8Array) {
      if (value.byteLength > MOST.bytes) refuse('too large', 'too_large');
      return;
    }
    if (typeof value !== 'object' || seen.has(value)) return refuse('plain data only');
    seen.add(value);
    if (!Array.isArray(value) && !isPlain(value)) return refuse('plain data only');
    for (const [key, inner] of Object.entries(value)) {
      letters += key.length;
      walk(inner, depth + 1);
    }
  };
  walk(message, 0);
}

const finite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const listOf = (kind: string) => (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === kind && (kind !== 'number' || Number.isFinite(one)));
const fits: Record<ParamKind, (value: unknown, def: ParamDef) => boolean> = {
  real: finite,
  integer: finite,
  boolean: (value) => typeof value === 'boolean',
  choice: (value, { choices }) => choices!.includes(value as string),
  choices: (value, { choices }) => listOf('string')(value) && (value as string[]).every((one) => choices!.includes(one)),
  names: (value, { choices }) => listOf('string')(value) && (value as string[]).every((one) => one === '' || choices!.includes(one)),
  integers: listOf('number'),
  text: (value) => typeof value === 'string',
};

/** Each names a hyperparameter of the lab and has its kind; that a number is in range the engine sees to. */
export function checkParams(params: unknown, schema: LabSchema): Params {
  if (!isPlain(params)) return refuse('params: an object');
  for (const [key, value] of Object.entries(params)) {
    const def = schema.params.find((row) => row.key === key);
    if (!def) refuse(`params: there is no ${JSON.stringify(key.slice(0, 40))} here`, 'unknown_param');
    else if (!fits[def.kind](value, def)) refuse(`params.${key}: not a value of its kind (${def.kind})`, 'bad_param');
  }
  return params as Params;
}

const whole = (value: unknown, most: number): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;

function checkState(state: unknown, schema: LabSchema, lab: string): LabState {
  if (!isPlain(state)) return refuse('state: an object');
  if (state['playgrad'] !== VERSION) refuse(`state.playgrad: ${VERSION}`, 'version');
  if (state['lab'] !== lab) refuse('state.lab: of another lab');
  checkParams(state['params'], schema);
  const { checkpoint, running } = state;
  if (!whole(state['step'], checkpoint === undefined ? MOST_STEPS : Number.MAX_SAFE_INTEGER)) refuse(`state.step: 0 … ${MOST_STEPS} without a checkpoint`);
  if (typeof running !== 'boolean') refuse('state.running: true or false');
  if (checkpoint !== undefined && !(checkpoint instanceof Uint8Array)) refuse('state.checkpoint: Uint8Array');
  return state as unknown as LabState;
}

type Check = { [M in Method]: (args: Record<string, unknown>, schema: LabSchema, lab: string) => Methods[M]['args'] };
const nothing = () => ({});
/** Total: a method without its check cannot exist. */
const checks: Check = {
  getState: ({ checkpoint }) => (checkpoint === undefined || typeof checkpoint === 'boolean' ? { checkpoint } : refuse('checkpoint: true or false')),
  setState: ({ state }, schema, lab) => ({ state: checkState(state, schema, lab) }),
  set: ({ params }, schema) => ({ params: checkParams(params, schema) }),
  run: nothing,
  pause: nothing,
  step: ({ n = 1 }) => (whole(n, MOST_STEPS) && n > 0 ? { n } : refuse(`n: 1 … ${MOST_STEPS}`)),
  reset: nothing,
  metrics: ({ every = 250 }) => (every === 0 || (finite(every) && every >= SHORTEST_MS && every <= LONGEST_MS) ? { every: every as number } : refuse(`every: 0, or ${SHORTEST_MS} … ${LONGEST_MS} ms`)),
  probe: ({ read, query, args = {} }) => {
    if (!isPlain(args)) return refuse('args: an object');
    const named = (name: unknown) => typeof name === 'string' && /^\w{1,40}$/.test(name);
    if (named(read) && query === undefined) return { read: read as string, args };
    return named(query) && read === undefined ? { query: query as string, args } : refuse('probe: {read} or {query}, a name');
  },
  screenshot: ({ type = 'png' }) => (type === 'png' || type === 'svg' ? { type } : refuse('type: png or svg')),
};

export const isMethod = (name: unknown): name is Method => typeof name === 'string' && Object.hasOwn(checks, name);

export function checkArgs<M extends Method>(method: M, args: unknown, schema: LabSchema, lab: string): Methods[M]['args'] {
  if (!isPlain(args)) return refuse('args: an object');
  return checks[method](args, schema, lab);
}

/** So many at once, so many a second. */
export class Rate {
  private left: number;
  private last: number;
  constructor(
    private readonly burst = 60,
    private readonly perSecond = 30,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.left = burst;
    this.last = now();
  }
  take(): boolean {
    const now = this.now();
    this.left = Math.min(this.burst, this.left + ((now - this.last) / 1000) * this.perSecond);
    this.last = now;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}
