// Share: a link with what the reader wants in it, and the whole run as a file.
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement, t } from '../../elements/base';
import { formatCount } from '../../elements/format';
import { OWN } from '../../engine/assets';
import { providedData } from '../../engine/engine-client';
import type { HistoryData } from '../../engine/protocol';
import type { Bench, ToolElement } from '../bench';
import { isOwn } from '../data/train';
import { download } from '../download';
import { toolStyles } from '../styles';
import { lookAt, writeLook, type Look } from './look';
import { openFile } from './open';
import { base64url, crc32, pack, thinned, type Saved } from './pack';
import '../../elements/pg-notice';
import '../../elements/pg-switch';

/** Longest link that is offered, in letters: what browsers, mail and messengers still carry whole. */
const MOST_LINK = 32_000;
/** Rows of the curve in a link. */
const LINK_ROWS = 64;
export const SUFFIX = '.playgrad';

/** The weights as they stand in a link, and of which moment of which run they are. */
interface Weights {
  run: string;
  step: number;
  /** Step of the picture that was seen when they were taken: another picture may mean other weights. */
  seen: number;
  text: string;
}

export class PgShare extends PgElement implements ToolElement {
  static override properties = {
    bench: { attribute: false },
    tick: { attribute: false },
    arg: {},
    withLook: { state: true },
    withWeights: { state: true },
    withData: { state: true },
    weights: { state: true },
    said: { state: true },
    problem: { state: true },
    over: { state: true },
  };
  declare bench: Bench;
  declare tick: number;
  declare arg: string;
  declare private withLook: boolean;
  declare private withWeights: boolean;
  declare private withData: boolean;
  declare private weights: Weights | null;
  /** What the live region says. */
  declare private said: string;
  declare private problem: string | null;
  /** Something is being dragged over the place for it. */
  declare private over: boolean;
  private packing = false;

  constructor() {
    super();
    this.tick = 0;
    this.arg = this.said = '';
    this.withLook = this.withWeights = this.withData = this.over = false;
    this.weights = null;
    this.problem = null;
  }

  static override styles = [
    baseStyles,
    toolStyles,
    css`
      :host {
        display: block;
      }
      .two {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
        gap: 20px 48px;
        max-width: 1240px;
      }
      section {
        min-width: 0;
      }
      h3 {
        font-size: 15px;
      }
      pg-switch {
        display: block;
        max-width: 46ch;
        margin-bottom: 2px;
      }
      pg-switch + p {
        margin-bottom: 14px;
      }
      label.name {
        display: block;
        margin: 10px 0 4px;
        font-weight: 500;
      }
      .link {
        display: flex;
        gap: 8px;
      }
      input.url {
        flex: 1;
        min-width: 0;
        min-height: max(32px, var(--pg-hit));
        padding: 0 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        color: var(--pg-ink-2);
        font-family: var(--pg-mono);
        font-size: 13px;
        text-overflow: ellipsis;
      }
      .link button {
        flex: none;
      }
      .place {
        padding: 14px 16px 6px;
        border: 1.5px dashed var(--pg-edge);
        border-radius: var(--pg-radius);
      }
      .over {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
      }
      [role='status'] {
        min-height: 1.6em;
        margin: 8px 0 0;
      }
      @media (max-width: 767.98px) {
        input.url {
          font-size: 16px;
        }
      }
    `,
  ];

  // --------------------------------------------------------------------------------------------------- what is saved

  private get own(): boolean {
    return isOwn(this.bench.schema, this.bench.run.state?.params);
  }
  /** There are weights, and they are whole. */
  private get trained(): boolean {
    const { status, phase } = this.bench.run;
    return phase === 'ready' && (status?.trainable ?? false) && status!.state !== 'diverged';
  }
  private get run(): string {
    return `${this.bench.run.state?.build} ${this.bench.spec.query()}`;
  }
  /** What the reader chose and clicked is as private as the data it may show. */
  private get look(): Look {
    const look = lookAt(this.bench);
    return this.own && !this.withData ? { ...look, lab: {} } : look;
  }

