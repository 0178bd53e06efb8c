// Under the curves: which classes are taken for which, and pictures that the network gets wrong.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { LabElement, NowAndThen } from '../lab-element';
import type { TensorRead } from '../lab-view';
import { className, inputOf } from '../pictures';
import type { VitInfo } from './patches';
import { paintLook } from './paint';
import '../pg-confusion';

const MOST = 12, SIDE = 46, PAUSE = 1500;

interface Mistake {
  example: number;
  truth: number;
  answer: number;
}

export class PgVitResults extends LabElement<VitInfo> {
  static override properties = { mistakes: { state: true } };
  declare private mistakes: Mistake[];
  private pictures: TensorRead | null = null;
  private slow = new NowAndThen(
    PAUSE,
    async (ctx) => {
      const { data } = await ctx.client.read('labels', {});
      const mistakes: Mistake[] = [];
      for (let example = 0; 2 * example < data.length && mistakes.length < MOST; example++) {
        const truth = data[2 * example]!, answer = data[2 * example + 1]!;
        if (truth !== answer) mistakes.push({ example, truth, answer });
      }
      return { mistakes, pictures: await ctx.client.read('pictures', { examples: mistakes.map(({ example }) => example) }) };
    },
    () => {
      this.pictures = this.slow.value!.pictures;
      this.mistakes = this.slow.value!.mistakes;
      this.paintSoon();
    },
  );

  constructor() {
    super();
    this.mistakes = [];
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: grid;
        gap: 14px;
      }
      h3 {
        margin: 0 0 6px;
        font-size: 14px;
        font-weight: 600;
      }
      .all {
        display: flex;
        flex-wrap: wrap;
        gap: 5px;
      }
      button {
        display: grid;
        justify-items: center;
        gap: 2px;
        min-width: 52px;
        padding: 2px;
        border: 1px solid var(--pg-line);
        border-radius: var(--pg-radius);
        background: none;
        font-size: 11.5px;
        line-height: 1.3;
      }
      button:hover {
        border-color: var(--pg-accent);
      }
      [aria-pressed='true'] {
        border-color: var(--pg-accent);
        box-shadow: inset 0 0 0 1px var(--pg-accent);
      }
      button span {
        max-width: 92px;
      }
      p {
        margin: 0;
        font-size: 13px;
        color: var(--pg-ink-2);
      }
    `,
  ];

  protected override snapshotCame(): void {
    const part = this.renderRoot?.querySelector<LabElement<VitInfo>>('pg-confusion');
    if (part) part.ctx = this.ctx;
    if (this.info && this.ctx!.shows('mistakes')) this.slow.refresh(this.ctx!);
  }
  protected override paint(): void {
    const info = this.info!, { pictures } = this;
    if (pictures?.shape[1] !== info.rows) return;
    this.renderRoot.querySelectorAll('canvas').forEach((canvas, i) => i < pictures.shape[0]! && paintLook(canvas, SIDE, info, pictures.data, null, false, i * info.rows * info.cols));
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info) return nothing;
    const { example } = inputOf(ctx);
    const names = (m: Mistake) => ({ truth: className(ctx, info, m.truth), answer: className(ctx, info, m.answer) });
    return html`
      ${ctx.shows('confusion') ? html`<pg-confusion .ctx=${ctx}></pg-confusion>` : nothing}
      ${ctx.shows('mistakes') ? html`<section data-part="mistakes"><h3>${ctx.t('ui.mistakes')}</h3>
        ${this.mistakes.length
          ? html`<div class="all">${this.mistakes.map((m) => html`<button type="button" aria-pressed=${m.example === example} aria-label=${ctx.t('ui.mistake_label', { n: String(m.example + 1), ...names(m) })}
              @click=${() => ctx.setView({ input: { example: m.example } })}><canvas aria-hidden="true"></canvas><span>${ctx.t('ui.mistake_is', names(m))}</span></button>`)}</div>`
          : html`<p>${ctx.t('ui.no_mistakes')}</p>`}
      </section>` : nothing}`;
  }
}
define('pg-vit-results', PgVitResults);
