// One step, slowly: the training step that comes next, from the data to the new weight, one number at a time. It is computed in a
// worker of its own from a copy of the run, and held before its update.
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement, t, words } from '../../elements/base';
import { signedColor } from '../../elements/color';
import { nameOf, numbers, symbols, type Explanation, type Ref } from '../../elements/explanation';
import { formatCount, formatFull, formatNumber } from '../../elements/format';
import { EngineError } from '../../engine/errors';
import { deepClosest } from '../../site/deep';
import type { Bench } from '../bench';
import { batched, count, indexOf, perExample, type Value } from './graph';
import { differenceNumbers, differenceSymbols, kindOf, linkNumbers, linkSymbols, weightNumbers, weightSymbols } from './formulas';
import { check, HeldStep, WIDTHS, type Nudge } from './held';
import { chain, firstPlace, passes, upstream, weightLink, type Link, type Place, type WeightLink } from './trace';
import { formStyles } from './styles';
import '../../elements/pg-formula';
import '../../elements/pg-progress';

/** A run that stays at a step so long has come to rest there, ms. */
const RESTED_MS = 400;
/** Rows of a table before "all of them". */
const SHOWN = 8;

type Page =
  | { phase: 'forward' | 'loss'; place: Place; told: Explanation }
  | { phase: 'backward'; link: Link }
  | { phase: 'weight'; link: WeightLink }
  | { phase: 'update'; told: Explanation; raw: number };

/** What the pages were made of. */
interface Traced {
  weight: Place;
  link: WeightLink;
  row: number;
  pages: Page[];
  nudge: Nudge;
}

export class PgStep extends PgElement {
  static override properties = {
    bench: { attribute: false },
    tick: { attribute: false },
    held: { state: true },
    traced: { state: true },
    page: { state: true },
    busy: { state: true },
    failed: { state: true },
    all: { state: true },
    width: { state: true },
  };
  declare bench: Bench;
  declare tick: number;
  declare private held: HeldStep | null;
  declare private traced: Traced | null;
  declare private page: number;
  declare private busy: boolean;
  declare private failed: '' | 'broken' | 'diverged';
  declare private all: boolean;
  /** Width h of the finite difference. */
  declare private width: number;

  private weightName = '';
  private at = 0;
  private row = -1;
  private readonly chosen = new Map<string, number>();
  private build = -1;
  /** Counts what was asked for, so that a late answer does not take a newer one's place. */
  private asked = 0;
  private opening = false;
  /** Step of the stage that was taken, or tried. */
  private taken = -1;
  private timer = 0;
  private resting = -1;
  private stage: Element | null = null;

  constructor() {
    super();
    this.held = this.traced = null;
    this.page = 0;
    this.busy = this.all = false;
    this.failed = '';
    this.width = WIDTHS[2]; // narrow enough for most kinks of ReLU, wide against rounding
  }

