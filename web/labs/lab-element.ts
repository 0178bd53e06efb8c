// What the elements of labs share: a ctx that draws without a new template 30 times a second.
import { PaintedElement } from '../elements/painted';
import type { LabContext, TensorRead } from './lab-view';

/** Parts of ctx whose change needs a new template; a snapshot alone only needs new paint. */
const same = (a: LabContext, b: LabContext): boolean =>
  a.info === b.info && a.params === b.params && a.lang === b.lang && a.view === b.view && a.running === b.running && a.shows === b.shows && a.snapshot?.build === b.snapshot?.build;

/** `Info`: the lab's answer to the query `info`. */
export abstract class LabElement<Info> extends PaintedElement {
  private current: LabContext | null = null;
  private sizes: ResizeObserver | null = null;

  get ctx(): LabContext | null {
    return this.current;
  }
  set ctx(next: LabContext | null) {
    const before = this.current;
    this.current = next;
    if (!before || !next || !same(before, next)) this.requestUpdate();
    if (next) this.snapshotCame(before);
    this.paintSoon();
  }
  get info(): Info | null {
    return (this.current?.info as Info | undefined) ?? null;
  }
  /** A tensor of the newest snapshot. */
  protected watched(key: string): TensorRead | null {
    return this.current?.snapshot?.watched[key] ?? null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes = new ResizeObserver(() => {
      this.resized();
      this.paintSoon();
    });
    this.sizes.observe(this);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes?.disconnect();
  }
  protected override updated(): void {
    this.paintSoon();
  }

  protected override get ready(): boolean {
    return this.current !== null;
  }
  protected override themeCame(): void {
    this.requestUpdate();
  }
  protected resized(): void {}
  protected snapshotCame(_before: LabContext | null): void {}
}

/** Small pictures on one canvas, from which they are drawn to where they belong. */
export class Atlas {
  private canvas: HTMLCanvasElement | null = null;
  private image: ImageData | null = null;
  width = 0;
  height = 0;

  /** An image of `count` pictures of width × height under one another; paint into `slice`, then `commit`. */
  begin(width: number, height: number, count: number): void {
    this.width = width;
    this.height = height;
    if (this.image?.width === width && this.image.height === height * count) return;
    this.image = new ImageData(width, height * count);
    this.canvas = document.createElement('canvas');
    this.canvas.width = width;
    this.canvas.height = height * count;
  }
  /** Pictures first … first+count−1 as an image of their own on the same memory. */
  slice(first: number, count: number): ImageData {
    const bytes = this.width * this.height * 4;
    const data = this.image!.data;
    return new ImageData(new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset + first * bytes, count * bytes), this.width, this.height * count);
  }
  commit(): void {
    this.canvas!.getContext('2d')!.putImageData(this.image!, 0, 0);
  }
  draw(context: CanvasRenderingContext2D, index: number, x: number, y: number, w: number, h: number): void {
    context.drawImage(this.canvas!, 0, index * this.height, this.width, this.height, x, y, w, h);
  }
}

/** Something read once for every build of the run and for what `args` asks for (the points do not change while it trains). */
export class PerBuild {
  private seen = '';
  private asked = false;
  value: TensorRead | null = null;

  constructor(private readonly name: string, private readonly arrived: () => void, private readonly args: (ctx: LabContext) => object = () => ({})) {}

  refresh(ctx: LabContext): void {
    const build = ctx.snapshot?.build;
    if (build === undefined || this.asked) return;
    const args = this.args(ctx);
    const wanted = `${build} ${JSON.stringify(args)}`;
    if (wanted === this.seen) return;
    this.asked = true;
    ctx.client.read(this.name, args).then(
      (value) => {
        this.seen = wanted;
        this.value = value;
        this.arrived();
      },
      () => {
        // The run was rebuilt or ended meanwhile; the next snapshot asks again.
      },
    ).finally(() => (this.asked = false));
  }
}

/** Something that costs the engine a pass over the test set: asked at most every `pause` ms, and once more at rest. */
export class NowAndThen<T> {
  private asked = false;
  private last = -Infinity;
  private seen = '';
  value: T | null = null;

  constructor(private readonly pause: number, private readonly ask: (ctx: LabContext) => Promise<T>, private readonly arrived: () => void) {}

  refresh(ctx: LabContext): void {
    const snapshot = ctx.snapshot;
    if (!snapshot || this.asked) return;
    const now = performance.now();
    const state = `${snapshot.build} ${snapshot.status.step}`;
    if (state === this.seen || (snapshot.running && now - this.last < this.pause)) return;
    this.asked = true;
    this.ask(ctx).then(
      (value) => {
        this.value = value;
        this.seen = state;
        this.arrived();
      },
      () => {
        // Not available for this task or any more; the next snapshot asks again.
      },
    ).finally(() => {
      this.asked = false;
      this.last = performance.now();
    });
  }
}
