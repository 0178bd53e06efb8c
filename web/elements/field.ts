// The frame of every control of a parameter: label, live/restart badge, help that unfolds.
import { html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { PgElement, t } from './base';
import type { ParamDef } from '../engine/protocol';

/** The badge that says when a change acts. */
export const badge = (apply: ParamDef['apply']): TemplateResult =>
  html`<span class="badge ${apply}" title=${t(`ui.apply.${apply}.help`)}>${t(`ui.apply.${apply}`)}</span>`;

export class PgField extends PgElement {
  static override properties: PropertyDeclarations = {
    label: {},
    help: {},
    apply: {},
    disabled: { type: Boolean, reflect: true },
    helpOpen: { state: true },
  };
  declare label: string;
  declare help: string;
  /** When a change acts; '' shows no badge. */
  declare apply: 'live' | 'rebuild' | '';
  declare disabled: boolean;
  declare protected helpOpen: boolean;

  constructor() {
    super();
    this.label = '';
    this.help = '';
    this.apply = '';
    this.disabled = false;
    this.helpOpen = false;
  }

  /** The line above the control; `end` stands at its right. */
  protected head(end: TemplateResult | typeof nothing = nothing, labelFor = ''): TemplateResult {
    const help = this.help
      ? html`<button class="help" type="button" aria-expanded=${this.helpOpen} aria-controls="help"
          aria-label=${t('ui.help', { label: this.label })} title=${this.help}
          @click=${() => (this.helpOpen = !this.helpOpen)}>?</button>`
      : nothing;
    const label = labelFor
      ? html`<label class="label" id="label" for=${labelFor}>${this.label}</label>`
      : html`<span class="label" id="label">${this.label}</span>`;
    return html`
      <div class="head">
        <span class="name">${label}${help}</span>
        <span class="spacer"></span>
        ${this.apply ? badge(this.apply) : nothing}
        ${end}
      </div>
      ${this.help ? html`<p class="helptext" id="help" ?hidden=${!this.helpOpen}>${this.help} <slot name="more"></slot></p>` : nothing}
    `;
  }
}
