// Which classes are taken for which, in the test set of a lab that classifies pictures.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../elements/base';
import { formatCount } from '../elements/format';
import { LabElement, NowAndThen } from './lab-element';
import type { TensorRead } from './lab-view';
import { className, type PicturesInfo } from './pictures';
import '../elements/pg-heat';

/** Between two looks at the whole test set while training, ms. */
const PAUSE = 1500;

export class PgConfusion extends LabElement<PicturesInfo & { broken?: object | null }> {
  static override properties = { matrix: { state: true }, cell: { state: true } };
  declare private matrix: TensorRead | null;
  declare private cell: { row: number; col: number } | null;
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
        display: block;
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
    `,
  ];

  protected override snapshotCame(): void {
    if (this.info && !this.info.broken) this.slow.refresh(this.ctx!);
  }
  protected override paint(): void {}

  protected override render() {
    const ctx = this.ctx, info = this.info, matrix = this.matrix;
    const k = info?.classes.length ?? 0;
    if (!ctx || !info || info.broken || !matrix || matrix.shape[0] !== k) return nothing;
    const names = info.classes.map((_, i) => className(ctx, info, i));
    const cell = this.cell && this.cell.row < k ? this.cell : null;
    const right = names.reduce((sum, _, i) => sum + matrix.data[i * k + i]!, 0);
    const count = (n: number) => formatCount(n, ctx.lang);
    return html`<section data-part="confusion">
      <h3>${ctx.t('pictures.confusion')}</h3>
      <pg-heat .data=${matrix.data} .rows=${k} .cols=${k} colors="sequential" .extent=${Math.max(1, ...matrix.data)} .rowLabels=${names} .colLabels=${k > 5 && names.some((name) => name.length > 2) ? names.map((_, i) => String(i + 1)) : names}
        .maxCell=${k > 5 ? 26 : 50} .values=${true} interactive .format=${count} .label=${ctx.t('pictures.confusion_label')}
        @cell-hover=${(e: CustomEvent<{ row: number; col: number }>) => (this.cell = e.detail.row < 0 ? null : e.detail)}></pg-heat>
      <p>${cell
        ? ctx.t(cell.row === cell.col ? 'pictures.confusion_right' : 'pictures.confusion_wrong', { n: count(matrix.data[cell.row * k + cell.col]!), truth: names[cell.row]!, predicted: names[cell.col]! })
        : ctx.t('pictures.confusion_help', { right: count(right), all: count(info.n_test) })}</p>
    </section>`;
  }
}
define('pg-confusion', PgConfusion);
