// The dialog behind "Embed": what is shown of the lab, hidden and locked; how that looks; what to paste.
import { css, html, nothing } from 'lit';
import { baseStyles, define, PgElement, t } from '../elements/base';
import { isVisible } from '../elements/when';
import type { ParamDef } from '../engine/protocol';
import { defaultCurves } from '../site/curves';
import type { Bench } from '../workbench/bench';
import { frameAddress, snippet, FORMATS, type Format, type Wanted } from './snippets';

type Fate = 'free' | 'lock' | 'hide';
const FATES: Fate[] = ['free', 'lock', 'hide'];
const THEMES = ['auto', 'light', 'dark'];
/** The preview is made anew after this rest, ms. */
const REST = 350;

export class PgEmbed extends PgElement {
  static override properties = {
    bench: { attribute: false }, off: { state: true }, fates: { state: true }, format: { state: true }, lang_: { state: true }, theme: { state: true },
    height: { state: true }, preview: { state: true }, copied: { state: true }, tall: { state: true },
  };
  declare bench: Bench;
  /** Address of the site. */
  site = '';
  /** Parts that are not shown. */
  declare private off: ReadonlySet<string>;
  declare private fates: Readonly<Record<string, Fate>>;
  declare private format: Format;
  declare private lang_: string;
  declare private theme: string;
  declare private height: number;
  declare private preview: string;
  declare private copied: '' | 'done' | 'failed';
  declare private tall: number;
  private timer = 0;

  constructor() {
    super();
    this.off = new Set(['tools']);
    this.fates = {};
    this.format = 'element';
    this.lang_ = '';
    this.theme = 'auto';
    this.height = 0;
    this.preview = '';
    this.copied = '';
    this.tall = 560;
  }

