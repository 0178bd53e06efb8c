// What all elements share: safe definition, the words of the interface, the look of fields.
import { LitElement, css } from 'lit';
import { pageScope, scope, scopeOf, type Scope, type Translate, type Words } from './scope';

export type { Translate, Words };

/** Sets the words that elements use of their own (badges, labels of buttons); all elements of these surroundings follow. */
export function setWords(words: Words, of: Scope = pageScope): void {
  of.words = words;
}
export const words = (): Words => scope().words;
/** Text by its whole key. */
export const t: Translate = (key, vars) => scope().words.t(key, vars);

/** Defines a tag once, however often its module is loaded. */
export function define(tag: string, element: CustomElementConstructor): void {
  if (!customElements.get(tag)) customElements.define(tag, element);
}

export class PgElement extends LitElement {
  /** Whose words and colours it uses: found anew wherever it is put. */
  protected surroundings: Scope = pageScope;

  override connectedCallback(): void {
    this.surroundings = scopeOf(this);
    super.connectedCallback();
    this.surroundings.join(this);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.surroundings.leave(this);
  }
  protected override performUpdate(): void {
    this.surroundings.run(() => super.performUpdate());
  }
  /** Tells the parent; crosses shadow boundaries. */
  protected emit(type: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

export const baseStyles = css`
  :host {
    box-sizing: border-box;
    font-family: var(--pg-font);
    font-size: 14px;
    line-height: 1.4;
    color: var(--pg-ink);
    word-break: keep-all;
    overflow-wrap: anywhere;
  }
  :host([hidden]) {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }
  :focus-visible {
    outline: 2px solid var(--pg-accent);
    outline-offset: 2px;
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  button {
    font: inherit;
    color: inherit;
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
    opacity: 0.45;
  }
`;

/** When a change acts: a word and a dot (filled: at once). */
export const badgeStyles = css`
  .badge {
    font-size: 11.5px;
    font-weight: 400;
    color: var(--pg-ink-2);
    white-space: nowrap;
  }
  .badge::before {
    content: '';
    display: inline-block;
    width: 5px;
    height: 5px;
    margin-inline-end: 4px;
    border: 1px solid currentColor;
    border-radius: 50%;
    vertical-align: 2px;
  }
  .badge.live::before {
    background: currentColor;
  }
`;

/** A field: its label and badge on one line, its control under them. */
export const fieldStyles = css`
  :host {
    display: block;
  }
  .head {
    display: flex;
    align-items: baseline;
    gap: 6px;
    min-height: 22px;
  }
  .label {
    font-weight: 500;
  }
  /* The question mark takes no room in the line, so it never wraps to one of its own. */
  .name {
    padding-inline-end: 24px;
  }
  .spacer {
    flex: 1;
  }
  .help {
    display: inline-grid;
    margin-inline: 5px -23px;
    place-items: center;
    position: relative;
    width: 18px;
    height: 18px;
    padding: 0;
    border: 1px solid transparent;
    border-radius: 50%;
    background: none;
    color: var(--pg-ink-2);
    font-size: 12px;
    line-height: 1;
  }
  .help::after {
    content: '';
    position: absolute;
    inset: calc((18px - var(--pg-hit)) / 2);
  }
  .help:hover,
  .help[aria-expanded='true'] {
    border-color: var(--pg-edge);
    color: var(--pg-accent);
  }
  .helptext {
    margin: 2px 0 6px;
    padding-inline-start: 10px;
    border-inline-start: 2px solid var(--pg-line);
    font-size: 13px;
    line-height: 1.55;
    color: var(--pg-ink-2);
  }
`;
