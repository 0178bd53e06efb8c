// Without a hidden layer and with one sigmoid output the network is logistic regression: said, and written out with the
// numbers of this moment.
import { css, html, nothing } from 'lit';
import { baseStyles, define } from '../../elements/base';
import { formatFixed } from '../../elements/format';
import { LabElement } from './lab-element';
import { featureName } from './net';
import '../../elements/pg-formula';

/** A feature in TeX. */
const tex: Record<string, string> = {
  x1: 'x_1',
  x2: 'x_2',
  x1_squared: 'x_1^2',
  x2_squared: 'x_2^2',
  x1_x2: 'x_1 x_2',
  sin_x1: '\\sin x_1',
  sin_x2: '\\sin x_2',
};
const sym = (ink: string, of: string) => `\\htmlClass{sym-${ink}}{${of}}`;

/** p = σ(w₁x₁ + … + b) for these features. */
export function logisticTex(features: string[]): string {
  const products = features.map((feature, i) => `${sym('w', `w_{${i + 1}}`)}\\,${sym('x', tex[feature] ?? feature)}`);
  return `${sym('a', 'p')} = \\sigma\\big(${products.join(' + ')} + ${sym('b', 'b')}\\big),\\qquad \\sigma(z) = \\frac{1}{1 + e^{-z}}`;
}

export class PgNetworkFormula extends LabElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }
      p {
        margin: 0 0 6px;
        font-size: 13.5px;
        line-height: 1.55;
      }
      .formula {
        display: block;
        overflow-x: auto;
        overflow-y: hidden;
        font-size: 16px;
      }
      .live {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 5px;
        margin-top: 6px;
        font-size: 16px;
        font-variant-numeric: tabular-nums;
      }
      .live button {
        min-height: max(24px, calc(var(--pg-hit) - 10px));
        padding: 0 3px;
        border: 0;
        border-radius: 3px;
        background: none;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
        text-decoration: underline;
        text-decoration-color: var(--pg-edge);
        text-underline-offset: 3px;
      }
      .live button:hover {
        background: var(--pg-accent-soft);
      }
      .w {
        color: var(--pg-sym-w);
      }
      .x {
        color: var(--pg-sym-x);
      }
      .b {
        color: var(--pg-sym-b);
      }
      .a {
        color: var(--pg-sym-a);
      }
    `,
  ];

  private values(): number[] {
    const layer = this.info!.layers[0]!;
    const weights = this.watched(`param:${layer.param_weight}`)?.data ?? [];
    const bias = this.watched(`param:${layer.param_bias}`)?.data ?? [];
    return [...weights, ...bias];
  }
  /** Numbers are put into their places: a new template 30 times a second would take the focus from them. */
  protected override paint(): void {
    const values = this.values();
    this.renderRoot.querySelectorAll('.live button').forEach((button, i) => {
      const value = values[i];
      const text = value === undefined ? '…' : formatFixed(Math.abs(value), this.ctx!.lang);
      if (button.textContent !== text) button.textContent = text;
      const sign = button.previousElementSibling;
      if (sign?.classList.contains('sign') && value !== undefined) {
        const shown = value < 0 ? '−' : i === 0 ? '' : '+';
        if (sign.textContent !== shown) sign.textContent = shown;
      }
    });
  }

  protected override render() {
    const ctx = this.ctx, info = this.info;
    if (!ctx || !info?.is_logistic_regression) return nothing;
    const layer = info.layers[0]!;
    const open = (value: string, index: number[]) => (event: Event) => ctx.inspect({ value, index }, event.currentTarget as Element, { pin: true });
    return html`<p>${ctx.t('ui.logistic')}</p>
      <pg-formula class="formula" .tex=${logisticTex(info.own ? info.features.map((_, i) => `x_{${i + 1}}`) : info.features)}></pg-formula>
      <div class="live"><span class="a">p</span> = σ(
        ${info.features.map((_, i) => html`<span class="sign"></span><button class="w" type="button" aria-label=${ctx.t('ui.edge', { from: featureName(ctx, info, i), to: ctx.t('ui.unit.output') })}
          @click=${open(layer.param_weight, [0, i])}>…</button>·<span class="x">${featureName(ctx, info, i)}</span>`)}
        <span class="sign"></span><button class="b" type="button" aria-label=${ctx.t('ui.bias_of', { unit: ctx.t('ui.unit.output') })} @click=${open(layer.param_bias, [0])}>…</button>)</div>`;
  }
}
define('pg-network-formula', PgNetworkFormula);
