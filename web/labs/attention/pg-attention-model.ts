// The middle of the stage: the tokens, the four steps as matrices that share their rows, and the step in hand worked out
// for the token that is followed.
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { baseStyles, define, PgElement } from '../../elements/base';
import type { Matrix } from '../../elements/matrix';
import type { LabContext } from '../lab-view';
import {
  cellRef, GAP, infoOf, isTrained, isolate, largest, lookOf, matrixOf, niceCeil, roomFor, shorten, stagesOf, STAGES, STEPS, visible, weightsKey,
  type AttentionInfo, type Look, type Room, type Stage, type StageDef, type Step,
} from './stages';
import type { Cell, CellEvent } from './pg-attention-matrix';
import type { TokenAnswer } from './pg-attention-tokens';
import '../../elements/pg-colorkey';
import '../../elements/pg-heads';
import '../../elements/pg-tabs';
import { PgText } from '../../elements/pg-text';
import '../../elements/pg-formula';
import { MATRIX } from './formulas';
import './pg-attention-detail';
import './pg-attention-matrix';
import './pg-attention-tokens';

/** Below this there is room for one step only. */
const NARROW = 560;
/** The pointer rests this long on a cell before it opens. */
const HOVER_MS = 140;
/** How long a step stays when they are played. */
const STAY_MS = 2200;
/** A swipe is at least this long, px, and more across than along. */
const SWIPE = 48;
const NONE: string[] = [];
const EXAMPLES = ['a', 'b', 'c', 'd'] as const;

/** The field of the sentence: one line until more is written, for the stage is not high. */
class PgAttentionSentence extends PgText {
  static override styles = [
    ...PgText.styles,
    css`
      textarea {
        min-height: 38px;
        max-height: 62px;
        resize: none;
      }
    `,
  ];
}
define('pg-attention-sentence', PgAttentionSentence);

export class PgAttentionModel extends PgElement {
  static override properties = {
    ctx: { attribute: false },
    width: { state: true },
    playing: { state: true },
  };
  declare ctx: LabContext | null;
  declare private width: number;
  declare private playing: boolean;

  private resize: ResizeObserver | null = null;
  private timer = 0;
  private hoverTimer = 0;
  private touch: { x: number; y: number } | null = null;

