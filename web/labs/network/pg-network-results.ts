// Under the curves: what the numbers of the curves are made of. A confusion matrix for classes, the explained share of
// the variance for values, and the network's answer for the probe.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { formatCount } from '../../elements/format';
import { LabElement, NowAndThen, PerBuild } from './lab-element';
import { className, columnsOf, featureName, probeOf, share } from './net';
import { rSquared } from './plane';
import type { LabContext, TensorRead } from '../lab-view';
import '../../elements/pg-heat';

/** Between two looks at the whole test set of the digits while training, ms. */
const PAUSE = 1000;

export class PgNetworkResults extends LabElement {
  static override properties = { matrix: { state: true }, cell: { state: true } };
  declare private matrix: TensorRead | null;
  declare private cell: { row: number; col: number } | null;
  private points = new PerBuild('points', () => this.paintSoon());
  private slow = new NowAndThen(PAUSE, (ctx) => ctx.client.read('confusion', {}), () => (this.matrix = this.slow.value));

  constructor() {
    super();
    this.matrix = null;
    this.cell = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 14px;
      }
      h3 {
        margin: 0 0 4px;
        font-size: 14px;
        font-weight: 600;
      }
      p {
        margin: 4px 0 0;
        min-height: 19px;
        font-size: 13px;
        line-height: 1.45;
        color: var(--pg-ink-2);
      }
      .measure {
        display: flex;
        align-items: baseline;
        gap: 8px;
        font-variant-numeric: tabular-nums;
      }
      .measure b {
        font-size: 20px;
        font-weight: 600;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr auto;
        align-items: center;
        gap: 3px 10px;
        margin: 0;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      dt {
        color: var(--pg-ink-2);
        white-space: nowrap;
      }
      dt.x {
        color: var(--pg-sym-x);
      }
      dd {
        margin: 0;
        text-align: end;
        min-width: 5ch;
      }
      .bar {
        height: 10px;
        background: var(--pg-blank);
        border-radius: 2px;
        overflow: hidden;
      }
      .bar i {
        display: block;
        height: 100%;
        width: 0;
        border-radius: 2px;
      }
    `,
  ];

  protected override snapshotCame(): void {
    const ctx = this.ctx!, kind = this.info?.kind;
    if (kind === 'digits') this.slow.refresh(ctx);
    else if (this.info?.classes.length) {
      const matrix = this.watched('confusion');
      if (matrix && !equal(matrix, this.matrix)) this.matrix = matrix;
    } else this.points.refresh(ctx);
  }

  protected override paint(): void {
    const ctx = this.ctx!, info = this.info;
    if (!info) return;
    const say = (place: string, text: string) => {
      const element = this.renderRoot.querySelector(place);
      if (element && element.textContent !== text) element.textContent = text;
    };
    const points = this.points.value;
    if (points && !info.classes.length) {
      const [, , mse] = ctx.snapshot?.metrics ?? [];
      const r2 = rSquared(points.data, 1, mse ?? NaN);
      say('.r2', ctx.num(r2));
      say('.rmse', ctx.t('ui.r2_help', { error: ctx.num(Math.sqrt(mse ?? NaN)) }));
    }
    const probe = probeOf(ctx);
    const activations = this.watched('activations');
    const answer = ctx.snapshot?.answers['predict'] as { probabilities: number[]; output: number[] } | undefined;
    if (!probe || !activations || !answer) return;
    const values = [...Array.from({ length: this.inputs() }, (_, i) => activations.data[i]!), ...(answer.probabilities.length ? answer.probabilities : answer.output)];
    const bars = this.renderRoot.querySelectorAll<HTMLElement>('.bar i');
    this.renderRoot.querySelectorAll('dd').forEach((dd, i) => {
      const text = i >= this.inputs() && info.classes.length ? share(ctx, values[i]!) : ctx.num(values[i]!);
      if (dd.textContent !== text) dd.textContent = text;
      const bar = bars[i - this.inputs()];
      if (bar) bar.style.width = `${100 * values[i]!}%`;
    });
  }
  private inputs(): number {
    return this.info!.kind === 'digits' ? 0 : columnsOf(this.info!)[0]!.units;
  }

  private confusion(ctx: LabContext): TemplateResult | typeof nothing {
    const info = this.info!, matrix = this.matrix;
    const k = info.classes.length;
    if (!matrix || matrix.shape[0] !== k) return nothing;
    const names = info.classes.map((_, i) => className(ctx, info, i));
    const cell = this.cell && this.cell.row < k ? this.cell : null;
    const right = Array.from({ length: k }, (_, i) => matrix.data[i * k + i]!).reduce((a, b) => a + b, 0);
    const all = Array.from(matrix.data).reduce((a, b) => a + b, 0);
    const count = (n: number) => formatCount(n, ctx.lang);
    return html`<section data-part="confusion">
      <h3>${ctx.t('ui.confusion')}</h3>
      <pg-heat .data=${matrix.data} .rows=${k} .cols=${k} colors="sequential" .extent=${Math.max(1, ...matrix.data)} .rowLabels=${names} .colLabels=${names}
        .maxCell=${k > 5 ? 29 : k > 3 ? 50 : 66} .values=${true} interactive .format=${count} .label=${ctx.t('ui.confusion_label')}
        @cell-hover=${(e: CustomEvent<{ row: number; col: number }>) => (this.cell = e.detail.row < 0 ? null : e.detail)}></pg-heat>
      <p>${cell
        ? ctx.t(cell.row === cell.col ? 'ui.confusion_right' : 'ui.confusion_wrong', { n: count(matrix.data[cell.row * k + cell.col]!), truth: names[cell.row]!, predicted: names[cell.col]! })
        : ctx.t('ui.confusion_help', { right: count(right), all: count(all) })}</p>
    </section>`;
  }

  private probe(ctx: LabContext): TemplateResult | typeof nothing {
    const info = this.info!;
    // The bars of the digits stand at the end of the network.
    if (!probeOf(ctx) || info.kind === 'digits') return nothing;
    const inputs = Array.from({ length: this.inputs() }, (_, i) => html`<dt class="x">${featureName(ctx, info, i)}</dt><span></span><dd></dd>`);
    const outputs = info.classes.length
      ? info.classes.map((_, k) => html`<dt>${className(ctx, info, k)}</dt><span class="bar" aria-hidden="true"><i .style=${`background:var(--pg-class-${k})`}></i></span><dd></dd>`)
      : html`<dt>${ctx.t('ui.layer.output')}</dt><span></span><dd></dd>`;
    return html`<section><h3>${ctx.t('ui.probe')}</h3><dl>${inputs}${outputs}</dl></section>`;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const value = !info.classes.length;
    return html`
      ${value
        ? html`<section data-part="confusion"><h3>${ctx.t('ui.r2')}</h3><div class="measure"><b class="r2"></b></div><p class="rmse"></p></section>`
        : this.confusion(ctx)}
      ${this.probe(ctx)}`;
  }
}
const equal = (a: TensorRead, b: TensorRead | null) => b !== null && a.data.length === b.data.length && a.data.every((v, i) => v === b.data[i]);
define('pg-network-results', PgNetworkResults);
