// Small pictures on the buttons of the tasks: a scene of each kind, in boxes.
import { html, svg, type TemplateResult } from 'lit';

const picture = (content: unknown): TemplateResult => html`<svg viewBox="0 0 32 24" width="32" height="24" aria-hidden="true" fill="none" stroke-width="1.2">${content}</svg>`;
const framed = (k: number, x: number, y: number, w: number, h: number, content: unknown) =>
  svg`<rect x=${x} y=${y} width=${w} height=${h} stroke="var(--pg-class-${k})" /><g stroke="currentColor" stroke-width="1.6" stroke-linecap="round">${content}</g>`;
const seven = svg`<path d="M5.5 5.5h5.5l-3.4 7.5" />`;
const two = svg`<path d="M20.6 12.6c.4-3 5.6-2.6 5 .4-.3 1.7-4.6 3.6-5.2 6.4h5.6" />`;

export const taskPictures: Record<string, TemplateResult> = {
  digits: picture([framed(7, 3.5, 3, 9.5, 12, seven), framed(2, 18, 8.5, 10, 13, two)]),
  shapes: picture([framed(0, 3.5, 3, 10, 10, svg`<circle cx="8.5" cy="8" r="3.4" />`), framed(1, 18, 10, 10, 11, svg`<path d="M20.2 19.2 23 12.4l2.8 6.8z" />`)]),
  both: picture([framed(7, 3.5, 3, 9.5, 12, seven), framed(0, 18, 10, 10.5, 10.5, svg`<circle cx="23.2" cy="15.2" r="3.4" />`)]),
};
