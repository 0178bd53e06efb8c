// Curves over training steps. The test split is always dashed; the values at the cursor (else the newest) stand above.
import { css, html, unsafeCSS, type PropertyValues } from 'lit';
import uPlot from 'uplot';
import uplotStyles from 'uplot/dist/uPlot.min.css?inline';
import { baseStyles, define, PgElement, t, words } from './base';
import { ink, runColor, token } from './color';
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

  private chart: uPlot | null = null;
  private made = '';
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
    unsafeCSS(uplotStyles),
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
      .plot > div {
        position: absolute;
        inset: 0;
      }
      .uplot,
      .uplot * {
        font-family: var(--pg-font);
      }
      .u-cursor-x {
        border-right: 1px solid var(--pg-edge) !important;
      }
      .u-cursor-y {
        display: none;
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
      this.made = '';
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
    this.chart?.destroy();
    this.chart = null;
    this.made = '';
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

  protected override updated(changed: PropertyValues): void {
    if (changed.size === 1 && changed.has('index')) return;
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
    const data = this.plotData();
    // The look is remade only when something other than the data changes.
    const look = JSON.stringify([this.series.map((s) => [s.label, this.color(s), this.dashed(s)]), this.log, this.range, this.others.length > 0, words().lang]);
    if (!this.chart || look !== this.made) {
      this.chart?.destroy();
      this.chart = new uPlot(this.options(), data, this.renderRoot.querySelector<HTMLElement>('.plot > div')!);
      this.made = look;
    } else {
      if (this.chart.width !== this.width || this.chart.height !== this.height) this.chart.setSize({ width: this.width, height: this.height });
      this.chart.setData(data);
    }
  }

  /** Gaps where there is no number (and, on a log scale, no positive one). */
  private plotData(): uPlot.AlignedData {
    const x = Array.from(this.x);
    return [x, ...this.series.map((s) => x.map((_, i) => {
      const v = s.values[i];
      return v !== undefined && Number.isFinite(v) && (!this.log || v > 0) ? v : null;
    }))] as uPlot.AlignedData;
  }

  private options(): uPlot.Options {
    const quiet = token('--pg-ink-2'), line = token('--pg-line');
    const { lang } = words();
    const font = `11px ${getComputedStyle(this).fontFamily}`;
    const axis = { stroke: quiet, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const { log, range } = this;
    return {
      width: this.width,
      height: this.height,
      pxAlign: 0,
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 7, width: 1.5, fill: () => this.surroundings.run(() => token('--pg-surface')) },
      },
      scales: {
        x: { time: false, range: (_self, lo, hi) => [Math.min(lo ?? 0, 0), Math.max(hi ?? 1, ...this.others.map((o) => o.x[o.x.length - 1] ?? 0))] },
        y: log
          ? { distr: 3 }
          : { range: range ? () => range : (_self, lo, hi) => (Number.isFinite(lo) && Number.isFinite(hi) ? padded(...this.reach(lo, hi)) : [0, 1]) },
      },
      padding: [6, 10, 0, 0],
      axes: [
        { ...axis, size: 20, gap: 3, space: 56, grid: { show: false }, values: (_self, ticks) => ticks.map((v) => formatCompact(v, lang)) },
        { ...axis, size: 40, gap: 4, space: 26, values: (_self, ticks) => ticks.map((v) => (v === null ? '' : formatNumber(v, lang, 2))) },
      ],
      series: [
        {},
        ...this.series.map((s) => ({
          label: s.label,
          stroke: this.color(s),
          width: 1.75,
          dash: this.dashed(s) ? [5, 4] : undefined,
          points: { show: (self: uPlot) => self.data[0].length < 2 },
          spanGaps: false,
        })),
      ],
      hooks: {
        // uPlot draws when it likes.
        drawAxes: [(self) => this.surroundings.run(() => this.drawOthers(self))],
        draw: [(self) => this.surroundings.run(() => this.drawMark(self))],
        setCursor: [
          (self) => {
            const index = self.cursor.idx ?? null;
            if (index === this.index) return;
            this.index = index;
            this.emit('cursor', { index, step: index === null ? null : this.x[index] });
          },
        ],
      },
    };
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
  private drawMark(self: uPlot): void {
    if (this.at === null) return;
    const pen = self.ctx;
    const { top, height } = self.bbox;
    const x = self.valToPos(this.at, 'x', true);
    pen.save();
    pen.strokeStyle = token('--pg-accent');
    pen.lineWidth = 1.5 * uPlot.pxRatio;
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, top + height);
    pen.stroke();
    pen.restore();
  }
  private drawOthers(self: uPlot): void {
    const pen = self.ctx, dense = uPlot.pxRatio;
    const { left, top, width, height } = self.bbox;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    pen.lineWidth = 1.25 * dense;
    pen.font = `${11 * dense}px ${getComputedStyle(this).fontFamily}`;
    pen.textAlign = 'end';
    for (const { x, values, ink, label } of this.others) {
      pen.strokeStyle = pen.fillStyle = runColor(ink);
      pen.beginPath();
      let end: [number, number] | null = null;
      for (let i = 0; i < x.length; i++) {
        const v = values[i]!;
        if (!Number.isFinite(v) || (this.log && v <= 0)) {
          end = null;
          continue;
        }
        const at: [number, number] = [self.valToPos(x[i]!, 'x', true), self.valToPos(v, 'y', true)];
        if (end) pen.lineTo(...at);
        else pen.moveTo(...at);
        end = at;
      }
      pen.stroke();
      const name = label.length > MOST_LETTERS ? `${label.slice(0, MOST_LETTERS - 1)}…` : label;
      if (end) pen.fillText(name, Math.max(end[0], left + pen.measureText(name).width) - 3 * dense, Math.max(top + 11 * dense, end[1] - 4 * dense));
    }
    pen.restore();
  }

  private onKey(event: KeyboardEvent): void {
    const last = this.x.length - 1;
    if (!this.chart || last < 0) return;
    const from = this.index ?? last;
    const moves: Record<string, number> = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from + 10, PageDown: from - 10, Home: 0, End: last };
    const target = moves[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, target));
    this.chart.setCursor({ left: this.chart.valToPos(this.x[index]!, 'x'), top: 4 });
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
      <div class="plot" role="img" tabindex="0" aria-label=${this.summary()} @keydown=${this.onKey}>
        <div></div>
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
