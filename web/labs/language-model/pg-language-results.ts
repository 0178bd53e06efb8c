// Under the curves: what the numbers mean, and what the model learns from.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatNumber } from '../../elements/format';
import type { LabContext } from '../lab-view';
import { infoOf } from './text';

export class PgLanguageResults extends PgElement {
  static override properties = { ctx: { attribute: false } };
  declare ctx: LabContext | null;

  constructor() {
    super();
    this.ctx = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      p {
        margin: 0 0 10px;
        font-size: 13.5px;
        line-height: 1.6;
        color: var(--pg-ink-2);
      }
      b {
        color: var(--pg-ink);
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx);
    if (!ctx || !info || !ctx.shows('facts')) return nothing;
    const { t, lang } = ctx;
    const value = (i: number) => ctx.snapshot?.metrics[i] ?? NaN;
    const [, , perplexity, accuracy, , , pretrained, scratch] = [0, 1, 2, 3, 4, 5, 6, 7].map(value) as [number, number, number, number, number, number, number, number];
    const tuned = info.task === 'fine_tune' && Number.isFinite(pretrained);
    return html`<div data-part="facts">
      ${tuned
        ? html`<p>${t('ui.facts.tuned', { pretrained: `${Math.round(100 * pretrained)}%`, scratch: `${Math.round(100 * scratch)}%` })}</p>`
        : Number.isFinite(perplexity)
          ? html`<p><b>${formatNumber(perplexity, lang)}</b> ${t(info.task === 'gpt' ? 'ui.facts.perplexity' : 'ui.facts.perplexity_gap', { all: info.vocabulary.length, accuracy: `${Math.round(100 * accuracy)}%` })}</p>`
          : nothing}
      <p>${t('ui.facts.corpus', { train: info.n_train, test: info.n_test, tokens: info.tokens, vocabulary: info.vocabulary.length })}</p></div>`;
  }
}
define('pg-language-results', PgLanguageResults);
