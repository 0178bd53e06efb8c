// Under the curves: what attention is good for. In a trained task, the model beside its twin whose attention is switched
// off; in a sentence, what the followed token looks at. Beside it in tabs the second floor, which is loaded when somebody goes up.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { formatCount, formatFixed, formatFull } from '../../elements/format';
import type { LabContext } from '../lab-view';
import '../../elements/pg-tabs';
import { attended, infoOf, isolate, isTrained, lookOf, matrixOf, shorten, TABS, tabOf, visible, type Answers, type AttentionInfo, type Tab } from './stages';

/** As many tokens as are listed. */
const LISTED = 8;
/** Accuracy and weight from which a task counts as solved. */
const SOLVED = 0.99;
const SURE = 0.9;

export class PgAttentionResults extends PgElement {
  static override properties = { ctx: { attribute: false }, width: { state: true }, floor: { state: true } };
  declare ctx: LabContext | null;
  declare private width: number;
  /** The second floor has been loaded. */
  declare private floor: boolean;
  private resize: ResizeObserver | null = null;

  constructor() {
    super();
    this.ctx = null;
    this.width = 0;
    this.floor = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver(([entry]) => (this.width = Math.floor(entry!.contentRect.width)));
    this.resize.observe(this);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      h3 {
        margin: 0 0 6px;
        font-size: 14px;
        font-weight: 600;
      }
      .bars {
        display: grid;
        grid-template-columns: auto minmax(60px, 1fr) auto;
        gap: 6px 10px;
        align-items: center;
        margin: 0;
        font-variant-numeric: tabular-nums;
      }
      .bars > * {
        min-width: 0;
      }
      dt {
        max-width: 150px;
      }
      dd {
        margin: 0;
      }
      .track {
        position: relative;
        height: 14px;
        border-radius: 2px;
        background: var(--pg-line);
      }
      .track i {
        position: absolute;
        inset-block: 0;
        left: 0;
        border-radius: 2px;
        background: var(--pg-seq);
      }
      .track.off i {
        background: var(--pg-run-0);
      }
      .number {
        text-align: end;
        font-weight: 600;
      }
      p {
        margin: 10px 0 0;
        font-size: 13.5px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
      .gap {
        margin-top: 14px;
      }
      pg-tabs {
        margin-bottom: 12px;
      }
      bdi {
        white-space: pre;
      }
    `,
  ];

  private metric(name: string): number {
    const { ctx } = this;
    const last = ctx?.snapshot?.history;
    if (!ctx?.snapshot || !last) return NaN;
    // The history names its columns "step", then the metrics in the order of `metrics`.
    const at = last.names.indexOf(name) - 1;
    return at < 0 ? NaN : (ctx.snapshot.metrics[at] ?? NaN);
  }

  private bar(label: string | TemplateResult, value: number, kind = ''): TemplateResult {
    const share = Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : 0;
    return html`<dt>${label}</dt>
      <dd class="track ${kind}" aria-hidden="true"><i .style=${`width:${share * 100}%`}></i></dd>
      <dd class="number" title=${formatFull(value)}>${Number.isFinite(value) ? formatFixed(value, this.ctx!.lang) : '–'}</dd>`;
  }

  private trained(ctx: LabContext, info: AttentionInfo): TemplateResult {
    const { t } = ctx;
    const on = this.metric('test.accuracy'), off = this.metric('off.accuracy'), weight = this.metric('right_key_weight');
    const step = ctx.snapshot?.status.step ?? 0;
    const finding = step === 0 ? 'start' : on >= SOLVED ? (Number.isNaN(weight) || weight < SURE ? 'solved_spread' : 'solved') : on > off + 0.1 ? 'learning' : 'guessing';
    const hits = (answers: Answers | undefined) => {
      const asked = answers?.correct.filter((c) => c !== null) ?? [];
      return t('ui.results.hits', { right: String(asked.filter(Boolean).length), all: String(asked.length) });
    };
    return html`<h3>${t('ui.results.twins')}</h3>
      <dl class="bars">
        ${this.bar(t('ui.results.on'), on)}
        ${this.bar(t('ui.results.off'), off, 'off')}
      </dl>
      <p>${t('ui.results.example', { on: hits(info as Answers), off: hits(info.off) })}</p>
      ${Number.isNaN(weight) ? nothing : html`<h3 class="gap">${t('metrics.right_key_weight')}</h3>
        <dl class="bars">${this.bar(t('ui.results.best_head'), weight)}</dl>`}
      <p role="status">${t(`ui.finding.${finding}`)}</p>`;
  }

  private sentence(ctx: LabContext, info: AttentionInfo): TemplateResult | typeof nothing {
    const { t } = ctx;
    const look = lookOf(ctx.view, info);
    const weights = matrixOf(ctx.snapshot, 'weights', look);
    if (!weights || weights.rows !== info.tokens.length) return nothing;
    const list = attended(weights, look.follow);
    const shown = list.slice(0, LISTED), rest = list.slice(LISTED).reduce((sum, entry) => sum + entry.weight, 0);
    const name = (i: number) => isolate(shorten(visible(info.labels[i]!), 14));
    const n = info.tokens.length;
    return html`<h3>${t('ui.results.attends', { token: name(look.follow), head: String(look.head + 1) })}</h3>
      <dl class="bars">${shown.map(({ token, weight }) => this.bar(html`<bdi>${name(token)}</bdi>`, weight))}</dl>
      ${list.length > LISTED ? html`<p>${t('ui.results.rest', { count: String(list.length - LISTED), weight: rest })}</p>` : nothing}
      ${this.perHead(ctx, info)}
      <p>${t('ui.results.cost', { tokens: String(n), cells: formatCount(n * n, ctx.lang), heads: String(info.nhead), all: formatCount(n * n * info.nhead, ctx.lang) })}</p>`;
  }

  /** For every head the token it looks at most. */
  private perHead(ctx: LabContext, info: AttentionInfo): TemplateResult | typeof nothing {
    if (info.nhead < 2) return nothing;
    const look = lookOf(ctx.view, info);
    const name = (i: number) => isolate(shorten(visible(info.labels[i]!), 14));
    return html`<h3 class="gap">${ctx.t('ui.results.heads', { token: name(look.follow) })}</h3>
      <dl class="bars">${Array.from({ length: info.nhead }, (_, head) => {
        const weights = matrixOf(ctx.snapshot, 'weights', { ...look, head });
        const first = weights && attended(weights, look.follow)[0];
        return first ? this.bar(html`${head + 1} → <bdi>${name(first.token)}</bdi>`, first.weight) : nothing;
      })}</dl>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx);
    if (!ctx || !info?.tokens?.length) return nothing;
    const shown = TABS.filter((tab) => ctx.shows(tab)), wanted = tabOf(ctx.view);
    const tab = shown.includes(wanted) ? wanted : shown[0];
    if (!tab) return nothing;
    return html`${shown.length > 1 ? html`<pg-tabs .tabs=${shown.map((id) => ({ id, label: ctx.t(`parts.${id}`) }))} .value=${tab} .label=${ctx.t('ui.tabs')}
        @change=${(event: CustomEvent<{ value: string }>) => {
          event.stopPropagation();
          ctx.setView({ tab: event.detail.value });
        }}></pg-tabs>` : nothing}
      <section data-part=${tab}>${this.tab(tab, ctx, info)}</section>`;
  }

  private tab(tab: Tab, ctx: LabContext, info: AttentionInfo): unknown {
    if (tab === 'attended') return isTrained(ctx.params) ? this.trained(ctx, info) : this.sentence(ctx, info);
    if (!this.floor) {
      void import('./second-floor').then(() => (this.floor = true));
      return nothing;
    }
    switch (tab) {
      case 'compared': return html`<pg-attention-compared .ctx=${ctx}></pg-attention-compared>`;
      case 'masks': return html`<pg-attention-masks .ctx=${ctx}></pg-attention-masks>`;
      case 'recurrence': return html`<pg-attention-length .ctx=${ctx} .width=${this.width}></pg-attention-length>`;
    }
  }
}
define('pg-attention-results', PgAttentionResults);
