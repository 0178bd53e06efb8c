import { describe, expect, it } from 'vitest';
import { advise, rates, STEPS } from '../../../web/workbench/range/range';

describe('the range test', () => {
  it('goes through the rates in equal ratios', () => {
    const lrs = rates(1e-5, 10);
    expect([lrs.length, lrs[0], lrs.at(-1)]).toEqual([STEPS, 1e-5, 10]);
    for (let i = 2; i < lrs.length; i++) expect(lrs[i]! / lrs[i - 1]! / (lrs[1]! / lrs[0]!)).toBeCloseTo(1, 4);
  });
  it('advises what lies between the first fall and a third of the lowest point', () => {
    const lr = rates(1e-5, 10);
    // Flat to 0.001, falls to 1, then breaks.
    const loss = lr.map((v) => (v < 1e-3 ? 1 : v < 1 ? 1 - (Math.log10(v) + 3) / 4 : 0.25 + (v - 1) ** 2));
    const { from, to, lr: pick } = advise({ lr, loss })!;
    expect(from).toBeGreaterThan(1e-3);
    expect(from).toBeLessThan(3e-3);
    expect(to).toBeCloseTo(1 / 3, 1);
    expect(pick).toBeCloseTo(0.1, 5);
  });
  it('says nothing where the loss never falls', () => {
    const lr = rates(1e-5, 10);
    expect(advise({ lr, loss: lr.map(() => 0.69) })).toBeNull();
    expect(advise({ lr, loss: lr.map((v) => 0.69 + v) })).toBeNull();
    expect(advise({ lr: lr.slice(0, 5), loss: [5, 4, 3, 2, 1] })).toBeNull();
  });
});
