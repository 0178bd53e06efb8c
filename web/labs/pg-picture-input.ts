// What goes into the network: a test picture, a drawing, an image file, or what the camera sees. Nothing of it leaves the machine, and
// the camera is asked for only when its button is pressed.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../elements/base';
import { LabElement } from './lab-element';
import type { LabContext, TensorRead } from './lab-view';
import { className, inputOf, share, type Input, type PicturesInfo } from './pictures';
import '../elements/pg-pad';

/** Between two looks through the camera, ms. */
const LOOK = 200;
/** Light of the border from which on a grey picture is taken for ink on paper, and turned round: the network knows light on dark. */
const PAPER = 0.5;

/** Where the pixels come from. */
type Source = 'test' | 'draw' | 'file' | 'camera';

export class PgPictureInput extends LabElement<PicturesInfo> {
  static override properties = { shares: { attribute: false }, source: { state: true }, problem: { state: true }, labels: { state: true } };
  /** Probabilities of the classes for the picture that is shown; null: not here yet, or there is nothing to ask. */
  declare shares: (ctx: LabContext) => ArrayLike<number> | null;
  declare private source: Source;
  declare private problem: string;
  /** Of the test pictures: class and answer. */
  declare private labels: TensorRead | null;
  private build = -1;
  private stream: MediaStream | null = null;
  private timer = 0;

  constructor() {
    super();
    this.shares = () => null;
    this.source = 'test';
    this.problem = '';
    this.labels = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        gap: 6px;
      }
      .row {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 5px;
      }
      .row.browse {
        grid-template-columns: 34px 34px 1fr;
      }
      button,
      .file {
        display: grid;
        place-items: center;
        min-height: max(28px, var(--pg-hit));
        padding: 2px 4px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 12.5px;
        cursor: pointer;
        position: relative;
      }
      button:hover,
      .file:hover {
        border-color: var(--pg-accent);
      }
      button[aria-pressed='true'] {
        background: var(--pg-accent-soft);
        border-color: var(--pg-accent);
        color: var(--pg-accent);
        font-weight: 600;
      }
      .file input {
        position: absolute;
        inset: 0;
        opacity: 0;
        cursor: pointer;
      }
      .file:focus-within {
        outline: 2px solid var(--pg-accent);
        outline-offset: 2px;
      }
      pg-pad {
        width: 140px;
      }
      video {
        width: 140px;
        height: 105px;
        object-fit: cover;
        border: 1px solid var(--pg-line);
        border-radius: 3px;
        background: var(--pg-blank);
      }
      p {
        margin: 0;
        font-size: 12.5px;
        line-height: 1.45;
        font-variant-numeric: tabular-nums;
      }
      .problem {
        color: var(--pg-error);
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
  }

  protected override snapshotCame(): void {
    const ctx = this.ctx!, build = ctx.snapshot?.build;
    if (build === undefined || build === this.build || !this.shares(ctx)) return;
    this.build = build;
    ctx.client.read('labels', {}).then((labels) => (this.labels = labels), () => (this.build = -1));
  }
  protected override paint(): void {
    const place = this.renderRoot.querySelector('.answer');
    const text = this.answer(this.ctx!, this.info!);
    if (place && place.textContent !== text) place.textContent = text;
  }
  private answer(ctx: LabContext, info: PicturesInfo): string {
    const shares = this.shares(ctx);
    if (!shares) return '';
    const best = Array.prototype.indexOf.call(shares, Math.max(...Array.from(shares)));
    return ctx.t('pictures.says', { name: className(ctx, info, best), p: share(ctx, shares[best]!) });
  }

  private show(input: Input): void {
    this.ctx!.setView({ input });
  }
  private async turnTo(source: Source): Promise<void> {
    this.stop();
    this.problem = '';
    this.source = source;
    if (source === 'test') this.show({ example: this.example });
    if (source === 'camera') await this.start();
  }
  private get example(): number {
    return inputOf(this.ctx!).example ?? 0;
  }
  private browse(by: number): void {
    const n = this.info!.n_test;
    this.show({ example: (this.example + by + n) % n });
  }
  /** The next test picture that the network gets wrong, as it was when last asked. */
  private async nextWrong(): Promise<void> {
    const ctx = this.ctx!;
    const labels = (this.labels = await ctx.client.read('labels', {}));
    const n = this.info!.n_test;
    for (let i = 1; i <= n; i++) {
      const at = (this.example + i) % n;
      if (labels.data[2 * at] !== labels.data[2 * at + 1]) return this.show({ example: at });
    }
  }

