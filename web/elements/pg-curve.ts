// Curves over training steps. The test split is always dashed; the values at the cursor (else the newest) stand above.
import { css, html } from 'lit';
import { baseStyles, define, PgElement, t, words } from './base';
import { ink, runColor, token } from './color';
import { dot, drawAxes, drawLine, nearest, Plane } from './line-chart';
import { fit } from './painted';
import { formatCompact, formatCount, formatFixed, formatFull, formatNumber } from './format';

export interface Series {
  label: string;
  values: ArrayLike<number>;
  /** `train`, `test`, or the number of a run. */
  ink: 'train' | 'test' | number;
  dashed?: boolean;
}

/** A curve drawn behind the series, with steps of its own and its name at its end: another run. */
export interface Other {
  label: string;
  /** Number of the run. */
  ink: number;
  x: ArrayLike<number>;
  values: ArrayLike<number>;
}
/** Longest name at a line's end, in letters. */
const MOST_LETTERS = 14;

export class PgCurve extends PgElement {
  static override properties = {
    series: { attribute: false },
    x: { attribute: false },
    heading: {},
    others: { attribute: false },
    at: { attribute: false },
    range: { attribute: false },
    log: { type: Boolean },
    index: { state: true },
    width: { state: true },
  };
  declare series: Series[];
  /** Steps, ascending. */
  declare x: ArrayLike<number>;
  declare others: Other[];
  /** The step that is looked at, where it is not the newest; else null. */
  declare at: number | null;
  declare heading: string;
  declare range: [number, number] | null;
  declare log: boolean;
  /** The point under the cursor; null: the newest. */
  declare private index: number | null;
  declare private width: number;

  private plane: Plane | null = null;
  private height = 0;
  private frame = 0;
  private seen = false;
  private stale = true;
  private resize: ResizeObserver | null = null;
  private sight: IntersectionObserver | null = null;
  private endTheme = () => {};

  constructor() {
    super();
    this.series = [];
    this.x = [];
    this.others = [];
    this.at = null;
    this.heading = '';
    this.range = null;
    this.log = false;
    this.index = null;
    this.width = 0;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 132px;
      }
      .top {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 10px;
      }
      h2 {
        margin: 0;
        font-size: 14px;
        font-weight: 600;
      }
      .spacer {
        flex: 1;
      }
      .many .spacer {
        flex-basis: 100%;
      }
      .many {
        justify-content: space-between;
      }
      .value {
        display: inline-flex;
        align-items: baseline;
        gap: 5px;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      .value b {
        min-width: 4.4ch;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
        text-align: end;
        color: var(--pg-ink);
      }
      .value svg {
        align-self: center;
        width: 16px;
        height: 8px;
      }
      .foot {
        display: flex;
        justify-content: space-between;
        gap: 8px;
        min-height: 18px;
        font-size: 12px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .foot button {
        position: relative;
        padding: 0 4px;
        border: 0;
        background: none;
        font-size: 12px;
        color: var(--pg-ink-2);
        text-decoration: underline;
        text-decoration-color: var(--pg-edge);
        text-underline-offset: 3px;
      }
      .foot button::after {
        content: '';
        position: absolute;
        inset: calc((18px - var(--pg-hit)) / 2) -4px;
      }
      .foot button:hover,
      .foot button[aria-pressed='true'] {
        color: var(--pg-accent);
        text-decoration-color: currentColor;
      }
      .plot {
        position: relative;
        flex: 1;
        min-height: 84px;
        touch-action: pan-y;
      }
      canvas {
        position: absolute;
        inset: 0;
      }
      .empty {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        font-size: 13px;
        color: var(--pg-ink-2);
        pointer-events: none;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.sight = new IntersectionObserver((entries) => {
      this.seen = entries[entries.length - 1]!.isIntersecting;
      if (this.seen && this.stale) this.drawSoon();
    });
    this.sight.observe(this);
    this.endTheme = this.surroundings.onTheme(() => {
      this.drawSoon();
      this.requestUpdate();
    });
    if (this.hasUpdated) this.watchSize();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sight?.disconnect();
    this.resize?.disconnect();
    this.endTheme();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.seen = false;
  }
  protected override firstUpdated(): void {
    this.watchSize();
  }
  private watchSize(): void {
    this.resize = new ResizeObserver((entries) => {
      const box = entries[0]!.contentRect;
      this.width = Math.floor(box.width);
      this.height = Math.floor(box.height);
      this.drawSoon();
    });
    this.resize.observe(this.renderRoot.querySelector('.plot')!);
  }

  protected override updated(): void {
    this.drawSoon();
  }
  private drawSoon(): void {
    this.stale = true;
    if (!this.seen || this.width < 40) return;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.surroundings.run(() => this.draw());
    });
  }

