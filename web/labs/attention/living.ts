// Reversal being learned: where each answer looks, everywhere at first, then at its mirrored place.
import { html, svg } from 'lit';
import { paintHeat, sequential } from '../../elements/color';
import { Pixels } from '../../elements/painted';
import type { Living } from '../living';
import presets from './presets.json';

const tokens = [26, 63, 100, 137, 174];

export const living: Living = {
  family: 'transformer',
  params: { ...presets.reverse.params, length: 10 },
  stride: 6,
  steps: 300,
  async look(client) {
    const [weights, info] = await Promise.all([client.read('weights', { layer: 0 }), client.query('info')]);
    const tokens = weights.shape[1]!;
    const keys = info.right_keys as number[];
    // Of the first head, the rows that have something to look for and the columns where it may be.
    const asked = keys.flatMap((key, row) => (key < 0 ? [] : [row]));
    const cols = Math.max(...keys) + 1;
    const part = new Float32Array(asked.length * cols);
    asked.forEach((row, i) => part.set(weights.data.subarray(row * tokens, row * tokens + cols), i * cols));
    return (canvas) => {
      const pixels = canvas.getContext('2d')!;
      const { width, height } = canvas;
      const picture = new Pixels();
      paintHeat(picture.begin(cols, asked.length), part, 0, sequential(), 0, 1);
      const cell = Math.floor(Math.min((width * 0.92) / cols, (height * 0.92) / asked.length));
      pixels.clearRect(0, 0, width, height);
      picture.draw(pixels, Math.round((width - cell * cols) / 2), Math.round((height - cell * asked.length) / 2), cell * cols, cell * asked.length, false);
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    ${tokens.slice(0, -1).map((x) => svg`<path d="M${tokens.at(-1)!} 84Q${(x + tokens.at(-1)!) / 2} ${84 - (tokens.at(-1)! - x) * 0.62} ${x} 84" />`)}
    ${tokens.map((x) => svg`<circle cx=${x} cy="92" r="8" />`)}
  </svg>`,
};
