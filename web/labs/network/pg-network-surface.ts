// What the network answers at every point of the plane, or along a line; the points it learns from and is tested on.
// A click or the arrow keys set the probe, the one input whose numbers the whole page then shows. While a unit of the
// network is under the pointer, the picture shows that unit's response instead.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { classColor, classShape, colorIndex, magnitude, paintHeat, token } from '../../elements/color';
import { niceExtent } from './edges';
import { areaColor, classAreas, signedArea } from './inks';
import { fit, Pixels } from '../../elements/painted';
import { LabElement, PerBuild } from './lab-element';
import { className, probeOf, share } from './net';
import { clampPlane, contour, fromX, fromY, margin, mark, paintClasses, REACH, sample, toX, toY } from './plane';
import type { LabContext, TensorRead } from '../lab-view';
import type { ShownUnit } from './pg-network-graph';

/** Steps of the probe by arrow keys: fine, and with Shift. */
const STEP = 0.1;
const LEAP = 1;
const DOT = 3.6;
/** Room for the numbers of the curve's axes. */
const AXIS = 30;

interface Here {
  x1: number;
  x2: number;
  /** Place in the picture, CSS px. */
  px: number;
  py: number;
}

export class PgNetworkSurface extends LabElement {
  static override properties = { unit: { attribute: false }, room: { attribute: false }, here: { state: true } };
  /** The unit whose response is shown instead of the output. */
  declare unit: ShownUnit | null;
  /** Largest side of the picture, CSS px. */
  declare room: number;
  /** Where the pointer is. */
  declare private here: Here | null;

  private points = new PerBuild('points', () => {
    this.pointsDrawn = '';
    this.values = null;
    this.paintSoon();
  });
  private pixels = new Pixels();
  private pointsDrawn = '';
  private margins = new Float32Array(0);
  /** Range of y of a curve's picture. */
  private values: [number, number] | null = null;

  constructor() {
    super();
    this.unit = null;
    this.room = 360;
    this.here = null;
  }

  static override styles = [
    baseStyles,
    css`
      /* The picture in the vertical middle, where the network's output leads into it. */
      :host {
        display: grid;
        grid-template-rows: 1fr auto 1fr;
        min-width: 0;
        height: 100%;
      }
      .top {
        align-self: end;
      }
      .bottom {
        align-self: start;
      }
      .top,
      .bottom {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 2px 12px;
        min-height: 24px;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      .top {
        justify-content: space-between;
        padding-bottom: 5px;
      }
      h3 {
        margin: 0;
        font-size: 14px;
        font-weight: 600;
        color: var(--pg-ink);
      }
      .picture {
        position: relative;
        touch-action: manipulation;
        cursor: crosshair;
        border-radius: 3px;
      }
      .picture:focus-visible {
        outline-offset: 3px;
      }
      canvas {
        position: absolute;
        inset: 0;
        pointer-events: none;
      }
      .frame {
        position: absolute;
        inset: 0;
        border: 1px solid var(--pg-line);
        border-radius: 3px;
        pointer-events: none;
      }
      .axis.start {
        inset: 4px auto auto 4px;
      }
      .axis.end {
        inset: auto 4px 4px auto;
      }
      .axis {
        position: absolute;
        font-size: 12.5px;
        line-height: 1;
        padding: 2px 3px;
        border-radius: 3px;
        background: color-mix(in srgb, var(--pg-surface) 78%, transparent);
        color: var(--pg-sym-x);
        pointer-events: none;
      }
      .bottom {
        flex-direction: column;
        padding-top: 6px;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 12px;
        width: 100%;
        min-height: 20px;
      }
      .readout {
        color: var(--pg-ink);
        font-variant-numeric: tabular-nums;
      }
      .readout b {
        font-weight: 600;
      }
      .legend {
        display: inline-flex;
        align-items: center;
        gap: 4px;
        white-space: nowrap;
      }
      .legend svg {
        width: 13px;
        height: 13px;
        flex: none;
      }
      .key {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        margin-inline-start: auto;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .key i {
        width: 76px;
        height: 9px;
        border: 1px solid var(--pg-line);
        border-radius: 2px;
      }
      .clear {
        min-height: max(22px, calc(var(--pg-hit) - 12px));
        padding: 0 6px;
        border: 0;
        background: none;
        font-size: 12.5px;
        color: var(--pg-accent);
      }
    `,
  ];

