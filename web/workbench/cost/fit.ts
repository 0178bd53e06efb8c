// A power law through measured points: a straight line where both axes are logarithmic.

export interface Power {
  exponent: number;
  factor: number;
}

/** y ≈ factor · x^exponent, by least squares on the logarithms. Null with fewer than two different x. */
export function fitPower(points: readonly { x: number; y: number }[]): Power | null {
  const logs = points.filter(({ x, y }) => x > 0 && y > 0).map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (of: 0 | 1) => logs.reduce((sum, point) => sum + point[of], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  let xx = 0, xy = 0;
  for (const [x, y] of logs) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
  }
  if (!(xx > 0)) return null;
  const exponent = xy / xx;
  return { exponent, factor: Math.exp(my - exponent * mx) };
}

export const at = ({ exponent, factor }: Power, x: number): number => factor * x ** exponent;

/** Where curve a, below b at first, comes to lie above it: between two sizes along straight lines of the logarithms. Null if it never does. */
export function crossing(a: readonly { x: number; y: number }[], b: readonly { x: number; y: number }[]): number | null {
  const gap = a.map(({ x, y }, i) => ({ x: Math.log(x), g: Math.log(y / b[i]!.y) }));
  for (let i = 1; i < gap.length; i++) {
    const [p, q] = [gap[i - 1]!, gap[i]!];
    if (p.g < 0 && q.g >= 0) return Math.exp(p.x + ((q.x - p.x) * -p.g) / (q.g - p.g));
  }
  return null;
}
