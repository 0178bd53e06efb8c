// The tokens in a row. One is followed: arcs lead from it to the tokens it attends to, as thick as their weight.
import { css, html, nothing, svg, type PropertyValues } from 'lit';
import { baseStyles, define, PgElement } from '../../elements/base';
import { inkOn, magnitudeColor } from '../../elements/color';
import { shorten, visible } from './stages';

/** What a trained model says at one token. */
export interface TokenAnswer {
  /** Null: nothing is asked here. */
  target: string | null;
  prediction: string | null;
  correct: boolean | null;
}

/** Weights below this draw no arc: they would only be dirt. */
const FAINT = 0.02;
/** At most so many arcs, the thickest. */
const ARCS = 12;
/** A token shows at most this many characters. */
const LONGEST = 14;

interface Box {
  x: number;
  top: number;
  bottom: number;
  line: number;
}

export class PgAttentionTokens extends PgElement {
  static override properties = {
    tokens: { attribute: false },
    weights: { attribute: false },
    answers: { attribute: false },
    follow: { type: Number },
    rightKey: { type: Number },
    label: {},
    describe: { attribute: false },
    boxes: { state: true },
    height: { state: true },
  };
  declare tokens: string[];
  /** Weight of the followed token on each token; empty: no arcs. */
  declare weights: ArrayLike<number>;
  /** In a trained task, by token; empty: none. */
  declare answers: TokenAnswer[];
  declare follow: number;
  /** The key that the followed token must look at; −1: none. */
  declare rightKey: number;
  declare label: string;
  /** Accessible name of a token. */
  declare describe: (index: number) => string;
  declare private boxes: Box[];
  declare private height: number;

  private resize: ResizeObserver | null = null;
  private endTheme = () => {};

  constructor() {
    super();
    this.tokens = [];
    this.weights = [];
    this.answers = [];
    this.follow = 0;
    this.rightKey = -1;
    this.label = '';
    this.describe = (i) => this.tokens[i] ?? '';
    this.boxes = [];
    this.height = 0;
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        contain: layout style;
        display: block;
        position: relative;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        justify-content: center;
        gap: 14px 4px;
        padding-top: 40px;
      }
      .row.many {
        gap: 10px 2px;
        padding-top: 30px;
      }
      button {
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        min-width: 24px;
        min-height: max(28px, var(--hit, 28px));
        padding: 2px 7px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        background: var(--fill, var(--pg-surface));
        color: var(--text, var(--pg-ink));
        font-size: 14px;
        line-height: 1.25;
      }
      .many button {
        padding: 1px 4px;
        font-size: 13px;
        min-width: 18px;
        min-height: max(24px, var(--hit, 24px));
      }
      @media (pointer: coarse) {
        :host {
          --hit: 40px;
        }
        button {
          min-width: 30px;
        }
      }
      button:hover {
        border-color: var(--pg-edge);
      }
      [aria-checked='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1.5px var(--pg-accent);
        font-weight: 600;
      }
      button.right {
        outline: 2px solid var(--pg-sym-w);
        outline-offset: 2px;
      }
      button:focus-visible {
        outline: 2px solid var(--pg-accent);
        outline-offset: 2px;
      }
      bdi {
        white-space: pre;
      }
      .answer {
        display: flex;
        gap: 3px;
        align-items: center;
        margin: 1px -3px 0;
        padding: 0 4px;
        border-radius: 3px;
        background: var(--pg-surface);
        font-size: 12px;
        font-weight: 600;
        white-space: nowrap;
      }
      .yes {
        color: var(--pg-train);
      }
      .no {
        color: var(--pg-error);
      }
      .answer s {
        font-weight: 400;
      }
      .answer b {
        font-weight: 500;
        color: var(--pg-ink-2);
      }
      svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        overflow: visible;
        pointer-events: none;
        fill: none;
        stroke: var(--pg-seq);
        stroke-linecap: round;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize = new ResizeObserver(() => this.measure());
    this.resize.observe(this);
    this.endTheme = this.surroundings.onTheme(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resize?.disconnect();
    this.endTheme();
  }
  protected override updated(changed: PropertyValues): void {
    if (changed.has('tokens')) this.measure();
  }

