// A text, token by token. GPT: each as dark as it surprised the model, by what stands before it. BERT: gaps, and what the model would put there.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatFixed, formatFull } from '../../elements/format';
import type { LabContext } from '../lab-view';
import { textStyles } from '../text-styles';
import { guesses, infoOf, lookOf, MOST_BITS, scoreRef, shown, surprise, tokensOf, type LanguageInfo, type Token } from './text';
import '../../elements/pg-colorkey';

export class PgLanguageText extends PgElement {
  static override properties = { ctx: { attribute: false }, said: { state: true }, wrong: { state: true } };
  declare ctx: LabContext | null;
  /** About the reader's own text: what of it is unknown, or why it was refused. */
  declare private said: string;
  declare private wrong: boolean;

  constructor() {
    super();
    this.ctx = null;
    this.said = '';
    this.wrong = false;
  }

  static override styles = [
    baseStyles,
    textStyles,
    css`
      .passage {
        display: flex;
        flex-wrap: wrap;
        gap: 5px 4px;
        margin: 10px 0 8px;
        line-height: 1.3;
      }
      .passage.close {
        gap: 4px 1px;
      }
      .token {
        --share: 0%;
        display: inline-grid;
        justify-items: center;
        gap: 1px;
        min-width: 20px;
        min-height: var(--pg-hit);
        padding: 3px 5px;
        border: 1px solid transparent;
        border-bottom: 4px solid color-mix(in oklab, var(--pg-seq) var(--share), var(--pg-line));
        border-radius: 4px;
        background: color-mix(in oklab, var(--pg-seq) calc(var(--share) * 0.22), transparent);
        font-size: 16px;
        white-space: pre;
      }
      .close .token {
        padding: 3px 2px;
      }
      .token small {
        font-size: 11px;
        line-height: 1.2;
        font-variant-numeric: tabular-nums;
      }
      .token:hover {
        border-color: var(--pg-edge);
      }
      .gap {
        border: 1px dashed var(--pg-edge);
        border-bottom: 4px solid color-mix(in oklab, var(--pg-pos) var(--share), var(--pg-neg));
        background: var(--pg-accent-soft);
      }
      .gap b {
        font-weight: 600;
      }
      [aria-current='true'].token {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
      }
      .below {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px 24px;
      }
      .open {
        border: 0;
        padding: 0;
        background: none;
        text-align: start;
        font: inherit;
        min-height: 24px;
      }
      .open:hover {
        color: var(--pg-accent);
      }
    `,
  ];

  private async act(name: string, args: object): Promise<void> {
    const { ctx } = this;
    if (!ctx) return;
    this.said = '';
    this.wrong = false;
    try {
      const { unknown = [] } = ((await ctx.act(name, args)) ?? {}) as { unknown?: string[] };
      if (name === 'show') ctx.setView({ token: null });
      if (unknown.length) this.said = ctx.t('ui.unknown', { tokens: unknown.slice(0, 12).join(', ') });
    } catch (error) {
      this.said = ctx.t('ui.refused', { rule: (error as { rule?: string }).rule ?? '' });
      this.wrong = true;
    }
  }

  private choose(info: LanguageInfo, tokens: Token[], at: number): void {
    this.ctx!.setView({ token: at });
    if (!guesses(info)) return;
    const gaps = tokens.flatMap(({ masked }, i) => (masked !== (i === at) ? [i] : []));
    void this.act('mask', { at: gaps });
  }

  private token(ctx: LabContext, info: LanguageInfo, tokens: Token[], i: number, looked: number): TemplateResult {
    const { t, lang } = ctx;
    const { id, masked, p, candidates } = tokens[i]!;
    const word = shown(info, id), gaps = guesses(info);
    if (masked) {
      const best = candidates[0]!;
      return html`<button type="button" class="token gap" aria-current=${i === looked} .style=${`--share:${100 * p}%`} title=${t('ui.gap.title', { token: word, probability: formatFull(p) })} @click=${() => this.choose(info, tokens, i)}><b>${shown(info, best.id)}</b>
        <small>${best.id === id ? '✓' : `≠ ${word}`} ${formatFixed(p, lang, 2)}</small></button>`;
    }
    const bits = surprise(p);
    return html`<button type="button" class="token" aria-current=${i === looked} .style=${gaps ? '' : `--share:${(100 * Math.min(bits, MOST_BITS)) / MOST_BITS}%`}
      aria-label=${gaps ? t('ui.whole.label', { token: word }) : nothing} title=${gaps ? '' : t('ui.surprise.label', { token: word, probability: formatFull(p), bits })}
      @click=${() => this.choose(info, tokens, i)}>${word}${gaps ? nothing : html`<small>${formatFixed(bits, lang, 2)}</small>`}</button>`;
  }

