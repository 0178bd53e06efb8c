// One step, for the token that is followed: its formula, and the numbers that go into it row by row, one row for each
// token that is looked at. A table, so that it is also what a screen reader reads of the pictures.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatFixed, formatFull } from '../../elements/format';
import type { LabContext } from '../lab-view';
import { cellRef, formulaOf, isolate, largest, matrixOf, niceCeil, shorten, visible, type AttentionInfo, type Look, type Matrix, type Stage } from './stages';
import type { CellEvent } from './pg-attention-matrix';
import './formula';
import './pg-attention-matrix';

const ROW = 20;
const LONGEST = 12;

export class PgAttentionDetail extends PgElement {
  static override properties = {
    ctx: { attribute: false },
    look: { attribute: false },
    info: { attribute: false },
    width: { type: Number },
  };
  declare ctx: LabContext | null;
  declare look: Look | null;
  declare info: AttentionInfo | null;
  declare width: number;

  constructor() {
    super();
    this.ctx = null;
    this.look = null;
    this.info = null;
    this.width = 0;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 20px;
        min-height: 40px;
      }
      h3 {
        margin: 0;
        font-size: 14px;
        font-weight: 600;
      }
      .formula {
        max-width: 100%;
        overflow-x: auto;
        overflow-y: hidden;
        font-size: 15px;
      }
      .scroll {
        max-height: var(--pg-attention-detail, 264px);
        overflow: auto;
        scrollbar-width: thin;
      }
      table {
        border-collapse: collapse;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        height: ${ROW}px;
        padding: 0 12px 0 0;
        font-weight: 400;
        line-height: 1;
        text-align: start;
        white-space: nowrap;
      }
      thead th {
        position: sticky;
        top: 0;
        z-index: 1;
        height: 24px;
        background: var(--pg-attention-ground, var(--pg-bg));
        font-size: 12px;
        color: var(--pg-ink-2);
      }
      thead tr + tr th {
        top: 24px;
      }
      .key {
        max-width: 120px;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .self .key {
        font-weight: 600;
      }
      .right .key::after {
        content: '';
        display: inline-block;
        width: 7px;
        height: 7px;
        margin-inline-start: 5px;
        border: 2px solid var(--pg-test);
        border-radius: 50%;
      }
      .number {
        min-width: 64px;
        text-align: end;
      }
      button.number {
        padding: 0;
        border: 0;
        background: none;
        font: inherit;
        line-height: ${ROW}px;
      }
      button.number:hover {
        color: var(--pg-accent);
        text-decoration: underline;
        text-underline-offset: 3px;
      }
      .bar {
        position: relative;
        width: 110px;
        height: 12px;
      }
      .bar i {
        position: absolute;
        top: 0;
        height: 100%;
        border-radius: 1px;
        transition: left var(--pg-ease), width var(--pg-ease);
      }
      .signed::before {
        content: '';
        position: absolute;
        left: 50%;
        top: -4px;
        bottom: -4px;
        border-left: 1px solid var(--pg-line);
      }
      .signed i {
        background: var(--pg-pos);
      }
      .signed i.minus {
        background: var(--pg-neg);
      }
      .weight i {
        background: var(--pg-seq);
      }
      .masked {
        color: var(--pg-ink-2);
      }
      .strips {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 8px 10px;
        align-items: center;
      }
      tfoot th,
      tfoot td {
        height: 28px;
        border-top: 1px solid var(--pg-line);
      }
    `,
  ];

  // ---------------------------------------------------------------------------------------------------------- parts

  private matrix(stage: Stage): Matrix | null {
    return matrixOf(this.ctx!.snapshot, stage, this.look!);
  }
  /** One row of a matrix as a matrix of its own. */
  private rowOf(matrix: Matrix | null, row: number): Matrix | null {
    return matrix && row < matrix.rows ? { ...matrix, offset: matrix.offset + row * matrix.cols, rows: 1 } : null;
  }
  private name(i: number): string {
    return isolate(shorten(visible(this.info!.labels[i] ?? ''), LONGEST));
  }
  private inspect(stage: Stage, row: number, col: number, anchor: Element | DOMRect): void {
    this.ctx!.inspect(cellRef(stage, this.look!, row, col), anchor, { pin: true });
  }
  private fixed(value: number): string {
    return formatFixed(value, this.ctx!.lang);
  }

  private number(stage: Stage, row: number, col: number, value: number): TemplateResult {
    return html`<button type="button" class="number ${Number.isFinite(value) ? '' : 'masked'}" tabindex="-1" title=${formatFull(value)}
      @click=${(event: Event) => this.inspect(stage, row, col, event.currentTarget as Element)}>${this.fixed(value)}</button>`;
  }
  private signedBar(value: number, extent: number): TemplateResult {
    const share = Number.isFinite(value) ? Math.min(1, Math.abs(value) / extent) * 50 : 0;
    return html`<div class="bar signed"><i class=${value < 0 ? 'minus' : ''} style="left:${value < 0 ? 50 - share : 50}%;width:${share}%"></i></div>`;
  }
  private weightBar(value: number): TemplateResult {
    return html`<div class="bar weight"><i style="left:0;width:${Math.min(1, value) * 100}%"></i></div>`;
  }
  /** Vectors as strips: rows `from` … of a stage, as high as the table's rows. */
  private strip(stage: Stage, matrix: Matrix | null, first: number, height: number, width: number, extent: number): TemplateResult | typeof nothing {
    if (!matrix) return nothing;
    const { t } = this.ctx!;
    return html`<pg-attention-matrix .matrix=${matrix} .width=${width} .cellHeight=${height} .extent=${extent} .label=${t(`ui.stage.${stage}`)}
      .rowNames=${this.info!.labels.slice(first)}
      @cell-open=${(event: CustomEvent<CellEvent>) => this.inspect(stage, first + event.detail.row, event.detail.col, event.detail.rect!)}></pg-attention-matrix>`;
  }
  private vectorExtent(...matrices: (Matrix | null)[]): number {
    return niceCeil(Math.max(0, ...matrices.map((matrix) => (matrix ? largest(matrix) : 0))));
  }
  private keyCell(i: number): TemplateResult {
    return html`<th scope="row" class="key"><bdi title=${this.info!.labels[i] ?? ''}>${this.name(i)}</bdi></th>`;
  }
  private rowClass(i: number): string {
    const { look, info } = this;
    return `${i === look!.follow ? 'self' : ''} ${info!.right_keys?.[look!.follow] === i ? 'right' : ''}`;
  }
  private rows(n: number, cells: (i: number) => unknown): TemplateResult[] {
    return Array.from({ length: n }, (_, i) => html`<tr class=${this.rowClass(i)}>${this.keyCell(i)}${cells(i)}</tr>`);
  }
  private table(caption: string, head: TemplateResult, body: unknown, foot: unknown = nothing): TemplateResult {
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}><table>
      <caption class="sr">${caption}</caption><thead>${head}</thead><tbody>${body}</tbody>${foot}</table></div>`;
  }

