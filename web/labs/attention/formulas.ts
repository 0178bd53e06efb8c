// The formulas of the four steps. Those that a first look shows are set by the build (`formulas`), so that it needs no KaTeX.
import type { Params } from '../../engine/protocol';
import { isTrained, STEPS, type Stage, type Step } from './stages';

const sym = (name: string, tex: string) => `\\htmlClass{sym-${name}}{${tex}}`;
const X = sym('x', 'X'), Q = sym('q', 'Q'), K = sym('k', 'K'), V = sym('v', 'V'), A = sym('a', 'A'), Z = sym('z', 'Z');

/** The stages as matrices; symbols carry the colours of web/site/tokens.css. */
export const MATRIX: Record<Stage, string> = { x: X, q: Q, k: K, v: V, scores: `S=${Q}${K}^\\top`, scaled: "S'", weights: A, heads: Z, out: 'O' };

/** Vectors, and their entries as a table's columns have them. */
export const VECTOR = { x: sym('x', 'x'), q: sym('q', 'q'), k: sym('k', 'k'), v: sym('v', 'v') };
export const ENTRY = { query: `${VECTOR.q}_i`, value: `${VECTOR.v}_j`, score: 's_{ij}', scaled: "s'_{ij}", weight: `${sym('a', 'a')}_{ij}`, head: `${sym('z', 'z')}_i=` };

/** The formula of a step under these parameters. */
export function formulaOf(step: Step, params: Params): string {
  switch (step) {
    case 'qkv':
      return params['projection'] === 'identity' && !isTrained(params)
        ? `${Q}=${K}=${V}=${X}`
        : `${Q}=${X}\\,W_Q,\\quad ${K}=${X}\\,W_K,\\quad ${V}=${X}\\,W_V`;
    case 'scores':
      return `s_{ij}=${sym('q', 'q')}_i\\cdot ${sym('k', 'k')}_j=\\textstyle\\sum_{m=1}^{d_k}${sym('q', 'q')}_{im}\\,${sym('k', 'k')}_{jm}`;
    case 'softmax': {
      const scaled = scaledTex(params);
      const mask = params['causal'] === true ? "\\quad s'_{ij}=-\\infty\\;(j>i)" : '';
      return `s'_{ij}=${scaled}${mask}\\qquad ${sym('a', 'a')}_{ij}=\\dfrac{e^{s'_{ij}}}{\\sum_l e^{s'_{il}}}`;
    }
    case 'output':
      return `${sym('z', 'z')}_i=\\textstyle\\sum_j ${sym('a', 'a')}_{ij}\\,${sym('v', 'v')}_j\\qquad O=[${sym('z', 'Z')}_1\\cdots ${sym('z', 'Z')}_h]\\,W_O`;
  }
}

/** s over what it is divided by: √d_k, the temperature, both or nothing. */
export function scaledTex(params: Params): string {
  const below = [params['scaled'] === false ? '' : '\\sqrt{d_k}', params['temperature'] === 1 || params['temperature'] === undefined ? '' : 'T'];
  const divisor = below.filter(Boolean).join('\\,');
  return divisor ? `\\dfrac{s_{ij}}{${divisor}}` : 's_{ij}';
}

/** All that can be seen before anything is opened. */
export function formulas(): string[] {
  const all = new Set<string>([...Object.values(MATRIX), ...Object.values(VECTOR), ...Object.values(ENTRY)]);
  for (const step of STEPS)
    for (const projection of ['identity', 'random'])
      for (const scaled of [true, false])
        for (const temperature of [1, 2])
          for (const causal of [true, false]) all.add(formulaOf(step, { task: 'sentence', projection, scaled, temperature, causal }));
  return [...all];
}
