// GPT writes: one token after another, each drawn from a distribution that is shown, with what temperature, top-k and top-p make of it.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatFixed, formatFull } from '../../elements/format';
import type { LabContext } from '../lab-view';
import { textStyles } from '../text-styles';
import { infoOf, nextOf, shown, STOP, written, type LanguageInfo, type Next } from './text';

/** Between two tokens, and before a new text begins by itself. Ms. */
const PACE = 160, REST = 2400;
/** Tokens of a text, at most. */
const MOST = 60;
/** Rows of the chart, and the smallest probability that is told. */
const ROWS = 9, LEAST = 0.001;

export class PgLanguageWriter extends PgElement {
  static override properties = { ctx: { attribute: false }, prompt: { state: true }, steps: { state: true }, at: { state: true }, writing: { state: true }, said: { state: true } };
  declare ctx: LabContext | null;
  /** Ids that it goes on from. */
  declare private prompt: number[];
  declare private steps: Next[];
  /** The step that is looked at; −1: the last. */
  declare private at: number;
  declare private writing: boolean;
  declare private said: string;
  private seed = 0;
  private timer = 0;
  private build = -1;
  /** The reader has chosen to stop: it does not begin again by itself. */
  private stopped = false;

  constructor() {
    super();
    this.ctx = null;
    this.prompt = [];
    this.steps = [];
    this.at = -1;
    this.writing = false;
    this.said = '';
  }

