// Data of one's own: a table, points drawn by hand, a folder of pictures. Nothing of it leaves the machine.
import { css, html, nothing, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement, t } from '../../elements/base';
import type { Bench, ToolElement } from '../bench';
import { toolStyles } from '../styles';
import { MAX_CLASSES } from './pack';
import { longPaste } from './paste';
import type { Packed } from './table';
import type { Answer, Ask, Summary } from './table.worker';
import { tables, type ClassicTable } from './tables';
import { takesOwn, trainOn } from './train';
import '../../elements/pg-choice';
import '../../elements/pg-notice';
import '../../elements/pg-switch';
import '../../elements/pg-tabs';
import './pg-data-draw';
import './pg-data-images';
import './pg-data-text';

type Mode = 'table' | 'draw' | 'images';
type Goal = 'classes' | 'numbers';

export class PgData extends PgElement implements ToolElement {
  static override properties = {
    bench: { attribute: false },
    tick: { attribute: false },
    arg: {},
    mode: { state: true },
    summary: { state: true },
    classic: { state: true },
    target: { state: true },
    goal: { state: true },
    problem: { state: true },
    packed: { state: true },
    busy: { state: true },
    over: { state: true },
  };
  declare bench: Bench;
  declare tick: number;
  declare arg: string;
  declare private mode: Mode;
  declare private summary: Summary | null;
  declare private classic: ClassicTable | null;
  declare private target: number;
  declare private goal: Goal;
  /** In words; null: none. */
  declare private problem: string | null;
  /** What is being trained on. */
  declare private packed: Packed | null;
  declare private busy: boolean;
  /** Something is being dragged over the place for it. */
  declare private over: boolean;
  private source: string | File = '';
  private worker: Worker | null = null;
  private nextId = 1;
  private readonly waiting = new Map<number, (answer: Answer) => void>();

  constructor() {
    super();
    this.tick = 0;
    this.arg = '';
    this.mode = 'table';
    this.summary = null;
    this.classic = null;
    this.target = 0;
    this.goal = 'classes';
    this.problem = null;
    this.packed = null;
    this.busy = false;
    this.over = false;
  }

