// What goes into the network that learns a table: a test example, with its true answer. The picture shows the activations for it.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { LabElement } from './lab-element';
import { className, probeOf, type Probe } from './net';

export class PgNetworkRow extends LabElement {
  static override properties = { truth: { state: true } };
  /** Class or value of the example shown. */
  declare private truth: number | null;
  private index = 0;
  /** Build and example that are on their way, or have come. */
  private asked = '';

  constructor() {
    super();
    this.truth = null;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 12px;
      }
      h3 {
        margin: 0;
        font-size: 14px;
        font-weight: 600;
      }
      button {
        min-height: max(28px, var(--pg-hit));
        padding: 0 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13px;
      }
      button:hover {
        border-color: var(--pg-accent);
      }
      p {
        margin: 0;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      .scaled {
        flex-basis: 100%;
        color: var(--pg-ink-2);
      }
    `,
  ];

  protected override snapshotCame(): void {
    if (this.info?.kind === 'table') void this.look(this.index);
  }

  protected override paint(): void {}

  private async look(index: number): Promise<void> {
    const ctx = this.ctx!, info = this.info!;
    if (!ctx.snapshot) return;
    const example = ((index % info.n_test) + info.n_test) % info.n_test;
    const key = `${ctx.snapshot.build} ${example}`;
    if (key === this.asked) return;
    this.asked = key;
    try {
      const [x, target] = await Promise.all([
        ctx.client.read('example', { split: 'test', index: example }),
        ctx.client.query('explain', { value: 'target', index: info.classes.length > 2 ? [] : [0], split: 'test', example }),
      ]);
      if (key !== this.asked || x.data.length !== info.inputs) return;
      this.index = example;
      this.truth = Number(target.result);
      this.ctx!.setView({ probe: { x: Array.from(x.data), split: 'test', index: example } satisfies Probe });
    } catch {
      this.asked = ''; // the run was rebuilt meanwhile: the next snapshot asks again
    }
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || info?.kind !== 'table') return nothing;
    const index = probeOf(ctx)?.index ?? this.index;
    const truth = this.truth === null ? '…' : info.classes.length ? className(ctx, info, this.truth) : ctx.num(this.truth);
    return html`<h3>${ctx.t('ui.row')}</h3>
      <button type="button" @click=${() => void this.look(index - 1)}>${ctx.t('ui.row_previous')}</button>
      <button type="button" @click=${() => void this.look(index + 1)}>${ctx.t('ui.row_next')}</button>
      <p aria-live="polite">${ctx.t('ui.row_is', { n: String(index + 1), of: String(info.n_test), truth: `${info.own?.target ?? ''} = ${truth}` })}</p>
      <p class="scaled">${ctx.t('ui.row_scaled', { sd: '1' })}</p>`;
  }
}
define('pg-network-row', PgNetworkRow);
