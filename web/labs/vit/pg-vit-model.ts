// The middle of the stage: the picture and where the network looks, and under it one way of looking closer.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { LabElement } from '../lab-element';
import { lookOf, panels, type Panel, type VitInfo } from './patches';
import '../../elements/pg-tabs';
import './pg-vit-look';
import './pg-vit-weights';
import './pg-vit-positions';
import './pg-vit-filters';
import './pg-vit-cost';

export class PgVitModel extends LabElement<VitInfo> {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 12px;
        padding: 12px 18px 14px;
        overflow: auto;
      }
      .panel {
        padding-top: 12px;
      }
    `,
  ];

  /** A snapshot needs no new template: the parts are handed the new ctx and paint it. */
  protected override snapshotCame(): void {
    for (const part of this.renderRoot?.querySelectorAll<LabElement<VitInfo>>('[data-lab]') ?? []) part.ctx = this.ctx;
  }
  protected override paint(): void {}

  private panel(panel: Panel): TemplateResult {
    const { ctx } = this;
    switch (panel) {
      case 'weights': return html`<pg-vit-weights data-lab data-part="weights" .ctx=${ctx}></pg-vit-weights>`;
      case 'positions': return html`<pg-vit-positions data-lab data-part="positions" .ctx=${ctx}></pg-vit-positions>`;
      case 'filters': return html`<pg-vit-filters data-lab data-part="filters" .ctx=${ctx}></pg-vit-filters>`;
      case 'cost': return html`<pg-vit-cost data-lab data-part="cost" .ctx=${ctx}></pg-vit-cost>`;
    }
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const wanted = lookOf(ctx.view, info).panel, shown = panels.filter((panel) => ctx.shows(panel));
    const panel = shown.includes(wanted) ? wanted : shown[0];
    return html`
      <pg-vit-look data-lab .ctx=${ctx}></pg-vit-look>
      ${panel ? html`<div>
        ${shown.length > 1 ? html`<pg-tabs .tabs=${shown.map((id) => ({ id, label: ctx.t(`parts.${id}`) }))} .value=${panel} .label=${ctx.t('ui.panels')}
          @change=${(event: CustomEvent<{ value: string }>) => ctx.setView({ panel: event.detail.value })}></pg-tabs>` : nothing}
        <div class="panel">${this.panel(panel)}</div>
      </div>` : nothing}`;
  }
}
define('pg-vit-model', PgVitModel);
