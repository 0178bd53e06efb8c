// Loss landscape: which plane or line through the run's weights, computed in a worker of its own, and what was found.
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement, t, words } from '../../elements/base';
import { formatCount } from '../../elements/format';
import { EngineError } from '../../engine/errors';
import type { EngineClient } from '../../engine/engine-client';
import type { Params } from '../../engine/protocol';
import type { Bench } from '../bench';
import { runLabel } from '../label';
import { explore, statesFor, type Landscape, type Plane, type Progress, type Target } from './landscape';
import { formStyles } from '../inspect/styles';
import './pg-plane';
import '../../elements/pg-progress';

const KINDS = ['random', 'path', 'line', 'three'] as const;
type Kind = (typeof KINDS)[number];
const REACHES = [0.25, 0.5, 1, 2];
/** Ends a line can have beside the runs compared. */
const START = 'start', SEED = 'seed';

/** What a landscape was made for. */
interface Shown {
  landscape: Landscape;
  kind: Kind;
  step: number;
  other: string;
}

export class PgLandscape extends PgElement {
  static override properties = {
    bench: { attribute: false },
    tick: { attribute: false },
    arg: {},
    kind: { state: true },
    seed: { state: true },
    reach: { state: true },
    to: { state: true },
    metric: { state: true },
    shown: { state: true },
    progress: { state: true },
    problem: { state: true },
  };
  declare bench: Bench;
  declare tick: number;
  declare arg: string;
  declare private kind: Kind;
  declare private seed: number;
  declare private reach: number;
  /** `start`, `seed`, or the id of a run beside. */
  declare private to: string;
  declare private metric: string;
  declare private shown: Shown | null;
  declare private progress: Progress | null;
  /** Key of a text; '' where all is well. */
  declare private problem: string;
  private stop: AbortController | null = null;
  private client: EngineClient | null = null;
  private drawn = 0;
  private offered = '';

