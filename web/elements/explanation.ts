// How a number came about, as the engine tells it, and how that is written as formulas. Every number is the engine's.

/** One number of the engine. */
export interface Ref {
  value: string;
  index: number[];
}

export interface Term {
  label: string;
  a: number;
  /** Absent where a term is a single number (a sum, a softmax's logits carry their share here). */
  b?: number;
  a_ref?: Ref | null;
  b_ref?: Ref | null;
}

export interface Explanation extends Ref {
  shape: number[];
  result: number;
  kind: string;
  terms?: Term[];
  bias?: { value: number; ref?: Ref | null } | null;
  /** Name of the function applied last: result = fn(z). */
  fn?: string;
  z?: number;
  z_ref?: Ref | null;
  constants?: Record<string, number>;
  used_by?: Ref[];
  /** kind `update` only: the parameter before, its gradient, what L1 and L2 add to that, and the change made. */
  before?: number;
  gradient?: number;
  penalty?: { l1: number; l2: number };
  update?: number;
  optimizer?: string;
}

/** JSON has no infinities: the engine writes them as words. */
const real = (value: unknown): number => (typeof value === 'number' ? value : Number(value ?? NaN));

/** The engine's answer with every number a number; a factor of one that stands for nothing is left out. */
export function normalise(raw: any): Explanation {
  const e = { ...raw } as Explanation;
  e.index ??= [];
  e.shape ??= [];
  e.result = real(raw.result);
  for (const key of ['z', 'before', 'gradient', 'update'] as const) if (raw[key] !== undefined) e[key] = real(raw[key]);
  if (raw.bias) e.bias = { ...raw.bias, value: real(raw.bias.value) };
  if (raw.penalty) e.penalty = { l1: real(raw.penalty.l1), l2: real(raw.penalty.l2) };
  e.terms = (raw.terms ?? []).map((term: any): Term => {
    const lone = term.b === undefined || term.b === null || (term.b === 1 && !term.b_ref);
    return { ...term, a: real(term.a), b: lone ? undefined : real(term.b) };
  });
  e.constants = Object.fromEntries(Object.entries(raw.constants ?? {}).map(([key, value]) => [key, real(value)]));
  return e;
}

/** A symbol in its own ink: the same class in prose, formula and picture. */
export const sym = (ink: string, tex: string) => `\\htmlClass{sym-${ink}}{${tex}}`;
const x = sym('x', 'x_i'), w = sym('w', 'w_i'), b = sym('b', 'b'), z = sym('z', 'z'), a = sym('a', 'a');

/** Each function as a formula of its argument. */
const functions: Record<string, (of: string, slope: string) => string> = {
  linear: (of) => of,
  identity: (of) => of,
  relu: (of) => `\\max(0,\\,${of})`,
  leaky_relu: (of, slope) => `\\max(${slope}\\,${of},\\,${of})`,
  sigmoid: (of) => `\\frac{1}{1+e^{-${of}}}`,
  tanh: (of) => `\\tanh(${of})`,
  gelu: (of) => `${of}\\,\\Phi(${of})`,
  elu: (of) => `\\max(${of},\\,e^{\\min(0,\\,${of})}-1)`,
  silu: (of) => `\\frac{${of}}{1+e^{-${of}}}`,
  softplus: (of) => `\\ln(1+e^{${of}})`,
  exp: (of) => `e^{${of}}`,
};
const applied = (fn: string, of: string, slope = 'c') => (functions[fn] ?? ((inner) => `\\operatorname{${fn.replace(/[^a-z0-9]/gi, '')}}(${inner})`))(of, slope);

/** A number inside TeX. `digits` as on screen. */
export function texNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '\\text{NaN}' : value > 0 ? '\\infty' : '-\\infty';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
    return `${+mantissa}\\!\\times\\!10^{${+exponent}}`;
  }
  return String(+value.toPrecision(digits));
}
export const inBrackets = (value: number) => (value < 0 || Object.is(value, -0) ? `(${texNumber(value)})` : texNumber(value));

