// The test of translation: all test pictures shifted (or turned) by so much, and what is left of the accuracy of the network and of
// the MLP that learned beside it.
import { css, html, nothing, svg } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { LabElement, NowAndThen } from './lab-element';
import type { LabContext } from '../lab-view';

/** Test pictures that are moved. */
const TESTED = 200;
const PAUSE = 3000;
const moves = {
  shift: { places: [-8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8], args: (dx: number) => ({ dx }) },
  turn: { places: [-90, -60, -45, -30, -15, 0, 15, 30, 45, 60, 90], args: (degrees: number) => ({ degrees }) },
};
type Kind = keyof typeof moves;
const WIDTH = 460, HEIGHT = 190, LEFT = 36, RIGHT = 86, TOP = 10, BOTTOM = 34;

export class PgCnnMove extends LabElement {
  static override properties = { kind: { state: true }, found: { state: true } };
  declare private kind: Kind;
  /** A row a place: accuracy of the network, of the MLP. */
  declare private found: [number, number][];
  private measured = this.source();

  constructor() {
    super();
    this.kind = 'shift';
    this.found = [];
  }

  private source(): NowAndThen<[number, number][]> {
    const kind = this.kind ?? 'shift';
    return new NowAndThen<[number, number][]>(
      PAUSE,
      async (ctx: LabContext) => {
        const rows: [number, number][] = [];
        for (const place of moves[kind].places) rows.push((await ctx.client.read('moved', { ...moves[kind].args(place), n: Math.min(TESTED, ctx.info.n_test) })).data as unknown as [number, number]);
        return rows;
      },
      () => {
        if (kind === this.kind) this.found = this.measured.value!;
      },
    );
  }

  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      .ask {
        display: flex;
        gap: 5px;
        margin-bottom: 8px;
      }
      button {
        min-height: max(28px, var(--pg-hit));
        padding: 2px 10px;
        border: 1px solid var(--pg-edge);
        border-radius: var(--pg-radius);
        background: var(--pg-raised);
        font-size: 13px;
      }
      button[aria-pressed='true'] {
        border-color: var(--pg-accent);
        background: var(--pg-accent-soft);
        color: var(--pg-accent);
      }
      svg {
        display: block;
        width: 100%;
        max-width: 560px;
        height: auto;
        font-size: 11.5px;
        font-variant-numeric: tabular-nums;
      }
      text {
        fill: var(--pg-ink-2);
      }
      .grid {
        stroke: var(--pg-line);
      }
      .cnn {
        stroke: var(--pg-test);
        fill: var(--pg-test);
      }
      .mlp {
        stroke: var(--pg-run-0);
        fill: var(--pg-run-0);
      }
      path.line {
        fill: none;
        stroke-width: 2;
      }
      .mlp.line {
        stroke-dasharray: 5 3;
      }
      .name {
        stroke: none;
        font-weight: 600;
      }
      p {
        max-width: 62ch;
        margin: 6px 0 0;
        font-size: 13px;
        line-height: 1.55;
        color: var(--pg-ink-2);
      }
    `,
  ];

  protected override snapshotCame(): void {
    if (this.info && !this.info.broken) this.measured.refresh(this.ctx!);
  }
  protected override paint(): void {}

  private turnTo(kind: Kind): void {
    if (kind === this.kind) return;
    this.kind = kind;
    this.found = [];
    this.measured = this.source();
    this.snapshotCame();
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info || info.broken) return nothing;
    const { places } = moves[this.kind], most = places.at(-1)!;
    const x = (place: number) => LEFT + ((place + most) / (2 * most)) * (WIDTH - LEFT - RIGHT), y = (v: number) => TOP + (1 - v) * (HEIGHT - TOP - BOTTOM);
    const series = (at: 0 | 1) => this.found.map((row, i) => ({ x: x(places[i]!), y: y(row[at]), v: row[at] })).filter(({ v }) => Number.isFinite(v));
    const draw = (at: 0 | 1, kind: string, name: string) => {
      const points = series(at), end = points.at(-1);
      return end ? svg`<path class="line ${kind}" d=${points.map((p, i) => `${i ? 'L' : 'M'}${p.x} ${p.y}`).join('')} />
        ${points.map((p, i) => svg`<circle class=${kind} cx=${p.x} cy=${p.y} r="3"><title>${ctx.t(`ui.move_${this.kind}_at`, { by: String(places[i]!), name, accuracy: ctx.num(p.v) })}</title></circle>`)}
        <text class="name ${kind}" x=${end.x + 8} y=${end.y + (at ? 14 : -2)}>${name}</text>` : nothing;
    };
    const middle = places.indexOf(0), far = this.found.at(-1), near = this.found[middle];
    const kinds = (Object.keys(moves) as Kind[]).map((kind) => html`<button type="button" aria-pressed=${kind === this.kind} @click=${() => this.turnTo(kind)}>${ctx.t(`ui.move_${kind}`)}</button>`);
    return html`<div class="ask" role="group" aria-label=${ctx.t('ui.panel.move')}>${kinds}</div>
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${ctx.t(`ui.move_${this.kind}_label`)}>
        ${[0, 0.5, 1].map((v) => svg`<path class="grid" d="M${LEFT} ${y(v)}H${WIDTH - RIGHT}" /><text x=${LEFT - 6} y=${y(v) + 4} text-anchor="end">${ctx.num(v)}</text>`)}
        ${places.filter((place) => this.kind === 'turn' ? place % 30 === 0 : place % 2 === 0).map((place) => svg`<text x=${x(place)} y=${HEIGHT - 18} text-anchor="middle">${place > 0 ? `+${place}` : String(place).replace('-', '−')}</text>`)}
        <text x=${(LEFT + WIDTH - RIGHT) / 2} y=${HEIGHT - 3} text-anchor="middle">${ctx.t(`ui.move_${this.kind}_axis`)}</text>
        ${draw(1, 'mlp', 'MLP')}${draw(0, 'cnn', 'CNN')}
      </svg>
      <p>${near && far ? ctx.t(`ui.move_${this.kind}_said`, { by: String(most), cnn: ctx.num(near[0]), cnn_far: ctx.num(far[0]), mlp: ctx.num(near[1]), mlp_far: ctx.num(far[1]) }) : ctx.t('ui.move_wait')}</p>`;
  }
}
define('pg-cnn-move', PgCnnMove);
