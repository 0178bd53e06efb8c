// All hyperparameters of a lab, built from its rows in the engine's table: a new row needs no code here.
import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { badgeStyles, baseStyles, define, PgElement, t, words } from './base';
import { badge } from './field';
import type { Choice } from './pg-choice';
import { isVisible } from './when';
import type { LabSchema, ParamDef, ParamGroup, ParamKind, Params, ParamValue } from '../engine/protocol';
import './pg-slider';
import './pg-choice';
import './pg-switch';
import './pg-checks';
import './pg-layers';
import './pg-names';
import './pg-text';

/** The order in which one decides. */
const GROUPS: ParamGroup[] = ['task', 'data', 'fine_tuning', 'model', 'training', 'decoding'];

export class PgControls extends PgElement {
  static override properties = {
    schema: { attribute: false },
    lab: {},
    params: { attribute: false },
    marks: { attribute: false },
    locked: { attribute: false },
    hiddenKeys: { attribute: false },
    pictures: { attribute: false },
    more: { attribute: false },
    below: { attribute: false },
    unfolded: { state: true },
  };
  declare schema: LabSchema | null;
  declare lab: string;
  declare params: Params;
  declare marks: Record<string, number[]>;
  declare locked: string[];
  /** Parameters shown elsewhere (the seed stands in the transport bar). */
  declare hiddenKeys: string[];
  /** Small pictures for choices, by parameter and value. */
  declare pictures: Record<string, Record<string, TemplateResult>>;
  /** Links that end the help of a parameter. */
  declare more: (def: ParamDef) => TemplateResult | typeof nothing;
  /** What stands below a parameter's field, by its key. */
  declare below: Record<string, TemplateResult>;
  declare private unfolded: ReadonlySet<ParamGroup>;

  constructor() {
    super();
    this.schema = null;
    this.lab = '';
    this.params = {};
    this.marks = {};
    this.locked = [];
    this.hiddenKeys = [];
    this.pictures = {};
    this.more = () => nothing;
    this.below = {};
    this.unfolded = new Set();
  }

  static override styles = [
    baseStyles,
    badgeStyles,
    css`
      :host {
        display: block;
      }
      .group + .group {
        margin-top: 9px;
        padding-top: 8px;
        border-top: 1px solid var(--pg-line);
      }
      h2 {
        display: flex;
        justify-content: space-between;
        margin: 0 0 4px;
        font-size: 12px;
        font-weight: 600;
        color: var(--pg-ink-2);
      }
      .fields {
        display: grid;
        gap: 6px;
      }
      .more {
        display: flex;
        align-items: center;
        gap: 6px;
        min-height: max(26px, var(--pg-hit));
        margin-top: 3px;
        padding: 0;
        border: 0;
        background: none;
        font-size: 13px;
        color: var(--pg-accent);
      }
      .more::before {
        content: '';
        width: 5px;
        height: 5px;
        margin: 0 2px;
        border: solid currentColor;
        border-width: 0 1.5px 1.5px 0;
        transform: rotate(-45deg);
        transition: transform var(--pg-ease);
      }
      .more[aria-expanded='true']::before {
        transform: rotate(45deg);
      }
      .more-help a {
        display: inline-flex;
        align-items: center;
        min-height: calc(var(--pg-hit) - 8px);
        margin-inline-end: 10px;
        color: var(--pg-accent);
        text-underline-offset: 3px;
      }
      .more:hover {
        text-decoration: underline;
        text-underline-offset: 3px;
      }
    `,
  ];

  /** The lab's own text, else the shared one; the key itself when there is none (the build refuses that). */
  private text(key: string): string {
    const own = `labs.${this.lab}.${key}`;
    return words().has(own) ? t(own) : t(key);
  }
  private choices(def: ParamDef): Choice[] {
    return (def.choices ?? []).map((value) => ({
      value,
      label: this.text(`params.${def.like ?? def.key}.choices.${value}`),
      picture: this.pictures[def.key]?.[value],
    }));
  }

  private change(def: ParamDef, event: CustomEvent<{ value: ParamValue; dragging?: boolean }>): void {
    event.stopPropagation();
    this.emit('param-change', { params: { [def.key]: event.detail.value }, dragging: event.detail.dragging ?? false });
  }