  /** The run as it stands, at rest; `rows`: how much of its curve. */
  private async saved(rows: (history: HistoryData) => HistoryData): Promise<{ saved: Saved; step: number }> {
    const { run, lab, spec } = this.bench;
    await run.pause();
    const { status } = await run.client.pause();
    const state = await run.client.save();
    const history = run.snapshot && until(run.snapshot.history, status.step);
    return { step: status.step, saved: { lab, query: spec.query(), look: null, state, history: history && rows(history), own: null } };
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const { running, status } = this.bench.run;
    if (this.withWeights && this.trained && !this.own && !this.packing && !running && (this.weights?.run !== this.run || this.weights.seen !== status!.step)) void this.take();
  }
  private async take(): Promise<void> {
    this.packing = true;
    try {
      const { run } = this, seen = this.bench.run.status!.step;
      const { saved, step } = await this.saved((history) => thinned(history, LINK_ROWS));
      // The link's own query says what the experiment is.
      this.weights = { run, step, seen, text: base64url(await pack({ ...saved, query: '' })) };
    } catch (thrown) {
      this.problem = String(thrown);
      this.withWeights = false;
    } finally {
      this.packing = false;
    }
  }
  private async wantWeights(wanted: boolean): Promise<void> {
    // Weights change with every step: what is linked is the moment at which they were asked for.
    if (wanted) await this.bench.run.pause();
    this.withWeights = wanted;
  }

  private link(): { address: string; cut: boolean; long: number } {
    const { spec } = this.bench;
    const look = this.withLook ? writeLook(this.look) : null;
    // Without a query a lab may open with a preset of its own.
    const bare = `${location.origin}${location.pathname}${spec.query() || '?v=1'}`;
    const view = look && `view=${look.text}`;
    const state = this.withWeights && this.trained && !this.own && this.weights?.run === this.run ? `state=${this.weights.text}` : null;
    const whole = [view, state].filter(Boolean).join('&');
    const long = bare.length + 1 + whole.length;
    const fragment = long <= MOST_LINK ? whole : (view ?? '');
    return { address: fragment ? `${bare}#${fragment}` : bare, cut: look !== null && !look.whole, long: state && long > MOST_LINK ? long : 0 };
  }

