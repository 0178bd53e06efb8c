// Small multiples of one quantity: a panel for each sweep, all on the same scale. A table stands behind every panel.
import { html, nothing, svg, unsafeCSS } from 'lit';
import { PgElement, baseStyles, define, t, words } from '../../elements/base';
import { fitOf, fitted, labelled, lineOf, makeFrame, outgrown, valueOf, type Frame, type Quantity } from './chart';
import { device } from '../../workbench/cost/device';
import { at } from '../../workbench/cost/fit';
import measured from './figures.json';
import css from './row.css?inline';
import { sweepIds, sweeps, type Figures, type Point, type SweepId } from '../../workbench/cost/sweeps';
import { formatBytes, formatPower, formatTime } from '../../workbench/cost/units';

export const figures = measured as Figures;

const formats: Record<Quantity, (value: number, lang: string, digits?: number) => string> = { time: formatTime, memory: formatBytes, price: formatTime, each: formatTime };
/** Prices differ by less than a decade. */
const STRETCH: Record<Quantity, number> = { time: 1, memory: 1, price: 2, each: 1 };
/** The panel in which the thin line has its name. */
const NAMED: Partial<Record<Quantity, SweepId>> = { time: 'width', memory: 'batch' };
const GAP = 26;
const LABEL_ROOM = 34;
/** On a narrower panel only the words above the charts speak of the thin line. */
const NAME_ROOM = 180;

/** A run in a panel: the site's own measurement, or the reader's. */
interface Run {
  kind: 'site' | 'own';
  points: readonly Point[];
}

export class PgCostRow extends PgElement {
  static override properties = { quantity: {}, sweep: {}, width: { state: true }, cursor: { state: true }, marked: {} };
  static override styles = [baseStyles, unsafeCSS(css)];

  declare quantity: Quantity;
  /** One sweep instead of all. */
  declare sweep: SweepId | '';
  /** The sweep that a sentence points at. */
  declare marked: SweepId | '';
  declare private width: number;
  declare private cursor: { sweep: SweepId; size: number } | null;
  private resize: ResizeObserver | null = null;
  private endDevice = () => {};

