// Attention and convolution side by side: parameters, multiply-adds, accuracy, and what a training step takes on this device.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { formatCount, formatFixed } from '../../elements/format';
import { measureSteps } from '../../workbench/cost/device';
import { formatTime } from '../../workbench/cost/units';
import { LabElement } from '../lab-element';
import type { LabContext } from '../lab-view';
import { timed, type VitInfo } from './patches';

const PLAN = { rounds: 4, budget_ms: 80 };

export class PgVitCost extends LabElement<VitInfo> {
  static override properties = { seconds: { state: true }, failed: { state: true }, running: { state: true } };
  /** Of a step of each; null: not measured since the run was built. */
  declare private seconds: number[] | null;
  declare private failed: string;
  declare private running: boolean;
  private build = -1;
  private abort: AbortController | null = null;

  constructor() {
    super();
    this.seconds = null;
    this.failed = '';
    this.running = false;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      table {
        border-collapse: collapse;
        font-size: 13.5px;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 5px 0 5px 22px;
        text-align: end;
        border-bottom: 1px solid var(--pg-line);
      }
      th {
        font-weight: 500;
        color: var(--pg-ink-2);
      }
      tbody th,
      thead th:first-child {
        padding-inline-start: 0;
        text-align: start;
      }
      p {
        max-width: 62ch;
        margin: 10px 0 0;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      button {
        min-height: var(--pg-hit);
        margin-top: 10px;
        padding: 1px 12px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13px;
      }
      button:hover {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      .failed {
        color: var(--pg-error);
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.abort?.abort();
  }
  protected override snapshotCame(): void {
    const build = this.ctx?.snapshot?.build ?? -1;
    if (build === this.build) return;
    this.build = build;
    this.abort?.abort();
    this.seconds = null;
  }
  protected override paint(): void {
    const ctx = this.ctx!, names = ctx.snapshot?.history?.names ?? [];
    for (const cell of this.renderRoot.querySelectorAll<HTMLElement>('[data-metric]')) {
      const value = ctx.snapshot?.metrics[names.indexOf(cell.dataset['metric']!) - 1];
      cell.textContent = value === undefined || Number.isNaN(value) ? '–' : formatFixed(value, ctx.lang, 3);
    }
  }

  private async measure(): Promise<void> {
    if (this.running) return this.abort?.abort();
    const ctx = this.ctx!, info = this.info!;
    this.abort = new AbortController();
    this.running = true;
    this.failed = '';
    const { signal } = this.abort;
    try {
      const seconds = await measureSteps([info.vit, ...(info.cnn ? [info.cnn] : [])].map((cost) => timed(ctx, info, cost)), PLAN, signal);
      if (!signal.aborted) this.seconds = seconds;
    } catch (error) {
      if (!signal.aborted) this.failed = ctx.t('ui.cost.failed', { reason: (error as Error).message });
    } finally {
      this.running = false;
    }
  }

  private rows(ctx: LabContext, info: VitInfo): TemplateResult {
    const { vit, cnn } = info, count = (n: number) => formatCount(Math.round(n), ctx.lang);
    const row = (name: string, a: unknown, b: unknown) => html`<tr><th scope="row">${ctx.t(`ui.cost.${name}`)}</th><td>${a}</td>${cnn ? html`<td>${b}</td>` : nothing}</tr>`;
    const time = (i: number) => (this.seconds?.[i] === undefined ? '–' : formatTime(this.seconds[i]!, ctx.lang));
    return html`
      ${row('parameters', count(vit.parameters), cnn && count(cnn.parameters))}
      ${row('multiply_adds', count(vit.multiply_adds), cnn && count(cnn.multiply_adds))}
      ${row('time', time(0), time(1))}
      ${row('accuracy', html`<span data-metric="test.accuracy"></span>`, html`<span data-metric="cnn.accuracy"></span>`)}`;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const [vit, cnn] = this.seconds ?? [];
    return html`<table>
        <thead><tr><td></td><th scope="col">${ctx.t('ui.vit')}</th>${info.cnn ? html`<th scope="col">${ctx.t('ui.cnn')}</th>` : nothing}</tr></thead>
        <tbody>${this.rows(ctx, info)}</tbody>
      </table>
      <button type="button" @click=${() => void this.measure()}>${ctx.t(this.running ? 'ui.cost.stop' : 'ui.cost.go')}</button>
      <p role="status">${this.failed ? html`<span class="failed">${this.failed}</span>` : vit && cnn ? ctx.t(vit > cnn ? 'ui.cost.slower' : 'ui.cost.faster', { ratio: ctx.num(Math.max(vit / cnn, cnn / vit)), batch: String(info.batch_size) }) : ''}</p>
      <p>${info.cnn ? ctx.t('ui.cost.help', { a: String(info.cnn.channels), b: String(2 * info.cnn.channels), c: String(4 * info.cnn.channels) }) : ctx.t('ui.cost.no_cnn')}</p>`;
  }
}
define('pg-vit-cost', PgVitCost);
