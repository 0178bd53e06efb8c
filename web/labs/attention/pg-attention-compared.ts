// The same task with one head, with two, four, eight: models of the same size that differ in nothing else, trained beside the run on the
// batches that it sees.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatCount, formatFixed, formatFull } from '../../elements/format';
import type { LabContext } from '../lab-view';
import { comparedOf, headsFor, type Compared } from './floor';
import { infoOf, isTrained } from './stages';

/** Of each at a time: the run and the page go on between. */
const STEPS = 5;
/** Between two looks at what they can, ms. */
const PAUSE = 700;

export class PgAttentionCompared extends PgElement {
  static override properties = { ctx: { attribute: false }, training: { state: true }, found: { state: true } };
  declare ctx: LabContext | null;
  declare private training: boolean;
  declare private found: Compared[];
  private build = -1;

  constructor() {
    super();
    this.ctx = null;
    this.training = false;
    this.found = [];
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      p {
        margin: 0 0 10px;
        font-size: 13.5px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      button {
        min-height: var(--pg-hit);
        padding: 1px 12px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: none;
        font-size: 13px;
      }
      button:hover {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      table {
        width: 100%;
        margin: 0 0 10px;
        border-collapse: collapse;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 4px 0 4px 8px;
        text-align: end;
        border-bottom: 1px solid var(--pg-line);
      }
      th {
        font-weight: 500;
        color: var(--pg-ink-2);
      }
      th:first-child {
        padding-inline-start: 0;
        text-align: start;
        color: var(--pg-ink);
      }
      .bar {
        width: 34%;
      }
      .bar i {
        display: block;
        height: 12px;
        border-radius: 2px;
        background: var(--pg-seq);
      }
      .this th {
        font-weight: 700;
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.training = false;
  }
  protected override willUpdate(): void {
    // They belong to the settings of one run.
    const build = this.ctx?.snapshot?.build ?? -1;
    if (build === this.build) return;
    this.build = build;
    this.training = false;
    this.found = [];
  }

  private async train(): Promise<void> {
    const { ctx, build } = this;
    if (!ctx || this.training) {
      this.training = false;
      return;
    }
    this.training = true;
    const all = headsFor(Number(ctx.params['d_model']));
    const ended = () => !this.training || this.build !== build;
    try {
      for (let last = -Infinity; !ended(); ) {
        for (const heads of all) if (!ended()) await ctx.client.act('compare', { heads, steps: STEPS });
        if (ended() || performance.now() - last < PAUSE) continue;
        const table = comparedOf(await ctx.client.read('compared'));
        if (!ended()) this.found = table;
        last = performance.now();
      }
    } catch {
      this.training = false; // the worker was rebuilt or ended meanwhile
    }
  }

  protected override render() {
    const { ctx } = this, info = infoOf(ctx);
    if (!ctx || !info) return nothing;
    const { t } = ctx;
    if (!isTrained(ctx.params)) return html`<p>${t('ui.compared.sentence')}</p>`;
    const [first] = this.found;
    return html`<p>${t('ui.compared.help', { d: String(info.d_model) })}</p>
      ${first ? html`<table><thead><tr><th>${t('ui.compared.after', { steps: formatCount(first.steps, ctx.lang) })}</th><th>d<sub>k</sub></th><td class="bar"></td><th>${t('ui.compared.accuracy')}</th></tr></thead>
          <tbody>${this.found.map(({ heads, accuracy }) => html`<tr data-heads=${heads} class=${heads === info.nhead ? 'this' : ''}><th scope="row">${t('ui.compared.heads', { heads: String(heads) })}</th><td>${info.d_model / heads}</td>
            <td class="bar" aria-hidden="true"><i .style=${`width:${100 * accuracy}%`}></i></td><td title=${formatFull(accuracy)}>${formatFixed(accuracy, ctx.lang)}</td></tr>`)}</tbody></table>
        <p>${t('ui.compared.parameters', { parameters: formatCount(first.parameters, ctx.lang) })}</p>` : nothing}
      <button type="button" @click=${() => void this.train()}>${t(this.training ? 'ui.compared.stop' : first ? 'ui.compared.more' : 'ui.compared.go')}</button>`;
  }
}
define('pg-attention-compared', PgAttentionCompared);
