// The middle of the stage: one held-out scene, large, under four looks (what is found, what suppresses what, what the grid says, a box
// to lay over the truth), with the numbers of the look beside it; below, the thresholds and a strip of scenes.
import { css, html, nothing, type TemplateResult } from 'lit';
import { schema } from '#schema';
import { baseStyles, define } from '../../elements/base';
import { classColor, token } from '../../elements/color';
import { fit } from '../../elements/painted';
import { formatFixed } from '../../elements/format';
import type { EngineSchema } from '../../engine/protocol';
import { LabElement, PerBuild } from '../lab-element';
import type { LabContext } from '../lab-view';
import {
  beginning, cellOf, className, detectionsOf, inScene, LOOKS, lookOf, meeting, moved, stripOf, surest, truthsOf, type Box, type Detection, type DetectionInfo, type Look, type Truth,
} from './detect';
import { paintScene, type SceneLook } from './paint';
import '../../elements/pg-heat';
import '../../elements/pg-slider';

/** Between two renewals of the lists while training, ms: faster than that nobody reads. */
const PAUSE = 250;
/** Lines of a list: the surest come first. */
const LINES = 8;
/** Steps of the box that arrow keys move, pixels of the scene. */
const NUDGE = 1;
const NONE: never[] = [];
const thresholds = ['score_thresh', 'nms_thresh'] as const;
const rows = Object.fromEntries((schema as EngineSchema).labs['detection']!.params.map((def) => [def.key, def]));

/** A score for the screen: two places, the same width always. */
const two = (v: number, ctx: LabContext) => formatFixed(Math.round(v * 100) / 100, ctx.lang, 2);

export class PgDetectionModel extends LabElement<DetectionInfo> {
  static override properties = { found: { state: true }, overlap: { state: true } };
  /** Of the large scene, as the lists show them. */
  declare private found: Detection[];
  /** Intersection, union and their ratio of the reader's box, as the engine computed them. */
  declare private overlap: number[] | null;
  private strip = (ctx: LabContext) => ({ split: 'test', ...stripOf(lookOf(ctx.view, this.info).scene, this.info!) });
  private scenes = new PerBuild('scenes', () => this.requestUpdate(), this.strip);
  private truths = new PerBuild('truth', () => this.requestUpdate(), this.strip);
  private listed = 0;
  private asked = '';
  private grip: { x: number; y: number; box: Box; corner: boolean } | null = null;

