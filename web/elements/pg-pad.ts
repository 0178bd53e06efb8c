// A pad to draw a digit on, by mouse, pen or finger.
import { css, html } from 'lit';
import { baseStyles, define, t } from './base';
import { token } from './color';
import { centredDigit, SIDE } from './mnist-pad';
import { PaintedElement } from './painted';

/** Pixels of the drawing itself, whatever its size on the screen. */
const PIXELS = 140;
/** Width of the pen in those pixels: as thick as MNIST's strokes. */
const PEN = 11;

export class PgPad extends PaintedElement {
  static override properties = { label: {}, clearLabel: {}, empty: { state: true } };
  declare label: string;
  declare clearLabel: string;
  declare private empty: boolean;
  private strokes: [number, number][][] = [];
  private pointer: number | null = null;

  constructor() {
    super();
    this.label = '';
    this.clearLabel = '';
    this.empty = true;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: inline-grid;
        gap: 6px;
        width: 168px;
      }
      .paper {
        position: relative;
        aspect-ratio: 1;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        touch-action: none;
        cursor: crosshair;
        overflow: hidden;
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
      }
      .hint {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        padding: 14px;
        text-align: center;
        font-size: 13px;
        color: var(--pg-ink-2);
        pointer-events: none;
      }
      button {
        min-height: max(30px, var(--pg-hit));
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13px;
      }
      button:hover:not(:disabled) {
        border-color: var(--pg-accent);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.paintSoon();
  }

  private place(event: PointerEvent): [number, number] {
    const box = this.renderRoot.querySelector('canvas')!.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * PIXELS, ((event.clientY - box.top) / box.height) * PIXELS];
  }
  private onDown(event: PointerEvent): void {
    if (this.pointer !== null || event.button !== 0) return;
    event.preventDefault();
    this.pointer = event.pointerId;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.strokes.push([this.place(event)]);
    this.empty = false;
    this.paintSoon();
  }
  private onMove(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    const stroke = this.strokes[this.strokes.length - 1]!;
    for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.push(this.place(each));
    this.paintSoon();
  }
  private onUp(event: PointerEvent): void {
    if (event.pointerId === this.pointer) this.pointer = null;
  }

  clear(): void {
    this.strokes = [];
    this.empty = true;
    this.paintSoon();
  }

  protected override paint(): void {
    const context = this.renderRoot.querySelector('canvas')!.getContext('2d', { willReadFrequently: true })!;
    context.clearRect(0, 0, PIXELS, PIXELS);
    context.strokeStyle = context.fillStyle = token('--pg-ink');
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = 'round';
    for (const stroke of this.strokes) {
      context.beginPath();
      context.moveTo(...stroke[0]!);
      for (const point of stroke) context.lineTo(...point);
      context.stroke();
    }
    this.tell(context);
  }
  /** The alpha of the drawing is its ink, whatever the theme's colour. */
  private tell(context: CanvasRenderingContext2D): void {
    const { data } = context.getImageData(0, 0, PIXELS, PIXELS);
    const gray = new Float32Array(PIXELS * PIXELS);
    for (let i = 0; i < gray.length; i++) gray[i] = data[4 * i + 3]! / 255;
    const image = centredDigit(gray, PIXELS, PIXELS);
    this.emit('image', { pixels: image ?? new Float32Array(SIDE * SIDE), empty: image === null });
  }

  protected override render() {
    return html`<div class="paper" role="img" aria-label=${this.label} @pointerdown=${this.onDown} @pointermove=${this.onMove}
        @pointerup=${this.onUp} @pointercancel=${this.onUp}>
        <canvas width=${PIXELS} height=${PIXELS}></canvas>
        ${this.empty ? html`<span class="hint">${this.label}</span>` : ''}
      </div>
      <button type="button" ?disabled=${this.empty} @click=${this.clear}>${this.clearLabel || t('ui.pad.clear')}</button>`;
  }
}
define('pg-pad', PgPad);
