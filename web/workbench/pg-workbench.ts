// The drawer between the stage and the explanation: one tab a tool. A tool's code and texts load when it is first opened.
import { css, html, nothing, type PropertyValues } from 'lit';
import { html as staticHtml, unsafeStatic } from 'lit/static-html.js';
import { baseStyles, define, PgElement, t } from '../elements/base';
import type { Bench, ToolId } from './bench';
import { tools } from './tools';
import '../elements/pg-notice';
import '../elements/pg-progress';
import '../elements/pg-tabs';

export class PgWorkbench extends PgElement {
  static override properties = {
    bench: { attribute: false },
    tick: { attribute: false },
    tool: {},
    arg: {},
    ready: { state: true },
    failed: { state: true },
  };
  declare bench: Bench;
  /** Counts the changes of the run, so that the open tool draws again. */
  declare tick: number;
  declare tool: ToolId;
  declare arg: string;
  /** Tools whose code is there. */
  declare private ready: ReadonlySet<ToolId>;
  declare private failed: ToolId | null;

  constructor() {
    super();
    this.tick = 0;
    this.arg = '';
    this.ready = new Set();
    this.failed = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
        max-width: 1920px;
        margin: 0 auto;
        border-bottom: 1px solid var(--pg-line);
      }
      .bar {
        display: flex;
        align-items: center;
        gap: 12px;
        padding-inline: 20px;
        border-bottom: 1px solid var(--pg-line);
      }
      pg-tabs {
        flex: 0 1 auto;
        min-width: 0;
        margin-bottom: -1px;
        overflow-x: auto;
      }
      .bar span {
        flex: 1;
      }
      .close {
        min-height: var(--pg-hit);
        padding: 0 10px;
        border: 0;
        border-radius: 4px;
        background: none;
        color: var(--pg-accent);
        white-space: nowrap;
      }
      .close:hover {
        background: var(--pg-accent-soft);
      }
      .panel {
        min-height: 240px;
        padding: 16px 20px 24px;
      }
      @media (max-width: 767.98px) {
        .bar {
          padding-inline: 8px;
        }
        .panel {
          padding: 12px 16px 24px;
        }
      }
    `,
  ];

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('tool')) void this.load(this.tool);
  }

  private async load(id: ToolId): Promise<void> {
    if (this.ready.has(id)) return;
    try {
      await Promise.all([tools[id]!.load(), this.bench.loadTexts(`workbench/${id}`)]);
      this.ready = new Set([...this.ready, id]);
    } catch {
      this.failed = id;
    }
  }

  protected override render() {
    const { bench, tool, arg, tick } = this;
    const tag = unsafeStatic(tools[tool]!.tag);
    return html`<div class="bar">
        <pg-tabs .label=${t('ui.tools.label')} .value=${tool} .tabs=${(Object.keys(tools) as ToolId[]).map((id) => ({ id, label: t(`ui.tools.${id}`) }))}
          @change=${(event: CustomEvent<{ value: ToolId }>) => bench.open(event.detail.value)}></pg-tabs>
        <span></span>
        <button class="close" type="button" @click=${() => this.emit('workbench-close')}>${t('ui.tools.close')}</button>
      </div>
      <section class="panel" aria-label=${t(`ui.tools.${tool}`)}>
        ${this.ready.has(tool)
          ? staticHtml`<${tag} .bench=${bench} .tick=${tick} .arg=${arg}></${tag}>`
          : this.failed === tool
            ? html`<pg-notice kind="error" .heading=${t('ui.failed.heading')}>${t('ui.failed.offline')}</pg-notice>`
            : nothing}
      </section>`;
  }
}
define('pg-workbench', PgWorkbench);
