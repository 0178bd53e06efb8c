// A folder of small pictures: every subfolder is a class. Decoded here, brought to 28 × 28 grey pixels, one after another so that
// the page goes on.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement, t } from '../../elements/base';
import type { Bench } from '../bench';
import { toolStyles } from '../styles';
import { FEWEST, MAX_CLASSES, pack, short } from './pack';
import { trainOn } from './train';
import '../../elements/pg-notice';
import '../../elements/pg-progress';

const SIDE = 28, MOST = 5000;

export interface Picture {
  file: File;
  folder: string;
}

/** The folder that a picture lies in, by its path. */
export const folderOf = (path: string): string => path.split('/').at(-2) ?? '';

/** All files of what was dropped, however deep. */
async function dropped(items: DataTransferItemList): Promise<Picture[]> {
  const found: Picture[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (found.length > MOST) return;
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      found.push({ file, folder: folderOf(entry.fullPath) });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) await walk(one);
    }
  };
  // Entries are there only in the turn of the drop.
  for (const entry of [...items].map((item) => item.webkitGetAsEntry())) if (entry) await walk(entry);
  return found;
}

export class PgDataImages extends PgElement {
  static override properties = { bench: { attribute: false }, done: { state: true }, total: { state: true }, problem: { state: true }, said: { state: true } };
  declare bench: Bench;
  declare private done: number;
  declare private total: number;
  declare private problem: string | null;
  declare private said: string;

  constructor() {
    super();
    this.done = 0;
    this.total = 0;
    this.problem = null;
    this.said = '';
  }

  static override styles = [
    baseStyles,
    toolStyles,
    css`
      :host {
        display: block;
      }
      .place {
        max-width: 620px;
        padding: 20px;
        border: 1.5px dashed var(--pg-edge);
        border-radius: var(--pg-radius);
      }
    `,
  ];

  private async take(pictures: Picture[]): Promise<void> {
    const images = pictures.filter(({ file }) => file.type.startsWith('image/'));
    const classes = [...new Set(images.map(({ folder }) => folder))].sort();
    this.said = '';
    this.problem =
      images.length > MOST ? t('bench.data.problem.rows', { found: images.length, most: MOST })
      : images.length < FEWEST ? t('bench.data.problem.few', { found: images.length, fewest: FEWEST })
      : classes.length < 2 || classes.length > MAX_CLASSES ? t('bench.data.images.folders', { found: classes.length, most: MAX_CLASSES })
      : null;
    if (this.problem) return;
    this.total = images.length;
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = SIDE;
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    const values = new Float32Array(images.length * SIDE * SIDE), targets: number[] = [];
    let at = 0;
    let broken = 0;
    for (const [i, { file, folder }] of images.entries()) {
      this.done = i;
      try {
        const bitmap = await createImageBitmap(file);
        // On black, whole, in the middle.
        const scale = SIDE / Math.max(bitmap.width, bitmap.height);
        const w = bitmap.width * scale, h = bitmap.height * scale;
        context.fillStyle = '#000';
        context.fillRect(0, 0, SIDE, SIDE);
        context.drawImage(bitmap, (SIDE - w) / 2, (SIDE - h) / 2, w, h);
        bitmap.close();
        const { data } = context.getImageData(0, 0, SIDE, SIDE);
        for (let p = 0; p < data.length; p += 4) values[at++] = Math.min(1, (0.299 * data[p]! + 0.587 * data[p + 1]! + 0.114 * data[p + 2]!) / 255);
        targets.push(classes.indexOf(folder));
      } catch {
        broken++;
      }
      if (i % 8 === 7) await new Promise((next) => setTimeout(next));
    }
    this.total = 0;
    if (new Set(targets).size < classes.length || targets.length < FEWEST) {
      this.problem = t('bench.data.problem.few', { found: targets.length, fewest: FEWEST });
      return;
    }
    this.said = t('bench.data.images.done', { n: targets.length, classes: classes.length, broken });
    await trainOn(this.bench, pack({ shape: [SIDE, SIDE], features: [], classes: classes.map(short), target: '' }, values.subarray(0, at), Float32Array.from(targets)));
  }

  protected override render() {
    return html`<div class="place" @dragover=${(e: DragEvent) => e.preventDefault()}
        @drop=${(e: DragEvent) => {
          e.preventDefault();
          if (e.dataTransfer) void dropped(e.dataTransfer.items).then((pictures) => this.take(pictures));
        }}>
        <p>${t('bench.data.images.help')}</p>
        <label class="file">${t('bench.data.images.choose')}<input type="file" webkitdirectory multiple
          @change=${(e: Event) => void this.take([...((e.target as HTMLInputElement).files ?? [])].map((file) => ({ file, folder: folderOf(file.webkitRelativePath) })))} /></label>
      </div>
      ${this.total ? html`<pg-progress .label=${t('bench.data.images.reading')} .loaded=${this.done} .total=${this.total}></pg-progress>` : nothing}
      <div role="status">${this.problem ? html`<pg-notice kind="error" .heading=${t('bench.data.trouble')}>${this.problem}</pg-notice>` : this.said ? html`<p>${this.said}</p>` : nothing}</div>`;
  }
}
define('pg-data-images', PgDataImages);
