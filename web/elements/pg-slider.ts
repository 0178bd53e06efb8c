// A number: a track to drag, a field to type in. The track's stops come from scale.ts.
import { css, html, nothing, type PropertyValues } from 'lit';
import { badgeStyles, baseStyles, define, fieldStyles, t, words } from './base';
import { PgField } from './field';
import { formatInput, formatNumber, parseNumber } from './format';
import { makeScale, type Scale } from './scale';

export class PgSlider extends PgField {
  static override properties = {
    value: { type: Number },
    min: { type: Number },
    max: { type: Number },
    step: { type: Number },
    scale: {},
    integer: { type: Boolean },
    default: { type: Number },
    marks: { attribute: false },
    unit: {},
    wrong: { state: true },
  };
  declare value: number;
  declare min: number;
  declare max: number;
  declare step: number;
  declare scale: 'linear' | 'log';
  declare integer: boolean;
  declare default: number;
  declare marks: number[];
  declare unit: string;
  declare private wrong: boolean;
  private stops: Scale | null = null;
  private dragging = false;

  constructor() {
    super();
    this.value = 0;
    this.min = 0;
    this.max = 1;
    this.step = 0;
    this.scale = 'linear';
    this.integer = false;
    this.default = NaN;
    this.marks = [];
    this.unit = '';
    this.wrong = false;
  }

