// The home page: the map of machine learning with the labs at their places, and what can be set in them.
import { html, nothing, svg, unsafeCSS } from 'lit';
import { schema } from '#schema';
import { PgElement, baseStyles, define, words } from '../elements/base';
import { labs } from '../labs/index';
import type { EngineSchema, ParamGroup } from '../engine/protocol';
import { hyperparameters } from './glossary/rows';
import type { Living } from '../labs/living';
import { classics, families, sectors, shapes, type Label, type Shape, type Spot } from './home-map';
import css from './home.css?inline';
import './home-living';

/** A lab's living picture says which family's place on the map the lab takes; a lab without one is only listed. */
const livings = import.meta.glob<{ living: Living }>('../labs/*/living.ts', { eager: true });
const places = new Map<string, { lab: string; living: Living }>();
for (const lab of Object.keys(labs)) {
  const module = livings[`../labs/${lab}/living.ts`];
  if (module) places.set(module.living.family, { lab, living: module.living });
}

/** Below this width (px of the map) names would be too small to read. */
const WIDE = 880;

/** The groups of the list, in its order. */
const GROUPS: ParamGroup[] = ['model', 'training', 'fine_tuning', 'decoding', 'data'];

/** Text of a lab: its own, else the one shared by labs. */
function text(lab: string, key: string): string {
  const own = `labs.${lab}.${key}`;
  return words().t(words().has(own) ? own : key);
}

export class PgHome extends PgElement {
  static override properties = { shape: { state: true }, chosen: { state: true }, current: { state: true } };
  static override styles = [baseStyles, unsafeCSS(css)];

  declare shape: 'wide' | 'tall';
  /** What the panel explains; empty: the map as a whole. */
  declare chosen: string;
  /** The one place of the map that the tab key reaches. */
  declare current: string;
  private observer: ResizeObserver | null = null;

  constructor() {
    super();
    this.shape = innerWidth >= WIDE + 64 ? 'wide' : 'tall';
    this.chosen = '';
    this.current = 'ml';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(([entry]) => {
      this.shape = entry!.contentRect.width >= WIDE ? 'wide' : 'tall';
    });
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.observer = null;
  }

  override render() {
    const t = words().t;
    return html`
      <div class="atlas ${this.shape}${this.chosen ? ' chosen' : ''}">
        <header>
          <h1>${t('home.title')}</h1>
          <p class="lead">${t('home.lead')}</p>
        </header>
        ${this.map(shapes[this.shape])} ${this.panel()}
      </div>
      ${this.labList()} ${this.parameterList()}
    `;
  }

  // -------------------------------------------------------------------------------------------------------- the map

  private map(shape: Shape) {
    const t = words().t;
    const share = (part: number, whole: number) => `${(part / whole) * 100}%`;
    const inside = (key: string) => (key === this.chosen ? ' on' : '');
    return html`
      <div class="map" @keydown=${this.onKey} @pointerleave=${(event: PointerEvent) => event.pointerType === 'mouse' && this.look('')}>
        <svg viewBox="0 0 ${shape.width} ${shape.height}" role="group" aria-label=${t('home.map.label')} aria-describedby="hint">
          <defs>
            <clipPath id="within"><path d=${shape.ml} /></clipPath>
            ${Object.entries(shape.labels).map(([key, label]) => (label.path ? svg`<path id="way-${key}" d=${label.path} />` : nothing))}
          </defs>
          <path class="region ml${inside('ml')}" d=${shape.ml} />
          <g clip-path="url(#within)">
            ${sectors.map((key) => svg`<path class="sector${inside(key)}" d=${shape.sectors[key]} @pointerenter=${() => this.look(key)} @click=${() => this.look(key)} />`)}
          </g>
          <path class="region dl${inside('dl')}" d=${shape.dl} @pointerenter=${() => this.look('dl')} @click=${() => this.look('dl')} />
          <g class="borders" clip-path="url(#within)">${shape.borders.map((d) => svg`<path d=${d} />`)}</g>
          ${this.bridge(shape)}
          ${(['ml', 'dl', ...sectors] as const).map((key) => this.label(key, shape.labels[key]))}
          ${sectors.map((sector) => [
            ...classics[sector].map((key) => this.name(key, shape.spots[key]!, 'classic')),
            ...families[sector].filter((key) => !places.has(key)).map((key) => this.name(key, shape.spots[key]!, 'family')),
          ])}
        </svg>
        ${[...places].map(([family, { lab, living }]) => {
          const spot = shape.spots[family];
          if (!spot) return nothing;
          const style = `left:${share(spot.x - shape.card.width / 2, shape.width)};top:${share(spot.y - shape.card.height / 2, shape.height)};width:${share(shape.card.width, shape.width)};height:${share(shape.card.height, shape.height)}`;
          return html`
            <a class="card" href="${lab}/" style=${style}
              @pointerenter=${() => this.look(family)} @focus=${() => this.look(family)}>
              <pg-living .lab=${lab} .living=${living}></pg-living>
              <span class="card-name">${text(lab, 'title')}<small>${t(`home.map.${family}.name`)}</small></span>
            </a>
          `;
        })}
        <span class="sr" id="hint">${t('home.map.hint')}</span>
      </div>
    `;
  }

