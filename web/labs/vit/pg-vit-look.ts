// The picture in its patches, and where the network looks: from the class token or from any patch, in every layer and head, and behind
// all layers. Beside it what both networks answer, and the way to another picture.
import { css, html, nothing, unsafeCSS, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { formatFull } from '../../elements/format';
import { LabElement } from '../lab-element';
import type { LabContext } from '../lab-view';
import { className, fixedShare, inputArgs, inputOf } from '../pictures';
import '../pg-picture-input';
import { attentionOf, lookOf, mapOf, ofPatches, patchOf, rollout, rowOf, tokenName, tokenOf, weightRef, type Look, type VitInfo } from './patches';
import { paintLook } from './paint';

/** Largest side of the picture, px. */
const SIDE = 272;
/** Widths of what stands beside the picture (the maps: at least), and between them, px. */
const MAPS = 250, ANSWER = 150, GAP = 18;
/** Of the small ones, at most. */
const TILE = 66;

export class PgVitLook extends LabElement<VitInfo> {
  static override properties = { side: { state: true }, tile: { state: true } };
  declare private side: number;
  declare private tile: number;

  constructor() {
    super();
    this.side = SIDE;
    this.tile = TILE;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 14px ${unsafeCSS(GAP)}px;
        min-width: 0;
      }
      h3 {
        margin: 0 0 5px;
        font-size: 13px;
        font-weight: 600;
      }
      .board {
        position: relative;
        border: 1px solid var(--pg-edge);
        touch-action: manipulation;
      }
      canvas {
        display: block;
      }
      .patches {
        position: absolute;
        inset: 0;
        display: grid;
      }
      .patches button {
        min-width: 0;
        padding: 0;
        border: 0;
        background: none;
        cursor: pointer;
      }
      .patches button:hover {
        box-shadow: inset 0 0 0 1.5px var(--pg-accent);
      }
      .patches [aria-checked='true'] {
        box-shadow: inset 0 0 0 3px var(--pg-accent);
      }
      .from {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        align-items: center;
        margin-top: 8px;
        font-size: 13px;
      }
      .cls,
      .tile {
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
      }
      .cls {
        min-height: max(28px, var(--pg-hit));
        padding: 2px 10px;
        font-size: 13px;
      }
      .cls:hover,
      .tile:hover {
        border-color: var(--pg-accent);
      }
      .cls[aria-pressed='true'],
      .tile[aria-checked='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
        color: var(--pg-accent);
        font-weight: 600;
      }
      p {
        margin: 6px 0 0;
        font-size: 12.5px;
        line-height: 1.5;
        color: var(--pg-ink-2);
        font-variant-numeric: tabular-nums;
      }
      .most {
        min-height: 38px;
      }
      .most button {
        padding: 0;
        border: 0;
        border-bottom: 1px dotted var(--pg-accent);
        background: none;
        color: var(--pg-accent);
        font: inherit;
      }
      .maps {
        flex: 1 1 ${unsafeCSS(MAPS)}px;
        min-width: 0;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        align-items: center;
        margin-bottom: 6px;
      }
      .row > span {
        flex: 0 0 auto;
        min-width: 48px;
        font-size: 12.5px;
        color: var(--pg-ink-2);
      }
      .tile {
        display: grid;
        justify-items: center;
        gap: 1px;
        padding: 3px;
        font-size: 11.5px;
        line-height: 1.3;
        color: var(--pg-ink-2);
      }
      .input {
        flex: 0 0 ${unsafeCSS(ANSWER)}px;
      }
      ol {
        display: grid;
        gap: 3px;
        margin: 10px 0 0;
        padding: 0;
        list-style: none;
        font-size: 12.5px;
      }
      li {
        display: grid;
        grid-template-columns: minmax(18px, auto) 1fr auto;
        gap: 6px;
        align-items: center;
      }
      li.best {
        font-weight: 600;
      }
      .bars i {
        display: block;
        height: 6px;
        border-radius: 2px;
        background: var(--pg-seq);
      }
      .bars i + i {
        height: 3px;
        margin-top: 1px;
        background: var(--pg-run-0);
      }
      .p {
        font-variant-numeric: tabular-nums;
        color: var(--pg-ink-2);
      }
      .key {
        display: flex;
        gap: 10px;
        margin: 0 0 2px;
      }
      .key i {
        display: inline-block;
        width: 14px;
        height: 6px;
        margin-inline-end: 4px;
        border-radius: 2px;
        background: var(--pg-seq);
        vertical-align: 1px;
      }
      .key .cnn i {
        height: 3px;
        background: var(--pg-run-0);
      }
      @media (pointer: coarse) {
        .tile {
          min-width: 44px;
        }
      }
    `,
  ];

  protected override resized(): void {
    const width = Math.floor(this.getBoundingClientRect().width);
    if (width <= 0) return;
    this.side = Math.min(SIDE, width - 2);
    // A row of heads beside its layer's name. The maps stand beside the picture where they can, and then the answer beside them.
    const beside = width - SIDE - GAP;
    const room = beside - ANSWER - GAP >= MAPS ? beside - ANSWER - GAP : beside >= MAPS ? beside : width;
    const heads = this.info?.nhead ?? 4;
    this.tile = Math.max(34, Math.min(TILE, Math.floor((room - 54) / Math.min(heads, 4)) - 14));
  }
  protected override snapshotCame(): void {
    const input = this.renderRoot?.querySelector<LabElement<VitInfo>>('pg-picture-input');
    if (input) input.ctx = this.ctx;
  }

  protected override paint(): void {
    const ctx = this.ctx!, info = this.info!;
    const picture = this.watched('picture'), attention = attentionOf(info, this.watched('attention'));
    if (!picture || picture.data.length !== info.rows * info.cols) return;
    const look = lookOf(ctx.view, info);
    const board = this.renderRoot.querySelector<HTMLCanvasElement>('.board canvas');
    const row = attention && mapOf(info, attention, look);
    if (board) paintLook(board, this.side, info, picture.data, row && ofPatches(info, row), true);
    if (!attention || !row) return;
    const all = rollout(attention), n = info.tokens.length;
    this.renderRoot.querySelectorAll<HTMLCanvasElement>('.tile canvas').forEach((canvas) => {
      const layer = Number(canvas.dataset['layer']), head = Number(canvas.dataset['head']);
      const part = layer < info.attention.length ? rowOf(attention, layer, head, look.token) : all.slice(look.token * n, (look.token + 1) * n);
      paintLook(canvas, this.tile, info, picture.data, ofPatches(info, part), false);
    });
    this.tell(ctx, info, look, row);
    this.answers(ctx, info);
  }

  /** Which patch gets most, in words; it changes while the network learns. */
  private tell(ctx: LabContext, info: VitInfo, look: Look, row: Float32Array): void {
    const patches = ofPatches(info, row), most = patches.indexOf(Math.max(...patches));
    const place = this.renderRoot.querySelector<HTMLElement>('.most .said'), open = this.renderRoot.querySelector<HTMLElement>('.most button');
    if (!place) return;
    const text = ctx.t(look.layer < info.attention.length ? 'ui.most' : 'ui.most_all', { token: tokenName(ctx, info, tokenOf(info, most)) });
    if (place.textContent !== text) place.textContent = text;
    if (!open) return;
    open.textContent = ctx.num(patches[most]!);
    open.dataset['to'] = String(tokenOf(info, most));
  }

  private answers(ctx: LabContext, info: VitInfo): void {
    const probs = this.watched('probs')?.data, k = info.classes.length;
    if (probs?.length !== 2 * k) return;
    const shares = probs.slice(0, k), best = shares.indexOf(Math.max(...shares));
    this.renderRoot.querySelectorAll<HTMLElement>('li').forEach((line, c) => {
      line.classList.toggle('best', c === best);
      const [vit, cnn] = line.querySelectorAll<HTMLElement>('i');
      vit!.style.width = `${100 * shares[c]!}%`;
      if (cnn) cnn.style.width = `${100 * (probs[k + c]! || 0)}%`;
      const number = line.querySelector<HTMLElement>('.p')!;
      number.textContent = fixedShare(ctx, shares[c]!);
      number.title = formatFull(shares[c]!);
    });
  }

  private choose(change: Partial<Look>): void {
    this.ctx!.setView(change);
  }
  private onPatchKey(event: KeyboardEvent, info: VitInfo, patch: number): void {
    const { grid } = info;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: grid, ArrowUp: -grid }[event.key];
    if (!by) return;
    event.preventDefault();
    const to = patch + by;
    if (to < 0 || to >= grid * grid || (Math.abs(by) === 1 && Math.floor(to / grid) !== Math.floor(patch / grid))) return;
    this.choose({ token: tokenOf(info, to) });
    this.renderRoot.querySelectorAll<HTMLElement>('.patches button')[to]?.focus();
  }
  private onTileKey(event: KeyboardEvent, info: VitInfo, look: Look): void {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: info.nhead, ArrowUp: -info.nhead }[event.key];
    if (!by) return;
    event.preventDefault();
    const last = info.attention.length * info.nhead, now = look.layer === info.attention.length ? last : look.layer * info.nhead + look.head;
    const to = Math.max(0, Math.min(last, now + by));
    this.choose({ layer: Math.floor(to / info.nhead), head: to % info.nhead });
    this.renderRoot.querySelectorAll<HTMLElement>('.tile')[to]?.focus();
  }

  private tileOf(ctx: LabContext, info: VitInfo, look: Look, layer: number, head: number): TemplateResult {
    const all = layer === info.attention.length;
    const on = look.layer === layer && (all || look.head === head);
    const name = all ? ctx.t('ui.rollout') : ctx.t('ui.which', { layer: String(layer + 1), head: String(head + 1) });
    return html`<button type="button" class="tile" role="radio" aria-checked=${on} tabindex=${on ? 0 : -1} aria-label=${name} title=${name} @click=${() => this.choose({ layer, head })}>
      <canvas data-layer=${layer} data-head=${head} .style=${`width:${this.tile}px;height:${this.tile}px`} aria-hidden="true"></canvas>${all ? nothing : ctx.t('ui.head', { head: String(head + 1) })}</button>`;
  }

  private sharesOf = ({ info, snapshot }: LabContext): ArrayLike<number> | null => {
    const k = (info as VitInfo).classes.length, probs = snapshot?.watched['probs']?.data;
    return probs?.length === 2 * k ? probs.slice(0, k) : null;
  };

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const look = lookOf(ctx.view, info), layers = info.attention.length, { grid } = info;
    const shown = patchOf(info, look.token), roving = Math.max(0, shown);
    return html`
      ${ctx.shows('picture') ? html`<section data-part="picture">
        <h3>${ctx.t('ui.picture', { patches: String(grid * grid), side: String(info.patch) })}</h3>
        <div class="board" .style=${`width:${this.side}px;height:${this.side}px`}>
          <canvas role="img" aria-label=${ctx.t('ui.picture_label')}></canvas>
          <div class="patches" role="radiogroup" aria-label=${ctx.t('ui.from_label')} .style=${`grid-template:repeat(${grid},1fr)/repeat(${grid},1fr)`}>
            ${Array.from({ length: grid * grid }, (_, patch) => html`<button type="button" role="radio" aria-checked=${patch === shown} tabindex=${patch === roving ? 0 : -1}
              aria-label=${tokenName(ctx, info, tokenOf(info, patch))} @click=${() => this.choose({ token: tokenOf(info, patch) })} @keydown=${(event: KeyboardEvent) => this.onPatchKey(event, info, patch)}></button>`)}
          </div>
        </div>
        <div class="from">${ctx.t('ui.from')}
          ${info.class_token ? html`<button type="button" class="cls" aria-pressed=${look.token === 0} @click=${() => this.choose({ token: 0 })}>${ctx.t('ui.class_token')}</button>` : nothing}
          ${shown >= 0 ? html`<b>${tokenName(ctx, info, look.token)}</b>` : nothing}</div>
        <p class="most"><span class="said"></span> ${look.layer < layers
          ? html`<button type="button" @click=${(event: MouseEvent) => {
              const to = Number((event.currentTarget as HTMLElement).dataset['to'] ?? 0);
              ctx.inspect({ ...weightRef(info, look.layer, look.head, look.token, to), args: inputArgs(inputOf(ctx)) }, event.currentTarget as Element, { pin: true });
            }}></button>`
          : nothing}</p>
      </section>` : nothing}
      ${ctx.shows('maps') ? html`<section class="maps" data-part="maps">
        <h3>${ctx.t('ui.maps')}</h3>
        <div role="radiogroup" aria-label=${ctx.t('ui.maps_label')} @keydown=${(event: KeyboardEvent) => this.onTileKey(event, info, look)}>
          ${Array.from({ length: layers }, (_, layer) => html`<div class="row"><span>${ctx.t('ui.layer', { layer: String(layer + 1) })}</span>
            ${Array.from({ length: info.nhead }, (_, head) => this.tileOf(ctx, info, look, layer, head))}</div>`)}
          <div class="row"><span>${ctx.t('ui.rollout')}</span>${this.tileOf(ctx, info, look, layers, 0)}</div>
        </div>
        <p>${ctx.t('ui.maps_help')}</p>
      </section>` : nothing}
      ${ctx.shows('answer') ? html`<section class="input" data-part="answer">
        <pg-picture-input .ctx=${ctx} .shares=${this.sharesOf}></pg-picture-input>
        ${info.cnn ? html`<p class="key"><span><i></i>${ctx.t('ui.vit')}</span><span class="cnn"><i></i>${ctx.t('ui.cnn')}</span></p>` : nothing}
        <ol>${info.classes.map((_, c) => html`<li><span>${className(ctx, info, c)}</span><span class="bars" aria-hidden="true"><i></i>${info.cnn ? html`<i></i>` : nothing}</span><span class="p"></span></li>`)}</ol>
      </section>` : nothing}`;
  }
}
define('pg-vit-look', PgVitLook);
