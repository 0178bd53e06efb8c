// The residual stream: what a token has become after each sublayer, number by number, and which word the decoder's would be if it were read
// off there.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatFixed } from '../../elements/format';
import type { LabContext } from '../lab-view';
import { answerOf, infoOf, lookOf, shown, SIDES, stageOf, type Look, type Side, type TranslationAnswer, type TranslationInfo } from './sentence';
import '../../elements/pg-choice';
import '../../elements/pg-heat';

interface CellEvent {
  row: number;
  col: number;
  rect: DOMRect | null;
}

export class PgTranslationStream extends PgElement {
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
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 10px;
      }
      h3 {
        margin: 0;
        font-size: 14px;
        font-weight: 600;
      }
      p {
        margin: 0;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      pg-choice {
        max-width: 320px;
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        border-collapse: separate;
        border-spacing: 3px;
        font-size: 13px;
      }
      th {
        padding: 0;
        font-weight: 400;
        text-align: start;
        white-space: nowrap;
      }
      thead th {
        padding: 0 4px;
        text-align: center;
        color: var(--pg-ink-2);
      }
      button {
        display: block;
        width: 100%;
        min-height: max(28px, var(--pg-hit));
        padding: 0 8px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        text-align: start;
      }
      button:hover {
        border-color: var(--pg-edge);
      }
      [aria-checked='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
        font-weight: 600;
      }
      td {
        position: relative;
        min-width: 38px;
        padding: 3px 6px 7px;
        text-align: center;
        white-space: nowrap;
      }
      td::after {
        content: '';
        position: absolute;
        inset: auto 3px 0;
        height: 4px;
        border-radius: 2px;
        background: linear-gradient(to right, var(--pg-seq) var(--share), var(--pg-line) var(--share));
      }
      td.other {
        color: var(--pg-ink-2);
      }
      td.here {
        background: var(--pg-blank);
      }
    `,
  ];

  private name(ctx: LabContext, side: Side, stage: number): string {
    const { layer, part } = stageOf(side, stage);
    return ctx.t(`ui.stream.${part}`, { layer: layer + 1 });
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const buttons = [...this.renderRoot.querySelectorAll<HTMLElement>('[role=radio]')];
    const next = buttons[buttons.indexOf(event.target as HTMLElement) + by];
    next?.click();
    next?.focus();
  };

  private stages(ctx: LabContext, info: TranslationInfo, answer: TranslationAnswer, look: Look): TemplateResult {
    const decoder = look.side === 'decoder';
    const tokens = decoder ? answer.read_tokens : answer.source_tokens;
    return html`<div class="scroll"><table role="radiogroup" aria-label=${ctx.t('ui.stream.stages')} lang=${ctx.lang} @keydown=${this.onKey}>
      ${decoder ? html`<thead><tr role="presentation"><th role="presentation"></th>${tokens.map((token) => html`<th role="presentation" lang=${info.target}>${shown(token)}</th>`)}</tr></thead>` : nothing}
      <tbody>${info.stream[look.side].map((_, stage) => html`<tr role="presentation">
        <th role="presentation"><button type="button" role="radio" aria-checked=${stage === look.stage} tabindex=${stage === look.stage ? 0 : -1} @click=${() => ctx.setView({ stage })}>${this.name(ctx, look.side, stage)}</button></th>
        ${decoder ? (answer.lens[stage] ?? []).map(({ token, probability }, i) => html`<td role="presentation" lang=${info.target} class="${token === answer.steps[i]?.token ? '' : 'other'} ${i === look.step ? 'here' : ''}"
          .style=${`--share:${100 * probability}%`} title=${`${shown(token)} ${formatFixed(probability, ctx.lang)}`}>${shown(token)}</td>`) : nothing}
      </tr>`)}</tbody></table></div>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx), answer = answerOf(ctx?.snapshot);
    if (!ctx || !info || !answer) return nothing;
    const { t } = ctx;
    const look = lookOf(ctx.view, info, answer.steps.length);
    const tokens = look.side === 'decoder' ? answer.read_tokens : answer.source_tokens;
    const read = ctx.snapshot?.watched['stream'];
    const [rows, cols] = (read?.shape ?? []) as [number?, number?];
    const open = ({ row, col, rect }: CellEvent) => ctx.inspect({ value: info.stream[look.side][look.stage]!, index: [row, col] }, rect!, { pin: true });
    return html`
      <h3>${t('ui.stream.title')}</h3>
      <p>${t(`ui.stream.about_${look.side}`)}</p>
      <pg-choice .value=${look.side} .label=${t('ui.stream.side')} .choices=${SIDES.map((value) => ({ value, label: t(`ui.stream.${value}`) }))}
        @change=${(event: CustomEvent<{ value: Side }>) => {
          event.stopPropagation();
          ctx.setView({ side: event.detail.value, stage: 0 });
        }}></pg-choice>
      ${this.stages(ctx, info, answer, look)}
      ${read && rows === tokens.length ? html`<div class="scroll"><pg-heat interactive .data=${read.data} .rows=${rows} .cols=${cols!} .rowLabels=${tokens.map(shown)} .cell=${12} .maxCell=${14} .follow=${look.side === 'decoder' ? { row: look.step } : null}
        .label=${t('ui.stream.matrix', { stage: this.name(ctx, look.side, look.stage) })} @cell-open=${(event: CustomEvent<CellEvent>) => open(event.detail)}></pg-heat></div>` : nothing}`;
  }
}
define('pg-translation-stream', PgTranslationStream);
