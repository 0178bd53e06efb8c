// Histograms of one tensor over the run, one behind the other: the oldest at the top, the newest in front, the colour tells the step.
import { css, html } from 'lit';
import { baseStyles, define, t, words } from '../../elements/base';
import { sequential, token } from '../../elements/color';
import { formatNumber } from '../../elements/format';
import { fit, PaintedElement } from '../../elements/painted';
import { rangeOf, spread, type Histogram } from './histogram';

/** Parts of the axis: more where there are more numbers to tell apart. */
const FEWEST = 10, MOST = 48;
const partsFor = (numbers: number): number => Math.max(FEWEST, Math.min(MOST, Math.round(2 * Math.sqrt(numbers))));
const HEIGHT = 116, AXIS = 18;

export interface Ridge {
  step: number;
  histogram: Histogram;
}

export class PgRidges extends PaintedElement {
  static override properties = { ridges: { attribute: false }, present: { type: Number }, last: { type: Number }, label: {} };
  declare ridges: Ridge[];
  /** Step that is shown on the stage. */
  declare present: number;
  /** Step that has the full colour. */
  declare last: number;
  declare label: string;
  private resize: ResizeObserver | null = null;

  constructor() {
    super();
    this.ridges = [];
    this.present = 0;
    this.last = 1;
    this.label = '';
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      canvas {
        display: block;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver(() => this.paintSoon());
    this.resize.observe(this);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
  }
  protected override updated(): void {
    this.paintSoon();
  }

  protected override paint(): void {
    const canvas = this.renderRoot.querySelector('canvas')!;
    const width = Math.floor(this.clientWidth);
    if (!width) return;
    const pen = fit(canvas, width, HEIGHT);
    const { ridges, present, last } = this;
    if (!ridges.length) return;
    const range = rangeOf(ridges.map(({ histogram }) => histogram));
    const parts = partsFor(Array.from(ridges[0]!.histogram.counts).reduce((sum, n) => sum + n, 0));
    const shapes = ridges.map(({ histogram }) => spread(histogram, range, parts));
    const floor = HEIGHT - AXIS, room = ridges.length > 1 ? floor * 0.5 : 0, tall = floor - room - 2;
    const x = (i: number) => ((i + 0.5) / parts) * width;
    const table = sequential();
    ridges.forEach(({ step }, k) => {
      const shape = shapes[k]!, highest = Math.max(...shape) || 1;
      const base = floor - room + (ridges.length > 1 ? (k / (ridges.length - 1)) * room : 0);
      const now = step === present;
      pen.beginPath();
      pen.moveTo(0, base);
      for (let i = 0; i < parts; i++) pen.lineTo(x(i), base - (shape[i]! / highest) * tall);
      pen.lineTo(width, base);
      pen.fillStyle = token('--pg-surface');
      pen.globalAlpha = 0.82;
      pen.fill();
      pen.globalAlpha = 1;
      const packed = table[Math.round(90 + 165 * Math.min(1, step / (last || 1)))]!;
      pen.strokeStyle = now ? token('--pg-accent') : `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
      pen.lineWidth = now ? 2 : 1;
      pen.stroke();
    });
    pen.fillStyle = token('--pg-ink-2');
    pen.font = `11px ${getComputedStyle(this).fontFamily}`;
    const { lang } = words();
    const at = (v: number) => ((v - range[0]) / (range[1] - range[0])) * width;
    if (range[0] < 0 && range[1] > 0) {
      pen.strokeStyle = token('--pg-edge');
      pen.lineWidth = 1;
      pen.setLineDash([2, 3]);
      pen.beginPath();
      pen.moveTo(at(0), 4);
      pen.lineTo(at(0), floor);
      pen.stroke();
      pen.setLineDash([]);
      if (at(0) > 60 && at(0) < width - 60) {
        pen.textAlign = 'center';
        pen.fillText('0', at(0), HEIGHT - 4);
      }
    }
    pen.textAlign = 'start';
    pen.fillText(formatNumber(range[0], lang, 2), 0, HEIGHT - 4);
    pen.textAlign = 'end';
    pen.fillText(formatNumber(range[1], lang, 2), width, HEIGHT - 4);
  }

  protected override render() {
    const { lang } = words();
    const now = this.ridges.find(({ step }) => step === this.present) ?? this.ridges.at(-1);
    const said = now ? t('bench.inspect.hist.said', { what: this.label, step: now.step, lo: formatNumber(now.histogram.lo, lang), hi: formatNumber(now.histogram.hi, lang) }) : this.label;
    return html`<canvas role="img" aria-label=${said} title=${said}></canvas>`;
  }
}
define('pg-ridges', PgRidges);