  static override styles = [
    baseStyles,
    formStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      .step {
        display: grid;
        grid-template-columns: minmax(190px, 250px) minmax(0, 1fr);
        gap: 0 28px;
        border-top: 1px solid var(--pg-line);
        padding-top: 14px;
      }
      ol {
        margin: 0;
        padding: 0;
        list-style: none;
        font-size: 13px;
      }
      .phase {
        margin: 12px 0 2px;
        font-size: 12px;
        font-weight: 600;
        color: var(--pg-ink-2);
      }
      li:first-child .phase {
        margin-top: 0;
      }
      ol button {
        display: block;
        width: 100%;
        min-height: max(28px, var(--pg-hit));
        padding: 3px 10px;
        border: 0;
        border-inline-start: 2px solid var(--pg-line);
        background: none;
        text-align: start;
      }
      ol button:hover {
        color: var(--pg-accent);
      }
      ol [aria-current] {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
        font-weight: 600;
      }
      .card {
        display: grid;
        align-content: start;
        gap: 12px;
        min-width: 0;
      }
      .turn {
        display: flex;
        align-items: center;
        gap: 10px;
      }
      .turn span {
        font-size: 13px;
        font-variant-numeric: tabular-nums;
        color: var(--pg-ink-2);
      }
      h3 {
        margin: 0;
        font-size: 16px;
        font-weight: 600;
        line-height: 1.4;
      }
      h4 {
        margin: 6px 0 0;
        font-size: 14px;
        font-weight: 600;
      }
      .formula {
        max-width: 100%;
        overflow-x: auto;
        overflow-y: hidden;
        padding: 3px 0;
        font-size: 16px;
      }
      .formula.plugged {
        color: var(--pg-ink-2);
      }
      .result {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 4px 10px;
        font-size: 18px;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
      .result small {
        font-size: 12px;
        font-weight: 400;
        color: var(--pg-ink-2);
      }
      .swatch {
        align-self: center;
        width: 13px;
        height: 13px;
        border: 1px solid var(--pg-edge);
        border-radius: 3px;
      }
      .scroll {
        max-width: 100%;
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 3px 18px 3px 0;
        border-bottom: 1px solid var(--pg-line);
        text-align: end;
        white-space: nowrap;
      }
      th {
        font-weight: 400;
        color: var(--pg-ink-2);
      }
      th:first-child,
      td:first-child {
        text-align: start;
      }
      td button,
      .more {
        min-height: max(24px, calc(var(--pg-hit) - 8px));
        padding: 0 4px;
        border: 0;
        border-radius: 3px;
        background: none;
        color: var(--pg-accent);
        text-decoration: underline;
        text-decoration-color: var(--pg-edge);
        text-underline-offset: 3px;
      }
      td button:hover,
      .more:hover {
        background: var(--pg-accent-soft);
      }
      .more {
        justify-self: start;
      }
      tr.on td {
        background: var(--pg-accent-soft);
      }
      dl {
        display: grid;
        grid-template-columns: auto auto;
        justify-content: start;
        gap: 3px 20px;
        margin: 0;
        font-variant-numeric: tabular-nums;
      }
      dt {
        color: var(--pg-ink-2);
      }
      dd {
        margin: 0;
      }
      .check {
        display: grid;
        justify-items: start;
        gap: 10px;
        max-width: 760px;
        padding: 12px 14px 14px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
      }
      .verdict {
        color: var(--pg-ink);
        font-weight: 500;
      }
      @media (max-width: 767.98px) {
        .step {
          grid-template-columns: minmax(0, 1fr);
          gap: 16px;
        }
        .step ol {
          order: 2;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stage = deepClosest(this, 'pg-lab');
    this.stage?.addEventListener('inspector-move', this.onStage);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stage?.removeEventListener('inspector-move', this.onStage);
    clearTimeout(this.timer);
    this.timer = 0;
    this.asked++;
    this.held?.dispose();
    this.held = this.traced = null;
    this.taken = this.build = -1;
  }

  /** Snapshots come thirty times a second and change nothing here, unless the run is another, or rests at another step. */
  protected override shouldUpdate(changed: PropertyValues): boolean {
    const { run } = this.bench;
    if (run.phase === 'ready' && run.status?.trainable) {
      const build = run.snapshot?.build ?? run.state?.build ?? 0;
      if (build !== this.build) {
        this.build = build;
        void this.take(true);
      } else if (!run.running && run.status.step !== this.taken) this.waitForRest();
    }
    return [...changed.keys()].some((key) => key !== 'tick') || !this.hasUpdated;
  }
  private waitForRest(): void {
    const { step } = this.bench.run.status!;
    if (this.timer && step === this.resting) return;
    clearTimeout(this.timer);
    this.resting = step;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      const { run } = this.bench;
      if (!run.running && run.status?.step === step && step !== this.taken) void this.take();
    }, RESTED_MS);
  }

  /** A weight that was opened on the stage. */
  private readonly onStage = (event: Event): void => {
    const { ref } = (event as CustomEvent<{ ref?: Ref }>).detail;
    const value = ref && this.held?.graph?.byName.get(ref.value);
    if (!value || !this.held!.graph.parameters.includes(value) || ref.index.length !== value.shape.length) return;
    this.choose(value, ref.index.reduce((flat, i, d) => flat * value.shape[d]! + i, 0));
  };

  // ------------------------------------------------------------------------------------------------- the numbers

  /** A copy of the run as it is now. */
  private async take(fresh = false): Promise<void> {
    if (this.opening) return;
    this.opening = true;
    const { bench, build } = this;
    this.taken = bench.run.status?.step ?? -1;
    this.busy = true;
    const mine = ++this.asked;
    try {
      const bytes = await bench.run.client.save();
      if (mine !== this.asked || !this.isConnected) return;
      const held = this.held ?? new HeldStep(bench.newClient());
      await held.open(bench.lab, bench.run.state!.params, bytes);
      if (!this.isConnected) {
        held.dispose();
        return;
      }
      if (fresh || !held.graph.byName.has(this.weightName)) await this.begin(held);
      this.held = held;
      this.failed = '';
      this.chosen.clear();
      await this.trace();
    } catch (thrown) {
      this.complain(thrown);
    } finally {
      this.opening = false;
      if (this.isConnected && build !== this.build) void this.take(true); // rebuilt meanwhile
    }
  }
  private complain(thrown: unknown): void {
    this.busy = false;
    if (!(thrown instanceof EngineError) || !['disposed', 'cancelled'].includes(thrown.code)) this.failed = thrown instanceof EngineError && thrown.code === 'diverged' ? 'diverged' : 'broken';
    this.traced = null;
  }
  /** Begins in the first layer that is fed by another, since its chain rule has a bit of everything, with the weight that moves most. */
  private async begin(held: HeldStep): Promise<void> {
    const weights = held.graph.parameters.filter(({ shape }) => shape.length > 1);
    const weight = weights[weights.length > 2 ? 1 : 0] ?? held.graph.parameters[0]!;
    const gradients = await held.gradients(weight);
    this.weightName = weight.name;
    this.at = 0;
    for (let i = 1; i < gradients.length; i++) if (Math.abs(gradients[i]!) > Math.abs(gradients[this.at]!)) this.at = i;
    this.row = -1;
    this.page = 0;
  }
  private choose(value: Value, at: number): void {
    if (value.name === this.weightName && at === this.at) return;
    this.weightName = value.name;
    this.at = Math.min(at, count(value) - 1);
    this.chosen.clear();
    void this.trace();
  }

  /** Everything that the pages tell of the weight chosen. */
  private async trace(): Promise<void> {
    const held = this.held!;
    const mine = ++this.asked;
    this.busy = true;
    this.all = false;
    try {
      const weight: Place = { value: held.graph.byName.get(this.weightName)!, at: this.at };
      const link = await weightLink(held, weight.value, weight.at);
      const most = link.shares.reduce((best, { product }, i) => (Math.abs(product) > Math.abs(link.shares[best]!.product) ? i : best), 0);
      const row = this.row >= 0 && this.row < link.shares.length ? this.row : most;
      const start = await firstPlace(held, link, row);
      const links = await chain(held, start, this.chosen);
      const before = await upstream(held, start, weight);
      const places = [...before.filter(({ value }) => !held.idle.has(value.name)), ...links.filter((_, i) => i === 0 || !passes(links[i - 1]!)), { value: held.graph.loss, at: 0 }];
      const pages: Page[] = [];
      for (const { value, at } of places) pages.push({ phase: value.loss ? 'loss' : 'forward', place: { value, at }, told: await held.element(value, at) });
      for (const one of [...links].reverse()) if (!passes(one)) pages.push({ phase: 'backward', link: one });
      pages.push({ phase: 'weight', link });
      pages.push({ phase: 'update', told: await held.update(weight.value, weight.at), raw: link.gradient });
      const nudge = await held.nudge(weight.value, weight.at, this.width);
      if (mine !== this.asked) return;
      const phase = this.traced?.pages[this.page]?.phase;
      this.traced = { weight, link, row, pages, nudge };
      // Another weight is looked at where the reader was.
      if (phase === 'weight' || phase === 'update') this.page = pages.length - (phase === 'weight' ? 2 : 1);
      this.page = Math.min(this.page, pages.length - 1);
      this.busy = false;
    } catch (thrown) {
      if (mine === this.asked) this.complain(thrown);
    }
  }
  private async measure(): Promise<void> {
    const traced = this.traced!;
    const nudge = await this.held!.nudge(traced.weight.value, traced.weight.at, this.width);
    if (this.traced === traced) this.traced = { ...traced, nudge };
  }

  private go(page: number): void {
    this.page = Math.max(0, Math.min(this.traced!.pages.length - 1, page));
    this.all = false;
  }
  private readonly onKey = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const inside = event.composedPath()[0] as HTMLElement;
    if (!by || event.altKey || event.ctrlKey || event.metaKey || inside.matches('input, select')) return;
    if (inside.matches('[data-scrolls]') && inside.scrollWidth > inside.clientWidth) return;
    event.preventDefault();
    this.go(this.page + by);
  };
  /** Goes through another of the numbers that feed the loss. */
  private async follow(link: Link, path: Link['paths'][number]): Promise<void> {
    this.chosen.set(path.value.name, path.at);
    await this.trace();
    const to = this.traced?.pages.findIndex((page) => page.phase === 'backward' && page.link.value === path.value && page.link.at === path.at) ?? -1;
    const own = this.traced?.pages.findIndex((page) => page.phase === 'backward' && page.link.value === link.value) ?? -1;
    this.page = to >= 0 ? to : Math.max(0, own);
  }