  static override styles = [
    baseStyles,
    css`
      dialog {
        width: min(1120px, calc(100vw - 24px));
        max-width: none;
        height: min(860px, calc(100dvh - 24px));
        max-height: none;
        margin: auto;
        padding: 0;
        border: 1px solid var(--pg-edge);
        border-radius: 10px;
        background: var(--pg-bg);
        color: var(--pg-ink);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 0.45);
      }
      .sheet {
        display: grid;
        grid-template: auto minmax(0, 1fr) / 300px minmax(0, 1fr);
        height: 100%;
      }
      .head {
        grid-column: 1 / -1;
        display: flex;
        align-items: center;
        gap: 12px;
        padding: 8px 12px 8px 20px;
        border-bottom: 1px solid var(--pg-line);
      }
      h2 {
        flex: 1;
        margin: 0;
        font-size: 17px;
        font-weight: 600;
      }
      .close {
        min-height: var(--pg-hit);
        padding: 0 10px;
        border: 0;
        border-radius: 4px;
        background: none;
        color: var(--pg-accent);
      }
      form {
        overflow: auto;
        padding: 12px 20px 24px;
        border-inline-end: 1px solid var(--pg-line);
      }
      fieldset {
        margin: 0 0 14px;
        padding: 0;
        border: 0;
      }
      legend {
        margin-bottom: 4px;
        padding: 0;
        font-size: 12px;
        font-weight: 600;
        color: var(--pg-ink-2);
      }
      label {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: max(32px, var(--pg-hit));
      }
      label span {
        flex: 1;
        min-width: 0;
      }
      input[type='checkbox'] {
        width: 17px;
        height: 17px;
        margin: 0;
        accent-color: var(--pg-accent);
      }
      select,
      input[type='text'] {
        min-height: max(28px, var(--pg-hit));
        max-width: 128px;
        padding: 0 6px;
        border: 1px solid var(--pg-edge);
        border-radius: 4px;
        background: var(--pg-raised);
        font: inherit;
        font-size: 13px;
        color: inherit;
      }
      input[type='text'] {
        width: 76px;
      }
      .note {
        margin: 4px 0 0;
        font-size: 12.5px;
        line-height: 1.5;
        color: var(--pg-ink-2);
      }
      .right {
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
      }
      .preview {
        flex: 1;
        min-height: 0;
        overflow: auto;
        padding: 12px;
        background: var(--pg-surface);
      }
      iframe {
        display: block;
        width: 100%;
        border: 0;
      }
      .paste {
        padding: 10px 12px 12px;
        border-top: 1px solid var(--pg-line);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        margin-bottom: 8px;
      }
      .row select {
        max-width: none;
      }
      .row span {
        flex: 1;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      .copy {
        min-height: max(32px, var(--pg-hit));
        padding: 0 16px;
        border: 1px solid var(--pg-accent);
        border-radius: var(--pg-radius);
        background: var(--pg-accent);
        color: var(--pg-accent-ink);
        font-weight: 600;
      }
      textarea {
        display: block;
        width: 100%;
        height: 108px;
        padding: 8px;
        border: 1px solid var(--pg-edge);
        border-radius: 4px;
        background: var(--pg-raised);
        font: 12.5px/1.5 var(--pg-mono);
        color: inherit;
        resize: vertical;
      }
      @media (max-width: 767.98px) {
        dialog {
          width: 100vw;
          height: 100dvh;
          border: 0;
          border-radius: 0;
        }
        .sheet {
          display: block;
          overflow: auto;
        }
        .head {
          position: sticky;
          z-index: 1;
          top: 0;
          background: var(--pg-bg);
        }
        form {
          border: 0;
        }
        .paste {
          position: sticky;
          bottom: 0;
          background: var(--pg-bg);
        }
        textarea {
          height: 76px;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('message', this.receive);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('message', this.receive);
    clearTimeout(this.timer);
  }
  /** Opens with the experiment that stands on the stage. */
  async show(): Promise<void> {
    this.lang_ ||= this.bench.lang;
    this.copied = '';
    this.refresh(0);
    await this.updateComplete;
    this.renderRoot.querySelector('dialog')!.showModal();
  }
  /** The preview tells its height, as to any page. */
  private receive = ({ source, data }: MessageEvent): void => {
    if (source === this.renderRoot.querySelector('iframe')?.contentWindow && data?.event === 'height') this.tall = Math.min(4000, Number(data.detail.height) || 560);
  };
  private close = (): void => {
    // A lab that nobody sees need not train.
    this.preview = '';
  };

  private parts(): string[] {
    const { view, schema } = this.bench;
    const charts = this.bench.context && view.curves ? view.curves(this.bench.context) : defaultCurves(schema.metrics);
    const { model = [], results = [] } = view.parts ?? {};
    return [...(model.length ? model : ['model']), ...charts.map(({ key }) => key), ...results, 'coach', 'timeline', 'tools'];
  }
  private partName(name: string): string {
    if (name === 'model') return t('ui.tabs.model');
    if (name === 'tools') return t('ui.tools.label');
    if (name === 'timeline' || name === 'coach') return t(`embed.${name}`);
    const key = this.bench.view.parts && [...this.bench.view.parts.model, ...this.bench.view.parts.results].includes(name) ? `parts.${name}` : `curves.${name}`;
    const own = this.bench.text(key);
    return own === key ? t(`ui.curves.${name}`) : own;
  }
  private rows(): ParamDef[] {
    return this.bench.schema.params.filter((def) => isVisible(def.when, this.bench.spec.params) && !(this.bench.view.ownParams ?? []).includes(def.key));
  }
  private fate = (key: string): Fate => this.fates[key] ?? 'free';

  private wanted(): Wanted {
    const { bench, off } = this;
    const rows = this.rows();
    const of = (fate: Fate) => rows.map(({ key }) => key).filter((key) => this.fate(key) === fate);
    // Tools are the page's; an embed has them only when asked.
    const parts = this.parts();
    const hidden = parts.filter((name) => off.has(name) && name !== 'tools');
    const free = of('free').filter((key) => key !== 'seed');
    // Nothing left to set: no controls at all, and their values in a line.
    const bareControls = free.length === 0 && of('lock').filter((key) => key !== 'seed').length === 0;
    const query = bench.spec.query().replace(/^\?v=1&?/, '');
    // Said, where an address that says nothing would leave the choice to the lab.
    const params = query || (bench.view.opening?.(bench.lang) ? 'v=1' : '');
    const show = off.has('tools') ? [] : ['controls', 'model', 'results', 'timeline', 'tools'];
    return {
      site: this.site, lab: bench.lab, title: bench.text('title'), lang: this.lang_, theme: this.theme, params,
      show, hide: [...(bareControls ? ['controls'] : []), ...hidden, ...(bareControls ? of('hide').filter((key) => key === 'seed') : of('hide'))], lock: of('lock'), height: this.height,
    };
  }

  private refresh(rest = REST): void {
    clearTimeout(this.timer);
    this.copied = '';
    this.timer = window.setTimeout(() => (this.preview = frameAddress(this.wanted())), rest);
  }
  private toggle(name: string): void {
    const next = new Set(this.off);
    if (!next.delete(name)) next.add(name);
    this.off = next;
    this.refresh();
  }
  private setFate(key: string, fate: Fate): void {
    this.fates = { ...this.fates, [key]: fate };
    this.refresh();
  }
  private async copy(): Promise<void> {
    const area = this.renderRoot.querySelector('textarea')!;
    try {
      await navigator.clipboard.writeText(area.value);
      this.copied = 'done';
    } catch {
      area.select();
      this.copied = 'failed';
    }
  }
  private select(label: string, value: string, choices: { value: string; label: string }[], act: (value: string) => void) {
    return html`<label><span>${label}</span><select .value=${value} @change=${(event: Event) => act((event.target as HTMLSelectElement).value)}>
      ${choices.map((choice) => html`<option value=${choice.value} ?selected=${choice.value === value}>${choice.label}</option>`)}</select></label>`;
  }

  protected override render() {
    if (!this.bench) return nothing;
    const wanted = this.wanted();
    return html`<dialog aria-labelledby="title" @close=${this.close}>
      <div class="sheet">
        <div class="head"><h2 id="title">${t('embed.title')}</h2><button class="close" type="button" @click=${() => this.renderRoot.querySelector('dialog')!.close()}>${t('embed.close')}</button></div>
        <form @submit=${(event: Event) => event.preventDefault()}>
          <fieldset><legend>${t('embed.parts')}</legend>
            ${this.parts().map((name) => html`<label><input type="checkbox" .checked=${!this.off.has(name)} @change=${() => this.toggle(name)} /><span>${this.partName(name)}</span></label>`)}
          </fieldset>
          <fieldset><legend>${t('embed.params')}</legend>
            ${this.rows().map(({ key }) => this.select(this.bench.paramLabel(key), this.fate(key), FATES.map((fate) => ({ value: fate, label: t(`embed.fate.${fate}`) })), (value) => this.setFate(key, value as Fate)))}
            <p class="note">${t('embed.readout')}</p>
          </fieldset>
          <fieldset><legend>${t('embed.look')}</legend>
            ${this.select(t('embed.lang'), this.lang_, [{ value: 'ko', label: '한국어' }, { value: 'en', label: 'English' }], (value) => {
              this.lang_ = value;
              this.refresh();
            })}
            ${this.select(t('embed.theme'), this.theme, THEMES.map((value) => ({ value, label: t(`embed.themes.${value}`) })), (value) => {
              this.theme = value;
              this.refresh();
            })}
            <label><span>${t('embed.height')}</span><input type="text" inputmode="numeric" .value=${this.height ? String(this.height) : ''} placeholder=${t('embed.auto')} @change=${(event: Event) => {
              const value = Number((event.target as HTMLInputElement).value);
              this.height = Number.isFinite(value) && value >= 120 ? Math.min(5000, Math.round(value)) : 0;
              this.refresh();
            }} /></label>
          </fieldset>
        </form>
        <div class="right">
          <div class="preview" tabindex="0" role="region" aria-label=${t('embed.preview')}>${this.preview ? html`<iframe src=${this.preview} title=${t('embed.preview')} .style=${`height:${this.tall}px`}></iframe>` : nothing}</div>
          <div class="paste">
            <div class="row">
              <select aria-label=${t('embed.format')} @change=${(event: Event) => {
                this.format = (event.target as HTMLSelectElement).value as Format;
                this.copied = '';
              }}>${FORMATS.map((format) => html`<option value=${format} ?selected=${format === this.format}>${t(`embed.formats.${format}`)}</option>`)}</select>
              <span role="status">${this.copied ? t(`embed.copy.${this.copied}`) : t(`embed.hints.${this.format}`)}</span>
              <button class="copy" type="button" @click=${() => void this.copy()}>${t('embed.copy.do')}</button>
            </div>
            <textarea readonly spellcheck="false" aria-label=${t('embed.code')} .value=${snippet(this.format, wanted)}></textarea>
          </div>
        </div>
      </div>
    </dialog>`;
  }
}
define('pg-embed', PgEmbed);
