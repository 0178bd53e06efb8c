// All weights of the chosen head, and what lies behind all layers: who looks at whom.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import type { PgHeat } from '../../elements/pg-heat';
import { LabElement } from '../lab-element';
import { inputArgs, inputOf } from '../pictures';
import { attentionOf, lookOf, rollout, weightRef, type VitInfo } from './patches';
import '../../elements/pg-colorkey';
import '../../elements/pg-heat';

interface CellEvent {
  row: number;
  col: number;
  rect: DOMRect | null;
}

/** Side of the whole matrix, px, and of a cell at most. */
const SIDE = 340, CELL = 19;

export class PgVitWeights extends LabElement<VitInfo> {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 12px 20px;
        align-items: flex-start;
      }
      .matrix {
        flex: 0 1 420px;
        min-width: 0;
      }
      .words {
        flex: 1 1 220px;
        max-width: 44ch;
      }
      p {
        margin: 0 0 8px;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
    `,
  ];

  protected override paint(): void {
    const info = this.info!, look = lookOf(this.ctx!.view, info), heat = this.renderRoot.querySelector<PgHeat>('pg-heat');
    const attention = attentionOf(info, this.watched('attention'));
    if (!heat || !attention) return;
    const n = info.tokens.length;
    heat.offset = look.layer < info.attention.length ? (look.layer * info.nhead + look.head) * n * n : 0;
    heat.data = look.layer < info.attention.length ? attention.data : rollout(attention);
    heat.rows = heat.cols = n;
  }
  private open(info: VitInfo, { row, col, rect }: CellEvent): void {
    const ctx = this.ctx!, look = lookOf(ctx.view, info);
    if (rect && look.layer < info.attention.length) ctx.inspect({ ...weightRef(info, look.layer, look.head, row, col), args: inputArgs(inputOf(ctx)) }, rect, { pin: true });
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const look = lookOf(ctx.view, info), n = info.tokens.length, all = look.layer === info.attention.length;
    const name = all ? ctx.t('ui.rollout') : ctx.t('ui.which', { layer: String(look.layer + 1), head: String(look.head + 1) });
    return html`<div class="matrix"><pg-heat interactive .colors=${'sequential'} .extent=${all ? 0 : 1} .cell=${Math.max(5, Math.min(CELL, Math.floor(SIDE / n)))} .maxCell=${CELL}
        .rowLabels=${n > 20 ? [] : info.tokens} .colLabels=${[]} .follow=${{ row: look.token }} .label=${ctx.t('ui.matrix', { name })}
        @cell-open=${(event: CustomEvent<CellEvent>) => this.open(info, event.detail)}></pg-heat></div>
      <div class="words"><p><b>${name}</b></p><p>${ctx.t(all ? 'ui.rollout_help' : 'ui.weights_help', { tokens: String(n) })}</p>
        ${all ? nothing : html`<pg-colorkey colors="sequential" .extent=${1} .label=${ctx.t('ui.weight')}></pg-colorkey>`}</div>`;
  }
}
define('pg-vit-weights', PgVitWeights);
