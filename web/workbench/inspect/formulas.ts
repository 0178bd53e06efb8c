// How the chain rule is written for a link of it: with symbols by the op between both numbers, and with the engine's numbers.
import { inBrackets, sym, texNumber } from '../../elements/explanation';
import type { Link, WeightLink } from './trace';

const d = (of: string) => `\\dfrac{\\partial L}{\\partial ${of}}`;
const w = sym('w', 'w_{ij}'), z = sym('z', 'z'), a = sym('a', 'a');

/** ∂L/∂x by the op that makes y of x. */
const links: Record<string, string> = {
  linear: `${d(sym('a', 'a_j'))} = \\sum\\limits_i ${d(sym('z', 'z_i'))}\\;${w}`,
  bce_with_logits: `${d(z)} = \\dfrac{\\sigma(${z}) - y}{B}`,
  cross_entropy: `${d(sym('z', 'z_k'))} = \\dfrac{${sym('a', 'p_k')} - y_k}{B}`,
  mse: `${d(z)} = \\dfrac{2\\,(${z} - y)}{B}`,
  dropout: `${d(a)} = ${d(sym('a', "a'"))}\\;\\dfrac{m}{1-p}`,
  add: `${d(a)} = \\sum\\limits_y ${d('y')}`,
};
const activations = ['relu', 'leaky_relu', 'sigmoid', 'tanh', 'gelu', 'elu', 'silu', 'softplus'];
const general = `${d('x')} = \\sum\\limits_y ${d('y')}\\;\\dfrac{\\partial y}{\\partial x}`;

/** Which sentence says what ∂y/∂x is; `other` where the formula says it all. */
export function kindOf(op: string): string {
  if (activations.includes(op)) return 'activation';
  return op in links || op === 'batch_norm' || op === 'layer_norm' || op === 'scaled_dot_product_attention' ? op : 'other';
}
export function linkSymbols({ paths }: Link): string {
  const op = paths[0]?.value.op ?? '';
  if (!paths.every(({ value }) => value.op === op)) return general; // a number that goes two ways
  return activations.includes(op) ? `${d(z)} = ${d(a)}\\;f'(${z})` : (links[op] ?? general);
}
export function weightSymbols({ value, user, shares }: WeightLink): string {
  if (shares[0]?.delta === null) return `${d(sym('w', 'w'))} = \\sum\\limits_b \\sum\\limits_y ${d('y_b')}\\;\\dfrac{\\partial y_b}{\\partial ${sym('w', 'w')}}`;
  const rows = user.shape.length > 2 ? 'b,t' : 'b';
  return value.shape.length > 1 ? `${d(w)} = \\sum\\limits_{${rows}} ${d(sym('z', 'z_i'))}\\;${sym('a', 'a_j')}` : `${d(sym('b', 'b_i'))} = \\sum\\limits_{${rows}} ${d(sym('z', 'z_i'))}`;
}

/** So many products are written out; the table holds the others. */
const WRITTEN = 4;
function sum(parts: string[], result: number): string {
  return `${parts.slice(0, WRITTEN).join(' + ')}${parts.length > WRITTEN ? ' + \\cdots' : ''} = ${texNumber(result, 4)}`;
}
const bySize = <T extends { product: number }>(items: T[]) => [...items].sort((p, q) => Math.abs(q.product) - Math.abs(p.product));

export const linkNumbers = ({ paths, gradient }: Link): string =>
  sum(bySize(paths).map(({ outer, inner }) => `${inBrackets(outer)}\\cdot${inBrackets(inner)}`), gradient);
export const weightNumbers = ({ shares, gradient, value }: WeightLink): string =>
  sum(bySize(shares).map(({ delta, input, product }) => (delta === null || value.shape.length < 2 ? inBrackets(product) : `${inBrackets(delta)}\\cdot${inBrackets(input!)}`)), gradient);

const h = 'h', wij = sym('w', 'w');
export const differenceSymbols = `\\dfrac{L(${wij}+${h}) - L(${wij}-${h})}{2\\,${h}} \\approx ${d(wij)}`;
export const differenceNumbers = (up: number, down: number, width: number, slope: number): string =>
  `\\dfrac{${texNumber(up, 8)} - ${texNumber(down, 8)}}{${texNumber(width, 4)}} = ${texNumber(slope, 4)}`;
