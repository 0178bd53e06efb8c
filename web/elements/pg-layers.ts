// A list of whole numbers: the units of each hidden layer.
import { css, html } from 'lit';
import { badgeStyles, baseStyles, define, fieldStyles, t } from './base';
import { PgField } from './field';

export class PgLayers extends PgField {
  static override properties = {
    value: { attribute: false },
    default: { attribute: false },
    min: { type: Number },
    max: { type: Number },
    minLength: { type: Number },
    maxLength: { type: Number },
  };
  declare value: number[];
  declare default: number[];
  declare min: number;
  declare max: number;
  declare minLength: number;
  declare maxLength: number;

  constructor() {
    super();
    this.value = [];
    this.default = [];
    this.min = 1;
    this.max = 64;
    this.minLength = 0;
    this.maxLength = 6;
  }

  static override styles = [
    baseStyles,
    fieldStyles,
    badgeStyles,
    css`
      .count {
        display: inline-flex;
        align-items: center;
        gap: 2px;
      }
      .small {
        width: max(26px, calc(var(--pg-hit) - 4px));
        height: max(26px, calc(var(--pg-hit) - 4px));
        padding: 0;
        border: 1px solid var(--pg-edge);
        border-radius: 4px;
        background: var(--pg-raised);
        line-height: 1;
      }
      .small:hover:not(:disabled) {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      .number {
        min-width: 2ch;
        text-align: center;
        font-variant-numeric: tabular-nums;
      }
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(74px, 1fr));
        gap: 6px;
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        align-items: stretch;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        overflow: hidden;
      }
      li button {
        flex: none;
        width: max(22px, calc(var(--pg-hit) - 8px));
        min-height: max(28px, var(--pg-hit));
        padding: 0;
        border: 0;
        background: none;
        color: var(--pg-ink-2);
      }
      li button:hover:not(:disabled) {
        color: var(--pg-accent);
        background: var(--pg-accent-soft);
      }
      li input {
        flex: 1;
        min-width: 0;
        padding: 0;
        border: 0;
        background: none;
        font: inherit;
        text-align: center;
        font-variant-numeric: tabular-nums;
        color: inherit;
      }
      li :focus-visible {
        outline-offset: -2px;
      }
      @media (pointer: coarse) {
        ol {
          grid-template-columns: repeat(auto-fill, minmax(118px, 1fr));
        }
        li input {
          font-size: 16px;
        }
      }
      .none {
        margin: 2px 0 0;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
    `,
  ];

  private set(value: number[]): void {
    this.value = value;
    this.emit('change', { value });
  }
  private resize(by: 1 | -1): void {
    const copy = [...this.value];
    if (by < 0) copy.pop();
    else copy.push(copy[copy.length - 1] ?? Math.min(8, this.max));
    this.set(copy);
  }
  private units(index: number, units: number): void {
    const clean = Math.min(this.max, Math.max(this.min, Math.round(units)));
    if (clean === this.value[index]) return;
    this.set(this.value.map((u, i) => (i === index ? clean : u)));
  }

  protected override render() {
    const n = this.value.length;
    return html`${this.head(html`
        <span class="count">
          <button class="small" type="button" aria-label=${t('ui.layers.remove')} title=${t('ui.layers.remove')}
            ?disabled=${this.disabled || n <= this.minLength} @click=${() => this.resize(-1)}>−</button>
          <span class="number">${n}</span>
          <button class="small" type="button" aria-label=${t('ui.layers.add')} title=${t('ui.layers.add')}
            ?disabled=${this.disabled || n >= this.maxLength} @click=${() => this.resize(1)}>+</button>
        </span>`)}
      ${n === 0
        ? html`<p class="none">${t('ui.layers.none')}</p>`
        : html`<ol aria-labelledby="label">
            ${this.value.map(
              (units, i) => html`<li>
                <button type="button" aria-label=${t('ui.layers.fewer', { layer: i + 1 })} ?disabled=${this.disabled || units <= this.min} @click=${() => this.units(i, units - 1)}>−</button>
                <input type="text" inputmode="numeric" aria-label=${t('ui.layers.units', { layer: i + 1 })} .value=${String(units)} ?disabled=${this.disabled}
                  @change=${(event: Event) => {
                    event.stopPropagation();
                    const field = event.target as HTMLInputElement;
                    if (/^\d+$/.test(field.value.trim())) this.units(i, +field.value);
                    field.value = String(this.value[i]);
                  }}
                  @keydown=${(event: KeyboardEvent) => {
                    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
                      event.preventDefault();
                      this.units(i, units + (event.key === 'ArrowUp' ? 1 : -1));
                    }
                  }} />
                <button type="button" aria-label=${t('ui.layers.more', { layer: i + 1 })} ?disabled=${this.disabled || units >= this.max} @click=${() => this.units(i, units + 1)}>+</button>
              </li>`,
            )}
          </ol>`}`;
  }
}
define('pg-layers', PgLayers);
