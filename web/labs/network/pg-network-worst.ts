// The test digits that the network gets wrong and is surest about. Each can be sent through the network.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { colorTable, paintHeat } from '../../elements/color';
import { LabElement, NowAndThen } from './lab-element';
import { share, SIDE, type Probe } from './net';

interface Wrong {
  index: number;
  label: number;
  predicted: number;
  probability: number;
  loss: number;
}
const SHOWN = 12;
/** Between two looks at the whole test set while training, ms. */
const PAUSE = 1200;

export class PgNetworkWorst extends LabElement {
  static override properties = { list: { state: true } };
  declare private list: Wrong[] | null;
  private pixels: ArrayLike<number> = [];
  private source = new NowAndThen(
    PAUSE,
    // Asked in one turn, answered in order: both belong to the same step unless training goes on in between; then an
    // image would stand over another's label, so the list says which examples they are and each is read by its index.
    async (ctx) => {
      const list = (await ctx.client.query('worst', { k: SHOWN })) as Wrong[];
      const images = await Promise.all(list.map(({ index }) => ctx.client.read('example', { split: 'test', index })));
      return { list, images };
    },
    () => {
      const { list, images } = this.source.value!;
      const pixels = new Float32Array(list.length * SIDE * SIDE);
      images.forEach((image, i) => pixels.set(image.data as Float32Array, i * SIDE * SIDE));
      this.pixels = pixels;
      this.list = list;
      this.paintSoon();
    },
  );

  constructor() {
    super();
    this.list = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      h3 {
        margin: 0 0 6px;
        font-size: 14px;
        font-weight: 600;
      }
      h3 small {
        font-size: 12.5px;
        font-weight: 400;
        color: var(--pg-ink-2);
      }
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, 52px);
        gap: 4px 9px;
        max-height: 176px;
        overflow: hidden;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      button {
        display: grid;
        justify-items: center;
        width: 52px;
        padding: 2px 0;
        border: 1px solid transparent;
        border-radius: var(--pg-radius);
        background: none;
        font-size: 12.5px;
        line-height: 1.3;
        font-variant-numeric: tabular-nums;
      }
      button:hover {
        border-color: var(--pg-accent);
      }
      button[aria-pressed='true'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
      }
      canvas {
        width: 42px;
        height: 42px;
        margin-bottom: 2px;
        border: 1px solid var(--pg-line);
        border-radius: 3px;
      }
      button small {
        font-size: 11.5px;
        color: var(--pg-ink-2);
      }
      p {
        margin: 0;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
    `,
  ];

  protected override snapshotCame(): void {
    if (this.info?.kind === 'digits') this.source.refresh(this.ctx!);
  }

  private look(wrong: Wrong, i: number): void {
    const x = Array.from({ length: SIDE * SIDE }, (_, k) => this.pixels[i * SIDE * SIDE + k]!);
    this.ctx!.setView({ draw: false, probe: { x, split: 'test', index: wrong.index } satisfies Probe });
  }

  protected override paint(): void {
    const image = new ImageData(SIDE, SIDE);
    this.renderRoot.querySelectorAll('canvas').forEach((canvas, i) => {
      paintHeat(image, this.pixels, i * SIDE * SIDE, colorTable('sequential'), 0, 1);
      canvas.getContext('2d')!.putImageData(image, 0, 0);
    });
  }

  protected override render() {
    const ctx = this.ctx;
    if (!ctx || !this.list) return nothing;
    const chosen = (ctx.view['probe'] as Probe | null | undefined)?.index;
    return html`<h3>${ctx.t('ui.worst')} <small>${ctx.t('ui.worst_help')}</small></h3>
      ${this.list.length === 0 ? html`<p>${ctx.t('ui.worst_none')}</p>` : html`<ul>
        ${this.list.map((wrong, i) => html`<li><button type="button" aria-pressed=${wrong.index === chosen} @click=${() => this.look(wrong, i)}
          aria-label=${ctx.t('ui.worst_item', { label: String(wrong.label), predicted: String(wrong.predicted), p: share(ctx, wrong.probability) })}>
          <canvas width=${SIDE} height=${SIDE} aria-hidden="true"></canvas>
          <span>${wrong.label} → ${wrong.predicted}</span><small>${share(ctx, wrong.probability)}</small></button></li>`)}
      </ul>`}`;
  }
}
define('pg-network-worst', PgNetworkWorst);
