// "Too little, right, too much" is true: every entry of web/labs/<lab>/show.json is run by the engine that the page uses, with the
// page's own seed and another, and does what it claims. An entry whose claim fails gets another setting or another claim.
import { beforeAll, describe, expect, test } from 'vitest';
import { schema } from '#schema';
import { middleOf, saysOf, showOf, showRuns, unkept } from '../../.tools/show.mjs';
import { storedRuns } from '../../.tools/shown.mjs';
import { loadEngine, providePacks, type WholeEngine } from '../../.tools/wasm.mjs';

interface Run {
  corrections: unknown[];
  state: string;
  metrics: Record<string, number[]>;
}

let engine: WholeEngine;
beforeAll(async () => {
  engine = await loadEngine();
  providePacks(engine);
});

describe.each(Object.keys(schema.labs))('%s', (lab) => {
  test.each(Object.entries<{ values: unknown[]; steps: number }>(showOf(lab)))('%s', (key, entry) => {
    expect([2, 3]).toContain(entry.values.length);
    expect(Number.isInteger(entry.steps)).toBe(true);
    for (const seed of key === 'seed' ? [undefined] : [undefined, 2]) {
      // With its own seed the page's build has run it, by this very engine.
      const runs: Run[] = (seed === undefined && storedRuns(lab, key)) || showRuns(engine, lab, key, entry, seed);
      for (const run of runs) expect(run.corrections, 'the engine takes the setting as it stands').toEqual([]);
      expect(unkept(entry, runs), `seed ${seed ?? 'of its own'}`).toEqual([]);
    }
  });
});

describe('a claim that does not hold is found', () => {
  const run = (...loss: number[]) => ({ value: 0, corrections: [], state: 'ready', steps: loss.map((_, i) => i), metrics: { 'test.loss': loss }, matrix: null });
  const lost = { ...run(1, 5), state: 'diverged' };
  const entry = (...says: object[]) => ({ values: [1, 2, 3], steps: 1, ...(says.length ? { says } : {}) });

  test('by default the middle run ends visibly better than the others', () => {
    expect(middleOf(entry())).toBe(1);
    expect(saysOf(entry())).toEqual([{ run: 1, better_than: [0, 2] }]);
    expect(unkept(entry(), [run(1, 0.5), run(1, 0.4), lost])).toEqual([]);
    expect(unkept(entry(), [run(1, 0.41), run(1, 0.4), lost])).toHaveLength(1);
    expect(unkept(entry(), [lost, lost, lost])).toHaveLength(1);
  });

  test.each([
    [{ run: 0, diverges: true }, [lost], [run(1)]],
    [{ run: 0, at_most: 0.5 }, [run(0.4)], [run(0.6)]],
    [{ run: 0, at_most: 0.5 }, [run(0.4)], [lost]],
    [{ run: 0, at_least: 0.5 }, [run(0.6)], [run(0.4)]],
    [{ run: 0, like: [1] }, [run(0.5), run(0.52)], [run(0.5), run(0.6)]],
    [{ run: 0, unlike: [1] }, [run(0.5), run(0.5001)], [run(0.5), run(0.5)]],
    [{ run: 0, rougher_than: [1] }, [run(3, 1, 2, 1), run(3, 2, 1.9, 1.8)], [run(3, 2, 1.9, 1.8), run(3, 1, 2, 1)]],
  ])('%j', (claim, kept, broken) => {
    expect(unkept(entry(claim), kept)).toEqual([]);
    expect(unkept(entry(claim), broken)).toHaveLength(1);
  });

  test('one that says nothing is none', () => {
    expect(unkept(entry({ run: 0 }), [run(1)])).toHaveLength(1);
  });
});
