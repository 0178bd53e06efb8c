// The middle of the stage: the network and, large beside it, what it answers. For digits what goes in stands at the left
// and what it gets wrong below.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { areaColor, signedArea } from './inks';
import { LabElement } from './lab-element';
import { columnsOf, probeOf, type Probe } from './net';
import type { PgNetworkGraph, ShownUnit } from './pg-network-graph';
import type { LabContext } from '../lab-view';
import './pg-network-graph';
import './pg-network-surface';
import './pg-network-digits';
import './pg-network-row';
import './pg-network-worst';
import './pg-network-formula';
import { LIST } from './layout';

/** From this width on (CSS px) network and answer stand side by side. */
const WIDE = 600;
/** Over and under the network; over and under the surface. */
const HEAD = 38;
const BESIDE = 58;

export class PgNetworkModel extends LabElement {
  static override properties = { unit: { state: true }, wide: { state: true }, tall: { state: true }, room: { state: true } };
  declare private unit: ShownUnit | null;
  declare private wide: boolean;
  /** Height of the network's drawing, CSS px. */
  declare private tall: number;
  /** Largest side of the surface, CSS px. */
  declare private room: number;

  constructor() {
    super();
    this.unit = null;
    this.wide = true;
    this.tall = 440;
    this.room = 360;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 12px;
        padding: 14px 20px 14px;
        overflow: auto;
      }
      .row {
        display: grid;
        gap: 0;
        flex: 1;
        min-height: 380px;
        align-items: center;
      }
      .row.wide {
        grid-template-columns: minmax(0, 1fr) var(--side);
      }
      .row.digits.wide {
        grid-template-columns: 190px minmax(0, 1fr);
        gap: 22px;
      }
      .side {
        min-width: 0;
      }
      .row.wide > .side:last-child {
        align-self: stretch;
      }
      .keys {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 18px;
        font-size: 12.5px;
        color: var(--pg-ink-2);
      }
      .key {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        font-variant-numeric: tabular-nums;
      }
      .key svg {
        width: 74px;
        height: 10px;
      }
      .key i {
        width: 74px;
        height: 9px;
        border: 1px solid var(--pg-line);
        border-radius: 2px;
      }
      .below {
        padding-top: 10px;
        border-top: 1px solid var(--pg-line);
      }
      :host(.narrow) {
        padding: 12px 16px 20px;
        gap: 18px;
      }
      .row.narrow {
        display: flex;
        flex-direction: column;
        align-items: stretch;
        gap: 14px;
        min-height: 0;
        --after: 0px;
      }
      .row.narrow .side {
        align-self: center;
      }
      .row.narrow.digits .side {
        align-self: stretch;
      }
    `,
  ];

  protected override resized(): void {
    const width = this.clientWidth, height = this.clientHeight;
    if (!width) return;
    const wide = width >= WIDE && this.both;
    this.classList.toggle('narrow', !wide);
    this.wide = wide;
    const row = this.renderRoot.querySelector<HTMLElement>('.row');
    const digits = this.info?.kind === 'digits';
    if (wide) {
      const inner = width - 40;
      const rowHeight = Math.max(380, row?.clientHeight ?? height);
      const deep = (this.info?.layers.length ?? 1) > 4;
      this.tall = Math.min(560, rowHeight - 2 * HEAD);
      this.room = Math.floor(Math.min(480, inner * (deep ? 0.42 : 0.49), rowHeight - 2 * BESIDE));
    } else {
      this.room = Math.floor(Math.min(420, width - 32));
      const info = this.info;
      const most = info ? Math.max(...columnsOf(info).map((column) => column.units)) : 8;
      this.tall = Math.min(digits ? 330 : 300, Math.max(130, most > LIST ? 270 : most * 40));
    }
  }
  /** A snapshot needs no new template: the parts are handed the new ctx and paint it. */
  protected override snapshotCame(): void {
    for (const part of this.renderRoot?.querySelectorAll<LabElement>('[data-lab]') ?? []) part.ctx = this.ctx;
  }
  protected override paint(): void {
    this.resized();
    // The scale of the edges follows the weights.
    const graph = this.renderRoot.querySelector<PgNetworkGraph>('pg-network-graph');
    const extent = graph ? this.ctx!.num(graph.edgeExtent) : '';
    this.renderRoot.querySelectorAll('.extent').forEach((place) => {
      if (place.textContent !== extent) place.textContent = extent;
    });
  }

  private get both(): boolean {
    const shows = this.ctx?.shows;
    return !shows || (shows('network') && shows('surface'));
  }

  /** An input to explain numbers with: the probe, else the first training point. */
  private needProbe = (): Probe | null => {
    const ctx = this.ctx!;
    const probe = probeOf(ctx);
    if (probe || this.info!.kind === 'digits' || this.info!.kind === 'table') return probe;
    const x = this.info!.kind === 'curve' ? [2] : [2, 1];
    ctx.setView({ probe: { x } satisfies Probe });
    return { x };
  };

  private keys(ctx: LabContext) {
    const stops = [0, 0.25, 0.5, 0.75, 1].map((s) => areaColor(signedArea(), s)).join(',');
    return html`<div class="keys" aria-hidden="true">
      <span class="key">${ctx.t('ui.key_weight')} <span>−<span class="extent"></span></span><svg viewBox="0 0 74 10"><path d="M0 2.6 37 5 0 7.4Z" fill="var(--pg-neg)" /><path d="M74 2.6 37 5 74 7.4Z" fill="var(--pg-pos)" /></svg><span>+<span class="extent"></span></span></span>
      <span class="key">${ctx.t('ui.key_unit')} −<i .style=${`background:linear-gradient(to right,${stops})`}></i>+</span>
    </div>`;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const digits = info.kind === 'digits';
    const graph = html`<pg-network-graph data-lab data-part="network" .ctx=${ctx} .tall=${this.tall} .leads=${this.wide && !digits && info.kind !== 'table'} .needProbe=${this.needProbe}
      @unit-hover=${(event: CustomEvent<ShownUnit | null>) => (this.unit = event.detail)}></pg-network-graph>`;
    const size = this.wide ? 'wide' : 'narrow';
    if (digits) {
      return html`<div class="row ${size} digits">
          <div class="side" data-part="pad"><pg-network-digits data-lab .ctx=${ctx}></pg-network-digits></div>
          ${graph}
        </div>
        ${this.keys(ctx)}
        <div class="below"><pg-network-worst data-lab data-part="worst" .ctx=${ctx}></pg-network-worst></div>`;
    }
    if (info.kind === 'table') {
      return html`<div class="row">${graph}</div>
        ${this.keys(ctx)}
        <div class="below"><pg-network-row data-lab .ctx=${ctx}></pg-network-row></div>`;
    }
    return html`<div class="row ${this.both ? size : 'narrow'}" .style=${`--side:${this.room}px`}>
        ${ctx.shows('network') ? graph : nothing}
        ${ctx.shows('surface') ? html`<div class="side"><pg-network-surface data-lab data-part="surface" .ctx=${ctx} .unit=${this.unit} .room=${this.room}></pg-network-surface></div>` : nothing}
      </div>
      ${ctx.shows('network') ? this.keys(ctx) : nothing}
      ${info.is_logistic_regression ? html`<div class="below"><pg-network-formula data-lab data-part="formula" .ctx=${ctx}></pg-network-formula></div>` : nothing}`;
  }
}
define('pg-network-model', PgNetworkModel);
