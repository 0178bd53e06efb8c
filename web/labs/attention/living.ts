// The look-up puzzle being learned: the weights of one example, spread evenly at first, then on the right key.
import { html, svg } from 'lit';
import { paintHeat, sequential } from '../../elements/color';
import type { Living } from '../living';
import presets from './presets.json';

const tokens = [26, 63, 100, 137, 174];

export const living: Living = {
  family: 'transformer',
  params: presets.lookup.params,
  stride: 2,
  steps: 200,
  async look(client) {
    const weights = await client.read('weights', { layer: 0 });
    const [heads, rows, cols] = weights.shape as [number, number, number];
    return (canvas) => {
      const pixels = canvas.getContext('2d')!;
      const { width, height } = canvas;
      pixels.clearRect(0, 0, width, height);
      // One square a head, side by side.
      const gap = width / 24;
      const side = Math.min((width - gap * (heads + 1)) / heads, height - 2 * gap);
      pixels.imageSmoothingEnabled = false;
      for (let h = 0; h < heads; h++) {
        const image = new ImageData(cols, rows);
        paintHeat(image, weights.data, h * rows * cols, sequential(), 0, 1);
        const small = new OffscreenCanvas(cols, rows);
        small.getContext('2d')!.putImageData(image, 0, 0);
        pixels.drawImage(small, (width - heads * side - (heads - 1) * gap) / 2 + h * (side + gap), (height - side) / 2, side, side);
      }
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    ${tokens.slice(0, -1).map((x) => svg`<path d="M${tokens.at(-1)!} 84Q${(x + tokens.at(-1)!) / 2} ${84 - (tokens.at(-1)! - x) * 0.62} ${x} 84" />`)}
    ${tokens.map((x) => svg`<circle cx=${x} cy="92" r="8" />`)}
  </svg>`,
};