  private async copy(): Promise<void> {
    const field = this.renderRoot.querySelector<HTMLInputElement>('.url')!;
    let done = true;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.focus();
      field.select();
      done = document.execCommand('copy'); // where the clipboard is not to be had: http, an embed
    }
    this.problem = null;
    this.said = t(done ? 'bench.share.copied' : 'bench.share.by_hand');
  }

  // ----------------------------------------------------------------------------------------------------------- files

  private async save(): Promise<void> {
    try {
      const { look } = this, { run } = this.bench, wished = run.wish;
      const { saved, step } = await this.saved((history) => history);
      if (wished) void run.run();
      const data = this.own ? providedData(OWN) : null;
      const bytes = await pack({ ...saved, look, own: data && { crc: crc32(data), bytes: this.withData ? data : null } });
      const name = `${this.bench.lab}-${step}${SUFFIX}`;
      download(name, new Blob([bytes], { type: 'application/octet-stream' }));
      this.problem = null;
      this.said = t('bench.share.saved', { name });
    } catch (thrown) {
      this.problem = String(thrown);
    }
  }
  private async open(file: Blob | null | undefined): Promise<void> {
    if (!file) return;
    this.said = '';
    this.problem = await openFile(this.bench, file);
    if (!this.problem) this.said = t('bench.share.opened', { step: this.count(this.bench.run.state!.status.step) });
  }

  // -------------------------------------------------------------------------------------------------------- the page

  private count = (n: number) => formatCount(n, this.bench.lang);
  private kilobytes = (letters: number) => this.count(Math.ceil(letters / 1000));

  private weightsLine(long: number): TemplateResult | typeof nothing {
    const { weights } = this;
    if (this.own) return html`<p class="quiet">${t('bench.share.weights.own')}</p>`;
    if (!this.bench.run.status?.trainable) return nothing;
    if (!this.trained) return html`<p class="quiet">${t('bench.share.weights.none')}</p>`;
    const line = !this.withWeights || weights?.run !== this.run ? 'help' : long ? 'long' : 'moment';
    return html`<pg-switch .value=${this.withWeights} .label=${t('bench.share.weights.label')} @change=${(e: CustomEvent<{ value: boolean }>) => void this.wantWeights(e.detail.value)}></pg-switch>
      <p class="quiet">${t(`bench.share.weights.${line}`, { step: this.count(weights?.step ?? 0), size: this.kilobytes(long || (weights?.text.length ?? 0)), most: this.kilobytes(MOST_LINK) })}</p>`;
  }

  protected override render() {
    const { address, cut, long } = this.link();
    const data = this.own ? providedData(OWN) : null;
    return html`<div class="two">
        <section aria-labelledby="of-link">
          <h3 id="of-link">${t('bench.share.link')}</h3>
          <p class="quiet">${t('bench.share.link.help')}</p>
          <pg-switch .value=${this.withLook} .label=${t('bench.share.look.label')} @change=${(e: CustomEvent<{ value: boolean }>) => (this.withLook = e.detail.value)}></pg-switch>
          <p class="quiet">${t(cut ? 'bench.share.look.cut' : 'bench.share.look.help')}</p>
          ${this.weightsLine(long)}
          <label class="name" for="url">${t('bench.share.url')}</label>
          <div class="link">
            <input id="url" class="url" readonly .value=${address} @focus=${(e: Event) => (e.target as HTMLInputElement).select()} />
            <button type="button" class="primary copy" @click=${this.copy}>${t('bench.share.copy')}</button>
          </div>
        </section>
        <section aria-labelledby="of-file">
          <h3 id="of-file">${t('bench.share.file')}</h3>
          <p class="quiet">${t('bench.share.file.help')}</p>
          ${data
            ? html`<pg-switch .value=${this.withData} .label=${t('bench.share.data.label')} @change=${(e: CustomEvent<{ value: boolean }>) => (this.withData = e.detail.value)}></pg-switch>
              <p class="quiet">${t(this.withData ? 'bench.share.data.in' : 'bench.share.data.out')}</p>`
            : nothing}
          <div class="place ${this.over ? 'over' : ''}" @dragover=${(e: DragEvent) => (e.preventDefault(), (this.over = true))} @dragleave=${() => (this.over = false)}
            @drop=${(e: DragEvent) => {
              e.preventDefault();
              this.over = false;
              void this.open(e.dataTransfer?.files[0]);
            }}>
            <div class="line">
              <button type="button" ?disabled=${this.bench.run.phase !== 'ready' || this.bench.run.status?.state === 'diverged'} @click=${this.save}>${t('bench.share.save')}</button>
              <label class="file">${t('bench.share.open')}<input type="file" accept=${SUFFIX}
                @change=${(e: Event) => {
                  const field = e.target as HTMLInputElement;
                  void this.open(field.files?.[0]);
                  field.value = '';
                }} /></label>
            </div>
            <p class="quiet">${t('bench.share.drop')}</p>
          </div>
        </section>
      </div>
      <div role="status">${this.problem ? html`<pg-notice kind="error" .heading=${t('bench.share.trouble')}>${this.problem}</pg-notice>` : this.said ? html`<p>${this.said}</p>` : nothing}</div>`;
  }
}
define('pg-share', PgShare);

/** What was recorded up to `step`: while an earlier step is looked at, there is more. */
function until({ names, rows, data }: HistoryData, step: number): HistoryData {
  let kept = 0;
  while (kept < rows && data[kept * names.length]! <= step) kept++;
  return { names, rows: kept, data: data.slice(0, kept * names.length) };
}
