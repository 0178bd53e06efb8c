// The middle of the stage: the picture on its way through the layers, and under it one way of looking closer.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { LabElement } from './lab-element';
import { panelOf, panels, type Panel } from './net';
import '../../elements/pg-tabs';
import './pg-cnn-maps';
import './pg-cnn-window';
import './pg-cnn-filters';
import './pg-cnn-why';
import './pg-cnn-move';
import './pg-cnn-sizes';

export class PgCnnModel extends LabElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 10px;
        padding: 12px 18px 14px;
        overflow: auto;
      }
      .below {
        flex: 1;
        min-height: 0;
      }
      .panel {
        padding-top: 12px;
      }
    `,
  ];

  /** A snapshot needs no new template: the parts are handed the new ctx and paint it. */
  protected override snapshotCame(): void {
    for (const part of this.renderRoot?.querySelectorAll<LabElement>('[data-lab]') ?? []) part.ctx = this.ctx;
  }
  protected override paint(): void {}

  private panel(panel: Panel): TemplateResult {
    const ctx = this.ctx;
    switch (panel) {
      case 'window': return html`<pg-cnn-window data-lab data-part="window" .ctx=${ctx}></pg-cnn-window>`;
      case 'filters': return html`<pg-cnn-filters data-lab data-part="filters" .ctx=${ctx}></pg-cnn-filters>`;
      case 'why': return html`<pg-cnn-why data-lab data-part="why" .ctx=${ctx}></pg-cnn-why>`;
      case 'move': return html`<pg-cnn-move data-lab data-part="move" .ctx=${ctx}></pg-cnn-move>`;
      case 'sizes': return html`<pg-cnn-sizes data-lab data-part="sizes" .ctx=${ctx}></pg-cnn-sizes>`;
    }
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const wanted = panelOf(ctx);
    const shown = panels.filter((panel) => ctx.shows(panel) && (!info.broken || panel === 'sizes'));
    const panel = shown.includes(wanted) ? wanted : shown[0];
    return html`
      ${ctx.shows('maps') ? html`<pg-cnn-maps data-lab data-part="maps" .ctx=${ctx}></pg-cnn-maps>` : nothing}
      ${panel ? html`<div class="below">
        ${shown.length > 1 ? html`<pg-tabs .tabs=${shown.map((id) => ({ id, label: ctx.t(`ui.panel.${id}`) }))} .value=${panel} .label=${ctx.t('ui.panels')}
          @change=${(event: CustomEvent<{ value: string }>) => ctx.setView({ panel: event.detail.value })}></pg-tabs>` : nothing}
        <div class="panel">${this.panel(panel)}</div>
      </div>` : nothing}`;
  }
}
define('pg-cnn-model', PgCnnModel);
