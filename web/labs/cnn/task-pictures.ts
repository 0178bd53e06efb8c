// Small pictures on the buttons of the tasks: what is to be recognised.
import { html, svg, type TemplateResult } from 'lit';

const picture = (content: unknown): TemplateResult => html`<svg viewBox="0 0 32 24" width="32" height="24" aria-hidden="true">${content}</svg>`;
const line = (d: string) => svg`<path d=${d} fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round" />`;

export const taskPictures: Record<string, TemplateResult> = {
  shapes: picture(svg`<circle cx="9" cy="12" r="6" fill="var(--pg-class-0)" /><path d="M4 9.5h10M4 14.5h10" stroke="var(--pg-surface)" stroke-width="1.6" /><path d="M17 17.5 23 6.5 29 17.5Z" fill="var(--pg-class-1)" />`),
  digits: picture(svg`<path d="M10 5h11l-6 14" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" />`),
  clothes: picture(line('M12 4h2.5a2 2 0 0 0 3.6 0h2.4l5.5 4-2.4 3.4-2.4-1.4v10.5H10.8V10l-2.4 1.4L6 8Z')),
  own: picture(svg`<path d="M5 4h22v16H5z" fill="none" stroke="currentColor" stroke-width="1.6" /><circle cx="11" cy="9.5" r="2" fill="currentColor" /><path d="M6 19l7-6 4 3 4-5 5 8Z" fill="var(--pg-class-1)" opacity=".6" />`),
};
