// Something is being fetched: what, and how much of it.
import { css, html } from 'lit';
import { baseStyles, define, PgElement, t, words } from './base';
import { formatNumber } from './format';

export class PgProgress extends PgElement {
  static override properties = { label: {}, loaded: { type: Number }, total: { type: Number } };
  declare label: string;
  declare loaded: number;
  declare total: number;

  constructor() {
    super();
    this.label = '';
    this.loaded = 0;
    this.total = 0;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        gap: 7px;
        width: min(300px, 100%);
      }
      .line {
        display: flex;
        justify-content: space-between;
        gap: 12px;
        font-size: 13px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .bar {
        height: 3px;
        border-radius: 2px;
        background: var(--pg-line);
        overflow: hidden;
      }
      .bar span {
        display: block;
        height: 100%;
        background: var(--pg-accent);
        transition: width var(--pg-ease);
      }
      .unknown span {
        width: 30%;
        animation: wander 1.4s ease-in-out infinite alternate;
      }
      @keyframes wander {
        to {
          margin-left: 70%;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .unknown span {
          width: 100%;
          opacity: 0.4;
          animation: none;
        }
      }
    `,
  ];

  protected override render() {
    const known = this.total > 0;
    const share = known ? Math.min(1, this.loaded / this.total) : 0;
    const megabytes = (bytes: number) => formatNumber(bytes / 1e6, words().lang, 2);
    const amount = this.loaded < 1e5 ? '' : known
      ? t('ui.progress.of', { loaded: megabytes(this.loaded), total: megabytes(this.total) })
      : t('ui.progress.some', { loaded: megabytes(this.loaded) });
    return html`<div class="line"><span>${this.label}</span><span>${amount}</span></div>
      <div class="bar ${known ? '' : 'unknown'}" role="progressbar" aria-label=${this.label} aria-valuemin="0" aria-valuemax="100"
        aria-valuenow=${known ? Math.round(100 * share) : ''}>
        <span .style=${known ? `width:${100 * share}%` : ''}></span>
      </div>`;
  }
}
define('pg-progress', PgProgress);