  constructor() {
    super();
    this.arg = this.metric = this.problem = '';
    this.kind = 'random';
    this.seed = 1;
    this.reach = 1;
    this.to = START;
    this.shown = this.progress = null;
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
      .found {
        display: grid;
        grid-template-columns: minmax(0, 640px) minmax(200px, 1fr);
        gap: 16px 32px;
      }
      .found > div {
        display: grid;
        align-content: start;
        gap: 10px;
      }
      .busy {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 10px 16px;
      }
      pg-progress {
        min-width: min(280px, 100%);
      }
      .problem {
        color: var(--pg-error);
      }
      @media (max-width: 900px) {
        .found {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.cancel();
  }
  /** The run's snapshots change nothing here but whether there is one, and which runs there are to go to. */
  protected override shouldUpdate(changed: PropertyValues): boolean {
    const offers = `${this.bench.run.status?.trainable} ${this.bench.run.phase} ${this.bench.runs.runs.map(({ id, state }) => `${id}${state}`).join()} ${this.bench.run.status?.step === 0}`;
    const other = offers !== this.offered;
    this.offered = offers;
    return other || [...changed.keys()].some((key) => key !== 'tick');
  }

  private get losses(): string[] {
    const { metrics } = this.bench.schema;
    const measured = this.bench.run.snapshot?.metrics;
    // Of the model that is walked around in: train and test.
    return ['train.loss', 'test.loss'].filter((name) => metrics.includes(name) && Number.isFinite(measured?.[metrics.indexOf(name)] ?? 0));
  }

  // ------------------------------------------------------------------------------------------------- computing

  private target(): { to: Target; label: string } {
    const { bench } = this;
    const params = bench.run.state!.params, steps = bench.run.status!.step;
    if (this.to === START) return { to: 'start', label: t('bench.landscape.start') };
    if (this.to === SEED) return { to: { params: this.otherSeed(params), steps }, label: t('bench.landscape.seed_end') };
    const run = bench.runs.runs.find(({ id }) => String(id) === this.to)!;
    return { to: { params: run.params, steps: run.status?.step ?? run.target }, label: runLabel(bench, run) };
  }
  private otherSeed(params: Params): Params {
    const { max = Infinity, min = 0 } = this.bench.schema.params.find(({ key }) => key === 'seed')!;
    const seed = (params['seed'] as number) + 1;
    return { ...params, seed: seed > max ? min : seed };
  }
  private async begin(): Promise<void> {
    const { bench, kind } = this;
    const { run, schema } = bench;
    const stop = (this.stop = new AbortController());
    this.problem = '';
    this.progress = { part: 'measuring', done: 0, of: 0 };
    this.shown = null;
    const toOther = kind === 'line' || kind === 'three';
    const { to, label } = toOther ? this.surroundings.run(() => this.target()) : { to: START as Target, label: '' };
    const plane: Plane = kind === 'random' ? { kind, seed: this.seed, reach: this.reach } : kind === 'path' ? { kind } : { kind, to };
    const client = (this.client = bench.newClient());
    try {
      const [bytes, past] = await Promise.all([run.client.save(), run.client.past(statesFor(run.status!.parameters))]);
      const show = (landscape: Landscape) => {
        this.shown = { landscape: { ...landscape }, kind, step: landscape.path.at(-1)?.step ?? run.status!.step, other: label };
        this.drawn = performance.now();
      };
      const found = await explore(client, { lab: bench.lab, params: run.state!.params, bytes, past, plane, metrics: schema.metrics }, (landscape, progress) => {
        if (stop.signal.aborted) return;
        this.progress = progress;
        // Pictures of what is not finished: a few a second, and each time it gets finer.
        if (landscape && (landscape.stride !== this.shown?.landscape.stride || performance.now() - this.drawn > 400) && landscape.stride < 4) show(landscape);
      }, stop.signal);
      if (stop.signal.aborted) return;
      show(found);
      const centre = found.values[this.chosen]!;
      if (!centre.some((v) => Number.isFinite(v))) this.problem = 'bench.landscape.broken';
    } catch (thrown) {
      if (stop.signal.aborted) return;
      const code = thrown instanceof EngineError ? thrown.code : '';
      this.problem = code === 'wrong_shape' ? 'bench.landscape.shapes' : code === 'diverged' ? 'bench.landscape.broken' : 'ui.failed.broken';
      this.shown = null;
    } finally {
      client.dispose();
      if (this.client === client) {
        this.client = null;
        this.progress = null;
      }
    }
  }
  private cancel(): void {
    this.stop?.abort();
    this.client?.dispose();
    this.client = null;
    this.progress = null;
  }

  // --------------------------------------------------------------------------------------------------- drawing

  private get chosen(): string {
    const { losses } = this;
    return losses.includes(this.metric) ? this.metric : (losses[0] ?? '');
  }
  private select(label: string, value: string, options: [string, string][], change: (value: string) => void): TemplateResult {
    return html`<label>${label}<select @change=${(event: Event) => change((event.target as HTMLSelectElement).value)}>
      ${options.map(([id, text]) => html`<option value=${id} ?selected=${id === value}>${text}</option>`)}</select></label>`;
  }

  private controls(): TemplateResult {
    const { bench, kind } = this;
    const ends: [string, string][] = [[START, t('bench.landscape.start')]];
    if ('seed' in bench.run.state!.params) ends.push([SEED, t('bench.landscape.seed_end')]);
    for (const run of bench.runs.runs) if (run.state === 'done' || run.state === 'stopped' || run.state === 'pinned') ends.push([String(run.id), runLabel(bench, run)]);
    const others = kind === 'three' ? ends.slice(1) : ends;
    if (!others.some(([id]) => id === this.to)) this.to = others[0]?.[0] ?? START;
    return html`<div class="row">
      ${this.select(t('bench.landscape.plane'), kind, KINDS.map((id) => [id, t(`bench.landscape.kind.${id}`)]), (value) => (this.kind = value as Kind))}
      ${kind === 'random'
        ? html`${this.select(t('bench.landscape.reach'), String(this.reach), REACHES.map((r) => [String(r), `±${r}`]), (value) => (this.reach = Number(value)))}
          <label>${t('bench.landscape.seed')}<input type="number" min="0" max="9999" .value=${String(this.seed)} @change=${(event: Event) => {
            const input = event.target as HTMLInputElement;
            this.seed = Math.max(0, Math.min(9999, Math.round(Number(input.value)) || 0));
            input.value = String(this.seed);
          }}></label>`
        : nothing}
      ${kind === 'line' || kind === 'three' ? this.select(t('bench.landscape.to'), this.to, others, (value) => (this.to = value)) : nothing}
      ${kind !== 'line' && this.losses.length > 1 ? this.select(t('bench.landscape.metric'), this.chosen, this.losses.map((name) => [name, bench.text(`metrics.${name}`)]), (value) => (this.metric = value)) : nothing}
      ${this.progress ? nothing : html`<button class="button first" type="button" @click=${() => void this.begin()}>${t('bench.landscape.begin')}</button>`}
    </div>`;
  }

  private found({ landscape, kind, step, other }: Shown): TemplateResult {
    const metric = (name: string) => this.bench.text(`metrics.${name}`);
    const values = Object.fromEntries(this.losses.map((name) => [name, landscape.values[name]!]));
    const labels = {
      x: t(`bench.landscape.axis.${kind}.x`, { other }),
      y: kind === 'line' ? '' : t(`bench.landscape.axis.${kind}.y`),
      other,
      metric,
    };
    return html`<div class="found">
      <pg-plane .landscape=${{ ...landscape, values }} .metric=${this.chosen} .labels=${labels}></pg-plane>
      <div>
        <p>${t('bench.landscape.of', { step: formatCount(step, words().lang) })}</p>
        <p>${t(`bench.landscape.see.${kind}`, { other, share: Math.round(100 * landscape.share) })}</p>
        <p>${t('bench.landscape.how')}</p>
      </div>
    </div>`;
  }

  protected override render() {
    const { bench, progress, shown, problem } = this;
    if (!(bench.run.status?.trainable ?? true)) return html`<p>${t('bench.landscape.none')}</p>`;
    if (!bench.run.state || !this.losses.length) return nothing;
    const young = this.kind === 'path' && bench.run.status?.step === 0;
    return html`
      <p>${t('bench.landscape.what')}</p>
      ${this.controls()}
      ${progress
        ? html`<div class="busy"><button class="button" type="button" @click=${() => this.cancel()}>${t('bench.landscape.cancel')}</button>
            <pg-progress .label=${t(`bench.landscape.part.${progress.part}`)} .loaded=${progress.done} .total=${progress.of}></pg-progress></div>`
        : nothing}
      <p class=${problem ? 'problem' : 'sr'} role="status">${problem ? t(problem) : progress ? t('bench.landscape.part.measuring') : shown ? t('bench.landscape.ready') : ''}</p>
      ${young && !progress ? html`<p>${t('bench.landscape.young')}</p>` : nothing}
      ${shown ? this.found(shown) : nothing}`;
  }
}
define('pg-landscape', PgLandscape);
