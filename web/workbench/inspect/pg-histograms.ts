// Histograms of every layer's weights, gradients and activations over the run. The engine counts; here the counts are kept and drawn.
import { css, html, nothing, type PropertyValues } from 'lit';
import { baseStyles, define, PgElement, t, words } from '../../elements/base';
import { formatNumber } from '../../elements/format';
import type { Bench } from '../bench';
import { graphOf, layersOf, type Layer, type Row } from './graph';
import { added, BINS, chosen, sampleOf, type Sample } from './histogram';
import { formStyles } from './styles';
import './pg-ridges';
import type { Ridge } from './pg-ridges';

/** Shortest time between two samples of a run that goes on; and many times what the last one took, waiting for the worker's turn included. */
const EVERY_MS = 500, TIMES_COST = 20, LONGEST_MS = 2000;
/** Ridges of one picture. */
const RIDGES = 18;
const KINDS = ['weights', 'gradients', 'activations'] as const;

export class PgHistograms extends PgElement {
  static override properties = { bench: { attribute: false }, tick: { attribute: false }, samples: { state: true }, layers: { state: true } };
  declare bench: Bench;
  declare tick: number;
  declare private samples: Sample[];
  declare private layers: Layer[];
  private build = -1;
  private asking = false;
  private next = 0;
  private present = -1;
  /** Looks again when the next sample may be taken. */
  private timer = 0;

  constructor() {
    super();
    this.samples = [];
    this.layers = [];
  }

  static override styles = [
    baseStyles,
    formStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 14px;
      }
      .key {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 16px;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      .ramp {
        display: inline-block;
        width: 90px;
        height: 8px;
        margin-inline: 6px;
        border-radius: 2px;
        background: linear-gradient(90deg, color-mix(in oklab, var(--pg-seq) 35%, var(--pg-surface)), var(--pg-seq));
      }
      .now {
        display: inline-block;
        width: 22px;
        height: 0;
        margin-inline-end: 6px;
        border-top: 2px solid var(--pg-accent);
        vertical-align: 4px;
      }
      .layer {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: 4px 28px;
        padding-top: 10px;
        border-top: 1px solid var(--pg-line);
      }
      h3 {
        grid-column: 1 / -1;
        margin: 0;
        font: 600 13px/1.4 var(--pg-mono);
      }
      h3 small {
        font-weight: 400;
        color: var(--pg-ink-2);
      }
      .kind {
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      @media (max-width: 767.98px) {
        .layer {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    this.timer = 0;
  }

  /** Looks at every snapshot, draws only when there is a new sample. */
  protected override shouldUpdate(changed: PropertyValues): boolean {
    void this.sample();
    return [...changed.keys()].some((key) => key !== 'tick') || !this.hasUpdated;
  }

  private async sample(): Promise<void> {
    const { run } = this.bench;
    const { snapshot } = run;
    if (this.asking || !snapshot || run.phase !== 'ready' || !run.status?.trainable) return;
    const now = performance.now();
    const anew = snapshot.build !== this.build;
    if (!anew && snapshot.status.step === this.present) return;
    if (!anew && now < this.next && !run.lookingBack) {
      this.timer ||= window.setTimeout(() => {
        this.timer = 0;
        void this.sample();
      }, this.next - now);
      return;
    }
    this.asking = true;
    try {
      if (anew) {
        const layers = layersOf(graphOf((await run.client.query('graph')) as Row[]));
        this.build = snapshot.build;
        this.layers = layers;
        this.samples = [];
      }
      const of = this.layers.flatMap(({ weights, activation }) => [weights.name, `∇${weights.name}`, activation.name]);
      const { data } = await run.client.read('histograms', { of, bins: BINS });
      const took = performance.now() - now;
      const sample = sampleOf(data as Float32Array, of.length);
      this.present = sample.step;
      this.samples = added(this.samples, sample, Math.max(sample.step, run.snapshot!.timeline.last));
      this.next = performance.now() + Math.max(EVERY_MS, Math.min(LONGEST_MS, TIMES_COST * took));
    } catch {
      this.next = performance.now() + EVERY_MS; // rebuilt meanwhile: asked again
    } finally {
      this.asking = false;
    }
  }

  protected override render() {
    const { samples, layers } = this;
    const { lang } = words();
    if (!(this.bench.run.status?.trainable ?? true)) return html`<p>${t('bench.inspect.none')}</p>`;
    const now = samples.find(({ step }) => step === this.present) ?? null;
    const shown = chosen(samples, RIDGES, now);
    const last = samples.at(-1)?.step ?? 1;
    const range = (i: number) => {
      const { lo, hi } = (now ?? samples.at(-1))!.histograms[i]!;
      return t('bench.inspect.hist.range', { lo: formatNumber(lo, lang), hi: formatNumber(hi, lang) });
    };
    return html`<p>${t('bench.inspect.hist.what')}</p>
      ${samples.length
        ? html`<div class="key"><span>${t('bench.inspect.hist.step', { step: samples[0]!.step })}<span class="ramp"></span>${t('bench.inspect.hist.step', { step: last })}</span>
            <span><span class="now"></span>${t('bench.inspect.hist.now', { step: this.present })}</span></div>`
        : nothing}
      ${samples.length
        ? layers.map(({ name, weights, activation }, l) => html`<div class="layer">
            <h3>${name} <small>[${weights.shape.join(' × ')}]</small></h3>
            ${KINDS.map((kind, k) => {
              const i = 3 * l + k;
              const ridges: Ridge[] = shown.map(({ step, histograms }) => ({ step, histogram: histograms[i]! }));
              const title = t(`bench.inspect.hist.${kind}`);
              return html`<div><div class="kind">${title}${k === 2 && activation.name !== name ? html` <span dir="ltr">(${activation.name})</span>` : nothing} · ${range(i)}</div>
                <pg-ridges .ridges=${ridges} .present=${this.present} .last=${last} .label=${`${name}, ${title}`}></pg-ridges></div>`;
            })}
          </div>`)
        : nothing}`;
  }
}
define('pg-histograms', PgHistograms);