  // ----------------------------------------------------------------------------------------------------- drawing

  private name({ value, at }: Place): string {
    const index = indexOf(value, at);
    const ref = { value: value.name, index: batched(value) ? index.slice(1) : index };
    if (value === this.held!.graph.loss) return t('bench.inspect.step.loss');
    const known = this.bench.view.describe?.(ref, this.bench.context!);
    if (known) return known;
    if (value.op === 'dropout' && this.held!.idle.has(value.name)) return this.name({ value: this.held!.graph.values[value.from[0]!]!, at });
    if (value.op === 'dropout') return t('bench.inspect.step.dropped', { name: this.name({ value: this.held!.graph.values[value.from[0]!]!, at }) });
    return nameOf(ref);
  }
  private exampleOf({ value, at }: Place): number {
    return batched(value) ? Math.floor(at / perExample(value)) : -1;
  }
  private number(value: number, digits = 3): TemplateResult {
    return html`<span title=${formatFull(value)}>${formatNumber(value, words().lang, digits)}</span>`;
  }
  private formula(tex: string | null, plugged = false): TemplateResult | typeof nothing {
    return tex ? html`<div class="formula ${plugged ? 'plugged' : ''}" data-scrolls tabindex="0" role="group" aria-label=${t(plugged ? 'bench.inspect.step.plugged' : 'bench.inspect.step.formula')}><pg-formula .tex=${tex}></pg-formula></div>` : nothing;
  }
  private result(value: number): TemplateResult {
    return html`<div class="result"><span class="swatch" .style=${`background:${signedColor(value, Math.abs(value) || 1)}`}></span>${this.number(value, 4)}<small>${formatFull(value)}</small></div>`;
  }
  private more(length: number): TemplateResult | typeof nothing {
    if (length <= SHOWN) return nothing;
    return html`<button class="more" type="button" aria-expanded=${this.all} @click=${() => (this.all = !this.all)}>${this.all ? t('ui.inspector.fewer') : t('ui.inspector.all', { count: formatCount(length, words().lang) })}</button>`;
  }
  private table(head: string[], rows: TemplateResult[]): TemplateResult {
    return html`<div class="scroll" data-scrolls tabindex="0" role="group" aria-label=${t('bench.inspect.step.terms')}><table>
      <thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead><tbody>${this.all ? rows : rows.slice(0, SHOWN)}</tbody></table></div>${this.more(rows.length)}`;
  }

