// Self-attention against recurrence as a sequence grows: how far the first token is from the last, and what a forward pass costs in time,
// multiply-adds and memory. Time is measured on the reader's device, in a worker.
import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatCount } from '../../elements/format';
import { chartStyles, logChart, type Line } from '../../elements/log-chart';
import { device } from '../../workbench/cost/device';
import { at } from '../../workbench/cost/fit';
import { forwardIds, sweeps, type Point } from '../../workbench/cost/sweeps';
import { formatBytes, formatTime } from '../../workbench/cost/units';
import figures from '../../site/cost/figures.json';
import type { LabContext } from '../lab-view';
import { beyondLinear, counted, exponentOf, pathLength, QUANTITIES, valueOf, type Quantity } from './floor';
import { infoOf } from './stages';
import '../../elements/pg-choice';

type Kind = (typeof forwardIds)[number];

const PLAN = { sweeps: forwardIds, rounds: 3, budget_ms: 40 };
const INKS: Record<Kind, string> = { attention_forward: 'var(--pg-run-3)', lstm_forward: 'var(--pg-run-0)' };
/** Training and a forward pass alone have the same model: what of it is counted is in the site's figures. */
const SITE: Record<Kind, readonly Point[]> = { attention_forward: figures.points.attention, lstm_forward: figures.points.lstm };
/** Tokens drawn at most. */
const DOTS = 12;

export class PgAttentionLength extends PgElement {
  static override properties = { ctx: { attribute: false }, width: { type: Number }, quantity: { state: true } };
  declare ctx: LabContext | null;
  declare width: number;
  declare private quantity: Quantity;
  private end = () => {};

  constructor() {
    super();
    this.ctx = null;
    this.width = 0;
    this.quantity = 'count';
  }

