// A picture under what is looked at of it: each patch in the colour of its share, the picture as ink upon it.
import { parseHex, paintHeat, sequential, token } from '../../elements/color';
import { fit, Pixels } from '../../elements/painted';
import type { VitInfo } from './patches';

/** The darkest patch is so far from the paper; darker, the ink could not be told from it. */
const DEEPEST = 0.62;

const heat = new Pixels(), ink = new Pixels();

/** @param shares of the patches; null: the picture alone. @param grid whether the patches' edges are drawn */
export function paintLook(canvas: HTMLCanvasElement, side: number, info: VitInfo, picture: ArrayLike<number>, shares: ArrayLike<number> | null, grid: boolean, offset = 0): void {
  const context = fit(canvas, side, side);
  if (shares) {
    const most = Math.max(1e-9, ...Array.from(shares));
    paintHeat(heat.begin(info.grid, info.grid), Float32Array.from(shares, (w) => DEEPEST * Math.sqrt(w / most)), 0, sequential(), 0, 1);
    heat.draw(context, 0, 0, side, side, false);
  }
  const [r, g, b] = parseHex(token('--pg-ink')), image = ink.begin(info.cols, info.rows);
  for (let i = 0; i < info.rows * info.cols; i++) image.data.set([r, g, b, 255 * picture[offset + i]!], 4 * i);
  ink.draw(context, 0, 0, side, side, false);
  if (!grid) return;
  context.strokeStyle = token('--pg-edge');
  context.lineWidth = 1;
  context.beginPath();
  for (let k = 1; k < info.grid; k++) {
    const at = Math.round((k * side) / info.grid) + 0.5;
    context.moveTo(at, 0);
    context.lineTo(at, side);
    context.moveTo(0, at);
    context.lineTo(side, at);
  }
  context.stroke();
}

/** Which patch lies under a point of an element, of `grid` × `grid`. */
export function patchAt(event: PointerEvent | MouseEvent, element: Element, grid: number): number {
  const box = element.getBoundingClientRect();
  const part = (at: number, from: number, size: number) => Math.max(0, Math.min(grid - 1, Math.floor(((at - from) / size) * grid)));
  return part(event.clientY, box.top, box.height) * grid + part(event.clientX, box.left, box.width);
}
