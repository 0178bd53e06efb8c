// Under the curves: what mAP is made of. The average precision of every class, and the curve under which it is the area.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { classColor, token } from '../../elements/color';
import { fit } from '../../elements/painted';
import { formatFixed } from '../../elements/format';
import { LabElement } from '../lab-element';
import { className, precisionRecall, rankingOf, scoresOf, type ClassScore, type DetectionInfo } from './detect';

/** Between two renewals of the table while training, ms. */
const PAUSE = 300;
const HEIGHT = 170, LEFT = 30, BOTTOM = 24, TOP = 6, RIGHT = 6;

export class PgDetectionResults extends LabElement<DetectionInfo> {
  static override properties = { scores: { state: true }, cls: { state: true } };
  declare private scores: ClassScore[];
  /** The class whose curve stands out; −1: the first that occurs. */
  declare private cls: number;
  private listed = 0;

  constructor() {
    super();
    this.scores = [];
    this.cls = -1;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 14px;
      }
      h3 {
        margin: 0 0 4px;
        font-size: 14px;
        font-weight: 600;
      }
      p {
        margin: 4px 0 0;
        font-size: 13px;
        line-height: 1.45;
        color: var(--pg-ink-2);
      }
      ul {
        display: grid;
        gap: 1px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      button {
        display: grid;
        grid-template-columns: minmax(3ch, auto) 1fr 4.5ch;
        align-items: center;
        gap: 8px;
        width: 100%;
        min-height: max(22px, var(--pg-hit) - 10px);
        padding: 0 4px;
        border: 1px solid transparent;
        border-radius: var(--pg-radius);
        background: none;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
        text-align: start;
      }
      button:hover {
        border-color: var(--pg-accent);
      }
      button[aria-pressed='true'] {
        background: var(--pg-accent-soft);
      }
      button b {
        font-weight: 600;
        text-align: end;
      }
      .bar {
        height: 9px;
        background: var(--pg-blank);
        border-radius: 2px;
        overflow: hidden;
      }
      .bar::before {
        content: '';
        display: block;
        height: 100%;
        width: calc(100% * var(--share));
        background: var(--ink);
      }
      canvas {
        display: block;
      }
    `,
  ];

  private shown(): number {
    return this.cls >= 0 && this.cls < this.scores.length ? this.cls : Math.max(0, this.scores.findIndex(({ truths }) => truths > 0));
  }

  protected override snapshotCame(): void {
    const now = performance.now();
    if (this.ctx!.running && now - this.listed < PAUSE) return;
    this.listed = now;
    this.scores = scoresOf(this.watched('ap'));
  }

  protected override paint(): void {
    const ctx = this.ctx!, canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas');
    const width = canvas?.parentElement!.clientWidth ?? 0;
    if (!canvas || !width || !this.info) return;
    const context = fit(canvas, width, HEIGHT);
    const right = width - RIGHT, bottom = HEIGHT - BOTTOM;
    const x = (recall: number) => LEFT + recall * (right - LEFT), y = (precision: number) => bottom - precision * (bottom - TOP);
    context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
    context.fillStyle = token('--pg-ink-2');
    context.strokeStyle = token('--pg-line');
    context.lineWidth = 1;
    for (const at of [0, 0.5, 1]) {
      context.beginPath();
      context.moveTo(LEFT, y(at));
      context.lineTo(right, y(at));
      context.stroke();
      context.textAlign = 'end';
      context.fillText(formatFixed(at, ctx.lang, 1), LEFT - 5, y(at) + 4);
      context.textAlign = at === 0 ? 'start' : at === 1 ? 'end' : 'center';
      context.fillText(formatFixed(at, ctx.lang, 1), x(at), bottom + 15);
    }
    const ranking = rankingOf(this.watched('ranking')), chosen = this.shown();
    const line = (points: { recall: number; precision: number }[], stairs: boolean) => {
      context.beginPath();
      let [px, py] = [0, points[0]?.precision ?? 0];
      context.moveTo(x(px), y(py));
      for (const { recall, precision } of points) {
        if (stairs) context.lineTo(x(px), y(precision));
        context.lineTo(x(recall), y(precision));
        [px, py] = [recall, precision];
      }
    };
    for (let k = 0; k < this.info.classes.length; k++) {
      if (k === chosen) continue;
      context.globalAlpha = 0.3;
      context.strokeStyle = classColor(k);
      context.lineWidth = 1.2;
      line(precisionRecall(ranking, k).map(({ recall, envelope }) => ({ recall, precision: envelope })), true);
      context.stroke();
    }
    const points = precisionRecall(ranking, chosen), envelope = points.map((p) => ({ recall: p.recall, precision: p.envelope }));
    context.globalAlpha = 0.16;
    context.fillStyle = classColor(chosen);
    line(envelope, true);
    const end = points.at(-1)?.recall ?? 0;
    context.lineTo(x(end), y(0));
    context.lineTo(x(0), y(0));
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = classColor(chosen);
    context.lineWidth = 1;
    line(points, false);
    context.stroke();
    context.lineWidth = 2.2;
    line(envelope, true);
    context.stroke();
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const chosen = this.shown(), score = this.scores[chosen];
    return html`
      ${ctx.shows('ap')
        ? html`<section data-part="ap"><h3>${ctx.t('ui.ap')}</h3>
            <ul>${this.scores.map(({ ap, truths }, k) => html`<li><button type="button" aria-pressed=${k === chosen} data-ap=${ap} @click=${() => (this.cls = k)}>
              <span>${className(ctx, info, k)}</span><span class="bar" aria-hidden="true" .style=${`--share:${truths ? ap : 0};--ink:${classColor(k)}`}></span><b>${truths ? formatFixed(ap, ctx.lang, 2) : '–'}</b></button></li>`)}</ul>
            <p>${ctx.t('ui.ap_help')}</p></section>`
        : nothing}
      ${ctx.shows('pr')
        ? html`<section data-part="pr"><h3>${ctx.t('ui.pr', { name: className(ctx, info, chosen) })}</h3>
            <div><canvas role="img" aria-label=${ctx.t('ui.pr_label', { name: className(ctx, info, chosen), ap: score ? formatFixed(score.ap, ctx.lang, 2) : '' })}></canvas></div>
            <p>${score ? ctx.t('ui.pr_help', { right: String(score.right), found: String(score.detections), all: String(score.truths) }) : ''}</p></section>`
        : nothing}`;
  }
}
define('pg-detection-results', PgDetectionResults);
