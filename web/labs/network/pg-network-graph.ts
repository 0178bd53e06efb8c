// The network drawn: units as small pictures of their response, edges by their weights. Two canvases (edges and units,
// a pulse on top) and a transparent button over every unit, so that all of it opens by mouse, touch and keyboard.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { classColor, classShape, colorIndex, magnitude, paintHeat, sequential, token } from '../../elements/color';
import { areaColor, classAreas, signedArea } from './inks';
import { alphaOf, edgeAt, ease, LEVELS, niceExtent, port, strongest, widthOf, type Edge } from './edges';
import { fit } from '../../elements/painted';
import { Atlas, LabElement } from './lab-element';
import { layoutNetwork, type ColumnSize, type Layout } from './layout';
import { activationName, columnsOf, featureName, hasEdges, probeArgs, probeOf, PIXELS, SIDE, unitName, type Column, type Probe } from './net';
import { mark, toX, toY } from './plane';
import type { LabContext, TensorRead } from '../lab-view';

interface UnitAt {
  kind: 'unit';
  column: number;
  unit: number;
}
interface EdgeAt extends Edge {
  kind: 'edge';
  /** The edge leads from column `gap` into the next. */
  gap: number;
  /** Which end stays when one walks to the neighbouring edge. */
  stays: 'from' | 'to';
}
type At = UnitAt | EdgeAt;

/** A unit under the pointer, as the large picture shows it. */
export interface ShownUnit {
  column: Column;
  unit: number;
  name: string;
  /** Row in `maps`. */
  row: number;
  extent: number;
}

const HEAD = 38;
/** Edges drawn at rest between two layers of which one is a grid. */
const STRONGEST = 90;
const PULSE_MS = 900;
/** Room beside the features' names, for the classes' marks, for the way into the large picture. */
const LABEL = 12;
const MARK = 22;
const STUB = 14;

const sameAt = (a: At | null, b: At | null) => JSON.stringify(a) === JSON.stringify(b);

export class PgNetworkGraph extends LabElement {
  static override properties = { needProbe: { attribute: false }, tall: { type: Number }, leads: { type: Boolean }, at: { state: true }, roving: { state: true }, opened: { state: true } };
  /** Makes sure that there is an input to explain numbers with; answers it. */
  declare needProbe: () => Probe | null;
  /** Height of the drawing without the column heads, CSS px. */
  declare tall: number;
  /** The large picture stands at the right: the output leads into it. */
  declare leads: boolean;
  declare private at: At | null;
  /** The unit that Tab comes to. */
  declare private roving: UnitAt | null;

  /** Its card is open: it stays highlighted, without the small card of its own. */
  declare private opened: boolean;

  private columns: Column[] = [];
  private layout: Layout | null = null;
  private atlas = new Atlas();
  /** First picture of each column in the atlas. */
  private atlasAt: number[] = [];
  private pictures = new Atlas();
  private extents: number[] = [];
  private weightExtent = 1;
  private edges: Edge[][] = [];
  private pulseFrame = 0;
  private pulseStart = 0;
  private stepSeen = -1;
  private fromKeyboard = false;

  constructor() {
    super();
    this.tall = 440;
    this.leads = false;
    this.at = null;
    this.roving = null;
    this.opened = false;
    this.needProbe = () => null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        position: relative;
        min-width: 0;
        user-select: none;
        -webkit-user-select: none;
      }
      .head {
        position: absolute;
        transform: translate(-50%, -100%);
        text-align: center;
        font-size: 12.5px;
        line-height: 1.3;
        white-space: nowrap;
        color: var(--pg-ink);
      }
      .head small {
        display: block;
        font-size: 11.5px;
        color: var(--pg-ink-2);
      }
      .net {
        position: relative;
        margin-block: ${HEAD}px var(--after, ${HEAD}px);
      }
      canvas {
        position: absolute;
        inset: 0;
        pointer-events: none;
      }
      button {
        position: absolute;
        padding: 0;
        border: 0;
        background: none;
        border-radius: 4px;
        touch-action: manipulation;
      }
      button.on {
        outline: 2px solid var(--pg-accent);
        outline-offset: 1px;
      }
      button:focus-visible {
        outline: 2px solid var(--pg-accent);
        outline-offset: 2px;
        z-index: 1;
      }
      button.edge {
        width: 14px;
        height: 14px;
        margin: -7px 0 0 -7px;
        border-radius: 50%;
        border: 2px solid var(--pg-accent);
        background: var(--pg-surface);
      }
      .round {
        border-radius: 50%;
      }
      .more {
        position: absolute;
        display: grid;
        place-items: center;
        font-size: 11px;
        color: var(--pg-ink-2);
        white-space: nowrap;
      }
      .tip {
        position: absolute;
        z-index: 2;
        max-width: 220px;
        padding: 6px 9px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 12.5px;
        line-height: 1.45;
        pointer-events: none;
        font-variant-numeric: tabular-nums;
      }
      .tip p {
        margin: 0;
      }
      .tip b {
        font-weight: 600;
      }
      .tip .hint {
        color: var(--pg-ink-2);
        font-size: 12px;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('inspector-close', this.onClosed);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('inspector-close', this.onClosed);
    cancelAnimationFrame(this.pulseFrame);
    this.pulseFrame = 0;
  }
  protected override resized(): void {
    this.requestUpdate();
  }

