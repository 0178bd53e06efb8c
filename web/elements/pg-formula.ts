// A formula inside a shadow root. KaTeX is loaded when the first one is shown; its fonts come with the page's style sheet
// (fonts declared in a shadow root do not count), its rules are adopted here.
import { css, html, LitElement } from 'lit';
import katexRules from 'katex/dist/katex.min.css?raw';
import { define } from './base';

let rules: CSSStyleSheet | null = null;
function sheet(): CSSStyleSheet {
  if (!rules) {
    rules = new CSSStyleSheet();
    rules.replaceSync(katexRules.replace(/@font-face\{[^}]*\}/g, ''));
  }
  return rules;
}

export class PgFormula extends LitElement {
  static override properties = { tex: {} };
  declare tex: string;

  constructor() {
    super();
    this.tex = '';
  }

  static override styles = css`
    :host {
      display: inline-block;
      min-height: 1.2em;
    }
    .katex {
      font-size: 1em;
      white-space: nowrap;
    }
    .sym-x { color: var(--pg-sym-x); }
    .sym-w { color: var(--pg-sym-w); }
    .sym-b { color: var(--pg-sym-b); }
    .sym-q { color: var(--pg-sym-q); }
    .sym-k { color: var(--pg-sym-k); }
    .sym-v { color: var(--pg-sym-v); }
    .sym-a { color: var(--pg-sym-a); }
    .sym-z { color: var(--pg-sym-z); }
  `;

  override connectedCallback(): void {
    super.connectedCallback();
    const root = this.shadowRoot!;
    if (!root.adoptedStyleSheets.includes(sheet())) root.adoptedStyleSheets = [sheet(), ...root.adoptedStyleSheets];
  }

  protected override updated(): void {
    const tex = this.tex;
    const place = this.renderRoot.querySelector('span')!;
    void import('katex').then(({ default: katex }) => {
      // Meanwhile another formula may have been asked for.
      if (tex !== this.tex) return;
      katex.render(tex, place, { throwOnError: false, trust: ({ command }) => command === '\\htmlClass', strict: 'ignore' });
    });
  }

  protected override render() {
    return html`<span></span>`;
  }
}
define('pg-formula', PgFormula);
