// A wave, continued by the network alone: each value that it foretells is what it reads next.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import type { LabContext } from '../lab-view';
import { infoOf } from './sequence';

const HEIGHT = 84;
const REACH = 1.5;

export class PgRnnContinued extends PgElement {
  static override properties = { ctx: { attribute: false }, width: { type: Number }, gutter: { type: Number } };
  declare ctx: LabContext | null;
  declare width: number;
  declare gutter: number;

  constructor() {
    super();
    this.ctx = null;
    this.width = 0;
    this.gutter = 0;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      svg {
        display: block;
        overflow: hidden;
      }
      p {
        margin: 0 0 2px;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      path {
        fill: none;
        stroke-width: 1.75;
      }
      .axis {
        stroke: var(--pg-line);
        stroke-width: 1;
      }
      .given {
        stroke: var(--pg-train);
      }
      .real {
        stroke: var(--pg-train);
        opacity: 0.45;
      }
      .own {
        stroke: var(--pg-test);
        stroke-dasharray: 5 3;
        stroke-width: 2;
      }
    `,
  ];

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx);
    const ahead = ctx?.snapshot?.watched['continuation'], inputs = ctx?.snapshot?.watched['inputs'];
    if (!ctx || !info || !ahead || !inputs || inputs.data.length !== info.steps || this.width <= 0) return nothing;
    const more = ahead.shape[1]!, width = this.width, given = Math.min(info.steps, more);
    const column = width / (given + more);
    const y = (v: number) => (HEIGHT / 2 - (Math.max(-REACH, Math.min(REACH, v)) / REACH) * (HEIGHT / 2 - 2)).toFixed(1);
    const line = (values: number[], first: number) => values.map((v, i) => `${i ? 'L' : 'M'}${((first + i) * column).toFixed(1)} ${y(v)}`).join('');
    const past = Array.from(inputs.data).slice(info.steps - given), now = past.at(-1)!;
    const own = Array.from(ahead.data).slice(0, more), real = Array.from(ahead.data).slice(more);
    const off = own.reduce((sum, v, i) => sum + Math.abs(v - real[i]!), 0) / more;
    return html`<p>${ctx.t('ui.continued', { steps: String(more), off: ctx.num(off) })}</p>
      <svg width=${this.gutter + width} height=${HEIGHT} role="img" aria-label=${ctx.t('ui.continued', { steps: String(more), off: ctx.num(off) })}>
        <g transform="translate(${this.gutter} 0)">
          <path class="axis" d="M0 ${HEIGHT / 2}H${width}M${(given - 1) * column} 0V${HEIGHT}" />
          <path class="given" d=${line(past, 0)} />
          <path class="real" d=${line([now, ...real], given - 1)} />
          <path class="own" d=${line([now, ...own], given - 1)} />
        </g></svg>`;
  }
}
define('pg-rnn-continued', PgRnnContinued);
