// One step, for the token that is followed: its formula, and the numbers that go into it row by row, one row for each
// token that is looked at. A table, so that it is also what a screen reader reads of the pictures.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatFixed, formatFull } from '../../elements/format';
import type { Matrix } from '../../elements/matrix';
import type { LabContext, Lang } from '../lab-view';
import { ENTRY, formulaOf, VECTOR } from './formulas';
import { cellRef, isolate, largest, matrixOf, nameWidth, niceCeil, shorten, visible, type AttentionInfo, type Look, type Stage } from './stages';
import type { CellEvent } from './pg-attention-matrix';
import '../../elements/pg-formula';
import './pg-attention-matrix';

const ROW = 21;
const LONGEST = 12;
const LONGEST_NAME = 120;
/** From this width on there is room for two tables beside one another, so far apart. */
const TWO_COLUMNS = 580;
const BETWEEN = 34;

const threeDecimals = (lang: Lang) => new Intl.NumberFormat(lang, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const shares: Record<Lang, Intl.NumberFormat> = { ko: threeDecimals('ko'), en: threeDecimals('en') };

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
        contain: layout style;
        display: flex;
        flex-direction: column;
      }
      .head {
        flex: none;
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
        display: flex;
        align-items: flex-start;
        gap: ${BETWEEN}px;
        min-height: 0;
        max-height: 320px;
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
        background: var(--pg-surface);
        font-size: 12px;
        color: var(--pg-ink-2);
      }
      .asked {
        min-width: 62px;
      }
      .asked pg-formula {
        float: inline-end;
      }
      .result {
        flex: none;
        margin-top: 8px;
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
        border: 2px solid var(--pg-sym-w);
        border-radius: 50%;
      }
      .number {
        display: block;
        width: 58px;
        height: ${ROW}px;
        line-height: ${ROW}px;
        text-align: end;
      }
      th:not(.over) > .number {
        width: auto;
        text-align: start;
      }
      button.number {
        padding: 0;
        border: 0;
        background: none;
        font: inherit;
      }
      button.number:hover {
        color: var(--pg-accent);
        text-decoration: underline;
        text-underline-offset: 3px;
      }
      .bar {
        position: relative;
        height: 12px;
      }
      .bar i {
        position: absolute;
        top: 0;
        height: 100%;
        border-radius: 1px;
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
      .step {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .strips {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 8px 10px;
        align-items: center;
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

  /** A weight, with as many decimals for all so that they stand under one another. */
  private share(value: number): string {
    return shares[this.ctx!.lang].format(value);
  }

  private number(stage: Stage, row: number, col: number, value: number): TemplateResult {
    return html`<button type="button" class="number ${Number.isFinite(value) ? '' : 'masked'}" tabindex="-1" title=${formatFull(value)}
      @click=${(event: Event) => this.inspect(stage, row, col, event.currentTarget as Element)}>${stage === 'weights' ? this.share(value) : this.fixed(value)}</button>`;
  }
  private signedBar(value: number, extent: number, width: number): TemplateResult {
    const share = Number.isFinite(value) ? Math.min(1, Math.abs(value) / extent) * 50 : 0;
    return html`<div class="bar signed" .style=${`width:${width}px`}><i class=${value < 0 ? 'minus' : ''} .style=${`left:${value < 0 ? 50 - share : 50}%;width:${share}%`}></i></div>`;
  }
  private weightBar(value: number, width: number): TemplateResult {
    return html`<div class="bar weight" .style=${`width:${width}px`}><i .style=${`left:0;width:${Math.min(1, value) * 100}%`}></i></div>`;
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
  private rowClass(i: number): string {
    const { look, info } = this;
    return `${i === look!.follow ? 'self' : ''} ${info!.right_keys?.[look!.follow] === i ? 'right' : ''}`;
  }

  /**
   * One row for each token that is looked at. Many stand in two columns, so that they need not be scrolled; each column
   * is a table of its own, `columns` told from which row to which.
   */
  private tables(caption: string, columns: (from: number, to: number) => { head: TemplateResult; row: (i: number) => unknown }): TemplateResult {
    const n = this.info!.tokens.length, per = Math.ceil(n / this.columns);
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      ${Array.from({ length: this.columns }, (_, c) => {
        const from = c * per, to = Math.min(n, from + per);
        const { head, row } = columns(from, to);
        return html`<table><caption class="sr">${caption}</caption><thead>${head}</thead><tbody>
          ${Array.from({ length: to - from }, (_, k) => {
            const i = from + k;
            return html`<tr class=${this.rowClass(i)}><th scope="row" class="key"><bdi title=${this.info!.labels[i] ?? ''}>${this.name(i)}</bdi></th>${row(i)}</tr>`;
          })}</tbody></table>`;
      })}</div>`;
  }
  /** Rows `from` … `to` of a matrix as a matrix of its own. */
  private slice(matrix: Matrix, from: number, to: number): Matrix {
    return { ...matrix, offset: matrix.offset + from * matrix.cols, rows: to - from };
  }
  /** The symbol of a column; its name for those who do not see it. */
  private head(stage: Stage, symbol: string, span = 1): TemplateResult {
    return html`<th colspan=${span} class=${stage === 'v' ? '' : 'over'}><span class="sr">${this.ctx!.t(`ui.column.${stage}`)}</span>
      <span class="number" aria-hidden="true"><pg-formula .tex=${symbol}></pg-formula></span></th>`;
  }

  // ---------------------------------------------------------------------------------------------------------- steps

  private readonly steps: { [S in Look['step']]: () => unknown } = {
    qkv: () => {
      const row = this.look!.follow;
      const stages = ['x', 'q', 'k', 'v'] as const;
      const extent = this.vectorExtent(...stages.map((stage) => this.matrix(stage)));
      return html`<div class="strips">
        ${stages.map((stage) => {
          const vector = this.rowOf(this.matrix(stage), row);
          if (!vector) return nothing;
          const width = Math.min(this.width - 30, vector.cols * 40);
          return html`<pg-formula .tex=${VECTOR[stage]}></pg-formula>${this.strip(stage, vector, row, 30, width, extent)}`;
        })}
      </div>`;
    },
    scores: () => {
      const { t } = this.ctx!;
      const row = this.look!.follow;
      const q = this.matrix('q'), k = this.matrix('k'), scores = this.matrix('scores');
      if (!q || !k || !scores) return nothing;
      const extent = this.vectorExtent(q, k), most = niceCeil(largest(scores));
      const { strip, bar } = this.share2(k.cols);
      const at = (i: number) => scores.data[scores.offset + row * scores.cols + i]!;
      return this.tables(t('ui.detail.scores', { token: this.name(row) }), (from, to) => ({
        head: html`<tr><th class="asked"><span>${t('ui.column.key')}</span><pg-formula .tex=${ENTRY.query}></pg-formula></th><th>${this.strip('q', this.rowOf(q, row), row, 16, strip, extent)}</th>${this.head('scores', ENTRY.score, 2)}</tr>`,
        row: (i) => html`
          ${i === from ? html`<td rowspan=${to - from}>${this.strip('k', this.slice(k, from, to), from, ROW, strip, extent)}</td>` : nothing}
          <td>${this.number('scores', row, i, at(i))}</td><td>${this.signedBar(at(i), most, bar)}</td>`,
      }));
    },
    softmax: () => {
      const { t } = this.ctx!;
      const row = this.look!.follow;
      const scores = this.matrix('scores'), scaled = this.matrix('scaled'), weights = this.matrix('weights');
      if (!scaled || !weights) return nothing;
      const bar = this.barWidth((scores ? 3 : 2) * 70);
      const at = (matrix: Matrix, i: number) => matrix.data[matrix.offset + row * matrix.cols + i]!;
      return this.tables(t('ui.detail.softmax', { token: this.name(row) }), () => ({
        head: html`<tr><th>${t('ui.column.key')}</th>${scores ? this.head('scores', ENTRY.score) : nothing}${this.head('scaled', ENTRY.scaled)}${this.head('weights', ENTRY.weight, 2)}</tr>`,
        row: (i) => html`
          ${scores ? html`<td>${this.number('scores', row, i, at(scores, i))}</td>` : nothing}
          <td>${this.number('scaled', row, i, at(scaled, i))}</td>
          <td>${this.number('weights', row, i, at(weights, i))}</td><td>${this.weightBar(at(weights, i), bar)}</td>`,
      }));
    },
    output: () => {
      const { t } = this.ctx!;
      const row = this.look!.follow;
      const weights = this.matrix('weights'), v = this.matrix('v'), heads = this.matrix('heads');
      if (!weights || !v || !heads) return nothing;
      const extent = this.vectorExtent(v, heads);
      const { strip, bar } = this.share2(v.cols);
      const at = (i: number) => weights.data[weights.offset + row * weights.cols + i]!;
      return html`${this.tables(t('ui.detail.output', { token: this.name(row) }), (from, to) => ({
          head: html`<tr><th>${t('ui.column.key')}</th>${this.head('weights', ENTRY.weight, 2)}${this.head('v', ENTRY.value)}</tr>`,
          row: (i) => html`<td>${this.number('weights', row, i, at(i))}</td><td>${this.weightBar(at(i), bar)}</td>
            ${i === from ? html`<td rowspan=${to - from}>${this.strip('v', this.slice(v, from, to), from, ROW, strip, extent)}</td>` : nothing}`,
        }))}
        <div class="strips result"><pg-formula .tex=${ENTRY.head}></pg-formula>${this.strip('heads', this.rowOf(heads, row), row, 26, Math.min(this.width - 50, heads.cols * 40), extent)}</div>`;
    },
  };

  private get columns(): number {
    return this.width >= TWO_COLUMNS && this.info!.tokens.length > 7 ? 2 : 1;
  }
  /** Width of one table without its names. */
  private get room(): number {
    const names = Math.min(LONGEST_NAME, Math.max(...this.info!.labels.map((label) => nameWidth(shorten(label, LONGEST))))) + 22;
    return (this.width - (this.columns - 1) * BETWEEN) / this.columns - names;
  }
  /** Width of a bar beside `taken` px. */
  private barWidth(taken: number): number {
    return Math.round(Math.max(36, Math.min(240, this.room - taken - 12)));
  }
  /** A vector of `cols` entries and a bar share what the number between them leaves. */
  private share2(cols: number): { strip: number; bar: number } {
    const free = this.room - 70 - 26;
    const strip = Math.round(Math.max(48, Math.min(free * 0.68, cols * 36)));
    return { strip, bar: Math.round(Math.max(30, Math.min(160, free - strip))) };
  }

  protected override render() {
    const { ctx, look, info } = this;
    if (!ctx || !look || !info || look.follow >= info.tokens.length) return nothing;
    return html`<div class="head">
        <h3>${ctx.t(`ui.follow.${look.step}`, { token: this.name(look.follow) })}</h3>
        <div class="formula"><pg-formula .tex=${formulaOf(look.step, ctx.params)}></pg-formula></div>
      </div>
      <div class="step">${this.steps[look.step]()}</div>`;
  }
}
define('pg-attention-detail', PgAttentionDetail);
