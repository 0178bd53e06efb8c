// Two languages being matched: where the decoder looks in the source for each word of one sentence, and what it writes.
import { html, svg } from 'lit';
import { paintHeat, sequential, token } from '../../elements/color';
import { Pixels } from '../../elements/painted';
import type { Living } from '../living';
import { shown, type TranslationAnswer } from './sentence';

const tokens = [38, 78, 118, 158];

export const living: Living = {
  family: 'translation',
  params: { task: 'ko_en', sentences: 2000, d_model: 32, dim_feedforward: 64, batch_size: 32 },
  stride: 8,
  steps: 320,
  async look(client) {
    const [weights, answer] = await Promise.all([client.read('cross', { layer: 0 }), client.query('translation') as Promise<TranslationAnswer>]);
    const [heads, rows, cols] = weights.shape as [number, number, number];
    // The mean of all heads.
    const mean = new Float32Array(rows * cols);
    weights.data.forEach((w, i) => (mean[i % mean.length]! += w / heads));
    return (canvas) => {
      const pixels = canvas.getContext('2d')!, { width, height } = canvas;
      const picture = new Pixels();
      paintHeat(picture.begin(cols, rows), mean, 0, sequential(), 0, 1);
      const text = height / 8, room = height - 2.2 * text;
      pixels.clearRect(0, 0, width, height);
      const cell = Math.min((width * 0.94) / cols, (room * 0.96) / rows);
      picture.draw(pixels, (width - cell * cols) / 2, (room - cell * rows) / 2 + text * 0.3, cell * cols, cell * rows, false);
      pixels.fillStyle = token('--pg-ink');
      pixels.textAlign = 'center';
      pixels.font = `${text}px ${token('--pg-font')}`;
      pixels.fillText(answer.steps.map(({ token: word }) => shown(word)).join(' '), width / 2, height - text * 0.6, width * 0.94);
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    ${tokens.map((x) => svg`<circle cx=${x} cy="26" r="9" /><circle cx=${x} cy="94" r="9" />`)}
    ${[[0, 0], [3, 1], [1, 2], [2, 3]].map(([a, b]) => svg`<path d="M${tokens[a!]} 36L${tokens[b!]} 84" />`)}
  </svg>`,
};