  // ---------------------------------------------------------------------------------------------------- numbers

  private weightOf(column: Column): TensorRead | null {
    return column.weight ? this.watched(`param:${column.weight}`) : null;
  }
  private weight(column: Column, to: number, from: number): number {
    return this.weightOf(column)?.data[to * column.fanIn + from] ?? NaN;
  }
  private activation(column: Column, unit: number): number {
    return this.watched('activations')?.data[column.offset + unit] ?? NaN;
  }

  protected override snapshotCame(before: LabContext | null): void {
    const now = this.ctx!.snapshot, then = before?.snapshot;
    if (now && then && now !== then && now.build === then.build && !now.running && !then.running && now.status.step === this.stepSeen + 1) this.pulse();
    if (now) this.stepSeen = now.status.step;
    if (then && now && then.build !== now.build) {
      this.at = null;
      this.roving = null;
    }
  }

  // ----------------------------------------------------------------------------------------------------- layout

  private measure(): void {
    const info = this.info;
    const width = Math.floor(this.clientWidth);
    if (!info || width < 40) {
      this.layout = null;
      return;
    }
    this.columns = columnsOf(info);
    const digits = info.kind === 'digits';
    const sizes = this.columns.map((column): ColumnSize => {
      if (column.role === 'input' && digits) return { units: 1, cell: 56 };
      if (column.role === 'output' && digits) return { units: column.units, cell: 28, width: width < 420 ? 58 : 84 };
      if (column.role === 'output' && column.units === 1) return { units: 1, cell: 38 };
      return { units: column.units };
    });
    const many = !digits && this.columns[this.columns.length - 1]!.units > 1;
    this.layout = layoutNetwork(sizes, width, this.tall, { left: digits ? 0 : LABEL + this.nameWidth(), right: many ? MARK : this.leads ? STUB : 0 });
  }
  private nameWidth(): number {
    const context = document.createElement('canvas').getContext('2d')!;
    context.font = `500 14px ${getComputedStyle(this).fontFamily}`;
    return Math.ceil(Math.max(...Array.from({ length: this.columns[0]!.units }, (_, i) => context.measureText(featureName(this.ctx!, this.info!, i)).width)));
  }
  private block = (column: number) => this.layout!.blocks[column]!;

  // -------------------------------------------------------------------------------------------------- interaction

  private onClosed = (): void => {
    if (!this.opened) return;
    const at = this.at;
    // Back to where it was opened from; the pointer may be anywhere by now.
    if (at && this.fromKeyboard) this.focusAt(at);
    else this.show(null);
    this.opened = false;
  };
  private left(): void {
    if (!this.opened) this.show(null);
  }

  private focusAt(at: At): void {
    this.fromKeyboard = true;
    this.show(at);
    if (at.kind === 'unit') this.roving = at;
    void this.updateComplete.then(() => {
      const target = at.kind === 'edge' ? 'button.edge' : `button[data-c="${at.column}"][data-i="${at.unit}"]`;
      this.renderRoot.querySelector<HTMLElement>(target)?.focus();
    });
  }

  private show(at: At | null): void {
    if (sameAt(at, this.at)) return;
    this.at = at;
    this.opened = false;
    this.emit('unit-hover', at?.kind === 'unit' ? this.shown(at) : null);
    this.paintSoon();
  }
  private shown({ column: c, unit }: UnitAt): ShownUnit | null {
    const column = this.columns[c]!;
    if (!this.watched('maps')) return null;
    const extent = column.role === 'input' ? this.featureExtent(unit) : (this.extents[c] ?? 1);
    return { column, unit, name: unitName(this.ctx!, this.info!, column, unit), row: column.offset + unit, extent };
  }
  private featureExtent(unit: number): number {
    const maps = this.watched('maps');
    if (!maps) return 1;
    const n = maps.data.length / maps.shape[0]!;
    return magnitude(maps.data, unit * n, (unit + 1) * n) || 1;
  }

  private open(at: At, element: Element): void {
    const ctx = this.ctx!;
    // A rectangle, not the element: an edge's button is there only as long as it has the focus.
    const box = element.getBoundingClientRect();
    if (at.kind === 'edge') {
      const { weight } = this.columns[at.gap + 1]!;
      this.opened = true;
      ctx.inspect({ value: weight, index: [at.to, at.from] }, box, { pin: true });
      return;
    }
    const column = this.columns[at.column]!;
    // The picture of all the pixels is no number; each of its pixels is one term of a first-layer unit's sum.
    if (column.role === 'input' && this.info!.kind === 'digits') return;
    this.opened = true;
    ctx.inspect({ value: column.value, index: [at.unit], args: probeArgs(this.needProbe()) }, box, { pin: true });
  }

