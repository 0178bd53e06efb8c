// Under the curves, one panel at a time: how far back the gradient reaches, for this network and for the three kinds of cell and
// attention trained beside it; what the state knows; and what a step costs as sequences grow.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatCount } from '../../elements/format';
import type { LabContext, TensorRead } from '../lab-view';
import { chartStyles, logChart, type Line } from '../../elements/log-chart';
import { BESIDE, infoOf, left, lookOf, shares, TABS, type Beside, type RnnInfo, type Tab } from './sequence';
import '../../elements/pg-tabs';

/** Of each of those beside, at a time: the run and the page go on between. */
const STEPS = 4;
/** Between two looks at what they can, ms. */
const PAUSE = 900;
/** A run this old is worth making them for, untrained: settings are not being dragged. Ms. */
const SETTLED = 1500;
const INKS: Record<Beside, string> = { rnn_tanh: 'var(--pg-run-1)', lstm: 'var(--pg-run-0)', gru: 'var(--pg-run-2)', attention: 'var(--pg-run-3)' };

/** What was found of those beside. */
interface Found {
  steps: number;
  parameters: number;
  loss: number;
  accuracy: number;
  flow: number[];
}

export class PgRnnResults extends PgElement {
  static override properties = { ctx: { attribute: false }, width: { state: true }, training: { state: true }, found: { state: true }, time: { state: true } };
  declare ctx: LabContext | null;
  declare private width: number;
  /** Those beside are being trained. */
  declare private training: boolean;
  declare private found: Partial<Record<Beside, Found>>;
  /** The panel of time has been loaded. */
  declare private time: boolean;
  private resize: ResizeObserver | null = null;
  private build = -1;
  private timer = 0;

  constructor() {
    super();
    this.ctx = null;
    this.width = 0;
    this.training = false;
    this.found = {};
    this.time = false;
  }

