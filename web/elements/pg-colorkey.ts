// The key to the colours: what the ends and the middle stand for.
import { css, html } from 'lit';
import { baseStyles, define, PgElement, words } from './base';
import { formatNumber } from './format';
import type { ColorMap } from './color';

export class PgColorkey extends PgElement {
  static override properties = {
    colors: {},
    extent: { type: Number },
    low: { type: Number },
    label: {},
    format: { attribute: false },
  };
  declare colors: ColorMap;
  declare extent: number;
  declare low: number;
  declare label: string;
  declare format: (value: number) => string;

  constructor() {
    super();
    this.colors = 'diverging';
    this.extent = 1;
    this.low = 0;
    this.label = '';
    this.format = (v) => formatNumber(v, words().lang, 2);
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        font-size: 12px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .bar {
        width: 84px;
        height: 9px;
        border: 1px solid var(--pg-line);
        border-radius: 2px;
      }
      .diverging {
        background: linear-gradient(in oklab to right, var(--pg-neg), var(--pg-surface), var(--pg-pos));
      }
      .sequential {
        background: linear-gradient(in oklab to right, var(--pg-surface), var(--pg-seq));
      }
    `,
  ];

  protected override render() {
    const signed = this.colors === 'diverging';
    return html`${this.label ? html`<span>${this.label}</span>` : ''}
      <span>${this.format(signed ? -this.extent : this.low)}</span>
      <span class="bar ${this.colors}" aria-hidden="true"></span>
      <span>${signed ? '+' : ''}${this.format(signed ? this.extent : this.low + this.extent)}</span>`;
  }
}
define('pg-colorkey', PgColorkey);
