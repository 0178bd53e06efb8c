// A text of one's own. What it must be is the engine's affair; only what is far too long is not handed over.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement, t } from '../../elements/base';
import type { Bench } from '../bench';
import { toolStyles } from '../styles';
import { longPaste } from './paste';
import { trainOn } from './train';
import '../../elements/pg-notice';

/** Bytes of a text, at most (engine/data/text.h). */
const MOST = 1024 * 1024;

export class PgDataText extends PgElement {
  static override properties = { bench: { attribute: false }, problem: { state: true }, said: { state: true }, busy: { state: true }, over: { state: true } };
  declare bench: Bench;
  declare private problem: string | null;
  declare private said: string;
  declare private busy: boolean;
  /** Something is being dragged over the place for it. */
  declare private over: boolean;

  constructor() {
    super();
    this.problem = null;
    this.said = '';
    this.busy = false;
    this.over = false;
  }

  static override styles = [
    baseStyles,
    toolStyles,
    css`
      :host {
        display: block;
        max-width: 720px;
      }
      label.name {
        display: block;
        margin-bottom: 4px;
        font-weight: 500;
      }
      textarea {
        display: block;
        width: 100%;
        height: 180px;
        margin-bottom: 8px;
        padding: 8px 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        color: var(--pg-ink);
        font: inherit;
        font-size: 15px;
        line-height: 1.6;
        resize: vertical;
      }
      .over textarea {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
      }
      @media (max-width: 767.98px) {
        textarea {
          font-size: 16px;
        }
      }
    `,
  ];

  private async train(text: string | Blob): Promise<void> {
    this.busy = true;
    this.said = '';
    const blob = new Blob([text]);
    this.problem = blob.size > MOST ? t('bench.data.text.long', { found: blob.size, most: MOST }) : null;
    try {
      if (!this.problem) {
        await trainOn(this.bench, new Uint8Array(await blob.arrayBuffer()));
        const { error } = this.bench.run;
        this.problem = error && error.code === 'bad_asset' ? t('bench.data.text.refused', { rule: error.message }) : null;
        if (!error) this.said = t('bench.data.text.done', { n: blob.size });
      }
    } catch (thrown) {
      this.problem = String(thrown);
    } finally {
      this.busy = false;
    }
    await this.updateComplete;
    this.renderRoot.querySelector('[role=status]')!.scrollIntoView({ block: 'nearest' });
  }

  protected override render() {
    const field = () => this.renderRoot.querySelector('textarea')!.value;
    return html`<div class=${this.over ? 'over' : ''} @dragover=${(e: DragEvent) => (e.preventDefault(), (this.over = true))} @dragleave=${() => (this.over = false)}
        @drop=${(e: DragEvent) => {
          e.preventDefault();
          this.over = false;
          const dropped = e.dataTransfer?.files[0] ?? e.dataTransfer?.getData('text/plain');
          if (dropped) void this.train(dropped);
        }}>
        <label class="name" for="text">${t('bench.data.text.paste')}</label>
        <textarea id="text" spellcheck="false" autocomplete="off" @paste=${(e: ClipboardEvent) => {
          const pasted = longPaste(e);
          if (pasted !== null) void this.train(pasted);
        }}></textarea>
        <div class="line">
          <button type="button" class="primary train" ?disabled=${this.busy} @click=${() => void this.train(field())}>${t('bench.data.train')}</button>
          <label class="file">${t('bench.data.file')}<input type="file" accept=".txt,.md,text/plain"
            @change=${(e: Event) => {
              const input = e.target as HTMLInputElement;
              if (input.files?.[0]) void this.train(input.files[0]);
              input.value = '';
            }} /></label>
        </div>
        <p class="quiet">${t('bench.data.text.private')}</p>
      </div>
      <div role="status">${this.problem ? html`<pg-notice kind="error" .heading=${t('bench.data.trouble')}>${this.problem}</pg-notice>` : this.said ? html`<p>${this.said}</p>` : nothing}</div>`;
  }
}
define('pg-data-text', PgDataText);
