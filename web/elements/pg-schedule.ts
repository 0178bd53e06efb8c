// <pg-schedule>: the learning rate over the steps of a run, as the engine will set it, and where the run stands now.
import { css, html, nothing, svg } from 'lit';
import type { Params } from '../engine/protocol';
import { baseStyles, define, PgElement, t, words } from './base';
import { formatNumber } from './format';

/** Learning rates at so many points, evenly over the steps from 0 on. */
export type ReadSchedule = (until: number, points: number) => Promise<ArrayLike<number>>;

const POINTS = 121;
/** Of the drawing. */
const WIDTH = 240, HEIGHT = 56, AIR = 4;

/** A last step that shows all that the schedule does, and has room for the run so far. */
export function horizon(params: Params, step: number): number {
  const warm = 3 * Number(params['warmup_steps']);
  const spans: Record<string, number> = { step: 5 * Number(params['step_size']), exponential: 5 * Number(params['step_size']), cosine: Number(params['T_max']) };
  let until = Math.max(100, warm, spans[String(params['schedule'])] ?? 0);
  while (until < step) until *= 2;
  return until;
}

export class PgSchedule extends PgElement {
  static override properties = { read: { attribute: false }, params: { attribute: false }, step: { type: Number }, lr: { type: Number }, rates: { state: true } };
  declare read: ReadSchedule | null;
  declare params: Params;
  declare step: number;
  /** Of the next step. */
  declare lr: number;
  declare private rates: ArrayLike<number>;
  private until = 0;
  /** What `rates` were read for. */
  private asked = '';

  constructor() {
    super();
    this.read = null;
    this.params = {};
    this.step = 0;
    this.lr = 0;
    this.rates = [];
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        margin: 2px 0 6px;
      }
      svg {
        display: block;
        width: 100%;
        height: 56px;
        overflow: visible;
      }
      path {
        fill: none;
        stroke: var(--pg-ink-2);
        stroke-width: 1.5;
        vector-effect: non-scaling-stroke;
      }
      line {
        stroke: var(--pg-line);
        vector-effect: non-scaling-stroke;
      }
      .now {
        stroke: var(--pg-accent);
      }
      p {
        display: flex;
        justify-content: space-between;
        margin: 2px 0 0;
        font-size: 12px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  protected override updated(): void {
    const until = horizon(this.params, this.step);
    const { lr, schedule, warmup_steps, step_size, gamma, T_max, eta_min } = this.params;
    const asked = JSON.stringify([until, lr, schedule, warmup_steps, step_size, gamma, T_max, eta_min]);
    if (asked === this.asked || !this.read) return;
    this.asked = asked;
    this.read(until, POINTS).then(
      (rates) => {
        if (asked !== this.asked) return;
        this.until = until;
        this.rates = rates;
      },
      // The run is gone or being made anew: what is drawn is asked for again.
      () => (this.asked = ''),
    );
  }

  protected override render() {
    const { rates, until } = this, { lang } = words();
    if (!rates.length) return nothing;
    const top = Math.max(...Array.from(rates), Number.MIN_VALUE);
    const x = (step: number) => (step / until) * WIDTH, y = (rate: number) => HEIGHT - AIR - (rate / top) * (HEIGHT - 2 * AIR);
    const path = Array.from(rates, (rate, i) => `${i ? 'L' : 'M'}${x((i * until) / (rates.length - 1)).toFixed(1)} ${y(rate).toFixed(1)}`).join('');
    const now = Math.min(this.step, until);
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${t('ui.schedule.label', { until, top: formatNumber(top, lang), step: this.step, lr: formatNumber(this.lr, lang) })}>
        <line x1="0" x2=${WIDTH} y1=${HEIGHT - AIR} y2=${HEIGHT - AIR} /><path d=${path} />
        ${svg`<line class="now" x1=${x(now)} x2=${x(now)} y1="0" y2=${HEIGHT} />`}
      </svg>
      <p aria-hidden="true"><span>${t('ui.schedule.now', { lr: formatNumber(this.lr, lang) })}</span><span>${t('ui.schedule.until', { until })}</span></p>`;
  }
}
define('pg-schedule', PgSchedule);