  constructor() {
    super();
    this.quantity = 'time';
    this.sweep = '';
    this.marked = '';
    this.width = 0;
    this.cursor = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver(([entry]) => (this.width = Math.floor(entry!.contentRect.width)));
    this.resize.observe(this);
    this.endDevice = device.onchange(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
    this.endDevice();
  }

  /** Memory is the same on every device: nothing to measure. */
  private runs(sweep: SweepId): Run[] {
    const own = this.quantity === 'memory' ? [] : (device.points[sweep] ?? []);
    return [{ kind: 'site' as const, points: figures.points[sweep] }, { kind: 'own' as const, points: own }].filter(({ points }) => points.length > 0);
  }

  /** Only once all sizes are there: an exponent from two of them would jump about. */
  private powerOf(id: SweepId, points: readonly Point[]) {
    return fitted(this.quantity) && points.length === sweeps[id].sizes.length ? fitOf(sweeps[id], points, this.quantity) : null;
  }

  protected override render() {
    if (this.width < 120) return nothing;
    const ids = this.sweep ? [this.sweep] : sweepIds;
    const columns = this.sweep ? 1 : this.width >= 900 ? 5 : this.width >= 560 ? 3 : 2;
    const gutter = 46;
    const width = Math.floor(Math.min(this.sweep ? 420 : Infinity, (this.width - gutter - (columns - 1) * GAP) / columns));
    // One vertical scale for all panels.
    const values = ids.flatMap((id) => this.runs(id).flatMap(({ points }) => points.map(valueOf[this.quantity])));
    const style = `grid-template-columns: repeat(${columns}, ${width}px); column-gap: ${GAP}px; padding-inline-start: ${gutter}px`;
    return html`<div class="grid" style=${style}>
      ${ids.map((id, i) => this.panel(id, makeFrame(width, sweeps[id].sizes, values, STRETCH[this.quantity]), i % columns === 0))}
    </div>`;
  }

  private panel(id: SweepId, frame: Frame, first: boolean) {
    const { symbol } = sweeps[id], { lang } = words(), format = formats[this.quantity];
    const runs = this.runs(id);
    const size = this.cursor?.sweep === id ? this.cursor.size : sweeps[id].sizes.at(-1)!;
    const told = runs.flatMap(({ kind, points }) => {
      const point = points.find((p) => p.size === size);
      return point ? [html`<span class=${kind}>${kind === 'own' ? html`${t('cost.own')} ` : nothing}${format(valueOf[this.quantity](point), lang)}</span>`] : [];
    });
    return html`<section class=${this.marked === id ? 'marked' : ''} data-sweep=${id}>
      <h3>${t(`cost.sweeps.${id}.name`)}</h3>
      ${this.quantity === 'time' ? html`<p class="what">${t(`cost.sweeps.${id}.what`)}</p>` : nothing}
      <svg class="plot" width=${frame.width} height=${Math.ceil(frame.height) + 20} role="img" tabindex="0" aria-label=${this.summary(id, runs)}
        @pointermove=${(event: PointerEvent) => this.point(id, frame, event)} @pointerdown=${(event: PointerEvent) => this.point(id, frame, event)}
        @pointerleave=${() => (this.cursor = null)} @blur=${() => (this.cursor = null)} @keydown=${(event: KeyboardEvent) => this.onKey(id, event)}>
        ${frame.ticks.map((tick) => svg`<line class="rule" x2=${frame.width} y1=${frame.y(tick)} y2=${frame.y(tick)} />
          ${first ? svg`<text class="tick" x="-6" y=${frame.y(tick)} dy="0.32em" text-anchor="end">${format(tick, lang)}</text>` : nothing}`)}
        ${labelled(sweeps[id].sizes, frame, LABEL_ROOM).map((n) => svg`<text class="tick" x=${frame.x(n)} y=${frame.height + 15} text-anchor="middle">${n}</text>`)}
        ${this.quantity === 'price' ? this.caches(id, frame) : nothing}
        ${this.thinLine(id, frame)}
        ${this.cursor?.sweep === id ? svg`<line class="cursor" x1=${frame.x(size)} x2=${frame.x(size)} y2=${frame.height} />` : nothing}
        ${runs.map((run) => this.run(id, run, frame))}
        ${this.exponents(id, runs, frame)}
      </svg>
      <p class="told"><span class="size">${symbol} = ${size}</span> ${told}</p>
      ${this.table(id, runs)}
    </section>`;
  }

  private run(id: SweepId, { kind, points }: Run, { x, y }: Frame) {
    const { from, sizes } = sweeps[id];
    const power = this.powerOf(id, points);
    const last = sizes.at(-1)!;
    const way = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.size).toFixed(1)} ${y(valueOf[this.quantity](point)).toFixed(1)}`).join('');
    return svg`<g class=${kind}>
      ${power ? svg`<line class="fit" x1=${x(from)} y1=${y(at(power, from))} x2=${x(last)} y2=${y(at(power, last))} />` : fitted(this.quantity) ? nothing : svg`<path class="fit" d=${way} />`}
      ${points.map((point) => svg`<circle class=${fitted(this.quantity) && point.size < from ? 'hollow' : ''} cx=${x(point.size)} cy=${y(valueOf[this.quantity](point))} r="3" />`)}
    </g>`;
  }

  /** Left of and above the lines' ends, where a rising line leaves room; in the order of the lines. */
  private exponents(id: SweepId, runs: Run[], { x, y }: Frame) {
    const last = sweeps[id].sizes.at(-1)!;
    const ends = runs
      .flatMap((run) => {
        const power = this.powerOf(id, run.points);
        return power ? [{ ...run, power, end: y(at(power, last)) }] : [];
      })
      .sort((a, b) => a.end - b.end);
    return ends.map(({ kind, power }, i) => svg`<text class="exponent ${kind}" x=${x(last) - 8} y=${ends[0]!.end - 5 - 15 * (ends.length - 1 - i)} text-anchor="end"
      >${kind === 'own' ? `${t('cost.own')} ` : ''}≈ ${sweeps[id].symbol}<tspan class="power" dy="-5">${formatPower(power.exponent, words().lang)}</tspan></text>`);
  }

  private thinLine(id: SweepId, { x, y, width, height }: Frame) {
    const points = figures.points[id], line = lineOf(this.quantity, points);
    if (!line) return nothing;
    const way = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.size).toFixed(1)} ${y(line(point)).toFixed(1)}`).join('');
    const named = points.find((point) => y(line(point)) < height - 24) ?? points[0]!;
    return svg`<svg class="clip" width="100%" height=${height}><path class="thin" d=${way} /></svg>
      ${NAMED[this.quantity] === id && width >= NAME_ROOM ? svg`<text class="name" x=${x(named.size) + 9} y=${y(line(named)) + 13}>${t(`cost.lines.${this.quantity}`)}</text>` : nothing}`;
  }

  /** From where on the model is larger than a cache of the machine that measured. */
  private caches(id: SweepId, { x, height }: Frame) {
    return Object.entries(figures.caches).map(([name, bytes]) => {
      const size = outgrown(figures.points[id], bytes!);
      return size === null ? nothing : svg`<line class="cache" x1=${x(size)} x2=${x(size)} y1="12" y2=${height} /><text class="name" x=${x(size)} y="8" text-anchor="middle">${name}</text>`;
    });
  }

  private point(sweep: SweepId, { x }: Frame, event: PointerEvent): void {
    const left = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
    const size = sweeps[sweep].sizes.reduce((a, b) => (Math.abs(x(b) - left) < Math.abs(x(a) - left) ? b : a));
    if (this.cursor?.sweep !== sweep || this.cursor.size !== size) this.cursor = { sweep, size };
  }
  private onKey(sweep: SweepId, event: KeyboardEvent): void {
    const { sizes } = sweeps[sweep], last = sizes.length - 1;
    const from = this.cursor?.sweep === sweep ? sizes.indexOf(this.cursor.size) : last;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.cursor = { sweep, size: sizes[Math.min(last, Math.max(0, to))]! };
  }

  /** The panel in a sentence, for who cannot see it. */
  private summary(id: SweepId, runs: Run[]): string {
    const { lang } = words(), format = formats[this.quantity], value = valueOf[this.quantity];
    return runs.map(({ kind, points }) => {
      const [first, last] = [points[0]!, points.at(-1)!];
      const power = this.powerOf(id, points);
      return t(power ? 'cost.summary.fitted' : 'cost.summary.plain', {
        who: t(`cost.who.${kind}`), quantity: t(`cost.quantities.${this.quantity}`), sweep: t(`cost.sweeps.${id}.name`),
        from: String(first.size), to: String(last.size), low: format(value(first), lang), high: format(value(last), lang),
        exponent: power ? formatPower(power.exponent, lang) : '',
      });
    }).join(' ');
  }

  private table(id: SweepId, runs: Run[]) {
    const { lang } = words(), format = formats[this.quantity], value = valueOf[this.quantity];
    return html`<details>
      <summary>${t('cost.table')}<span class="sr">: ${t(`cost.sweeps.${id}.name`)}, ${t(`cost.quantities.${this.quantity}`)}</span></summary>
      <table>
        <thead><tr><th scope="col">${sweeps[id].symbol}</th>${runs.map(({ kind }) => html`<th scope="col">${t(`cost.who.${kind}`)}</th>`)}</tr></thead>
        <tbody>${sweeps[id].sizes.map((size) => html`<tr><th scope="row">${size}</th>
          ${runs.map(({ points }) => {
            const point = points.find((p) => p.size === size);
            return html`<td>${point ? format(value(point), lang) : '–'}</td>`;
          })}</tr>`)}</tbody>
      </table>
    </details>`;
  }
}
define('pg-cost-row', PgCostRow);
