// <pg-lab lab="network">: the stage of a lab. It ties the three stores (spec, run, view) to the controls, the lab's own
// view, the curves and the transport bar. It knows no lab by name: all it knows comes from the schema and the registry; nor
// does it know the page: what is around it is its host (lab-host.ts), and nothing begins before it has one.
import { html, nothing, unsafeCSS, type PropertyValues, type TemplateResult } from 'lit';
import { html as staticHtml, unsafeStatic } from 'lit/static-html.js';
import { schema } from '#schema';
import { baseStyles, define, PgElement, setWords, t, words } from '../elements/base';
import { formatFixed, formatFull, formatInput, formatNumber } from '../elements/format';
import type { PgControls } from '../elements/pg-controls';
import type { Other } from '../elements/pg-curve';
import type { PgInspector } from '../elements/pg-inspector';
import { nameOf, type Ref } from '../elements/explanation';
import { isVisible } from '../elements/when';
import { EngineClient } from '../engine/engine-client';
import type { Correction, Divergence, EngineSchema, LabSchema, Params, ParamValue } from '../engine/protocol';
import { labs } from '../labs/index';
import type { Bench, ToolId } from '../workbench/bench';
import { columnOf, ComparedRuns } from '../workbench/compared';
import { runLabel } from '../workbench/label';
import { tools } from '../workbench/tools';
import type { CurveSpec, InspectRef, LabContext, LabView } from '../labs/lab-view';
import { defaultCurves, headOf, historyColumns, measured, type History } from './curves';
import { deepClosest, deepFind } from './deep';
import { loadTexts, type I18n } from './i18n';
import labStyles from './lab.css?inline';
import type { Attached, LabHost, Shown } from './lab-host';
import { rests, wakes } from './resting';
import { COLUMNS, Selection, type Column } from './shown';
import { hasSimd } from './simd';
import { CARRIES } from './state/address';
import { RunStore } from './state/run';
import { SpecStore } from './state/spec';
import { decodeParams, parseTry, type UrlProblem } from './state/url';
import { ViewStore, type LabTab } from './state/view';
import '../elements/pg-controls';
import '../elements/pg-curve';
import '../elements/pg-notice';
import '../elements/pg-progress';
import '../elements/pg-tabs';
import '../elements/pg-timeline';
import '../elements/pg-transport';

type Presets = Record<string, { params: Params }>;
/** What shows the hyperparameters of a lab (pg-runs); `steps` is 0 where nothing is trained, and so nothing run. */
type Shows = Record<string, { steps: number }>;
const showFiles = import.meta.glob<{ default: Shows }>('../labs/*/show.json');
const presetFiles = import.meta.glob<{ default: Presets }>('../labs/*/presets.json');

/** Below these widths of the stage, CSS px: results under the model; one thing at a time over a bar. lab.css knows them by name. */
const MIDDLE = 1100, NARROW = 768;
type Size = 'wide' | 'middle' | 'narrow';
const sizeOf = (width: number): Size => (width < NARROW ? 'narrow' : width < MIDDLE ? 'middle' : 'wide');

const ALL: Shown = { show: null, hide: [], lock: [] };
/** Longest piece of somebody's address that a notice repeats. */
const QUOTED = 40;

/** Shortest time between two pictures of the runs beside. */
const COMPARED_MS = 250;

// One object for ever: a new one each time would draw the controls anew with every snapshot.
const NO_PICTURES = {};
const NOTHING_BELOW: Record<string, TemplateResult> = {};
const NO_OTHERS: Other[] = [];

/** What somebody gave, or the engine took, as a short text. The engine quotes given values as JSON. */
const quoted = (value: unknown): string => {
  let given = value;
  if (typeof value === 'string') {
    try {
      given = JSON.parse(value);
    } catch {
      // Plain text, then.
    }
  }
  const text = Array.isArray(given) ? given.join('-') || t('ui.correction.nothing') : typeof given === 'number' ? formatFull(given) : String(given);
  return text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
};

export class PgLab extends PgElement {
  static override properties = { lab: {}, host: { attribute: false }, shown: { attribute: false }, loaded: { state: true }, size: { reflect: true }, embedded: { type: Boolean, reflect: true } };
  declare lab: string;
  /** What is around the stage. Given once; nothing begins before. */
  declare host: LabHost | null;
  /** What an author shows of it. */
  declare shown: Shown;
  declare size: Size;
  declare embedded: boolean;
  /** The lab's texts, view and presets are there. */
  declare private loaded: boolean;

  private i18n!: I18n;
  private labView: LabView | null = null;
  private presets: Presets = {};
  private showsAsked = false;
  private table: LabSchema | null = null;
  private spec: SpecStore | null = null;
  private run: RunStore | null = null;
  private readonly view = new ViewStore(() => this.requestUpdate());
  private corrections: string[] = [];
  private failed: unknown = null;
  private marks: Record<string, number[]> = {};
  /** Parameters that have their place elsewhere than among the controls. */
  private elsewhere: string[] = [];
  private seen = true;
  private returnTo: HTMLElement | null = null;
  /** The settings with which it opened: where an embedded lab goes back to. */
  private opened: Params = {};
  /** Settles when the newest change has reached the engine. */
  private applied: Promise<void> = Promise.resolve();
  private waking: Promise<void> | null = null;
  private started = false;
  private inspector: PgInspector | null = null;
  private sight: IntersectionObserver | null = null;
  private sizes: ResizeObserver | null = null;
  private detach: (() => void) | null = null;
  private context: LabContext | null = null;
  private selection: Selection = new Selection(ALL, false, { controls: [], model: [], results: [] });
  private shows = (part: string) => this.selection.part('model', part) || this.selection.part('results', part);
  private bench: Bench | null = null;
  private compared: ComparedRuns | null = null;
  private comparing = 0;
  private readonly listeners = new Set<() => void>();
  private tick = 0;
  private coachAsked = false;

