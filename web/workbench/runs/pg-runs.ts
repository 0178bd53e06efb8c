// Compare runs: sweep one hyperparameter, keep a curve, see which settings did best. Everything that differs is a label.
import { css, html, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement, t } from '../../elements/base';
import { inputLook } from '../../elements/input-look';
import { runColor, token } from '../../elements/color';
import { formatCompact, formatCount, formatFixed, formatInput, formatNumber } from '../../elements/format';
import { isVisible } from '../../elements/when';
import type { ParamDef, Params, ParamValue } from '../../engine/protocol';
import { decodeParams, encodeParams } from '../../site/state/url';
import type { Bench } from '../bench';
import { columnOf, MOST, type Compared } from '../compared';
import { download } from '../download';
import { runLabel } from '../label';
import { FEWEST, MOST_VALUES, sweepValues } from '../sweep';
import { csvOf, jsonOf } from './export';
import { paintFile, plot, svgFile, type Line, type Plot } from './plot';
import '../../elements/pg-progress';

/** Too little, right, too much: what a hyperparameter does, shown by three runs. web/labs/<lab>/show.json has them. */
interface Show {
  with?: Params;
  values: ParamValue[];
  steps: number;
}
const shows = import.meta.glob<{ default: Record<string, Show> }>('../../labs/*/show.json');

const USUAL_STEPS = 1000;
const MOST_STEPS = 100_000;
const CHART = { width: 620, height: 240 };

export class PgRuns extends PgElement {
  static override properties = {
    bench: { attribute: false },
    tick: { attribute: false },
    arg: {},
    key: { state: true },
    values: { state: true },
    steps: { state: true },
    metric: { state: true },
    sorted: { state: true },
    logY: { state: true },
    said: { state: true },
    wrong: { state: true },
  };
  declare bench: Bench;
  declare tick: number;
  declare arg: string;
  /** The hyperparameter that is swept. */
  declare private key: string;
  declare private values: string;
  declare private steps: number;
  declare private metric: string;
  declare private sorted: { by: string; down: boolean } | null;
  declare private logY: boolean;
  /** What the live region says. */
  declare private said: string;
  declare private wrong: string;
  private swept = '';
  /** Null before the first look: short runs may have ended before this tool was there. */
  private wasTraining: boolean | null = null;
  private endTheme = () => {};

