// A text being learned: its tokens as bars, each as high as it surprises the model. They sink as the language comes.
import { html } from 'lit';
import { token } from '../../elements/color';
import type { Living } from '../living';
import presets from './presets.json';
import { MOST_BITS, surprise } from './text';

export const living: Living = {
  family: 'language_model',
  params: presets.gpt.params,
  stride: 8,
  steps: 160,
  async look(client) {
    const { shape, data } = await client.read('text');
    const bits = Array.from({ length: shape[0]! }, (_, i) => Math.min(1, surprise(data[i * shape[1]! + 2]!) / (MOST_BITS + 1)));
    return (canvas) => {
      const pixels = canvas.getContext('2d')!;
      const { width, height } = canvas;
      const column = width / bits.length;
      pixels.clearRect(0, 0, width, height);
      bits.forEach((share, i) => {
        const h = Math.max(0.03, share) * height * 0.84;
        pixels.globalAlpha = 0.3 + 0.7 * share;
        pixels.fillStyle = token('--pg-seq');
        pixels.fillRect(i * column + column * 0.14, height * 0.92 - h, column * 0.72, h);
      });
      pixels.globalAlpha = 1;
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    <path d="M20 100V40M45 100V70M70 100V55M95 100V85M120 100V30M145 100V75M170 100V90" />
  </svg>`,
};
