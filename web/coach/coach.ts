// From looks at a run to what is said of it. A finding must hold for several looks before it is said, and be gone for several
// before it is taken back: what flickers is not read. Of a run that stands still one look says all.
import { factsOf, type Look, type Signals } from './signals';
import { remedyOf, RULES, type Evidence, type Rule, type RuleId } from './rules';
import type { Params } from '../engine/protocol';

/** Findings shown at a time. */
export const MOST_SHOWN = 2;
/** Looks that a finding must hold, or be gone. */
const HOLD = 3;
/** What older looks count in the mean of the gradients' noise. */
const MEMORY = 0.8;

export interface Finding {
  rule: Rule & { id: RuleId };
  evidence: Evidence;
  /** What to try; null where the lab has nothing for it. */
  change: Params | null;
}

export class Coach {
  private readonly held = new Map<RuleId, number>();
  private readonly shown = new Map<RuleId, Finding>();
  private readonly dismissed = new Set<RuleId>();
  private own = 0;
  private common = 0;

  /** What to say now, the most urgent first. `resting`: the run stands still, and will look the same until it goes on. */
  look(look: Look, resting: boolean): Finding[] {
    const facts = factsOf(look, this.noiseScale(look));
    const found = new Map<RuleId, Evidence>();
    for (const rule of RULES) {
      const evidence = rule.test(facts);
      if (evidence) found.set(rule.id, evidence);
    }
    for (const rule of RULES) {
      const { id } = rule;
      const evidence = found.get(id);
      const count = Math.max(0, Math.min(HOLD, (this.held.get(id) ?? 0) + (evidence ? (resting ? HOLD : 1) : -1)));
      this.held.set(id, count);
      if (evidence && (this.shown.has(id) || count === HOLD)) this.shown.set(id, { rule, evidence, change: remedyOf(rule, facts) });
      else if (count === 0) this.shown.delete(id);
    }
    return this.findings;
  }

  get findings(): Finding[] {
    const shown = [...this.shown.values()];
    const explained = ({ rule: { id } }: Finding) => shown.some(({ rule: { id: other, explains } }) => other !== id && (explains === 'everything' || explains?.includes(id)));
    const said = RULES.flatMap(({ id }) => this.shown.get(id) ?? []).filter((finding) => !explained(finding) && !this.dismissed.has(finding.rule.id));
    return said.slice(0, MOST_SHOWN);
  }
  /** Other settings hold: what was found under the old ones is no longer so. */
  restart(): void {
    this.held.clear();
    this.shown.clear();
    this.own = this.common = 0;
  }
  /** Not to be said of this run again. */
  dismiss(id: RuleId): void {
    this.dismissed.add(id);
  }

  /** Single batches say little of the noise; their mean does. */
  private noiseScale({ signals, params }: Look): number {
    // Penalties and clipping are in the batch's gradient, and would be taken for agreement.
    const pure = !['l1', 'l2', 'clip_norm', 'clip_value'].some((key) => Number(params[key] ?? 0) > 0);
    if (pure && signals && usable(signals)) {
      const { batch, own, whole } = signals;
      this.own = MEMORY * this.own + (1 - MEMORY) * own;
      this.common = MEMORY * this.common + (1 - MEMORY) * ((batch * whole - own) / (batch - 1));
    }
    return pure && this.common > 0 ? Math.max(0, this.own - this.common) / this.common : NaN;
  }
}

const usable = ({ batch, own, whole }: Signals) => batch > 1 && Number.isFinite(own) && Number.isFinite(whole);
