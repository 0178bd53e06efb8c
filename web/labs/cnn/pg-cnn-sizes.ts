// How large each layer becomes, with the numbers put into the formula; its parameters and multiplications; and those of the MLP. A
// layer that cannot be is marked, and told why.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { formatCount } from '../../elements/format';
import { LabElement } from './lab-element';
import { columnName, columnsOf, sizeFormula, type CnnInfo, type Column } from './net';
import type { LabContext } from '../lab-view';

export class PgCnnSizes extends LabElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 4px 14px 4px 0;
        text-align: start;
        white-space: nowrap;
        border-bottom: 1px solid var(--pg-line);
        font-weight: 400;
      }
      thead th {
        font-size: 12px;
        color: var(--pg-ink-2);
      }
      .n {
        text-align: end;
      }
      tbody th {
        font-weight: 500;
      }
      tr.total > * {
        font-weight: 600;
      }
      tr.failing > * {
        background: var(--pg-error-soft);
        color: var(--pg-error);
      }
      p {
        max-width: 62ch;
        margin: 10px 0 0;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      p.why {
        color: var(--pg-error);
        font-weight: 500;
      }
    `,
  ];
  protected override paint(): void {}

  /** Why a layer cannot be, in words; the engine's own rule where it says something else. */
  private why(ctx: LabContext, info: CnnInfo, column: Column): string {
    const { broken } = info, name = columnName(ctx, column), { window } = column.layer;
    if (broken!.path.endsWith('.stride')) return ctx.t('ui.why_same', { name, stride: broken!.value });
    if (window && window.rows + window.pad < window.kernel) return ctx.t('ui.why_kernel', { name, n: String(window.rows), padded: String(window.rows + window.pad), kernel: String(window.kernel) });
    return ctx.t('ui.why_other', { name, rule: broken!.rule });
  }

  private row(ctx: LabContext, info: CnnInfo, column: Column): TemplateResult {
    const { layer, norm } = column, { window } = layer;
    const failing = info.broken?.layer === layer.name;
    const count = (n: number) => (failing ? '–' : formatCount(n, ctx.lang));
    const square = !window || window.rows === window.cols;
    const side = (n: number, out: number) => `${sizeFormula(n, window!)} = ${failing ? '?' : out}`;
    return html`<tr class=${failing ? 'failing' : ''} data-layer=${layer.name}>
      <th scope="row">${columnName(ctx, column)}</th>
      <td class="formula">${window ? (square ? side(window.rows, layer.rows) : html`${side(window.rows, layer.rows)}, ${side(window.cols, layer.cols)}`) : nothing}</td>
      <td class="result">${failing ? ctx.t('ui.impossible') : layer.rows * layer.cols > 1 || window ? `${layer.channels} × ${layer.rows} × ${layer.cols}` : String(layer.channels)}</td>
      <td class="n">${count(layer.parameters + (norm?.parameters ?? 0))}</td>
      <td class="n">${count(layer.multiply_adds)}</td>
    </tr>`;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const columns = columnsOf(info), count = (n: number) => formatCount(n, ctx.lang);
    const { broken, mlp } = info;
    return html`<table>
        <thead><tr><th scope="col">${ctx.t('ui.sizes.layer')}</th><th scope="col">⌊(n + 2p − k) / s⌋ + 1</th><th scope="col">${ctx.t('ui.sizes.size')}</th>
          <th scope="col" class="n">${ctx.t('ui.sizes.parameters')}</th><th scope="col" class="n">${ctx.t('ui.sizes.multiply_adds')}</th></tr></thead>
        <tbody>
          <tr><th scope="row">${ctx.t('ui.column.input')}</th><td></td><td>${info.channels} × ${info.rows} × ${info.cols}</td><td></td><td></td></tr>
          ${columns.map((column) => this.row(ctx, info, column))}
          ${broken ? nothing : html`<tr class="total"><th scope="row">${ctx.t('ui.sizes.all')}</th><td></td><td></td><td class="n">${count(info.parameters)}</td><td class="n">${count(info.multiply_adds)}</td></tr>`}
          ${mlp ? html`<tr><th scope="row">${ctx.t('ui.sizes.mlp')}</th><td>${ctx.t('ui.sizes.mlp_is', { n: count(info.channels * info.rows * info.cols), units: String(mlp.units), classes: String(info.classes.length) })}</td><td></td>
            <td class="n">${count(mlp.parameters)}</td><td class="n">${count(mlp.multiply_adds)}</td></tr>` : nothing}
        </tbody>
      </table>
      ${broken ? html`<p class="why" role="alert">${this.why(ctx, info, columns.at(-1)!)}</p>` : html`<p>${ctx.t('ui.sizes.help')}</p>`}`;
  }
}
define('pg-cnn-sizes', PgCnnSizes);
