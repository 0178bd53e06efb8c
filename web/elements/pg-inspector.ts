// The one way in which any number opens: what it is, the formula, the same with the numbers, the result; and from there
// to the numbers it was made of, or to those it feeds.
import { formulaOutput, formulaRules, showFormulas } from './formula-styles';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { baseStyles, define, PgElement, t, words } from './base';
import { magnitude, signedColor } from './color';
import { nameOf, normalise, numbers, share, symbols, type Explanation, type Ref, type Term } from './explanation';
import { formatCount, formatFull, formatNumber } from './format';
import type { InspectAnchor, InspectRef } from '../labs/lab-view';

/** Terms shown before "all of them". */
const SHOWN = 8;
/** Numbers named among those that this one feeds. */
const FEEDS = 4;
/** Space between the card and the thing, and between the card and the edge of the window. */
const GAP = 8;

type Katex = typeof import('katex').default;
let katex: Katex | null = null;
/** KaTeX comes with the first card that opens. */
async function loadKatex(): Promise<void> {
  showFormulas();
  katex = (await import('katex')).default;
}

export class PgInspector extends PgElement {
  static override properties = {
    explain: { attribute: false },
    describe: { attribute: false },
    explanation: { state: true },
    failure: { state: true },
    pinned: { type: Boolean, reflect: true },
    shown: { type: Boolean, reflect: true },
    all: { state: true },
    ready: { state: true },
  };
  /** Asks the engine; the answer as it came. */
  declare explain: ((ref: InspectRef) => Promise<unknown>) | null;
  /** What a number is called; '' leaves the engine's name. */
  declare describe: ((ref: Ref) => string) | null;
  declare private explanation: Explanation | null;
  declare private failure: string;
  /** Opened by a click: stays, and takes the focus. */
  declare pinned: boolean;
  declare shown: boolean;
  declare private all: boolean;
  declare private ready: boolean;

  /** The numbers gone through; the last is the one shown. */
  private trail: InspectRef[] = [];
  private anchor: InspectAnchor | null = null;
  private opener: HTMLElement | null = null;
  private asking = false;
  private again = false;