  constructor() {
    super();
    this.ctx = null;
    this.width = 0;
    this.playing = false;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-width: 0;
        padding: 8px 20px 6px;
      }
      .all {
        flex: 1;
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .all > * {
        flex: none;
      }
      .task {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 14px;
      }
      .task pg-attention-sentence {
        flex: 1 1 100%;
      }
      .task p {
        flex: 1 1 300px;
        margin: 0;
        line-height: 1.5;
      }
      .examples span {
        flex: none;
      }
      .examples {
        flex: 1 1 100%;
        display: flex;
        align-items: center;
        gap: 6px;
        min-width: 0;
        overflow-x: auto;
        scrollbar-width: none;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      .chip {
        max-width: 170px;
        flex: 0 1 auto;
        min-width: 60px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .chip,
      .plain {
        min-height: max(26px, calc(var(--pg-hit) - 4px));
        padding: 1px 10px;
        border: 1px solid var(--pg-line);
        border-radius: 999px;
        background: none;
        font-size: 13px;
        color: var(--pg-ink);
      }
      .plain {
        border-color: var(--pg-edge);
        border-radius: var(--pg-radius);
        min-height: var(--pg-hit);
      }
      .chip:hover,
      .plain:hover {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      .cut {
        margin: 2px 0 0;
        font-size: 13px;
        color: var(--pg-warn);
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 14px;
        margin-top: 8px;
      }
      .hint {
        flex: 1 1 150px;
        margin: 0;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      .space {
        flex: 1;
      }
      .count {
        margin-inline-start: 4px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .board {
        display: flex;
        align-items: stretch;
        margin-top: 12px;
      }
      .names {
        position: relative;
        flex: none;
        align-self: flex-end;
        font-size: 12px;
      }
      .names button {
        position: absolute;
        inset-inline: 0;
        padding: 0 ${GAP.names}px 0 0;
        border: 0;
        background: none;
        overflow: hidden;
        text-align: right;
        text-overflow: ellipsis;
        white-space: pre;
        font-size: inherit;
        line-height: 1;
        color: var(--pg-ink-2);
      }
      .names button:hover {
        color: var(--pg-accent);
      }
      .names .on {
        font-weight: 600;
        color: var(--pg-ink);
      }
      section {
        display: flex;
        flex-direction: column;
        min-width: 0;
        border-radius: var(--pg-radius);
        transition: opacity var(--pg-ease);
      }
      section + section {
        margin-left: ${GAP.steps}px;
      }
      .playing section:not(.on) {
        opacity: 0.3;
      }
      h3 {
        position: relative;
        margin: 0 0 2px;
        font-size: 13px;
        font-weight: 500;
      }
      section + section h3::before {
        content: '';
        position: absolute;
        left: -${GAP.steps / 2 + 3}px;
        top: 11px;
        width: 6px;
        height: 6px;
        border: solid var(--pg-edge);
        border-width: 1.5px 1.5px 0 0;
        transform: rotate(45deg);
      }
      h3 button {
        width: 100%;
        min-height: 28px;
        padding: 0 0 3px;
        border: 0;
        border-bottom: 2px solid var(--pg-line);
        background: none;
        font: inherit;
        text-align: start;
        white-space: nowrap;
        color: var(--pg-ink-2);
        transition: border-color var(--pg-ease);
      }
      h3 button:hover {
        color: var(--pg-accent);
      }
      .on h3 button {
        border-color: var(--pg-accent);
        font-weight: 600;
        color: var(--pg-ink);
      }
      .pictures {
        flex: 1;
        display: flex;
        align-items: flex-end;
        gap: ${GAP.vectors}px;
      }
      .pictures.pair {
        gap: ${GAP.pair}px;
      }
      figure {
        margin: 0;
      }
      figcaption {
        min-height: 24px;
        padding-bottom: 2px;
        font-size: 14px;
        line-height: 22px;
        white-space: nowrap;
      }
      .keys {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 22px;
        align-items: center;
        margin-top: 8px;
        font-size: 12px;
        color: var(--pg-ink-2);
      }
      .ramp {
        display: inline-flex;
        gap: 6px;
        align-items: center;
      }
      .ramp i {
        width: 84px;
        height: 9px;
        border: 1px solid var(--pg-line);
        border-radius: 2px;
        background: linear-gradient(in oklab to right, var(--pg-surface), var(--pg-seq));
      }
      .ring {
        display: inline-block;
        width: 11px;
        height: 11px;
        margin-inline-end: 5px;
        border: 2px solid var(--pg-sym-w);
        border-radius: 3px;
        vertical-align: -1px;
      }
      .all > pg-attention-detail {
        flex: 0 1 auto;
        min-height: 124px;
        margin-top: 8px;
        padding-top: 6px;
        border-top: 1px solid var(--pg-line);
      }
      .swipe {
        touch-action: pan-y;
      }
      .narrow .board {
        justify-content: center;
      }
      .narrow .pictures.pair {
        flex-direction: column;
        align-items: flex-end;
      }
      .narrow .chip {
        flex: none;
        max-width: 240px;
      }
      .line {
        display: flex;
      }
      .narrow pg-tabs {
        margin-top: 8px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver((entries) => {
      const width = Math.floor(entries[0]!.contentRect.width);
      if (width > 0 && width !== this.width) this.width = width;
    });
    this.resize.observe(this);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
    this.stop();
    clearTimeout(this.hoverTimer);
  }
  protected override updated(changed: PropertyValues): void {
    const narrow = this.width > 0 && this.width < NARROW;
    // What need not be shown need not be read.
    if (this.ctx && this.width > 0 && (changed.has('width') || changed.has('ctx')) && (this.ctx.view['narrow'] === true) !== narrow) this.ctx.setView({ narrow });
  }

  // ---------------------------------------------------------------------------------------------------------- motion

  private readonly goTo = (step: Step): void => this.ctx?.setView({ step });

  /** Takes the followed token through the four steps, once. */
  private play(): void {
    if (this.playing) return this.stop();
    this.playing = true;
    let next = 0;
    const advance = () => {
      if (next === STEPS.length) return this.stop();
      this.goTo(STEPS[next++]!);
      this.timer = window.setTimeout(advance, STAY_MS);
    };
    advance();
  }
  private stop(): void {
    clearTimeout(this.timer);
    this.playing = false;
  }
  private choose(step: Step): void {
    this.stop();
    this.goTo(step);
  }

  // ------------------------------------------------------------------------------------------------------ inspection

  private hover(stage: Stage, look: Look, { row, col, rect }: CellEvent): void {
    clearTimeout(this.hoverTimer);
    if (!rect) this.ctx?.inspect(null);
    else this.hoverTimer = window.setTimeout(() => this.ctx?.inspect(cellRef(stage, look, row, col), rect, { pin: false }), HOVER_MS);
  }
  private open(stage: Stage, look: Look, { row, col, rect }: CellEvent): void {
    clearTimeout(this.hoverTimer);
    if (rect) this.ctx?.inspect(cellRef(stage, look, row, col), rect, { pin: true });
  }

  // ----------------------------------------------------------------------------------------------------------- parts

  private task(ctx: LabContext, info: AttentionInfo): TemplateResult {
    const { t } = ctx;
    if (isTrained(ctx.params)) {
      return html`<div class="task" data-part="task">
        <p>${t(`ui.task.${info.task}`)}</p>
        ${info.example ? html`<button type="button" class="plain" @click=${() => void ctx.act('next_example')}>${t('ui.example.next')}
          <span class="count">${t('ui.example.count', { index: String(info.example.index + 1), count: String(info.example.count) })}</span></button>` : nothing}
      </div>`;
    }
    const sentence = String(ctx.params['sentence'] ?? '');
    return html`<div class="task" data-part="task">
      <pg-attention-sentence .value=${sentence} .maxLength=${1000} .label=${t('params.sentence.label')} .help=${t('params.sentence.help')}
        @change=${(event: CustomEvent<{ value: string }>) => {
          event.stopPropagation();
          if (event.detail.value !== this.ctx?.params['sentence']) this.ctx?.set({ sentence: event.detail.value });
        }}></pg-attention-sentence>
      <div class="examples"><span>${t('ui.examples')}</span>
        ${EXAMPLES.map((key) => html`<button type="button" class="chip" @click=${() => ctx.set({ sentence: t(`ui.sentence.${key}`) })}>${t(`ui.sentence.${key}`)}</button>`)}
      </div>
      ${info.truncated ? html`<p class="cut" role="status">${t('ui.truncated', { count: String(info.max_tokens), rest: isolate(shorten(info.rest.trim(), 24)) })}</p>` : nothing}
    </div>`;
  }

  private tokens(ctx: LabContext, info: AttentionInfo, look: Look): TemplateResult {
    const { t } = ctx;
    const weights = matrixOf(ctx.snapshot, 'weights', look);
    const row = weights && look.follow < weights.rows && weights.cols === info.tokens.length
      ? Array.from({ length: weights.cols }, (_, i) => weights.data[weights.offset + look.follow * weights.cols + i]!)
      : [];
    const answers: TokenAnswer[] = (info.targets ?? []).map((target, i) => ({
      target, prediction: info.predictions?.[i] ?? null, correct: info.correct?.[i] ?? null,
    }));
    const describe = (i: number): string => {
      const name = isolate(visible(info.labels[i] ?? ''));
      const parts = [row[i] !== undefined ? t('ui.token.weight', { token: name, weight: row[i]! }) : name];
      const answer = answers[i];
      if (answer && answer.target !== null) {
        parts.push(t(answer.correct ? 'ui.token.right' : 'ui.token.wrong', { prediction: answer.prediction ?? '', target: answer.target }));
      }
      return parts.join('. ');
    };
    return html`<pg-attention-tokens data-part="tokens" .tokens=${info.tokens} .weights=${row} .answers=${answers} .follow=${look.follow}
      .rightKey=${info.right_keys?.[look.follow] ?? -1} .label=${t('ui.tokens')} .describe=${describe}
      @follow=${(event: CustomEvent<{ token: number }>) => ctx.setView({ follow: event.detail.token })}></pg-attention-tokens>`;
  }

  private heads(ctx: LabContext, info: AttentionInfo, look: Look): TemplateResult {
    const { t } = ctx;
    const layers = Array.from({ length: info.n_layers }, (_, layer) => ctx.snapshot?.watched[weightsKey(layer)]);
    const trained = isTrained(ctx.params);
    const room = look.narrow ? this.width : this.width - 170;
    const most = !trained ? 52 : info.n_layers > 1 ? 64 : info.nhead > 4 ? 72 : 104;
    const side = Math.max(34, Math.min(most, Math.floor(room / Math.min(info.nhead, look.narrow ? 4 : info.nhead)) - 18));
    const name = (layer: number, head: number) =>
      [info.n_layers > 1 ? t('ui.layer', { layer: String(layer + 1) }) : '', t('ui.head', { head: String(head + 1) })].filter(Boolean).join(' · ');
    const caption = (_layer: number, head: number) => (info.nhead > 4 ? String(head + 1) : t('ui.head', { head: String(head + 1) }));
    return html`<div class="bar">
      <div data-part="heads">
        <pg-heads .layers=${layers} .layer=${look.layer} .head=${look.head} .side=${side} .rightKeys=${info.right_keys ?? []} .label=${t('ui.heads.label')}
          .nameOf=${name} .titles=${info.n_layers > 1 ? layers.map((_, layer) => t('ui.layer', { layer: String(layer + 1) })) : []} .caption=${caption} @head=${(event: CustomEvent<{ layer: number; head: number }>) => ctx.setView(event.detail)}></pg-heads>
      </div>
      ${info.nhead <= 4 && info.n_layers === 1 ? html`<p class="hint">${t('ui.heads.hint')}</p>` : html`<span class="space"></span>`}
      <button type="button" class="plain" aria-pressed=${this.playing} @click=${() => this.play()}>${this.playing ? t('ui.play_stop') : t('ui.play')}</button>
    </div>`;
  }

  /** One colour scale for all vectors, one for raw and scaled scores, so that pictures can be compared. */
  private extents(matrices: Map<Stage, Matrix>): Record<StageDef['scale'], number> {
    const most = (scale: StageDef['scale']) =>
      niceCeil(Math.max(0, ...STAGES.filter((def) => def.scale === scale).map((def) => (matrices.has(def.stage) ? largest(matrices.get(def.stage)!) : 0))));
    return { vectors: most('vectors'), scores: most('scores'), weights: 1 };
  }

  private picture(ctx: LabContext, info: AttentionInfo, look: Look, room: Room, def: StageDef, matrix: Matrix | undefined, extent: number, rings: Cell[]): TemplateResult {
    const { stage } = def;
    const square = def.columns === 'tokens';
    return html`<figure>
      <figcaption><pg-formula .tex=${MATRIX[def.stage]}></pg-formula></figcaption>
      ${matrix
        ? html`<pg-attention-matrix data-stage=${stage} .matrix=${matrix} .width=${room.width[stage]} .cellHeight=${room.rowHeight}
            .colors=${def.scale === 'weights' ? 'sequential' : 'diverging'} .root=${def.scale !== 'vectors'} .extent=${extent} .label=${ctx.t(`ui.stage.${stage}`)}
            .rowNames=${info.labels} .colNames=${square ? info.labels : null} .colTexts=${square ? info.tokens.map(visible) : NONE} .colLabels=${square ? room.colNames : 0}
            .followRow=${look.follow} .followCol=${square ? look.follow : -1} .rings=${stage === 'weights' ? rings : []}
            @cell-hover=${(event: CustomEvent<CellEvent>) => this.hover(stage, look, event.detail)}
            @cell-open=${(event: CustomEvent<CellEvent>) => this.open(stage, look, event.detail)}></pg-attention-matrix>`
        : html`<div .style=${`width:${room.width[stage]}px;height:${room.rowHeight * info.tokens.length}px`}></div>`}
    </figure>`;
  }

  private board(ctx: LabContext, info: AttentionInfo, look: Look): TemplateResult {
    const { t } = ctx;
    const n = info.tokens.length;
    const room = roomFor(this.width, info.tokens, look.step, look.narrow);
    const matrices = new Map<Stage, Matrix>();
    for (const def of STAGES) {
      const matrix = matrixOf(ctx.snapshot, def.stage, look);
      // While a rebuild is on its way, pictures of the old run do not fit the new tokens.
      if (matrix && matrix.rows === n) matrices.set(def.stage, matrix);
    }
    const extents = this.extents(matrices);
    const rings: Cell[] = (info.right_keys ?? []).flatMap((col, row) => (col >= 0 ? [{ row, col }] : []));
    const names = room.names
      ? html`<div class="names" aria-hidden="true" .style=${`width:${room.names + GAP.names}px;height:${n * room.rowHeight}px;font-size:${Math.min(12, room.rowHeight + 1)}px`}>
          ${info.tokens.map((token, i) => html`<button type="button" tabindex="-1" class=${i === look.follow ? 'on' : ''} .style=${`top:${i * room.rowHeight}px;height:${room.rowHeight}px`}
            @click=${() => ctx.setView({ follow: i })}><bdi>${visible(token)}</bdi></button>`)}</div>`
      : nothing;
    // One below the other, each matrix has the names at its side; beside one another they share them.
    const stacked = look.narrow && look.step === 'softmax';
    const section = (step: Step, index: number) => html`<section class=${step === look.step ? 'on' : ''} data-part=${step} aria-label=${t(`ui.step.${step}`)}>
      ${look.narrow
        ? nothing
        : html`<h3><button type="button" aria-pressed=${step === look.step} @click=${() => this.choose(step)}>${index + 1}&ensp;${t(`ui.step.${step}`)}</button></h3>`}
      <div class="pictures ${step === 'softmax' ? 'pair' : ''}">
        ${stagesOf(step).map((def) => {
          const picture = this.picture(ctx, info, look, room, def, matrices.get(def.stage), extents[def.scale], rings);
          return stacked ? html`<div class="line">${names}${picture}</div>` : picture;
        })}
      </div>
    </section>`;
    const shown = look.narrow ? [look.step] : STEPS;
    return html`
      ${look.narrow
        ? html`<pg-tabs .tabs=${STEPS.map((step) => ({ id: step, label: t(`ui.step.${step}`) }))} .value=${look.step} .label=${t('ui.steps')}
            @change=${(event: CustomEvent<{ value: string }>) => {
              event.stopPropagation();
              this.choose(event.detail.value as Step);
            }}></pg-tabs>`
        : nothing}
      <div class="board ${this.playing && !look.narrow ? 'playing' : ''} ${look.narrow ? 'swipe' : ''}"
        @pointerdown=${(e: PointerEvent) => (this.touch = look.narrow && e.pointerType === 'touch' ? { x: e.clientX, y: e.clientY } : null)}
        @pointerup=${(e: PointerEvent) => this.swipe(e, look)}>
        ${stacked ? nothing : names}${repeat(shown, (step) => step, (step) => section(step, STEPS.indexOf(step)))}
      </div>
      ${this.keys(ctx, info, look, extents)}`;
  }

  private swipe(event: PointerEvent, look: Look): void {
    const from = this.touch;
    this.touch = null;
    if (!from) return;
    const across = event.clientX - from.x, along = event.clientY - from.y;
    if (Math.abs(across) < SWIPE || Math.abs(across) < 2 * Math.abs(along)) return;
    const next = STEPS[STEPS.indexOf(look.step) + (across < 0 ? 1 : -1)];
    if (next) this.choose(next);
  }

  private keys(ctx: LabContext, info: AttentionInfo, look: Look, extents: Record<StageDef['scale'], number>): TemplateResult {
    const { t } = ctx;
    const shown = new Set((look.narrow ? stagesOf(look.step) : STAGES).map((def) => def.scale));
    return html`<div class="keys">
      ${shown.has('vectors') ? html`<pg-colorkey colors="diverging" .extent=${extents.vectors} .label=${t('ui.scale.vectors')}></pg-colorkey>` : nothing}
      ${shown.has('scores') ? html`<pg-colorkey colors="diverging" .extent=${extents.scores} .label=${t('ui.scale.scores')}></pg-colorkey>` : nothing}
      ${shown.has('weights') ? html`<span class="ramp"><span>${t('ui.scale.weights')}</span><span>0</span><i aria-hidden="true"></i><span>1</span></span>` : nothing}
      ${info.right_keys && shown.has('weights') ? html`<span><span class="ring" aria-hidden="true"></span>${t('ui.right_key')}</span>` : nothing}
    </div>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx);
    if (!ctx || !info?.tokens?.length || this.width <= 0) return nothing;
    const look = { ...lookOf(ctx.view, info), narrow: this.width < NARROW };
    return html`<div class="all ${look.narrow ? 'narrow' : ''}">
      ${this.task(ctx, info)}
      ${this.tokens(ctx, info, look)}
      ${this.heads(ctx, info, look)}
      ${this.board(ctx, info, look)}
      <pg-attention-detail .ctx=${ctx} .look=${look} .info=${info} .width=${this.width}></pg-attention-detail>
    </div>`;
  }
}
define('pg-attention-model', PgAttentionModel);
