// <pg-coach>: reads the run now and then, and says what is wrong with it, by which numbers, why, and what to try. Silent otherwise.
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement, t } from '../elements/base';
import { formatCount, formatNumber } from '../elements/format';
import { sameValue } from '../site/state/url';
import type { Bench } from '../workbench/bench';
import { Coach, type Finding } from './coach';
import type { Evidence, RuleId } from './rules';
import { readSignals, type Signals } from './signals';

/** Between two looks at a run that goes on. A look costs the worker a few milliseconds at most. */
const LOOK_MS = 800;
/** Numbers that change faster than this cannot be read. */
const READ_MS = 2400;

/** Evidence that is a share, and evidence that is a count. */
const SHARES = new Set(['share', 'bounce', 'pace']);
const COUNTS = new Set(['step', 'span', 'at', 'units', 'dead', 'batch', 'parameters']);

export class PgCoach extends PgElement {
  static override properties = { bench: { attribute: false }, tick: { attribute: false }, drawn: { state: true }, asked: { state: true }, said: { state: true } };
  declare bench: Bench;
  /** Counts the changes of the run. */
  declare tick: number;
  declare private drawn: Finding[];
  /** Of which the reader wants to know why. */
  declare private asked: ReadonlySet<RuleId>;
  /** What the live region says: a new finding, once. */
  declare private said: string;

  private coach = new Coach();
  private texts: Promise<void> | null = null;
  /** What the last look saw. */
  private seen = '';
  private settings = '';
  private build = -1;
  private looking = false;
  private lastLook = -Infinity;
  private lastDrawn = -Infinity;

  constructor() {
    super();
    this.tick = 0;
    this.drawn = [];
    this.asked = new Set();
    this.said = '';
  }