  static override styles = [
    baseStyles,
    chartStyles,
    css`
      :host {
        display: block;
      }
      pg-tabs {
        margin-bottom: 10px;
      }
      p {
        margin: 6px 0 0;
        font-size: 13.5px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      p b {
        color: var(--pg-ink);
        font-variant-numeric: tabular-nums;
      }
      .plain {
        min-height: var(--pg-hit);
        margin-top: 8px;
        padding: 1px 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: none;
        font-size: 13px;
      }
      .plain:hover {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      table {
        width: 100%;
        margin-top: 8px;
        border-collapse: collapse;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th {
        font-weight: 500;
        color: var(--pg-ink-2);
      }
      th,
      td {
        padding: 3px 0 3px 8px;
        text-align: end;
        border-bottom: 1px solid var(--pg-line);
      }
      th:first-child {
        padding-inline-start: 0;
        text-align: start;
        color: var(--pg-ink);
      }
      .dot {
        display: inline-block;
        width: 9px;
        height: 9px;
        margin-inline-end: 6px;
        border-radius: 50%;
      }
      .big {
        font-size: 22px;
        font-weight: 600;
        color: var(--pg-ink);
      }
      .fact path {
        fill: none;
        stroke-width: 1.75;
      }
      .fact .truth {
        stroke: var(--pg-train);
      }
      .fact .read {
        stroke: var(--pg-test);
        stroke-dasharray: 5 3;
      }
      .fact .axis {
        stroke: var(--pg-line);
        stroke-width: 1;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver(([entry]) => (this.width = Math.floor(entry!.contentRect.width)));
    this.resize.observe(this);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
    clearTimeout(this.timer);
    this.training = false;
  }
  protected override willUpdate(): void {
    // Those beside belong to the settings of one run.
    const build = this.ctx?.snapshot?.build ?? -1;
    if (build === this.build) return;
    this.build = build;
    this.found = {};
    this.training = false;
    clearTimeout(this.timer);
    if (build >= 0) this.timer = window.setTimeout(() => this.begin(build), SETTLED);
  }

  // ---------------------------------------------------------------------------------------------------------- beside

  /** Shows the four as they are before they have learned anything. */
  private begin(build: number): void {
    const { ctx } = this;
    const info = infoOf(ctx);
    if (!ctx || !info || this.training || this.build !== build || !ctx.shows('gradient') || lookOf(ctx.view, info).tab !== 'gradient') return;
    this.look(ctx, build).catch(() => {}); // the worker was rebuilt or ended meanwhile
  }

  private async train(): Promise<void> {
    const { ctx } = this;
    if (!ctx) return;
    if (this.training) {
      this.training = false;
      return;
    }
    this.training = true;
    const { build } = this;
    const ended = () => !this.training || this.build !== build;
    try {
      await this.look(ctx, build);
      let last = performance.now();
      while (!ended()) {
        for (const model of BESIDE) {
          if (ended()) return;
          await ctx.client.act('beside', { model, steps: STEPS });
        }
        if (performance.now() - last < PAUSE) continue;
        await this.look(ctx, build);
        last = performance.now();
      }
    } catch {
      this.training = false; // the worker was rebuilt or ended meanwhile
    }
  }
  private async look(ctx: LabContext, build: number): Promise<void> {
    for (const model of BESIDE) await ctx.client.act('beside', { model, steps: 0 });
    const table = await ctx.client.read('beside');
    const flows: TensorRead[] = [];
    for (const of of BESIDE) flows.push(await ctx.client.read('flow', { of }));
    if (this.build !== build) return;
    const at = (row: number, column: number) => table.data[row * table.shape[1]! + column]!;
    this.found = Object.fromEntries(BESIDE.map((name, i) => [name, { steps: at(i, 0), parameters: at(i, 1), loss: at(i, 2), accuracy: at(i, 3), flow: shares(flows[i]!.data) }]));
  }

  private gradient(ctx: LabContext, info: RnnInfo): TemplateResult {
    const { t } = ctx;
    const flow = ctx.snapshot?.watched['flow'];
    const points = (all: readonly number[]) => all.map((y, x) => ({ x, y }));
    const lines: Line[] = BESIDE.flatMap((name) => (this.found[name] ? [{ label: t(`ui.beside.${name}`), ink: INKS[name], points: points(this.found[name]!.flow) }] : []));
    if (flow) lines.push({ label: t('ui.gradient.this'), ink: 'var(--pg-ink)', strong: true, points: points(shares(flow.data)) });
    const end = flow && left(flow.data);
    const rows = BESIDE.flatMap((name) => (this.found[name] ? [{ name, ...this.found[name]! }] : []));
    const steps = rows[0]?.steps ?? 0;
    return html`<section data-part="gradient">
      ${logChart({ lines, width: this.width, label: t('ui.gradient.label'), xTitle: t('ui.gradient.x') })}
      ${end ? html`<p>${t(end.share > 1e-30 ? 'ui.gradient.left' : 'ui.gradient.none', { distance: String(end.distance), share: ctx.num(end.share) })}</p>` : nothing}
      <button type="button" class="plain" @click=${() => void this.train()}>${t(this.training ? 'ui.beside.stop' : steps ? 'ui.beside.more' : 'ui.beside.go')}</button>
      ${rows.length
        ? html`<table><thead><tr><th>${t('ui.beside.after', { steps: formatCount(steps, ctx.lang) })}</th><th>${t(info.classes ? 'ui.beside.accuracy' : 'ui.beside.loss')}</th><th>${t('ui.beside.parameters')}</th></tr></thead>
          <tbody>${rows.map(({ name, loss, accuracy, parameters }) => html`<tr><th scope="row"><span class="dot" .style=${`background:${INKS[name]}`}></span>${t(`ui.beside.${name}`)}</th>
              <td>${ctx.num(info.classes ? accuracy : loss)}</td><td>${formatCount(parameters, ctx.lang)}</td></tr>`)}</tbody></table>`
        : nothing}
      ${steps ? nothing : html`<p>${t('ui.beside.hint')}</p>`}
    </section>`;
  }

  // --------------------------------------------------------------------------------------------------------- readout

  private readout(ctx: LabContext, info: RnnInfo): TemplateResult | typeof nothing {
    const { t } = ctx;
    const readout = ctx.snapshot?.watched['readout'];
    if (!readout || readout.data.length !== 2 + 2 * info.steps) return nothing;
    const share = readout.data[0]!, untrained = readout.data[1]!, truth = Array.from(readout.data).slice(2, 2 + info.steps), read = Array.from(readout.data).slice(2 + info.steps);
    const low = Math.min(...truth, ...read), high = Math.max(...truth, ...read, low + 1e-6), height = 120;
    const line = (values: number[]) => values.map((v, i) => `${i ? 'L' : 'M'}${((i + 0.5) * this.width) / info.steps} ${4 + ((high - v) / (high - low)) * (height - 8)}`).join('');
    return html`<section data-part="readout">
      <p>${t('ui.readout_of', { fact: t(`ui.fact.${info.task}`) })}</p>
      <p><span class="big">R² ${ctx.num(Math.max(-9.99, share))}</span> ${t('ui.readout_untrained', { share: ctx.num(Math.max(-9.99, untrained)) })}</p>
      <svg class="fact" width=${this.width} height=${height} role="img" aria-label=${t('ui.readout_label', { fact: t(`ui.fact.${info.task}`) })}>
        <path class="axis" d="M0 ${height - 1}H${this.width}" /><path class="truth" d=${line(truth)} /><path class="read" d=${line(read)} /></svg>
      <p>${t('ui.readout_lines')}</p>
      <p>${t(`ui.knows.${share > untrained + 0.2 ? 'learned' : share > 0.5 ? 'anyway' : 'hardly'}`)}</p></section>`;
  }

  private cost(ctx: LabContext): TemplateResult {
    if (!this.time) void import('./pg-rnn-time').then(() => (this.time = true));
    return html`<section data-part="time">${this.time ? html`<pg-rnn-time .ctx=${ctx} .width=${this.width}></pg-rnn-time>` : nothing}</section>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx);
    if (!ctx || !info || this.width <= 0) return nothing;
    const shown = TABS.filter((id) => ctx.shows(id));
    if (shown.length === 0) return nothing;
    const wanted = lookOf(ctx.view, info).tab;
    const tab: Tab = shown.includes(wanted) ? wanted : shown[0]!;
    return html`
      ${shown.length > 1
        ? html`<pg-tabs .tabs=${shown.map((id) => ({ id, label: ctx.t(`parts.${id}`) }))} .value=${tab} .label=${ctx.t('ui.panels')}
            @change=${(event: CustomEvent<{ value: string }>) => {
              event.stopPropagation();
              ctx.setView({ tab: event.detail.value });
            }}></pg-tabs>`
        : nothing}
      ${tab === 'gradient' ? this.gradient(ctx, info) : tab === 'readout' ? this.readout(ctx, info) : this.cost(ctx)}`;
  }
}
define('pg-rnn-results', PgRnnResults);