  constructor() {
    super();
    this.ready = new Promise((yes, no) => (this.stands = { yes, no }));
    this.ready.catch(() => {}); // a page does not ask
    this.lab = '';
    this.host = null;
    this.shown = ALL;
    this.loaded = false;
    this.size = 'wide';
    this.embedded = false;
  }

  static override styles = [baseStyles, unsafeCSS(labStyles)];

  // -------------------------------------------------------------------------------------------------- beginning

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.onVisibility);
    this.size = sizeOf(this.getBoundingClientRect().width || innerWidth);
    this.sizes = new ResizeObserver((entries) => {
      const { width } = entries[entries.length - 1]!.contentRect;
      if (width) this.size = sizeOf(width);
    });
    this.sizes.observe(this);
    this.sight = new IntersectionObserver((entries) => {
      this.seen = entries[entries.length - 1]!.isIntersecting;
      this.onVisibility();
      this.requestUpdate();
    });
    this.sight.observe(this);
    if (this.loaded) this.attach();
    // Taken out of the document and put back: the worker ended meanwhile, the experiment did not.
    if (this.started) void this.wake();
    else this.begin();
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.sight?.disconnect();
    this.sizes?.disconnect();
    this.host?.address.flush();
    this.detach?.();
    this.detach = null;
    // A move within the document disconnects and connects in one turn; the worker must survive that.
    queueMicrotask(() => {
      if (this.isConnected) return;
      wakes(this);
      void this.run?.suspend(() => this.isConnected);
      this.compared?.dispose();
    });
  }

  /** As soon as there is a host and a place in the document. */
  private begin(): void {
    if (this.started || !this.host || !this.isConnected) return;
    this.started = true;
    this.embedded = this.host.embedded;
    void this.start(this.host);
  }
  private readonly newClient = (frame?: (callback: () => void) => void) => new EngineClient({ lab: this.lab, root: this.host!.root, ...(frame ? { frame } : {}) });

  private async start(host: LabHost): Promise<void> {
    const { lang } = host;
    const query = host.query();
    const registered = Object.hasOwn(labs, this.lab) ? labs[this.lab] : undefined;
    const table = (schema as EngineSchema).labs[this.lab];
    const simd = hasSimd();
    // The worker fetches and compiles the engine while the page still loads its own parts.
    if (registered && table && simd) {
      this.run = new RunStore(
        () => this.newClient(),
        () => this.onRun(),
      );
      this.table = table;
      const link = decodeParams(query, table);
      this.spec = new SpecStore(table, link.params);
      this.corrections = [];
      this.run.wish = host.autoplay && !CARRIES.test(host.fragment()) && !matchMedia('(prefers-reduced-motion: reduce)').matches;
      this.onVisibility();
      const creating = this.run.start(this.lab, this.spec.params);
      try {
        const load = presetFiles[`../labs/${this.lab}/presets.json`];
        const [i18n, module, presets] = await Promise.all([loadTexts(lang, [this.lab]), registered(), load?.()]);
        this.i18n = i18n;
        setWords(i18n, this.surroundings);
        this.labView = module.default;
        this.elsewhere = ['seed', ...(this.labView.ownParams ?? [])];
        this.presets = presets?.default ?? {};
        await this.labView.load?.();
      } catch (error) {
        this.failed = error;
      }
      this.corrections = this.problemTexts(link.problems);
      this.marks = this.collectMarks();
      const opening = query ? '' : (this.labView?.opening?.(lang) ?? '');
      if (Object.hasOwn(this.presets, opening)) this.spec.adopt(this.presets[opening]!.params);
      this.spec.onChange((_params, changed) => this.onSpec(changed));
      this.bench = this.makeBench();
      this.run.onfork = (params, snapshot) => void this.compared!.pin(params, snapshot);
      this.loaded = true;
      await creating;
      if (opening) {
        await this.run.apply(this.spec.params);
        host.address.replace(this.spec.query());
      }
      const unreadable = this.corrections;
      this.adopt();
      if (this.corrections !== unreadable) this.corrections = [...unreadable, ...this.corrections];
      this.opened = this.spec.params;
      await this.onHash(host.fragment());
      this.attach();
      if (this.run.phase === 'ready' && !this.failed) this.stands.yes(this.bench);
      else this.stands.no(this.failed ?? this.run.error ?? this.run.phase);
    } else {
      this.i18n = await loadTexts(lang, [this.lab]);
      setWords(this.i18n, this.surroundings);
      this.loaded = true;
      this.failed = simd ? new Error('no such lab') : 'no-simd';
      this.stands.no(this.failed);
    }
    this.requestUpdate();
  }

  // ------------------------------------------------------------------------------------------- stores and changes

  private onRun(): void {
    if (!this.loaded) return;
    this.requestUpdate();
    this.inspector?.refresh();
    this.told();
  }

  private onSpec(changed: string[]): void {
    this.host!.address.replace(this.spec!.query());
    this.requestUpdate();
    this.told();
    if (this.run!.state && changed.some((key) => !same(this.run!.state!.params[key], this.spec!.params[key]))) this.applied = this.applySpec();
    else if (this.run!.error?.code === 'needs_asset') {
      if (this.run!.state) this.run!.error = null; // back at what runs
      else void this.run!.start(this.lab, this.spec!.params);
    }
  }

  /** Sends the spec to the engine and takes over what it made of it. */
  private async applySpec(): Promise<void> {
    const sent = this.spec!.params;
    const state = await this.run!.apply(sent);
    if (state && this.spec!.params === sent) this.adopt();
  }

  /** The engine's corrected values take the place of those given, and are said. */
  private adopt(): void {
    const state = this.run?.state;
    if (!state || !this.spec) return;
    const said = state.corrections.map((c) => this.correctionText(c));
    // A correction concerns the last change; what an address got wrong stays until it is dismissed.
    this.corrections = state.corrections.length ? said : this.corrections;
    this.spec.adopt(state.params);
    this.requestUpdate();
  }

  private text = (key: string, vars?: Record<string, string | number>): string => this.i18n.forLab(this.lab)(key, vars);

  // --------------------------------------------------------------------------------------------------- the tools

  private makeBench(): Bench {
    const self = this;
    return {
      lab: this.lab,
      lang: this.i18n.lang,
      schema: this.table!,
      view: this.labView!,
      spec: this.spec!,
      run: this.run!,
      look: this.view,
      get context() {
        return self.context;
      },
      runs: (this.compared ??= new ComparedRuns(this.lab, this.newClient, () => this.onCompared())),
      newClient: () => this.newClient(),
      compare: (change) => this.compare(change),
      set: this.setParams,
      adopt: async (params) => {
        this.corrections = [];
        this.host!.address.flush();
        this.spec!.replace(params);
        this.host!.address.push(this.spec!.query());
        await this.fromTheStart();
      },
      restore: async (params, saved) => {
        const before = this.spec!.params;
        const state = await this.run!.restore(params, saved);
        this.host!.address.flush();
        this.spec!.replace(state.params);
        if (this.spec!.params !== before) {
          this.corrections = [];
          this.host!.address.push(this.spec!.query());
        }
        this.adopt();
        return state;
      },
      text: this.text,
      paramLabel: (key) => this.paramLabel(key),
      paramText: (key, value) => this.paramText(key, value),
      loadTexts: async (part) => {
        await this.i18n.add(part);
        setWords(this.i18n, this.surroundings);
      },
      open: (id, arg = '') => void this.openTool(id, arg),
      onChange: (listener) => {
        this.listeners.add(listener);
        return () => void this.listeners.delete(listener);
      },
    };
  }
  /** Many runs report often; a few pictures a second are enough to watch them grow. */
  private onCompared(): void {
    this.comparing ||= window.setTimeout(() => {
      this.comparing = 0;
      this.requestUpdate();
      this.told();
    }, COMPARED_MS);
  }
  /** A fair start for both: the run on the stage rests, and its present settings train once more beside the changed ones. */
  private compare(change: Params): void {
    const { params } = this.spec!;
    const steps = Math.max(500, this.run!.status?.step ?? 0);
    void this.run!.pause();
    this.compared!.clear();
    this.compared!.add([params, { ...params, ...change }], steps);
    void this.openTool('runs', '');
  }
  private told(): void {
    this.tick++;
    for (const listener of [...this.listeners]) listener();
  }
  /** The experiment that is set, from step 0. */
  private async fromTheStart(): Promise<void> {
    await this.applySpec();
    await this.run!.reset();
    await this.run!.run();
  }
  private async openTool(id: ToolId, arg: string): Promise<void> {
    if (!tools[id]) return;
    await import('../workbench/pg-workbench');
    this.view.setTool({ id, arg });
    await this.updateComplete;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.renderRoot.querySelector('pg-workbench')?.scrollIntoView({ block: 'nearest', behavior: still ? 'instant' : 'smooth' });
  }
  private closeTool(): void {
    const id = this.view.state.tool?.id;
    this.view.setTool(null);
    this.renderRoot.querySelector<HTMLElement>(`[data-tool="${id}"]`)?.focus();
  }
  private toolButtons(): TemplateResult | typeof nothing {
    const open = this.view.state.tool?.id;
    const ids = Object.keys(tools) as ToolId[];
    if (!ids.length || !this.bench || !this.selection.tools) return nothing;
    return html`<nav class="bench" aria-label=${t('ui.tools.label')}>
      ${ids.map((id) => html`<button type="button" data-tool=${id} aria-expanded=${open === id} @click=${() => (open === id ? this.closeTool() : void this.openTool(id, ''))}>${t(`ui.tools.${id}`)}</button>`)}
    </nav>`;
  }

  private paramText(key: string, value: ParamValue): string {
    return this.surroundings.run(() => this.textOf(key, value));
  }
  private textOf(key: string, value: ParamValue): string {
    const def = this.table!.params.find((row) => row.key === key);
    const choice = (name: string) => (name ? this.text(`params.${def?.like ?? key}.choices.${name}`) : '–');
    if (Array.isArray(value)) return value.map((one) => (typeof one === 'string' && def?.choices ? choice(one) : String(one))).join(def?.choices ? ', ' : '-') || t('ui.correction.nothing');
    if (typeof value === 'boolean') return t(value ? 'ui.on' : 'ui.off');
    return typeof value === 'number' ? formatFull(value) : def?.choices ? choice(value) : value;
  }
  private paramLabel(key: string): string {
    return this.i18n.has(`labs.${this.lab}.params.${key}.label`) || this.i18n.has(`params.${key}.label`) ? this.text(`params.${key}.label`) : key;
  }
  private correctionText({ path, value, used }: Correction): string {
    return this.surroundings.run(() => t('ui.correction.used', { param: this.paramLabel(path.split(/[.[]/)[0]!), value: quoted(value), used: quoted(used) }));
  }
  private problemTexts(problems: UrlProblem[]): string[] {
    const said = ({ key, rule, raw }: UrlProblem) => {
      if (rule === 'version') return t('ui.correction.version', { version: quoted(raw) });
      if (rule === 'unknown') return t('ui.correction.unknown', { key: quoted(key) });
      return t('ui.correction.unreadable', { param: this.paramLabel(key), value: quoted(raw) });
    };
    return this.surroundings.run(() => problems.map(said));
  }

  private setParams = (params: Record<string, ParamValue>, options?: { dragging?: boolean }): void => {
    this.corrections = [];
    const { lock } = this.shown;
    this.spec?.set(lock.length ? Object.fromEntries(Object.entries(params).filter(([key]) => !lock.includes(key))) : params, options);
  };

  /** Marks on the sliders: the values that the explanation's links set. */
  private collectMarks(): Record<string, number[]> {
    const marks: Record<string, number[]> = {};
    for (const act of this.host!.acts()) {
      if (!act.startsWith('try:')) continue;
      const { params } = parseTry(act.slice(4), this.table!);
      for (const [key, value] of Object.entries(params)) {
        if (typeof value === 'number' && !marks[key]?.includes(value)) (marks[key] ??= []).push(value);
      }
    }
    return marks;
  }

  // --------------------------------------------------------------------------------------------------- the prose

  /** Acts on a link of the explanation: `try:lr=3&run`, `preset:spiral`, `show:surface`. */
  async perform(act: string, from: HTMLElement | null = null): Promise<void> {
    if (!this.spec || !this.run) return;
    const [verb, rest] = [act.slice(0, act.indexOf(':')), act.slice(act.indexOf(':') + 1)];
    if (verb === 'show') {
      this.goToStage(from);
      await this.showPart(rest);
      return;
    }
    let run = true;
    this.host!.address.flush();
    if (verb === 'preset') {
      if (!Object.hasOwn(this.presets, rest)) return;
      this.corrections = [];
      this.spec.replace(this.presets[rest]!.params);
    } else {
      const wanted = parseTry(rest, this.table!);
      run = wanted.run;
      this.setParams(wanted.params);
    }
    this.host!.address.push(this.spec.query());
    this.goToStage(from);
    await this.applySpec();
    // A preset is an experiment: it begins at step 0, whatever went on before. So does a run that had come to its end.
    if (verb === 'preset' || this.run.state?.status.state !== 'ready') await this.run.reset();
    if (run) await this.run.run();
  }

  /** The address that a link of the explanation stands for. */
  addressOf(act: string): string {
    if (!this.table) return '';
    const rest = act.slice(act.indexOf(':') + 1);
    const params = act.startsWith('preset:') ? this.presets[rest]?.params : act.startsWith('try:') ? parseTry(rest, this.table).params : null;
    return params ? new SpecStore(this.table, params).query() || location.pathname : '#stage';
  }

  private goToStage(from: HTMLElement | null): void {
    if (!from) return;
    this.returnTo = from;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    window.scrollTo({ top: 0, behavior: still ? 'instant' : 'smooth' });
    this.requestUpdate();
  }
  private goBackToText(): void {
    const target = this.returnTo;
    this.returnTo = null;
    this.requestUpdate();
    if (!target) return;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    target.scrollIntoView({ block: 'center', behavior: still ? 'instant' : 'smooth' });
    target.focus({ preventScroll: true });
  }

  /** Outlines the part of the stage that a sentence speaks of. */
  async showPart(part: string): Promise<void> {
    const change = this.labView?.reveal?.(part);
    if (change) {
      this.view.setLab(change);
      // The lab's own elements follow in their turn.
      await new Promise((drawn) => setTimeout(drawn, 60));
    }
    await this.updateComplete;
    const found = deepFind(this.renderRoot, `[data-part="${CSS.escape(part)}"]`);
    if (!found) return;
    const column = deepClosest(found, '[data-tab]');
    if (this.narrow && column instanceof HTMLElement) this.view.setTab(column.dataset['tab'] as LabTab);
    await this.updateComplete;
    this.outline(found);
  }
  private outline(element: Element): void {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const column = deepClosest(element, '[data-tab]');
    if (this.narrow || !column) {
      element.scrollIntoView({ block: 'nearest', behavior: still ? 'instant' : 'smooth' });
    } else {
      // Only the column moves: moving the page would cut short its way to the stage.
      const box = element.getBoundingClientRect(), around = column.getBoundingClientRect();
      if (box.bottom > around.bottom) column.scrollTop += Math.min(box.bottom - around.bottom + 12, box.top - around.top);
      else if (box.top < around.top) column.scrollTop -= around.top - box.top + 12;
    }
    const ring = { outline: '3px solid var(--pg-accent)', outlineOffset: '3px', borderRadius: '6px' };
    const none = { outline: '3px solid transparent', outlineOffset: '10px', borderRadius: '6px' };
    element.animate(still ? [ring, ring] : [none, { ...ring, offset: 0.12 }, { ...ring, offset: 0.8 }, none], { duration: 2600, easing: 'ease-out' });
  }

  // ----------------------------------------------------------------------------------------------- surroundings

  private get narrow(): boolean {
    return this.size === 'narrow';
  }
  private onVisibility = (): void => {
    void this.run?.setHidden(document.hidden || (this.embedded && !this.seen));
    if (!this.embedded || !this.loaded) return;
    if (this.seen) void this.wake();
    else rests(this);
  };
  sleep(): void {
    void this.run?.suspend(() => this.isConnected && this.seen);
  }
  /** Whoever acts on the stage while nobody sees it needs its worker. */
  async wake(): Promise<void> {
    wakes(this);
    await this.run?.suspending;
    if (this.run && !this.run.client.alive && this.run.phase !== 'crashed') await (this.waking ??= this.run.resume(this.spec!.params).finally(() => (this.waking = null)));
  }
  private attach(): void {
    const stage: Attached = {
      open: (query) => this.openQuery(query),
      point: (hash) => void this.onHash(hash),
      flush: () => this.host!.address.flush(),
      key: (event) => this.onKey(event),
    };
    this.detach ??= this.host!.attach(stage, this);
  }
  private openQuery(query: string): void {
    if (!this.spec || !this.table) return;
    const { params, problems } = decodeParams(query, this.table);
    this.corrections = this.problemTexts(problems);
    this.spec.replace(params);
  }
  /** Ends the help of a hyperparameter: what runs it too small and too large, and where more is said of it. */
  private makeHelpLinks(shows: Shows): PgControls['more'] {
    const link = (to: string, label: string) => {
      const { href, target } = this.host!.link(to, this.spec!.query());
      return html`<a href=${href} target=${target ?? nothing}>${t(label)}</a>`;
    };
    return ({ key, group }) =>
      group === 'task' ? nothing : html`${shows[key]?.steps ? html`${link(`#tool-runs:show.${key}`, 'ui.help.show')} ` : nothing}${link(`glossary/#${key}`, 'ui.help.more')}`;
  }
  /** The schedule's curve, where the learning rate moves. */
  private belowFields(): Record<string, TemplateResult> {
    const { run } = this;
    const params = run?.state?.params;
    if (!params || !run.status?.trainable || !('schedule' in params) || (params['schedule'] === 'constant' && !params['warmup_steps'])) return NOTHING_BELOW;
    void import('../elements/pg-schedule');
    return { warmup_steps: html`<pg-schedule .read=${this.readSchedule} .params=${params} .step=${run.status.step} .lr=${run.status.lr}></pg-schedule>` };
  }
  private readonly readSchedule = async (until: number, points: number) => (await this.run!.client.read('schedule', { until, points })).data;
  private helpLinks = this.makeHelpLinks({});
  /** The first click among the controls may open a help. */
  private readonly loadShows = async () => {
    if (this.showsAsked) return;
    this.showsAsked = true;
    const shows = await showFiles[`../labs/${this.lab}/show.json`]?.().catch(() => null);
    if (shows) this.helpLinks = this.makeHelpLinks(shows.default);
    this.requestUpdate();
  };

  /** `#view=…&state=…`: what was open and the weights, where a reader wanted them in the link. */
  private async openLink(fragment: string): Promise<void> {
    const { openLink } = await import('../workbench/share/open');
    const problem = await openLink(this.bench!, fragment);
    if (problem) this.corrections = [problem, ...this.corrections];
    this.requestUpdate();
  }
  /** `#param-lr` unfolds and shows that control, `#tool-runs:lr` opens that tool. */
  private async onHash(hash: string): Promise<void> {
    if (CARRIES.test(hash)) await this.openLink(hash);
    const [, what, name = '', arg = ''] = /^#(param|tool)-(\w+)(?::([\w.-]+))?$/.exec(hash) ?? [];
    if (!what) return;
    if (what === 'param') void this.showParam(name);
    else if (Object.hasOwn(tools, name)) void this.openTool(name as ToolId, arg);
  }
  private async showParam(key: string): Promise<void> {
    if (this.narrow) this.view.setTab('controls');
    await this.updateComplete;
    const controls = this.renderRoot.querySelector<PgControls>('pg-controls');
    const field = await controls?.reveal(key);
    if (field) this.outline(field);
  }
  private onKey(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 'z') return;
    const [target] = event.composedPath();
    if (target instanceof HTMLInputElement ? target.type !== 'range' : target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    if (event.shiftKey) this.redo();
    else this.undo();
  }
  private undo(): void {
    this.corrections = [];
    this.spec?.undo();
  }
  private redo(): void {
    this.corrections = [];
    this.spec?.redo();
  }

  private onTransport(event: CustomEvent<{ action: string; seed?: number }>): void {
    const run = this.run!;
    const { action, seed } = event.detail;
    const actions: Record<string, () => void> = {
      run: () => void run.run(),
      again: () => void run.reset().then(() => run.run()),
      pause: () => void run.pause(),
      step: () => void run.step(),
      epoch: () => void run.epoch(),
      reset: () => {
        void run.pause().then(() => run.reset());
      },
      seed: () => this.setParams({ seed: seed ?? this.nextSeed() }),
    };
    actions[action]?.();
  }
  /** The stage as it was, with the settings that held then. */
  private async seek(step: number): Promise<void> {
    const state = await this.run!.seek(step);
    if (state) this.adopt();
  }
  /** Another seed, and the same one for everybody who presses as often. */
  private nextSeed(): number {
    const def = this.table!.params.find((row) => row.key === 'seed')!;
    const next = (this.spec!.params['seed'] as number) + 1;
    return next > (def.max ?? Infinity) ? (def.min ?? 0) : next;
  }

  private openInspector(ref: InspectRef | null, anchor?: Parameters<LabContext['inspect']>[1], options?: { pin?: boolean }): void {
    if (ref === null) {
      this.inspector?.leave();
      return;
    }
    void this.withInspector().then((inspector) => inspector.open(ref, anchor ?? null, options));
  }
  /** The card and its formulas load when the first number is opened. */
  private async withInspector(): Promise<PgInspector> {
    await import('../elements/pg-inspector');
    await this.updateComplete;
    this.inspector ??= this.renderRoot.querySelector<PgInspector>('pg-inspector')!;
    this.inspector.explain = (ref) => {
      const ctx = this.context!;
      const query = ref.query
        ? { name: ref.query, args: { ...ref.args, value: ref.value, index: ref.index } }
        : (this.labView!.explainQuery?.(ref, ctx) ?? { name: 'explain', args: { ...ref.args, value: ref.value, index: ref.index } });
      return this.run!.client.query(query.name, query.args);
    };
    this.inspector.describe = (ref: Ref) => this.labView!.describe?.(ref, this.context!) ?? '';
    return this.inspector;
  }

  // ---------------------------------------------------------------------------------------------------- drawing

  private select(): void {
    const { table, labView } = this;
    const curves = new Set([...defaultCurves(table?.metrics ?? []).map(({ key }) => key)]);
    this.selection = new Selection(this.shown, this.embedded, {
      controls: table?.params.map(({ key }) => key) ?? [],
      model: labView?.parts?.model ?? [],
      results: [...curves, 'coach', ...(labView?.parts?.results ?? [])],
    });
    const { selection } = this;
    // A new function, so that views see that something else is shown.
    this.shows = (part) => selection.part(labView?.parts?.results?.includes(part) ? 'results' : 'model', part);
  }
  /** Hyperparameters that are not among the controls: in the view's own places, or hidden by the author. */
  private hiddenKeys = (): string[] => {
    const hidden = this.table!.params.map(({ key }) => key).filter((key) => !this.selection.part('controls', key));
    return hidden.length ? [...new Set([...this.elsewhere, ...hidden])] : this.elsewhere;
  };

  private makeContext(): LabContext {
    const run = this.run!;
    return {
      lab: this.lab,
      lang: this.i18n.lang,
      params: run.state!.params,
      info: run.state!.info,
      client: run.client,
      snapshot: run.snapshot,
      running: run.running,
      view: this.view.state.lab,
      shows: this.shows,
      t: this.text,
      num: (value) => formatNumber(value, this.i18n.lang),
      inspect: (ref, anchor, options) => this.openInspector(ref, anchor, options),
      set: (params) => this.setParams(params),
      setView: (change) => this.view.setLab(change),
      act: (name, args) => run.act(name, args),
    };
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('host')) this.begin();
    if (changed.has('shown') || changed.has('loaded') || changed.has('embedded')) this.select();
    if (!this.loaded || !this.run?.state || !this.labView) return;
    // Far below the stage the reader reads: the pictures rest, training goes on.
    if (!this.seen && this.context) return;
    this.context = this.makeContext();
    this.run.watch(this.labView.watch(this.context));
  }

  private notices(): TemplateResult | typeof nothing {
    const run = this.run;
    const list: TemplateResult[] = [];
    if (this.failed === 'no-simd') list.push(html`<pg-notice kind="error" .heading=${t('ui.nosimd.heading')}>${t('ui.nosimd.text')}</pg-notice>`);
    else if (this.failed) list.push(this.failureNotice('broken'));
    else if (run?.error?.code === 'needs_asset') list.push(html`<pg-notice kind="info" .heading=${t('ui.data.needed')} .actions=${[{ id: 'data', label: t('ui.data.choose'), primary: true }]}
      @notice-action=${() => this.bench?.open('data')}>${t('ui.data.help')}</pg-notice>`);
    else if (run?.phase === 'failed') list.push(this.failureNotice(run.error?.code ?? 'internal'));
    else if (run?.phase === 'crashed') list.push(html`<pg-notice kind="error" .heading=${t('ui.crashed.heading')} .actions=${[{ id: 'restart', label: t('ui.crashed.restart'), primary: true }]}
      @notice-action=${() => void run.restart(this.spec!.params)}>${t('ui.crashed.text')}</pg-notice>`);
    const divergence = run?.phase === 'ready' ? run.status?.divergence : null;
    if (divergence) list.push(this.divergenceNotice(divergence));
    if (run?.phase === 'ready' && run.error && run.error.code !== 'needs_asset') {
      list.push(html`<pg-notice kind="warn" .dismissLabel=${t('ui.dismiss')} @notice-dismiss=${() => {
        run.error = null;
        this.requestUpdate();
      }}>${t('ui.refused', { reason: quoted(run.error.message) })}</pg-notice>`);
    }
    if (this.corrections.length) {
      list.push(html`<pg-notice kind="info" .dismissLabel=${t('ui.dismiss')} @notice-dismiss=${() => {
        this.corrections = [];
        this.requestUpdate();
      }}>${this.corrections.slice(0, 5).map((text) => html`<div>${text}</div>`)}</pg-notice>`);
    }
    return list.length ? html`<div class="notices">${list}</div>` : nothing;
  }

  private failureNotice(code: string): TemplateResult {
    const known = words().has(`ui.failed.${code}`);
    return html`<pg-notice kind="error" .heading=${t('ui.failed.heading')} .actions=${[{ id: 'again', label: t('ui.failed.again'), primary: true }]}
      @notice-action=${() => (this.run && this.labView ? void this.run.restart(this.spec!.params) : this.host!.reload())}>${t(known ? `ui.failed.${code}` : 'ui.failed.broken')}</pg-notice>`;
  }

  private divergenceNotice(divergence: Divergence): TemplateResult {
    const lr = this.spec!.params['lr'];
    const lower = typeof lr === 'number' ? lr / 10 : null;
    const actions = [{ id: 'back', label: t('ui.diverged.back', { step: this.run!.status!.good_step }), primary: true }];
    if (lower !== null) actions.push({ id: 'lower', label: t('ui.diverged.lower', { lr: formatInput(lower) }), primary: false });
    return html`<pg-notice kind="warn" .heading=${t('ui.diverged.heading', { step: divergence.step })} .actions=${actions}
      @notice-action=${async (event: CustomEvent<{ id: string }>) => {
        if (await this.run!.backToGood()) this.adopt();
        if (event.detail.id === 'lower' && lower !== null) {
          this.setParams({ lr: lower });
          await this.applySpec();
          await this.run!.run();
        }
      }}>${this.divergenceText(divergence)}</pg-notice>`;
  }

  private divergenceText({ value, index, kind, found }: Divergence): string {
    const ref = { value, index };
    const name = (this.context && this.labView!.describe?.(ref, this.context)) || nameOf(ref);
    const key = `ui.diverged.kind.${kind}`;
    return t('ui.diverged.text', { value: words().has(key) ? t(key, { name }) : name, found });
  }

  private loading(): TemplateResult | typeof nothing {
    const run = this.run;
    if (this.failed || (this.loaded && run && run.phase !== 'loading')) return nothing;
    if (!this.loaded) return html`<div class="loading"><pg-progress></pg-progress></div>`;
    const { asset = 'engine', loaded = 0, total = 0 } = run?.progress ?? {};
    const label = words().has(`ui.loading.${asset}`) ? t(`ui.loading.${asset}`) : t('ui.loading.data');
    return html`<div class="loading"><pg-progress .label=${label} .loaded=${loaded} .total=${total}></pg-progress></div>`;
  }

  private curve(spec: CurveSpec, history: History): TemplateResult | typeof nothing {
    const series = spec.metrics
      .map((metric) => ({ metric, values: history.column(metric) }))
      .filter(({ values }) => history.steps.length === 0 || measured(values));
    if (!series.length) return nothing;
    const many = spec.metrics.length > 1;
    const headingKey = `curves.${spec.key}`;
    const heading = this.hasText(headingKey) ? this.text(headingKey) : words().has(`ui.curves.${spec.key}`) ? t(`ui.curves.${spec.key}`) : this.text(`metrics.${spec.metrics[0]}`);
    return html`<pg-curve .heading=${heading} .x=${history.steps} .range=${spec.range ?? null} .log=${spec.log ?? false}
      .others=${this.others(spec)} .at=${this.run!.lookingBack ? this.run!.status!.step : null}
      .series=${series.map(({ metric, values }, i) => {
        const split = metric.split('.')[0]!;
        const ink = split === 'train' || split === 'test' ? split : many ? i : 'train';
        return { label: many ? this.splitLabel(split, metric) : '', values, ink };
      })}></pg-curve>`;
  }
  /** The runs beside, by the split that tells how good they are. */
  private others(spec: CurveSpec): Other[] {
    const runs = this.compared?.runs ?? [];
    if (!runs.length || !this.bench) return NO_OTHERS;
    const at = this.table!.metrics.indexOf(headOf(spec));
    return runs.map((run) => ({ label: runLabel(this.bench!, run), ink: run.ink, x: columnOf(run, -1), values: columnOf(run, at) }));
  }
  private hasText = (key: string) => this.i18n.has(`labs.${this.lab}.${key}`) || this.i18n.has(key);
  private splitLabel(split: string, metric: string): string {
    const own = `splits.${split}`;
    if (this.hasText(own)) return this.text(own);
    return words().has(`ui.splits.${split}`) ? t(`ui.splits.${split}`) : this.text(`metrics.${metric}`);
  }

  /** What reads the run and speaks of it; it loads once there is something to read. */
  private coach(): TemplateResult | typeof nothing {
    if (!this.bench || !this.run?.status?.step || !this.run.status.trainable) return nothing;
    this.coachAsked ||= (void import('../coach/pg-coach'), true);
    return html`<pg-coach .bench=${this.bench} .tick=${this.tick}></pg-coach>`;
  }

  private curves(): CurveSpec[] {
    return (this.context && this.labView!.curves?.(this.context)) ?? defaultCurves(this.table!.metrics);
  }

  private results(): TemplateResult {
    const { run, table, labView, context } = this;
    const snapshot = context?.snapshot ?? null;
    const trainable = run?.status?.trainable ?? true;
    const history = historyColumns(snapshot, table!.metrics);
    return html`
      ${trainable ? html`<div class="curves" data-part="curves">${this.curves().filter(({ key }) => this.selection.part('results', key)).map((spec) => this.curve(spec, history))}</div>` : nothing}
      ${this.selection.part('results', 'coach') ? this.coach() : nothing}
      ${context && labView && this.extras() ? staticHtml`<${unsafeStatic(labView.results)} class="extra" .ctx=${context}></${unsafeStatic(labView.results)}>` : nothing}`;
  }

  /** Whether what stands under the curves is asked for. */
  private extras(): boolean {
    const parts = this.labView!.parts?.results;
    return parts ? parts.some((part) => this.selection.part('results', part)) : this.selection.part('results', '');
  }

  /** What an author has hidden can still be read: a value that nobody sees would be a riddle. */
  private readout(): TemplateResult | typeof nothing {
    const { spec, table } = this;
    const apart = this.labView?.ownParams ?? [];
    const { hide, lock } = this.shown;
    const rows = table!.params.filter((def) => {
      const { key } = def;
      if (apart.includes(key) || !isVisible(def.when, spec!.params)) return false;
      if (key === 'seed') return !this.seedShown();
      if (this.selection.part('controls', key)) return false;
      return hide.includes(key) || lock.includes(key) || !def.more || !same(spec!.params[key], def.default);
    });
    if (!rows.length) return nothing;
    return html`<dl class="readout" data-part="readout" aria-label=${t('ui.readout')}>
      ${rows.map(({ key }) => html`<div data-key=${key}><dt>${this.paramLabel(key)}</dt><dd>${this.paramText(key, spec!.params[key]!)}</dd></div>`)}</dl>`;
  }
  private seedShown = () => !this.shown.hide.includes('seed') && !this.shown.lock.includes('seed');

  /** What an embedding acts on: the lab's stores and words, once it stands. Rejects when it cannot stand here. */
  readonly ready: Promise<Bench>;
  private stands!: { yes: (bench: Bench) => void; no: (why: unknown) => void };
  /** Settles when the newest change has reached the engine. */
  get settled(): Promise<void> {
    return this.applied;
  }

  /** The one metric of the phone's bar: of the curves that have a value now, that of the last between 0 and 1, or else of the last. */
  private metric(): TemplateResult | typeof nothing {
    const snapshot = this.run?.snapshot;
    const value = (name: string) => snapshot?.metrics[this.table!.metrics.indexOf(name)] ?? NaN;
    const specs = [...this.curves()].reverse();
    const name = [...specs.filter(({ range }) => range), ...specs].map(headOf).find((head) => Number.isFinite(value(head)));
    if (!name) return nothing;
    return html`<span class="metric"><small>${this.text(`metrics.${name}`)}</small><b title=${formatFull(value(name))}>${formatFixed(value(name), this.i18n.lang)}</b></span>`;
  }

  private timeline(): TemplateResult {
    const { status, snapshot, state, phase } = this.run!;
    const { first, last, changes } = (snapshot ?? state)!.timeline;
    return html`<pg-timeline .first=${first} .last=${last} .step=${status!.step} .perEpoch=${status!.steps_per_epoch} .changes=${changes}
      .disabled=${phase !== 'ready'} @seek=${(event: CustomEvent<{ step: number }>) => void this.seek(event.detail.step)}></pg-timeline>`;
  }

  private tools(): TemplateResult {
    const spec = this.spec!;
    const tool = (label: string, act: () => void, enabled: boolean) =>
      html`<button type="button" ?disabled=${!enabled} @click=${act}>${label}</button>`;
    // An author's settings are the ones to go back to.
    const home = this.embedded ? this.opened : {};
    return html`<div class="tools">
      ${tool(t('ui.undo'), () => this.undo(), spec.canUndo)}
      ${tool(t('ui.redo'), () => this.redo(), spec.canRedo)}
      <span></span>
      ${tool(t('ui.defaults'), () => {
        this.corrections = [];
        spec.replace(home);
      }, !(this.embedded ? same(spec.params, home) : spec.isDefault))}
    </div>`;
  }

  protected override render() {
    if (!this.loaded) return html`<div class="stage waiting">${this.loading()}</div>`;
    if (!this.table || !this.spec) return html`<div class="stage">${this.notices()}</div>`;
    const { run, labView, context, spec, narrow, selection } = this;
    const columns = COLUMNS.filter((id) => selection.column(id));
    // One thing at a time, where there are three; what an author picked is little enough to stand below each other.
    const tabbed = narrow && columns.length === COLUMNS.length && !this.shown.show;
    const tab = this.view.state.tab;
    const panel = (id: Column) => (tabbed ? { role: 'tabpanel', hidden: tab !== id } : { role: nothing, hidden: false });
    const seed = this.seedShown() ? spec.params['seed'] : undefined;
    const transport = html`<pg-transport .running=${run!.running} .status=${run!.status} .stepsPerSecond=${run!.snapshot?.stepsPerSecond ?? 0}
      .seed=${typeof seed === 'number' ? seed : NaN} .seedLabel=${typeof seed === 'number' ? this.paramLabel('seed') : ''} .compact=${narrow}
      .disabled=${run!.phase !== 'ready'} @transport=${this.onTransport}>${narrow ? this.metric() : nothing}</pg-transport>`;
    const controls = () => html`<aside class="controls" data-part="controls" data-tab="controls" role=${panel('controls').role} ?hidden=${panel('controls').hidden} aria-label=${t('ui.tabs.controls')}>
      ${this.tools()}
      <pg-controls .schema=${this.table} .lab=${this.lab} .params=${spec.params} .marks=${this.marks} .hiddenKeys=${this.hiddenKeys()} .locked=${this.shown.lock}
        .pictures=${labView?.pictures ?? NO_PICTURES} .more=${this.helpLinks} .below=${this.belowFields()} @click=${this.loadShows}
        @param-change=${(event: CustomEvent<{ params: Params; dragging: boolean }>) => this.setParams(event.detail.params, { dragging: event.detail.dragging })}></pg-controls>
      ${this.readout()}
    </aside>`;
    const model = () => html`<section class="model" data-tab="model" role=${panel('model').role} ?hidden=${panel('model').hidden} aria-label=${t('ui.tabs.model')}>
      ${this.notices()}
      ${this.loading()}
      ${context && labView ? staticHtml`<${unsafeStatic(labView.model)} class="picture" .ctx=${context}></${unsafeStatic(labView.model)}>` : nothing}
    </section>`;
    const results = () => html`<section class="results" data-tab="results" role=${panel('results').role} ?hidden=${panel('results').hidden} aria-label=${t('ui.tabs.results')}>
      ${this.results()}
    </section>`;
    const has = (id: Column) => columns.includes(id);
    return html`
      ${this.embedded ? nothing : html`<h1 class="sr">${this.text('title')}</h1>`}
      ${tabbed
        ? html`<pg-tabs .label=${t('ui.tabs.label')} .value=${tab} .tabs=${COLUMNS.map((id) => ({ id, label: t(`ui.tabs.${id}`) }))}
            @change=${(event: CustomEvent<{ value: LabTab }>) => this.view.setTab(event.detail.value)}></pg-tabs>`
        : nothing}
      <div class="stage ${columns.map((id) => `with-${id}`).join(' ')}">
        ${has('controls') ? controls() : nothing}
        ${has('model') ? model() : html`<div class="aside">${this.notices()}${this.loading()}</div>`}
        ${has('results') ? results() : nothing}
        ${has('controls') ? nothing : html`<div class="below">${this.readout()}</div>`}
        ${selection.transport
          ? html`<div class="transport" data-part="transport">${transport}
              <div class="past">${selection.timeline && run!.status?.trainable ? this.timeline() : nothing}${narrow ? nothing : this.toolButtons()}</div></div>`
          : nothing}
      </div>
      ${narrow && !this.view.state.tool ? this.toolButtons() : nothing}
      ${this.bench && this.view.state.tool
        ? html`<pg-workbench .bench=${this.bench} .tick=${this.tick} .tool=${this.view.state.tool.id} .arg=${this.view.state.tool.arg} @workbench-close=${this.closeTool}></pg-workbench>`
        : nothing}
      ${this.returnTo ? html`<button class="return" type="button" @click=${this.goBackToText}>${t('ui.backtotext')}</button>` : nothing}
      <pg-inspector></pg-inspector>`;
  }
}
define('pg-lab', PgLab);

const same = (a: ParamValue | Params | undefined, b: ParamValue | Params | undefined) => JSON.stringify(a) === JSON.stringify(b);
