// What the workloads train, as specs: the one place that says it. Other libraries build the same by hand.
import type { ModelSpec } from '../../web/api/index';

const adam = (lr: number) => ({ type: 'adam' as const, lr });
const linear = (out_features: number) => ({ type: 'linear' as const, out_features });

export const specs = {
  W1: {
    batch_size: 10, input: { shape: [2] },
    layers: [linear(8), { type: 'tanh' }, linear(8), { type: 'tanh' }, linear(1), { type: 'tanh' }],
    loss: { type: 'mse', loss_weight: 0.5 }, optimizer: { type: 'sgd', lr: 0.03 },
  },
  W2: {
    batch_size: 32, input: { shape: [784] }, layers: [linear(128), { type: 'relu' }, linear(10)],
    loss: { type: 'cross_entropy' }, optimizer: adam(1e-3),
  },
  W3: {
    batch_size: 32, input: { shape: [1, 28, 28] },
    layers: [
      { type: 'conv2d', out_channels: 8, kernel_size: 5, padding: 2 }, { type: 'relu' }, { type: 'max_pool2d', kernel_size: 2 },
      { type: 'conv2d', out_channels: 16, kernel_size: 5, padding: 2 }, { type: 'relu' }, { type: 'max_pool2d', kernel_size: 3 },
      { type: 'flatten' }, linear(10),
    ],
    loss: { type: 'cross_entropy' }, optimizer: adam(1e-3),
  },
  W4: {
    batch_size: 16, input: { tokens: 64, vocab_size: 64 },
    layers: [
      { type: 'embedding', embedding_dim: 64 }, { type: 'positional_encoding', kind: 'learned' },
      { type: 'transformer_encoder', name: 'blocks', nhead: 4, dim_feedforward: 256, num_layers: 2, dropout: 0, causal: true, norm_first: true },
      { ...linear(64), name: 'out' },
    ],
    loss: { type: 'cross_entropy' }, optimizer: adam(3e-4),
  },
  W5: { batch_size: 1, input: { shape: [256, 128] }, layers: [{ type: 'multihead_attention', num_heads: 8 }] },
  W6: {
    // One bias, as the libraries beside us have it: the other stays at 0.
    batch_size: 32, input: { shape: [32, 32] }, layers: [{ type: 'lstm', hidden_size: 64, output: 'last', frozen: ['bias_hh_l0'] }, linear(10)],
    loss: { type: 'cross_entropy' }, optimizer: adam(1e-3),
  },
} satisfies Record<string, ModelSpec>;

/** W7: n rows times an n × n weight. */
export const matmul = (n: number) => ({ batch_size: n, input: { shape: [n] }, layers: [{ ...linear(n), bias: false }] }) satisfies ModelSpec;
