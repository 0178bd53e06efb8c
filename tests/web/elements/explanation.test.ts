import { describe, expect, it } from 'vitest';
import katex from 'katex';
import { normalise, numbers, symbols, texNumber } from '../../../web/elements/explanation';

const base = { value: '2', index: [1], shape: [4], terms: [], used_by: [] };
const affine = {
  ...base, kind: 'affine', result: 0.46, z: 0.5, fn: 'tanh',
  terms: [{ label: 'x1', a: 0.3, b: -0.7, a_ref: { value: 'input', index: [0] }, b_ref: { value: '0.weight', index: [0, 0] } }],
  bias: { value: 0.71, ref: null },
};
const cases = [
  affine,
  { ...affine, terms: Array.from({ length: 784 }, (_, i) => ({ label: `p${i}`, a: i, b: 1e-9, a_ref: null, b_ref: { value: 'w', index: [i] } })) },
  { ...base, kind: 'dot', result: 1, terms: [{ label: '', a: 1, b: 2, b_ref: { value: 'k', index: [0] } }] },
  { ...base, kind: 'softmax', result: 0.2, z: '-Infinity', constants: { max: 1, sum: 3 }, terms: [{ label: 'a', a: '-Infinity', b: 0 }] },
  { ...base, kind: 'weighted_sum', result: 1, terms: [{ label: 'a', a: 0.5, b: 2, b_ref: {} }] },
  { ...base, kind: 'apply', fn: 'gelu', z: 1, result: 0.84 },
  { ...base, kind: 'apply', fn: 'evil}\\href{javascript:1}{x', z: 1, result: 0.84 },
  { ...base, kind: 'add', result: 3, terms: [{ label: '', a: 1, b: 1 }, { label: '', a: 2, b: 1 }] },
  { ...base, kind: 'scale', result: 0.5, constants: { scale: 0.5 }, terms: [{ label: '', a: 1, b: 0.5 }] },
  { ...base, kind: 'layer_norm', result: 0.5, z: 2, constants: { mean: 1, rstd: 0.5 }, terms: [{ label: 'gamma', a: 1, b: 1 }], bias: { value: 0 } },
  { ...base, kind: 'update', optimizer: 'sgd', before: 1, result: 0.99, update: -0.01, gradient: 0.1, constants: { lr: 0.1, direction: 0.1 } },
  { ...base, kind: 'update', optimizer: 'adam', before: 1, result: 0.99, update: -0.01, gradient: 0.1, constants: { lr: 0.1, m_hat: 0.1, v_hat: 0.01, eps: 1e-8 } },
  { ...base, kind: 'update', optimizer: 'adamw', before: 1, result: 0.98, update: -0.02, gradient: 0.1, constants: { lr: 0.1, m_hat: 0.1, v_hat: 0.01, eps: 1e-8, decay: -0.001 } },
  { ...base, kind: 'update', optimizer: 'rmsprop', before: 1, result: 0.99, update: -0.01, gradient: 0.1, constants: { lr: 0.1, root: 1, direction: 0.1 } },
  { ...base, kind: 'update', optimizer: 'rmsprop', before: 1, result: 0.99, update: -0.01, gradient: 0.1, constants: { lr: 0.1, root: 1, buffer: 0.1 } },
  { ...base, kind: 'update', optimizer: 'adagrad', before: 1, result: 0.99, update: -0.01, gradient: 0.1, constants: { rate: 0.1, direction: 0.1 } },
  { ...base, kind: 'apply', fn: 'elu', z: -1, constants: { alpha: 1 } },
  { ...base, kind: 'apply', fn: 'silu', z: -1 },
  { ...base, kind: 'apply', fn: 'softplus', z: -1 },
  { ...base, kind: 'update', optimizer: 'other', before: 1, result: 0.99, update: -0.01 },
  { ...base, kind: 'something_new', result: 1 },
];

it.each(cases.map((c) => [`${c.kind} ${'fn' in c ? c.fn : ''}`, c] as const))('formulas that KaTeX sets: %s', (_name, raw) => {
  const e = normalise(raw);
  for (const tex of [symbols(e), numbers(e)]) {
    if (tex === null) continue;
    const html = katex.renderToString(tex, { throwOnError: true, strict: 'ignore', trust: (c) => c.command === '\\htmlClass' });
    expect(html).not.toMatch(/<a\b|href=/);
  }
});

describe('formulas with numbers', () => {
  it('say the sum and what the function makes of it', () => {
    expect(numbers(normalise(affine))).toBe('(-0.7)\\cdot0.3 + 0.71 = 0.5,\\quad \\tanh(0.5) = 0.46');
  });
  it('write out a few of many products', () => {
    const tex = numbers(normalise(cases[1]))!;
    expect(tex).toContain('\\cdots');
    expect(tex.match(/\\cdot(?!s)/g)).toHaveLength(4);
  });
  it('write what an optimizer did', () => {
    expect(numbers(normalise(cases[10]))).toBe('1 - 0.1\\cdot0.1 = 0.99');
  });
});

it('the engine’s words for infinities become numbers', () => {
  const e = normalise(cases[3]);
  expect(e.z).toBe(-Infinity);
  expect(e.terms![0]!.a).toBe(-Infinity);
  expect(texNumber(-Infinity)).toBe('-\\infty');
});