  /** Where the tokens stand; only asked when they or the width have changed. */
  private measure(): void {
    const lines: number[] = [];
    const boxes = [...this.renderRoot.querySelectorAll<HTMLElement>('button')].map((button) => {
      const top = button.offsetTop;
      let line = lines.indexOf(top);
      if (line < 0) line = lines.push(top) - 1;
      return { x: button.offsetLeft + button.offsetWidth / 2, top, bottom: top + button.offsetHeight, line };
    });
    const same = boxes.length === this.boxes.length && boxes.every((box, i) => {
      const old = this.boxes[i]!;
      return box.x === old.x && box.top === old.top && box.bottom === old.bottom;
    });
    if (!same) this.boxes = boxes;
  }

  private choose(index: number, focus = false): void {
    if (index < 0 || index >= this.tokens.length) return;
    if (index !== this.follow) this.emit('follow', { token: index });
    if (focus) this.renderRoot.querySelectorAll<HTMLElement>('button')[index]?.focus();
  }
  private onKey(event: KeyboardEvent): void {
    const last = this.tokens.length - 1;
    const to: Record<string, number> = { ArrowRight: this.follow + 1, ArrowLeft: this.follow - 1, ArrowDown: this.follow + 1, ArrowUp: this.follow - 1, Home: 0, End: last };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.choose(Math.max(0, Math.min(last, next)), true);
  }

  /** From above one token over to another; to another line through the space between. */
  private arc(from: Box, to: Box): string {
    if (from === to) return `M${from.x - 5} ${from.top}c-9 -17 19 -17 10 0`;
    if (from.line === to.line) {
      const rise = Math.min(from.top - 2, 34, 12 + Math.abs(to.x - from.x) * 0.1);
      return `M${from.x} ${from.top}C${from.x} ${from.top - rise * 1.3} ${to.x} ${from.top - rise * 1.3} ${to.x} ${to.top}`;
    }
    const [y0, y1] = to.line > from.line ? [from.bottom, to.top] : [from.top, to.bottom];
    const middle = (y0 + y1) / 2;
    return `M${from.x} ${y0}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${y1}`;
  }

  private arcs() {
    const from = this.boxes[this.follow];
    if (!from) return nothing;
    const least = Math.max(FAINT, Array.from(this.weights).sort((a, b) => b - a)[ARCS] ?? 0);
    return this.boxes.map((to, i) => {
      const weight = this.weights[i] ?? 0;
      return weight >= least
        ? svg`<path d=${this.arc(from, to)} stroke-width=${(0.8 + 5 * weight).toFixed(2)} opacity=${(0.3 + 0.6 * Math.sqrt(weight)).toFixed(2)} />`
        : nothing;
    });
  }

  private answer({ target, prediction, correct }: TokenAnswer) {
    if (target === null) return nothing;
    return correct
      ? html`<span class="answer yes"><bdi>${shorten(visible(prediction ?? ''), 6)}</bdi> ✓</span>`
      : html`<span class="answer no"><s><bdi>${shorten(visible(prediction ?? '–'), 6)}</bdi></s> ✗ <b><bdi>${shorten(visible(target), 6)}</bdi></b></span>`;
  }

  protected override render() {
    const many = this.tokens.length > 20;
    return html`<svg aria-hidden="true">${this.arcs()}</svg>
      <div class="row ${many ? 'many' : ''}" role="radiogroup" aria-label=${this.label} @keydown=${this.onKey}>
        ${this.tokens.map((token, i) => {
          const root = Math.sqrt(this.weights[i] ?? 0);
          const text = visible(token);
          return html`<button type="button" role="radio" aria-checked=${i === this.follow} tabindex=${i === this.follow ? 0 : -1}
            class=${i === this.rightKey ? 'right' : ''} aria-label=${this.describe(i)} title=${token.length > LONGEST ? token : nothing}
            .style=${`--fill:${magnitudeColor(root, 1)};--text:${inkOn('sequential', root, 0, 1)}`}
            @click=${() => this.choose(i)}><bdi>${shorten(text, LONGEST)}</bdi>${this.answers[i] ? this.answer(this.answers[i]!) : nothing}</button>`;
        })}
      </div>`;
  }
}
define('pg-attention-tokens', PgAttentionTokens);
