// What the network has learned of places: for each patch how like its position vector is to those of all others.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { diverging, paintHeat, token } from '../../elements/color';
import { fit, Pixels } from '../../elements/painted';
import { LabElement } from '../lab-element';
import { lookOf, nearness, patchOf, similarity, tokenOf, type VitInfo } from './patches';
import { patchAt } from './paint';
import '../../elements/pg-colorkey';

const SIDE = 300, GAP = 4;

export class PgVitPositions extends LabElement<VitInfo> {
  private pixels = new Pixels();

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 12px 20px;
      }
      canvas {
        display: block;
        cursor: pointer;
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
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  protected override paint(): void {
    const ctx = this.ctx!, info = this.info!, read = this.watched('positions'), canvas = this.renderRoot.querySelector('canvas');
    if (!canvas || !read || read.shape[0] !== info.tokens.length) return;
    const cosines = similarity(info, read), { grid } = info, n = grid * grid;
    const context = fit(canvas, SIDE, SIDE), each = (SIDE - GAP * (grid - 1)) / grid;
    const chosen = patchOf(info, lookOf(ctx.view, info).token);
    for (let patch = 0; patch < n; patch++) {
      const x = (patch % grid) * (each + GAP), y = Math.floor(patch / grid) * (each + GAP);
      paintHeat(this.pixels.begin(grid, grid), cosines, patch * n, diverging(), -1, 1);
      this.pixels.draw(context, x, y, each, each, false);
      context.strokeStyle = token(patch === chosen ? '--pg-accent' : '--pg-line');
      context.lineWidth = patch === chosen ? 3 : 1;
      context.strokeRect(x + 0.5, y + 0.5, each - 1, each - 1);
    }
    const said = this.renderRoot.querySelector('.said')!, { near, far } = nearness(info, cosines);
    said.textContent = ctx.t('ui.nearness', { near: ctx.num(near), far: ctx.num(far) });
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const kind = String(ctx.params['positional']);
    if (kind === 'none') return html`<p>${ctx.t('ui.no_positions')}</p>`;
    return html`<canvas role="img" aria-label=${ctx.t('ui.positions_label')} .style=${`width:${SIDE}px;height:${SIDE}px`}
        @click=${(event: MouseEvent) => ctx.setView({ token: tokenOf(info, patchAt(event, event.currentTarget as Element, info.grid)) })}></canvas>
      <div class="words"><p>${ctx.t(kind === 'learned' ? 'ui.positions_help' : 'ui.positions_sines')}</p><p class="said"></p>
        <pg-colorkey colors="diverging" .extent=${1} .label=${ctx.t('ui.cosine')}></pg-colorkey></div>`;
  }
}
define('pg-vit-positions', PgVitPositions);
