// The middle of the stage: the sentence and its translation, what the decoder looked at for each word of it and what else it could have
// written, and the attention weights of every layer and head.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatFixed, formatFull } from '../../elements/format';
import { textStyles } from '../text-styles';
import type { LabContext, TensorRead } from '../lab-view';
import {
  answerOf, ATTENTIONS, cellRef, infoOf, lookOf, shown, sourceWeights, weightsKey, weightsOf,
  type Attention, type Look, type TranslationAnswer, type TranslationInfo,
} from './sentence';
import '../../elements/pg-choice';
import '../../elements/pg-heads';
import '../../elements/pg-heat';
import './pg-translation-stream';

interface CellEvent {
  row: number;
  col: number;
  rect: DOMRect | null;
}

/** As many candidates as are drawn. */
const CANDIDATES = 5;
/** The pointer rests this long on a cell before it opens. */
const HOVER_MS = 140;

export class PgTranslationModel extends PgElement {
  static override properties = { ctx: { attribute: false }, unknown: { state: true }, refused: { state: true } };
  declare ctx: LabContext | null;
  /** Words of the reader's sentence that nobody knows. */
  declare private unknown: string[];
  /** Why the engine did not take it. */
  declare private refused: string;
  private hoverTimer = 0;

  constructor() {
    super();
    this.ctx = null;
    this.unknown = [];
    this.refused = '';
  }

