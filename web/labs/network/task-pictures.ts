// Small pictures on the buttons of the tasks: what the data look like, in the classes' colours.
import { html, svg, type TemplateResult } from 'lit';

/** Dots of one class: coordinates in a 32 × 24 box. */
const dots = (k: number, points: [number, number][]) => points.map(([x, y]) => svg`<circle cx=${x} cy=${y} r="1.7" fill="var(--pg-class-${k})" />`);
const ring = (n: number, r: number): [number, number][] => Array.from({ length: n }, (_, i) => [16 + r * Math.cos((i / n) * 2 * Math.PI), 12 + r * Math.sin((i / n) * 2 * Math.PI)]);
const arm = (turn: number): [number, number][] => Array.from({ length: 8 }, (_, i) => {
  const angle = turn + i * 0.55;
  return [16 + (1.4 + i * 1.25) * Math.cos(angle), 12 + (1.4 + i * 1.25) * Math.sin(angle)];
});
const moon = (cx: number, cy: number, up: 1 | -1): [number, number][] => Array.from({ length: 7 }, (_, i) => [cx - 8 * Math.cos((i / 6) * Math.PI), cy - up * 8 * Math.sin((i / 6) * Math.PI)]);
const cloud = (x: number, y: number): [number, number][] => [[x, y], [x + 3.5, y - 2], [x - 3, y - 2.5], [x + 2, y + 3.4], [x - 3, y + 2.4], [x + 5, y + 1.6]];
const picture = (content: unknown): TemplateResult => html`<svg viewBox="0 0 32 24" width="32" height="24" aria-hidden="true">${content}</svg>`;

export const taskPictures: Record<string, TemplateResult> = {
  circle: picture([dots(0, ring(11, 10)), dots(1, ring(5, 3.6))]),
  xor: picture([dots(1, [...cloud(8, 6).slice(0, 4), ...cloud(24, 18).slice(0, 4)]), dots(0, [...cloud(24, 6).slice(0, 4), ...cloud(8, 18).slice(0, 4)])]),
  gaussian: picture([dots(0, cloud(9, 16)), dots(1, cloud(22, 8))]),
  spiral: picture([dots(0, arm(0)), dots(1, arm(Math.PI))]),
  moons: picture([dots(0, moon(12, 13, 1)), dots(1, moon(20, 11, -1))]),
  plane: picture(svg`
    <path d="M2 2h9v20h-9z" fill="var(--pg-neg)" opacity=".75" /><path d="M11 2h5v20h-5z" fill="var(--pg-neg)" opacity=".3" />
    <path d="M16 2h5v20h-5z" fill="var(--pg-pos)" opacity=".3" /><path d="M21 2h9v20h-9z" fill="var(--pg-pos)" opacity=".75" />`),
  bumps: picture(svg`
    <circle cx="10" cy="12" r="7" fill="var(--pg-neg)" opacity=".35" /><circle cx="10" cy="12" r="3.6" fill="var(--pg-neg)" opacity=".8" />
    <circle cx="22" cy="12" r="7" fill="var(--pg-pos)" opacity=".35" /><circle cx="22" cy="12" r="3.6" fill="var(--pg-pos)" opacity=".8" />`),
  curve: picture(svg`<path d="M2 14 C6 0 10 2 14 12 S24 24 30 5" fill="none" stroke="var(--pg-sym-a)" stroke-width="2" stroke-linecap="round" />`),
  own: picture(svg`<path d="M5 4h22v16H5zM5 9h22M12 4v16M19.5 4v16" fill="none" stroke="currentColor" stroke-width="1.6" /><path d="M12.8 9.8h5.9v9.4h-5.9z" fill="var(--pg-class-1)" opacity=".5" />`),
  digits: picture(svg`<path d="M10 5h11l-6 14" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" />`),
};
