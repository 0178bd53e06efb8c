// Some of several: chips that stay pressed.
import { css, html } from 'lit';
import { badgeStyles, baseStyles, define, fieldStyles } from './base';
import { PgField } from './field';
import type { Choice } from './pg-choice';

export class PgChecks extends PgField {
  static override properties = { value: { attribute: false }, choices: { attribute: false }, default: { attribute: false }, min: { type: Number } };
  declare value: string[];
  declare choices: Choice[];
  declare default: string[];
  /** Fewest that stay chosen. */
  declare min: number;

  constructor() {
    super();
    this.value = [];
    this.choices = [];
    this.default = [];
    this.min = 0;
  }

  static override styles = [
    baseStyles,
    fieldStyles,
    badgeStyles,
    css`
      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: 5px;
      }
      button.chip {
        min-width: 40px;
        min-height: max(28px, var(--pg-hit));
        padding: 0 9px;
        border: 1px solid var(--pg-edge);
        border-radius: 14px;
        background: var(--pg-raised);
        font-size: 13px;
      }
      .chip:hover {
        border-color: var(--pg-accent);
      }
      .chip[aria-pressed='true'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent);
        color: var(--pg-accent-ink);
      }
      .chip[aria-disabled='true'] {
        cursor: default;
      }
    `,
  ];

  private toggle(value: string): void {
    const on = new Set(this.value);
    if (on.has(value)) {
      if (on.size <= this.min) return;
      on.delete(value);
    } else on.add(value);
    // The order is the table's, so that the same choice has one spelling.
    this.value = this.choices.map((c) => c.value).filter((v) => on.has(v));
    this.emit('change', { value: this.value });
  }

  protected override render() {
    const last = this.value.length <= this.min;
    return html`${this.head()}
      <div class="chips" role="group" aria-labelledby="label">
        ${this.choices.map((c) => {
          const on = this.value.includes(c.value);
          return html`<button class="chip" type="button" aria-pressed=${on} aria-disabled=${on && last} ?disabled=${this.disabled}
            @click=${() => this.toggle(c.value)}>${c.label}</button>`;
        })}
      </div>`;
  }
}
define('pg-checks', PgChecks);