  /* The findings stand in the column themselves, so that silence takes no room. */
  static override styles = [
    baseStyles,
    css`
      :host {
        display: contents;
      }
      section {
        padding: 9px 12px 8px;
        border: 1px solid var(--pg-line);
        border-inline-start: 3px solid var(--pg-warn);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        color: var(--pg-ink);
        font-size: 14px;
        line-height: 1.5;
        word-break: keep-all;
        overflow-wrap: anywhere;
      }
      .good {
        border-inline-start-color: var(--pg-accent);
      }
      h2,
      p {
        margin: 0;
        font-size: inherit;
      }
      h2 {
        font-weight: 600;
      }
      .evidence {
        font-variant-numeric: tabular-nums;
      }
      /* It ends the sentence; what can be touched reaches beyond the line. */
      .ask {
        position: relative;
        padding: 0 2px;
        border: 0;
        background: none;
        font-size: inherit;
        color: var(--pg-accent);
        white-space: nowrap;
      }
      .ask::after {
        content: '';
        position: absolute;
        inset: calc((21px - var(--pg-hit)) / 2) -6px;
      }
      .ask:hover {
        text-decoration: underline;
        text-underline-offset: 3px;
      }
      .why {
        margin-top: 4px;
        color: var(--pg-ink-2);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        margin-top: 6px;
      }
      .actions button {
        min-height: max(28px, var(--pg-hit));
        padding: 2px 10px;
        border: 1px solid var(--pg-accent);
        border-radius: var(--pg-radius);
        background: var(--pg-accent);
        color: var(--pg-accent-ink);
        font-size: 13.5px;
      }
      .good .actions button {
        background: none;
        color: var(--pg-accent);
      }
      .actions .later,
      .good .actions .later {
        border-color: transparent;
        background: none;
        color: var(--pg-ink-2);
      }
      .actions .later:hover,
      .good .actions .later:hover {
        border-color: var(--pg-edge);
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('tick')) void this.consider();
  }

  /** Looks at the run where there is something new to see. */
  private async consider(): Promise<void> {
    const { run } = this.bench;
    const { snapshot } = run;
    if (!snapshot || run.phase !== 'ready') return;
    if (snapshot.build !== this.build) {
      this.build = snapshot.build;
      this.coach = new Coach();
      this.draw();
    }
    const settings = JSON.stringify(run.state?.params);
    if (settings !== this.settings) {
      this.settings = settings;
      this.coach.restart();
      this.draw();
    }
    // The past is not spoken of: its findings were said when it was the present.
    const resting = !run.running;
    const sight = run.lookingBack ? 'past' : `${snapshot.build} ${snapshot.status.step} ${snapshot.status.state} ${resting}`;
    if (sight === this.seen || this.looking || (!resting && performance.now() - this.lastLook < LOOK_MS)) return;
    this.seen = sight;
    if (run.lookingBack) return this.draw();
    this.lastLook = performance.now();
    this.looking = true;
    const signals = await this.signals();
    await (this.texts ??= this.bench.loadTexts('coach'));
    this.looking = false;
    const now = run.snapshot;
    // Meanwhile another run may have begun, or other settings hold; then there is another look.
    if (!now || now.build !== this.build || run.lookingBack || JSON.stringify(run.state?.params) !== this.settings) return;
    this.coach.look({ schema: this.bench.schema, params: run.state!.params, snapshot: now, signals, since: now.timeline.changes.at(-1) ?? 0 }, resting);
    this.draw(resting);
  }

  private async signals(): Promise<Signals | null> {
    const { client } = this.bench.run;
    try {
      // Asked in one turn, so nothing comes between them.
      const [lines, numbers] = await Promise.all([client.query('signals') as Promise<string>, client.read('signals')]);
      return readSignals(lines, numbers);
    } catch {
      return null; // the run is gone, or there is none
    }
  }

  private draw(atOnce = false): void {
    const findings = this.bench.run.lookingBack ? [] : this.coach.findings;
    const ids = (all: Finding[]) => all.map(({ rule }) => rule.id).join();
    const news = findings.filter(({ rule }) => !this.drawn.some((old) => old.rule.id === rule.id));
    if (ids(findings) === ids(this.drawn) && !atOnce && performance.now() - this.lastDrawn < READ_MS) return;
    this.lastDrawn = performance.now();
    this.drawn = findings;
    if (news.length) this.said = news.map((finding) => `${t('coach.label')}: ${this.what(finding)}. ${this.shown(finding)}`).join(' ');
    else if (!findings.length) this.said = '';
  }

  private ask(id: RuleId): void {
    this.asked = new Set(this.asked.has(id) ? [...this.asked].filter((other) => other !== id) : [...this.asked, id]);
  }
  private dismiss(id: RuleId): void {
    this.coach.dismiss(id);
    this.draw(true);
  }

  // --------------------------------------------------------------------------------------------------------- words

  private what({ rule, evidence }: Finding): string {
    return t(`coach.${rule.id}.title`, this.holes(evidence));
  }
  private shown({ rule, evidence }: Finding): string {
    return t(`coach.${rule.id}.evidence`, this.holes(evidence));
  }
  private holes(evidence: Evidence): Record<string, string> {
    const { bench } = this;
    const text = (key: string, value: Evidence[string]): string => {
      if (typeof value === 'object') return /^\d/.test(value.name) ? t('coach.layer', { n: value.place }) : value.name.replace(/\.weight$/, '');
      if (typeof value === 'string') return key === 'param' ? bench.paramLabel(value) : value;
      if (SHARES.has(key)) return t('coach.percent', { value: formatNumber(100 * value, bench.lang, 2) });
      return COUNTS.has(key) ? formatCount(value, bench.lang) : formatNumber(value, bench.lang);
    };
    return Object.fromEntries(Object.entries(evidence).map(([key, value]) => [key, text(key, value)]));
  }
  /** What the change changes: "learning rate 0.3". */
  private change(change: NonNullable<Finding['change']>): string {
    const { params } = this.bench.spec;
    return Object.entries(change)
      .filter(([key, value]) => !sameValue(params[key], value))
      .map(([key, value]) => `${this.bench.paramLabel(key)} ${this.bench.paramText(key, value)}`)
      .join(', ');
  }

  private finding(finding: Finding): TemplateResult {
    const { rule, change } = finding;
    const asked = this.asked.has(rule.id);
    return html`<section class=${rule.tone ?? 'wrong'} aria-labelledby=${rule.id}>
      <h2 id=${rule.id}>${this.what(finding)}</h2>
      <p class="evidence">${this.shown(finding)}
        <button class="ask" type="button" aria-expanded=${asked} @click=${() => this.ask(rule.id)}>${t('coach.why')}</button></p>
      ${asked ? html`<p class="why">${t(`coach.${rule.id}.why`)}</p>` : nothing}
      <div class="actions">
        ${change ? html`<button type="button" @click=${() => this.bench.compare(change)}>${t('coach.compare', { change: this.change(change) })}</button>` : nothing}
        <button class="later" type="button" @click=${() => this.dismiss(rule.id)}>${t('coach.later')}</button>
      </div>
    </section>`;
  }

  protected override render() {
    return html`<div class="sr" role="status">${this.said}</div>${this.drawn.map((finding) => this.finding(finding))}`;
  }
}
define('pg-coach', PgCoach);
