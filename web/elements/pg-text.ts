// The reader's own text. Whatever is typed, in whatever script, is only ever shown as text.
import { css, html, type PropertyValues } from 'lit';
import { badgeStyles, baseStyles, define, fieldStyles, t } from './base';
import { PgField } from './field';

/** Wait after the last key before the text acts. */
const PAUSE_MS = 300;

export class PgText extends PgField {
  static override properties = { value: {}, maxLength: { type: Number }, default: {} };
  declare value: string;
  declare maxLength: number;
  declare default: string;
  private timer = 0;
  private composing = false;

  constructor() {
    super();
    this.value = '';
    this.maxLength = 400;
    this.default = '';
  }

  static override styles = [
    baseStyles,
    fieldStyles,
    badgeStyles,
    css`
      textarea {
        display: block;
        width: 100%;
        min-height: 62px;
        padding: 7px 9px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font: inherit;
        font-size: max(14px, 1em);
        line-height: 1.5;
        color: inherit;
        resize: vertical;
        field-sizing: content;
        max-height: 160px;
      }
      @media (pointer: coarse) {
        textarea {
          font-size: 16px;
        }
      }
      .count {
        font-size: 12px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private tell(dragging: boolean): void {
    clearTimeout(this.timer);
    this.emit('change', { value: this.value, dragging });
  }
  private onInput(event: Event): void {
    event.stopPropagation();
    this.value = (event.target as HTMLTextAreaElement).value;
    clearTimeout(this.timer);
    // A Hangul syllable in the making is not yet what the reader means.
    if (!this.composing) this.timer = window.setTimeout(() => this.tell(true), PAUSE_MS);
  }

  protected override updated(changed: PropertyValues): void {
    // Not through the template: it would move the caret while one types.
    const field = this.renderRoot.querySelector('textarea')!;
    if (changed.has('value') && field.value !== this.value) field.value = this.value;
  }

  protected override render() {
    return html`${this.head(html`<span class="count">${t('ui.text.count', { count: [...this.value].length, max: this.maxLength })}</span>`, 'field')}
      <textarea id="field" dir="auto" rows="2" maxlength=${this.maxLength} ?disabled=${this.disabled} spellcheck="false"
        @input=${this.onInput}
        @compositionstart=${() => (this.composing = true)}
        @compositionend=${(event: Event) => {
          this.composing = false;
          this.onInput(event);
        }}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            this.tell(false);
          }
        }}
        @change=${(event: Event) => {
          event.stopPropagation();
          this.tell(false);
        }}></textarea>`;
  }
}
define('pg-text', PgText);