const weight = sym('w', 'w');
const adamRatio = (c: Record<string, number>) => `${texNumber(c['lr']!)}\\cdot\\frac{${texNumber(c['m_hat']!)}}{\\sqrt{${texNumber(c['v_hat']!)}}+${texNumber(c['eps']!)}}`;
/** How each optimizer moves a weight, with symbols and with what it tells of its step. */
const updates: Record<string, { symbols: string; needs: string[]; numbers: (c: Record<string, number>) => string }> = {
  sgd: {
    symbols: `${weight} \\leftarrow ${weight} - \\eta\\,d`,
    needs: ['lr', 'direction'],
    numbers: (c) => `${texNumber(c['lr']!)}\\cdot${inBrackets(c['direction']!)}`,
  },
  adam: {
    symbols: `${weight} \\leftarrow ${weight} - \\eta\\,\\frac{\\hat m}{\\sqrt{\\hat v}+\\varepsilon}`,
    needs: ['lr', 'm_hat', 'v_hat', 'eps'],
    numbers: adamRatio,
  },
  adamw: {
    symbols: `${weight} \\leftarrow ${weight} - \\eta\\,\\frac{\\hat m}{\\sqrt{\\hat v}+\\varepsilon} - \\eta\\lambda\\,${weight}`,
    needs: ['lr', 'm_hat', 'v_hat', 'eps', 'decay'],
    numbers: (c) => `${adamRatio(c)} - ${inBrackets(-c['decay']!)}`,
  },
  // With momentum the direction is what has been gathered; without, this step's gradient over its root.
  rmsprop: {
    symbols: `${weight} \\leftarrow ${weight} - \\eta\\,d,\\quad d = \\frac{g}{\\sqrt{v}+\\varepsilon} + \\mu\\,d'`,
    needs: ['lr', 'root'],
    numbers: (c) => `${texNumber(c['lr']!)}\\cdot${inBrackets(c['buffer'] ?? c['direction']!)}`,
  },
  adagrad: {
    symbols: `${weight} \\leftarrow ${weight} - \\eta_t\\,\\frac{g}{\\sqrt{\\Sigma g^2}+\\varepsilon}`,
    needs: ['rate', 'direction'],
    numbers: (c) => `${texNumber(c['rate']!)}\\cdot${inBrackets(c['direction']!)}`,
  },
};

/** The formula with symbols; null where a sentence says it better. */
export function symbols(e: Explanation): string | null {
  const bias = e.bias ? ` + ${b}` : '';
  switch (e.kind) {
    case 'affine': {
      const sum = `\\sum_i ${w}\\,${x}${bias}`;
      return e.fn && e.fn !== 'linear' ? `${a} = ${applied(e.fn, z)},\\quad ${z} = ${sum}` : `${z} = ${sum}`;
    }
    case 'dot':
      return `${sym('z', 's')} = \\sum_i ${sym('q', 'q_i')}\\,${sym('k', 'k_i')}`;
    case 'weighted_sum':
      return `${sym('z', 'o')} = \\sum_j ${sym('a', '\\alpha_j')}\\,${sym('v', 'v_j')}`;
    case 'softmax':
      return `${sym('a', 'p_j')} = \\frac{e^{${sym('z', 's_j')} - m}}{\\sum_k e^{${sym('z', 's_k')} - m}},\\quad m = \\max_k ${sym('z', 's_k')}`;
    case 'apply':
      return `${a} = ${applied(e.fn ?? 'f', z)}`;
    case 'add':
      return `y = \\sum_i ${x}`;
    case 'scale':
      return `y = c\\,${sym('z', 's')}`;
    case 'update':
      return updates[e.optimizer ?? '']?.symbols ?? `${w} \\leftarrow ${w} + \\Delta ${w}`;
    case 'mean':
      return `y = \\frac{1}{T}\\sum_t ${sym('x', 'x_t')}`;
    case 'layer_norm':
      return `y = \\gamma\\,\\frac{${sym('x', 'x')} - \\mu}{\\sqrt{\\sigma^2 + \\varepsilon}} + \\beta`;
    default:
      return null;
  }
}