  /** How each kind of parameter is shown; total, so that a new kind cannot be forgotten. */
  private readonly fields: { [K in ParamKind]: (def: ParamDef, value: any) => TemplateResult } = {
    real: (def, value) => this.slider(def, value, false),
    integer: (def, value) => this.slider(def, value, true),
    boolean: (def, value) => html`<pg-switch .value=${value} .default=${def.default as boolean} .label=${this.label(def)} .help=${this.help(def)}
      .apply=${this.badgeOf(def)} .disabled=${this.isLocked(def)} @change=${(e: CustomEvent) => this.change(def, e)}>${this.moreOf(def)}</pg-switch>`,
    choice: (def, value) => html`<pg-choice .value=${value} .default=${def.default as string} .choices=${this.choices(def)} .label=${this.label(def)} .help=${this.help(def)}
      .apply=${this.badgeOf(def)} .disabled=${this.isLocked(def)} @change=${(e: CustomEvent) => this.change(def, e)}>${this.moreOf(def)}</pg-choice>`,
    choices: (def, value) => html`<pg-checks .value=${value} .default=${def.default as string[]} .choices=${this.choices(def)} .min=${def.min ?? 0} .label=${this.label(def)}
      .help=${this.help(def)} .apply=${this.badgeOf(def)} .disabled=${this.isLocked(def)} @change=${(e: CustomEvent) => this.change(def, e)}>${this.moreOf(def)}</pg-checks>`,
    integers: (def, value) => html`<pg-layers .value=${value} .default=${def.default as number[]} .min=${def.min ?? 1} .max=${def.max ?? 1} .minLength=${def.min_length ?? 0}
      .maxLength=${def.max_length ?? 1} .label=${this.label(def)} .help=${this.help(def)} .apply=${this.badgeOf(def)} .disabled=${this.isLocked(def)}
      @change=${(e: CustomEvent) => this.change(def, e)}>${this.moreOf(def)}</pg-layers>`,
    names: (def, value) => html`<pg-names .value=${value} .choices=${this.choices(def)} .common=${this.text(`params.${def.like!}.choices.${String(this.params[def.like!])}`)}
      .count=${(this.params[def.per!] as ParamValue[] | undefined)?.length ?? 0} .label=${this.label(def)} .help=${this.help(def)} .apply=${this.badgeOf(def)} .disabled=${this.isLocked(def)}
      @change=${(e: CustomEvent) => this.change(def, e)}>${this.moreOf(def)}</pg-names>`,
    text: (def, value) => html`<pg-text .value=${value} .default=${def.default as string} .maxLength=${def.max_length ?? 400} .label=${this.label(def)} .help=${this.help(def)}
      .apply=${this.badgeOf(def)} .disabled=${this.isLocked(def)} @change=${(e: CustomEvent) => this.change(def, e)}>${this.moreOf(def)}</pg-text>`,
  };
  private slider(def: ParamDef, value: number, integer: boolean): TemplateResult {
    return html`<pg-slider .value=${value} .min=${def.min ?? 0} .max=${def.max ?? 1} .step=${def.step ?? 0} .scale=${def.scale ?? 'linear'} .integer=${integer}
      .default=${def.default as number} .marks=${this.marks[def.key] ?? []} .unit=${def.unit ?? ''} .label=${this.label(def)} .help=${this.help(def)}
      .apply=${this.badgeOf(def)} .disabled=${this.isLocked(def)} @change=${(e: CustomEvent) => this.change(def, e)}>${this.moreOf(def)}</pg-slider>`;
  }
  private moreOf(def: ParamDef): TemplateResult | typeof nothing {
    const more = this.more(def);
    return more === nothing ? nothing : html`<span class="more-help" slot="more">${more}</span>`;
  }
  private label = (def: ParamDef) => this.text(`params.${def.key}.label`);
  private help = (def: ParamDef) => this.text(`params.${def.key}.help`);
  private isLocked = (def: ParamDef) => this.locked.includes(def.key);

  /** What most rows of a group do is said once, beside its name; a row that differs says so itself. */
  private groupApply(group: ParamGroup): ParamDef['apply'] {
    const rows = this.schema!.params.filter((def) => def.group === group && !this.hiddenKeys.includes(def.key));
    return rows.filter((def) => def.apply === 'live').length > rows.length / 2 ? 'live' : 'rebuild';
  }
  private badgeOf = (def: ParamDef): ParamDef['apply'] | '' => {
    const heads = def.kind === 'choice' && this.label(def) === t(`ui.group.${def.group}`);
    return heads || def.apply !== this.groupApply(def.group) ? def.apply : '';
  };

  private field = (def: ParamDef) => html`<div data-key=${def.key}>${this.fields[def.kind](def, this.params[def.key] ?? def.default)}${this.below[def.key] ?? nothing}</div>`;

  private group(group: ParamGroup): TemplateResult | typeof nothing {
    const rows = this.schema!.params.filter((def) => def.group === group && !this.hiddenKeys.includes(def.key) && isVisible(def.when, this.params));
    if (!rows.length) return nothing;
    const shown = rows.filter((def) => !def.more), folded = rows.filter((def) => def.more);
    // With nothing in front there is nothing to fold away from.
    const open = this.unfolded.has(group) || !shown.length;
    const name = t(`ui.group.${group}`);
    // A group that begins with the parameter of the same name needs no heading of its own.
    const alone = rows[0]!.kind === 'choice' && this.label(rows[0]!) === name;
    return html`<div class="group" role="group" aria-label=${name}>
      ${alone ? nothing : html`<h2><span>${name}</span>${badge(this.groupApply(group))}</h2>`}
      <div class="fields">
        ${repeat(shown, (def) => def.key, this.field)}
        ${open ? repeat(folded, (def) => def.key, this.field) : nothing}
      </div>
      ${folded.length && shown.length
        ? html`<button class="more" type="button" aria-expanded=${open} @click=${() => this.fold(group, !open)}>
            ${open ? t('ui.controls.less') : t('ui.controls.more', { count: folded.length })}</button>`
        : nothing}
    </div>`;
  }
  private fold(group: ParamGroup, open: boolean): void {
    const next = new Set(this.unfolded);
    if (open) next.add(group);
    else next.delete(group);
    this.unfolded = next;
  }

  /** Unfolds what hides parameter `key`; the element that shows it. */
  async reveal(key: string): Promise<Element | null> {
    const def = this.schema?.params.find((row) => row.key === key);
    if (def?.more) this.fold(def.group, true);
    await this.updateComplete;
    return this.renderRoot.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  protected override render() {
    return this.schema ? GROUPS.map((group) => this.group(group)) : nothing;
  }
}
define('pg-controls', PgControls);