  static override styles = [
    baseStyles,
    fieldStyles,
    badgeStyles,
    css`
      .value {
        display: inline-flex;
        align-items: baseline;
        gap: 3px;
        color: var(--pg-ink-2);
        font-size: 13px;
      }
      .value input {
        width: 9ch;
        height: 24px;
        padding: 0 5px;
        border: 1px solid transparent;
        border-radius: 4px;
        background: none;
        font: inherit;
        font-size: 14px;
        font-variant-numeric: tabular-nums;
        text-align: end;
        color: var(--pg-ink);
      }
      .value input:hover {
        border-color: var(--pg-line);
      }
      .value input:focus {
        border-color: var(--pg-edge);
        background: var(--pg-raised);
      }
      .value input.changed {
        color: var(--pg-accent);
        font-weight: 600;
      }
      .value input[aria-invalid='true'] {
        border-color: var(--pg-error);
      }
      .track {
        position: relative;
        height: max(22px, calc(var(--pg-hit) - 10px));
        margin: 0 2px;
        touch-action: pan-y;
      }
      .rail {
        position: absolute;
        inset: calc(50% - 1.5px) 0 auto;
        height: 3px;
        border-radius: 2px;
        background: var(--pg-edge);
        opacity: 0.55;
      }
      .fill {
        position: absolute;
        left: 0;
        top: calc(50% - 1.5px);
        height: 3px;
        border-radius: 2px;
        background: var(--pg-accent);
      }
      .tick {
        position: absolute;
        top: calc(50% - 6px);
        width: 2px;
        height: 12px;
        margin-left: -1px;
        border-radius: 1px;
        background: var(--pg-edge);
      }
      .mark {
        position: absolute;
        top: calc(50% + 7px);
        width: 0;
        height: 0;
        margin-left: -4px;
        border: 4px solid transparent;
        border-top: 0;
        border-bottom: 5px solid var(--pg-accent);
      }
      input[type='range'] {
        position: absolute;
        inset: 0 -8px;
        width: calc(100% + 16px);
        height: 100%;
        margin: 0;
        background: none;
        appearance: none;
        cursor: pointer;
      }
      input[type='range']:focus-visible {
        outline: none;
      }
      input[type='range']::-webkit-slider-thumb {
        appearance: none;
        width: 16px;
        height: 16px;
        border: 2px solid var(--pg-accent);
        border-radius: 50%;
        background: var(--pg-raised);
      }
      input[type='range']::-moz-range-thumb {
        width: 12px;
        height: 12px;
        border: 2px solid var(--pg-accent);
        border-radius: 50%;
        background: var(--pg-raised);
      }
      @media (pointer: coarse) {
        input[type='range']::-webkit-slider-thumb {
          width: 24px;
          height: 24px;
        }
        input[type='range']::-moz-range-thumb {
          width: 20px;
          height: 20px;
        }
        input[type='range'] {
          inset: 0 -12px;
          width: calc(100% + 24px);
        }
        .value input {
          height: 44px;
          font-size: 16px;
        }
      }
      input[type='range']:focus-visible::-webkit-slider-thumb {
        outline: 2px solid var(--pg-accent);
        outline-offset: 2px;
      }
      input[type='range']:focus-visible::-moz-range-thumb {
        outline: 2px solid var(--pg-accent);
        outline-offset: 2px;
      }
      input[type='range']:active::-webkit-slider-thumb {
        background: var(--pg-accent);
      }
      .error {
        margin: 0;
        font-size: 12.5px;
        color: var(--pg-error);
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues): void {
    if (!this.stops || ['min', 'max', 'step', 'scale', 'integer'].some((key) => changed.has(key))) {
      this.stops = makeScale(this);
    }
  }

  private change(value: number, dragging: boolean): void {
    const next = this.stops!.clamp(value);
    this.wrong = false;
    if (next === this.value && dragging) return;
    this.value = next;
    this.emit('change', { value: next, dragging });
  }

  private onInput(event: Event): void {
    event.stopPropagation();
    this.dragging = true;
    this.change(this.stops!.at(+(event.target as HTMLInputElement).value), true);
  }
  private onChange(event: Event): void {
    event.stopPropagation();
    if (this.dragging) this.change(this.value, false);
    this.dragging = false;
  }

  private onKey(event: KeyboardEvent): void {
    const stops = this.stops!;
    const target: Record<string, () => number> = {
      ArrowRight: () => stops.next(this.value, 1),
      ArrowUp: () => stops.next(this.value, 1),
      ArrowLeft: () => stops.next(this.value, -1),
      ArrowDown: () => stops.next(this.value, -1),
      PageUp: () => stops.next(this.value, 1, true),
      PageDown: () => stops.next(this.value, -1, true),
      Home: () => stops.stops[0]!,
      End: () => stops.stops[stops.stops.length - 1]!,
    };
    const move = target[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.change(move(), false);
  }

  private onType(event: Event): void {
    event.stopPropagation();
    const field = event.target as HTMLInputElement;
    const value = parseNumber(field.value);
    if (Number.isNaN(value)) {
      this.wrong = true;
      return;
    }
    this.change(value, false);
    field.value = formatInput(this.value);
  }
  private onTypeKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    this.change(this.stops!.next(this.value, event.key === 'ArrowUp' ? 1 : -1), false);
  }

  protected override render() {
    const place = this.stops!.position(this.value);
    const percent = (p: number) => `${(100 * p).toFixed(3)}%`;
    const shown = formatNumber(this.value, words().lang);
    const unlike = Number.isFinite(this.default) && this.value !== this.default;
    return html`
      ${this.head(
        html`<span class="value">
          <input class=${unlike ? 'changed' : ''} type="text" inputmode="decimal" autocomplete="off" spellcheck="false"
            aria-label=${this.label} aria-invalid=${this.wrong} .value=${formatInput(this.value)} ?disabled=${this.disabled}
            title=${Number.isFinite(this.default) ? t('ui.slider.default', { value: formatInput(this.default) }) : nothing}
            @change=${this.onType} @keydown=${this.onTypeKey} @focus=${(e: Event) => (e.target as HTMLInputElement).select()} />
          ${this.unit ? html`<span>${this.unit}</span>` : nothing}
        </span>`,
      )}
      <div class="track" part="track">
        <span class="rail"></span>
        <span class="fill" .style=${`width:${percent(place)}`}></span>
        ${Number.isFinite(this.default) ? html`<span class="tick" .style=${`left:${percent(this.stops!.position(this.default))}`}></span>` : nothing}
        ${this.marks.map((m) => html`<span class="mark" title=${t('ui.slider.mark', { value: formatInput(m) })} .style=${`left:${percent(this.stops!.position(m))}`}></span>`)}
        <input type="range" min="0" max="1" step="any" .value=${String(place)} ?disabled=${this.disabled}
          aria-label=${this.label} aria-valuetext=${this.unit ? `${shown} ${this.unit}` : shown}
          @input=${this.onInput} @change=${this.onChange} @keydown=${this.onKey} />
      </div>
      ${this.wrong ? html`<p class="error" role="alert">${t('ui.slider.wrong', { min: formatInput(this.min), max: formatInput(this.max) })}</p>` : nothing}
    `;
  }
}
define('pg-slider', PgSlider);