  // ---------------------------------------------------------------------------------------------------------- steps

  private readonly steps: { [S in Look['step']]: () => unknown } = {
    qkv: () => {
      const row = this.look!.follow;
      const stages: Stage[] = ['x', 'q', 'k', 'v'];
      const found = stages.map((stage) => this.rowOf(this.matrix(stage), row));
      const extent = this.vectorExtent(...stages.map((stage) => this.matrix(stage)));
      return html`<div class="strips">
        ${stages.map((stage, i) => {
          const vector = found[i];
          if (!vector) return nothing;
          const width = Math.min(this.width - 40, vector.cols * 40);
          return html`<pg-formula .tex=${`\\htmlClass{sym-${stage}}{${stage}}`}></pg-formula>${this.strip(stage, vector, row, 30, width, extent)}`;
        })}
      </div>`;
    },
    scores: () => {
      const { t } = this.ctx!;
      const row = this.look!.follow;
      const q = this.matrix('q'), k = this.matrix('k'), scores = this.matrix('scores');
      if (!q || !k || !scores) return nothing;
      const extent = this.vectorExtent(q, k), most = niceCeil(largest(scores));
      const width = this.stripWidth(k.cols, 300);
      const at = (i: number) => scores.data[scores.offset + row * scores.cols + i]!;
      return this.table(
        t('ui.detail.scores', { token: this.name(row) }),
        html`<tr><th></th><th><pg-formula .tex=${'\\htmlClass{sym-q}{q}_i'}></pg-formula></th><th colspan="2"></th></tr>
          <tr><th>${t('ui.column.key')}</th><th>${this.strip('q', this.rowOf(q, row), row, 16, width, extent)}</th><th colspan="2">${t('ui.column.score')}</th></tr>`,
        this.rows(k.rows, (i) => html`
          ${i === 0 ? html`<td rowspan=${k.rows}>${this.strip('k', k, 0, ROW, width, extent)}</td>` : nothing}
          <td>${this.number('scores', row, i, at(i))}</td><td>${this.signedBar(at(i), most)}</td>`),
      );
    },
    softmax: () => {
      const { t } = this.ctx!;
      const row = this.look!.follow;
      const scores = this.matrix('scores'), scaled = this.matrix('scaled'), weights = this.matrix('weights');
      if (!scaled || !weights) return nothing;
      const most = niceCeil(Math.max(largest(scaled), scores ? largest(scores) : 0));
      const at = (matrix: Matrix, i: number) => matrix.data[matrix.offset + row * matrix.cols + i]!;
      return this.table(
        t('ui.detail.softmax', { token: this.name(row) }),
        html`<tr><th>${t('ui.column.key')}</th>${scores ? html`<th class="number"><pg-formula .tex=${'s_{ij}'}></pg-formula></th>` : nothing}
          <th colspan="2"><pg-formula .tex=${"s'_{ij}"}></pg-formula></th><th colspan="2"><pg-formula .tex=${'\\htmlClass{sym-a}{a}_{ij}'}></pg-formula></th></tr>`,
        this.rows(weights.cols, (i) => html`
          ${scores ? html`<td>${this.number('scores', row, i, at(scores, i))}</td>` : nothing}
          <td>${this.number('scaled', row, i, at(scaled, i))}</td><td>${this.signedBar(at(scaled, i), most)}</td>
          <td>${this.number('weights', row, i, at(weights, i))}</td><td>${this.weightBar(at(weights, i))}</td>`),
        html`<tfoot><tr><th scope="row">${t('ui.column.sum')}</th>${scores ? html`<td></td>` : nothing}<td></td><td></td><td class="number">${this.fixed(this.sum(weights, row))}</td><td></td></tr></tfoot>`,
      );
    },
    output: () => {
      const { t } = this.ctx!;
      const row = this.look!.follow;
      const weights = this.matrix('weights'), v = this.matrix('v'), heads = this.matrix('heads');
      if (!weights || !v || !heads) return nothing;
      const extent = this.vectorExtent(v, heads);
      const width = this.stripWidth(v.cols, 200);
      const at = (i: number) => weights.data[weights.offset + row * weights.cols + i]!;
      return this.table(
        t('ui.detail.output', { token: this.name(row) }),
        html`<tr><th>${t('ui.column.key')}</th><th colspan="2"><pg-formula .tex=${'\\htmlClass{sym-a}{a}_{ij}'}></pg-formula></th><th><pg-formula .tex=${'\\htmlClass{sym-v}{v}_j'}></pg-formula></th></tr>`,
        this.rows(v.rows, (i) => html`<td>${this.number('weights', row, i, at(i))}</td><td>${this.weightBar(at(i))}</td>
          ${i === 0 ? html`<td rowspan=${v.rows}>${this.strip('v', v, 0, ROW, width, extent)}</td>` : nothing}`),
        html`<tfoot><tr><th scope="row">${t('ui.column.output')}</th><td></td><td><pg-formula .tex=${'\\htmlClass{sym-z}{z}_i='}></pg-formula></td>
          <td>${this.strip('heads', this.rowOf(heads, row), row, 18, width, extent)}</td></tr></tfoot>`,
      );
    },
  };

  private sum({ data, offset, cols }: Matrix, row: number): number {
    let sum = 0;
    for (let i = 0; i < cols; i++) sum += data[offset + row * cols + i]!;
    return sum;
  }
  /** As wide as its entries deserve, with `other` px left for the rest of the row. */
  private stripWidth(cols: number, other: number): number {
    return Math.max(60, Math.min(this.width - other - 110, cols * 38, 420));
  }

  protected override render() {
    const { ctx, look, info } = this;
    if (!ctx || !look || !info || look.follow >= info.tokens.length) return nothing;
    return html`<div class="head">
        <h3>${ctx.t(`ui.follow.${look.step}`, { token: this.name(look.follow) })}</h3>
        <div class="formula"><pg-formula .tex=${formulaOf(look.step, ctx.params)}></pg-formula></div>
      </div>
      ${this.steps[look.step]()}`;
  }
}
define('pg-attention-detail', PgAttentionDetail);
