// What elements that draw on canvases share: one paint a frame, again on another theme, at the screen's density.
import { PgElement } from './base';

export abstract class PaintedElement extends PgElement {
  private frame = 0;
  private endTheme = () => {};

  override connectedCallback(): void {
    super.connectedCallback();
    this.endTheme = this.surroundings.onTheme(() => {
      this.themeCame();
      this.paintSoon();
    });
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.endTheme();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** In the next frame, however often it is asked for. */
  protected paintSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.hasUpdated && this.isConnected && this.ready) this.surroundings.run(() => this.paint());
    });
  }
  /** Whether there is something to paint. */
  protected get ready(): boolean {
    return true;
  }
  /** Puts the newest numbers into the pictures. */
  protected abstract paint(): void;
  protected themeCame(): void {}
}

/** Makes a canvas `width` × `height` CSS px at the screen's density; gives that density. */
export function size(canvas: HTMLCanvasElement, width: number, height: number): number {
  const dense = Math.max(1, Math.min(3, window.devicePixelRatio || 1));
  const w = Math.round(width * dense), h = Math.round(height * dense);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  return dense;
}

/** The same, and hands out its cleared context in CSS px. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const dense = size(canvas, width, height);
  const context = canvas.getContext('2d')!;
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** A picture of one pixel a number, drawn at any size. */
export class Pixels {
  private image: ImageData | null = null;
  private small: OffscreenCanvasRenderingContext2D | null = null;

  /** Where to paint `cols` × `rows` pixels; then `draw`. */
  begin(cols: number, rows: number): ImageData {
    if (this.image?.width !== cols || this.image.height !== rows) {
      this.image = new ImageData(cols, rows);
      this.small = new OffscreenCanvas(cols, rows).getContext('2d');
    }
    return this.image;
  }
  draw(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, smooth: boolean): void {
    this.small!.putImageData(this.image!, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.small!.canvas, x, y, width, height);
  }
}