  /** What makes a drawn thing a place one can reach, by pointer, finger or arrow key. */
  private place(key: string, content: unknown, kind: string) {
    return svg`
      <g class="place ${kind}${key === this.chosen ? ' on' : ''}" role="button" data-key=${key} tabindex=${key === this.current ? 0 : -1}
        aria-pressed=${key === this.chosen ? 'true' : 'false'}
        @pointerenter=${() => this.look(key)} @click=${() => this.look(key)} @focus=${() => this.look(key)}>${content}</g>
    `;
  }

  private label(key: string, label: Label) {
    const name = words().t(`home.map.${key}.name`);
    // Twice, the halo first: or every letter would cut into the letter before it.
    const drawn = ['halo', ''].map((layer) =>
      label.path
        ? svg`<text class=${layer} aria-hidden=${layer ? 'true' : nothing} dy="0.32em"><textPath href="#way-${key}" startOffset="50%">${name}</textPath></text>`
        : svg`<text class=${layer} aria-hidden=${layer ? 'true' : nothing} x=${label.spot!.x} y=${label.spot!.y} dy="0.32em" text-anchor=${label.spot!.anchor ?? 'middle'}>${name}</text>`,
    );
    return this.place(key, drawn, key === 'ml' || key === 'dl' ? 'title' : 'way');
  }

  private name(key: string, spot: Spot, kind: string) {
    return this.place(
      key,
      // Where the bridge begins, the name covers it.
      (key === 'logistic_regression' ? ['halo', ''] : ['']).map((layer) => svg`<text class=${layer} aria-hidden=${layer ? 'true' : nothing} x=${spot.x} y=${spot.y} dy="0.32em" text-anchor=${spot.anchor ?? 'middle'}>${words().t(`home.map.${key}.name`)}</text>`),
      kind,
    );
  }

  private bridge({ bridge: { from, to } }: Shape) {
    return svg`<g class="bridge"><path d="M${from.x} ${from.y}L${to.x} ${to.y}" /><circle cx=${to.x} cy=${to.y} r="3" /></g>`;
  }

  private panel() {
    const t = words().t;
    const key = this.chosen;
    const lab = places.get(key)?.lab;
    return html`
      <div class="panel" role="status">
        <strong>${key ? t(`home.map.${key}.name`) : t('home.map.start')}</strong>
        ${key ? html`<button class="close" aria-label=${t('home.map.close')} @click=${() => this.look('')}>×</button>` : nothing}
        <p>${key ? t(`home.map.${key}.text`) : t('home.map.start_text')}
          ${lab ? html`<a href="${lab}/">${t('home.map.open', { name: text(lab, 'title') })}</a>` : nothing}</p>
      </div>
    `;
  }

  private look(key: string): void {
    this.chosen = key;
    if (key && !places.has(key)) this.current = key;
  }

  /** Arrow keys go to the nearest place in their direction. */
  private onKey(event: KeyboardEvent): void {
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    const from = (event.target as Element).closest<SVGGElement>('.place');
    if (event.key === 'Escape') this.look('');
    if (!way || !from) return;
    event.preventDefault();
    const middle = (element: Element) => {
      const box = element.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const start = middle(from);
    let best: SVGGElement | null = null;
    let least = Infinity;
    for (const place of this.renderRoot.querySelectorAll<SVGGElement>('.place')) {
      const p = middle(place);
      const ahead = (p.x - start.x) * way[0]! + (p.y - start.y) * way[1]!;
      const aside = Math.abs((p.x - start.x) * way[1]!) + Math.abs((p.y - start.y) * way[0]!);
      if (place === from || ahead < 4) continue;
      const far = ahead + 2.5 * aside;
      if (far < least) {
        least = far;
        best = place;
      }
    }
    best?.focus();
  }

  // ------------------------------------------------------------------------------------------------------ the lists

  private labList() {
    return html`
      <section class="labs" aria-labelledby="labs">
        <h2 id="labs">${words().t('home.labs')}</h2>
        <ul>
          ${Object.keys(labs).map((lab) => html`<li><a href="${lab}/">${text(lab, 'title')}</a><p>${text(lab, 'summary')}</p></li>`)}
        </ul>
        <p class="beside"><a href="cost/">${words().t('home.cost.name')}</a> ${words().t('home.cost.text')}</p>
      </section>
    `;
  }

  /** Every hyperparameter once, with the labs that have it. */
  private parameterList() {
    const t = words().t;
    const rows = hyperparameters(schema as EngineSchema, text);
    return html`
      <section class="parameters" aria-labelledby="hyperparameters">
        <h2 id="hyperparameters">${t('home.hyperparameters')}</h2>
        <p class="lead">${t('home.hyperparameters_lead')} <a href="glossary/">${t('home.glossary')}</a></p>
        ${GROUPS.map((group) => html`
          <details ?open=${this.shape === 'wide'}>
            <summary><h3>${t(`ui.group.${group}`)}</h3></summary>
            <dl>
              ${rows.filter((row) => row.labs[0]!.def.group === group).map(({ id, key, labs: having }) => {
                const { lab: first } = having[0]!;
                const label = text(first, `params.${key}.label`);
                return html`
                  <div>
                    <dt>
                      <a class="name" href="glossary/#${id}">${label}</a>
                      ${having.map(({ lab }) => html`<a href="${lab}/#param-${key}" aria-label=${t('home.in_lab', { param: label, lab: text(lab, 'title') })}>${text(lab, 'title')}</a>`)}
                    </dt>
                    <dd>${text(first, `params.${key}.help`)}</dd>
                  </div>
                `;
              })}
            </dl>
          </details>
        `)}
      </section>
    `;
  }
}
define('pg-home', PgHome);
