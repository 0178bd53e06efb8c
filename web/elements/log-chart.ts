// A small chart whose height is a logarithm: gradients against distance, time or memory against length.
import { css, html, svg, type TemplateResult } from 'lit';

export interface Line {
  label: string;
  /** CSS colour. */
  ink: string;
  /** Points in order of x; y ≤ 0 or no number: the line stops there. */
  points: { x: number; y: number }[];
  strong?: boolean;
  dots?: boolean;
  /** The law that the points follow, a straight line where both axes are logarithmic: from one point to the other. */
  fit?: [{ x: number; y: number }, { x: number; y: number }] | null;
}

const RIGHT = 74, TOP = 8, BOTTOM = 30, HEIGHT = 200;
/** What is smaller is as good as nothing: below it the axis ends. */
const FLOOR = 1e-16;
/** Labels at the ends of lines keep this apart, px. */
const APART = 14;

export const chartStyles = css`
  .chart {
    display: block;
    max-width: 100%;
    font-size: 11px;
    font-variant-numeric: tabular-nums;
  }
  .chart text {
    fill: var(--pg-ink-2);
  }
  .chart .grid {
    stroke: var(--pg-line);
  }
  .chart .curve {
    fill: none;
    stroke-width: 1.75;
  }
  .chart .strong {
    stroke-width: 2.75;
  }
  .chart .fit {
    stroke-width: 1.5;
    stroke-dasharray: 5 4;
  }
`;

const superscript = (n: number) => `10${String(n).replace('-', '⁻').replace(/\d/g, (d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[+d]!)}`;

/** @param logX doubling sizes along x too, and only the decades that there are @param tick what stands at a power of ten */
export function logChart({ lines, width, label, xTitle, logX = false, tick = superscript }: {
  lines: Line[]; width: number; label: string; xTitle: string; logX?: boolean; tick?: (power: number) => string;
}): TemplateResult {
  const all = lines.flatMap(({ points }) => points).filter(({ y }) => y > FLOOR && Number.isFinite(y));
  const ys = all.map(({ y }) => Math.log10(y)), xs = lines.flatMap(({ points }) => points).map(({ x }) => (logX ? Math.log2(x) : x));
  const begin = logX && ys.length ? [] : [-2, 0];
  const low = Math.floor(Math.min(...begin, ...ys) - 0.001), high = Math.ceil(Math.max(...begin, ...ys) + 0.001);
  const from = Math.min(...xs, logX ? Infinity : 0), to = Math.max(...xs, from + 1);
  // Values with their unit need more room than powers of ten.
  const LEFT = tick === superscript ? 40 : 54, right = width - RIGHT;
  const px = (x: number) => LEFT + (((logX ? Math.log2(x) : x) - from) / (to - from)) * (right - LEFT);
  const py = (y: number) => TOP + ((high - Math.log10(y)) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const every = Math.max(1, Math.ceil((high - low) / 6));
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => low + i).filter((power) => (high - power) % every === 0);
  const steps = logX ? [...new Set(all.map(({ x }) => x))].sort((a, b) => a - b).filter((_, i, list) => i === 0 || i === list.length - 1 || (list.length - 1 - i) % 2 === 0) : [0, 0.5, 1].map((share) => Math.round(share * to));
  const drawn = lines.map((line) => {
    let d = '', end: { x: number; y: number } | null = null;
    for (const { x, y } of line.points) {
      if (!(y > FLOOR) || !Number.isFinite(y)) break;
      d += `${end ? 'L' : 'M'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`;
      end = { x: px(x), y: py(y) };
    }
    return { line, d, end };
  });
  // Labels at the lines' ends, pushed apart from the top down.
  const labels = drawn.filter(({ end }) => end).map(({ line, end }) => ({ line, x: Math.min(right, end!.x), y: end!.y })).sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i++) labels[i]!.y = Math.max(labels[i]!.y, labels[i - 1]!.y + APART);
  for (let i = labels.length - 1, most = HEIGHT - BOTTOM - 4; i >= 0; i--, most -= APART) labels[i]!.y = Math.min(labels[i]!.y, most);
  return html`<svg class="chart" width=${width} height=${HEIGHT} role="img" aria-label=${label}>
    ${ticks.map((power) => svg`<path class="grid" d="M${LEFT} ${py(10 ** power)}H${right}" /><text x=${LEFT - 6} y=${py(10 ** power) + 4} text-anchor="end">${tick(power)}</text>`)}
    ${steps.map((x) => svg`<text x=${px(x)} y=${HEIGHT - 15} text-anchor="middle">${x}</text>`)}
    <text x=${(LEFT + right) / 2} y=${HEIGHT - 2} text-anchor="middle">${xTitle}</text>
    ${drawn.map(({ line: { fit, ink } }) => (fit ? svg`<path class="fit" d="M${px(fit[0].x)} ${py(fit[0].y)}L${px(fit[1].x)} ${py(fit[1].y)}" .style=${`stroke:${ink}`} />` : ''))}
    ${drawn.map(({ line, d }) => svg`<path class="curve ${line.strong ? 'strong' : ''}" d=${d} .style=${`stroke:${line.ink}`} />
      ${line.dots ? line.points.map(({ x, y }) => svg`<circle cx=${px(x)} cy=${py(y)} r="2.5" .style=${`fill:${line.ink}`} />`) : ''}`)}
    ${labels.map(({ line, x, y }) => svg`<text x=${x + 6} y=${y + 4} .style=${`fill:${line.ink};font-weight:${line.strong ? 700 : 500}`}>${line.label}</text>`)}
  </svg>`;
}
