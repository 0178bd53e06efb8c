// What the explanations say is true: every preset is run by the engine that the page uses, and its claims are held
// against what came out. A claim that fails is reworded; the test is not.
//
// A claim speaks of one metric after `within_steps` steps:
//   at_least, at_most         its value then
//   never_above, never_below  its value then and at every look before
//   rises_after               its value then is above what it was after so many steps
//   below                     its value then is below that of another preset after that preset's own claim's steps
//   rougher_than              from step to step it jumps more than in another preset
// or, without a metric, that the run `diverges` before.
// With the page's own seed the coach is shown the same run, and says at its end what coach/says.ts has.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RawLab } from '../../bindings/lab';
import { schema } from '#schema';
import type { WholeEngine } from '../../.tools/wasm.mjs';
import type { ParamDef, Params } from '../../web/engine/protocol';
import { Listener, engineWithData, looksAt } from './coach/harness';
import { says } from './coach/says';

interface Claim {
  metric?: string;
  within_steps: number;
  at_least?: number;
  at_most?: number;
  never_above?: number;
  never_below?: number;
  rises_after?: number;
  below?: string;
  rougher_than?: string;
  diverges?: boolean;
}
type Presets = Record<string, { params: Params; claim?: Claim[] }>;

export const labs: Record<string, Presets> = Object.fromEntries(
  Object.keys(schema.labs).map((lab) => [lab, JSON.parse(readFileSync(new URL(`../../web/labs/${lab}/presets.json`, import.meta.url), 'utf8')) as Presets]),
);

/** The page's own seed. With one seed only a claim might be luck: other files hold them with another. */
export const OWN_SEED = 1;
const LOOKS = 5;
/** Steps over which a curve's roughness is measured, once the first descent is over. */
const ROUGH_STEPS = 60;

/** A run that goes on as far as it is asked, and remembers what it saw. */
class Run {
  private readonly made: RawLab;
  private readonly names: string[];
  readonly seen = new Map<number, number[]>();

  constructor(engine: WholeEngine, readonly lab: string, params: object) {
    this.made = engine.createLab(lab, JSON.stringify(params));
    expect(JSON.parse(this.made.corrections()), 'the engine takes the preset as it stands').toEqual([]);
    this.names = JSON.parse(engine.schema()).labs[lab].metrics;
    this.look();
  }
  get status(): { state: string; step: number } {
    return JSON.parse(this.made.status());
  }
  private look(): void {
    this.seen.set(this.status.step, [...this.made.metrics()]);
  }
  to(step: number): void {
    const now = this.status.step;
    if (now >= step || this.status.state !== 'ready') return;
    this.made.step(step - now);
    this.look();
  }
  hear(coach: Listener, over: boolean): void {
    coach.look(this.made, over);
  }
  value(metric: string, step: number): number {
    const i = this.names.indexOf(metric);
    expect(i, `${this.lab} has the metric ${metric}`).toBeGreaterThanOrEqual(0);
    return this.seen.get(step)?.[i] ?? NaN;
  }
  until(metric: string, step: number): number[] {
    return [...this.seen.keys()].filter((at) => at > 0 && at <= step).map((at) => this.value(metric, at));
  }
  roughness(metric: string, from: number): number {
    this.to(from);
    let sum = 0;
    for (let i = 1; i <= ROUGH_STEPS; ++i) {
      this.to(from + i);
      sum += Math.abs(this.value(metric, from + i) - this.value(metric, from + i - 1));
    }
    return sum / ROUGH_STEPS;
  }
  end(): void {
    this.made.delete();
  }
}

const claimsOf = (presets: Presets) => Object.entries(presets).filter(([, preset]) => preset.claim?.length);

/** Tests that hold every claim with this seed. They take minutes: each seed has a file of its own, so that cores share them. */
export function holdClaims(seed: number): void {
  let engine: WholeEngine;
  beforeAll(async () => {
    engine = await engineWithData();
  });
  for (const [lab, presets] of Object.entries(labs)) {
    describe(`${lab}, seed ${seed}`, () => {
      const runs = new Map<string, Run>(), coaches = new Map<string, Listener>();
      const run = (name: string): Run => {
        let made = runs.get(name);
        if (!made) {
          made = new Run(engine, lab, { ...presets[name]!.params, seed });
          runs.set(name, made);
          const claims = presets[name]!.claim!, end = claims.at(-1)!.within_steps;
          const heard = seed === OWN_SEED ? looksAt(end) : [];
          if (heard.length > 0) coaches.set(name, new Listener(engine, lab));
          const looked = claims.flatMap(({ within_steps: steps, rises_after: after }) => [...(after ? [after] : []), ...looksAt(steps, LOOKS)]);
          for (const step of [...new Set([...looked, ...heard])].sort((a, b) => a - b)) {
            made.to(step);
            if (heard.includes(step)) made.hear(coaches.get(name)!, step === end);
          }
        }
        return made;
      };
      test.each(claimsOf(presets))('%s', (name, { claim: claims }) => {
        for (const claim of claims!) {
          const mine = run(name);
          const { metric, within_steps: steps } = claim;
          const said = JSON.stringify(claim);
          if (claim.diverges) {
            expect(mine.status.state, said).toBe('diverged');
            continue;
          }
          if (!metric) throw new Error(`a claim without a metric: ${said}`);
          expect(mine.status.state, `${name} does not diverge`).toBe('ready');
          const value = mine.value(metric, steps);
          let held = 0;
          const hold = (limit: number | string | undefined, check: () => void) => {
            if (limit === undefined) return;
            held += 1;
            check();
          };
          hold(claim.at_least, () => expect(value, said).toBeGreaterThanOrEqual(claim.at_least!));
          hold(claim.at_most, () => expect(value, said).toBeLessThanOrEqual(claim.at_most!));
          hold(claim.never_above, () => expect(Math.max(...mine.until(metric, steps)), said).toBeLessThanOrEqual(claim.never_above!));
          hold(claim.never_below, () => expect(Math.min(...mine.until(metric, steps)), said).toBeGreaterThanOrEqual(claim.never_below!));
          hold(claim.rises_after, () => expect(value, said).toBeGreaterThan(mine.value(metric, claim.rises_after!)));
          hold(claim.below, () => {
            const other = presets[claim.below!]!.claim!.at(-1)!.within_steps;
            expect(value, said).toBeLessThan(run(claim.below!).value(metric, other));
          });
          hold(claim.rougher_than, () => {
            expect(mine.roughness(metric, steps), said).toBeGreaterThan(run(claim.rougher_than!).roughness(metric, steps));
          });
          expect(held, `the claim says something: ${said}`).toBeGreaterThan(0);
        }
      });
      if (seed === OWN_SEED) {
        test('that seed is the page\'s own, and the coach has a word for every preset that trains', () => {
          expect((schema.labs as Record<string, { params: ParamDef[] }>)[lab]!.params.find(({ key }) => key === 'seed')!.default).toBe(seed);
          expect(Object.keys(says[lab]!).sort()).toEqual(claimsOf(presets).map(([name]) => name).sort());
        });
        test.each(claimsOf(presets))('what the coach says of %s', (name) => {
          run(name);
          const said = coaches.get(name)!.last.map(({ rule }) => rule.id), expected = says[lab]![name]!;
          if (expected === 'well') expect(said.filter((id) => id !== 'stop')).toEqual([]);
          else expect(said).toEqual([expected]);
        });
      }
      test('ends', () => {
        for (const made of runs.values()) made.end();
      });
    });
  }
}
