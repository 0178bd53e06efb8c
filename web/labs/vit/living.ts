// Digits in their patches, and where a network that learns to read them looks, behind all its layers.
import { html, svg } from 'lit';
import { paintHeat, parseHex, sequential, token } from '../../elements/color';
import { Pixels } from '../../elements/painted';
import type { Living } from '../living';
import { ofPatches, rollout, type VitInfo } from './patches';

const EXAMPLES = [3, 214, 471];
const patches = [0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((col) => ({ row, col })));

export const living: Living = {
  family: 'vit',
  params: { task: 'digits', samples: 2000, cnn: false, d_model: 32, num_layers: 2, dim_feedforward: 64, lr: 0.003 },
  stride: 8,
  steps: 320,
  async look(client) {
    const info = (await client.query('info', {})) as VitInfo;
    const reads = await Promise.all(EXAMPLES.map(async (example) => ({ picture: await client.read('picture', { example }), attention: await client.read('attention', { example }) })));
    return (canvas) => {
      const context = canvas.getContext('2d')!, { width, height } = canvas;
      const gap = width * 0.025, side = Math.floor(Math.min(height * 0.9, (width * 0.94 - gap * (EXAMPLES.length - 1)) / EXAMPLES.length));
      const left = (width - side * EXAMPLES.length - gap * (EXAMPLES.length - 1)) / 2, top = (height - side) / 2;
      const heat = new Pixels(), ink = new Pixels(), n = info.tokens.length;
      const [r, g, b] = parseHex(token('--pg-ink'));
      context.clearRect(0, 0, width, height);
      reads.forEach(({ picture, attention }, i) => {
        const shares = ofPatches(info, rollout(attention).slice(0, n)), most = Math.max(...shares), x = left + i * (side + gap);
        paintHeat(heat.begin(info.grid, info.grid), shares.map((w) => 0.6 * (w / most) ** 2), 0, sequential(), 0, 1);
        heat.draw(context, x, top, side, side, false);
        const image = ink.begin(info.cols, info.rows);
        for (let k = 0; k < info.rows * info.cols; k++) image.data.set([r, g, b, 255 * picture.data[k]!], 4 * k);
        ink.draw(context, x, top, side, side, false);
      });
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    ${patches.map(({ row, col }) => svg`<rect x=${56 + col * 23} y=${16 + row * 23} width="19" height="19" fill="none" stroke="currentColor" />`)}
  </svg>`,
};