  private forward(place: Place, e: Explanation): TemplateResult {
    const terms = [...(e.terms ?? [])].sort((p, q) => Math.abs(q.a * (q.b ?? 1)) - Math.abs(p.a * (p.b ?? 1)));
    const named = (ref: Ref | null | undefined, otherwise: string) => {
      const value = ref && this.held!.graph.byName.get(ref.value);
      return value ? this.name({ value, at: ref.index.reduce((flat, i, d) => flat * value.shape[d + value.shape.length - ref.index.length]! + i, 0) }) : otherwise;
    };
    const paired = terms.some(({ b }) => b !== undefined);
    return html`${words().has(`ui.explain.${e.kind}`) ? html`<p>${t(`ui.explain.${e.kind}`)}</p>` : nothing}
      ${this.formula(symbols(e))}${this.formula(numbers(e), true)}
      ${this.result(e.result)}
      ${terms.length && e.kind !== 'loss'
        ? this.table(
            [t('ui.inspector.term'), t('ui.inspector.value'), ...(paired ? [t('bench.inspect.step.factor'), t('ui.inspector.product')] : [])],
            terms.map((term) => html`<tr><td>${named(term.a_ref, term.label)}</td><td>${this.number(term.a)}</td>${paired ? html`<td>${this.number(term.b ?? 1)}</td><td>${this.number(term.a * (term.b ?? 1))}</td>` : nothing}</tr>`),
          )
        : nothing}
      ${place.value.loss ? html`<p>${t('bench.inspect.step.batch', { n: this.batch })}</p>` : nothing}`;
  }
  private get batch(): number {
    return this.held!.graph.values.find(({ op }) => op === 'input')?.shape[0] ?? 1;
  }