  static override styles = [
    baseStyles,
    textStyles,
    css`
      .both {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 10px 24px;
        margin-top: 8px;
      }
      @container (min-width: 600px) {
        .both {
          grid-template-columns: minmax(0, 5fr) minmax(0, 4fr);
        }
      }
      .page {
        min-height: 172px;
        padding: 10px 12px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 16px;
        line-height: 1.75;
        white-space: pre-wrap;
      }
      .given {
        color: var(--pg-ink-2);
      }
      .page button {
        padding: 0 1px;
        border: 0;
        border-radius: 3px;
        background: none;
        line-height: inherit;
        white-space: pre;
      }
      .page button:hover {
        background: var(--pg-accent-soft);
      }
      .page [aria-pressed='true'] {
        background: var(--pg-accent-soft);
        box-shadow: 0 2px 0 var(--pg-accent);
      }
      .caret {
        display: inline-block;
        width: 2px;
        height: 1em;
        vertical-align: -2px;
        background: var(--pg-accent);
      }
      .track i.first {
        background: none;
        border-inline-end: 2px solid var(--pg-ink-2);
        border-radius: 0;
      }
      .cut {
        color: var(--pg-ink-2);
        text-decoration: line-through;
      }
      .cut.track i:not(.first) {
        background: repeating-linear-gradient(135deg, var(--pg-edge) 0 2px, transparent 2px 5px);
      }
      .chart {
        min-height: 200px;
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    this.writing = false;
  }
  protected override willUpdate(): void {
    // Another run writes with another vocabulary.
    const build = this.ctx?.snapshot?.build ?? -1;
    if (build !== this.build) {
      this.build = build;
      this.stop();
      this.stopped = false;
      this.prompt = [];
      this.steps = [];
      this.said = '';
    }
    // Something is written while it trains, without a click.
    if (this.ctx?.running && !this.writing && !this.timer && !this.stopped && !matchMedia('(prefers-reduced-motion: reduce)').matches) this.begin();
  }

  private begin(): void {
    clearTimeout(this.timer);
    this.seed++;
    this.steps = [];
    this.at = -1;
    this.writing = true;
    void this.advance(this.seed);
  }
  private stop(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.writing = false;
  }

  private async advance(seed: number): Promise<void> {
    const { ctx } = this;
    if (!ctx || !this.writing || seed !== this.seed) return;
    let next: Next;
    try {
      next = nextOf(await ctx.client.read('next', { tokens: [...this.prompt, ...this.steps.map(({ id }) => id)], seed }));
    } catch {
      this.stop(); // the run was rebuilt or ended meanwhile
      return;
    }
    if (!this.isConnected || !this.writing || seed !== this.seed) return;
    this.steps = [...this.steps, next];
    if (next.id === STOP || this.steps.length >= MOST) {
      this.writing = false;
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        this.requestUpdate(); // begins anew where it still trains
      }, REST);
      return;
    }
    this.timer = window.setTimeout(() => void this.advance(seed), PACE);
  }

  private async write(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { ctx } = this;
    const text = String(new FormData(event.target as HTMLFormElement).get('text') ?? '');
    if (!ctx) return;
    this.stop();
    this.said = '';
    try {
      const { ids, unknown } = (await ctx.client.query('tokens', { text })) as { ids: number[]; unknown: string[] };
      if (unknown.length) {
        this.said = ctx.t('ui.unknown_prompt', { tokens: unknown.slice(0, 12).join(', ') });
        this.stopped = true;
        return;
      }
      this.prompt = ids;
      this.stopped = false;
      this.begin();
    } catch (error) {
      this.said = ctx.t('ui.refused', { rule: (error as { rule?: string }).rule ?? '' });
    }
  }

  private page(ctx: LabContext, info: LanguageInfo): TemplateResult {
    const words = ctx.params['tokenizer'] === 'word';
    const ids = [...this.prompt, ...this.steps.map(({ id }) => id)];
    const upTo = (n: number) => written(info, ids.slice(0, n), words);
    const given = upTo(this.prompt.length);
    return html`<div class="page" lang=${info.corpus === 'own' ? nothing : info.corpus} aria-label=${ctx.t('ui.write.page')} role="group"><span class="given">${given}</span>${this.steps.map(({ id }, k) => {
      const n = this.prompt.length + k;
      const piece = id === STOP ? ' ■' : upTo(n + 1).slice(upTo(n).length);
      return html`<button type="button" aria-pressed=${k === this.looked} @click=${() => (this.at = k)}>${piece}</button>`;
    })}${this.writing ? html`<span class="caret" aria-hidden="true"></span>` : nothing}</div>`;
  }

  private get looked(): number {
    return this.at >= 0 && this.at < this.steps.length ? this.at : this.steps.length - 1;
  }

  private chart(ctx: LabContext, info: LanguageInfo): TemplateResult {
    const { t, lang } = ctx;
    const step = this.steps[this.looked];
    if (!step) return html`<div class="chart"><p class="hint">${t('ui.write.empty')}</p></div>`;
    const rows = step.choices.slice(0, ROWS);
    return html`<div class="chart">
      <dl class="bars">${rows.map(({ id, p, tempered, kept }) => html`<dt class="${id === step.id ? 'chosen' : ''} ${kept ? '' : 'cut'}">${shown(info, id)}</dt>
        <dd class="track ${kept ? '' : 'cut'}" aria-hidden="true"><i .style=${`width:${100 * (kept || tempered)}%`}></i><i class="first" .style=${`width:${100 * p}%`}></i></dd>
        <dd class=${id === step.id ? 'chosen' : ''} title=${formatFull(kept)}>${kept ? (kept < LEAST ? `< ${formatFixed(LEAST, lang)}` : formatFixed(kept, lang)) : t('ui.write.cut')}</dd>`)}</dl>
      <p class="hint">${t('ui.write.among', { count: step.count, all: info.vocabulary.length })}</p></div>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx);
    if (!ctx || !info) return nothing;
    const { t } = ctx;
    return html`<h3>${t('ui.write.title')}</h3>
      <form class="bar" @submit=${(event: SubmitEvent) => void this.write(event)}>
        <label class="own">${t('ui.write.prompt')}<input name="text" lang=${info.corpus === 'own' ? nothing : info.corpus} maxlength=${info.longest_text / 4} autocomplete="off" spellcheck="false" placeholder=${t(`ui.write.${info.corpus}`)} aria-describedby="told" /></label>
        <button class="plain">${t('ui.write.go')}</button>
        <button class="plain" type="button" ?disabled=${!this.writing} @click=${() => {
          this.stop();
          this.stopped = true;
        }}>${t('ui.write.stop')}</button>
      </form>
      <p class="hint ${this.said ? 'wrong' : ''}" id="told" role="status">${this.said || t('ui.write.about')}</p>
      <div class="both">${this.page(ctx, info)}${this.chart(ctx, info)}</div>`;
  }
}
define('pg-language-writer', PgLanguageWriter);