  private candidates(ctx: LabContext, info: LanguageInfo, tokens: Token[], looked: number): TemplateResult | typeof nothing {
    const token = tokens[looked];
    if (!token || (guesses(info) && !token.masked)) return html`<p class="hint">${ctx.t('ui.choose_gap')}</p>`;
    const before = tokens.slice(Math.max(0, looked - 6), looked).map(({ id, masked }) => shown(info, masked ? 3 : id)).join(' ');
    return html`<div data-part="candidates"><h3>${ctx.t(guesses(info) ? 'ui.candidates.gap' : 'ui.candidates.next')}</h3>
      ${guesses(info) ? nothing : html`<p class="hint">${ctx.t('ui.behind', { read: before || '■' })}</p>`}
      <dl class="bars">${token.candidates.map(({ id, p }) => html`<dt class=${id === token.id ? 'chosen' : ''}><button type="button" class="open" title=${ctx.t('ui.open_score')}
        @click=${(event: Event) => ctx.inspect(scoreRef(info, looked, id), event.currentTarget as Element, { pin: true })}>${shown(info, id)}</button></dt>
        <dd class="track" aria-hidden="true"><i .style=${`width:${100 * p}%`}></i></dd>
        <dd class=${id === token.id ? 'chosen' : ''} title=${formatFull(p)}>${formatFixed(p, ctx.lang)}</dd>`)}</dl></div>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx), tokens = info && tokensOf(ctx?.snapshot, info);
    if (!ctx || !info || !tokens) return nothing;
    const { t } = ctx;
    const look = lookOf(ctx.view, info, tokens), gaps = guesses(info);
    const lang = info.corpus === 'own' ? '' : info.corpus;
    return html`<h3>${t(gaps ? 'ui.text.bert' : 'ui.text.gpt')}</h3>
      <p class="hint">${t(gaps ? 'ui.text.about_bert' : 'ui.text.about_gpt')}</p>
      <div class="passage ${ctx.params['tokenizer'] === 'word' ? '' : 'close'}" lang=${lang || nothing} role="group" aria-label=${t('ui.text.label')}>
        ${tokens.map((_, i) => this.token(ctx, info, tokens, i, look.token))}</div>
      <div class="below">
        ${gaps ? nothing : html`<pg-colorkey colors="sequential" .extent=${MOST_BITS} .label=${t('ui.surprise.key')}></pg-colorkey>`}
        ${this.candidates(ctx, info, tokens, look.token)}
        <form class="bar" @submit=${(event: SubmitEvent) => {
          event.preventDefault();
          void this.act('show', { text: String(new FormData(event.target as HTMLFormElement).get('text') ?? '') });
        }}>
          <label class="own">${t('ui.own.label')}<input name="text" lang=${lang || nothing} maxlength=${info.longest_text / 4} autocomplete="off" spellcheck="false" placeholder=${t(`ui.own.${info.corpus}`)} aria-describedby="said" /></label>
          <button class="plain">${t('ui.own.show')}</button>
          <button class="plain" type="button" @click=${() => this.act('show', { piece: ((info.piece ?? -1) + 1) % info.n_test })}>${t('ui.own.next')}</button>
          ${gaps ? html`<button class="plain" type="button" @click=${() => this.act('mask', { at: tokens.map((_, i) => i) })}>${t('ui.gap.all')}</button>` : nothing}
        </form>
        <p class="hint ${this.wrong ? 'wrong' : ''}" id="said" role="status">${this.said || (info.piece === null ? '' : t('ui.held_out', { count: info.n_test }))}</p>
      </div>`;
  }
}
define('pg-language-text', PgLanguageText);
