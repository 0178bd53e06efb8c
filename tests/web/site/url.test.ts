import { describe, expect, it } from 'vitest';
import type { LabSchema, Params, ParamDef } from '../../../web/engine/protocol';
import { decodeParams, defaultsOf, encodeParams, parseTry } from '../../../web/site/state/url';

const row = (def: Partial<ParamDef> & Pick<ParamDef, 'key' | 'kind' | 'default'>): ParamDef => ({ apply: 'live', group: 'training', ...def });
const schema: LabSchema = {
  metrics: [],
  params: [
    row({ key: 'lr', kind: 'real', default: 0.03, min: 1e-5, max: 10, scale: 'log' }),
    row({ key: 'batch_size', kind: 'integer', default: 10, min: 1, max: 100 }),
    row({ key: 'causal', kind: 'boolean', default: false }),
    row({ key: 'task', kind: 'choice', default: 'circle', choices: ['circle', 'xor', 'spiral'] }),
    row({ key: 'features', kind: 'choices', default: ['x1', 'x2'], choices: ['x1', 'x2', 'x1_x2', 'sin_x1'], min: 1 }),
    row({ key: 'acts', kind: 'names', default: [], choices: ['relu', 'leaky_relu'], max_length: 3, like: 'activation', per: 'hidden' }),
    row({ key: 'hidden', kind: 'integers', default: [8, 8], min: 1, max: 64, min_length: 0, max_length: 6 }),
    row({ key: 'sentence', kind: 'text', default: 'the cat', max_length: 400 }),
  ],
};
const all = (params: Params): Params => ({ ...defaultsOf(schema), ...params });

describe('the address of an experiment', () => {
  it('is empty when nothing differs from the defaults', () => {
    expect(encodeParams(defaultsOf(schema), schema)).toBe('');
  });

  it('says only what differs, readably, with a version', () => {
    expect(encodeParams(all({ lr: 0.1, hidden: [4, 2], features: ['x1', 'x1_x2'], causal: true }), schema)).toBe(
      '?v=1&lr=0.1&causal=1&features=x1-x1_x2&hidden=4-2',
    );
  });

  it.each<[string, Params]>([
    ['real', { lr: 1e-5 }],
    ['real with every digit', { lr: 0.1 + 0.2 }],
    ['negative', { lr: -3 }],
    ['integer', { batch_size: 64 }],
    ['boolean', { causal: true }],
    ['choice', { task: 'spiral' }],
    ['choices', { features: ['x2', 'sin_x1'] }],
    ['no choices', { features: [] }],
    ['names', { acts: ['relu', 'leaky_relu'] }],
    ['names with empty entries', { acts: ['', '', 'leaky_relu'] }],
    ['integers', { hidden: [1, 2, 3, 4, 5, 6] }],
    ['one integer', { hidden: [16] }],
    ['no integers', { hidden: [] }],
    ['negative integers', { hidden: [-3, 4] }],
    ['one negative integer', { hidden: [-3] }],
    ['Korean text', { sentence: '나는 밥을 먹었다' }],
    ['text with every special character', { sentence: 'a&b=c#d%20?+ "<script>" \u202e\n' }],
    ['empty text', { sentence: '' }],
  ])('comes back as it went: %s', (_name, params) => {
    const query = encodeParams(all(params), schema);
    expect(decodeParams(query, schema)).toEqual({ params, problems: [] });
  });

  it('reads a list in the order of the table, so that one choice has one spelling', () => {
    expect(decodeParams('?features=x2-x1', schema).params).toEqual({ features: ['x1', 'x2'] });
  });

  it('reads a list with holes as it stands in an address', () => {
    expect(encodeParams(all({ acts: ['', 'relu'] }), schema)).toBe('?v=1&acts=-relu');
    expect(decodeParams('?acts=-relu', schema).params).toEqual({ acts: ['', 'relu'] });
    expect(decodeParams('?acts=none', schema).params).toEqual({ acts: [] });
  });

  it('hands on what is readable but out of range: correcting is the engine’s', () => {
    expect(decodeParams('?lr=1e9&hidden=9999', schema)).toEqual({ params: { lr: 1e9, hidden: [9999] }, problems: [] });
  });
});

describe('a hostile address', () => {
  it.each([
    ['lr=NaN', 'lr', 'kind'],
    ['lr=Infinity', 'lr', 'kind'],
    ['lr=1e999', 'lr', 'kind'],
    ['lr=0x10', 'lr', 'kind'],
    ['lr=', 'lr', 'kind'],
    ['lr=1;drop', 'lr', 'kind'],
    ['causal=yes', 'causal', 'kind'],
    ['task=__proto__', 'task', 'choice'],
    ['features=x1-evil', 'features', 'choice'],
    ['acts=relu-evil', 'acts', 'choice'],
    ['acts=__proto__', 'acts', 'choice'],
    ['hidden=8-x', 'hidden', 'kind'],
    ['hidden=8--8', 'hidden', 'kind'],
    ['hidden=99999999999', 'hidden', 'kind'],
    [`sentence=${'a'.repeat(5000)}`, 'sentence', 'long'],
    ['nonsense=1', 'nonsense', 'unknown'],
    ['__proto__=1', '__proto__', 'unknown'],
    ['constructor=1', 'constructor', 'unknown'],
    ['v=99', 'v', 'version'],
  ])('%s is reported and left out', (query, key, rule) => {
    const { params, problems } = decodeParams(query, schema);
    expect(params).toEqual({});
    expect(problems.map((p) => [p.key, p.rule])).toEqual([[key, rule]]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes the first of two and leaves alone what others append', () => {
    expect(decodeParams('?lr=1&lr=2&utm_source=x&fbclid=y&v=1', schema)).toEqual({ params: { lr: 1 }, problems: [] });
  });

  it('survives what is not even percent-encoding', () => {
    expect(() => decodeParams('?%E0%A4%A&lr=%ZZ&==&&', schema)).not.toThrow();
  });
});

describe('links of the explanation', () => {
  it('set parameters and may run', () => {
    expect(parseTry('lr=3&run', schema)).toEqual({ params: { lr: 3 }, run: true, problems: [] });
    expect(parseTry('task=xor&hidden=none', schema)).toEqual({ params: { task: 'xor', hidden: [] }, run: false, problems: [] });
  });
});