  private backward(link: Link): TemplateResult {
    const kind = kindOf(link.paths[0]?.value.op ?? '');
    const paths = [...link.paths].sort((p, q) => Math.abs(q.product) - Math.abs(p.product));
    const on = link.paths[link.next];
    return html`<p>${t(`bench.inspect.local.${kind}`)}</p>
      ${this.formula(linkSymbols(link))}${link.paths.length ? this.formula(linkNumbers(link), true) : nothing}
      ${this.result(link.gradient)}
      ${paths.length
        ? this.table(
            [t('bench.inspect.step.through'), '∂L/∂y', '∂y/∂x', t('ui.inspector.product')],
            paths.map((path) => {
              const last = path.value === this.held!.graph.loss;
              return html`<tr class=${path === on && paths.length > 1 ? 'on' : ''}><td>${this.name(path)}${this.otherExample(link, path)}</td>
                <td>${last ? this.number(path.outer) : html`<button type="button" title=${formatFull(path.outer)} aria-label=${t('bench.inspect.step.open', { name: this.name(path), value: formatNumber(path.outer, words().lang) })}
                  @click=${() => void this.follow(link, path)}>${formatNumber(path.outer, words().lang)}</button>`}</td>
                <td>${this.number(path.inner)}</td><td>${this.number(path.product)}</td></tr>`;
            }),
          )
        : html`<p>${t('bench.inspect.step.nothing')}</p>`}
      ${link.rest ? html`<p>${t('bench.inspect.step.rest', { value: formatNumber(link.rest, words().lang) })}</p>` : nothing}`;
  }
  /** Where a layer looks at the whole batch, a number also reaches other examples. */
  private otherExample(from: Place, to: Place): string {
    const there = this.exampleOf(to);
    return there >= 0 && there !== this.exampleOf(from) ? ` · ${t('bench.inspect.step.example_n', { n: there + 1 })}` : '';
  }

  private weight(link: WeightLink): TemplateResult {
    const factors = link.shares[0]?.delta !== null && link.value.shape.length > 1;
    const shares = [...link.shares].sort((p, q) => Math.abs(q.product) - Math.abs(p.product));
    return html`<p>${t(link.shares[0]?.delta === null ? 'bench.inspect.step.shares' : factors ? 'bench.inspect.step.sum' : 'bench.inspect.step.sum_bias')}</p>
      ${this.formula(weightSymbols(link))}${this.formula(weightNumbers(link), true)}
      ${this.result(link.gradient)}
      ${this.table(
        [t('bench.inspect.step.example'), ...(factors ? ['∂L/∂z', 'a'] : []), t('ui.inspector.product')],
        shares.map((share) => html`<tr class=${share.row === this.traced!.row ? 'on' : ''}><td><button type="button" aria-label=${t('bench.inspect.step.choose', { name: this.rowName(link, share.row) })} @click=${() => this.look(share.row)}>${this.rowName(link, share.row)}</button></td>
          ${factors ? html`<td>${this.number(share.delta!)}</td><td>${this.number(share.input!)}</td>` : nothing}<td>${this.number(share.product)}</td></tr>`),
      )}
      ${this.difference(link)}`;
  }
  private look(row: number): void {
    this.row = row;
    this.chosen.clear();
    void this.trace();
  }
  private rowName({ user, shares }: WeightLink, row: number): string {
    const per = shares.length / (user.shape[0] ?? 1);
    return per > 1
      ? t('bench.inspect.step.position_n', { n: Math.floor(row / per) + 1, t: (row % per) + 1 })
      : t('bench.inspect.step.example_n', { n: row + 1 });
  }

