// On or off.
import { css, html } from 'lit';
import { badgeStyles, baseStyles, define, fieldStyles } from './base';
import { PgField } from './field';

export class PgSwitch extends PgField {
  static override properties = { value: { type: Boolean }, default: { type: Boolean } };
  declare value: boolean;
  declare default: boolean;

  constructor() {
    super();
    this.value = false;
    this.default = false;
  }

  static override styles = [
    baseStyles,
    fieldStyles,
    badgeStyles,
    css`
      .switch {
        position: relative;
        flex: none;
        width: 38px;
        height: 22px;
        padding: 0;
        border: 1px solid var(--pg-edge);
        border-radius: 11px;
        background: var(--pg-raised);
        align-self: center;
        transition: background var(--pg-ease);
      }
      .switch::before {
        content: '';
        position: absolute;
        top: 3px;
        left: 3px;
        width: 14px;
        height: 14px;
        border-radius: 50%;
        background: var(--pg-edge);
        transition: transform var(--pg-ease);
      }
      .switch::after {
        content: '';
        position: absolute;
        inset: calc((22px - var(--pg-hit)) / 2) -4px;
      }
      .switch[aria-checked='true'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent);
      }
      .switch[aria-checked='true']::before {
        transform: translateX(16px);
        background: var(--pg-accent-ink);
      }
    `,
  ];

  private toggle(): void {
    this.value = !this.value;
    this.emit('change', { value: this.value });
  }

  protected override render() {
    return this.head(html`<button class="switch" type="button" role="switch" aria-checked=${this.value}
      aria-labelledby="label" ?disabled=${this.disabled} @click=${this.toggle}></button>`);
  }
}
define('pg-switch', PgSwitch);