  /** Any picture, cut square and brought to the size that the network takes. */
  private take(from: CanvasImageSource, width: number, height: number): void {
    const { rows, cols, channels = 1 } = this.info!;
    const canvas = new OffscreenCanvas(cols, rows);
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    context.imageSmoothingQuality = 'high';
    const side = Math.min(width, height);
    context.drawImage(from, (width - side) / 2, (height - side) / 2, side, side, 0, 0, cols, rows);
    const { data } = context.getImageData(0, 0, cols, rows);
    const plane = rows * cols;
    const x = new Array<number>(channels * plane);
    for (let i = 0; i < plane; i++) {
      const [r, g, b] = [data[4 * i]! / 255, data[4 * i + 1]! / 255, data[4 * i + 2]! / 255];
      if (channels === 3) [x[i], x[plane + i], x[2 * plane + i]] = [r, g, b];
      else x[i] = Math.min(1, 0.299 * r + 0.587 * g + 0.114 * b);
    }
    if (channels === 1 && border(x, rows, cols) > PAPER) for (let i = 0; i < plane; i++) x[i] = 1 - x[i]!;
    this.show({ x });
  }
  private async onFile(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement, file = input.files?.[0];
    input.value = '';
    if (!file) return;
    await this.turnTo('file');
    try {
      const bitmap = await createImageBitmap(file);
      this.take(bitmap, bitmap.width, bitmap.height);
      bitmap.close();
    } catch {
      this.problem = this.ctx!.t('pictures.file_problem');
    }
  }
  private async start(): Promise<void> {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      this.source = 'test';
      this.problem = this.ctx!.t('pictures.camera_problem');
      return;
    }
    await this.updateComplete;
    const video = this.renderRoot.querySelector('video');
    if (!video || this.source !== 'camera') return this.stop();
    video.srcObject = this.stream;
    await video.play();
    this.timer = window.setInterval(() => video.videoWidth && this.take(video, video.videoWidth, video.videoHeight), LOOK);
  }
  private stop(): void {
    clearInterval(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  private onImage(event: CustomEvent<{ pixels: Float32Array }>): void {
    if (this.source === 'draw') this.show({ x: Array.from(event.detail.pixels, (v) => Math.min(1, Math.max(0, v))) });
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const { source } = this;
    const own = inputOf(ctx).x !== undefined;
    const turn = (to: Source, key: string) => html`<button type="button" aria-pressed=${source === to} @click=${() => void this.turnTo(to)}>${ctx.t(key)}</button>`;
    const truth = own ? undefined : this.labels?.data[2 * this.example];
    const drawable = (info.channels ?? 1) === 1 && info.rows === 28 && info.cols === 28;
    return html`
      <p><b class="answer" aria-live=${ctx.running ? 'off' : 'polite'}></b>${truth === undefined ? nothing : html`<br />${ctx.t('pictures.is', { name: className(ctx, info, truth), n: String(this.example + 1) })}`}</p>
      ${source === 'draw' && drawable ? html`<pg-pad .label=${ctx.t('pictures.pad_label')} @image=${this.onImage}></pg-pad>` : nothing}
      ${source === 'camera' ? html`<video muted playsinline aria-label=${ctx.t('pictures.camera')}></video>` : nothing}
      <div class="row browse">
        <button type="button" aria-label=${ctx.t('pictures.previous')} title=${ctx.t('pictures.previous')} @click=${() => (source === 'test' ? this.browse(-1) : void this.turnTo('test'))}>‹</button>
        <button type="button" aria-label=${ctx.t('pictures.next')} title=${ctx.t('pictures.next')} @click=${() => (source === 'test' ? this.browse(1) : void this.turnTo('test'))}>›</button>
        <button type="button" title=${ctx.t('pictures.next_wrong')} aria-label=${ctx.t('pictures.next_wrong')} @click=${() => void this.turnTo('test').then(() => this.nextWrong())}>${ctx.t('pictures.mistake')}</button>
      </div>
      <div class="row">
        ${drawable ? turn('draw', 'pictures.draw') : nothing}
        <label class="file">${ctx.t('pictures.file')}<input type="file" accept="image/*" @change=${(event: Event) => void this.onFile(event)} /></label>
        ${source === 'camera' ? html`<button type="button" aria-pressed="true" @click=${() => void this.turnTo('test')}>${ctx.t('pictures.camera_stop')}</button>` : turn('camera', 'pictures.camera')}
      </div>
      <p class="problem" role="status">${this.problem}</p>`;
  }
}
/** Mean light of a grey picture's border. */
function border(x: number[], rows: number, cols: number): number {
  let sum = 0, n = 0;
  for (let i = 0; i < rows * cols; i++) {
    const row = Math.floor(i / cols), col = i % cols;
    if (row > 0 && row < rows - 1 && col > 0 && col < cols - 1) continue;
    sum += x[i]!;
    n++;
  }
  return sum / n;
}
define('pg-picture-input', PgPictureInput);