  static override styles = [
    baseStyles,
    toolStyles,
    css`
      :host {
        display: block;
      }
      pg-tabs {
        max-width: 480px;
        margin-bottom: 14px;
      }
      .two {
        display: grid;
        grid-template-columns: minmax(0, 380px) minmax(0, 1fr);
        gap: 16px 32px;
      }
      textarea {
        display: block;
        width: 100%;
        height: 132px;
        margin-bottom: 8px;
        padding: 8px 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        color: var(--pg-ink);
        font-family: var(--pg-mono);
        font-size: 13px;
        resize: vertical;
        white-space: pre;
      }
      .over textarea {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
      }
      label.name {
        display: block;
        margin-bottom: 4px;
        font-weight: 500;
      }
      .wide {
        max-width: 100%;
        margin-bottom: 10px;
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      th,
      td {
        max-width: 180px;
        padding: 3px 10px 3px 0;
        border-bottom: 1px solid var(--pg-line);
        overflow: hidden;
        text-align: start;
        text-overflow: ellipsis;
      }
      th {
        font-weight: 600;
      }
      th small {
        display: block;
        font-weight: 400;
        color: var(--pg-ink-2);
      }
      .target {
        background: var(--pg-accent-soft);
      }
      .choose {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(200px, 280px));
        gap: 8px 20px;
        margin-bottom: 12px;
      }
      ul {
        margin: 0 0 10px;
        padding-inline-start: 18px;
        line-height: 1.55;
      }
      pg-notice {
        margin-bottom: 10px;
      }
      @media (max-width: 767.98px) {
        .two {
          grid-template-columns: minmax(0, 1fr);
        }
        textarea {
          font-size: 16px;
        }
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.worker?.terminate();
    this.worker = null;
    this.waiting.clear();
  }

  // ------------------------------------------------------------------------------------------------- the worker

  private ask(ask: Ask): Promise<Answer> {
    if (!this.worker) {
      this.worker = new Worker(new URL('./table.worker.ts', import.meta.url), { type: 'module' });
      this.worker.onmessage = ({ data: { id, answer } }: MessageEvent<{ id: number; answer: Answer }>) => {
        this.waiting.get(id)?.(answer);
        this.waiting.delete(id);
      };
      this.worker.onerror = () => {
        for (const settle of this.waiting.values()) settle({ failed: t('bench.data.failed') });
        this.waiting.clear();
        this.worker = null;
      };
    }
    const id = this.nextId++;
    this.worker.postMessage({ id, ask });
    return new Promise((settle) => this.waiting.set(id, settle));
  }

  /** What went wrong, said; null where nothing did. */
  private said(answer: Answer): string | null {
    if ('problem' in answer) return t(`bench.data.problem.${answer.problem}`, answer.facts);
    return 'failed' in answer ? answer.failed : null;
  }

  private async read(source: string | File, header: boolean | null, classic: ClassicTable | null = null): Promise<void> {
    this.source = source;
    this.busy = true;
    this.packed = null;
    const answer = await this.ask({ op: 'read', source, header });
    if (this.source !== source) return; // something newer is on its way
    this.busy = false;
    this.problem = this.said(answer);
    this.summary = 'summary' in answer ? answer.summary : null;
    this.classic = classic;
    if (!this.summary) return;
    const wanted = classic ? this.summary.columns.findIndex(({ name }) => name === classic.target) : -1;
    this.aim(wanted >= 0 ? wanted : this.summary.target);
  }
  private aim(target: number): void {
    this.target = target;
    const { kind, distinct } = this.summary!.columns[target]!;
    this.goal = kind === 'number' && distinct > MAX_CLASSES ? 'numbers' : 'classes';
  }

  private async train(): Promise<void> {
    this.busy = true;
    const answer = await this.ask({ op: 'pack', target: this.target, as: this.goal });
    this.problem = this.said(answer);
    try {
      if ('packed' in answer) {
        this.packed = answer.packed;
        await trainOn(this.bench, answer.packed.bytes);
      }
    } catch (thrown) {
      this.problem = String(thrown);
    } finally {
      this.busy = false;
    }
  }

  // --------------------------------------------------------------------------------------------------- the page

  private onDrop(event: DragEvent): void {
    event.preventDefault();
    this.over = false;
    const file = event.dataTransfer?.files[0];
    const text = event.dataTransfer?.getData('text/plain');
    if (file) void this.read(file, null);
    else if (text) void this.read(text, null);
  }
  private onPaste(event: ClipboardEvent): void {
    const pasted = longPaste(event);
    if (pasted !== null) void this.read(pasted, null);
    else setTimeout(() => this.readPasted()); // when the field has it
  }
  private readPasted(): void {
    const text = this.renderRoot.querySelector('textarea')!.value;
    void this.read(text, null);
  }

  private get separator(): string {
    const names: Record<string, string> = { ',': 'comma', '\t': 'tab', ';': 'semicolon', '|': 'bar' };
    return t(`bench.data.separator.${names[this.summary!.separator] ?? 'comma'}`);
  }

  private sources(): TemplateResult {
    return html`<div class=${this.over ? 'over' : ''} @dragover=${(e: DragEvent) => (e.preventDefault(), (this.over = true))} @dragleave=${() => (this.over = false)} @drop=${this.onDrop}>
      <label class="name" for="text">${t('bench.data.paste')}</label>
      <textarea id="text" spellcheck="false" autocomplete="off" placeholder=${'width,length,kind\n5.1,3.5,a\n…'} @paste=${this.onPaste}></textarea>
      <div class="line">
        <button type="button" class="read" @click=${this.readPasted}>${t('bench.data.read')}</button>
        <label class="file">${t('bench.data.file')}<input type="file" accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain"
          @change=${(e: Event) => {
            const field = e.target as HTMLInputElement;
            if (field.files?.[0]) void this.read(field.files[0], null);
            field.value = '';
          }} /></label>
      </div>
      <p class="quiet">${t('bench.data.private')}</p>
      <h3>${t('bench.data.classic')}</h3>
      <div class="line">${tables.map((table) => html`<button type="button" aria-pressed=${this.classic === table} @click=${() => void this.read(table.text, true, table)}>${t(`bench.data.tables.${table.id}`)}</button>`)}</div>
      ${this.classic
        ? html`<p class="quiet">${t('bench.data.source', { licence: this.classic.licence })} <a href=${this.classic.href} rel="noreferrer" target="_blank">${this.classic.source}</a></p>`
        : nothing}
    </div>`;
  }

  private found(summary: Summary): TemplateResult {
    const { columns } = summary;
    return html`
      <p>${t('bench.data.found', { rows: summary.n, columns: columns.length, separator: this.separator })}</p>
      <div class="wide" tabindex="0" role="region" aria-label=${t('bench.data.preview')}>
        <table>
          <thead><tr>${columns.map((column, c) => html`<th scope="col" class=${c === this.target ? 'target' : ''} title=${column.name}>${column.name}
            <small>${t(`bench.data.kind.${column.kind}`)}${column.missing ? `, ${t('bench.data.missing', { n: column.missing })}` : ''}</small></th>`)}</tr></thead>
          <tbody>${summary.preview.map((row) => html`<tr>${row.map((field, c) => html`<td class=${c === this.target ? 'target' : ''} title=${field}>${field}</td>`)}</tr>`)}</tbody>
        </table>
      </div>
      <ul class="quiet">${columns.filter(({ stray }) => stray).map(({ name, stray }) => html`<li>${t('bench.data.stray', { column: name, ...stray! })}</li>`)}</ul>
      <div class="choose">
        <pg-switch .value=${summary.header} .default=${true} .label=${t('bench.data.header')} @change=${(e: CustomEvent<{ value: boolean }>) => void this.read(this.source, e.detail.value, this.classic)}></pg-switch>
        <pg-choice .value=${String(this.target)} .choices=${columns.map(({ name }, c) => ({ value: String(c), label: name }))} .label=${t('bench.data.target')}
          @change=${(e: CustomEvent<{ value: string }>) => this.aim(Number(e.detail.value))}></pg-choice>
        <pg-choice .value=${this.goal} .choices=${(['classes', 'numbers'] as const).map((value) => ({ value, label: t(`bench.data.goal.${value}`) }))} .label=${t('bench.data.goal.label')}
          @change=${(e: CustomEvent<{ value: Goal }>) => (this.goal = e.detail.value)}></pg-choice>
      </div>
      <button type="button" class="primary train" ?disabled=${this.busy} @click=${() => void this.train()}>${t('bench.data.train')}</button>`;
  }

  /** What was done to the table, in sentences. */
  private done({ n, features, classes, dropped, constant, texts, gaps }: Packed): TemplateResult {
    const lists: [string, string[]][] = [['constant', constant], ['texts', texts], ['gaps', gaps]];
    return html`<ul class="done">
      <li>${t(classes.length ? 'bench.data.done.classes' : 'bench.data.done.numbers', { rows: n, features: features.length, classes: classes.length })}</li>
      ${dropped ? html`<li>${t('bench.data.done.dropped', { n: dropped })}</li>` : nothing}
      ${lists.map(([key, list]) => (list.length ? html`<li>${t(`bench.data.done.${key}`, { columns: list.join(', ') })}</li>` : nothing))}
      <li>${t(features.length === 2 ? 'bench.data.done.plane' : 'bench.data.done.scaled')}</li>
    </ul>`;
  }

  private table(): TemplateResult {
    return html`<div class="two">
      ${this.sources()}
      <div aria-busy=${this.busy}>
        <div role="status">${this.problem ? html`<pg-notice kind="error" .heading=${t('bench.data.trouble')}>${this.problem}</pg-notice>` : nothing}</div>
        ${this.summary ? this.found(this.summary) : html`<p class="quiet">${t('bench.data.limits')}</p>`}
        <div role="status">${this.packed && !this.problem ? this.done(this.packed) : nothing}</div>
      </div>
    </div>`;
  }

  protected override render() {
    if (!takesOwn(this.bench)) return html`<p>${t('bench.data.elsewhere')}</p>`;
    if (this.bench.view.ownText) return html`<pg-data-text .bench=${this.bench}></pg-data-text>`;
    return html`<pg-tabs .label=${t('bench.data.how')} .value=${this.mode} .tabs=${(['table', 'draw', 'images'] as const).map((id) => ({ id, label: t(`bench.data.mode.${id}`) }))}
        @change=${(e: CustomEvent<{ value: Mode }>) => (this.mode = e.detail.value)}></pg-tabs>
      ${this.mode === 'table' ? this.table() : this.mode === 'draw' ? html`<pg-data-draw .bench=${this.bench}></pg-data-draw>` : html`<pg-data-images .bench=${this.bench}></pg-data-images>`}`;
  }
}
define('pg-data', PgData);
