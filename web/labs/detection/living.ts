// A scene in which the boxes find their objects: what the detector reports in one held-out scene, while it learns.
import { html, svg } from 'lit';
import { token } from '../../elements/color';
import type { Living } from '../living';
import { detectionsOf, truthsOf, type DetectionInfo } from './detect';
import { paintScene } from './paint';
import presets from './presets.json';

/** Looked at long enough to show three objects. */
const LOOKED_AT = 12;

export const living: Living = {
  family: 'detection',
  params: presets.shapes.params,
  stride: 12,
  steps: 600,
  async look(client) {
    const args = { split: 'test', from: 0, count: LOOKED_AT };
    const [scenes, truth, boxes, info] = await Promise.all([client.read('scenes', args), client.read('truth', args), client.read('boxes', args), client.query('info', {}) as Promise<DetectionInfo>]);
    const truths = truthsOf(truth, LOOKED_AT);
    // The fullest, and of these the first.
    const at = truths.reduce((best, here, i) => (here.length > truths[best]!.length ? i : best), 0);
    const found = (detectionsOf(boxes, LOOKED_AT)[at] ?? []).filter(({ by }) => by < 0).map((detection) => ({ detection, text: '', faint: false }));
    return (canvas) => {
      const context = canvas.getContext('2d')!;
      const { width, height } = canvas, size = Math.min(width, height);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = token('--pg-surface');
      context.fillRect(0, 0, width, height);
      context.translate((width - size) / 2, (height - size) / 2);
      paintScene(context, size, scenes.data, at * info.side * info.side, info.side, { truths: truths[at]!, found });
      context.setTransform(1, 0, 0, 1, 0, 0);
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    ${[[22, 18, 62, 58], [104, 44, 72, 56]].map(([x, y, w, h]) => svg`<rect x=${x!} y=${y!} width=${w!} height=${h!} fill="none" stroke="currentColor" stroke-dasharray="5 4" />`)}
    <circle cx="53" cy="47" r="22" /><path d="M140 56 164 92H116Z" />
  </svg>`,
};