  private difference(link: WeightLink): TemplateResult {
    const { nudge } = this.traced!;
    const { lang } = words();
    const { slope, difference, rounding, verdict } = check(nudge, link.gradient);
    return html`<div class="check">
      <h4>${t('bench.inspect.check.heading')}</h4>
      <p>${t('bench.inspect.check.what')}</p>
      <label>${t('bench.inspect.check.width')}<select @change=${(event: Event) => {
        this.width = Number((event.target as HTMLSelectElement).value);
        void this.measure();
      }}>${WIDTHS.map((h) => html`<option value=${h} ?selected=${h === this.width}>${formatNumber(h, lang)}</option>`)}</select></label>
      ${this.formula(differenceSymbols)}${this.formula(differenceNumbers(nudge.up.loss, nudge.down.loss, nudge.up.at - nudge.down.at, slope), true)}
      <dl>
        <dt>${t('bench.inspect.check.slope')}</dt><dd data-check="slope">${this.number(slope, 5)}</dd>
        <dt>${t('bench.inspect.check.gradient')}</dt><dd data-check="gradient">${this.number(link.gradient, 5)}</dd>
        <dt>${t('bench.inspect.check.difference')}</dt><dd data-check="difference">${this.number(difference, 2)}</dd>
      </dl>
      <p class="verdict" data-check="verdict" data-verdict=${verdict}>${t(`bench.inspect.check.${verdict}`, { rounding: formatNumber(rounding, lang, 1) })}</p>
    </div>`;
  }

  private moved(e: Explanation, raw: number): TemplateResult {
    const { lang } = words();
    const name = (key: string) => (words().has(`ui.constant.${key}`) ? t(`ui.constant.${key}`) : key);
    const penalties = (e.penalty?.l1 ?? 0) + (e.penalty?.l2 ?? 0);
    const used = (e.gradient ?? 0) + penalties, whole = raw + penalties;
    // What an update leaves behind is the clipped sum.
    const clipped = Math.abs(used - whole) > 1e-5 * Math.max(Math.abs(whole), 1e-9);
    const rows: [string, number][] = [[t('bench.inspect.update.gradient'), raw]];
    if (e.penalty?.l1) rows.push([t('ui.constant.l1'), e.penalty.l1]);
    if (e.penalty?.l2) rows.push([t('ui.constant.l2'), e.penalty.l2]);
    if (clipped) rows.push([t('bench.inspect.update.clipped'), used]);
    for (const [key, value] of Object.entries(e.constants ?? {})) rows.push([name(key), value]);
    rows.push([t('ui.constant.update'), e.update ?? NaN]);
    return html`<p>${t('bench.inspect.update.what', { optimizer: this.optimizer(e.optimizer ?? '') })}</p>
      ${this.formula(symbols(e))}${this.formula(numbers(e), true)}
      <div class="result">${formatNumber(e.before ?? NaN, lang, 6)} → ${formatNumber(e.result, lang, 6)}</div>
      <dl>${rows.map(([label, value]) => html`<dt>${label}</dt><dd>${this.number(value, 4)}</dd>`)}</dl>`;
  }
  private optimizer(name: string): string {
    const key = 'params.optimizer.choices.' + name;
    return words().has(key) || words().has(`labs.${this.bench.lab}.${key}`) ? this.bench.text(key) : name;
  }

  private heading(page: Page): string {
    switch (page.phase) {
      case 'loss':
        return t('bench.inspect.step.loss');
      case 'forward':
        return this.name(page.place);
      case 'backward':
        return t('bench.inspect.step.slope_of', { name: this.name(page.link) });
      case 'weight':
        return t('bench.inspect.step.slope_of', { name: this.name(page.link) });
      case 'update':
        return this.name(this.traced!.weight);
    }
  }
  private body(page: Page): TemplateResult {
    switch (page.phase) {
      case 'loss':
      case 'forward':
        return this.forward(page.place, page.told);
      case 'backward':
        return this.backward(page.link);
      case 'weight':
        return this.weight(page.link);
      case 'update':
        return this.moved(page.told, page.raw);
    }
  }

