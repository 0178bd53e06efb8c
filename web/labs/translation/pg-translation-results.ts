// Under the curves: the sentences between which the beam search chose.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatFull, formatNumber } from '../../elements/format';
import type { LabContext } from '../lab-view';
import { answerOf, infoOf } from './sentence';

export class PgTranslationResults extends PgElement {
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
      h3 {
        margin: 0 0 6px;
        font-size: 14px;
        font-weight: 600;
      }
      ol {
        display: grid;
        gap: 8px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        padding-inline-start: 10px;
        border-inline-start: 2px solid var(--pg-line);
        line-height: 1.5;
      }
      li:first-child {
        border-color: var(--pg-accent);
      }
      small {
        display: block;
        font-size: 12.5px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      p {
        margin: 10px 0 0;
        font-size: 13.5px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
    `,
  ];

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx), answer = answerOf(ctx?.snapshot);
    if (!ctx || !info || !answer || !ctx.shows('beams')) return nothing;
    const { t, lang } = ctx;
    const width = Number(ctx.params['beam_width']);
    return html`<h3>${t(width > 1 ? 'ui.beams' : 'ui.greedy')}</h3>
      <ol data-part="beams">${answer.beams.map((beam) => html`<li><span lang=${info.target}>${beam.text || '–'}</span>
        <small title=${formatFull(beam.score)}>${t(width > 1 ? 'ui.score' : 'ui.log_probability', { value: formatNumber(width > 1 ? beam.score : beam.log_probability, lang) })}${beam.ended ? nothing : html` · ${t('ui.cut')}`}</small></li>`)}</ol>
      <p>${t('ui.corpus', { train: info.n_train, test: info.n_test, all: info.pairs_in_grammar })}</p>`;
  }
}
define('pg-translation-results', PgTranslationResults);
