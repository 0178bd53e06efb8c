// The picture on its way through the network: a column a layer, a tile a map. The tile that is chosen is looked at below, and what
// its number sees of the picture is outlined in the picture.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { signedColor, token } from '../../elements/color';
import { formatFull } from '../../elements/format';
import { LabElement } from './lab-element';
import { columnName, columnsOf, sizeFormula, unitOf, type CnnInfo, type Column } from './net';
import { extentOf, paintMap, paintPicture } from './paint';
import type { LabContext } from '../lab-view';
import { className, fixedShare } from '../pictures';
import '../pg-picture-input';

/** Between columns, CSS px. */
const GAP = 12;
/** Tiles of one layer that are drawn; the rest are counted. */
const MOST = 16;

/** The probabilities, which stand behind all maps. */
function sharesOf({ info, snapshot }: LabContext): ArrayLike<number> | null {
  const { broken, numbers, classes } = info as CnnInfo, maps = snapshot?.watched['maps']?.data;
  return !broken && maps?.length === numbers + classes.length ? maps.slice(numbers) : null;
}

export class PgCnnMaps extends LabElement {
  static override properties = { tile: { state: true } };
  /** Side of a map's tile, CSS px. */
  declare private tile: number;

  constructor() {
    super();
    this.tile = 36;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .flow {
        display: flex;
        gap: 12px;
        align-items: flex-start;
        overflow-x: auto;
        padding-bottom: 4px;
      }
      .input {
        flex: none;
        width: 140px;
      }
      .column {
        flex: none;
      }
      h3 {
        margin: 0;
        font-size: 13px;
        font-weight: 600;
        white-space: nowrap;
      }
      .size {
        display: block;
        margin-bottom: 6px;
        font-size: 12px;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .tiles {
        display: grid;
        grid-template-columns: repeat(2, var(--tile));
        gap: 4px;
      }
      .tiles.one {
        grid-template-columns: var(--tile);
      }
      button.tile {
        position: relative;
        width: var(--tile);
        height: var(--tile);
        padding: 0;
        border: 1px solid var(--pg-line);
        border-radius: 3px;
        background: none;
        overflow: hidden;
      }
      button.tile:hover {
        border-color: var(--pg-accent);
      }
      button.tile[aria-pressed='true'] {
        border-color: var(--pg-accent);
        box-shadow: 0 0 0 1.5px var(--pg-accent);
      }
      button.tile canvas {
        display: block;
        width: 100%;
        height: 100%;
        image-rendering: pixelated;
      }
      .more {
        margin: 4px 0 0;
        font-size: 12px;
        color: var(--pg-ink-2);
      }
      .picture {
        position: relative;
        width: 140px;
        height: 140px;
        margin-bottom: 6px;
        border: 1px solid var(--pg-line);
        border-radius: 3px;
        overflow: hidden;
      }
      .picture canvas {
        display: block;
        width: 100%;
        height: 100%;
        image-rendering: pixelated;
      }
      .field {
        position: absolute;
        border: 2px solid var(--pg-accent);
        box-shadow: 0 0 0 1px var(--pg-surface);
        pointer-events: none;
      }
      .sees {
        margin: 8px 0 0;
        min-height: 20px;
        font-size: 13px;
        line-height: 1.5;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .made {
        margin-inline-end: 10px;
        color: var(--pg-ink);
      }
      ul.classes {
        display: grid;
        gap: 1px;
        margin: 0;
        padding: 0;
        list-style: none;
        width: 128px;
      }
      .classes button {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 26px 38px;
        gap: 5px;
        align-items: center;
        width: 100%;
        min-height: 25px;
        padding: 0 3px;
        border: 1px solid transparent;
        border-radius: 3px;
        background: none;
        font-size: 12.5px;
        text-align: start;
        font-variant-numeric: tabular-nums;
      }
      .classes .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .classes button:hover,
      .classes button[aria-pressed='true'] {
        border-color: var(--pg-accent);
      }
      .classes .best {
        font-weight: 600;
      }
      .bar {
        height: 8px;
        border-radius: 2px;
        background: var(--pg-blank);
        overflow: hidden;
      }
      .bar i {
        display: block;
        height: 100%;
        width: 0;
        background: var(--pg-accent);
      }
      .classes .p {
        text-align: end;
        white-space: nowrap;
      }
    `,
  ];

  protected override resized(): void {
    const info = this.info;
    if (!info || !this.clientWidth) return;
    const columns = columnsOf(info).filter(({ kind }) => kind !== 'out').length;
    // Two tiles a column, beside the picture and the classes.
    const room = (this.clientWidth - 140 - 128 - GAP * (columns + 1)) / Math.max(1, columns);
    const tile = Math.round(Math.min(36, Math.max(28, (room - 4) / 2)));
    if (tile !== this.tile) this.tile = tile;
  }

  protected override snapshotCame(): void {
    for (const part of this.renderRoot?.querySelectorAll<LabElement>('[data-lab]') ?? []) part.ctx = this.ctx;
  }

  protected override paint(): void {
    this.resized();
    const ctx = this.ctx!, info = this.info;
    const maps = this.watched('maps')?.data, picture = this.watched('picture'), field = this.watched('field')?.data;
    if (!info || info.broken || !maps || maps.length !== info.numbers + info.classes.length) return;
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('.picture canvas');
    if (canvas && picture) paintPicture(canvas, picture.data, info.channels, info.rows, info.cols);
    this.renderRoot.querySelectorAll<HTMLElement>('.column[data-layer]').forEach((place) => {
      const column = columnsOf(info).find(({ layer }) => layer.name === place.dataset['layer'])!;
      const { offset, rows, cols, channels } = column.shown, plane = rows * cols;
      const extent = extentOf(maps, offset, offset + channels * plane);
      place.querySelectorAll<HTMLElement>('button.tile').forEach((tile, k) => {
        const drawn = tile.querySelector('canvas');
        if (drawn) paintMap(drawn, maps, offset + k * plane, rows, cols, extent);
        else tile.style.background = signedColor(maps[offset + k]!, extent);
      });
    });
    const shares = maps.slice(info.numbers);
    const best = shares.indexOf(Math.max(...shares));
    this.renderRoot.querySelectorAll<HTMLElement>('.classes button').forEach((row, k) => {
      row.classList.toggle('best', k === best);
      row.querySelector<HTMLElement>('i')!.style.width = `${100 * shares[k]!}%`;
      const p = row.querySelector<HTMLElement>('.p')!;
      this.say(p, fixedShare(ctx, shares[k]!));
      p.title = formatFull(shares[k]!);
    });
    const box = this.renderRoot.querySelector<HTMLElement>('.field'), seen = this.renderRoot.querySelector('.seen'), made = this.renderRoot.querySelector('.made');
    if (!box || !seen || !made || !field) return;
    const [top, left, bottom, right] = field as unknown as [number, number, number, number];
    Object.assign(box.style, { top: `${(100 * top) / info.rows}%`, left: `${(100 * left) / info.cols}%`, width: `${(100 * (right - left + 1)) / info.cols}%`, height: `${(100 * (bottom - top + 1)) / info.rows}%` });
    box.style.borderColor = token('--pg-accent');
    const unit = unitOf(ctx)!, chosen = columnsOf(info).find(({ layer }) => layer.name === unit.layer)!, { window, rows } = chosen.layer;
    this.say(made, window ? `${columnName(ctx, chosen)}: ${sizeFormula(window.rows, window)} = ${rows}` : '');
    this.say(seen, ctx.t('ui.sees', { rows: `${top + 1}–${bottom + 1}`, cols: `${left + 1}–${right + 1}`, size: `${bottom - top + 1} × ${right - left + 1}` }));
  }
  private say(place: Element, text: string): void {
    if (place.textContent !== text) place.textContent = text;
  }

  private choose(column: Column, channel: number): void {
    const { row, col } = unitOf(this.ctx!)!;
    const { rows, cols } = column.shown;
    const before = columnsOf(this.info!).find(({ layer }) => layer.name === unitOf(this.ctx!)!.layer)!.shown;
    // About the same place of the picture.
    const scaled = (at: number, from: number, to: number) => Math.min(to - 1, Math.floor(((at + 0.5) * to) / from));
    this.ctx!.setView({ unit: { layer: column.layer.name, channel, row: scaled(row, before.rows, rows), col: scaled(col, before.cols, cols) } });
  }

  /** Arrow keys go from tile to tile, and on to the next layer. */
  private onKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -2, ArrowDown: 2 }[event.key];
    const tile = event.target as HTMLElement;
    if (!step || !tile.matches('button[data-channel]')) return;
    event.preventDefault();
    const lists = [...this.renderRoot.querySelectorAll<HTMLElement>('.column')].map((column) => [...column.querySelectorAll<HTMLElement>('button[data-channel]')]);
    const list = lists.findIndex((tiles) => tiles.includes(tile)), at = lists[list]!.indexOf(tile);
    const across = lists[list]![0]!.matches('.tile') ? 2 : 1;
    const column = at % across;
    const sideways = Math.abs(step) === 1;
    const leaves = sideways && (column + step < 0 || column + step >= across || !lists[list]![at + step]);
    const row = Math.floor(at / across);
    const other = leaves ? lists[list + step] : undefined;
    const target = leaves ? other?.[Math.min(other.length - 1, row * 2)] : lists[list]![at + (sideways ? step : (step / 2) * across)];
    target?.focus();
    target?.click();
  }

  private tiles(ctx: LabContext, column: Column): TemplateResult {
    const { shown } = column;
    const unit = unitOf(ctx)!;
    const count = Math.min(MOST, shown.channels), drawn = column.kind === 'conv' || column.kind === 'pool';
    return html`<div class="tiles" .style=${`--tile:${this.tile}px`}>${Array.from({ length: count }, (_, k) => {
      const on = unit.layer === column.layer.name && unit.channel === k;
      return html`<button type="button" class="tile" data-channel=${k} aria-pressed=${on} tabindex=${on ? 0 : -1} @click=${() => this.choose(column, k)}
        aria-label=${ctx.t(drawn ? 'ui.tile' : 'ui.tile_dense', { column: columnName(ctx, column), n: String(k + 1) })}>${drawn ? html`<canvas></canvas>` : nothing}</button>`;
    })}</div>
    ${shown.channels > count ? html`<p class="more">${ctx.t('ui.more', { n: String(shown.channels - count) })}</p>` : nothing}`;
  }

  private classes(ctx: LabContext, info: CnnInfo, column: Column): TemplateResult {
    const unit = unitOf(ctx)!;
    return html`<ul class="classes">${info.classes.map((_, k) => {
      const on = unit.layer === column.layer.name && unit.channel === k;
      return html`<li><button type="button" data-channel=${k} aria-pressed=${on} tabindex=${on ? 0 : -1} @click=${(event: Event) => {
        this.choose(column, k);
        if ((event as MouseEvent).detail) ctx.inspect({ value: 'loss.probs', index: [k] }, event.currentTarget as Element, { pin: true });
      }}><span class="name">${className(ctx, info, k)}</span><span class="bar" aria-hidden="true"><i></i></span><span class="p"></span></button></li>`;
    })}</ul>`;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    if (info.broken) return nothing;
    const columns = columnsOf(info);
    return html`<div class="flow" @keydown=${this.onKey} role="group" aria-label=${ctx.t('ui.flow')}>
      <div class="input">
        <h3>${ctx.t('ui.column.input')}</h3>
        <span class="size">${info.channels} × ${info.rows} × ${info.cols}</span>
        <div class="picture"><canvas role="img" aria-label=${ctx.t('ui.input_picture')}></canvas><span class="field"></span></div>
        <pg-picture-input data-lab .ctx=${ctx} .shares=${sharesOf}></pg-picture-input>
      </div>
      ${columns.map((column) => {
        const { channels, rows, cols } = column.shown, { window } = column.layer;
        return html`<div class="column" data-layer=${column.layer.name}>
          <h3>${ctx.t(`ui.column_short.${column.kind}`, { n: String(column.block) })}</h3>
          <span class="size" title=${window ? `${sizeFormula(window.rows, window)} = ${rows}` : ''}>${rows * cols > 1 || window ? `${channels}×${rows}×${cols}` : String(channels)}</span>
          ${column.kind === 'out' ? this.classes(ctx, info, column) : this.tiles(ctx, column)}
        </div>`;
      })}
    </div>
    <p class="sees"><span class="made"></span> <span class="seen"></span></p>`;
  }
}
define('pg-cnn-maps', PgCnnMaps);
