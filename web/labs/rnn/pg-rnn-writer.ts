// A word, written letter by letter: what the network expects at each step, and what was drawn from it.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import type { LabContext, TensorRead } from '../lab-view';
import { infoOf, type RnnInfo } from './sequence';
import '../../elements/pg-slider';

/** Letters shown of each step. */
const SHOWN = 4;
/** How long a letter takes, ms. */
const PACE = 320;
/** Words kept on the list. */
const KEPT = 12;

export class PgRnnWriter extends PgElement {
  static override properties = { ctx: { attribute: false }, drawn: { state: true }, come: { state: true }, words: { state: true }, temperature: { state: true } };
  declare ctx: LabContext | null;
  declare private drawn: TensorRead | null;
  /** Letters that have come. */
  declare private come: number;
  declare private words: string[];
  declare private temperature: number;
  private seed = 0;
  private timer = 0;
  private build = -1;

  constructor() {
    super();
    this.ctx = null;
    this.drawn = null;
    this.come = 0;
    this.words = [];
    this.temperature = 1;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 6px 16px;
      }
      .bar pg-slider {
        flex: 1 1 200px;
        max-width: 300px;
      }
      .plain {
        min-height: var(--pg-hit);
        padding: 1px 12px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: none;
      }
      .plain:hover {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      ol {
        display: flex;
        gap: 10px;
        margin: 8px 0 0;
        padding: 0;
        overflow-x: auto;
        list-style: none;
      }
      .step {
        flex: none;
        width: 62px;
      }
      .step b {
        display: block;
        font-size: 18px;
        text-align: center;
      }
      .choice {
        position: relative;
        padding: 0 4px;
        font-size: 12px;
        display: flex;
        justify-content: space-between;
        font-variant-numeric: tabular-nums;
      }
      .choice i {
        position: absolute;
        inset: 1px auto 1px 0;
        z-index: -1;
        border-radius: 2px;
        background: var(--pg-blank);
      }
      .step {
        position: relative;
        z-index: 0;
      }
      .choice.taken {
        font-weight: 600;
      }
      .choice.taken i {
        background: var(--pg-accent-soft);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
      }
      .words {
        margin: 8px 0 0;
        line-height: 1.7;
        min-height: 24px;
      }
      .words span {
        margin-inline-end: 12px;
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }
  protected override willUpdate(): void {
    // Another run writes other words.
    const build = this.ctx?.snapshot?.build ?? -1;
    if (build === this.build) return;
    this.build = build;
    this.drawn = null;
    this.words = [];
    clearTimeout(this.timer);
  }

  private async write(): Promise<void> {
    const { ctx } = this;
    if (!ctx) return;
    clearTimeout(this.timer);
    try {
      this.drawn = await ctx.client.read('write', { temperature: this.temperature, seed: ++this.seed });
    } catch {
      return; // the run was rebuilt meanwhile
    }
    this.come = 0;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) this.come = this.drawn.shape[0]!;
    this.advance();
  }
  private advance(): void {
    const { drawn, ctx } = this;
    const info = infoOf(ctx);
    if (!drawn || !info?.vocabulary) return;
    if (this.come < drawn.shape[0]!) {
      this.come++;
      this.timer = window.setTimeout(() => this.advance(), PACE);
      return;
    }
    const letters = Array.from({ length: drawn.shape[0]! }, (_, i) => drawn.data[i * drawn.shape[1]!]!).filter((letter) => letter !== 0);
    this.words = [letters.map((letter) => info.vocabulary![letter]).join(''), ...this.words].slice(0, KEPT);
  }

  private column(info: RnnInfo, drawn: TensorRead, i: number) {
    const wide = drawn.shape[1]!, from = i * wide, taken = drawn.data[from]!;
    const name = (letter: number) => (letter === 0 ? this.ctx!.t('ui.write.end') : info.vocabulary![letter]!);
    const all = Array.from({ length: wide - 1 }, (_, letter) => ({ letter, share: drawn.data[from + 1 + letter]! })).sort((a, b) => b.share - a.share);
    const shown = all.slice(0, SHOWN);
    if (!shown.some(({ letter }) => letter === taken)) shown[SHOWN - 1] = all.find(({ letter }) => letter === taken)!;
    return html`<li class="step"><b>${taken === 0 ? '■' : name(taken)}</b>
      ${shown.map(({ letter, share }) => html`<div class="choice ${letter === taken ? 'taken' : ''}"><i .style=${`width:${100 * share}%`}></i><span>${name(letter)}</span><span>${Math.round(100 * share)}%</span></div>`)}</li>`;
  }

  protected override render() {
    const { ctx, drawn } = this;
    const info = infoOf(ctx);
    if (!ctx || !info?.vocabulary) return nothing;
    const { t } = ctx;
    return html`<div class="bar">
        <button type="button" class="plain" @click=${() => void this.write()}>${t('ui.write.go')}</button>
        <pg-slider .value=${this.temperature} .min=${0.1} .max=${2} .step=${0.1} .default=${1} .label=${t('ui.write.temperature')} .help=${t('ui.write.help')}
          @change=${(event: CustomEvent<{ value: number }>) => {
            event.stopPropagation();
            this.temperature = event.detail.value;
          }}></pg-slider>
      </div>
      ${drawn && drawn.shape[1] === info.classes + 1 ? html`<ol tabindex="0" aria-label=${t('ui.write.steps')}>${Array.from({ length: Math.min(this.come, drawn.shape[0]!) }, (_, i) => this.column(info, drawn, i))}</ol>` : nothing}
      <p class="words" aria-live="polite">${this.words.map((word) => html`<span>${word}</span>`)}</p>`;
  }
}
define('pg-rnn-writer', PgRnnWriter);