  private color(series: Series): string {
    return typeof series.ink === 'number' ? runColor(series.ink) : ink(series.ink);
  }
  private dashed = (series: Series) => series.dashed ?? series.ink === 'test';

  private draw(): void {
    this.stale = false;
    const { lang } = words();
    const plane = (this.plane = new Plane(this.width, this.height, { x: this.across(), y: this.upright(), log: this.log }));
    const pen = fit(this.renderRoot.querySelector('canvas')!, this.width, this.height);
    const font = `11px ${getComputedStyle(this).fontFamily}`;
    drawAxes(pen, plane, { font, quiet: token('--pg-ink-2'), grid: token('--pg-line'), x: (v) => formatCompact(v, lang), y: (v) => formatNumber(v, lang, 2) });
    pen.save();
    pen.beginPath();
    // A line along the edge is not cut in half.
    pen.rect(plane.left, plane.top - 2, plane.width + 3, plane.height + 4);
    pen.clip();
    this.drawOthers(pen, plane, font);
    for (const s of this.series) drawLine(pen, plane, this.x, { values: s.values, color: this.color(s), dashed: this.dashed(s) }, 1.75);
    if (this.at !== null) this.drawUpright(pen, plane, this.at, token('--pg-accent'), 1.5);
    pen.restore();
    const at = this.index;
    const step = at === null ? undefined : this.x[at];
    if (at === null || step === undefined) return;
    this.drawUpright(pen, plane, step, token('--pg-edge'), 1);
    for (const s of this.series) {
      const value = s.values[at];
      if (plane.shows(value)) dot(pen, plane.x(step), plane.y(value), 3.5, token('--pg-surface'), this.color(s));
    }
  }
  private across(): [number, number] {
    return [Math.min(this.x[0] ?? 0, 0), Math.max(this.x[this.x.length - 1] ?? 1, ...this.others.map((o) => o.x[o.x.length - 1] ?? 0))];
  }
  private upright(): [number, number] {
    let lo = Infinity, hi = -Infinity;
    for (const { values } of this.series)
      for (let i = 0; i < this.x.length; i++) {
        const v = values[i]!;
        if (!Number.isFinite(v) || (this.log && v <= 0)) continue;
        lo = Math.min(lo, v);
        hi = Math.max(hi, v);
      }
    if (this.log) return lo > hi ? [0.1, 1] : [10 ** Math.floor(Math.log10(lo)), 10 ** Math.max(Math.ceil(Math.log10(hi)), Math.floor(Math.log10(lo)) + 1)];
    if (this.range) return this.range;
    return lo > hi ? [0, 1] : padded(...this.reach(lo, hi));
  }

  /** The others belong into the picture, unless they leave it far behind. */
  private reach(lo: number, hi: number): [number, number] {
    const cap = 2 * Math.max(hi, ...this.others.map((o) => o.values[0] ?? 0));
    for (const { values } of this.others)
      for (let i = 0; i < values.length; i++) {
        const v = values[i]!;
        if (!Number.isFinite(v)) continue;
        lo = Math.min(lo, v);
        hi = Math.max(hi, Math.min(v, cap));
      }
    return [lo, hi];
  }
  private drawUpright(pen: CanvasRenderingContext2D, plane: Plane, step: number, color: string, width: number): void {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(plane.x(step), plane.top);
    pen.lineTo(plane.x(step), plane.top + plane.height);
    pen.stroke();
  }
  private drawOthers(pen: CanvasRenderingContext2D, plane: Plane, font: string): void {
    pen.font = font;
    pen.textBaseline = 'alphabetic';
    pen.textAlign = 'end';
    for (const { x, values, ink, label } of this.others) {
      drawLine(pen, plane, x, { values, color: runColor(ink), dashed: false }, 1.25);
      let end = x.length - 1;
      while (end >= 0 && !plane.shows(values[end])) end--;
      if (end < 0) continue;
      const name = label.length > MOST_LETTERS ? `${label.slice(0, MOST_LETTERS - 1)}…` : label;
      pen.fillText(name, Math.max(plane.x(x[end]!), plane.left + pen.measureText(name).width) - 3, Math.max(plane.top + 11, plane.y(values[end]!) - 4));
    }
  }

