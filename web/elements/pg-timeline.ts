// The steps of a run as a line: drag along it and the stage shows how things were then.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement, t, words } from './base';
import { formatCount } from './format';

/** Of the line, for page up and down. */
const LEAP = 0.1;

export class PgTimeline extends PgElement {
  static override properties = { first: {}, last: {}, step: {}, perEpoch: {}, changes: { attribute: false }, disabled: { type: Boolean }, wanted: { state: true } };
  declare first: number;
  declare last: number;
  /** The step that is shown. */
  declare step: number;
  declare perEpoch: number;
  /** Steps at which settings changed. */
  declare changes: number[];
  declare disabled: boolean;
  /** Where the thumb is held; the stage follows. */
  declare private wanted: number | null;

  constructor() {
    super();
    this.first = this.last = this.step = this.perEpoch = 0;
    this.changes = [];
    this.disabled = false;
    this.wanted = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: max(24px, var(--pg-hit));
        font-variant-numeric: tabular-nums;
      }
      .line {
        position: relative;
        flex: 1;
        min-width: 0;
        display: flex;
        align-items: center;
      }
      input {
        width: 100%;
        height: max(22px, var(--pg-hit));
        margin: 0;
        appearance: none;
        background: none;
        cursor: pointer;
      }
      input:disabled {
        cursor: default;
        opacity: 0.5;
      }
      input::-webkit-slider-runnable-track {
        height: 4px;
        border-radius: 2px;
        background: linear-gradient(to right, var(--pg-accent) var(--done), var(--pg-line) var(--done));
      }
      input::-moz-range-track {
        height: 4px;
        border-radius: 2px;
        background: linear-gradient(to right, var(--pg-accent) var(--done), var(--pg-line) var(--done));
      }
      input::-webkit-slider-thumb {
        appearance: none;
        width: 14px;
        height: 14px;
        margin-top: -5px;
        border: 2px solid var(--pg-accent);
        border-radius: 50%;
        background: var(--pg-raised);
      }
      input::-moz-range-thumb {
        box-sizing: border-box;
        width: 14px;
        height: 14px;
        border: 2px solid var(--pg-accent);
        border-radius: 50%;
        background: var(--pg-raised);
      }
      .line i {
        position: absolute;
        top: calc(50% + 6px);
        width: 2px;
        height: 5px;
        margin-inline-start: -1px;
        background: var(--pg-ink-2);
        pointer-events: none;
      }
      .at {
        min-width: 13ch;
        font-size: 13px;
        color: var(--pg-ink-2);
        white-space: nowrap;
      }
      button {
        min-height: max(24px, var(--pg-hit));
        padding: 0 8px;
        border: 0;
        border-radius: 4px;
        background: none;
        font-size: 13px;
        color: var(--pg-accent);
        white-space: nowrap;
      }
      button:hover {
        background: var(--pg-accent-soft);
      }
    `,
  ];

  private go(step: number): void {
    this.emit('seek', { step: Math.min(this.last, Math.max(this.first, step)) });
  }
  private onInput(event: Event): void {
    this.wanted = +(event.target as HTMLInputElement).value;
    this.go(this.wanted);
  }
  private onChange(event: Event): void {
    event.stopPropagation();
    this.wanted = null;
  }
  private onKey(event: KeyboardEvent): void {
    const leap = Math.max(1, Math.round((this.last - this.first) * LEAP));
    const by = event.key === 'PageUp' ? leap : event.key === 'PageDown' ? -leap : 0;
    if (!by) return;
    event.preventDefault();
    this.go(this.step + by);
  }
  private share(step: number): number {
    return this.last > this.first ? (step - this.first) / (this.last - this.first) : 1;
  }

  protected override render() {
    const { first, last, perEpoch } = this;
    const step = this.wanted ?? this.step;
    const count = (n: number) => formatCount(n, words().lang);
    const says = t('ui.timeline.at', { step: count(step), last: count(last) });
    // The thumb's middle runs from half its width to the width less that half.
    const place = (at: number) => `calc(7px + (100% - 14px) * ${this.share(at)})`;
    return html`<span class="line">
        <input type="range" aria-label=${t('ui.timeline.label')} aria-valuetext=${perEpoch ? `${says}, ${t('ui.timeline.epoch', { epoch: count(Math.floor(step / perEpoch)) })}` : says}
          min=${first} max=${last} step="1" .value=${String(step)} ?disabled=${this.disabled || last <= first} .style=${`--done: ${place(step)}`}
          @input=${this.onInput} @change=${this.onChange} @keydown=${this.onKey} />
        ${this.changes.map((at) => html`<i .style=${`inset-inline-start: ${place(at)}`} title=${t('ui.timeline.change', { step: count(at) })}></i>`)}
      </span>
      ${step < last
        ? html`<span class="at">${says}</span><button type="button" title=${t('ui.timeline.present.help')} @click=${() => this.go(last)}>${t('ui.timeline.present')}</button>`
        : nothing}`;
  }
}
define('pg-timeline', PgTimeline);
