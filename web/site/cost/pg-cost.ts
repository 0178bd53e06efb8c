// The stage of the page: the measurement on the reader's device, and the two rows of charts.
import { html, unsafeCSS } from 'lit';
import { PgElement, baseStyles, define, t, words } from '../../elements/base';
import { formatFixed } from '../../elements/format';
import '../../elements/pg-notice';
import { hasSimd } from '../simd';
import type { Stage } from '../prose';
import type { Quantity } from './chart';
import css from './cost.css?inline';
import { device, planFor } from '../../workbench/cost/device';
import { NOISY, noiseOf, type Plan } from '../../workbench/cost/measure';
import { figures } from './pg-cost-row';
import { sweepIds, type SweepId } from '../../workbench/cost/sweeps';

const simd = hasSimd();
const isSweep = (text: string): text is SweepId => (sweepIds as readonly string[]).includes(text);

export class PgCost extends PgElement implements Stage {
  static override properties = { marked: { state: true } };
  static override styles = [baseStyles, unsafeCSS(css)];

  declare private marked: SweepId | '';
  private endDevice = () => {};
  private shown = 0;

  constructor() {
    super();
    this.marked = '';
  }
  override connectedCallback(): void {
    super.connectedCallback();
    this.endDevice = device.onchange(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.endDevice();
    device.stop();
  }

  /** `?quick`: one short round, for tests. */
  private plan(only: SweepId | null): Plan {
    return planFor(only, new URLSearchParams(location.search).has('quick'));
  }

  /** Measures, and gives what was found. The benchmark asks for a plan of its own. */
  async measure(plan: Plan = this.plan(null)) {
    await device.measure(plan);
    return { state: device.state, reason: device.reason, points: device.points };
  }

  /** `try:attention` measures that sweep here; `show:attention` points at it. */
  async perform(act: string): Promise<void> {
    const [verb, sweep] = act.split(':') as [string, string];
    if (!isSweep(sweep)) return;
    this.show(sweep);
    if (verb === 'try' && simd) await this.measure(this.plan(sweep));
  }
  addressOf = (): string => '#stage';

  private show(sweep: SweepId): void {
    this.marked = sweep;
    clearTimeout(this.shown);
    this.shown = window.setTimeout(() => (this.marked = ''), 4000);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.scrollIntoView({ block: 'start', behavior: still ? 'instant' : 'smooth' });
  }

  protected override render() {
    return html`
      <header>
        <h1>${t('cost.title')}</h1>
        <p class="lead">${t('cost.lead')}</p>
      </header>
      ${simd ? this.bar() : html`<pg-notice heading=${t('ui.nosimd.heading')}>${t('cost.nosimd')}</pg-notice>`}
      ${this.row('time')} ${this.row('memory')}
    `;
  }

  private bar() {
    const running = device.state === 'running';
    return html`
      <div class="bar">
        ${running
          ? html`<button @click=${() => device.stop()}>${t('cost.stop')}</button>
              <progress max="1" .value=${device.progress} aria-label=${t('cost.progress')}></progress>`
          : html`<button class="primary" @click=${() => void this.measure()}>${t(device.state === 'idle' ? 'cost.measure' : 'cost.again')}</button>`}
        <p class="state" role="status">${this.state()}</p>
        <p class="source"><span class="dot"></span>${t('cost.source', {
          cores: figures.cores, chromium: figures.chromium.split('.')[0]!, date: new Date(figures.date).toLocaleDateString(words().lang, { dateStyle: 'medium', timeZone: 'UTC' }),
        })}</p>
      </div>
    `;
  }

  private state(): string {
    switch (device.state) {
      case 'idle': return t('cost.states.idle');
      case 'running': return t('cost.states.running', { sweep: t(`cost.sweeps.${device.current!}.name`) });
      case 'failed': return t('cost.states.failed', { reason: device.reason });
      case 'stopped': return t('cost.states.stopped');
      case 'done': {
        const noise = noiseOf(sweepIds.flatMap((id) => device.points[id] ?? []));
        return noise > NOISY ? t('cost.states.noisy', { percent: Math.round(100 * (noise - 1)) }) : t('cost.states.done', { percent: formatFixed(100 * (noise - 1), words().lang, 1) });
      }
    }
  }

  private row(quantity: Quantity) {
    return html`<section class="row">
      <h2>${t(`cost.quantities.${quantity}`)}</h2>
      <p class="how">${t(`cost.how.${quantity}`)}</p>
      <pg-cost-row .quantity=${quantity} .marked=${this.marked}></pg-cost-row>
    </section>`;
  }
}
define('pg-cost', PgCost);