  private look(index: number | null): void {
    if (index === this.index) return;
    this.index = index;
    this.emit('cursor', { index, step: index === null ? null : this.x[index] });
  }
  private onPointer(event: PointerEvent): void {
    if (!this.plane || !this.x.length) return;
    const { left, width, axes } = this.plane;
    const share = (event.offsetX - left) / width;
    this.look(share < -0.02 || share > 1.02 ? null : nearest(this.x, axes.x[0] + share * (axes.x[1] - axes.x[0])));
  }
  private onKey(event: KeyboardEvent): void {
    const last = this.x.length - 1;
    if (!this.plane || last < 0) return;
    const from = this.index ?? last;
    const moves: Record<string, number> = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from + 10, PageDown: from - 10, Home: 0, End: last };
    const target = moves[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.look(Math.min(last, Math.max(0, target)));
  }

  /** The last point up to the step that is looked at. */
  private shown(last: number): number {
    if (this.at === null) return last;
    let i = last;
    while (i > 0 && this.x[i]! > this.at) i--;
    return i;
  }
  private valueAt(series: Series, index: number): number {
    return index >= 0 ? (series.values[index] ?? NaN) : NaN;
  }

  /** The curve in a sentence, for who cannot see it. */
  private summary(): string {
    const { lang } = words();
    const last = this.x.length - 1;
    if (last < 0) return t('ui.curve.empty');
    const parts = this.series.map((s) => t('ui.curve.series', {
      name: s.label,
      first: formatNumber(this.valueAt(s, 0), lang),
      last: formatNumber(this.valueAt(s, last), lang),
    }));
    return t('ui.curve.summary', { heading: this.heading, steps: formatCount(this.x[last]!, lang), series: parts.join(' ') });
  }

  protected override render() {
    const { lang } = words();
    const last = this.x.length - 1;
    const at = this.index !== null && this.index <= last ? this.index : this.shown(last);
    return html`
      <div class="top ${this.series.length > 2 ? 'many' : ''}">
        <h2>${this.heading}</h2>
        <span class="spacer"></span>
        ${this.series.map((s) => {
          const value = this.valueAt(s, at);
          return html`<span class="value">
            <svg viewBox="0 0 16 8" aria-hidden="true"><line x1="0" y1="4" x2="16" y2="4" stroke=${this.color(s)} stroke-width="2" stroke-dasharray=${this.dashed(s) ? '4 3' : 'none'} /></svg>
            <span>${s.label}</span><b title=${formatFull(value)}>${Number.isNaN(value) ? '–' : formatFixed(value, lang)}</b>
          </span>`;
        })}
      </div>
      <div class="plot" role="img" tabindex="0" aria-label=${this.summary()} @keydown=${this.onKey}
        @pointermove=${this.onPointer} @pointerdown=${this.onPointer} @pointerleave=${() => this.look(null)}>
        <canvas aria-hidden="true"></canvas>
        ${last < 0 ? html`<span class="empty" aria-hidden="true">${t('ui.curve.empty')}</span>` : ''}
      </div>
      <div class="foot">
        <span>${last >= 0 ? t(this.index === null && this.at === null ? 'ui.curve.now' : 'ui.curve.at', { step: formatCount(this.x[at]!, lang) }) : ''}</span>
        <button type="button" aria-pressed=${this.log} title=${t('ui.curve.log.help')} @click=${() => (this.log = !this.log)}>${t('ui.curve.log')}</button>
      </div>`;
  }
}
define('pg-curve', PgCurve);

/** A little air above and below; losses and rates that are never negative keep zero as their floor when near it. */
function padded(lo: number, hi: number): [number, number] {
  const room = (hi - lo || Math.abs(hi) || 1) * 0.06;
  return [lo >= 0 && lo < 0.5 * hi ? 0 : lo - room, hi + room];
}