  constructor() {
    super();
    this.found = [];
    this.overlap = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 12px;
        padding: 14px 18px;
        container-type: inline-size;
      }
      .looks {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
      }
      .looks button {
        min-height: var(--pg-hit);
        padding: 2px 12px;
        border: 1px solid var(--pg-edge);
        border-radius: 999px;
        background: var(--pg-raised);
        font-size: 13.5px;
      }
      .looks button[aria-pressed='true'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
        color: var(--pg-accent);
        font-weight: 600;
      }
      .row {
        display: grid;
        gap: 12px 18px;
      }
      @container (min-width: 620px) {
        .row {
          grid-template-columns: minmax(0, 420px) minmax(0, 1fr);
          align-items: start;
        }
      }
      .scene {
        position: relative;
        width: 100%;
        max-width: 420px;
        aspect-ratio: 1;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        overflow: hidden;
      }
      .scene canvas {
        position: absolute;
        inset: 0;
      }
      .pick {
        position: absolute;
        padding: 0;
        border: 0;
        background: none;
      }
      .handle {
        position: absolute;
        padding: 0;
        border: 0;
        background: none;
        cursor: move;
        touch-action: none;
      }
      .corner {
        position: absolute;
        inset: auto -9px -9px auto;
        width: 18px;
        height: 18px;
        border: 2px solid var(--pg-accent);
        border-radius: 50%;
        background: var(--pg-surface);
        cursor: nwse-resize;
        touch-action: none;
      }
      .corner::after {
        content: '';
        position: absolute;
        inset: calc((14px - var(--pg-hit)) / 2);
      }
      .beside {
        display: flex;
        flex-direction: column;
        gap: 10px;
        min-width: 0;
      }
      h3 {
        margin: 0 0 4px;
        font-size: 14px;
        font-weight: 600;
      }
      p {
        margin: 0;
        font-size: 13px;
        line-height: 1.5;
        color: var(--pg-ink-2);
      }
      ul {
        display: grid;
        gap: 2px;
        margin: 0;
        padding: 0;
        list-style: none;
        font-size: 13.5px;
        font-variant-numeric: tabular-nums;
      }
      @container (min-width: 700px) {
        .values {
          grid-template-columns: 1fr 1fr;
        }
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 8px;
        width: 100%;
        min-height: max(26px, var(--pg-hit));
        padding: 1px 6px;
        border: 1px solid transparent;
        border-radius: var(--pg-radius);
        background: none;
        text-align: start;
      }
      button.line:hover {
        border-color: var(--pg-accent);
      }
      .line i {
        flex: none;
        width: 11px;
        height: 11px;
        border: 2.5px solid;
      }
      .line b {
        min-width: 2ch;
        font-weight: 600;
      }
      .line small {
        font-size: 12.5px;
        color: var(--pg-ink-2);
      }
      .line.out b {
        text-decoration: line-through;
        text-decoration-thickness: 1px;
      }
      .line .bar {
        flex: 1;
        min-width: 30px;
        max-width: 110px;
        height: 8px;
        background: var(--pg-blank);
        border-radius: 2px;
        overflow: hidden;
      }
      .line .bar::before {
        content: '';
        display: block;
        height: 100%;
        width: calc(100% * var(--share));
        background: var(--ink);
      }
      .ratio {
        display: inline-grid;
        justify-items: center;
        vertical-align: middle;
        line-height: 1.35;
      }
      .ratio span:first-child {
        border-bottom: 1.5px solid currentColor;
        padding: 0 6px;
      }
      .formula {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 10px;
        font-size: 15.5px;
        font-variant-numeric: tabular-nums;
        color: var(--pg-ink);
      }
      .formula output {
        font-size: 22px;
        font-weight: 600;
      }
      .both {
        color: var(--pg-accent);
        font-weight: 600;
      }
      .sliders {
        display: grid;
        gap: 4px 18px;
      }
      @container (min-width: 520px) {
        .sliders {
          grid-template-columns: 1fr 1fr;
        }
      }
      .strip {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(74px, 1fr));
        gap: 6px;
      }
      .strip button {
        aspect-ratio: 1;
        min-width: 0;
        padding: 0;
        border: 2px solid var(--pg-line);
        border-radius: var(--pg-radius);
        background: none;
        overflow: hidden;
      }
      .strip button:hover {
        border-color: var(--pg-edge);
      }
      .strip button[aria-pressed='true'] {
        border-color: var(--pg-accent);
      }
      .strip canvas {
        display: block;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 10px;
        margin-bottom: 6px;
      }
      .head h3 {
        margin: 0;
      }
      .go,
      .head button {
        min-height: max(28px, var(--pg-hit));
        padding: 0 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13px;
      }
      .key {
        display: inline-flex;
        align-items: center;
        gap: 5px;
        font-size: 12.5px;
        color: var(--pg-ink-2);
      }
      .key i {
        width: 16px;
        height: 11px;
        border: 1.5px dashed var(--pg-ink);
      }
      .key i.solid {
        border: 2.5px solid var(--pg-class-1);
      }
    `,
  ];

  // ------------------------------------------------------------------------------------------------- what is there

  private get place() {
    return lookOf(this.ctx!.view, this.info);
  }
  /** The cell that is looked at. */
  private cellHere(): number {
    const { cell } = this.place;
    return cell < 0 ? surest(this.watched('cells')) : cell;
  }
  /** Place of the large scene in the strip. */
  private at(): number {
    return this.place.scene - stripOf(this.place.scene, this.info!).from;
  }
  private count(): number {
    return stripOf(this.place.scene, this.info!).count;
  }
  /** The boxes of the newest snapshot, if they are of the strip that is shown. */
  private newest(): Detection[][] {
    return detectionsOf(this.watched('boxes'), this.count());
  }
  private truthsHere(): Truth[] {
    return truthsOf(this.truths.value, this.count())[this.at()] ?? [];
  }
  /** The truth that a box is laid against. */
  private target(): Truth | null {
    const all = this.truthsHere();
    return all[this.place.truth] ?? all[0] ?? null;
  }
  private own(): Box | null {
    const truth = this.target();
    return truth ? (this.place.box ?? beginning(truth.box, this.info!.side)) : null;
  }

  protected override snapshotCame(): void {
    const ctx = this.ctx!;
    if (!this.info) return;
    this.scenes.refresh(ctx);
    this.truths.refresh(ctx);
    const now = performance.now();
    if (ctx.running && now - this.listed < PAUSE) return;
    this.listed = now;
    this.found = this.newest()[this.at()] ?? [];
  }

  protected override updated(): void {
    super.updated();
    void this.measure();
  }
  /** Asks the engine for the IoU of the two boxes. */
  private async measure(): Promise<void> {
    const truth = this.target(), box = this.own();
    if (this.place.look !== 'iou' || !truth || !box) return;
    const list = ({ x, y, w, h }: Box) => [x, y, w, h];
    const args = { a: list(truth.box), b: list(box) };
    const wanted = JSON.stringify(args);
    if (wanted === this.asked) return;
    this.asked = wanted;
    try {
      const { data } = await this.ctx!.client.read('iou', args);
      if (wanted === this.asked) this.overlap = Array.from(data);
    } catch {
      this.asked = ''; // the run was rebuilt meanwhile
    }
  }

  // ------------------------------------------------------------------------------------------------------- drawing

  protected override paint(): void {
    const ctx = this.ctx!, info = this.info, scenes = this.scenes.value;
    if (!info || !scenes) return;
    const found = this.newest(), truths = truthsOf(this.truths.value, this.count()), pixels = info.side * info.side;
    this.renderRoot.querySelectorAll<HTMLCanvasElement>('.strip canvas').forEach((canvas, i) => {
      const size = canvas.parentElement!.clientWidth;
      if (!size || i >= scenes.shape[0]!) return;
      const kept = (found[i] ?? []).filter(({ by }) => by < 0);
      paintScene(fit(canvas, size, size), size, scenes.data, i * pixels, info.side, { found: kept.map((detection) => ({ detection, text: '', faint: false })) });
    });
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('.scene canvas');
    const size = canvas?.parentElement!.clientWidth ?? 0;
    if (!canvas || !size) return;
    const here = found[this.at()] ?? [];
    const context = fit(canvas, size, size);
    paintScene(context, size, scenes.data, this.at() * pixels, info.side, this.lookNow(ctx, here, truths[this.at()] ?? []));
    if (this.place.look === 'iou') this.paintOverlap(context, size / info.side);
  }
  private lookNow(ctx: LabContext, here: Detection[], truths: Truth[]): SceneLook {
    const info = this.info!, { look } = this.place;
    const named = (detection: Detection, faint = false) => ({ detection, text: `${className(ctx, info, detection.cls)} ${two(detection.score, ctx)}`, faint });
    const kept = here.filter(({ by }) => by < 0).map((detection) => named(detection));
    switch (look) {
      case 'boxes':
        return { truths, found: kept };
      case 'nms': {
        const out = here.filter(({ by }) => by >= 0);
        return {
          found: [...out.map((detection) => named(detection, true)), ...kept],
          links: out.map(({ box, by, overlap }) => ({ from: box, to: here[by]!.box, text: two(overlap, ctx) })),
        };
      }
      case 'grid': {
        const cells = this.watched('cells');
        return { truths, grid: info.grid, marked: this.cellHere(), ...(cells ? { confidence: cells.data } : {}) };
      }
      default:
        return { truths: [] };
    }
  }
  private paintOverlap(context: CanvasRenderingContext2D, scale: number): void {
    const truth = this.target(), box = this.own();
    if (!truth || !box) return;
    const both = meeting(truth.box, box);
    const rect = (b: Box): [number, number, number, number] => [b.x * scale, b.y * scale, b.w * scale, b.h * scale];
    context.globalAlpha = 0.16;
    context.fillStyle = token('--pg-accent');
    context.beginPath();
    context.rect(...rect(truth.box));
    context.rect(...rect(box));
    context.fill('nonzero');
    if (both) {
      context.globalAlpha = 0.45;
      context.fillRect(...rect(both));
    }
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.setLineDash([4, 3]);
    context.strokeStyle = token('--pg-ink');
    context.strokeRect(...rect(truth.box));
    context.setLineDash([]);
    context.strokeStyle = token('--pg-accent');
    context.strokeRect(...rect(box));
  }

  // ------------------------------------------------------------------------------------------------ the reader's box

  private take(event: PointerEvent, corner: boolean): void {
    const box = this.own();
    if (!box || event.button !== 0) return;
    event.stopPropagation();
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.grip = { x: event.clientX, y: event.clientY, box, corner };
  }
  private drag(event: PointerEvent): void {
    if (!this.grip) return;
    const info = this.info!, scale = this.renderRoot.querySelector('.scene')!.clientWidth / info.side;
    const by = (v: number) => Math.round((v / scale) * 4) / 4;
    this.put(moved(this.grip.box, by(event.clientX - this.grip.x), by(event.clientY - this.grip.y), this.grip.corner, info.side));
  }
  private readonly release = () => {
    this.grip = null;
  };
  private put(box: Box): void {
    this.ctx!.setView({ box: inScene(box, this.info!.side) });
  }
  private key(event: KeyboardEvent): void {
    const box = this.own();
    const [dx, dy] = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[event.key] ?? [0, 0];
    if (!box || (!dx && !dy)) return;
    event.preventDefault();
    this.put(moved(box, dx * NUDGE, dy * NUDGE, event.shiftKey, this.info!.side));
  }

  // ------------------------------------------------------------------------------------------------------- template

  private go(scene: number): void {
    const n = this.info!.n_test;
    this.ctx!.setView({ scene: ((scene % n) + n) % n, box: null, truth: 0 });
  }
  private line(ctx: LabContext, d: Detection, rest: unknown, out = false): TemplateResult {
    const info = this.info!, index = [Math.floor(d.cell / info.grid), d.cell % info.grid];
    return html`<li><button type="button" class="line ${out ? 'out' : ''}" data-cell=${d.cell} data-score=${d.score}
      @click=${(event: Event) => ctx.inspect({ value: 'score', index }, event.currentTarget as Element, { pin: true })}>
      <i .style=${`border-color:${classColor(d.cls)}`} aria-hidden="true"></i><b>${className(ctx, info, d.cls)}</b> ${two(d.score, ctx)} ${rest}</button></li>`;
  }
  private readonly best = (list: Detection[]) => [...list].sort((a, b) => b.score - a.score).slice(0, LINES);

  private beside(ctx: LabContext, look: Look): TemplateResult {
    const info = this.info!, here = this.found;
    const kept = here.filter(({ by }) => by < 0);
    switch (look) {
      case 'boxes':
        return html`<div data-part="found"><h3>${ctx.t('ui.found')}</h3>
          <ul class="found">${this.best(kept).map((d) => this.line(ctx, d, html`<span class="bar" aria-hidden="true" .style=${`--share:${d.score};--ink:${classColor(d.cls)}`}></span>`))}</ul>
          <p>${ctx.t(kept.length ? 'ui.found_help' : 'ui.found_none')}</p></div>`;
      case 'nms': {
        const out = here.filter(({ by }) => by >= 0);
        return html`<div data-part="nms"><h3>${ctx.t('ui.nms', { before: String(here.length), after: String(kept.length) })}</h3>
          <ul class="found">${this.best(kept).map((d) => html`${this.line(ctx, d, html`<small>${ctx.t('ui.nms_kept')}</small>`)}
            ${this.best(out.filter(({ by }) => here[by] === d)).map((s) => this.line(ctx, s, html`<small>${ctx.t('ui.nms_out', { iou: two(s.overlap, ctx) })}</small>`, true))}`)}</ul>
          <p>${ctx.t(out.length ? 'ui.nms_help' : 'ui.nms_none')} ${out.length ? nothing : this.toDoubles(ctx)}</p></div>`;
      }
      case 'grid':
        return this.cell(ctx);
      default:
        return this.iou(ctx, info);
    }
  }

  /** A way to the first scene of the strip in which something is suppressed. */
  private toDoubles(ctx: LabContext): TemplateResult | typeof nothing {
    const at = this.newest().findIndex((here) => here.some(({ by }) => by >= 0));
    if (at < 0) return nothing;
    const scene = stripOf(this.place.scene, this.info!).from + at;
    return html`<button type="button" class="go" @click=${() => this.go(scene)}>${ctx.t('ui.nms_go', { n: String(scene + 1) })}</button>`;
  }

  private cell(ctx: LabContext): TemplateResult {
    const info = this.info!, at = this.cellHere(), index = [Math.floor(at / info.grid), at % info.grid];
    const cell = cellOf(this.watched('cells'), at);
    if (!cell) return html``;
    const open = (value: string, i: number[]) => (event: Event) => ctx.inspect({ value, index: i }, event.currentTarget as Element, { pin: true });
    const shares = cell.probabilities.map((p, k) => ({ p, k })).sort((a, b) => b.p - a.p).slice(0, 4);
    return html`<div data-part="cell"><h3>${ctx.t('ui.cell', { row: String(index[0]! + 1), col: String(index[1]! + 1) })}</h3>
      <ul class="values">
        <li><button type="button" class="line confidence" @click=${open('confidence', index)}>${ctx.t('ui.cell_confidence')} <b>${two(cell.confidence, ctx)}</b></button></li>
        ${['x', 'y', 'w', 'h'].map((name, k) => html`<li><button type="button" class="line" @click=${open('place', [k, ...index])}>${ctx.t(`ui.cell_${name}`)} <b>${ctx.t('ui.px', { n: ctx.num([cell.box.x + cell.box.w / 2, cell.box.y + cell.box.h / 2, cell.box.w, cell.box.h][k]!) })}</b></button></li>`)}
        ${shares.map(({ p, k }) => html`<li><button type="button" class="line" @click=${open('probability', [k, ...index])}><i .style=${`border-color:${classColor(k)}`} aria-hidden="true"></i><b>${className(ctx, info, k)}</b> ${two(p, ctx)}
          <span class="bar" aria-hidden="true" .style=${`--share:${p};--ink:${classColor(k)}`}></span></button></li>`)}
      </ul></div>`;
  }

  private iou(ctx: LabContext, info: DetectionInfo): TemplateResult {
    const truths = this.truthsHere();
    const [both = NaN, either = NaN, ratio = NaN] = this.overlap ?? [];
    return html`<div data-part="iou"><h3>IoU</h3>
      <p class="formula"><span>IoU =</span><span class="ratio"><span class="both">${ctx.t('ui.iou_both')}</span><span>${ctx.t('ui.iou_either')}</span></span><span>=</span>
        <span class="ratio"><span class="both">${ctx.num(both)}</span><span>${ctx.num(either)}</span></span><span>=</span><output>${two(ratio, ctx)}</output></p>
      <p>${ctx.t(ratio >= 0.5 ? 'ui.iou_right' : 'ui.iou_wrong')}</p>
      <p>${ctx.t('ui.iou_help')}</p>
      ${truths.length > 1
        ? html`<div class="looks" role="group" aria-label=${ctx.t('ui.iou_against')}>${truths.map((truth, i) => html`<button type="button" aria-pressed=${this.target() === truth || this.place.truth === i}
            @click=${() => ctx.setView({ truth: i, box: null })}>${className(ctx, info, truth.cls)}</button>`)}</div>`
        : nothing}</div>`;
  }

  private handle(ctx: LabContext, info: DetectionInfo): TemplateResult | typeof nothing {
    const box = this.own();
    if (!box) return nothing;
    const share = (v: number) => `${(100 * v) / info.side}%`;
    const ratio = this.overlap?.[2] ?? 0;
    return html`<div class="handle" role="slider" tabindex="0" aria-label=${ctx.t('ui.iou_box')} aria-valuemin="0" aria-valuemax="1" aria-valuenow=${ratio.toFixed(3)} aria-valuetext=${`IoU ${two(ratio, ctx)}`}
      .style=${`left:${share(box.x)};top:${share(box.y)};width:${share(box.w)};height:${share(box.h)}`}
      @pointerdown=${(e: PointerEvent) => this.take(e, false)} @pointermove=${this.drag} @pointerup=${this.release} @pointercancel=${this.release} @keydown=${this.key}>
      <span class="corner" @pointerdown=${(e: PointerEvent) => this.take(e, true)} @pointermove=${this.drag} @pointerup=${this.release} @pointercancel=${this.release}></span></div>`;
  }

  /** The cells as buttons over the picture: the grid is a table that one walks through. */
  private cells(ctx: LabContext, info: DetectionInfo, look: Look): TemplateResult {
    const cells = this.watched('cells');
    return html`<pg-heat class="cells" .data=${cells?.data ?? []} .rows=${info.grid} .cols=${info.grid} colors="sequential" .extent=${1} .maxCell=${info.grid > 6 ? 20 : 34} .values=${info.grid <= 6} interactive
      .marked=${look === 'grid' ? [{ row: Math.floor(this.cellHere() / info.grid), col: this.cellHere() % info.grid }] : NONE} .format=${(v: number) => two(v, ctx)} .label=${ctx.t('ui.cells')}
      @cell-open=${(e: CustomEvent<{ row: number; col: number; rect: DOMRect }>) => {
        const { row, col, rect } = e.detail;
        ctx.setView({ cell: row * info.grid + col });
        ctx.inspect({ value: 'confidence', index: [row, col] }, rect, { pin: true });
      }}></pg-heat>`;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const { look, scene } = this.place;
    const { from, count } = stripOf(scene, info);
    const truths = this.truthsHere().map(({ cls }) => className(ctx, info, cls)).join(', ');
    return html`
      ${ctx.shows('scene')
        ? html`<div class="looks" role="group" aria-label=${ctx.t('ui.looks')}>
            ${LOOKS.map((id) => html`<button type="button" data-look=${id} aria-pressed=${id === look} @click=${() => ctx.setView({ look: id })}>${ctx.t(`ui.look.${id}`)}</button>`)}</div>
          <div class="row">
            <div class="scene" data-part="scene"><canvas role="img" aria-label=${ctx.t('ui.scene', { n: String(scene + 1), truths })}></canvas>${look === 'iou' ? this.handle(ctx, info) : nothing}</div>
            <div class="beside">
              ${ctx.shows('cells') && look !== 'iou' ? html`<div data-part="cells"><h3>${ctx.t('ui.cells')}</h3>${this.cells(ctx, info, look)}</div>` : nothing}
              ${this.beside(ctx, look)}
            </div>
          </div>`
        : nothing}
      ${ctx.shows('thresholds') ? html`<div class="sliders" data-part="thresholds">${thresholds.map((key) => {
        const def = rows[key]!;
        return html`<pg-slider data-key=${key} .value=${ctx.params[key] as number} .min=${def.min ?? 0} .max=${def.max ?? 1} .step=${def.step ?? 0} .default=${def.default as number}
          .label=${ctx.t(`params.${key}.label`)} .help=${ctx.t(`params.${key}.help`)} apply="live"
          @change=${(e: CustomEvent<{ value: number }>) => ctx.set({ [key]: e.detail.value })}></pg-slider>`;
      })}</div>` : nothing}
      ${ctx.shows('strip')
        ? html`<div data-part="strip">
            <div class="head"><h3>${ctx.t('ui.strip')}</h3>
              <button type="button" @click=${() => this.go(scene - 1)}>${ctx.t('ui.previous')}</button><button type="button" @click=${() => this.go(scene + 1)}>${ctx.t('ui.next')}</button>
              <span class="key"><i></i>${ctx.t('ui.key_truth')}</span><span class="key"><i class="solid"></i>${ctx.t('ui.key_found')}</span></div>
            <div class="strip">${Array.from({ length: count }, (_, i) => html`<button type="button" aria-pressed=${from + i === scene} aria-label=${ctx.t('ui.scene_n', { n: String(from + i + 1) })} @click=${() => this.go(from + i)}>
              <canvas aria-hidden="true"></canvas></button>`)}</div></div>`
        : nothing}`;
  }
}
define('pg-detection-model', PgDetectionModel);
