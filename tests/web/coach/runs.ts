// For each of the coach's rules runs that it speaks of, and beside each a near twin of which it does not. Run by rules.test.ts.
import type { Params } from '../../../web/engine/protocol';
import type { RuleId } from '../../../web/coach/rules';

export interface Case {
  lab: string;
  params: Params;
  steps: number;
  /** What differs in the twin. */
  twin: Params;
}

const spiral = { task: 'spiral', hidden: [16, 16], activation: 'tanh' };
const reverse = { task: 'reverse', length: 4, d_model: 16 };

export const cases: Record<RuleId, Case[]> = {
  diverging: [
    { lab: 'network', params: { task: 'circle', hidden: [8], lr: 10 }, steps: 100, twin: { lr: 0.03 } },
    { lab: 'attention', params: { ...reverse, lr: 10 }, steps: 300, twin: { lr: 0.01 } },
  ],
  symmetric: [
    { lab: 'network', params: { task: 'xor', hidden: [10], activation: 'tanh', weight_init: 'zeros' }, steps: 600, twin: { weight_init: 'default' } },
    // The weights of a layer are alike, its biases too: in PyTorch's rule only the first are constant.
    { lab: 'network', params: { task: 'circle', hidden: [8, 8], activation: 'tanh', weight_init: 'zeros' }, steps: 600, twin: { weight_init: 'normal', std: 0.2 } },
  ],
  exploding: [
    { lab: 'network', params: { task: 'circle', hidden: [32, 32, 32, 32, 32], activation: 'relu', weight_init: 'normal', std: 1, lr: 1e-5, momentum: 0 }, steps: 60, twin: { std: 0.25 } },
  ],
  dead: [{ lab: 'network', params: { task: 'circle', hidden: [16], activation: 'relu', lr: 0.6 }, steps: 600, twin: { lr: 0.06 } }],
  saturated: [
    { lab: 'network', params: { task: 'circle', hidden: [32, 32, 32], activation: 'tanh', weight_init: 'normal', std: 10 }, steps: 600, twin: { std: 0.2 } },
    { lab: 'network', params: { task: 'circle', hidden: [32, 32, 32], activation: 'sigmoid', weight_init: 'normal', std: 10 }, steps: 600, twin: { std: 0.5 } },
  ],
  vanishing: [
    { lab: 'network', params: { task: 'circle', hidden: [8, 8, 8, 8, 8], activation: 'sigmoid', weight_init: 'xavier_uniform', lr: 0.1, momentum: 0 }, steps: 1000, twin: { activation: 'relu' } },
  ],
  regularised: [
    { lab: 'network', params: { task: 'spiral', weight_decay: 0.1 }, steps: 1000, twin: { weight_decay: 0.001 } },
    { lab: 'network', params: { task: 'spiral', l1: 0.01 }, steps: 1000, twin: { l1: 0.0005 } },
    { lab: 'network', params: { task: 'spiral', l2: 0.1 }, steps: 1000, twin: { l2: 0.005 } },
  ],
  dropout: [{ lab: 'network', params: { task: 'spiral', hidden: [32, 32], dropout: 0.9, lr: 0.003 }, steps: 1000, twin: { dropout: 0.2 } }],
  noisy: [
    { lab: 'network', params: { ...spiral, batch_size: 1 }, steps: 1000, twin: { batch_size: 16 } },
    { lab: 'attention', params: { ...reverse, lr: 0.03, batch_size: 1 }, steps: 600, twin: { batch_size: 16 } },
  ],
  oscillating: [{ lab: 'network', params: { ...spiral, lr: 0.3 }, steps: 1000, twin: { lr: 0.03 } }],
  slow: [
    { lab: 'network', params: { task: 'circle', hidden: [8], lr: 3e-5 }, steps: 1000, twin: { lr: 0.03 } },
    { lab: 'network', params: { ...spiral, lr: 0.01, momentum: 0 }, steps: 1200, twin: { momentum: 0.9 } },
  ],
  underfitting: [
    { lab: 'network', params: { task: 'xor', hidden: [], lr: 0.03, momentum: 0 }, steps: 1000, twin: { hidden: [8], momentum: 0.9, activation: 'tanh' } },
    { lab: 'network', params: { task: 'xor', hidden: [4], activation: 'linear' }, steps: 1000, twin: { activation: 'tanh' } },
  ],
  plateau: [
    { lab: 'network', params: { ...spiral, schedule: 'step', step_size: 10 }, steps: 1500, twin: { step_size: 1000 } },
    { lab: 'attention', params: { ...reverse, optimizer: 'sgd', lr: 0.01, momentum: 0 }, steps: 1000, twin: { optimizer: 'adam' } },
  ],
  overfitting: [
    { lab: 'network', params: { task: 'circle', samples: 100, train_fraction: 0.4, noise: 0.5, hidden: [64, 64], activation: 'relu', lr: 0.05 }, steps: 2000, twin: { samples: 2000 } },
  ],
  memorised: [{ lab: 'translation', params: { task: 'ko_en', sentences: 100 }, steps: 250, twin: { sentences: 2000 } }],
  wasteful: [{ lab: 'network', params: { task: 'gaussian', hidden: [4], batch_size: 256, lr: 0.01, momentum: 0 }, steps: 300, twin: { batch_size: 16 } }],
  stop: [
    { lab: 'network', params: { task: 'circle', hidden: [16] }, steps: 2000, twin: { lr: 0.0003 } },
    { lab: 'attention', params: reverse, steps: 600, twin: { lr: 0.0001 } },
  ],
};
