// What one training step costs as the sequence grows, for an LSTM and for self-attention: as the page on cost measures it, there and on
// this device.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { device, planFor } from '../../workbench/cost/device';
import figures from '../../site/cost/figures.json';
import { sweeps, type Point, type SweepId } from '../../workbench/cost/sweeps';
import { fitPower } from '../../workbench/cost/fit';
import type { LabContext } from '../lab-view';
import { chartStyles, logChart, type Line } from '../../elements/log-chart';

const IDS = ['lstm', 'attention'] as const satisfies readonly SweepId[];
const INKS = { lstm: 'var(--pg-run-0)', attention: 'var(--pg-run-3)' };

export class PgRnnTime extends PgElement {
  static override properties = { ctx: { attribute: false }, width: { type: Number } };
  declare ctx: LabContext | null;
  declare width: number;
  private end = () => {};

  constructor() {
    super();
    this.ctx = null;
    this.width = 0;
  }

  static override styles = [
    baseStyles,
    chartStyles,
    css`
      :host {
        display: block;
      }
      p {
        margin: 6px 0 0;
        font-size: 13.5px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      button {
        min-height: var(--pg-hit);
        margin-top: 8px;
        padding: 1px 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: none;
        font-size: 13px;
      }
      button:hover {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.end = device.onchange(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.end();
  }

  private points(id: (typeof IDS)[number]): readonly Point[] {
    const own = device.points[id];
    return own && own.length > 1 ? own : figures.points[id].map((point) => point as Point);
  }
  private measure(): void {
    if (device.state === 'running') device.stop();
    else void device.measure({ ...planFor(null, false), sweeps: IDS });
  }

  protected override render() {
    const { ctx } = this;
    if (!ctx || this.width <= 0) return nothing;
    const { t } = ctx;
    const running = device.state === 'running', own = IDS.every((id) => (device.points[id]?.length ?? 0) > 1);
    const lines: Line[] = IDS.map((id) => ({ label: t(`ui.beside.${id}`), ink: INKS[id], dots: true, points: this.points(id).map(({ size, seconds }) => ({ x: size, y: 1000 * seconds })) }));
    const grows = (id: (typeof IDS)[number]) => {
      const points = this.points(id).filter(({ size }) => size >= sweeps[id].from).map(({ size, seconds }) => ({ x: size, y: seconds }));
      return points.length > 1 ? ctx.num(fitPower(points)!.exponent) : '–';
    };
    return html`${logChart({ lines, width: this.width, label: t('ui.cost.label'), xTitle: t('ui.cost.x'), logX: true })}
      <p>${t(own ? 'ui.cost.own' : 'ui.cost.site', { lstm: grows('lstm'), attention: grows('attention') })}</p>
      <p>${t('ui.cost.serial')}</p>
      <button type="button" @click=${() => this.measure()}>${running ? t('ui.cost.stop', { share: String(Math.round(100 * device.progress)) }) : t('ui.cost.go')}</button>`;
  }
}
define('pg-rnn-time', PgRnnTime);
