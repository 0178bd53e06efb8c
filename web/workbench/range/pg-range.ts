// Learning-rate range test: one short training in a worker of its own, the rate growing all the while.
import { css, html, nothing, svg } from 'lit';
import { baseStyles, define, PgElement, t } from '../../elements/base';
import { token } from '../../elements/color';
import { formatInput, formatNumber } from '../../elements/format';
import type { Bench } from '../bench';
import { plot } from '../runs/plot';
import { advise, measure, rates, STEPS, type Range } from './range';
import '../../elements/pg-progress';

export class PgRange extends PgElement {
  static override properties = { bench: { attribute: false }, tick: { attribute: false }, arg: {}, range: { state: true }, busy: { state: true }, failed: { state: true } };
  declare bench: Bench;
  declare tick: number;
  declare arg: string;
  declare private range: Range | null;
  declare private busy: boolean;
  declare private failed: boolean;
  private stop: AbortController | null = null;
  private endTheme = () => {};

  constructor() {
    super();
    this.range = null;
    this.busy = this.failed = false;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 14px;
      }
      p {
        max-width: 68ch;
        margin: 0;
        line-height: 1.6;
        color: var(--pg-ink-2);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 10px 16px;
      }
      button {
        min-height: max(34px, var(--pg-hit));
        padding: 0 12px;
        border: 1px solid var(--pg-accent);
        border-radius: var(--pg-radius);
        background: var(--pg-accent);
        color: var(--pg-accent-ink);
        font-weight: 600;
      }
      svg {
        display: block;
        width: 100%;
        max-width: 760px;
        height: auto;
        font-size: 12px;
        font-variant-numeric: tabular-nums;
      }
      .tick {
        fill: var(--pg-ink-2);
      }
      .grid {
        stroke: var(--pg-line);
      }
      .band {
        fill: var(--pg-accent-soft);
      }
      .pick {
        stroke: var(--pg-accent);
        stroke-width: 1.5;
        stroke-dasharray: 4 3;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.endTheme = this.surroundings.onTheme(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.endTheme();
    this.stop?.abort();
  }

  private get possible(): boolean {
    const row = this.bench.schema.params.find((def) => def.key === 'lr');
    return row?.apply === 'live' && (this.bench.run.status?.trainable ?? false);
  }

  private async begin(): Promise<void> {
    const { bench } = this;
    const row = bench.schema.params.find((def) => def.key === 'lr')!;
    const stop = (this.stop = new AbortController());
    this.busy = true;
    this.failed = false;
    this.range = null;
    await bench.run.pause();
    const client = bench.newClient();
    let drawn = 0;
    try {
      this.range = await measure(client, bench.lab, bench.spec.params, rates(row.min!, row.max!), (range) => {
        const now = performance.now();
        if (now - drawn < 100) return;
        drawn = now;
        this.range = { lr: [...range.lr], loss: [...range.loss] };
      }, stop.signal);
    } catch {
      this.failed = true;
    }
    client.dispose();
    this.busy = false;
  }

  private chart(range: Range) {
    const { lang } = this.bench;
    const first = range.loss[0] ?? 1;
    const cap = Math.max(2 * first, Math.min(...range.loss) * 2);
    const p = plot([{ label: '', color: token('--pg-accent'), x: range.lr, y: range.loss.map((v) => Math.min(v, cap)) }], { width: 620, height: 250, logX: true, margin: 20, format: (v) => formatNumber(v, lang, 2) });
    const at = (lr: number) => {
      const [lo, hi] = [Math.log10(range.lr[0]!), Math.log10(range.lr.at(-1)!)];
      return p.box.left + ((Math.log10(lr) - lo) / (hi - lo || 1)) * (p.box.right - p.box.left);
    };
    const advice = this.busy ? null : advise(range);
    return html`<figure style="margin:0"><svg viewBox="0 0 ${p.width} ${p.height}" role="img" aria-label=${t('bench.range.chart')}>
      ${advice ? svg`<rect class="band" x=${at(advice.from)} y=${p.box.top} width=${Math.max(2, at(advice.to) - at(advice.from))} height=${p.box.bottom - p.box.top} />` : nothing}
      ${p.yTicks.map((tick) => svg`<path class="grid" d="M${p.box.left} ${tick.at}H${p.box.right}" /><text class="tick" x=${p.box.left - 6} y=${tick.at + 4} text-anchor="end">${tick.text}</text>`)}
      ${p.xTicks.map((tick) => svg`<text class="tick" x=${tick.at} y=${p.box.bottom + 16} text-anchor="middle">${tick.text}</text>`)}
      ${p.lines.map((line) => svg`<path d=${line.d} fill="none" stroke=${line.color} stroke-width="2" />`)}
      ${advice ? svg`<path class="pick" d="M${at(advice.lr)} ${p.box.top}V${p.box.bottom}" />` : nothing}
    </svg></figure>`;
  }

  protected override render() {
    const { bench, range, busy } = this;
    if (!this.possible) return html`<p>${t('bench.range.none')}</p>`;
    const advice = range && !busy ? advise(range) : null;
    const num = (v: number) => formatInput(Number(v.toPrecision(2)));
    return html`
      <p>${t('bench.range.what')}</p>
      <div class="row">
        ${busy
          ? html`<button type="button" @click=${() => this.stop?.abort()}>${t('bench.range.stop')}</button><pg-progress .label=${t('bench.range.progress')} .loaded=${range?.lr.length ?? 0} .total=${STEPS}></pg-progress>`
          : html`<button type="button" @click=${this.begin}>${t('bench.range.start')}</button>`}
      </div>
      ${range && range.lr.length > 1 ? this.chart(range) : nothing}
      <p role="status">${this.failed ? t('ui.failed.broken') : !range || busy ? '' : advice ? t('bench.range.advice', { from: num(advice.from), to: num(advice.to), lr: num(advice.lr) }) : t('bench.range.flat')}</p>
      ${advice ? html`<div class="row"><button type="button" @click=${() => bench.set({ lr: advice.lr })}>${t('bench.range.adopt', { lr: num(advice.lr) })}</button></div>` : nothing}`;
  }
}
define('pg-range', PgRange);
