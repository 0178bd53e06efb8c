// Where an answer comes from: the gradient of the class's score by every pixel, and how much of its probability is lost when a part of
// the picture is covered.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { colorTable, paintHeat } from '../../elements/color';
import { LabElement, NowAndThen } from './lab-element';
import { className, inputArgs, inputOf } from '../pictures';
import { extentOf, paintMap, paintPicture, put } from './paint';
import type { TensorRead } from '../lab-view';

const PAUSE = 700;
const PATCH = 6;

interface Looked {
  key: string;
  saliency: TensorRead;
  occlusion: TensorRead;
}

export class PgCnnWhy extends LabElement {
  static override properties = { looked: { state: true }, asked: { state: true } };
  declare private looked: Looked | null;
  /** The class that is asked about; −1: the one that the network chose. */
  declare private asked: number;
  private key = '';
  private look = this.source();

  constructor() {
    super();
    this.looked = null;
    this.asked = -1;
  }

  private source(): NowAndThen<Looked> {
    return new NowAndThen<Looked>(
      PAUSE,
      async (ctx) => {
        const key = this.wanted();
        const args = { ...inputArgs(inputOf(ctx)), ...(this.asked >= 0 ? { class: this.asked } : {}) };
        const [saliency, occlusion] = await Promise.all([ctx.client.read('saliency', args), ctx.client.read('occlusion', { ...args, size: PATCH, stride: 1 })]);
        return { key, saliency, occlusion };
      },
      () => {
        this.looked = this.look.value;
        this.paintSoon();
      },
    );
  }
  private wanted = (): string => `${this.asked} ${JSON.stringify(inputOf(this.ctx!))}`;

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 10px 20px;
      }
      figure {
        margin: 0;
        width: 180px;
      }
      figcaption {
        margin-top: 5px;
        font-size: 12.5px;
        line-height: 1.5;
        color: var(--pg-ink-2);
      }
      canvas {
        display: block;
        width: 180px;
        height: 180px;
        border: 1px solid var(--pg-line);
        border-radius: 3px;
        image-rendering: pixelated;
      }
      .ask {
        display: flex;
        flex-wrap: wrap;
        gap: 5px;
        align-items: center;
        margin-bottom: 10px;
        font-size: 13px;
      }
      button {
        min-height: max(28px, var(--pg-hit));
        padding: 2px 8px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13px;
      }
      button[aria-pressed='true'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
        color: var(--pg-accent);
      }
    `,
  ];

  protected override snapshotCame(): void {
    if (!this.info || this.info.broken) return;
    // Another picture or class is asked about at once, though the run stands still.
    if (this.wanted() !== this.key) {
      this.key = this.wanted();
      this.look = this.source();
    }
    this.look.refresh(this.ctx!);
  }

  protected override paint(): void {
    const info = this.info, picture = this.watched('picture'), looked = this.looked;
    if (!info || info.broken || !picture) return;
    const [plain, gradient, covered] = this.renderRoot.querySelectorAll('canvas');
    if (!plain || !gradient || !covered) return;
    paintPicture(plain, picture.data, info.channels, info.rows, info.cols);
    if (!looked || looked.saliency.shape[1] !== info.rows) return;
    const plane = info.rows * info.cols, { data } = looked.saliency;
    if (info.channels === 1) paintMap(gradient, data, 0, info.rows, info.cols, extentOf(data, 0, plane));
    else {
      // Of a coloured pixel the largest of its three.
      const most = Float32Array.from({ length: plane }, (_, i) => Math.max(Math.abs(data[i]!), Math.abs(data[plane + i]!), Math.abs(data[2 * plane + i]!)));
      const image = new ImageData(info.cols, info.rows);
      paintHeat(image, most, 0, colorTable('sequential'), 0, extentOf(most, 0, plane));
      put(gradient, image);
    }
    // Each pixel takes the mean of the patches that covered it.
    const { shape: [down = 0, across = 0], data: lost } = looked.occlusion;
    const sum = new Float32Array(plane), times = new Float32Array(plane);
    for (let i = 0; i < down * across; i++) {
      for (let p = 0; p < PATCH * PATCH; p++) {
        const at = (Math.floor(i / across) + Math.floor(p / PATCH)) * info.cols + (i % across) + (p % PATCH);
        sum[at]! += lost[i]!;
        times[at]! += 1;
      }
    }
    const mean = sum.map((v, i) => v / (times[i] || 1));
    paintMap(covered, mean, 0, info.rows, info.cols, Math.max(0.05, extentOf(mean, 0, plane)));
  }

  private ask(k: number): void {
    this.asked = k;
    this.snapshotCame();
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info || info.broken) return nothing;
    const choice = (k: number, name: string) => html`<button type="button" aria-pressed=${this.asked === k} @click=${() => this.ask(k)}>${name}</button>`;
    return html`<div class="ask" role="group" aria-label=${ctx.t('ui.why_class')}>${ctx.t('ui.why_class')} ${choice(-1, ctx.t('ui.why_chosen'))}${info.classes.map((_, k) => choice(k, className(ctx, info, k)))}</div>
      <div class="row">
        <figure><canvas role="img" aria-label=${ctx.t('ui.input_picture')}></canvas><figcaption>${ctx.t('ui.why_picture')}</figcaption></figure>
        <figure><canvas role="img" aria-label=${ctx.t('ui.why_saliency')}></canvas><figcaption>${ctx.t('ui.why_saliency')}</figcaption></figure>
        <figure><canvas role="img" aria-label=${ctx.t('ui.why_occlusion')}></canvas><figcaption>${ctx.t('ui.why_occlusion')}</figcaption></figure>
      </div>`;
  }
}
define('pg-cnn-why', PgCnnWhy);
