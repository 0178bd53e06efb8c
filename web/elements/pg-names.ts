// One name out of a list for each entry of another list: the activation of each hidden layer. Empty: the common one.
import { css, html } from 'lit';
import { badgeStyles, baseStyles, define, fieldStyles, t } from './base';
import { PgField } from './field';
import type { Choice } from './pg-choice';

export class PgNames extends PgField {
  static override properties = { value: { attribute: false }, choices: { attribute: false }, common: {}, count: { type: Number } };
  declare value: string[];
  declare choices: Choice[];
  /** What an empty entry stands for, in words. */
  declare common: string;
  /** Entries shown; those beyond are kept. */
  declare count: number;

  constructor() {
    super();
    this.value = [];
    this.choices = [];
    this.common = '';
    this.count = 0;
  }

  static override styles = [
    baseStyles,
    fieldStyles,
    badgeStyles,
    css`
      ol {
        display: grid;
        gap: 4px;
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: minmax(56px, auto) 1fr;
        align-items: center;
        gap: 8px;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      select {
        min-width: 0;
        height: max(28px, var(--pg-hit));
        padding: 0 6px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font: inherit;
        color: var(--pg-ink);
        text-overflow: ellipsis;
      }
      @media (pointer: coarse) {
        select {
          font-size: 16px;
        }
      }
    `,
  ];

  private choose(index: number, name: string): void {
    const value = Array.from({ length: Math.max(this.value.length, index + 1) }, (_, i) => (i === index ? name : (this.value[i] ?? '')));
    while (value.at(-1) === '') value.pop(); // as the engine spells it
    this.value = value;
    this.emit('change', { value });
  }

  protected override render() {
    return html`${this.head()}
      <ol aria-labelledby="label">
        ${Array.from({ length: this.count }, (_, i) => {
          const own = this.value[i] ?? '';
          return html`<li>
            <span aria-hidden="true">${t('ui.names.row', { layer: i + 1 })}</span>
            <select aria-label=${t('ui.names.entry', { label: this.label, layer: i + 1 })} ?disabled=${this.disabled}
              @change=${(event: Event) => {
                event.stopPropagation();
                this.choose(i, (event.target as HTMLSelectElement).value);
              }}>
              <option value="" .selected=${own === ''}>${t('ui.names.common', { name: this.common })}</option>
              ${this.choices.map((choice) => html`<option value=${choice.value} .selected=${choice.value === own}>${choice.label}</option>`)}
            </select>
          </li>`;
        })}
      </ol>`;
  }
}
define('pg-names', PgNames);
