// A wave being learned: what the network foretells, and how it goes on by itself, straighter at first and then like the wave.
import { html } from 'lit';
import { token } from '../../elements/color';
import type { Living } from '../living';
import presets from './presets.json';

const MORE = 30;
const REACH = 1.4;

export const living: Living = {
  family: 'rnn',
  params: presets.waves.params,
  stride: 10,
  steps: 600,
  async look(client) {
    const [inputs, ahead] = await Promise.all([client.read('inputs'), client.read('continuation', { steps: MORE })]);
    const given = Array.from(inputs.data).slice(-MORE), now = given.at(-1)!;
    const own = [now, ...Array.from(ahead.data).slice(0, MORE)], real = [now, ...Array.from(ahead.data).slice(MORE)];
    return (canvas) => {
      const pixels = canvas.getContext('2d')!;
      const { width, height } = canvas;
      const column = width / (given.length + MORE - 1);
      const draw = (values: number[], first: number, ink: string, alpha: number, dash: number[]) => {
        pixels.beginPath();
        values.forEach((v, i) => pixels.lineTo((first + i) * column, height / 2 - (Math.max(-REACH, Math.min(REACH, v)) / REACH) * (height * 0.42)));
        pixels.globalAlpha = alpha;
        pixels.strokeStyle = token(ink);
        pixels.setLineDash(dash);
        pixels.stroke();
      };
      pixels.clearRect(0, 0, width, height);
      pixels.lineWidth = width / 70;
      draw(given, 0, '--pg-train', 1, []);
      draw(real, given.length - 1, '--pg-train', 0.35, []);
      draw(own, given.length - 1, '--pg-test', 1, [width / 30, width / 50]);
      pixels.globalAlpha = 1;
      pixels.setLineDash([]);
    };
  },
  sketch: html`<svg viewBox="0 0 200 120" preserveAspectRatio="xMidYMid meet">
    <path d="M20 60H180" />
    <path d="M20 84V72M60 84V72M100 84V72M140 84V72M180 84V72" />
    <circle cx="20" cy="60" r="9" /><circle cx="60" cy="60" r="9" /><circle cx="100" cy="60" r="9" /><circle cx="140" cy="60" r="9" /><circle cx="180" cy="60" r="9" />
  </svg>`,
};