  private hit(event: MouseEvent): At | null {
    const button = (event.composedPath()[0] as Element).closest?.('button[data-c]') as HTMLElement | null;
    if (button) return { kind: 'unit', column: Number(button.dataset['c']), unit: Number(button.dataset['i']) };
    const box = this.renderRoot.querySelector('.net')!.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    for (let gap = 0; gap + 1 < this.columns.length; gap++) {
      const edge = this.edges[gap] ? edgeAt(this.block(gap), this.block(gap + 1), this.edges[gap]!, x, y, 7) : null;
      if (edge) return { kind: 'edge', gap, stays: 'to', ...edge };
    }
    return null;
  }
  private onMove(event: PointerEvent): void {
    if (event.pointerType === 'touch' || !this.layout) return;
    this.fromKeyboard = false;
    this.show(this.hit(event));
  }
  private onClick(event: MouseEvent): void {
    if (!this.layout) return;
    const at = this.hit(event) ?? ((event.composedPath()[0] as Element).closest?.('button.edge') ? this.at : null);
    this.show(at);
    if (!at) return;
    if (at.kind === 'unit') this.roving = at;
    void this.updateComplete.then(() => {
      const element = (event.composedPath()[0] as Element).closest?.('button') ?? this.renderRoot.querySelector('button.edge');
      if (element) this.open(at, element);
    });
  }

  /** The strongest of the edges that end in (or leave from) one unit. */
  private strongestEdge(gap: number, stays: 'from' | 'to', unit: number): EdgeAt {
    const column = this.columns[gap + 1]!;
    const count = this.block(stays === 'to' ? gap : gap + 1).shown;
    let best = 0, most = -1;
    for (let k = 0; k < count; k++) {
      const w = Math.abs(stays === 'to' ? this.weight(column, unit, k) : this.weight(column, k, unit));
      if (w > most) {
        most = w;
        best = k;
      }
    }
    return { kind: 'edge', gap, stays, from: stays === 'to' ? best : unit, to: stays === 'to' ? unit : best };
  }

