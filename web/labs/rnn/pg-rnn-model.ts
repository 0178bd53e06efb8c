// The middle of the stage: the network unrolled over the example, below it its state and gates on the same axis of time, and what it
// makes by itself: a word letter by letter, or a wave's continuation.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import type { LabContext, TensorRead } from '../lab-view';
import { cellRef, foretells, infoOf, lookOf, partsOf, type Look, type Part, type RnnInfo } from './sequence';
import type { GridCell, GridEvent } from './pg-rnn-grid';
import '../../elements/pg-colorkey';
import './pg-rnn-continued';
import './pg-rnn-grid';
import './pg-rnn-unrolled';
import './pg-rnn-writer';

/** The pointer rests this long on a cell before it opens. */
const HOVER_MS = 160;
/** Below this the labels before the pictures are short. */
const NARROW = 560;
/** Room for all pictures of the state together, of which the state itself has two shares; and for a state without gates. Px. */
const ROOM = 372, MOST = 132, ALONE = 240;

/** The next of 1, 2, 5 · 10^k. */
function niceCeil(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((k) => k * power >= value)! * power;
}

export class PgRnnModel extends PgElement {
  static override properties = { ctx: { attribute: false }, width: { state: true }, step: { state: true } };
  declare ctx: LabContext | null;
  declare private width: number;
  /** The time step in hand. */
  declare private step: number;
  private resize: ResizeObserver | null = null;
  private timer = 0;

