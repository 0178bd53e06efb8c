// The middle of the stage: the text as the model sees it, what it writes or how it was fine-tuned, and the attention weights of every layer and head.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import type { LabContext, TensorRead } from '../lab-view';
import { textStyles } from '../text-styles';
import { cellRef, guesses, infoOf, lookOf, readLabels, tokensOf, weightsOf, type LanguageInfo, type Look, type Token } from './text';
import './pg-language-text';
import './pg-language-tuning';
import './pg-language-writer';
import '../../elements/pg-heads';
import '../../elements/pg-heat';

interface CellEvent {
  row: number;
  col: number;
  rect: DOMRect | null;
}

/** The pointer rests this long on a cell before it opens. */
const HOVER_MS = 140;

export class PgLanguageModel extends PgElement {
  static override properties = { ctx: { attribute: false } };
  declare ctx: LabContext | null;
  private hoverTimer = 0;

  constructor() {
    super();
    this.ctx = null;
  }

  static override styles = [
    baseStyles,
    textStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 22px;
        padding: 14px 20px 24px;
        container-type: inline-size;
      }
      @media (max-width: 560px) {
        :host {
          padding: 12px 12px 20px;
        }
      }
      .weights {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      .scroll {
        overflow-x: auto;
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.hoverTimer);
  }

  private hover(info: LanguageInfo, look: Look, { row, col, rect }: CellEvent, pin: boolean): void {
    clearTimeout(this.hoverTimer);
    const open = () => this.ctx?.inspect(cellRef(info, look, row, col), rect!, { pin });
    if (!rect) this.ctx?.inspect(null);
    else if (pin) open();
    else this.hoverTimer = window.setTimeout(open, HOVER_MS);
  }

  private weights(ctx: LabContext, info: LanguageInfo, tokens: Token[]): TemplateResult {
    const { t } = ctx;
    const look = lookOf(ctx.view, info, tokens), labels = readLabels(info, tokens);
    const matrix = weightsOf(ctx.snapshot, look.layer, look.head, labels.length);
    const layers: (TensorRead | undefined)[] = info.attention.map((_, layer) => ctx.snapshot?.watched[`attention.${layer}`]);
    const name = (layer: number, head: number) => t('ui.which', { layer: layer + 1, head: head + 1 });
    const cell = labels.length > 40 ? 10 : labels.length > 22 ? 18 : 26;
    return html`<section class="weights" data-part="weights">
      <h3>${t('ui.weights.title')}</h3>
      <p class="hint">${t(guesses(info) ? 'ui.weights.bert' : 'ui.weights.gpt')}</p>
      <pg-heads .layers=${layers} .layer=${look.layer} .head=${look.head} .side=${56} .label=${t('ui.weights.heads')} .nameOf=${name}
        .titles=${layers.length > 1 ? layers.map((_, layer) => t('ui.layer', { layer: layer + 1 })) : []} .caption=${(_: number, head: number) => t('ui.head', { head: head + 1 })}
        @head=${(event: CustomEvent<{ layer: number; head: number }>) => ctx.setView(event.detail)}></pg-heads>
      ${matrix ? html`<div class="scroll"><pg-heat interactive ?values=${cell > 24} .data=${matrix.data} .offset=${matrix.offset} .rows=${matrix.rows} .cols=${matrix.cols} .colors=${'sequential'} .extent=${1}
        .rowLabels=${labels} .colLabels=${labels} .cell=${cell} .maxCell=${34} .follow=${{ row: guesses(info) ? look.token + 1 : look.token }}
        .label=${t('ui.weights.matrix', { layer: look.layer + 1, head: look.head + 1 })}
        @cell-hover=${(event: CustomEvent<CellEvent>) => this.hover(info, look, event.detail, false)}
        @cell-open=${(event: CustomEvent<CellEvent>) => this.hover(info, look, event.detail, true)}></pg-heat></div>` : nothing}
    </section>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx), tokens = info && tokensOf(ctx?.snapshot, info);
    // After a rebuild the info comes before the first snapshot of the new run.
    if (!ctx || !info || !tokens) return nothing;
    const text = ctx.shows('text') ? html`<pg-language-text data-part="text" .ctx=${ctx}></pg-language-text>` : nothing;
    return html`
      ${info.task === 'fine_tune' && ctx.shows('tuning') ? html`<pg-language-tuning data-part="tuning" .ctx=${ctx}></pg-language-tuning>` : nothing}
      ${info.task === 'gpt' && ctx.shows('writing') ? html`<pg-language-writer data-part="writing" .ctx=${ctx}></pg-language-writer>` : nothing}
      ${text}
      ${ctx.shows('weights') ? this.weights(ctx, info, tokens) : nothing}`;
  }
}
define('pg-language-model', PgLanguageModel);