  private onKey(event: KeyboardEvent): void {
    // The pointer may rest on something else than what has the focus.
    const onEdge = (event.composedPath()[0] as Element).matches('button.edge');
    const at = onEdge ? this.at : this.roving;
    if (!at || !this.layout) return;
    const round = (k: number, n: number) => ((k % n) + n) % n;
    const vertical = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    let next: At | null = null;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.open(at, event.composedPath()[0] as Element);
      return;
    }
    if (at.kind === 'unit') {
      const { column, unit } = at;
      if (vertical) next = { ...at, unit: round(unit + vertical, this.block(column).shown) };
      else if (event.key === 'ArrowLeft' && column > 0) {
        next = hasEdges(this.columns[column]!) ? this.strongestEdge(column - 1, 'to', unit) : { kind: 'unit', column: column - 1, unit: 0 };
      } else if (event.key === 'ArrowRight' && column + 1 < this.columns.length) {
        next = hasEdges(this.columns[column + 1]!) ? this.strongestEdge(column, 'from', unit) : { kind: 'unit', column: column + 1, unit: 0 };
      } else if (event.key === 'Home') next = { kind: 'unit', column: 0, unit: 0 };
      else if (event.key === 'End') next = { kind: 'unit', column: this.columns.length - 1, unit: 0 };
    } else {
      if (vertical && at.stays === 'to') next = { ...at, from: round(at.from + vertical, this.block(at.gap).shown) };
      else if (vertical) next = { ...at, to: round(at.to + vertical, this.block(at.gap + 1).shown) };
      else if (event.key === 'ArrowLeft') next = { kind: 'unit', column: at.gap, unit: at.from };
      else if (event.key === 'ArrowRight') next = { kind: 'unit', column: at.gap + 1, unit: at.to };
      else if (event.key === 'Escape') next = { kind: 'unit', column: at.stays === 'to' ? at.gap + 1 : at.gap, unit: at.stays === 'to' ? at.to : at.from };
    }
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    this.focusAt(next);
  }

  private edgeName(at: EdgeAt): string {
    const ctx = this.ctx!, info = this.info!;
    return ctx.t('ui.edge', {
      from: unitName(ctx, info, this.columns[at.gap]!, at.from),
      to: unitName(ctx, info, this.columns[at.gap + 1]!, at.to),
    });
  }
  private edgePlace(at: EdgeAt): { x: number; y: number } {
    const from = port(this.block(at.gap), at.from, 'out'), to = port(this.block(at.gap + 1), at.to, 'in');
    return { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  }

  // ---------------------------------------------------------------------------------------------------- painting

  protected override paint(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.base');
    if (!canvas || !this.layout || !this.info) return;
    const { width, height } = this.layout;
    const context = fit(canvas, width, height);
    this.gatherEdges();
    this.paintEdges(context);
    this.paintUnits(context);
    // The words under the pointer follow the numbers.
    if (this.at) this.refreshTip();
  }

  private gatherEdges(): void {
    let most = 0;
    this.edges = this.columns.slice(1).map((column, gap) => {
      const weight = this.weightOf(column);
      if (!weight || !hasEdges(column)) return [];
      const a = this.block(gap), b = this.block(gap + 1);
      most = Math.max(most, magnitude(weight.data));
      const all = !a.grid && !b.grid && a.more === null && b.more === null;
      return strongest(weight.data, column.fanIn, a.shown, b.shown, all ? Infinity : STRONGEST);
    });
    // The scale grows at once and shrinks late, so that it does not flicker between two values.
    if (most > this.weightExtent || most < this.weightExtent * 0.3) this.weightExtent = niceExtent(most);
  }

  private curve(path: Path2D, gap: number, edge: Edge): void {
    const from = port(this.block(gap), edge.from, 'out'), to = port(this.block(gap + 1), edge.to, 'in');
    const middle = (from.x + to.x) / 2;
    path.moveTo(from.x, from.y);
    path.bezierCurveTo(middle, from.y, middle, to.y, to.x, to.y);
  }

  private paintEdges(context: CanvasRenderingContext2D): void {
    const at = this.at;
    const paths = new Map<number, Path2D>();
    this.edges.forEach((edges, gap) => {
      const column = this.columns[gap + 1]!;
      for (const edge of edges) {
        const w = this.weight(column, edge.to, edge.from);
        const strength = Math.min(1, Math.abs(w) / this.weightExtent);
        const level = Math.ceil(strength * LEVELS);
        if (!(level > 0)) continue;
        const key = w > 0 ? level : -level;
        let path = paths.get(key);
        if (!path) paths.set(key, (path = new Path2D()));
        this.curve(path, gap, edge);
      }
    });
    context.lineCap = 'butt';
    const rest = at ? 0.22 : 1;
    for (const [key, path] of [...paths].sort((a, b) => Math.abs(a[0]) - Math.abs(b[0]))) this.stroke(context, path, key, rest);
    this.paintFan(context);
    this.paintStub(context);
    if (at) for (const [gap, edge] of this.highlighted(at)) {
      const w = this.weight(this.columns[gap + 1]!, edge.to, edge.from);
      const strength = Math.min(1, Math.abs(w) / this.weightExtent);
      const path = new Path2D();
      this.curve(path, gap, edge);
      context.globalAlpha = Math.max(0.35, alphaOf(strength));
      context.lineWidth = Math.max(1, widthOf(strength)) + (at.kind === 'edge' ? 1.5 : 0);
      context.strokeStyle = w > 0 ? token('--pg-pos') : w < 0 ? token('--pg-neg') : token('--pg-edge');
      context.stroke(path);
    }
    context.globalAlpha = 1;
  }
  private stroke(context: CanvasRenderingContext2D, path: Path2D, key: number, share: number): void {
    const strength = (Math.abs(key) - 0.5) / LEVELS;
    context.globalAlpha = alphaOf(strength) * share;
    context.lineWidth = widthOf(strength);
    context.strokeStyle = token(key > 0 ? '--pg-pos' : '--pg-neg');
    context.stroke(path);
  }
  private *highlighted(at: At): Generator<[number, Edge]> {
    if (at.kind === 'edge') {
      yield [at.gap, at];
      return;
    }
    const { column: c, unit } = at;
    if (c > 0 && hasEdges(this.columns[c]!)) for (let k = 0; k < this.block(c - 1).shown; k++) yield [c - 1, { from: k, to: unit }];
    if (c + 1 < this.columns.length && hasEdges(this.columns[c + 1]!)) for (let k = 0; k < this.block(c + 1).shown; k++) yield [c, { from: unit, to: k }];
  }

  /** The image feeds every unit of the first layer with all its pixels: a fan, not edges. */
  private paintFan(context: CanvasRenderingContext2D): void {
    if (this.info!.kind !== 'digits') return;
    const a = this.block(0), b = this.block(1);
    context.globalAlpha = 0.55;
    context.fillStyle = token('--pg-blank');
    context.beginPath();
    const x0 = a.x + a.width + 4, x1 = b.x - 5, middle = (x0 + x1) / 2;
    context.moveTo(x0, a.y);
    context.bezierCurveTo(middle, a.y, middle, b.y, x1, b.y);
    context.lineTo(x1, b.y + b.height);
    context.bezierCurveTo(middle, b.y + b.height, middle, a.y + a.height, x0, a.y + a.height);
    context.fill();
  }
  /** One output unit leads on into the large picture beside the drawing. */
  private paintStub(context: CanvasRenderingContext2D): void {
    const last = this.columns.length - 1;
    if (!this.leads || this.columns[last]!.units !== 1) return;
    const block = this.block(last), y = block.y + block.height / 2;
    context.globalAlpha = 1;
    context.strokeStyle = token('--pg-edge');
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(block.x + block.width, y);
    context.lineTo(this.layout!.width, y);
    context.stroke();
  }

  private paintUnits(context: CanvasRenderingContext2D): void {
    const kind = this.info!.kind;
    const maps = this.watched('maps');
    if (kind === 'curve') this.measureExtents(maps);
    else if (maps) this.paintAtlas(maps);
    if (kind === 'digits') this.paintPictures();
    const few = this.layout!.blocks.reduce((n, b) => n + b.shown, 0) <= 80;
    context.imageSmoothingEnabled = true;
    context.lineWidth = 1;
    this.columns.forEach((column, c) => {
      const block = this.block(c);
      block.places.forEach((place, unit) => {
        const w = column.role === 'output' && kind === 'digits' ? block.width : block.cell;
        if (column.role === 'output' && column.units === 1) this.paintOutput(context, column, place.x, place.y, block.cell);
        else if (column.role === 'output' && kind === 'digits') this.paintClassBar(context, unit, place.x, place.y, w, block.cell);
        else {
          if (column.role === 'output') this.paintMark(context, unit, place.x + block.cell + 13, place.y + block.cell / 2);
          if (column.role === 'input' && kind !== 'digits') this.paintFeature(context, unit, place.x - 7, place.y + block.cell / 2);
          this.paintUnit(context, column, c, unit, place.x, place.y, block.cell, few, maps);
        }
      });
    });
  }

  /** Range of a column's values over the plane; every hidden layer has its own. */
  private measureExtents(maps: TensorRead | null): void {
    this.extents = this.columns.map((column, c) => {
      if (column.activation === 'tanh' || column.activation === 'sigmoid' || column.activation === 'softmax') return 1; // all there is
      if (!maps || column.role === 'input') return 1;
      const n = maps.data.length / maps.shape[0]!;
      const most = magnitude(maps.data, column.offset * n, (column.offset + column.units) * n);
      // Follows slowly, so that the colours do not flicker while it trains; a little less than the largest value, which
      // often stands in a corner where no point is.
      const wanted = this.info!.kind === 'curve' ? most : most * 0.5;
      const before = this.extents[c] || wanted;
      return before + (wanted - before) * 0.2;
    });
  }
  private paintAtlas(maps: TensorRead): void {
    const [rows, , side] = maps.shape as [number, number, number];
    this.measureExtents(maps);
    // Only the units that have a place.
    let at = 0;
    this.atlasAt = this.layout!.blocks.map((block) => (at += block.shown) - block.shown);
    this.atlas.begin(side, side, at);
    const n = side * side;
    this.columns.forEach((column, c) => {
      const first = this.atlasAt[c]!, { shown } = this.block(c);
      // Maps of the network before it was rebuilt.
      if (column.offset + column.units > rows) return;
      if (column.role === 'input') {
        for (let k = 0; k < shown; k++) {
          const extent = this.featureExtent(k);
          paintHeat(this.atlas.slice(first + k, 1), maps.data, k * n, signedArea(), -extent, extent);
        }
      } else if (column.role === 'output' && column.units > 1) {
        // A class's unit shows its class's colour.
        for (let k = 0; k < shown; k++) paintHeat(this.atlas.slice(first + k, 1), maps.data, (column.offset + k) * n, classAreas()[k % 10]!, 0, 1);
      } else {
        const extent = this.extents[c]!;
        paintHeat(this.atlas.slice(first, shown), maps.data, column.offset * n, signedArea(), -extent, extent);
      }
    });
    this.atlas.commit();
  }
  /** Digits: what each first-layer unit weighs, and the image that goes in. */
  private paintPictures(): void {
    const weights = this.watched('weights_pictures');
    const units = weights ? weights.shape[0]! : 0;
    this.pictures.begin(SIDE, SIDE, units + 1);
    const pixels = probeOf(this.ctx!)?.x;
    if (pixels?.length === PIXELS) paintHeat(this.pictures.slice(0, 1), pixels, 0, sequential(), 0, 1);
    else this.pictures.slice(0, 1).data.fill(0);
    if (weights) {
      const extent = magnitude(weights.data) * 0.45 || 1;
      paintHeat(this.pictures.slice(1, units), weights.data, 0, signedArea(), -extent, extent);
    }
    this.pictures.commit();
  }

  private paintUnit(
    context: CanvasRenderingContext2D, column: Column, c: number, unit: number, x: number, y: number, size: number, few: boolean, maps: TensorRead | null,
  ): void {
    const { kind } = this.info!;
    context.save();
    context.beginPath();
    if (few) context.roundRect(x, y, size, size, Math.min(5, size / 5));
    else context.rect(x, y, size, size);
    context.fillStyle = token('--pg-surface');
    context.fill();
    if (few) context.clip();
    const activation = this.activation(column, unit);
    if (kind === 'digits' && c <= 1) {
      context.imageSmoothingEnabled = size < 56;
      if (c === 0 || this.watched('weights_pictures')) this.pictures.draw(context, c === 0 ? 0 : unit + 1, x, y, size, size);
    } else if (kind === 'digits' || kind === 'table') {
      // Units without a picture of their own: the colour is the activation for the example shown.
      const extent = this.extentOfActivations(column);
      if (Number.isFinite(activation)) {
        context.fillStyle = areaColor(signedArea(), colorIndex(activation, -extent, extent) / 255);
        context.fillRect(x, y, size, size);
      }
    } else if (kind === 'curve') {
      if (maps) this.paintLine(context, maps, column, c, unit, x, y, size);
    } else if (maps) {
      this.atlas.draw(context, this.atlasAt[c]! + unit, x, y, size, size);
    }
    context.restore();
    context.strokeStyle = token('--pg-line');
    context.lineWidth = 1;
    if (few) {
      context.beginPath();
      context.roundRect(x + 0.5, y + 0.5, size - 1, size - 1, Math.min(5, size / 5));
      context.stroke();
    } else context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
    if (!(kind === 'digits' && c === 0)) this.paintProbe(context, activation, x, y, size, this.lineExtent(c, unit));
  }

  private extentOfActivations(column: Column): number {
    const all = this.watched('activations');
    return all ? magnitude(all.data, column.offset, column.offset + column.units) || 1 : 1;
  }

  /** Value at the upper edge of a unit's line plot. */
  private lineExtent(c: number, unit: number): number {
    return (this.columns[c]!.role === 'input' ? this.featureExtent(unit) : (this.extents[c] ?? 1)) * 1.1;
  }
  private paintLine(context: CanvasRenderingContext2D, maps: TensorRead, column: Column, c: number, unit: number, x: number, y: number, size: number): void {
    const n = maps.shape[maps.shape.length - 1]!;
    const offset = (column.offset + unit) * n;
    const extent = this.lineExtent(c, unit);
    context.strokeStyle = token('--pg-line');
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, y + size / 2);
    context.lineTo(x + size, y + size / 2);
    context.stroke();
    context.strokeStyle = token('--pg-sym-a');
    context.lineWidth = 1.5;
    context.beginPath();
    for (let k = 0; k < n; k++) {
      const py = y + size / 2 - (maps.data[offset + k]! / extent) * (size / 2);
      const px = x + (k / (n - 1)) * size;
      if (k === 0) context.moveTo(px, py);
      else context.lineTo(px, py);
    }
    context.stroke();
  }

  /** Where the probe is on the unit's map, and the unit's value there. */
  private paintProbe(context: CanvasRenderingContext2D, activation: number, x: number, y: number, size: number, extent: number): void {
    const probe = probeOf(this.ctx!);
    if (!probe) return;
    const { kind } = this.info!;
    if (kind !== 'digits' && kind !== 'table' && size >= 20) {
      const px = x + toX(probe.x[0]!, size), py = kind === 'curve' ? y + size / 2 - (activation / extent) * (size / 2) : y + toY(probe.x[1]!, size);
      context.beginPath();
      context.arc(px, py, 2.2, 0, 2 * Math.PI);
      context.fillStyle = token('--pg-ink');
      context.fill();
      context.lineWidth = 1;
      context.strokeStyle = token('--pg-surface');
      context.stroke();
    }
    if (!Number.isFinite(activation) || size < 30) return;
    const text = this.ctx!.num(Number(activation.toPrecision(2)));
    context.font = `600 10.5px ${getComputedStyle(this).fontFamily}`;
    const w = context.measureText(text).width + 5;
    context.fillStyle = token('--pg-surface');
    context.globalAlpha = 0.86;
    context.beginPath();
    context.roundRect(x + size - w - 1, y + size - 13, w, 12, 3);
    context.fill();
    context.globalAlpha = 1;
    context.fillStyle = token('--pg-ink');
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillText(text, x + size - 3.5, y + size - 6.5);
  }

  private paintFeature(context: CanvasRenderingContext2D, unit: number, right: number, y: number): void {
    context.font = `500 14px ${getComputedStyle(this).fontFamily}`;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillStyle = token('--pg-sym-x');
    context.fillText(featureName(this.ctx!, this.info!, unit), right, y);
  }
  private paintMark(context: CanvasRenderingContext2D, unit: number, x: number, y: number): void {
    context.fillStyle = classColor(unit);
    context.beginPath();
    mark(context, classShape(unit), x, y, 5);
    context.fill();
  }

  /** The only output: a circle with what it does to its sum; the large picture beside it is what it answers. */
  private paintOutput(context: CanvasRenderingContext2D, column: Column, x: number, y: number, size: number): void {
    context.beginPath();
    context.arc(x + size / 2, y + size / 2, size / 2 - 0.75, 0, 2 * Math.PI);
    context.fillStyle = token('--pg-raised');
    context.fill();
    context.strokeStyle = token('--pg-edge');
    context.lineWidth = 1.5;
    context.stroke();
    context.fillStyle = token('--pg-sym-a');
    context.font = `600 18px ${getComputedStyle(this).fontFamily}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(column.activation === 'sigmoid' ? 'σ' : 'Σ', x + size / 2, y + size / 2 + 1);
  }

  private paintClassBar(context: CanvasRenderingContext2D, unit: number, x: number, y: number, w: number, h: number): void {
    const shares = this.ctx!.snapshot?.answers['predict']?.probabilities as number[] | undefined;
    const share = shares?.[unit] ?? 0;
    const winner = shares !== undefined && share === Math.max(...shares);
    context.font = `${winner ? 700 : 500} 14px ${getComputedStyle(this).fontFamily}`;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillStyle = token(winner ? '--pg-ink' : '--pg-ink-2');
    context.fillText(this.info!.classes[unit] ?? String(unit), x + 4, y + h / 2 + 0.5);
    const left = x + 18, room = w - 20;
    context.fillStyle = token('--pg-blank');
    context.fillRect(left, y + h / 2 - 5, room, 10);
    context.fillStyle = token('--pg-seq');
    context.fillRect(left, y + h / 2 - 5, room * share, 10);
  }

  // ------------------------------------------------------------------------------------------------------- pulse

  /** One step was made: values run once along the edges they flow on. */
  private pulse(): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    this.pulseStart = performance.now();
    this.pulseFrame ||= requestAnimationFrame((now) => this.surroundings.run(() => this.drawPulse(now)));
  }
  private drawPulse(now: number): void {
    this.pulseFrame = 0;
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.pulse');
    if (!canvas || !this.layout) return;
    const context = fit(canvas, this.layout.width, this.layout.height);
    const t = (now - this.pulseStart) / PULSE_MS;
    if (t >= 1) return;
    const gaps = this.edges.length;
    const gap = Math.min(gaps - 1, Math.floor(t * gaps)), local = t * gaps - gap;
    const column = this.columns[gap + 1]!;
    context.globalAlpha = Math.min(1, 4 * local, 4 * (1 - local) + 0.2);
    for (const edge of this.edges[gap] ?? []) {
      const w = this.weight(column, edge.to, edge.from);
      const a = this.activation(this.columns[gap]!, edge.from);
      const flow = w * (Number.isFinite(a) ? a : 1);
      const strength = Math.min(1, Math.abs(flow) / this.weightExtent);
      if (strength < 0.03) continue;
      const from = port(this.block(gap), edge.from, 'out'), to = port(this.block(gap + 1), edge.to, 'in');
      const u = 1 - (1 - local) ** 2;
      context.fillStyle = token(flow > 0 ? '--pg-pos' : '--pg-neg');
      context.beginPath();
      context.arc(from.x + (to.x - from.x) * (1.5 * u * (1 - u) + u ** 3), from.y + (to.y - from.y) * ease(u), 1.2 + 2.6 * strength, 0, 2 * Math.PI);
      context.fill();
    }
    this.pulseFrame = requestAnimationFrame((next) => this.surroundings.run(() => this.drawPulse(next)));
  }

  // ---------------------------------------------------------------------------------------------------- template

  /** Lines of the card at the pointer. */
  private tipLines(at: At): string[] {
    const ctx = this.ctx!, info = this.info!;
    if (at.kind === 'edge') return [this.edgeName(at), ctx.t('ui.weight_is', { value: ctx.num(this.weight(this.columns[at.gap + 1]!, at.to, at.from)) })];
    const column = this.columns[at.column]!;
    const lines = [unitName(ctx, info, column, at.unit)];
    const activation = this.activation(column, at.unit);
    if (Number.isFinite(activation) && !(info.kind === 'digits' && column.role === 'input')) lines.push(ctx.t('ui.activation_is', { value: ctx.num(activation) }));
    const bias = column.bias ? this.watched(`param:${column.bias}`)?.data[at.unit] : undefined;
    if (bias !== undefined) lines.push(ctx.t('ui.bias_is', { value: ctx.num(bias) }));
    return lines;
  }
  private refreshTip(): void {
    const lines = this.tipLines(this.at!);
    this.renderRoot.querySelectorAll('.tip p:not(.hint)').forEach((p, i) => {
      if (p.textContent !== lines[i]) p.textContent = lines[i] ?? '';
    });
  }
  private tip(at: At) {
    const place = at.kind === 'edge' ? this.edgePlace(at) : this.unitMiddle(at);
    const width = this.layout!.width;
    const right = place.x > width / 2;
    const style = `${right ? `right:${width - place.x + 14}px` : `left:${place.x + 14}px`};top:${Math.max(0, place.y + 12)}px`;
    const opens = at.kind === 'edge' ? 'ui.open_weight' : this.info!.kind === 'digits' && at.column === 0 ? '' : 'ui.open_unit';
    return html`<div class="tip" .style=${style} aria-hidden="true">
      ${this.tipLines(at).map((line, i) => html`<p>${i === 0 ? html`<b .textContent=${line}></b>` : line}</p>`)}
      ${opens ? html`<p class="hint">${this.ctx!.t(opens)}</p>` : nothing}
    </div>`;
  }
  private unitMiddle(at: UnitAt): { x: number; y: number } {
    const block = this.block(at.column), place = block.places[at.unit] ?? { x: block.x, y: block.y };
    return { x: place.x + block.cell / 2, y: place.y + block.cell / 2 };
  }

  private head(column: Column, c: number) {
    const ctx = this.ctx!;
    const block = this.block(c);
    const crowded = this.layout!.width / this.columns.length < 66;
    const name = column.role === 'hidden' ? (crowded ? String(column.number) : ctx.t('ui.layer.hidden', { n: String(column.number) })) : ctx.t(`ui.layer.${column.role}`);
    const below = column.role === 'input' ? '' : crowded ? '' : activationName(ctx, column.activation);
    const x = Math.min(this.layout!.width - 22, Math.max(22, block.x + block.width / 2));
    const top = HEAD - 8 + Math.min(...this.layout!.blocks.map((other) => other.y));
    return html`<div class="head" .style=${`left:${x}px;top:${top}px`} aria-hidden="true">${name}${below ? html`<small>${below}</small>` : nothing}</div>`;
  }

  protected override render() {
    this.measure();
    const ctx = this.ctx, info = this.info, layout = this.layout;
    if (!ctx || !info || !layout) return nothing;
    const round = (c: number) => this.columns[c]!.role === 'output' && this.columns[c]!.units === 1;
    const tab = this.roving ?? { kind: 'unit', column: this.columns.length - 1, unit: 0 };
    const at = this.at;
    const on = (c: number, i: number) => at?.kind === 'unit' && at.column === c && at.unit === i;
    return html`
      ${this.columns.map((column, c) => this.head(column, c))}
      <div class="net" .style=${`height:${layout.height}px`} role="application" aria-roledescription=${ctx.t('ui.graph.role')} aria-label=${ctx.t('ui.graph.label')}
        @pointermove=${this.onMove} @pointerleave=${() => !this.fromKeyboard && this.left()} @click=${this.onClick} @keydown=${this.onKey}
        @focusout=${(e: FocusEvent) => !(e.relatedTarget instanceof Node && this.renderRoot.contains(e.relatedTarget)) && this.left()}>
        <canvas class="base" aria-hidden="true"></canvas>
        <canvas class="pulse" aria-hidden="true"></canvas>
        ${layout.blocks.map((block, c) => html`
          ${block.places.map((place, i) => {
            const width = this.columns[c]!.role === 'output' && info.kind === 'digits' ? block.width : block.cell;
            return html`<button type="button" class="${on(c, i) ? 'on' : ''} ${round(c) ? 'round' : ''}" data-c=${c} data-i=${i}
              tabindex=${tab.column === c && tab.unit === i ? 0 : -1} aria-label=${unitName(ctx, info, this.columns[c]!, i)}
              .style=${`left:${place.x}px;top:${place.y}px;width:${width}px;height:${block.cell}px`}
              @focus=${(e: FocusEvent) => {
                this.roving = { kind: 'unit', column: c, unit: i };
                if ((e.target as Element).matches(':focus-visible')) this.show(this.roving);
              }}></button>`;
          })}
          ${block.more ? html`<span class="more" .style=${`left:${block.more.x}px;top:${block.more.y}px;width:${block.cell}px;height:${block.cell}px`}
            title=${ctx.t('ui.more_units', { n: block.units - block.shown })}>+${block.units - block.shown}</span>` : nothing}`)}
        ${at?.kind === 'edge' ? this.edgeButton(at) : nothing}
        ${at && !this.opened ? this.tip(at) : nothing}
      </div>
      <span class="sr" aria-live="polite">${at && this.fromKeyboard ? this.tipLines(at).join(', ') : ''}</span>`;
  }
  private edgeButton(at: EdgeAt) {
    const { x, y } = this.edgePlace(at);
    return html`<button type="button" class="edge" .style=${`left:${x}px;top:${y}px`} tabindex="-1" aria-label=${this.edgeName(at)}></button>`;
  }
  /** The scale of the edges, for the key. */
  get edgeExtent(): number {
    return this.weightExtent;
  }
}
define('pg-network-graph', PgNetworkGraph);
