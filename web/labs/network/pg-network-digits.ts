// What goes into the network that reads digits: an example of the test set, or a drawing of one's own.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { colorTable, paintHeat } from '../../elements/color';
import { LabElement } from './lab-element';
import { probeOf, share, SIDE, type Probe } from './net';
import type { LabContext } from '../lab-view';
import '../../elements/pg-pad';

export class PgNetworkDigits extends LabElement {
  static override properties = { label: { state: true }, blank: { state: true } };
  /** What the example shown really is. */
  declare private label: number | null;
  /** Nothing is drawn on the pad. */
  declare private blank: boolean;
  private asked = '';
  /** The last test example looked at: drawing does not forget it. */
  private index = 0;

  constructor() {
    super();
    this.label = null;
    this.blank = true;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      /* Where there is room beside the picture, what belongs to it stands there. */
      .body {
        display: grid;
        gap: 8px 16px;
      }
      @container (min-width: 300px) {
        .body {
          grid-template-columns: 168px minmax(0, 1fr);
          align-items: start;
        }
        .beside {
          display: flex;
          flex-direction: column-reverse;
          justify-content: flex-end;
          gap: 10px;
        }
      }
      h3 {
        margin: 0 0 6px;
        font-size: 14px;
        font-weight: 600;
      }
      .tabs {
        display: flex;
        margin-bottom: 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        overflow: hidden;
      }
      .tabs button {
        flex: 1;
        min-height: var(--pg-hit);
        padding: 2px 6px;
        border: 0;
        background: var(--pg-raised);
        font-size: 13px;
      }
      .tabs button[aria-pressed='true'] {
        background: var(--pg-accent-soft);
        color: var(--pg-accent);
        font-weight: 600;
      }
      .tabs button:focus-visible {
        outline-offset: -3px;
      }
      canvas {
        display: block;
        width: 168px;
        height: 168px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        image-rendering: pixelated;
      }
      .browse {
        display: flex;
        gap: 6px;
        max-width: 168px;
      }
      .browse button {
        flex: 1;
        min-height: max(30px, var(--pg-hit));
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13px;
      }
      .browse button:hover {
        border-color: var(--pg-accent);
      }
      .say {
        margin: 0;
        min-height: 44px;
        font-size: 13.5px;
        line-height: 1.5;
        font-variant-numeric: tabular-nums;
      }
      .say small {
        display: block;
        font-size: 12.5px;
        color: var(--pg-ink-2);
      }
    `,
  ];

  private get drawing(): boolean {
    return this.ctx?.view['draw'] === true;
  }

  protected override snapshotCame(): void {
    const ctx = this.ctx!;
    const probe = probeOf(ctx);
    if (!this.drawing && (!probe || probe.index !== this.index) && ctx.snapshot) void this.look(probe?.index ?? this.index);
    else if (probe?.index !== undefined) this.index = probe.index;
  }

  /** Takes test example `index` as the input. */
  private async look(index: number): Promise<void> {
    const ctx = this.ctx!, { client, info } = ctx;
    const n = info.n_test as number;
    const wanted = ((index % n) + n) % n;
    const key = `${ctx.snapshot?.build} ${wanted}`;
    if (key === this.asked) return;
    this.asked = key;
    try {
      const args = { split: 'test', index: wanted };
      const [pixels, target] = await Promise.all([
        client.read('example', args),
        client.query('explain', { value: 'target', index: [], split: 'test', example: wanted }),
      ]);
      if (key !== this.asked) return;
      this.index = wanted;
      this.label = Number(target.result);
      this.ctx!.setView({ draw: false, probe: { x: Array.from(pixels.data), split: 'test', index: wanted } satisfies Probe });
    } catch {
      // The run was rebuilt meanwhile: the next snapshot asks again.
    } finally {
      if (key === this.asked) this.asked = '';
    }
  }

  private mode(draw: boolean): void {
    if (draw) {
      this.blank = true;
      this.ctx!.setView({ draw: true, probe: { x: new Array<number>(SIDE * SIDE).fill(0) } satisfies Probe });
    } else void this.look(this.index);
  }

  private onImage(event: CustomEvent<{ pixels: Float32Array; empty: boolean }>): void {
    const { pixels, empty } = event.detail;
    if (!this.drawing) return;
    this.blank = empty;
    this.ctx!.setView({ probe: { x: Array.from(pixels, (v) => Math.min(1, Math.max(0, v))) } satisfies Probe });
  }

  protected override paint(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const pixels = probeOf(this.ctx!)?.x;
    this.refreshAnswer();
    if (!canvas || !pixels) return;
    const image = new ImageData(SIDE, SIDE);
    paintHeat(image, pixels, 0, colorTable('sequential'), 0, 1);
    canvas.getContext('2d')!.putImageData(image, 0, 0);
  }

  private answer(ctx: LabContext): string {
    const shares = ctx.snapshot?.answers['predict']?.probabilities as number[] | undefined;
    if (!shares || (this.drawing && this.blank)) return '';
    const best = shares.reduce((b, v, i) => (v > shares[b]! ? i : b), 0);
    return ctx.t('ui.digit_says', { digit: String(best), p: share(ctx, shares[best]!) });
  }
  private refreshAnswer(): void {
    const place = this.renderRoot.querySelector('.answer');
    const text = this.answer(this.ctx!);
    if (place && place.textContent !== text) place.textContent = text;
  }

  protected override render() {
    const ctx = this.ctx;
    if (!ctx || this.info?.kind !== 'digits') return nothing;
    const draw = this.drawing;
    const tab = (on: boolean, key: string) => html`<button type="button" aria-pressed=${on === draw} @click=${() => on !== draw && this.mode(on)}>${ctx.t(key)}</button>`;
    const index = probeOf(ctx)?.index ?? this.index;
    return html`
      <h3>${ctx.t('ui.digit_input')}</h3>
      <div class="tabs" role="group" aria-label=${ctx.t('ui.digit_input')}>${tab(false, 'ui.digit_test')}${tab(true, 'ui.digit_draw')}</div>
      <div class="body">
        ${draw
          ? html`<pg-pad .label=${ctx.t('ui.pad_label')} @image=${this.onImage}></pg-pad>`
          : html`<canvas width=${SIDE} height=${SIDE} role="img" aria-label=${ctx.t('ui.digit_picture', { digit: String(this.label ?? '') })}></canvas>`}
        <div class="beside">
          ${draw
            ? nothing
            : html`<div class="browse">
                <button type="button" @click=${() => void this.look(index - 1)}>${ctx.t('ui.digit_previous')}</button>
                <button type="button" @click=${() => void this.look(index + 1)}>${ctx.t('ui.digit_next')}</button>
              </div>`}
          <p class="say"><span class="answer" aria-live=${ctx.running ? 'off' : 'polite'}></span>
            <small>${draw ? (this.blank ? ctx.t('ui.pad_hint') : '') : ctx.t('ui.digit_is', { digit: String(this.label ?? '…'), n: String(index + 1), of: info(ctx) })}</small></p>
        </div>
      </div>`;
  }
}
const info = (ctx: LabContext): number => ctx.info.n_test as number;
define('pg-network-digits', PgNetworkDigits);
