// One thing to say, and what can be done about it.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement } from './base';

export interface NoticeAction {
  id: string;
  label: string;
  primary?: boolean;
}

export class PgNotice extends PgElement {
  static override properties = { kind: { reflect: true }, heading: {}, actions: { attribute: false }, dismissLabel: {} };
  declare kind: 'info' | 'warn' | 'error';
  declare heading: string;
  declare actions: NoticeAction[];
  declare dismissLabel: string;

  constructor() {
    super();
    this.kind = 'info';
    this.heading = '';
    this.actions = [];
    this.dismissLabel = '';
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        gap: 4px 12px;
        align-items: flex-start;
        padding: 10px 14px;
        border: 1px solid var(--tone);
        border-inline-start-width: 4px;
        border-radius: var(--pg-radius);
        background: var(--soft);
        --tone: var(--pg-accent);
        --soft: var(--pg-raised);
      }
      :host([kind='warn']) {
        --tone: var(--pg-warn);
        --soft: var(--pg-warn-soft);
      }
      :host([kind='error']) {
        --tone: var(--pg-error);
        --soft: var(--pg-error-soft);
      }
      .body {
        flex: 1;
        min-width: 0;
      }
      .heading {
        margin: 0;
        font-weight: 600;
      }
      .text {
        line-height: 1.55;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 8px;
      }
      .actions:empty {
        display: none;
      }
      button {
        min-height: max(30px, var(--pg-hit));
        padding: 2px 12px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13.5px;
      }
      button:hover {
        border-color: var(--pg-accent);
      }
      .primary {
        border-color: var(--pg-accent);
        background: var(--pg-accent);
        color: var(--pg-accent-ink);
      }
      .dismiss {
        flex: none;
        min-width: max(28px, var(--pg-hit));
        padding: 0;
        border-color: transparent;
        background: none;
        font-size: 17px;
        line-height: 1;
        color: var(--pg-ink-2);
      }
    `,
  ];

  protected override render() {
    return html`
      <div class="body" role=${this.kind === 'info' ? 'status' : 'alert'}>
        ${this.heading ? html`<p class="heading">${this.heading}</p>` : nothing}
        <div class="text"><slot></slot></div>
        <div class="actions">${this.actions.map((a) => html`<button type="button" class=${a.primary ? 'primary' : ''}
          @click=${() => this.emit('notice-action', { id: a.id })}>${a.label}</button>`)}</div>
      </div>
      ${this.dismissLabel
        ? html`<button class="dismiss" type="button" aria-label=${this.dismissLabel} title=${this.dismissLabel} @click=${() => this.emit('notice-dismiss')}>×</button>`
        : nothing}`;
  }
}
define('pg-notice', PgNotice);
