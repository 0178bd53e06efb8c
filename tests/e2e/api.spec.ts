// The package in a real page, under the strictest policy: it loads from beside the site, and its numbers are Node's to the last bit.
import { createHash } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { loadEngine, type Engine } from 'playgrad';
import { visit } from './harness';

/** Trains one model of each kind; every parameter and buffer at the end. Runs in the page and in Node: no name from outside. */
function train(engine: Engine): Uint8Array[] {
  const noise = (n: number) => Float32Array.from({ length: n }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
  const ids = (n: number, below: number) => Int32Array.from({ length: n }, (_, i) => (i * 31) % below);
  const jobs: [Parameters<Engine['createModel']>[0], { x: Float32Array | Int32Array; y: Float32Array | Int32Array }][] = [
    [
      { seed: 1, batch_size: 8, input: { shape: [1, 8, 8] },
        layers: [{ type: 'conv2d', out_channels: 4, kernel_size: 3, padding: 1 }, { type: 'batch_norm2d' }, { type: 'gelu' }, { type: 'max_pool2d', kernel_size: 2 }, { type: 'flatten' }, { type: 'linear', out_features: 3 }],
        loss: { type: 'cross_entropy', label_smoothing: 0.1 }, optimizer: { type: 'adamw' } },
      { x: noise(8 * 64), y: ids(8, 3) },
    ],
    [
      { seed: 2, batch_size: 4, input: { shape: [6, 3] }, layers: [{ type: 'gru', hidden_size: 5, num_layers: 2, bidirectional: true, dropout: 0.2, output: 'last' }, { type: 'linear', out_features: 2 }],
        loss: { type: 'huber' }, optimizer: { type: 'rmsprop', momentum: 0.5 }, gradient_clipping: { max_norm: 0.5 } },
      { x: noise(4 * 18), y: noise(8) },
    ],
    [
      { seed: 3, batch_size: 4, input: { tokens: 7, vocab_size: 11 },
        layers: [{ type: 'embedding', embedding_dim: 8 }, { type: 'positional_encoding' }, { type: 'transformer_encoder_layer', nhead: 2, dim_feedforward: 16, causal: true }, { type: 'linear', out_features: 11 }],
        loss: { type: 'cross_entropy' }, optimizer: { type: 'adam', lr: 0.01 }, schedule: { type: 'cosine', T_max: 50, warmup_steps: 5 } },
      { x: ids(28, 11), y: ids(28, 11) },
    ],
  ];
  return jobs.map(([spec, batch]) => {
    const model = engine.createModel(spec);
    for (let i = 0; i < 50; i++) model.trainStep(batch);
    const file = model.save({ optimizer: true });
    model.dispose();
    return file;
  });
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('the package runs in a page and gives the bits it gives in Node', () =>
  visit('en/', {}, async ({ page }) => {
    // The text of the function goes to the page, which the browser's own tools may do; the package loads under the page's policy.
    const files = await page.evaluate(`(async () => {
      const { loadEngine } = await import(${JSON.stringify(new URL('playgrad/index.js', inject('site')).href)});
      return (${train.toString()})(await loadEngine()).map((file) => [...file]);
    })()`);
    expect((files as number[][]).map((file) => hash(Uint8Array.from(file)))).toEqual(train(await loadEngine()).map(hash));
  }));