  constructor() {
    super();
    this.ctx = null;
    this.width = 0;
    this.step = -1;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 10px;
        min-width: 0;
        padding: 10px 20px 8px;
      }
      .task {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 14px;
      }
      .task p {
        flex: 1 1 260px;
        margin: 0;
        line-height: 1.5;
      }
      .plain {
        min-height: var(--pg-hit);
        padding: 1px 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: none;
        font-size: 13px;
      }
      .plain:hover {
        border-color: var(--pg-accent);
        color: var(--pg-accent);
      }
      .plain[aria-pressed='true'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
      }
      .count {
        margin-inline-start: 4px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .looks {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
      }
      .parts {
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .part {
        display: flex;
        align-items: center;
      }
      .part > span {
        flex: none;
        padding-inline-end: 8px;
        text-align: end;
        font-size: 12px;
        line-height: 1.25;
        color: var(--pg-ink-2);
      }
      .part i {
        font-style: italic;
        font-family: KaTeX_Math, 'Times New Roman', serif;
        font-size: 15px;
        color: var(--pg-ink);
      }
      .keys {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 22px;
        align-items: center;
        font-size: 12px;
        color: var(--pg-ink-2);
      }
      .time {
        margin-inline-start: auto;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver(([entry]) => (this.width = Math.floor(entry!.contentRect.width)));
    this.resize.observe(this);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
    clearTimeout(this.timer);
  }

  private point(info: RnnInfo, look: Look, of: string, { step, unit, rect }: GridEvent): void {
    clearTimeout(this.timer);
    this.step = step;
    this.timer = window.setTimeout(() => this.ctx?.inspect(cellRef(info, look, of, step, unit), rect, { pin: false }), HOVER_MS);
  }
  private leave(): void {
    clearTimeout(this.timer);
    this.step = -1;
    this.ctx?.inspect(null);
  }
  private open(info: RnnInfo, look: Look, of: string, { step, unit, rect }: GridEvent): void {
    clearTimeout(this.timer);
    this.step = step;
    this.ctx?.inspect(cellRef(info, look, of, step, unit), rect, { pin: true });
  }

  private task(ctx: LabContext, info: RnnInfo): TemplateResult {
    const { t } = ctx;
    return html`<div class="task" data-part="task">
      <p>${t(`ui.task.${info.task}`)}</p>
      <button type="button" class="plain" @click=${() => void ctx.act('next_example')}>${t('ui.example.next')}
        <span class="count">${t('ui.example.count', { index: String(info.example.index + 1), count: String(info.example.count) })}</span></button>
    </div>`;
  }

  private looks(ctx: LabContext, info: RnnInfo, look: Look): TemplateResult | typeof nothing {
    if (info.num_layers === 1 && !info.bidirectional) return nothing;
    const { t } = ctx;
    const button = (label: string, on: boolean, change: object) =>
      html`<button type="button" class="plain" aria-pressed=${on} @click=${() => ctx.setView({ ...change })}>${label}</button>`;
    return html`<div class="looks">
      ${info.num_layers > 1 ? Array.from({ length: info.num_layers }, (_, layer) => button(t('ui.layer', { layer: String(layer + 1) }), layer === look.layer, { layer })) : nothing}
      ${info.bidirectional ? [button(t('ui.forward'), !look.reverse, { reverse: false }), button(t('ui.backward'), look.reverse, { reverse: true })] : nothing}
    </div>`;
  }

  private extentOf(info: RnnInfo, { of }: Part, tensor: TensorRead): number {
    if (of !== 'c' && !(of === 'h' && info.cell === 'rnn_relu')) return 1;
    let most = 0;
    for (const value of tensor.data) most = Math.max(most, Math.abs(value));
    return niceCeil(most);
  }

  private states(ctx: LabContext, info: RnnInfo, look: Look, gutter: number, width: number): TemplateResult {
    const { t } = ctx;
    const parts = partsOf(info), narrow = this.width < NARROW;
    const share = ROOM / (parts.length + 1);
    const reaches = new Map<string, number>();
    const rows = parts.map((part) => {
      const { of, colors } = part;
      const found = ctx.snapshot?.watched[`states:${of}`];
      // While a rebuild is on its way, pictures of the old run do not fit.
      const tensor = found && found.shape[0] === info.steps && found.shape[1] === info.hidden_size ? found : null;
      const height = parts.length === 1 ? ALONE : Math.min(of === 'h' ? MOST : MOST / 2, share * (of === 'h' ? 2 : 1));
      const extent = tensor ? this.extentOf(info, part, tensor) : 1;
      reaches.set(of, extent);
      const label = t(`ui.part.${of}`);
      return html`<div class="part" data-state=${of}>
        <span .style=${`width:${gutter}px`}><i>${of}</i>${narrow ? nothing : html`<br>${label}`}</span>
        <pg-rnn-grid .tensor=${tensor} .width=${width} .cellHeight=${Math.min(22, height / info.hidden_size)} .colors=${colors} .extent=${extent} .step=${this.step}
          .label=${t('ui.grid', { part: label })} .nameOf=${(cell: GridCell, value: number) => `${label}, ${t('ui.at', { step: String(cell.step + 1), unit: String(cell.unit + 1) })}: ${value}`}
          @grid-point=${(event: CustomEvent<GridEvent>) => this.point(info, look, of, event.detail)} @grid-leave=${() => this.leave()}
          @grid-open=${(event: CustomEvent<GridEvent>) => this.open(info, look, of, event.detail)}></pg-rnn-grid>
      </div>`;
    });
    const signed = ['h', 'c'].filter((of) => reaches.has(of));
    return html`<div class="parts" data-part="states">${rows}
      <div class="keys">
        ${signed.map((of) => html`<pg-colorkey colors="diverging" .extent=${reaches.get(of)!} .label=${of}></pg-colorkey>`)}
        ${info.gates ? html`<pg-colorkey colors="sequential" .extent=${1} .label=${t('ui.gates')}></pg-colorkey>` : nothing}
        <span class="time">${t('ui.time')} →</span>
      </div></div>`;
  }

  protected override render() {
    const { ctx } = this;
    const info = infoOf(ctx);
    if (!ctx || !info || this.width <= 0) return nothing;
    const look = lookOf(ctx.view, info);
    const gutter = this.width < NARROW ? 40 : 92, width = this.width - gutter;
    return html`${this.task(ctx, info)}
      ${ctx.shows('unrolled') ? html`<pg-rnn-unrolled data-part="unrolled" .ctx=${ctx} .width=${width} .gutter=${gutter} .step=${this.step}></pg-rnn-unrolled>` : nothing}
      ${ctx.shows('states') ? html`${this.looks(ctx, info, look)} ${this.states(ctx, info, look, gutter, width)}` : nothing}
      ${ctx.shows('writing') && foretells(info) ? html`<pg-rnn-continued data-part="writing" .ctx=${ctx} .width=${width} .gutter=${gutter}></pg-rnn-continued>` : nothing}
      ${ctx.shows('writing') && info.vocabulary ? html`<pg-rnn-writer data-part="writing" .ctx=${ctx}></pg-rnn-writer>` : nothing}`;
  }
}
define('pg-rnn-model', PgRnnModel);
