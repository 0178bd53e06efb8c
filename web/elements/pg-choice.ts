// One of several: side by side when they are few, pictured tiles when there are pictures, a list otherwise.
import { css, html, nothing, type TemplateResult } from 'lit';
import { badgeStyles, baseStyles, define, fieldStyles } from './base';
import { PgField } from './field';

export interface Choice {
  value: string;
  label: string;
  /** A small picture, decoration only. */
  picture?: TemplateResult;
}

/** As many fit side by side in a column of 288 px. */
const SIDE_BY_SIDE = 4;

export class PgChoice extends PgField {
  static override properties = { value: {}, choices: { attribute: false }, default: {} };
  declare value: string;
  declare choices: Choice[];
  declare default: string;

  constructor() {
    super();
    this.value = '';
    this.choices = [];
    this.default = '';
  }

  static override styles = [
    baseStyles,
    fieldStyles,
    badgeStyles,
    css`
      .group {
        display: flex;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        overflow: hidden;
        background: var(--pg-raised);
      }
      .group button {
        flex: 1 1 auto;
        min-height: max(28px, var(--pg-hit));
        padding: 0 6px;
        border: 0;
        border-inline-start: 1px solid var(--pg-line);
        background: none;
        font-size: 13px;
      }
      .group button:first-child {
        border-inline-start: 0;
      }
      .group button:hover {
        background: var(--pg-accent-soft);
      }
      .group button[aria-checked='true'],
      .group button[aria-checked='true']:hover {
        background: var(--pg-accent);
        color: var(--pg-accent-ink);
      }
      .group button:focus-visible {
        outline-offset: -3px;
      }
      .group [aria-checked='true']:focus-visible {
        outline-color: var(--pg-accent-ink);
      }
      .tiles {
        display: grid;
        grid-template-columns: repeat(5, minmax(0, 1fr));
        gap: 5px;
      }
      .tiles button {
        display: grid;
        justify-items: center;
        align-content: start;
        gap: 2px;
        min-height: 50px;
        padding: 4px 0 3px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 11px;
        line-height: 1.15;
        hyphens: auto;
      }
      @media (pointer: coarse) {
        .tiles {
          grid-template-columns: repeat(auto-fill, minmax(68px, 1fr));
        }
        .tiles button {
          font-size: 13px;
        }
      }
      .tiles button:hover {
        border-color: var(--pg-edge);
      }
      .tiles button[aria-checked='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
        background: var(--pg-accent-soft);
        color: var(--pg-ink);
      }
      select {
        width: 100%;
        height: max(32px, var(--pg-hit));
        padding: 0 28px 0 9px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        appearance: none;
        background: var(--pg-raised);
        font: inherit;
        font-size: 14px;
        color: var(--pg-ink);
        text-overflow: ellipsis;
      }
      .select {
        position: relative;
      }
      .select::after {
        content: '';
        position: absolute;
        inset-inline-end: 12px;
        top: calc(50% - 5px);
        width: 6px;
        height: 6px;
        border: solid var(--pg-ink-2);
        border-width: 0 1.5px 1.5px 0;
        transform: rotate(45deg);
        pointer-events: none;
      }
    `,
  ];

  private choose(value: string): void {
    if (value === this.value) return;
    this.value = value;
    this.emit('change', { value });
  }

  private onKey(event: KeyboardEvent): void {
    const forward = event.key === 'ArrowRight' || event.key === 'ArrowDown';
    if (!forward && event.key !== 'ArrowLeft' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const at = this.choices.findIndex((c) => c.value === this.value);
    const next = (at + (forward ? 1 : -1) + this.choices.length) % this.choices.length;
    this.choose(this.choices[next]!.value);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[aria-checked=true]')?.focus());
  }

  private button = (choice: Choice, index: number): TemplateResult => {
    const chosen = choice.value === this.value;
    const none = !this.choices.some((c) => c.value === this.value);
    return html`<button type="button" role="radio" aria-checked=${chosen} ?disabled=${this.disabled}
      tabindex=${chosen || (none && index === 0) ? 0 : -1} @click=${() => this.choose(choice.value)}>
      ${choice.picture ?? nothing}<span>${choice.label}</span>
    </button>`;
  };

  protected override render() {
    if (this.choices.some((c) => c.picture)) {
      return html`${this.head()}<div class="tiles" role="radiogroup" aria-labelledby="label" @keydown=${this.onKey}>${this.choices.map(this.button)}</div>`;
    }
    const letters = this.choices.reduce((sum, c) => sum + [...c.label].reduce((n, l) => n + (l > '\u2e80' ? 1.8 : 1), 0), 0);
    if (this.choices.length <= SIDE_BY_SIDE && letters + 2 * this.choices.length <= 40) {
      return html`${this.head()}<div class="group" role="radiogroup" aria-labelledby="label" @keydown=${this.onKey}>${this.choices.map(this.button)}</div>`;
    }
    return html`${this.head(nothing, 'select')}
      <div class="select">
        <select id="select" ?disabled=${this.disabled}
          @change=${(event: Event) => {
            event.stopPropagation();
            this.choose((event.target as HTMLSelectElement).value);
          }}>
          ${this.choices.map((c) => html`<option value=${c.value} ?selected=${c.value === this.value} .selected=${c.value === this.value}>${c.label}</option>`)}
        </select>
      </div>`;
  }
}
define('pg-choice', PgChoice);