  constructor() {
    super();
    this.arg = this.key = this.values = this.metric = this.said = this.wrong = '';
    this.steps = USUAL_STEPS;
    this.sorted = null;
    this.logY = false;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      form,
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 10px 14px;
      }
      label {
        display: grid;
        gap: 3px;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      label.wide {
        flex: 1 1 220px;
        max-width: 460px;
      }
      input,
      select,
      .row button,
      form button {
        ${inputLook}
      }
      input[type='number'] {
        width: 11ch;
      }
      .row button:hover:not(:disabled),
      form button:hover:not(:disabled) {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      form button[type='submit'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent);
        color: var(--pg-accent-ink);
        font-weight: 600;
      }
      form button[type='submit']:hover:not(:disabled) {
        color: var(--pg-accent-ink);
      }
      p {
        max-width: 68ch;
        margin: 0;
        line-height: 1.6;
        color: var(--pg-ink-2);
      }
      .wrong {
        color: var(--pg-error);
      }
      .wrong:empty {
        display: none;
      }
      .charts {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr));
        gap: 20px;
      }
      figure {
        min-width: 0;
        margin: 0;
      }
      figcaption {
        margin-bottom: 4px;
        font-weight: 600;
      }
      svg {
        display: block;
        width: 100%;
        height: auto;
        max-width: 760px;
        font-size: 12px;
        font-variant-numeric: tabular-nums;
      }
      .tick {
        fill: var(--pg-ink-2);
      }
      .grid {
        stroke: var(--pg-line);
      }
      .scroll {
        position: relative;
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 4px 14px 4px 0;
        border-bottom: 1px solid var(--pg-line);
        text-align: start;
        white-space: nowrap;
      }
      th {
        font-weight: 600;
      }
      tbody th {
        font-weight: inherit;
      }
      th button,
      td button {
        min-height: max(28px, var(--pg-hit));
        padding: 0 6px;
        border: 0;
        border-radius: 4px;
        background: none;
        font-size: 13px;
      }
      th button {
        padding-inline: 0;
        font-weight: 600;
        color: inherit;
      }
      td button {
        color: var(--pg-accent);
      }
      th button:hover,
      td button:hover {
        text-decoration: underline;
        text-underline-offset: 3px;
      }
      .best {
        font-weight: 600;
      }
      .best::after {
        content: ' ★';
        color: var(--pg-accent);
      }
      .ink {
        display: inline-block;
        width: 16px;
        height: 3px;
        margin-inline-end: 8px;
        border-radius: 2px;
        vertical-align: middle;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.endTheme = this.surroundings.onTheme(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.endTheme();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!this.key) this.choose('lr');
    if (changed.has('arg') && this.arg) {
      const [verb, key] = this.arg.split('.');
      if (verb === 'show' && key) void this.show(key);
      else this.choose(this.arg);
    }
    const { training, runs } = this.bench.runs;
    if ((this.wasTraining ?? runs.some(({ state }) => state !== 'pinned')) && !training) this.said = this.result();
    this.wasTraining = training;
  }

  // -------------------------------------------------------------------------------------------------- what to run

  private get offered(): ParamDef[] {
    const { schema, spec } = this.bench;
    return schema.params.filter((def) => isVisible(def.when, spec.params) && sweepValues(def, spec.params[def.key]!).length > 1);
  }
  private row(key: string): ParamDef | undefined {
    return this.bench.schema.params.find((def) => def.key === key);
  }
  private choose(key: string): void {
    const def = this.offered.find((row) => row.key === key) ?? this.offered[0];
    if (!def) return;
    this.key = def.key;
    this.values = this.written(sweepValues(def, this.bench.spec.params[def.key]!));
  }
  /** Values as they are typed: 0.01, 0.03 or 8-8, 16-16. */
  private written(values: ParamValue[]): string {
    return values.map((value) => (typeof value === 'number' ? formatInput(value) : Array.isArray(value) ? value.join('-') || 'none' : String(value))).join(', ');
  }
  private read(def: ParamDef): ParamValue[] | null {
    const parts = this.values.split(/[,;\s]+/).filter(Boolean);
    const values = parts.map((part) => decodeParams(`?${def.key}=${encodeURIComponent(part)}`, this.bench.schema).params[def.key]);
    const inside = (value: ParamValue | undefined) => value !== undefined && (typeof value !== 'number' || (value >= (def.min ?? -Infinity) && value <= (def.max ?? Infinity)));
    return values.length >= 2 && values.length <= MOST_VALUES && values.every(inside) ? (values as ParamValue[]) : null;
  }

  private sweep(event: Event): void {
    event.preventDefault();
    const def = this.row(this.key)!;
    const values = this.read(def);
    this.wrong = values ? '' : t('bench.runs.wrong', { fewest: 2, most: MOST_VALUES, min: String(def.min ?? ''), max: String(def.max ?? '') });
    if (values) this.begin(def.key, this.bench.spec.params, values, this.steps);
  }
  private begin(key: string, base: Params, values: ParamValue[], steps: number): void {
    const { runs, run } = this.bench;
    void run.pause();
    runs.clear();
    this.swept = key;
    this.sorted = null;
    runs.add(values.map((value) => ({ ...base, [key]: value })), steps);
    this.said = t('bench.runs.started', { count: values.length, param: this.bench.paramLabel(key) });
  }
  /** Both extremes beside the middle. */
  private async show(key: string): Promise<void> {
    const { bench } = this;
    const all = await shows[`../../labs/${bench.lab}/show.json`]?.();
    const own = all && Object.hasOwn(all.default, key) ? all.default[key]! : null;
    const def = this.row(key);
    if (!def) return;
    const base = { ...bench.schema.params.reduce<Params>((sum, row) => ({ ...sum, [row.key]: row.default }), {}), ...own?.with };
    const usual = sweepValues(def, base[key]!);
    const values = own?.values ?? (usual.length > FEWEST ? [usual[0]!, usual[Math.floor(usual.length / 2)]!, usual.at(-1)!] : usual);
    if (values.length < 2) return;
    this.key = key;
    this.values = this.written(values);
    this.steps = own?.steps ?? USUAL_STEPS;
    this.begin(key, base, values, this.steps);
  }
  private pin(): void {
    const { run, spec, runs } = this.bench;
    const kept = run.snapshot !== null && runs.pin(spec.params, run.snapshot);
    this.said = t(kept ? 'bench.runs.pinned' : 'bench.runs.full', { most: MOST });
  }

  // ------------------------------------------------------------------------------------------------- what came out

  /** What differs; where that is one setting, its name is said `whole` only. */
  private label(run: Compared, whole = false): string {
    return runLabel(this.bench, run, whole);
  }
  private get metrics(): string[] {
    const { schema, runs } = this.bench;
    return schema.metrics.filter((_, i) => runs.runs.some((run) => Number.isFinite(run.metrics?.[i] ?? NaN)));
  }
  /** The one that runs are judged by. */
  private get judged(): string {
    const { metrics } = this;
    return metrics.includes(this.metric) ? this.metric : (metrics.find((name) => name === 'test.loss') ?? metrics[0] ?? '');
  }
  private value(run: Compared, metric: string): number {
    const v = run.metrics?.[this.bench.schema.metrics.indexOf(metric)] ?? NaN;
    return run.status?.state === 'diverged' ? NaN : v;
  }
  private best(metric: string): Compared | null {
    const sign = metric.endsWith('loss') ? 1 : -1;
    const all = this.bench.runs.runs.filter((run) => Number.isFinite(this.value(run, metric)));
    return all.length > 1 ? all.reduce((a, b) => (sign * this.value(b, metric) < sign * this.value(a, metric) ? b : a)) : null;
  }
  private result(): string {
    const metric = this.judged, best = metric ? this.best(metric) : null;
    if (!best) return t('bench.runs.over');
    return t('bench.runs.best', { label: this.label(best, true), metric: this.bench.text(`metrics.${metric}`), value: this.num(this.value(best, metric)) });
  }
  private num = (value: number) => (Number.isFinite(value) ? formatFixed(value, this.bench.lang) : '–');

  private curves(): Plot {
    const { runs, schema, lang } = this.bench;
    const at = schema.metrics.indexOf(this.judged);
    const lines: Line[] = runs.runs.map((run) => ({ label: this.label(run), color: runColor(run.ink), x: columnOf(run, -1), y: columnOf(run, at) }));
    const longest = Math.max(0, ...lines.map((line) => line.label.length));
    return plot(lines, { ...CHART, logY: this.logY, range: this.judged.endsWith('accuracy') ? [0, 1] : undefined, margin: Math.min(260, 24 + 7 * longest), format: (v) => formatCompact(v, lang) });
  }
  /** Final score against the swept value, where the values are numbers. */
  private scores(): Plot | null {
    const def = this.row(this.swept), { runs, lang } = this.bench;
    if (!def || (def.kind !== 'real' && def.kind !== 'integer')) return null;
    const points = runs.runs
      .filter((run) => Number.isFinite(this.value(run, this.judged)))
      .map((run) => [run.params[def.key] as number, this.value(run, this.judged)] as const)
      .sort((a, b) => a[0] - b[0]);
    if (points.length < 2) return null;
    return plot([{ label: '', color: token('--pg-accent'), x: points.map(([x]) => x), y: points.map(([, y]) => y) }], {
      ...CHART, logX: def.scale === 'log' && points.every(([x]) => x > 0), logY: this.logY, margin: 20, format: (v) => formatNumber(v, lang, 2),
    });
  }

  private drawing(p: Plot, label: string, dots: boolean): TemplateResult {
    return html`<svg viewBox="0 0 ${p.width} ${p.height}" role="img" aria-label=${label}>
      ${p.yTicks.map((tick) => svg`<path class="grid" d="M${p.box.left} ${tick.at}H${p.box.right}" /><text class="tick" x=${p.box.left - 6} y=${tick.at + 4} text-anchor="end">${tick.text}</text>`)}
      ${p.xTicks.map((tick) => svg`<text class="tick" x=${tick.at} y=${p.box.bottom + 16} text-anchor="middle">${tick.text}</text>`)}
      ${p.lines.map((line) => svg`<path d=${line.d} fill="none" stroke=${line.color} stroke-width="1.75" />
        ${dots ? line.dots.map((dot) => svg`<circle cx=${dot.x} cy=${dot.y} r="4" fill=${line.color} />`) : nothing}
        ${line.dots.length ? svg`<text x=${line.end.x + 6} y=${line.labelY + 4} fill=${line.color}>${line.label}</text>` : nothing}`)}
    </svg>`;
  }
  private summary(metric: string): string {
    return this.bench.runs.runs.map((run) => `${this.label(run)}: ${this.num(this.value(run, metric))}`).join('; ');
  }

  private file(kind: 'csv' | 'json' | 'png' | 'svg'): void {
    const { bench } = this, name = `${bench.lab}-runs.${kind}`;
    const rows = bench.runs.runs.map((run) => ({
      label: this.label(run), params: run.params, query: encodeParams(run.params, bench.schema), step: run.status?.step ?? 0, state: run.status?.state ?? run.state,
      metrics: Object.fromEntries(bench.schema.metrics.map((metric, i) => [metric, run.metrics?.[i] ?? NaN])), history: run.history,
    }));
    if (kind === 'csv') return download(name, new Blob([csvOf(rows, bench.schema)], { type: 'text/csv' }));
    if (kind === 'json') return download(name, new Blob([jsonOf(bench.lab, rows)], { type: 'application/json' }));
    const scores = this.scores(), title = bench.text(`metrics.${this.judged}`);
    const charts = [{ title, plot: this.curves() }, ...(scores ? [{ title: this.scoreTitle(), plot: scores }] : [])];
    const look = { title: bench.text('title'), ink: token('--pg-ink'), quiet: token('--pg-ink-2'), line: token('--pg-line'), background: token('--pg-bg'), font: getComputedStyle(this).fontFamily };
    if (kind === 'svg') return download(name, new Blob([svgFile(charts, look)], { type: 'image/svg+xml' }));
    paintFile(charts, look).toBlob((blob) => blob && download(name, blob), 'image/png');
  }
  private scoreTitle(): string {
    return t('bench.runs.score', { metric: this.bench.text(`metrics.${this.judged}`), param: this.bench.paramLabel(this.swept) });
  }

  // ------------------------------------------------------------------------------------------------------ drawing

  private table(): TemplateResult {
    const { bench, metrics, sorted } = this;
    const order = [...bench.runs.runs];
    if (sorted) order.sort((a, b) => (sorted.down ? -1 : 1) * ((this.value(a, sorted.by) || 0) - (this.value(b, sorted.by) || 0)));
    const head = (metric: string) => html`<th scope="col" aria-sort=${sorted?.by === metric ? (sorted.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" @click=${() => (this.sorted = { by: metric, down: sorted?.by === metric ? !sorted.down : !metric.endsWith('loss') })}>${bench.text(`metrics.${metric}`)}${sorted?.by === metric ? (sorted.down ? ' ↓' : ' ↑') : ''}</button></th>`;
    const bests = new Map(metrics.map((metric) => [metric, this.best(metric)]));
    return html`<div class="scroll"><table aria-label=${t('ui.tools.runs')}>
      <thead><tr><th scope="col">${t('bench.runs.settings')}</th><th scope="col">${t('bench.runs.state')}</th>${metrics.map(head)}<th scope="col"><span class="sr">${t('bench.runs.actions')}</span></th></tr></thead>
      <tbody>${order.map((run) => html`<tr>
        <th scope="row"><span class="ink" .style=${`background:${runColor(run.ink)}`}></span>${this.label(run)}</th>
        <td title=${run.error}>${this.stateText(run)}</td>
        ${metrics.map((metric) => html`<td class=${bests.get(metric) === run ? 'best' : ''}>${this.num(this.value(run, metric))}</td>`)}
        <td><button type="button" aria-label=${t('bench.runs.adopt.of', { label: this.label(run) })} @click=${() => void bench.adopt(run.params)}>${t('bench.runs.adopt')}</button>
          <button type="button" aria-label=${t('bench.runs.remove.of', { label: this.label(run) })} @click=${() => bench.runs.remove(run.id)}>${t('bench.runs.remove')}</button></td>
      </tr>`)}</tbody></table></div>`;
  }
  private stateText(run: Compared): string {
    const step = formatCount(run.status?.step ?? 0, this.bench.lang);
    if (run.status?.state === 'diverged') return t('bench.runs.diverged', { step });
    return t(`bench.runs.states.${run.state}`, { step, target: formatCount(run.target, this.bench.lang) });
  }

  protected override render() {
    const { bench } = this;
    const { runs, training } = bench.runs;
    const scores = this.scores(), metric = this.judged;
    const loaded = runs.reduce((sum, run) => sum + Math.min(1, (run.status?.step ?? 0) / run.target), 0);
    return html`
      <form @submit=${this.sweep}>
        <label>${t('bench.runs.param')}
          <select .value=${this.key} @change=${(event: Event) => this.choose((event.target as HTMLSelectElement).value)}>
            ${this.offered.map((def) => html`<option value=${def.key} ?selected=${def.key === this.key}>${bench.paramLabel(def.key)}</option>`)}
          </select></label>
        <label class="wide">${t('bench.runs.values')}
          <input type="text" autocomplete="off" spellcheck="false" maxlength="400" .value=${this.values} aria-invalid=${this.wrong !== ''} aria-describedby="wrong"
            @input=${(event: Event) => (this.values = (event.target as HTMLInputElement).value)} /></label>
        <label>${t('bench.runs.steps')}
          <input type="number" min="1" max=${MOST_STEPS} .value=${String(this.steps)}
            @change=${(event: Event) => (this.steps = Math.min(MOST_STEPS, Math.max(1, Math.round(+(event.target as HTMLInputElement).value) || USUAL_STEPS)))} /></label>
        <button type="submit">${t('bench.runs.sweep')}</button>
        <button type="button" ?disabled=${!bench.run.snapshot || runs.length >= MOST} @click=${this.pin}>${t('bench.runs.pin')}</button>
        ${training ? html`<button type="button" @click=${() => bench.runs.stop()}>${t('bench.runs.stop')}</button>` : nothing}
      </form>
      <p class="wrong" id="wrong" role="alert">${this.wrong}</p>
      ${training ? html`<pg-progress .label=${t('bench.runs.progress')} .loaded=${loaded} .total=${runs.length}></pg-progress>` : nothing}
      <p role="status" aria-live="polite">${this.said}</p>
      ${runs.length === 0
        ? html`<p>${t('bench.runs.empty')}</p>`
        : html`
          <div class="row">
            <label>${t('bench.runs.metric')}
              <select @change=${(event: Event) => (this.metric = (event.target as HTMLSelectElement).value)}>
                ${this.metrics.map((name) => html`<option value=${name} ?selected=${name === metric}>${bench.text(`metrics.${name}`)}</option>`)}
              </select></label>
            <button type="button" aria-pressed=${this.logY} @click=${() => (this.logY = !this.logY)}>${t('ui.curve.log')}</button>
          </div>
          <div class="charts">
            <figure><figcaption>${metric ? bench.text(`metrics.${metric}`) : ''}</figcaption>${this.drawing(this.curves(), this.summary(metric), false)}</figure>
            ${scores ? html`<figure><figcaption>${this.scoreTitle()}</figcaption>${this.drawing(scores, this.summary(metric), true)}</figure>` : nothing}
          </div>
          ${this.table()}
          <div class="row">
            ${(['csv', 'json', 'png', 'svg'] as const).map((kind) => html`<button type="button" @click=${() => this.file(kind)}>${kind.toUpperCase()}</button>`)}
            <button type="button" @click=${() => bench.runs.clear()}>${t('bench.runs.clear')}</button>
          </div>`}`;
  }
}
define('pg-runs', PgRuns);