  static override styles = [
    baseStyles,
    chartStyles,
    css`
      :host {
        display: block;
      }
      h3 {
        margin: 14px 0 6px;
        font-size: 14px;
        font-weight: 600;
      }
      h3:first-child {
        margin-top: 0;
      }
      p {
        margin: 6px 0 0;
        font-size: 13.5px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      b {
        color: var(--pg-ink);
        font-variant-numeric: tabular-nums;
      }
      sup {
        line-height: 0;
      }
      button {
        min-height: var(--pg-hit);
        margin: 8px 0 4px;
        padding: 1px 12px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: none;
        font-size: 13px;
      }
      button:hover {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      .path {
        display: block;
        max-width: 100%;
      }
      .path circle {
        fill: var(--pg-surface);
        stroke: var(--pg-edge);
      }
      .path .end {
        fill: var(--pg-ink);
        stroke: none;
      }
      .path path {
        fill: none;
        stroke-width: 2;
      }
      .failed {
        color: var(--pg-error);
      }
      summary {
        padding: 6px 0;
        font-size: 13px;
        color: var(--pg-accent);
        cursor: pointer;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 3px 0 3px 8px;
        text-align: end;
        border-bottom: 1px solid var(--pg-line);
        font-weight: 400;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.end = device.onchange(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.end();
    if (device.current !== null && forwardIds.some((id) => id === device.current)) device.stop();
  }

  private own = (id: Kind): readonly Point[] => device.points[id] ?? [];
  private points = (id: Kind): readonly Point[] => (this.quantity === 'time' ? this.own(id) : counted(SITE[id], this.own(id)));
  private get measured(): boolean {
    return forwardIds.every((id) => this.own(id).length === sweeps[id].sizes.length);
  }
  private async measure(): Promise<void> {
    if (device.state === 'running') return device.stop();
    this.quantity = 'time';
    await device.measure(PLAN);
  }

  /** The way from the first token to the last: over every one between, or in leaps. */
  private path(ctx: LabContext, n: number, window: number): TemplateResult {
    const dots = Math.min(DOTS, n), gap = (this.width - 24) / Math.max(1, dots - 1), x = (i: number) => 12 + i * gap;
    const arc = (from: number, to: number, height: number, y: number) => `M${x(from)} ${y}Q${(x(from) + x(to)) / 2} ${y - height} ${x(to)} ${y}`;
    const row = (name: string, ink: string, y: number, leap: number) => {
      const hops: string[] = [];
      for (let i = 0; i < dots - 1; i += leap) hops.push(arc(i, Math.min(dots - 1, i + leap), Math.min(34, 9 + 3 * leap), y));
      return svg`<path d=${hops.join('')} .style=${`stroke:${ink}`} />
        ${Array.from({ length: dots }, (_, i) => svg`<circle class=${i === 0 || i === dots - 1 ? 'end' : ''} cx=${x(i)} cy=${y} r="4" />`)}
        <text x="12" y=${y + 18} .style=${`fill:${ink}`}>${name}</text>`;
    };
    const attention = pathLength('attention', n, window), recurrence = pathLength('recurrence', n);
    return html`<svg class="path chart" width=${this.width} height="128" role="img" aria-label=${ctx.t('ui.length.path_label', { recurrence: String(recurrence), attention: String(attention) })}>
      ${row(ctx.t('ui.length.recurrence', { steps: String(recurrence) }), INKS.lstm_forward, 26, 1)}
      ${row(ctx.t('ui.length.attention', { steps: String(attention) }), INKS.attention_forward, 98, window > 0 ? Math.min(window, dots - 1) : dots - 1)}</svg>
      <p>${ctx.t('ui.length.path', { n: String(n) })}</p>`;
  }

  private power(ctx: LabContext, id: Kind): TemplateResult {
    const power = exponentOf(id, this.points(id), this.quantity);
    return html`<b data-exponent=${id}>T<sup>${power ? power.exponent.toLocaleString(ctx.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) : '?'}</sup></b>`;
  }

  private chart(ctx: LabContext): TemplateResult {
    const { t } = ctx, { quantity } = this, of = valueOf[quantity];
    const show = (value: number) => (quantity === 'time' ? formatTime(value, ctx.lang) : quantity === 'memory' ? formatBytes(value, ctx.lang) : formatCount(Math.round(value), ctx.lang));
    const name = (id: Kind) => t(`ui.length.${id}`);
    const lines: Line[] = forwardIds.map((id) => {
      const points = this.points(id).map((point) => ({ x: point.size, y: of(point) })), power = exponentOf(id, this.points(id), quantity), last = points.at(-1)?.x ?? 1;
      const fit = power && (quantity !== 'time' || this.measured) ? ([{ x: sweeps[id].from, y: at(power, sweeps[id].from) }, { x: last, y: at(power, last) }] as [{ x: number; y: number }, { x: number; y: number }]) : null;
      return { label: name(id), ink: INKS[id], dots: true, points, fit };
    });
    const sizes = [...new Set(forwardIds.flatMap((id) => this.points(id).map(({ size }) => size)))].sort((a, b) => a - b);
    const exact = quantity === 'count' ? beyondLinear(this.points('attention_forward')) : null;
    if (quantity === 'time' && sizes.length === 0) return html`<p>${t('ui.length.unmeasured')}</p>`;
    return html`${logChart({ lines, width: this.width, label: t(`ui.length.label.${quantity}`), xTitle: t('ui.length.x'), logX: true, ...(quantity === 'count' ? {} : { tick: (power: number) => show(10 ** power) }) })}
      ${quantity === 'time' && !this.measured ? nothing : html`<p data-exponents=${quantity}>${t(`ui.length.exponents.${quantity}`, { from: String(sweeps.attention_forward.from) })}
        ${name('attention_forward')} ${this.power(ctx, 'attention_forward')} · ${name('lstm_forward')} ${this.power(ctx, 'lstm_forward')}</p>`}
      ${exact === null ? nothing : html`<p>${t('ui.length.exact')} <b data-exact>T<sup>${ctx.num(exact)}</sup></b></p>`}
      <details><summary>${t('ui.length.table')}</summary><table>
        <thead><tr><th scope="col">T</th>${forwardIds.map((id) => html`<th scope="col">${name(id)}</th>`)}</tr></thead>
        <tbody>${sizes.map((size) => html`<tr><th scope="row">${size}</th>${forwardIds.map((id) => {
          const point = this.points(id).find((p) => p.size === size);
          return html`<td>${point ? show(of(point)) : '–'}</td>`;
        })}</tr>`)}</tbody></table></details>`;
  }

  protected override render() {
    const { ctx } = this, info = infoOf(ctx);
    if (!ctx || !info || this.width <= 0) return nothing;
    const { t } = ctx, running = device.state === 'running';
    return html`<h3>${t('ui.length.ways')}</h3>${this.path(ctx, info.tokens.length, info.window)}
      <h3>${t('ui.length.costs')}</h3>
      <pg-choice .value=${this.quantity} .label=${t('ui.length.quantity')} .choices=${QUANTITIES.map((value) => ({ value, label: t(`ui.length.${value}`) }))}
        @change=${(event: CustomEvent<{ value: Quantity }>) => {
          event.stopPropagation();
          this.quantity = event.detail.value;
        }}></pg-choice>
      ${this.chart(ctx)}
      <button type="button" @click=${() => void this.measure()}>${running ? t('ui.length.stop', { share: String(Math.round(100 * device.progress)) }) : t(this.measured ? 'ui.length.again' : 'ui.length.go')}</button>
      ${device.state === 'failed' ? html`<p class="failed" role="alert">${t('ui.length.failed', { reason: device.reason })}</p>` : nothing}
      <p>${t('ui.length.serial')}</p>`;
  }
}
define('pg-attention-length', PgAttentionLength);
