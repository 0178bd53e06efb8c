// Look inside: one training step number by number, and how the numbers of each layer spread over the run.
import { css, html } from 'lit';
import { baseStyles, define, PgElement, t } from '../../elements/base';
import type { Bench } from '../bench';
import './pg-histograms';
import './pg-step';
import '../../elements/pg-tabs';

const VIEWS = ['step', 'hist'] as const;
type View = (typeof VIEWS)[number];

export class PgInspect extends PgElement {
  static override properties = { bench: { attribute: false }, tick: { attribute: false }, arg: {}, view: { state: true } };
  declare bench: Bench;
  declare tick: number;
  /** Which view is opened: `step` or `hist`. */
  declare arg: string;
  declare private view: View;

  constructor() {
    super();
    this.arg = '';
    this.view = 'step';
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      pg-tabs {
        max-width: 420px;
      }
    `,
  ];

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('arg') && (VIEWS as readonly string[]).includes(this.arg)) this.view = this.arg as View;
  }

  protected override render() {
    const { bench, tick, view } = this;
    return html`<pg-tabs .label=${t('ui.tools.inspect')} .value=${view} .tabs=${VIEWS.map((id) => ({ id, label: t(`bench.inspect.${id}.title`) }))}
        @change=${(event: CustomEvent<{ value: View }>) => {
          event.stopPropagation();
          this.view = event.detail.value;
        }}></pg-tabs>
      ${view === 'step' ? html`<pg-step .bench=${bench} .tick=${tick}></pg-step>` : html`<pg-histograms .bench=${bench} .tick=${tick}></pg-histograms>`}`;
  }
}
define('pg-inspect', PgInspect);
