// The spiral being unrolled: what the network believes at every point of the plane, and the points it learns from.
import { svg, html } from 'lit';
import { classColor, diverging, paintHeat, token } from '../../elements/color';
import { Pixels } from '../../elements/painted';
import type { Living } from '../living';
import presets from './presets.json';

const RESOLUTION = 56;
const REACH = 6; // the plane is x1, x2 in −6…6

const layers = [2, 4, 4, 1].map((units, l) => Array.from({ length: units }, (_, i) => ({ x: 28 + l * 48, y: 60 + (i - (units - 1) / 2) * 26 })));

export const living: Living = {
  family: 'mlp',
  params: presets.spiral.params,
  stride: 40,
  steps: 3000,
  async look(client) {
    const [surface, points] = await Promise.all([client.read('surface', { resolution: RESOLUTION }), client.read('points')]);
    return (canvas) => {
      const pixels = canvas.getContext('2d')!;
      const picture = new Pixels();
      // Paler than it is, so that the points stand out.
      paintHeat(picture.begin(RESOLUTION, RESOLUTION), surface.data, 0, diverging(), -0.5, 1.5);
      // The middle of the plane, without bending it: the picture is wider than high.
      const { width, height } = canvas;
      const scale = width / RESOLUTION;
      const cut = (height / scale - RESOLUTION) / 2;
      picture.draw(pixels, 0, cut * scale, width, width, true);
      const radius = width / 100;
      pixels.lineWidth = radius / 3;
      pixels.strokeStyle = token('--pg-surface');
      for (let i = 0; i < points.data.length; i += 4) {
        if (points.data[i + 3] !== 0) continue; // the test split is not learned from
        pixels.beginPath();
        pixels.arc(
          ((points.data[i]! + REACH) / (2 * REACH)) * width,
          ((REACH - points.data[i + 1]!) / (2 * REACH)) * width + cut * scale,
          radius, 0, 2 * Math.PI,
        );
        pixels.fillStyle = classColor(points.data[i + 2]!);
        pixels.fill();
        pixels.stroke();
      }
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    ${layers.slice(1).flatMap((layer, l) => layer.flatMap((to) => layers[l]!.map((from) => svg`<path d="M${from.x} ${from.y}L${to.x} ${to.y}" />`)))}
    ${layers.flat().map(({ x, y }) => svg`<circle cx=${x} cy=${y} r="8" />`)}
  </svg>`,
};
