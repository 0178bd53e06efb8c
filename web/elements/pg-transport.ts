// Run, step, reset; where the run is and how fast it goes.
import { css, html, nothing, svg } from 'lit';
import { baseStyles, define, PgElement, t, words } from './base';
import { formatCompact, formatCount } from './format';
import type { Status } from '../engine/protocol';

const icon = (paths: ReturnType<typeof svg>) => html`<svg viewBox="0 0 16 16" width="14" height="14" fill="currentColor" aria-hidden="true">${paths}</svg>`;
const icons = {
  run: icon(svg`<path d="M4 2v12l10-6z" stroke="currentColor" stroke-linejoin="round"/>`),
  pause: icon(svg`<rect x="3" y="2" width="3.6" height="12" rx=".8"/><rect x="9.4" y="2" width="3.6" height="12" rx=".8"/>`),
  step: icon(svg`<path d="M2.5 2.5v11L10 8z" stroke="currentColor" stroke-linejoin="round"/><rect x="11.6" y="2" width="2" height="12" rx=".6"/>`),
  reset: icon(svg`<path d="M8 2.5a5.5 5.5 0 1 1-5.2 3.7" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/><path d="M8.6 0v5L4.8 2.5z"/>`),
};

export class PgTransport extends PgElement {
  static override properties = {
    running: { type: Boolean },
    status: { attribute: false },
    stepsPerSecond: { type: Number },
    seed: { type: Number },
    seedLabel: {},
    compact: { type: Boolean, reflect: true },
    disabled: { type: Boolean },
  };
  declare running: boolean;
  declare status: Status | null;
  declare stepsPerSecond: number;
  /** NaN: the lab has none. */
  declare seed: number;
  declare seedLabel: string;
  /** The bar of a phone: the three buttons and the slot for one metric. */
  declare compact: boolean;
  declare disabled: boolean;

  constructor() {
    super();
    this.running = false;
    this.status = null;
    this.stepsPerSecond = 0;
    this.seed = NaN;
    this.seedLabel = '';
    this.compact = false;
    this.disabled = false;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        min-width: 0;
        min-height: max(34px, var(--pg-hit));
        font-variant-numeric: tabular-nums;
      }
      button {
        display: inline-flex;
        align-items: center;
        justify-content: center;
        gap: 7px;
        min-height: max(34px, var(--pg-hit));
        padding: 0 12px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        white-space: nowrap;
      }
      button:hover:not(:disabled) {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      .run {
        min-width: 104px;
        border-color: var(--pg-accent);
        background: var(--pg-accent);
        color: var(--pg-accent-ink);
        font-weight: 600;
      }
      .run:hover:not(:disabled) {
        color: var(--pg-accent-ink);
        filter: brightness(1.08);
      }
      .seed {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        margin-inline-start: 6px;
        color: var(--pg-ink-2);
        white-space: nowrap;
      }
      .seed input {
        width: 7ch;
        height: max(30px, var(--pg-hit));
        padding: 0 6px;
        border: 1px solid var(--pg-edge);
        border-radius: 4px;
        background: var(--pg-raised);
        font: inherit;
        color: var(--pg-ink);
      }
      .seed button {
        min-height: max(30px, var(--pg-hit));
        padding: 0 9px;
        font-size: 13px;
      }
      .state {
        padding-inline-start: 8px;
        color: var(--pg-accent);
      }
      .counters {
        display: flex;
        gap: 20px;
        margin: 0 0 0 auto;
        white-space: nowrap;
      }
      .counters div {
        display: flex;
        align-items: baseline;
        gap: 6px;
      }
      dt {
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      dd {
        min-width: 5.5ch;
        margin: 0;
        font-weight: 600;
      }
      dd.speed {
        min-width: 4ch;
        font-weight: 400;
      }
      :host([compact]) {
        gap: 6px;
        min-height: 44px;
      }
      :host([compact]) button {
        min-width: 44px;
        min-height: 44px;
        padding: 0 10px;
      }
      :host([compact]) .run {
        min-width: 88px;
      }
      .metric {
        flex: 1;
        min-width: 0;
        text-align: end;
      }
    `,
  ];

  private act(action: string): void {
    this.emit('transport', { action });
  }
  private onSeed(event: Event): void {
    event.stopPropagation();
    const field = event.target as HTMLInputElement;
    if (/^\d+$/.test(field.value.trim())) this.emit('transport', { action: 'seed', seed: +field.value });
    field.value = String(this.seed);
  }

  protected override render() {
    const { lang } = words();
    const { status } = this;
    const idle = this.disabled || !status;
    const over = status !== null && status.state !== 'ready';
    const finished = status?.state === 'finished';
    const fixed = status !== null && !status.trainable;
    if (fixed) return html`<span>${t('ui.transport.untrained')}</span><slot></slot>`;
    const run = html`<button class="run" type="button" ?disabled=${idle || (over && !finished)} title=${t(finished ? 'ui.transport.again.help' : 'ui.transport.run.help')}
      @click=${() => this.act(finished ? 'again' : this.running ? 'pause' : 'run')}>
      ${this.running ? icons.pause : finished ? icons.reset : icons.run}<span>${t(finished ? 'ui.transport.again' : this.running ? 'ui.transport.pause' : 'ui.transport.run')}</span></button>`;
    const step = html`<button type="button" ?disabled=${idle || over} title=${t('ui.transport.step.help')} aria-label=${this.compact ? t('ui.transport.step') : nothing}
      @click=${() => this.act('step')}>${icons.step}${this.compact ? nothing : html`<span>${t('ui.transport.step')}</span>`}</button>`;
    const reset = html`<button type="button" ?disabled=${idle} title=${t('ui.transport.reset.help')} aria-label=${this.compact ? t('ui.transport.reset') : nothing}
      @click=${() => this.act('reset')}>${icons.reset}${this.compact ? nothing : html`<span>${t('ui.transport.reset')}</span>`}</button>`;
    if (this.compact) return html`${run}${step}${reset}<div class="metric"><slot></slot></div>`;
    return html`${run}${step}
      <button type="button" ?disabled=${idle || over} title=${t('ui.transport.epoch.help')} @click=${() => this.act('epoch')}>${t('ui.transport.epoch')}</button>
      ${reset}
      ${Number.isNaN(this.seed)
        ? nothing
        : html`<span class="seed"><label for="seed">${this.seedLabel}</label>
            <input id="seed" type="text" inputmode="numeric" autocomplete="off" .value=${String(this.seed)} ?disabled=${this.disabled} @change=${this.onSeed} />
            <button type="button" ?disabled=${idle} title=${t('ui.transport.reseed.help')} @click=${() => this.act('seed')}>${t('ui.transport.reseed')}</button></span>`}
      <slot></slot>
      ${finished ? html`<span class="state" role="status">${t('ui.transport.finished')}</span>` : nothing}
      <dl class="counters">
        <div><dt>${t('ui.transport.counter.step')}</dt><dd>${formatCount(status?.step ?? 0, lang)}</dd></div>
        <div><dt>${t('ui.transport.counter.epoch')}</dt><dd>${formatCount(status?.epoch ?? 0, lang)}</dd></div>
        <div><dt>${t('ui.transport.counter.speed')}</dt><dd class="speed">${this.running && this.stepsPerSecond ? formatCompact(this.stepsPerSecond, lang) : '–'}</dd></div>
      </dl>`;
  }
}
define('pg-transport', PgTransport);