  static override styles = [
    baseStyles,
    textStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 18px;
        padding: 16px 20px 24px;
      }
      @media (max-width: 560px) {
        :host {
          padding: 12px 12px 20px;
        }
      }
      summary {
        padding: 4px 0;
        font-size: 13px;
        color: var(--pg-accent);
        cursor: pointer;
      }
      .words {
        margin: 0;
        max-width: 68ch;
        font-size: 13px;
        line-height: 1.7;
        color: var(--pg-ink-2);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: start;
        gap: 4px;
        min-height: 54px;
      }
      .side {
        margin: 0 0 4px;
        font-size: 12.5px;
        color: var(--pg-ink-2);
      }
      .token {
        display: grid;
        justify-items: center;
        gap: 2px;
        min-width: 34px;
        padding: 5px 8px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 16px;
        line-height: 1.35;
      }
      .token small {
        font-size: 11.5px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      button.token {
        min-height: var(--pg-hit);
      }
      .token i {
        width: 100%;
        min-width: 30px;
        height: 5px;
        border-radius: 2px;
        background: var(--pg-line);
        overflow: hidden;
      }
      .token i::before {
        content: '';
        display: block;
        width: var(--share);
        height: 100%;
        background: var(--pg-seq);
      }
      button.token:hover {
        border-color: var(--pg-edge);
      }
      [aria-checked='true'].token {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
        font-weight: 600;
      }
      .later {
        border-style: dashed;
        background: none;
        color: var(--pg-ink-2);
      }
      .verdict {
        margin: 8px 0 0;
        line-height: 1.6;
      }
      .verdict b {
        font-weight: 600;
      }
      .right b {
        color: var(--pg-pos);
      }
      .grid {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 18px;
      }
      @container (min-width: 640px) {
        .grid {
          grid-template-columns: minmax(0, 3fr) minmax(0, 4fr);
        }
      }
      .wide {
        container-type: inline-size;
      }
      .weights {
        display: grid;
        gap: 10px;
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

  private async show(args: { text: string } | { example: number }): Promise<void> {
    const { ctx } = this;
    if (!ctx) return;
    this.unknown = [];
    this.refused = '';
    try {
      const { unknown } = (await ctx.act('show', args)) as { unknown: string[] };
      this.unknown = unknown;
      if (!unknown.length) ctx.setView({ step: 0 });
    } catch (error) {
      this.refused = ctx.t('ui.refused', { rule: (error as { rule?: string }).rule ?? '' });
    }
  }

  private sentence(ctx: LabContext, info: TranslationInfo, answer: TranslationAnswer): TemplateResult {
    const { t } = ctx;
    const example = answer.example ?? -1;
    return html`<section data-part="sentence">
      <form class="bar" @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        void this.show({ text: String(new FormData(event.target as HTMLFormElement).get('text') ?? '') });
      }}>
        <label class="own">${t(`ui.own.${info.source}`)}
          <input name="text" lang=${info.source} maxlength=${info.longest_text / 4} autocomplete="off" spellcheck="false" placeholder=${t(`ui.placeholder.${info.source}`)}
            aria-describedby="unknown" /></label>
        <button class="plain">${t('ui.translate')}</button>
        <button class="plain" type="button" @click=${() => this.show({ example: (example + 1) % info.n_test })}>${t('ui.next')}</button>
      </form>
      <p class="hint ${this.unknown.length || this.refused ? 'wrong' : ''}" id="unknown" role="status">${
        this.refused || (this.unknown.length ? t('ui.unknown', { words: this.unknown.join(', ') }) : t('ui.held_out', { count: info.n_test }))}</p>
      <details><summary>${t('ui.words')}</summary><p class="words" lang=${info.source}>${info.words.source.map(shown).join(' · ')}</p></details>
    </section>`;
  }

  private source(ctx: LabContext, info: TranslationInfo, answer: TranslationAnswer, look: Look): TemplateResult {
    const weights = sourceWeights(ctx.snapshot, info, answer, look);
    return html`<p class="side">${ctx.t(`ui.side.${info.source}`)}</p>
      <div class="line" lang=${info.source} role="list" aria-label=${ctx.t('ui.source')}>
        ${answer.source_tokens.map((token, i) => html`<span class="token" role="listitem">${shown(token)}
          ${weights ? html`<i aria-hidden="true" .style=${`--share:${100 * weights[i]!}%`}></i><small title=${formatFull(weights[i]!)}>${formatFixed(weights[i]!, ctx.lang)}</small>` : nothing}</span>`)}
      </div>`;
  }

  private target(ctx: LabContext, info: TranslationInfo, answer: TranslationAnswer, look: Look): TemplateResult {
    const { t } = ctx;
    const choose = (step: number) => ctx.setView({ step: Math.max(0, Math.min(answer.steps.length - 1, step)) });
    const onKey = (event: KeyboardEvent) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      choose(look.step + by);
      const next = Math.max(0, Math.min(answer.steps.length - 1, look.step + by));
      (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('button')[next]?.focus();
    };
    return html`<p class="side">${t(`ui.side.${info.target}`)}</p>
      <div class="line" lang=${info.target} role="radiogroup" aria-label=${t('ui.target')} @keydown=${onKey}>
        ${answer.steps.map(({ token, probability }, i) => html`<button type="button" class="token ${i > look.step ? 'later' : ''}" role="radio" aria-checked=${i === look.step}
          tabindex=${i === look.step ? 0 : -1} aria-label=${t('ui.written', { token: shown(token), probability })} @click=${() => choose(i)}>${shown(token)}
          <small>${formatFixed(probability, ctx.lang)}</small></button>`)}
      </div>
      ${answer.reference === null ? nothing : html`<p class="verdict ${answer.exact ? 'right' : ''}"><b>${t(answer.exact ? 'ui.exact' : 'ui.not_exact')}</b>
        ${answer.exact ? nothing : html`<span lang=${info.target}>${answer.reference}</span>`}</p>`}`;
  }

  private candidates(ctx: LabContext, info: TranslationInfo, answer: TranslationAnswer, look: Look): TemplateResult | typeof nothing {
    const step = answer.steps[look.step];
    if (!step) return nothing;
    const read = answer.read_tokens.slice(0, look.step + 1).map(shown).join(' ');
    return html`<h3>${ctx.t('ui.candidates')}</h3>
      <p class="hint" lang=${info.target}>${ctx.t('ui.behind', { read })}</p>
      <dl class="bars" lang=${info.target}>${step.candidates.slice(0, CANDIDATES).map(({ token, probability }) => html`<dt class=${token === step.token ? 'chosen' : ''}>${shown(token)}</dt>
        <dd class="track" aria-hidden="true"><i .style=${`width:${100 * probability}%`}></i></dd>
        <dd class=${token === step.token ? 'chosen' : ''} title=${formatFull(probability)}>${formatFixed(probability, ctx.lang)}</dd>`)}</dl>`;
  }

  private hover(info: TranslationInfo, look: Look, { row, col, rect }: CellEvent, pin: boolean): void {
    clearTimeout(this.hoverTimer);
    const open = () => this.ctx?.inspect(cellRef(info, look, row, col), rect!, { pin });
    if (!rect) this.ctx?.inspect(null);
    else if (pin) open();
    else this.hoverTimer = window.setTimeout(open, HOVER_MS);
  }

  private weights(ctx: LabContext, info: TranslationInfo, answer: TranslationAnswer, look: Look): TemplateResult {
    const { t } = ctx;
    const rows = look.attention === 'encoder' ? answer.source_tokens : answer.read_tokens, cols = look.attention === 'decoder' ? answer.read_tokens : answer.source_tokens;
    const matrix = weightsOf(ctx.snapshot, look.attention, look.layer, look.head, rows.length, cols.length);
    const layers: (TensorRead | undefined)[] = info.attention[look.attention].map((_, layer) => ctx.snapshot?.watched[weightsKey(look.attention, layer)]);
    const name = (layer: number, head: number) => t('ui.which', { layer: layer + 1, head: head + 1 });
    return html`<section class="weights" data-part="weights">
      <pg-choice .value=${look.attention} .label=${t('ui.attention.label')} .choices=${ATTENTIONS.map((value) => ({ value, label: t(`ui.attention.${value}`) }))}
        @change=${(event: CustomEvent<{ value: Attention }>) => {
          event.stopPropagation();
          ctx.setView({ attention: event.detail.value, layer: 0 });
        }}></pg-choice>
      <p class="hint">${t(`ui.about.${look.attention}`)}</p>
      <pg-heads .layers=${layers} .layer=${look.layer} .head=${look.head} .side=${info.nhead > 4 ? 44 : 60} .label=${t('ui.heads')} .nameOf=${name}
        .titles=${layers.length > 1 ? layers.map((_, layer) => t('ui.layer', { layer: layer + 1 })) : []} .caption=${(_: number, head: number) => t('ui.head', { head: head + 1 })}
        @head=${(event: CustomEvent<{ layer: number; head: number }>) => ctx.setView(event.detail)}></pg-heads>
      ${matrix ? html`<div class="scroll"><pg-heat interactive values .data=${matrix.data} .offset=${matrix.offset} .rows=${matrix.rows} .cols=${matrix.cols} .colors=${'sequential'} .extent=${1}
        .rowLabels=${rows.map(shown)} .colLabels=${cols.map(shown)} .cell=${30} .maxCell=${38} .follow=${look.attention === 'encoder' ? null : { row: look.step }}
        .label=${t('ui.matrix', { attention: t(`ui.attention.${look.attention}`), layer: look.layer + 1, head: look.head + 1 })}
        @cell-hover=${(event: CustomEvent<CellEvent>) => this.hover(info, look, event.detail, false)}
        @cell-open=${(event: CustomEvent<CellEvent>) => this.hover(info, look, event.detail, true)}></pg-heat></div>` : nothing}
    </section>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx), answer = answerOf(ctx?.snapshot);
    // After a rebuild the info comes before the first answer of the new run.
    if (!ctx || !info || !answer) return nothing;
    const look = lookOf(ctx.view, info, answer.steps.length);
    return html`
      ${ctx.shows('sentence') ? this.sentence(ctx, info, answer) : nothing}
      ${ctx.shows('steps') ? html`<section data-part="steps">${this.source(ctx, info, answer, look)}<br />${this.target(ctx, info, answer, look)}</section>` : nothing}
      <div class="wide"><div class="grid">
        ${ctx.shows('steps') ? html`<section data-part="candidates">${this.candidates(ctx, info, answer, look)}</section>` : nothing}
        ${ctx.shows('weights') ? this.weights(ctx, info, answer, look) : nothing}
      </div></div>
      ${ctx.shows('stream') ? html`<pg-translation-stream data-part="stream" .ctx=${ctx}></pg-translation-stream>` : nothing}`;
  }
}
define('pg-translation-model', PgTranslationModel);