  protected override snapshotCame(): void {
    this.points.refresh(this.ctx!);
  }
  protected override themeCame(): void {
    super.themeCame();
    this.pointsDrawn = '';
  }
  protected override resized(): void {
    this.requestUpdate();
  }

  private get curve(): boolean {
    return this.info?.kind === 'curve';
  }
  /** Size of the picture, CSS px. */
  private size(): [number, number] {
    const width = Math.max(80, Math.floor(Math.min(this.clientWidth || this.room, this.curve ? 560 : this.room)));
    return this.curve ? [width, Math.round(Math.min(this.room, width * 0.86))] : [width, width];
  }

  // ------------------------------------------------------------------------------------------------ interaction

  private at(event: MouseEvent): Here {
    const box = this.renderRoot.querySelector('.picture')!.getBoundingClientRect();
    const px = event.clientX - box.left, py = event.clientY - box.top;
    return { px, py, x1: clampPlane(fromX(px, box.width)), x2: clampPlane(fromY(py, box.height)) };
  }
  private hover(here: Here | null): void {
    this.here = here;
  }
  private setProbe(x1: number, x2: number): void {
    const round = (v: number) => Math.round(clampPlane(v) * 100) / 100;
    this.ctx!.setView({ probe: { x: this.curve ? [round(x1)] : [round(x1), round(x2)] } });
  }
  private onKey(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      const [x1 = 0, x2 = 0] = probeOf(this.ctx!)?.x ?? [];
      const by = event.shiftKey ? LEAP : STEP;
      this.setProbe(x1 + move[0] * by, x2 + move[1] * by);
    } else if (event.key === 'Escape' && probeOf(this.ctx!)) {
      event.preventDefault();
      this.ctx!.setView({ probe: null });
    }
  }

  // ---------------------------------------------------------------------------------------------------- painting

  protected override paint(): void {
    const base = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.base');
    const info = this.info, surface = this.watched('surface');
    if (!base || !info) return;
    const [width, height] = this.size();
    if (width < 10) return;
    const context = fit(base, width, height);
    if (this.curve) this.paintCurve(context, surface, width, height);
    else {
      if (this.unit) this.paintUnit(context, this.unit, width);
      else if (surface) this.paintSurface(context, surface, width);
      this.paintPoints(width);
    }
    this.paintProbe(width, height);
    this.refreshReadout();
  }

  private paintSurface(context: CanvasRenderingContext2D, surface: TensorRead, size: number): void {
    const [k, side] = surface.shape as [number, number];
    const image = this.pixels.begin(side, side);
    const n = side * side;
    const kind = this.info!.kind;
    if (k > 1) paintClasses(new Uint32Array(image.data.buffer), surface.data, k, classAreas());
    else if (kind === 'binary') paintHeat(image, surface.data, 0, signedArea(), 0, 1);
    else paintHeat(image, surface.data, 0, signedArea(), -1, 1);
    this.pixels.draw(context, 0, 0, size, size, true);

    // The border between classes, and the zero of a value, as a fine line.
    const path = new Path2D();
    const scale = size / side;
    const add = (x0: number, y0: number, x1: number, y1: number) => {
      path.moveTo(x0 * scale, y0 * scale);
      path.lineTo(x1 * scale, y1 * scale);
    };
    if (k > 1) {
      if (this.margins.length !== n) this.margins = new Float32Array(n);
      for (let c = 0; c < k; c++) contour(margin(surface.data, k, n, c, this.margins), 0, side, 0, add);
    } else contour(surface.data, 0, side, kind === 'binary' ? 0.5 : 0, add);
    context.strokeStyle = token('--pg-ink');
    context.globalAlpha = kind === 'regression' ? 0.3 : 0.75;
    context.lineWidth = 1.3;
    context.stroke(path);
    context.globalAlpha = 1;
  }

  private paintUnit(context: CanvasRenderingContext2D, unit: ShownUnit, size: number): void {
    const maps = this.watched('maps');
    if (!maps || unit.row >= maps.shape[0]!) return;
    const side = maps.shape[2]!, n = side * side;
    const image = this.pixels.begin(side, side);
    if (unit.column.role === 'output' && unit.column.units > 1) paintHeat(image, maps.data, unit.row * n, classAreas()[unit.unit % 10]!, 0, 1);
    else if (unit.column.activation === 'sigmoid' && unit.column.role === 'output') paintHeat(image, maps.data, unit.row * n, signedArea(), 0, 1);
    else paintHeat(image, maps.data, unit.row * n, signedArea(), -unit.extent, unit.extent);
    this.pixels.draw(context, 0, 0, size, size, true);
  }

  /** The points do not move while the network trains: they are drawn once and shown through. */
  private paintPoints(size: number): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.points')!;
    const points = this.points.value;
    canvas.style.opacity = this.unit ? '0.35' : '1';
    const key = `${size} ${points?.data.length ?? 0}`;
    if (key === this.pointsDrawn) return;
    this.pointsDrawn = key;
    const context = fit(canvas, size, size);
    if (!points) return;
    const regression = this.info!.kind === 'regression';
    const dot = points.shape[0]! > 900 ? DOT * 0.75 : DOT;
    const surface = token('--pg-surface');
    for (const split of [0, 1]) {
      for (let i = 0; i < points.data.length; i += 4) {
        if (points.data[i + 3] !== split) continue;
        const target = points.data[i + 2]!;
        const color = regression ? areaColor(signedArea(), colorIndex(target, -1, 1) / 255) : classColor(target);
        context.beginPath();
        mark(context, regression ? 'circle' : classShape(target), toX(points.data[i]!, size), toY(points.data[i + 1]!, size), dot);
        if (regression) {
          context.fillStyle = color;
          context.fill();
          context.strokeStyle = split === 0 ? token('--pg-ink') : token('--pg-test');
          context.lineWidth = split === 0 ? 0.8 : 1.8;
          context.stroke();
        } else if (split === 0) {
          context.strokeStyle = surface;
          context.lineWidth = 2.2;
          context.stroke();
          context.fillStyle = color;
          context.fill();
        } else {
          // A ring: what is not learned from is hollow.
          context.strokeStyle = surface;
          context.lineWidth = 4;
          context.stroke();
          context.fillStyle = surface;
          context.fill();
          context.strokeStyle = color;
          context.lineWidth = 1.9;
          context.stroke();
        }
      }
    }
  }

  private paintProbe(width: number, height: number): void {
    const probe = probeOf(this.ctx!);
    if (!probe) return;
    // Above the points: on their canvas it would be drawn with them only once.
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.probe')!;
    const above = fit(canvas, width, height);
    above.strokeStyle = token('--pg-ink');
    above.lineWidth = 1;
    const px = this.curve ? this.curveX(probe.x[0]!, width) : toX(probe.x[0]!, width);
    const py = this.curve ? NaN : toY(probe.x[1]!, height);
    above.globalAlpha = 0.55;
    above.setLineDash([3, 3]);
    above.beginPath();
    above.moveTo(px, 0);
    above.lineTo(px, this.curve ? height - 20 : height);
    if (!this.curve) {
      above.moveTo(0, py);
      above.lineTo(width, py);
    }
    above.stroke();
    above.setLineDash([]);
    above.globalAlpha = 1;
    const output = (this.ctx!.snapshot?.answers['predict']?.output as number[] | undefined)?.[0];
    const y = this.curve ? (output === undefined ? NaN : this.curveY(output, height)) : py;
    if (!Number.isFinite(y)) return;
    above.beginPath();
    above.arc(px, y, 6, 0, 2 * Math.PI);
    above.lineWidth = 4;
    above.strokeStyle = token('--pg-surface');
    above.stroke();
    above.lineWidth = 2;
    above.strokeStyle = token('--pg-ink');
    above.stroke();
  }

  // ------------------------------------------------------------------------------------------------- the curve

  private curveX = (x: number, width: number) => AXIS + ((x + REACH) / (2 * REACH)) * (width - AXIS - 6);
  private curveY(y: number, height: number): number {
    const [lo, hi] = this.values ?? [-1, 1];
    return 6 + ((hi - y) / (hi - lo)) * (height - 26);
  }
  private paintCurve(context: CanvasRenderingContext2D, surface: TensorRead | null, width: number, height: number): void {
    const points = this.points.value;
    if (points && !this.values) {
      // The range belongs to the points; a fit that leaves it leaves the picture.
      let most = 1;
      for (let i = 0; i < points.data.length; i += 4) most = Math.max(most, Math.abs(points.data[i + 1]!));
      const reach = niceExtent(most * 1.02) < most * 1.5 ? niceExtent(most * 1.02) : most * 1.12;
      this.values = [-reach, reach];
    }
    const [lo, hi] = this.values ?? [-1, 1];
    const y = (v: number) => this.curveY(v, height);
    context.font = `12px ${getComputedStyle(this).fontFamily}`;
    context.lineWidth = 1;
    context.fillStyle = token('--pg-ink-2');
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const v of [Math.ceil(lo), 0, Math.floor(hi)]) {
      context.strokeStyle = token(v === 0 ? '--pg-edge' : '--pg-line');
      context.beginPath();
      context.moveTo(AXIS, Math.round(y(v)) + 0.5);
      context.lineTo(width - 6, Math.round(y(v)) + 0.5);
      context.stroke();
      context.fillText(String(v).replace('-', '−'), AXIS - 6, y(v));
    }
    context.textAlign = 'center';
    context.textBaseline = 'alphabetic';
    for (const v of [-6, -3, 0, 3, 6]) context.fillText(String(v).replace('-', '−'), Math.min(width - 12, this.curveX(v, width)), height - 4);

    context.save();
    context.beginPath();
    context.rect(AXIS, 0, width - AXIS, height - 20);
    context.clip();
    if (points) {
      for (let i = 0; i < points.data.length; i += 4) {
        const train = points.data[i + 3] === 0;
        context.beginPath();
        if (train) context.arc(this.curveX(points.data[i]!, width), y(points.data[i + 1]!), 2.8, 0, 2 * Math.PI);
        else mark(context, 'diamond', this.curveX(points.data[i]!, width), y(points.data[i + 1]!), 3.2);
        context.globalAlpha = train ? 0.65 : 0.9;
        context.fillStyle = context.strokeStyle = token(train ? '--pg-train' : '--pg-test');
        context.lineWidth = 1.4;
        if (train) context.fill();
        else context.stroke();
      }
      context.globalAlpha = 1;
    }
    const line = (data: ArrayLike<number>, offset: number, n: number, scale: (v: number) => number, color: string, thick: number, dashes: number[] = []) => {
      context.beginPath();
      for (let k = 0; k < n; k++) {
        const px = this.curveX(-REACH + (2 * REACH * k) / (n - 1), width), py = scale(data[offset + k]!);
        if (k === 0) context.moveTo(px, py);
        else context.lineTo(px, py);
      }
      context.setLineDash(dashes);
      context.lineJoin = 'round';
      context.strokeStyle = token('--pg-surface');
      context.lineWidth = thick + 2.5;
      context.stroke();
      context.strokeStyle = color;
      context.lineWidth = thick;
      context.stroke();
      context.setLineDash([]);
    };
    if (surface) {
      context.globalAlpha = this.unit ? 0.35 : 1;
      line(surface.data, 0, surface.shape[2]!, y, token('--pg-ink'), 2.2);
      context.globalAlpha = 1;
    }
    const maps = this.watched('maps');
    if (this.unit && maps) {
      const n = maps.shape[2]!;
      // The unit's own scale: its largest value reaches three quarters of the way up.
      const factor = (0.75 * hi) / (magnitude(maps.data, this.unit.row * n, (this.unit.row + 1) * n) || 1);
      line(maps.data, this.unit.row * n, n, (v) => y(v * factor), token('--pg-sym-a'), 2.2);
    }
    context.restore();
  }

  // ---------------------------------------------------------------------------------------------------- template

  /** What stands under the picture: the place under the pointer, else the probe. */
  private readoutText(): string {
    const ctx = this.ctx!, info = this.info!;
    const surface = this.watched('surface');
    const probe = probeOf(ctx);
    const num = (v: number) => ctx.num(Number(v.toPrecision(3)));
    if (this.here && surface) {
      const side = surface.shape[2]!;
      if (this.curve) {
        const x = clampPlane(((this.here.px - AXIS) / (this.size()[0] - AXIS - 6)) * 2 * REACH - REACH);
        const t = ((x + REACH) / (2 * REACH)) * (side - 1), i = Math.min(side - 2, Math.floor(t));
        const value = surface.data[i]! * (1 - (t - i)) + surface.data[i + 1]! * (t - i);
        return ctx.t('ui.at_curve', { x: x.toFixed(2).replace('-', '−'), y: num(value) });
      }
      const { x1, x2 } = this.here;
      const place = { x1: x1.toFixed(2).replace('-', '−'), x2: x2.toFixed(2).replace('-', '−') };
      if (this.unit) return '';
      const values = Array.from({ length: surface.shape[0]! }, (_, c) => sample(surface.data, c * side * side, side, x1, x2));
      return this.answer(ctx, place, values, info.kind);
    }
    const answer = ctx.snapshot?.answers['predict'] as { output: number[]; probabilities: number[] } | undefined;
    if (!probe || !answer) return ctx.t(this.curve ? 'ui.probe_hint_curve' : 'ui.probe_hint');
    if (this.curve) return ctx.t('ui.at_curve', { x: num(probe.x[0]!), y: num(answer.output[0]!) });
    const place = { x1: num(probe.x[0]!), x2: num(probe.x[1]!) };
    const values = info.kind === 'binary' ? [answer.probabilities[1]!] : info.kind === 'multiclass' ? answer.probabilities : answer.output;
    return this.answer(ctx, place, values, info.kind);
  }
  private answer(ctx: LabContext, place: { x1: string; x2: string }, values: number[], kind: string): string {
    const num = (v: number) => ctx.num(Number(v.toPrecision(3)));
    if (kind === 'regression') return ctx.t('ui.at_value', { ...place, value: num(values[0]!) });
    const parts = kind === 'binary' ? [1 - values[0]!, values[0]!] : values;
    const best = parts.reduce((b, v, i) => (v > parts[b]! ? i : b), 0);
    return ctx.t('ui.at_class', { ...place, name: className(ctx, this.info!, best), p: share(ctx, parts[best]!) });
  }
  private refreshReadout(): void {
    const place = this.renderRoot.querySelector('.readout');
    const text = this.readoutText();
    if (place && place.textContent !== text) place.textContent = text;
  }

  private legend(): TemplateResult {
    const ctx = this.ctx!;
    const item = (drawing: TemplateResult, label: string) => html`<span class="legend">${drawing}${label}</span>`;
    const ring = (fill: string, stroke: string, width: number) =>
      html`<svg viewBox="0 0 13 13" aria-hidden="true"><circle cx="6.5" cy="6.5" r="4" .style=${`fill:${fill};stroke:${stroke};stroke-width:${width}`} /></svg>`;
    if (this.curve) {
      return html`${item(ring('var(--pg-train)', 'none', 0), ctx.t('ui.points_train'))}
        ${item(html`<svg viewBox="0 0 13 13" aria-hidden="true"><path d="M6.5 2 11 6.5 6.5 11 2 6.5Z" fill="none" stroke="var(--pg-test)" stroke-width="1.6" /></svg>`, ctx.t('ui.points_test'))}`;
    }
    const regression = this.info!.kind === 'regression';
    return html`${item(ring(regression ? 'none' : 'var(--pg-ink-2)', regression ? 'var(--pg-ink)' : 'none', 1), ctx.t('ui.points_train'))}
      ${item(ring('none', regression ? 'var(--pg-test)' : 'var(--pg-ink-2)', 1.9), ctx.t('ui.points_test'))}`;
  }

  private classLegend(): TemplateResult | typeof nothing {
    const ctx = this.ctx!, info = this.info!;
    if (info.kind !== 'binary' && info.kind !== 'multiclass') return nothing;
    return html`${info.classes.map((_, k) => html`<span class="legend"><svg viewBox="0 0 13 13" aria-hidden="true"><path d=${markPath(k)} .style=${`fill:var(--pg-class-${k})`} /></svg>${className(ctx, info, k)}</span>`)}`;
  }

  /** The scale of the colours: what the ends stand for. */
  private key(): TemplateResult | typeof nothing {
    const ctx = this.ctx!, info = this.info!;
    const gradient = (table: Uint32Array) => `background:linear-gradient(to right,${[0, 0.25, 0.5, 0.75, 1].map((s) => areaColor(table, s)).join(',')})`;
    const bar = (label: string, low: string, table: Uint32Array, high: string) => html`<span class="key"><span>${label}</span><span>${low}</span><i .style=${gradient(table)}></i><span>${high}</span></span>`;
    if (this.curve) return nothing;
    const unit = this.unit;
    if (unit && !(unit.column.role === 'output' && unit.column.units === 1)) {
      if (unit.column.role === 'output') return bar('', '0', classAreas()[unit.unit % 10]!, '1');
      return bar('', `−${ctx.num(unit.extent)}`, signedArea(), `+${ctx.num(unit.extent)}`);
    }
    if (info.kind === 'binary') return bar(ctx.t('ui.p_of', { name: className(ctx, info, 1) }), '0', signedArea(), '1');
    if (info.kind === 'regression') return bar('', '−1', signedArea(), '+1');
    return nothing;
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info || info.kind === 'digits') return nothing;
    const [width, height] = this.size();
    const probe = probeOf(ctx);
    const title = this.unit ? this.unit.name : ctx.t(this.curve ? 'ui.surface.curve' : info.kind === 'regression' ? 'ui.surface.value' : 'ui.surface.class');
    return html`
      <div class="top"><h3>${title}</h3>${this.key()}</div>
      <div class="picture" .style=${`width:${width}px;height:${height}px`} tabindex="0" role="application"
        aria-roledescription=${ctx.t('ui.surface.role')} aria-label=${ctx.t('ui.surface.label')} aria-describedby="readout"
        @pointermove=${(e: PointerEvent) => e.pointerType !== 'touch' && this.hover(this.at(e))} @pointerleave=${() => this.hover(null)}
        @click=${(e: MouseEvent) => {
          const here = this.at(e);
          this.setProbe(this.curve ? ((here.px - AXIS) / (width - AXIS - 6)) * 2 * REACH - REACH : here.x1, here.x2);
        }}
        @keydown=${this.onKey}>
        <canvas class="base" aria-hidden="true"></canvas>
        <canvas class="points" aria-hidden="true" ?hidden=${this.curve}></canvas>
        <canvas class="probe" aria-hidden="true" ?hidden=${!probe}></canvas>
        ${this.curve ? nothing : html`<div class="frame"></div><span class="axis start">x₂</span><span class="axis end">x₁</span>`}
      </div>
      <div class="bottom" data-part="points">
        <div class="line"><span class="readout" id="readout" aria-live=${ctx.running ? 'off' : 'polite'}></span>
          ${probe ? html`<button class="clear" type="button" @click=${() => ctx.setView({ probe: null })}>${ctx.t('ui.probe_clear')}</button>` : nothing}</div>
        <div class="line">${this.classLegend()}${this.legend()}</div>
      </div>`;
  }
}
define('pg-network-surface', PgNetworkSurface);

/** A class's mark as an SVG path in a 13 × 13 box. */
export function markPath(k: number): string {
  let d = '';
  mark(
    {
      moveTo: (x: number, y: number) => (d += `M${x.toFixed(2)} ${y.toFixed(2)}`),
      lineTo: (x: number, y: number) => (d += `L${x.toFixed(2)} ${y.toFixed(2)}`),
      arc: (x: number, y: number, r: number, _from: number, _to: number, back?: boolean) =>
        (d += `A${r} ${r} 0 1 ${back ? 0 : 1} ${(x - r).toFixed(2)} ${y}A${r} ${r} 0 1 ${back ? 0 : 1} ${(x + r).toFixed(2)} ${y}Z`),
      closePath: () => (d += 'Z'),
    },
    classShape(k), 6.5, 6.5, 4.2,
  );
  return d;
}
