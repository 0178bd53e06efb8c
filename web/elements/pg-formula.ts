// A formula inside a shadow root. KaTeX and its fonts are loaded when the first one is shown; those that the build has set need
// the fonts alone.
import { css, html, LitElement } from 'lit';
import { define } from './base';
import { formulaOutput, formulaRules, showFormulas } from './formula-styles';
import { TEX } from './tex';

const ready = new Map<string, string>();
/** Formulas that the build has set, by their TeX (web/labs/<id>/formulas.ts). */
export function addFormulas(set: Record<string, string>): void {
  for (const [tex, markup] of Object.entries(set)) ready.set(tex, markup);
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
    if (!root.adoptedStyleSheets.includes(formulaRules())) root.adoptedStyleSheets = [formulaRules(), ...root.adoptedStyleSheets];
  }

  protected override updated(): void {
    const tex = this.tex;
    showFormulas();
    const place = this.renderRoot.querySelector('span')!;
    const markup = ready.get(tex);
    if (markup !== undefined) {
      // The build's own. In a template styles in the text do nothing: somebody else's page may forbid them.
      const made = document.createElement('template');
      made.innerHTML = markup;
      place.replaceChildren(formulaOutput() === 'mathml' ? made.content.querySelector('math')! : made.content);
      return;
    }
    void import('katex').then(({ default: katex }) => {
      // Meanwhile another formula may have been asked for.
      if (tex !== this.tex) return;
      katex.render(tex, place, { ...TEX, output: formulaOutput() });
    });
  }

  protected override render() {
    return html`<span></span>`;
  }
}
define('pg-formula', PgFormula);