  /** The weight by layer and index, and the example whose numbers are followed. */
  private controls(held: HeldStep): TemplateResult | typeof nothing {
    const { parameters, byName } = held.graph;
    const value = byName.get(this.weightName);
    if (!value) return nothing; // another model is being taken
    const index = indexOf(value, this.at);
    const put = (d: number, input: HTMLInputElement) => {
      const to = Math.max(1, Math.min(value.shape[d]!, Math.round(Number(input.value)) || 1));
      input.value = String(to);
      this.choose(value, index.reduce((flat, i, k) => flat * value.shape[k]! + (k === d ? to - 1 : i), 0));
    };
    const labels = value.shape.length === 2 ? ['row', 'column'] : value.shape.map((_, d) => (value.shape.length === 1 ? 'entry' : `dim${d}`));
    const { link, row } = this.traced ?? {};
    return html`<div class="row">
      <label>${t('bench.inspect.step.weight')}<select @change=${(event: Event) => this.choose(byName.get((event.target as HTMLSelectElement).value)!, 0)}>
        ${parameters.map(({ name, shape }) => html`<option value=${name} ?selected=${name === this.weightName}>${name} [${shape.join(' × ')}]</option>`)}</select></label>
      ${labels.map((label, d) => html`<label>${label.startsWith('dim') ? t('bench.inspect.step.dim', { n: d + 1 }) : t(`bench.inspect.step.${label}`)}<input type="number" min="1" max=${value.shape[d]!} .value=${String(index[d]! + 1)} @change=${(event: Event) => put(d, event.target as HTMLInputElement)}></label>`)}
      ${link ? html`<label>${t('bench.inspect.step.example')}<select @change=${(event: Event) => this.look(Number((event.target as HTMLSelectElement).value))}>
        ${link.shares.map((_, i) => html`<option value=${i} ?selected=${i === row}>${this.rowName(link, i)}</option>`)}</select></label>` : nothing}
      <button class="button" type="button" @click=${() => void this.take()}>${t('bench.inspect.step.take')}</button>
    </div>`;
  }

  protected override render() {
    const { held, traced, failed } = this;
    if (!(this.bench.run.status?.trainable ?? true)) return html`<p>${t('bench.inspect.none')}</p>`;
    if (failed) return html`<p role="status">${t(failed === 'diverged' ? 'bench.inspect.diverged' : 'ui.failed.broken')}</p>`;
    if (!held || !this.bench.context) return html`<pg-progress .label=${t('bench.inspect.step.loading')}></pg-progress>`;
    const page = traced?.pages[this.page];
    const phases: Record<string, string> = { forward: 'forward', loss: 'forward', backward: 'backward', weight: 'backward', update: 'update' };
    return html`
      <p>${t('bench.inspect.step.what')}</p>
      ${this.controls(held)}
      <p>${t('bench.inspect.step.of', { step: held.step + 1, n: this.batch })}</p>
      ${traced && page
        ? html`<div class="step" @keydown=${this.onKey} aria-busy=${this.busy}>
            <ol>${traced.pages.map((one, i) => {
              const phase = phases[one.phase]!;
              const first = i === 0 || phases[traced.pages[i - 1]!.phase] !== phase;
              return html`<li>${first ? html`<div class="phase">${t(`bench.inspect.phase.${phase}`)}</div>` : nothing}<button type="button" aria-current=${i === this.page ? 'step' : nothing} @click=${() => this.go(i)}>${this.heading(one)}</button></li>`;
            })}</ol>
            <div class="card">
              <div class="turn">
                <button class="button" type="button" ?disabled=${this.page === 0} @click=${() => this.go(this.page - 1)}>${t('bench.inspect.step.back')}</button>
                <button class="button first" type="button" ?disabled=${this.page === traced.pages.length - 1} @click=${() => this.go(this.page + 1)}>${t('bench.inspect.step.next')}</button>
                <span>${t('bench.inspect.step.count', { at: this.page + 1, of: traced.pages.length })}</span>
              </div>
              <h3 aria-live="polite">${this.heading(page)}${page.phase === 'forward' && this.exampleOf(page.place) >= 0 ? html` <small>${t('bench.inspect.step.example_n', { n: this.exampleOf(page.place) + 1 })}</small>` : nothing}</h3>
              ${this.body(page)}
            </div>
          </div>`
        : html`<pg-progress .label=${t('bench.inspect.step.loading')}></pg-progress>`}`;
  }
}
define('pg-step', PgStep);
