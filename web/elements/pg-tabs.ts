// Tabs for narrow screens. The panels belong to whoever uses them: this only says which is chosen.
import { css, html } from 'lit';
import { baseStyles, define, PgElement } from './base';

export interface Tab {
  id: string;
  label: string;
}

export class PgTabs extends PgElement {
  static override properties = { tabs: { attribute: false }, value: {}, label: {} };
  declare tabs: Tab[];
  declare value: string;
  declare label: string;

  constructor() {
    super();
    this.tabs = [];
    this.value = '';
    this.label = '';
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      [role='tablist'] {
        display: flex;
        border-bottom: 1px solid var(--pg-line);
      }
      button {
        flex: 1;
        min-height: 44px;
        padding: 0 6px;
        border: 0;
        border-bottom: 2px solid transparent;
        margin-bottom: -1px;
        background: none;
        font-size: 15px;
        color: var(--pg-ink-2);
        white-space: nowrap;
      }
      [aria-selected='true'] {
        border-color: var(--pg-accent);
        color: var(--pg-ink);
        font-weight: 600;
      }
      button:focus-visible {
        outline-offset: -3px;
      }
    `,
  ];

  private choose(id: string): void {
    if (id === this.value) return;
    this.value = id;
    this.emit('change', { value: id });
  }
  private onKey(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    const at = this.tabs.findIndex((tab) => tab.id === this.value);
    this.choose(this.tabs[(at + by + this.tabs.length) % this.tabs.length]!.id);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[aria-selected=true]')?.focus());
  }

  protected override render() {
    return html`<div role="tablist" aria-label=${this.label} @keydown=${this.onKey}>
      ${this.tabs.map((tab) => html`<button type="button" role="tab" aria-selected=${tab.id === this.value}
        tabindex=${tab.id === this.value ? 0 : -1} @click=${() => this.choose(tab.id)}>${tab.label}</button>`)}
    </div>`;
  }
}
define('pg-tabs', PgTabs);
