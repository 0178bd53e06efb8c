// A scene on a canvas: the pixels, the grid, the true boxes and those that are predicted.
import { classColor, paintHeat, sequential, token } from '../../elements/color';
import { Pixels } from '../../elements/painted';
import type { Box, Detection, Truth } from './detect';

export interface SceneLook {
  truths?: Truth[];
  /** Those drawn, with what is written at each; '' nothing. */
  found?: { detection: Detection; text: string; faint: boolean }[];
  /** Lines from what is suppressed to what did it, with a text in the middle. */
  links?: { from: Box; to: Box; text: string }[];
  grid?: number;
  marked?: number | null;
  /** Of each cell, 0 … 1. */
  confidence?: ArrayLike<number>;
}

const TEXT = 12.5;
const pixels = new Pixels();

/** `data`: side² numbers in 0…1 from `offset`; drawn at (0, 0) with sides of `size` CSS px. */
export function paintScene(context: CanvasRenderingContext2D, size: number, data: ArrayLike<number>, offset: number, side: number, look: SceneLook): void {
  const scale = size / side;
  paintHeat(pixels.begin(side, side), data, offset, sequential(), 0, 1.15);
  pixels.draw(context, 0, 0, size, size, false);
  const { grid } = look;
  if (grid) paintGrid(context, size, grid, look);
  for (const { box } of look.truths ?? []) {
    context.setLineDash([4, 3]);
    context.lineWidth = size > 150 ? 1.5 : 1;
    context.strokeStyle = token('--pg-ink');
    context.strokeRect(box.x * scale, box.y * scale, box.w * scale, box.h * scale);
  }
  context.setLineDash([]);
  const found = look.found ?? [];
  for (const { detection: { box, cls, score }, faint } of found) {
    context.globalAlpha = faint ? 0.55 : 1;
    context.setLineDash(faint ? [3, 3] : []);
    context.lineWidth = (size > 150 ? 1 + 3 * score : 0.8 + 1.4 * score) * (faint ? 0.7 : 1);
    context.strokeStyle = classColor(cls);
    context.strokeRect(box.x * scale, box.y * scale, box.w * scale, box.h * scale);
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  for (const { from, to, text } of look.links ?? []) paintLink(context, from, to, text, scale);
  if (size > 150) for (const { detection, text, faint } of found) if (text && !faint) paintName(context, detection, text, size, scale);
}

function paintGrid(context: CanvasRenderingContext2D, size: number, grid: number, { confidence, marked }: SceneLook): void {
  const cell = size / grid;
  if (confidence) {
    context.fillStyle = token('--pg-accent');
    for (let i = 0; i < grid * grid; i++) {
      context.globalAlpha = 0.72 * confidence[i]!;
      context.fillRect((i % grid) * cell, Math.floor(i / grid) * cell, cell, cell);
    }
    context.globalAlpha = 1;
  }
  context.strokeStyle = token('--pg-edge');
  context.lineWidth = 0.6;
  context.beginPath();
  for (let i = 1; i < grid; i++) {
    context.moveTo(i * cell, 0);
    context.lineTo(i * cell, size);
    context.moveTo(0, i * cell);
    context.lineTo(size, i * cell);
  }
  context.stroke();
  if (marked === null || marked === undefined) return;
  context.strokeStyle = token('--pg-accent');
  context.lineWidth = 2.5;
  context.strokeRect((marked % grid) * cell + 1, Math.floor(marked / grid) * cell + 1, cell - 2, cell - 2);
}

function chip(context: CanvasRenderingContext2D, text: string, x: number, y: number, fill: string, ink: string): void {
  const width = context.measureText(text).width + 8, height = TEXT + 5;
  context.fillStyle = fill;
  context.fillRect(x, y, width, height);
  context.fillStyle = ink;
  context.fillText(text, x + 4, y + TEXT + 0.5);
}
const setFont = (context: CanvasRenderingContext2D) => {
  context.font = `600 ${TEXT}px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = 'start';
};

function paintName(context: CanvasRenderingContext2D, { box, cls }: Detection, text: string, size: number, scale: number): void {
  setFont(context);
  const height = TEXT + 5, width = context.measureText(text).width + 8;
  const x = Math.min(Math.max(0, box.x * scale), size - width), above = box.y * scale - height;
  chip(context, text, x, above >= 0 ? above : Math.min(size - height, (box.y + box.h) * scale), classColor(cls), token('--pg-surface'));
}

function paintLink(context: CanvasRenderingContext2D, from: Box, to: Box, text: string, scale: number): void {
  // From corner to corner: the middles may be the same.
  const x1 = (from.x + from.w) * scale, y1 = (from.y + from.h) * scale, x2 = (to.x + to.w) * scale, y2 = (to.y + to.h) * scale;
  context.strokeStyle = token('--pg-ink-2');
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  setFont(context);
  chip(context, text, Math.min(x1 + 2, context.canvas.clientWidth - context.measureText(text).width - 8), y1 - TEXT - 5, token('--pg-raised'), token('--pg-ink'));
}
