// A picture on its way through a network that learns to tell shapes apart: the picture, and the maps of its blocks.
import { html, svg } from 'lit';
import { diverging, magnitude, paintHeat } from '../../elements/color';
import { Pixels } from '../../elements/painted';
import type { Living } from '../living';
import { columnsOf, type CnnInfo } from './net';

/** Tiles of a column: how many below one another. */
const ROWS = 4;

export const living: Living = {
  family: 'cnn',
  // Made-up pictures: nothing has to be fetched for the map.
  params: { task: 'shapes', samples: 600, out_channels: [8, 8], mlp: false },
  stride: 3,
  steps: 160,
  async look(client) {
    const [info, maps, picture] = (await Promise.all([client.query('info', {}), client.read('maps', { example: 2 }), client.read('picture', { example: 2 })])) as [CnnInfo, { data: Float32Array }, { data: Float32Array }];
    return (canvas) => {
      const context = canvas.getContext('2d')!, { width, height } = canvas;
      const small = new Pixels();
      const columns = columnsOf(info).filter(({ kind }) => kind === 'conv' || kind === 'pool').slice(0, 3);
      // As large as both sides allow: the picture is two tiles wide, and so is each layer.
      const gap = height * 0.03, across = 2 * (1 + columns.length);
      const tile = Math.min((height - gap * (ROWS + 1)) / ROWS, (width - gap * (2 * across + 1)) / across), big = tile * 2 + gap;
      const all = big + columns.length * (2 * tile + 3 * gap);
      const top = (height - ROWS * tile - (ROWS - 1) * gap) / 2;
      let x = (width - all) / 2;
      const image = small.begin(info.cols, info.rows), plane = info.rows * info.cols;
      for (let i = 0; i < plane; i++) {
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 * picture.data[c * plane + i]!;
        image.data[4 * i + 3] = 255;
      }
      small.draw(context, x, (height - big) / 2, big, big, false);
      x += big + 2 * gap;
      for (const { shown } of columns) {
        const size = shown.rows * shown.cols, extent = magnitude(maps.data, shown.offset, shown.offset + shown.channels * size) || 1;
        for (let k = 0; k < Math.min(2 * ROWS, shown.channels); k++) {
          paintHeat(small.begin(shown.cols, shown.rows), maps.data, shown.offset + k * size, diverging(), -extent, extent);
          small.draw(context, x + (k % 2) * (tile + gap), top + Math.floor(k / 2) * (tile + gap), tile, tile, false);
        }
        x += 2 * tile + 3 * gap;
      }
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    <rect x="14" y="36" width="48" height="48" fill="none" stroke="currentColor" />
    ${[76, 118, 160].flatMap((x) => [10, 36, 62, 88].map((y) => svg`<rect x=${x} y=${y} width="22" height="22" fill="none" stroke="currentColor" />`))}
  </svg>`,
};
