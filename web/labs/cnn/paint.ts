// Pictures and maps as pixels.
import { colorTable, magnitude, paintHeat } from '../../elements/color';

/** A picture as it is: grey ones as ink on paper, coloured ones in their colours. `data` is [channels, rows, cols], from `offset` on. */
export function paintPicture(canvas: HTMLCanvasElement, data: ArrayLike<number>, channels: number, rows: number, cols: number, offset = 0): void {
  const image = new ImageData(cols, rows);
  const plane = rows * cols;
  if (channels === 3) {
    for (let i = 0; i < plane; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 * data[offset + c * plane + i]!;
      image.data[4 * i + 3] = 255;
    }
  } else paintHeat(image, data, offset, colorTable('sequential'), 0, 1);
  put(canvas, image);
}

/** Signed numbers, zero vanishing. */
export function paintMap(canvas: HTMLCanvasElement, data: ArrayLike<number>, offset: number, rows: number, cols: number, extent: number): void {
  const image = new ImageData(cols, rows);
  paintHeat(image, data, offset, colorTable('diverging'), -extent, extent);
  put(canvas, image);
}

export function put(canvas: HTMLCanvasElement, image: ImageData): void {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

/** What gets the full colour; never 0. */
export const extentOf = (data: ArrayLike<number>, from: number, to: number): number => magnitude(data, from, to) || 1;