  constructor() {
    super();
    this.explain = null;
    this.describe = null;
    this.explanation = null;
    this.failure = '';
    this.pinned = false;
    this.shown = false;
    this.all = false;
    this.ready = false;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        position: fixed;
        inset: auto;
        z-index: 40;
        display: none;
        width: min(380px, calc(100vw - 16px));
        max-height: min(560px, calc(100dvh - 16px));
        margin: 0;
        padding: 0;
        border: 1px solid var(--pg-edge);
        border-radius: 8px;
        background: var(--pg-raised);
        color: var(--pg-ink);
        overflow: auto;
        overscroll-behavior: contain;
      }
      :host([shown]) {
        display: block;
      }
      :host(:not([pinned])) {
        pointer-events: none;
      }
      header {
        position: sticky;
        top: 0;
        z-index: 1;
        display: flex;
        align-items: flex-start;
        gap: 6px;
        padding: 9px 8px 7px 14px;
        background: var(--pg-raised);
        border-bottom: 1px solid var(--pg-line);
      }
      h2 {
        flex: 1;
        margin: 0;
        font-size: 14.5px;
        font-weight: 600;
        line-height: 1.35;
      }
      .shape {
        display: block;
        font: 12px/1.4 var(--pg-mono);
        font-weight: 400;
        color: var(--pg-ink-2);
      }
      .icon {
        flex: none;
        display: grid;
        place-items: center;
        min-width: max(28px, var(--pg-hit));
        min-height: max(28px, var(--pg-hit));
        padding: 0;
        border: 1px solid transparent;
        border-radius: 4px;
        background: none;
        font-size: 17px;
        line-height: 1;
        color: var(--pg-ink-2);
      }
      .icon:hover {
        border-color: var(--pg-edge);
        color: var(--pg-accent);
      }
      .body {
        display: grid;
        gap: 9px;
        padding: 10px 14px 12px;
      }
      .formula {
        overflow-x: auto;
        overflow-y: hidden;
        padding: 2px 0;
        font-size: 15px;
      }
      .plugged {
        font-size: 14px;
        color: var(--pg-ink-2);
      }
      .result {
        display: flex;
        align-items: baseline;
        gap: 10px;
        font-size: 20px;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
      .result small {
        font-size: 12px;
        font-weight: 400;
        color: var(--pg-ink-2);
      }
      .swatch {
        align-self: center;
        width: 14px;
        height: 14px;
        border: 1px solid var(--pg-edge);
        border-radius: 3px;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th {
        padding: 2px 4px;
        font-weight: 400;
        font-size: 12px;
        text-align: end;
        color: var(--pg-ink-2);
      }
      thead {
        border-bottom: 1px solid var(--pg-line);
      }
      th:first-child,
      td:first-child {
        text-align: start;
      }
      td {
        padding: 0 4px;
        height: max(25px, calc(var(--pg-hit) - 4px));
        text-align: end;
        white-space: nowrap;
      }
      td:first-child {
        max-width: 110px;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      td button,
      .feeds button {
        padding: 1px 4px;
        min-height: max(22px, calc(var(--pg-hit) - 8px));
        border: 0;
        border-radius: 3px;
        background: none;
        color: var(--pg-accent);
        text-decoration: underline;
        text-decoration-color: var(--pg-edge);
        text-underline-offset: 3px;
      }
      td button:hover,
      .feeds button:hover {
        background: var(--pg-accent-soft);
      }
      .bar {
        position: relative;
        width: 64px;
      }
      .bar span {
        position: absolute;
        top: calc(50% - 5px);
        height: 10px;
        border-radius: 1px;
      }
      .bar::before {
        content: '';
        position: absolute;
        left: 50%;
        top: 3px;
        bottom: 3px;
        width: 1px;
        background: var(--pg-edge);
      }
      .more {
        justify-self: start;
        padding: 2px 0;
        min-height: max(26px, var(--pg-hit));
        border: 0;
        background: none;
        font-size: 13px;
        color: var(--pg-accent);
      }
      .feeds {
        margin: 0;
        padding-top: 7px;
        border-top: 1px solid var(--pg-line);
        font-size: 13px;
        color: var(--pg-ink-2);
      }
      .hint,
      .note {
        margin: 0;
        font-size: 12.5px;
        color: var(--pg-ink-2);
      }
      .constants {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
        margin: 0;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      .constants div {
        display: flex;
        gap: 5px;
      }
      .constants dt {
        color: var(--pg-ink-2);
      }
      .constants dd {
        margin: 0;
      }
      .sym-x { color: var(--pg-sym-x); }
      .sym-w { color: var(--pg-sym-w); }
      .sym-b { color: var(--pg-sym-b); }
      .sym-z { color: var(--pg-sym-z); }
      .sym-a { color: var(--pg-sym-a); }
      .sym-q { color: var(--pg-sym-q); }
      .sym-k { color: var(--pg-sym-k); }
      .sym-v { color: var(--pg-sym-v); }
      @media (max-width: 640px) {
        :host {
          inset: auto 0 0 0 !important;
          width: 100%;
          max-height: 62dvh;
          padding-bottom: env(safe-area-inset-bottom);
          border-width: 1px 0 0;
          border-radius: 12px 12px 0 0;
        }
        :host(:not([pinned])) {
          display: none;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('role', 'dialog');
    window.addEventListener('keydown', this.onKey);
    window.addEventListener('resize', this.place);
    window.addEventListener('scroll', this.place, { passive: true, capture: true });
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.onKey);
    window.removeEventListener('resize', this.place);
    window.removeEventListener('scroll', this.place, { capture: true });
    this.shown = false;
  }

  /** Shows how `ref` came about, beside `anchor`. Unpinned (hover) it takes no focus and no clicks. */
  open(ref: InspectRef, anchor: InspectAnchor | null, { pin = true } = {}): void {
    if (this.pinned && this.shown && !pin) return; // a pinned card is not driven away by the mouse passing by
    this.trail = [ref];
    this.anchor = anchor;
    this.all = false;
    if (pin && !(this.shown && this.pinned)) this.opener = deepFocus();
    this.pinned = pin;
    if (!katex) void loadKatex().then(() => (this.ready = true), () => {});
    else this.ready = true;
    void this.ask(true);
  }

  /** Hover has ended; a pinned card stays. */
  leave(): void {
    if (!this.pinned) this.close();
  }

  close(): void {
    if (!this.shown) {
      this.trail = [];
      return;
    }
    const hadFocus = this.matches(':focus-within') || this.renderRoot.querySelector(':focus') !== null;
    this.shown = false;
    this.pinned = false;
    this.trail = [];
    this.explanation = null;
    this.emit('inspector-close');
    if (hadFocus) this.opener?.focus({ preventScroll: true });
    this.opener = null;
  }

  /** The numbers may have changed: asks again, one question at a time. */
  refresh(): void {
    if (this.shown) void this.ask(false);
  }

  private current(): InspectRef | undefined {
    return this.trail[this.trail.length - 1];
  }

  private async ask(fresh: boolean): Promise<void> {
    if (this.asking) {
      this.again = true;
      return;
    }
    const ref = this.current();
    if (!ref || !this.explain) return;
    this.asking = true;
    try {
      const answer = await this.explain(ref);
      if (ref === this.current()) {
        this.explanation = normalise(answer);
        this.failure = '';
      }
    } catch (error) {
      if (ref === this.current()) {
        this.explanation = null;
        this.failure = (error as Error).message;
      }
    }
    this.asking = false;
    if (this.again) {
      this.again = false;
      return this.ask(fresh);
    }
    if (!this.current()) return;
    const opening = !this.shown;
    this.shown = true;
    this.emit('inspector-move', { ref: this.current() });
    await this.updateComplete;
    this.place();
    if (this.pinned && (opening || fresh)) this.renderRoot.querySelector<HTMLElement>('.close')?.focus({ preventScroll: true });
  }

  private go(ref: Ref): void {
    const from = this.current();
    this.trail = [...this.trail, { value: ref.value, index: ref.index, args: from?.args }];
    this.all = false;
    void this.ask(false);
  }
  private back(): void {
    this.trail = this.trail.slice(0, -1);
    void this.ask(false);
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.shown) {
      event.preventDefault();
      this.close();
    }
  };

  /** Beside the thing: right of it when there is room, else left, else below or above; always inside the window. */
  private place = (): void => {
    if (!this.shown || !this.anchor || innerWidth <= 640) return;
    const box = this.anchor instanceof Element ? this.anchor.getBoundingClientRect() : this.anchor;
    const w = this.offsetWidth, h = this.offsetHeight;
    let left = box.x + box.width + GAP, top = box.y + box.height / 2 - Math.min(h / 2, 60);
    if (left + w > innerWidth - GAP) left = box.x - GAP - w;
    if (left < GAP) {
      left = Math.min(Math.max(GAP, box.x + box.width / 2 - w / 2), innerWidth - w - GAP);
      top = box.y + box.height + GAP + h <= innerHeight ? box.y + box.height + GAP : box.y - GAP - h;
    }
    this.style.left = `${Math.round(Math.max(GAP, left))}px`;
    this.style.top = `${Math.round(Math.min(Math.max(GAP, top), Math.max(GAP, innerHeight - h - GAP)))}px`;
  };

  // ---------------------------------------------------------------------------------------------------- drawing

  private number(value: number, ref?: Ref | null): TemplateResult {
    const shown = formatNumber(value, words().lang);
    if (!ref || !this.pinned) return html`<span title=${formatFull(value)}>${shown}</span>`;
    return html`<button type="button" title=${formatFull(value)} aria-label=${t('ui.inspector.down', { value: shown, name: this.name(ref) })}
      @click=${() => this.go(ref)}>${shown}</button>`;
  }
  private name = (ref: Ref): string => this.describe?.(ref) || nameOf(ref);

  private bar(value: number, most: number): TemplateResult {
    const part = most > 0 ? Math.min(1, Math.abs(value) / most) * 50 : 0;
    return html`<td class="bar" aria-hidden="true"><span .style=${`${value < 0 ? 'right' : 'left'}:50%;width:${part.toFixed(1)}%;background:${signedColor(value < 0 ? -1 : 1, 1)}`}></span></td>`;
  }

  /** Every term of the sum, the largest first when there are many. */
  private terms(e: Explanation): TemplateResult | typeof nothing {
    const terms = e.terms ?? [];
    if (!terms.length) return nothing;
    const sums = e.kind !== 'softmax';
    const paired = terms.some((term) => term.b !== undefined);
    let order = terms.map((_, i) => i);
    if (terms.length > SHOWN) order.sort((i, j) => Math.abs(share(e, terms[j]!)) - Math.abs(share(e, terms[i]!)));
    const most = Math.max(...terms.map((term) => Math.abs(share(e, term))).filter(Number.isFinite), Math.abs(e.bias?.value ?? 0));
    if (!this.all) order = order.slice(0, SHOWN);
    const row = (term: Term) => html`<tr>
      <td dir="auto" title=${term.label}>${term.label}</td>
      <td>${this.number(term.a, term.a_ref)}</td>
      ${paired ? html`<td>${term.b === undefined ? '' : this.number(term.b, term.b_ref)}</td>` : nothing}
      ${paired && sums ? html`<td>${this.number(share(e, term))}</td>` : nothing}
      ${this.bar(share(e, term), most)}
    </tr>`;
    const [first, second] = heads[e.kind] ?? heads['affine']!;
    return html`
      <table>
        <thead><tr>
          <th scope="col"><span class="sr">${t('ui.inspector.term')}</span></th>
          <th scope="col">${paired || e.kind === 'softmax' ? t(`ui.inspector.${first}`) : t('ui.inspector.value')}</th>
          ${paired ? html`<th scope="col">${sums ? '× ' : ''}${t(`ui.inspector.${second}`)}</th>` : nothing}
          ${paired && sums ? html`<th scope="col">= ${t('ui.inspector.product')}</th>` : nothing}
          <td></td>
        </tr></thead>
        <tbody>
          ${order.map((i) => row(terms[i]!))}
          ${e.bias ? html`<tr><td>${t('ui.inspector.bias')}</td>${paired ? html`<td></td><td></td>` : nothing}<td>${this.number(e.bias.value, e.bias.ref)}</td>${this.bar(e.bias.value, most)}</tr>` : nothing}
        </tbody>
      </table>
      ${terms.length > SHOWN && this.pinned
        ? html`<button class="more" type="button" @click=${() => (this.all = !this.all)}>
            ${this.all ? t('ui.inspector.fewer') : t('ui.inspector.all', { count: formatCount(terms.length, words().lang) })}</button>`
        : nothing}`;
  }

  private constants(e: Explanation): TemplateResult | typeof nothing {
    const entries = Object.entries(e.constants ?? {});
    if (e.kind === 'update') {
      const { gradient, penalty, update } = e;
      entries.unshift(['gradient', gradient ?? NaN], ['l1', penalty?.l1 ?? 0], ['l2', penalty?.l2 ?? 0], ['update', update ?? NaN]);
    }
    if (!entries.length) return nothing;
    const name = (key: string) => (words().has(`ui.constant.${key}`) ? t(`ui.constant.${key}`) : key);
    return html`<dl class="constants">${entries.map(([key, value]) => html`<div><dt>${name(key)}</dt><dd>${this.number(value)}</dd></div>`)}</dl>`;
  }

  private card(e: Explanation): TemplateResult {
    const known = words().has(`ui.explain.${e.kind}`);
    const extent = magnitude([e.result]) || 1;
    return html`
      ${known ? html`<p class="note">${t(`ui.explain.${e.kind}`)}</p>` : nothing}
      ${symbols(e) ? html`<div class="formula" data-tex="symbols"></div>` : nothing}
      ${numbers(e) ? html`<div class="formula plugged" data-tex="numbers"></div>` : nothing}
      <div class="result">
        <span class="swatch" .style=${`background:${signedColor(e.result, extent)}`}></span>
        <span title=${formatFull(e.result)}>${formatNumber(e.result, words().lang, 4)}</span>
        ${Number.isFinite(e.result) ? html`<small>${formatFull(e.result)}</small>` : nothing}
      </div>
      ${this.constants(e)}
      ${this.terms(e)}
      ${e.kind === 'apply' && e.z_ref && this.pinned ? html`<p class="feeds">${t('ui.inspector.from')} <button type="button" @click=${() => this.go(e.z_ref!)}>${this.name(e.z_ref)}</button></p>` : nothing}
      ${e.used_by?.length && this.pinned
        ? html`<p class="feeds">${t('ui.inspector.feeds')}
            ${e.used_by.slice(0, FEEDS).map((ref) => html`<button type="button" @click=${() => this.go(ref)}>${this.name(ref)}</button> `)}
            ${e.used_by.length > FEEDS ? t('ui.inspector.feeds_more', { count: e.used_by.length - FEEDS }) : nothing}</p>`
        : nothing}`;
  }

  protected override render() {
    const ref = this.current();
    if (!this.shown || !ref) return nothing;
    const e = this.explanation;
    return html`
      <header>
        ${this.trail.length > 1
          ? html`<button class="icon" type="button" aria-label=${t('ui.inspector.back')} title=${t('ui.inspector.back')} @click=${this.back}>←</button>`
          : nothing}
        <h2 id="title">${this.name(e ?? ref)}<span class="shape">${nameOf(e ?? ref)}${e ? ` · [${e.shape.join(', ')}]` : ''}</span></h2>
        ${this.pinned
          ? html`<button class="icon close" type="button" aria-label=${t('ui.inspector.close')} title=${t('ui.inspector.close')} @click=${this.close}>×</button>`
          : nothing}
      </header>
      <div class="body">
        ${e ? this.card(e) : html`<p class="note">${this.failure ? t('ui.inspector.failed') : ''}</p>`}
        ${this.pinned ? nothing : html`<p class="hint">${t('ui.inspector.pin')}</p>`}
      </div>`;
  }

  protected override updated(_changed: PropertyValues): void {
    this.setAttribute('aria-label', this.current() ? this.name(this.explanation ?? this.current()!) : '');
    const e = this.explanation;
    if (!e || !katex || !this.shown) return;
    const root = this.renderRoot as ShadowRoot;
    if (!root.adoptedStyleSheets.includes(formulaRules())) root.adoptedStyleSheets = [...root.adoptedStyleSheets, formulaRules()];
    const tex: Record<string, string | null> = { symbols: symbols(e), numbers: numbers(e) };
    for (const place of root.querySelectorAll<HTMLElement>('[data-tex]')) {
      const formula = tex[place.dataset['tex']!];
      if (!formula || place.dataset['shown'] === formula) continue;
      place.dataset['shown'] = formula;
      // The formulas are made in explanation.ts from numbers and fixed symbols; no text of the reader enters them.
      katex.render(formula, place, { output: formulaOutput(), throwOnError: false, displayMode: false, strict: 'ignore', trust: (context) => context.command === '\\htmlClass' });
    }
  }
}
define('pg-inspector', PgInspector);

/** What the two factors of a term are called, by kind. */
const heads: Record<string, [string, string]> = {
  affine: ['input', 'weight'],
  dot: ['query', 'key'],
  weighted_sum: ['attention', 'value_vector'],
  softmax: ['score', 'share'],
};

/** The focused element, through shadow roots. */
function deepFocus(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement ? element : null;
}
