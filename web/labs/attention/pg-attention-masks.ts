// Which token may look at which: each mask alone as a small picture that switches it, and all that are on together.
import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatCount } from '../../elements/format';
import type { LabContext, ParamValue } from '../lab-view';
import { masksOf, pairsSeen, sees, type Masks } from './floor';
import { infoOf, isTrained } from './stages';

/** Tokens in the small pictures. */
const SMALL = 8;
/** What a press switches on. */
const WINDOW = 2, PADDING = 3;
const NONE: Masks = { causal: false, window: 0, padding: 0 };

export class PgAttentionMasks extends PgElement {
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
      .all {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        gap: 6px;
      }
      button {
        display: grid;
        justify-items: center;
        align-content: start;
        gap: 5px;
        min-height: var(--pg-hit);
        padding: 6px 4px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: none;
        font-size: 12.5px;
        line-height: 1.3;
      }
      button:hover {
        border-color: var(--pg-accent);
      }
      [aria-pressed='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
        color: var(--pg-accent);
        font-weight: 600;
      }
      svg {
        display: block;
        flex: none;
        max-width: 100%;
        border: 1px solid var(--pg-line);
      }
      .seen {
        fill: var(--pg-seq);
      }
      .now {
        display: flex;
        gap: 12px;
        align-items: flex-start;
        margin-top: 12px;
      }
      p {
        margin: 0 0 6px;
        font-size: 13.5px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
    `,
  ];

  private picture(masks: Masks, n: number, side: number): TemplateResult {
    const d: string[] = [];
    for (let row = 0; row < n; row++) for (let col = 0; col < n; col++) if (sees(masks, n, row, col)) d.push(`M${col} ${row}h1v1h-1z`);
    return html`<svg viewBox="0 0 ${n} ${n}" width=${side} height=${side} aria-hidden="true">${svg`<path class="seen" d=${d.join('')} />`}</svg>`;
  }

  protected override render() {
    const { ctx } = this, info = infoOf(ctx);
    if (!ctx || !info) return nothing;
    const { t } = ctx, now = masksOf(info), n = info.tokens.length;
    const card = (name: string, masks: Masks, on: boolean, change: Record<string, ParamValue>) => html`<button type="button" aria-pressed=${on} data-mask=${name} @click=${() => ctx.set(change)}>${this.picture(masks, SMALL, 54)}${t(`ui.mask.${name}`)}</button>`;
    const all = n * n, seen = pairsSeen(now, n);
    return html`<div class="all">
        ${card('none', NONE, seen === all, { causal: false, window: 0, ...(isTrained(ctx.params) ? {} : { pad_tokens: 0 }) })}
        ${card('causal', { ...NONE, causal: true }, now.causal, { causal: !now.causal })}
        ${card('window', { ...NONE, window: WINDOW }, now.window > 0, { window: now.window > 0 ? 0 : WINDOW })}
        ${isTrained(ctx.params) ? nothing : card('padding', { ...NONE, padding: PADDING }, now.padding > 0, { pad_tokens: now.padding > 0 ? 0 : PADDING })}
      </div>
      <div class="now">${this.picture(now, n, 96)}
        <div><p role="status">${t('ui.mask.seen', { seen: formatCount(seen, ctx.lang), all: formatCount(all, ctx.lang) })}</p><p>${t('ui.mask.help')}</p></div></div>`;
  }
}
define('pg-attention-masks', PgAttentionMasks);