/** At most so many products are written out in the formula; the table below holds them all. */
const WRITTEN = 4;

function sum(terms: Term[], factor: (t: Term) => string): string {
  const few = terms.slice(0, WRITTEN).map(factor);
  if (terms.length > WRITTEN) few.push('\\cdots');
  return few.join(' + ');
}

/** The same formula with the numbers put in; null where there is none. */
export function numbers(e: Explanation): string | null {
  const terms = e.terms ?? [];
  const product = (t: Term) => (t.b === undefined ? inBrackets(t.a) : `${inBrackets(t.b)}\\cdot${inBrackets(t.a)}`);
  const result = texNumber(e.result, 4);
  const slope = e.constants?.['negative_slope'];
  const put = (of: number) => applied(e.fn ?? 'f', inBrackets(of), slope === undefined ? undefined : `${texNumber(slope)}\\cdot`);
  switch (e.kind) {
    case 'affine': {
      const total = e.z ?? e.result;
      const line = `${sum(terms, product)}${e.bias ? ` + ${inBrackets(e.bias.value)}` : ''} = ${texNumber(total, 4)}`;
      return e.fn && e.fn !== 'linear' ? `${line},\\quad ${put(total)} = ${result}` : line;
    }
    case 'dot':
    case 'weighted_sum':
      return `${sum(terms, (t) => `${inBrackets(t.a)}\\cdot${inBrackets(t.b ?? 1)}`)} = ${result}`;
    case 'add':
      return `${sum(terms, (t) => inBrackets(t.a))} = ${result}`;
    case 'softmax': {
      const max = e.constants?.['max'], total = e.constants?.['sum'];
      if (e.z === undefined || max === undefined || total === undefined) return null;
      return `\\frac{e^{${texNumber(e.z)} - ${inBrackets(max)}}}{${texNumber(total)}} = ${result}`;
    }
    case 'apply':
      return e.z === undefined ? null : `${put(e.z)} = ${result}`;
    case 'update': {
      const how = updates[e.optimizer ?? ''];
      const constants = e.constants ?? {};
      if (e.before === undefined) return null;
      // As many digits as the step needs to be seen.
      const [before, after] = [texNumber(e.before, 7), texNumber(e.result, 7)];
      if (!how || how.needs.some((key) => constants[key] === undefined)) return `${before} + ${inBrackets(e.update ?? NaN)} = ${after}`;
      return `${before} - ${how.numbers(constants)} = ${after}`;
    }
    case 'layer_norm': {
      const { mean, rstd } = e.constants ?? {};
      const of = e.z;
      if (of === undefined || mean === undefined || rstd === undefined || !terms[0]) return null;
      const shift = e.bias ? ` + ${inBrackets(e.bias.value)}` : '';
      return `${inBrackets(terms[0].a)}\\cdot(${texNumber(of)} - ${inBrackets(mean)})\\cdot${texNumber(rstd)}${shift} = ${result}`;
    }
    case 'scale': {
      const factor = e.constants?.['scale'];
      const of = terms[0]?.a ?? e.z;
      return factor === undefined || of === undefined ? null : `${inBrackets(factor)}\\cdot${inBrackets(of)} = ${result}`;
    }
    default:
      return null;
  }
}

/** What a term adds to the result. */
export const share = (e: Explanation, term: Term): number => (e.kind === 'softmax' ? (term.b ?? 0) : term.b === undefined ? term.a : term.a * term.b);

/** `1.scores[0, 2, 5]` */
export const nameOf = (ref: Ref): string => (ref.index.length ? `${ref.value}[${ref.index.join(', ')}]` : ref.value);
