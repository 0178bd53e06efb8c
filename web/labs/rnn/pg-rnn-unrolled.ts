// The network unrolled in time: what goes in at each step, the same cell again and again, and what comes out where it is asked.
import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatNumber } from '../../elements/format';
import type { LabContext } from '../lab-view';
import { answerOf, foretells, infoOf, type RnnInfo } from './sequence';

const BOX = 20;
const CHART = 118;
/** Of the written row of answers, the arrows, and between the two chains of a network that reads both ways. */
const ANSWERS = 22, ARROW = 16, BETWEEN = 8;
/** Columns at least this wide have arrows of their own. */
const ARROWED = 12;
const LONGEST = 76;
/** Width of a text at 12 px. */
const widthOf = (text: string) => [...text].reduce((sum, c) => sum + (c > '\u2e80' ? 12 : 6.8), 0);
/** A wave's range, with room for what goes beyond. */
const REACH = 1.35;

export class PgRnnUnrolled extends PgElement {
  static override properties = { ctx: { attribute: false }, width: { type: Number }, gutter: { type: Number }, step: { type: Number } };
  declare ctx: LabContext | null;
  /** Of the columns together; labels stand in the gutter before them. */
  declare width: number;
  declare gutter: number;
  declare step: number;

  constructor() {
    super();
    this.ctx = null;
    this.width = 0;
    this.gutter = 0;
    this.step = -1;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        contain: layout style;
      }
      svg {
        display: block;
        overflow: visible;
        font-size: 12px;
        font-variant-numeric: tabular-nums;
      }
      text {
        fill: var(--pg-ink);
      }
      .name {
        fill: var(--pg-ink-2);
      }
      .box {
        fill: var(--pg-accent-soft);
        stroke: var(--pg-accent);
      }
      .on .box {
        fill: var(--pg-accent);
      }
      .way {
        fill: none;
        stroke: var(--pg-edge);
      }
      .tip {
        fill: var(--pg-edge);
      }
      .band {
        fill: var(--pg-accent-soft);
      }
      .bar {
        fill: var(--pg-blank);
      }
      .marked {
        fill: var(--pg-sym-x);
      }
      .wrong {
        fill: var(--pg-error);
      }
      .under {
        fill: none;
        stroke: var(--pg-error);
        stroke-width: 1.5;
      }
      .blank {
        fill: var(--pg-edge);
      }
      .axis {
        stroke: var(--pg-line);
      }
      .given {
        fill: none;
        stroke: var(--pg-train);
        stroke-width: 1.75;
      }
      .foretold {
        fill: none;
        stroke: var(--pg-test);
        stroke-width: 1.75;
        stroke-dasharray: 5 3;
      }
      .dot {
        fill: var(--pg-test);
      }
    `,
  ];

  private tip(x: number, y: number, dx: number, dy: number) {
    const [px, py] = [-dy, dx];
    return svg`<path class="tip" d="M${x} ${y}l${-4 * dx + 2.5 * px} ${-4 * dy + 2.5 * py}l${-5 * px} ${-5 * py}z" />`;
  }

  /** One chain of cells at height y; the arrows run with the reading. */
  private chain(info: RnnInfo, y: number, back: boolean) {
    const column = this.width / info.steps;
    const box = Math.min(BOX, Math.max(1.5, column - (column >= ARROWED ? 8 : 2)));
    const middle = y + BOX / 2;
    return svg`
      <path class="way" d="M${column / 2} ${middle}H${this.width - column / 2}" />
      ${Array.from({ length: info.steps }, (_, t) => {
        const x = (t + 0.5) * column;
        const from = back ? t === info.steps - 1 : t === 0;
        return svg`<g class=${t === this.step ? 'on' : ''}>
          ${column >= ARROWED && !from ? this.tip(back ? x + box / 2 + 0.5 : x - box / 2 - 0.5, middle, back ? -1 : 1, 0) : nothing}
          <rect class="box" x=${x - box / 2} y=${y} width=${box} height=${BOX} rx=${Math.min(4, box / 2)} /></g>`;
      })}`;
  }

  private answers(ctx: LabContext, info: RnnInfo, y: number) {
    const outputs = ctx.snapshot?.watched['outputs'], targets = ctx.snapshot?.watched['targets'];
    const column = this.width / info.steps;
    if (!outputs || !targets || targets.data.length !== (info.every_step ? info.steps : 1) || outputs.data.length !== targets.data.length * Math.max(1, info.classes)) return nothing; // of the run before
    const name = (k: number) => info.vocabulary?.[k] ?? ctx.t(`ui.class.${info.task}.${k}`);
    if (info.every_step) {
      const size = Math.min(13, column * 1.1);  // a wrong answer is underlined, not red alone
      return Array.from({ length: info.steps }, (_, t) => {
        const target = targets.data[t]!, answer = answerOf(info, outputs, t);
        if (!answer || target === info.nothing) return nothing;
        const x = (t + 0.5) * column, wrong = answer.best !== target;
        return svg`<text x=${x} y=${y} text-anchor="middle" .style=${`font-size:${size}px`} class=${wrong ? 'wrong' : ''}>${name(answer.best)}</text>
          ${wrong ? svg`<path class="under" d="M${x - size / 2} ${y + 4}h${size}" />` : nothing}`;
      });
    }
    const answer = answerOf(info, outputs, 0);
    const said = answer
      ? ctx.t(answer.best === targets.data[0] ? 'ui.answer.right' : 'ui.answer.wrong', { answer: name(answer.best), target: name(targets.data[0]!), sure: `${Math.round(100 * answer.sure)}` })
      : ctx.t('ui.answer.number', { answer: ctx.num(outputs.data[0]!), target: ctx.num(targets.data[0]!) });
    return svg`<text data-answer x=${this.width} y=${y} text-anchor="end" class=${answer && answer.best !== targets.data[0] ? 'wrong' : ''}>${said}</text>`;
  }

  private inputs(ctx: LabContext, info: RnnInfo, y: number, turned: boolean) {
    const column = this.width / info.steps;
    if (info.width === 2) {  // adding: a number and a mark
      const inputs = ctx.snapshot?.watched['inputs'];
      if (inputs?.data.length !== 2 * info.steps) return nothing; // of the run before
      return Array.from({ length: info.steps }, (_, t) => {
        const value = inputs.data[2 * t]!, marked = inputs.data[2 * t + 1] === 1, x = (t + 0.5) * column, wide = Math.min(12, Math.max(1.5, column - 3));
        return svg`<rect class=${marked ? 'marked' : 'bar'} x=${x - wide / 2} y=${y + 24 - 24 * value} width=${wide} height=${Math.max(1, 24 * value)} />
          ${marked ? svg`<text x=${Math.min(this.width - 12, Math.max(12, x))} y=${y + 39} text-anchor="middle" class="given-number">${formatNumber(value, ctx.lang, 2)}</text>` : nothing}`;
      });
    }
    return info.tokens.map((token, t) => {
      const x = (t + 0.5) * column, blank = token === '·' ? 'blank' : '';
      return turned
        ? svg`<text class=${blank} text-anchor="end" transform="translate(${x + 4} ${y + 8}) rotate(-50)">${token}</text>`
        : svg`<text class=${blank} x=${x} y=${y + 13} text-anchor="middle" .style=${`font-size:${Math.min(13, column * 1.1)}px`}>${token}</text>`;
    });
  }

  private line(values: ArrayLike<number>, first: number, column: number) {
    let d = '';
    for (let i = 0; i < values.length; i++) d += `${i ? 'L' : 'M'}${((i + first + 0.5) * column).toFixed(1)} ${(CHART / 2 - (values[i]! / REACH) * (CHART / 2)).toFixed(1)}`;
    return d;
  }
  /** A wave: what was given, and at each step what was foretold for the next. */
  private wave(ctx: LabContext, info: RnnInfo) {
    const column = this.width / info.steps;
    const inputs = ctx.snapshot?.watched['inputs'], outputs = ctx.snapshot?.watched['outputs'];
    if (inputs?.data.length !== info.steps || outputs?.data.length !== info.steps) return nothing;
    return svg`<path class="axis" d="M0 ${CHART / 2}H${this.width}" />
      <path class="given" d=${this.line(inputs.data, 0, column)} />
      <path class="foretold" d=${this.line(Array.from(outputs.data).slice(0, -1), 1, column)} />`;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { ctx } = this;
    const info = infoOf(ctx);
    if (!ctx || !info || this.width <= 0) return nothing;
    const column = this.width / info.steps, wave = foretells(info), back = info.bidirectional;
    const longest = Math.max(0, ...info.tokens.map(widthOf));
    const turned = longest > column && longest > 16;
    const above = wave ? CHART : ANSWERS, chain = above + ARROW, under = chain + BOX + (back ? BETWEEN + BOX : 0), input = under + ARROW;
    const height = wave ? under : input + (info.width === 2 ? 42 : turned ? Math.min(LONGEST, longest) * 0.78 + 12 : 18);
    const arrows = Array.from({ length: info.steps }, (_, t) => {
      const x = (t + 0.5) * column;
      const asked = info.every_step || t === info.steps - 1;
      return svg`${asked ? svg`<path class="way" d="M${x} ${chain}V${above + 3}" />${column >= ARROWED || !info.every_step ? this.tip(x, above + 3, 0, -1) : nothing}` : nothing}
        ${wave ? nothing : svg`<path class="way" d="M${x} ${input - 2}V${under}" />${column >= ARROWED ? this.tip(x, under + 0.5, 0, -1) : nothing}`}`;
    });
    const label = (text: string, y: number) => svg`<text class="name" x=${-8} y=${y} text-anchor="end">${text}</text>`;
    return html`<svg width=${this.gutter + this.width} height=${height} role="img" aria-label=${ctx.t('ui.unrolled', { steps: String(info.steps) })}>
      <g transform="translate(${this.gutter} 0)">
        ${this.step >= 0 && this.step < info.steps ? svg`<rect class="band" x=${this.step * column} y="0" width=${column} height=${height} />` : nothing}
        ${label(ctx.t(wave ? 'ui.row.wave' : 'ui.row.output'), wave ? CHART / 2 + 4 : 15)}
        ${label(ctx.t('ui.row.cell'), chain + 14)}
        ${wave ? nothing : label(ctx.t('ui.row.input'), input + 12)}
        ${arrows}
        ${this.chain(info, chain, false)} ${back ? this.chain(info, chain + BOX + BETWEEN, true) : nothing}
        ${wave ? this.wave(ctx, info) : nothing} ${wave ? nothing : this.answers(ctx, info, 15)} ${wave ? nothing : this.inputs(ctx, info, input, turned)}
      </g></svg>`;
  }
}
define('pg-rnn-unrolled', PgRnnUnrolled);
