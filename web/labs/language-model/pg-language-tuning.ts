// Fine-tuning: where the run is, and what the two classifiers say of sentences that neither has seen.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatFull } from '../../elements/format';
import type { LabContext, TensorRead } from '../lab-view';
import { textStyles } from '../text-styles';
import { infoOf, right, type LanguageInfo } from './text';

export class PgLanguageTuning extends PgElement {
  static override properties = { ctx: { attribute: false }, own: { state: true }, said: { state: true } };
  declare ctx: LabContext | null;
  /** The reader's own sentence and what both said of it. */
  declare private own: { text: string; verdict: TensorRead } | null;
  declare private said: string;

  constructor() {
    super();
    this.ctx = null;
    this.own = null;
    this.said = '';
  }

  static override styles = [
    baseStyles,
    textStyles,
    css`
      .phases {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
        margin: 0 0 12px;
        padding: 0;
        list-style: none;
        font-size: 13px;
      }
      .phases li {
        padding-top: 6px;
        border-top: 4px solid var(--pg-line);
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .phases [aria-current='step'] {
        border-color: var(--pg-accent);
        color: var(--pg-ink);
      }
      .phases .done {
        border-color: var(--pg-edge);
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 14px;
      }
      th {
        padding: 2px 10px 6px 0;
        font-size: 12.5px;
        font-weight: 500;
        text-align: start;
        color: var(--pg-ink-2);
        vertical-align: bottom;
        white-space: nowrap;
      }
      td {
        padding: 5px 10px 5px 0;
        border-top: 1px solid var(--pg-line);
        vertical-align: middle;
      }
      .verdict {
        display: grid;
        grid-template-columns: minmax(40px, 110px) auto;
        gap: 8px;
        align-items: center;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .track i {
        left: 50%;
        right: auto;
        background: var(--pg-pos);
      }
      .track .bad {
        left: auto;
        right: 50%;
        background: var(--pg-neg);
      }
      .miss {
        color: var(--pg-error);
      }
      .bar {
        margin-top: 10px;
      }
      /* A sentence stands above its answer and both verdicts. */
      @media (max-width: 560px) {
        thead tr,
        tbody tr {
          display: grid;
          grid-template-columns: 52px 1fr 1fr;
        }
        tr > :first-child {
          grid-column: 1 / -1;
        }
        td:not(:first-child) {
          padding-top: 0;
          border-top: 0;
        }
      }
    `,
  ];

  private verdict(ctx: LabContext, p: number, good: boolean | null): TemplateResult {
    const { t } = ctx;
    const wrong = good !== null && !right(good, p);
    return html`<span class="verdict"><span class="track" aria-hidden="true"><i class=${p > 0.5 ? '' : 'bad'} .style=${`width:${100 * Math.abs(p - 0.5)}%`}></i></span>
      <span class=${wrong ? 'miss' : ''} title=${formatFull(p)}>${Math.round(100 * p)}% ${good === null ? t(p > 0.5 ? 'ui.tuning.good' : 'ui.tuning.bad') : t(wrong ? 'ui.tuning.wrong' : 'ui.tuning.right')}</span></span>`;
  }

  private async judge(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { ctx } = this;
    const text = String(new FormData(event.target as HTMLFormElement).get('text') ?? '').trim();
    if (!ctx || !text) return;
    this.said = '';
    try {
      const { unknown } = (await ctx.client.query('tokens', { text })) as { unknown: string[] };
      if (unknown.length) this.said = ctx.t('ui.unknown', { tokens: unknown.slice(0, 12).join(', ') });
      this.own = { text, verdict: await ctx.client.read('verdicts', { text }) };
    } catch (error) {
      this.said = ctx.t('ui.refused', { rule: (error as { rule?: string }).rule ?? '' });
    }
  }

  private phases(ctx: LabContext): TemplateResult {
    const { t, params, snapshot } = ctx;
    const step = snapshot?.status.step ?? 0, before = Number(params['pretrain_steps']);
    const first = step < before;
    return html`<ol class="phases">
      <li class=${first ? '' : 'done'} aria-current=${first ? 'step' : nothing}>${t('ui.tuning.first', { step: Math.min(step, before), all: before })}</li>
      <li aria-current=${first ? nothing : 'step'}>${t('ui.tuning.second', { step: Math.max(0, step - before), labelled: Number(params['labelled']) })}</li></ol>`;
  }

  private row(ctx: LabContext, lang: string, text: string, good: boolean | null, p: number, q: number): TemplateResult {
    return html`<tr><td lang=${lang}>${text}</td><td>${good === null ? '–' : ctx.t(good ? 'ui.tuning.good' : 'ui.tuning.bad')}</td><td>${this.verdict(ctx, p, good)}</td><td>${this.verdict(ctx, q, good)}</td></tr>`;
  }

  protected override render() {
    const { ctx } = this;
    const info: LanguageInfo | null = infoOf(ctx), read = ctx?.snapshot?.watched['verdicts'];
    if (!ctx || !info || !read || read.shape[0] !== info.labelled.length) return nothing;
    const { t } = ctx, { data } = read;
    return html`<h3>${t('ui.tuning.title')}</h3>
      ${this.phases(ctx)}
      <table><thead><tr><th scope="col">${t('ui.tuning.sentence')}</th><th scope="col">${t('ui.tuning.label')}</th><th scope="col">${t('ui.tuning.pretrained')}</th><th scope="col">${t('ui.tuning.scratch')}</th></tr></thead>
        <tbody>${info.labelled.map(([text, good], i) => this.row(ctx, info.corpus, text, good, data[2 * i]!, data[2 * i + 1]!))}
        ${this.own ? this.row(ctx, info.corpus, this.own.text, null, this.own.verdict.data[0]!, this.own.verdict.data[1]!) : nothing}</tbody></table>
      <form class="bar" @submit=${(event: SubmitEvent) => void this.judge(event)}>
        <label class="own">${t('ui.tuning.own')}<input name="text" lang=${info.corpus} maxlength=${info.longest_text / 4} autocomplete="off" spellcheck="false" placeholder=${t(`ui.own.${info.corpus}`)} aria-describedby="judged" /></label>
        <button class="plain">${t('ui.tuning.judge')}</button>
      </form>
      <p class="hint" id="judged" role="status">${this.said || t('ui.tuning.about')}</p>`;
  }
}
define('pg-language-tuning', PgLanguageTuning);
