// What the coach says at the end of each preset that the explanations offer: nothing of a run that does well, or that it may stop;
// of those that show what goes wrong, what goes wrong.
import type { RuleId } from '../../../web/coach/rules';

/** With the page's own seed. `well`: silence, or that one may stop. */
export const says: Record<string, Record<string, RuleId | 'well'>> = {
  network: {
    logistic: 'well', 'xor-linear': 'underfitting', 'xor-product': 'well', xor: 'well', 'xor-linear-activation': 'underfitting',
    spiral: 'well', digits: 'well', bumps: 'well', curve: 'well',
    'lr-small': 'slow', 'lr-right': 'well', 'too-fast': 'diverging',
    // They learn, if not as quickly as they might.
    'batch-one': 'well', 'batch-ten': 'well', 'batch-full': 'well',
    'zero-init': 'symmetric', 'deep-sigmoid': 'vanishing', 'deep-relu': 'well',
    'spiral-sgd': 'slow', 'spiral-momentum': 'well', 'spiral-adam': 'well',
    overfit: 'overfitting', 'overfit-l2': 'well', 'overfit-l1': 'overfitting', 'overfit-dropout': 'overfitting', 'overfit-data': 'well',
  },
  attention: {
    lookup: 'well', copy: 'well', reverse: 'well', 'reverse-causal': 'well', brackets: 'well',
    // What these lack shows in no signal within so few steps.
    'lookup-cold': 'well', 'reverse-without-positions': 'well', 'brackets-one-layer': 'well', 'brackets-one-head': 'well', 'copy-window': 'well',
  },
  cnn: {
    digits: 'well', 'one-pixel': 'dead', stripes: 'well', shapes: 'well', 'no-pool': 'well', shallow: 'well', clothes: 'well', texture: 'overfitting', few: 'overfitting',
  },
  vit: {
    digits: 'well', usual: 'well', coarse: 'well', 'no-positions': 'well', bag: 'well', shuffled: 'well', few: 'overfitting', clothes: 'well',
  },
  rnn: {
    waves: 'well', sine: 'well', parity: 'well', 'adding-tanh': 'well', 'adding-lstm': 'well', 'adding-gru': 'well', exploding: 'diverging', clipped: 'well',
    order: 'well', 'order-tanh': 'plateau', 'order-cut': 'plateau', brackets: 'well', sentiment: 'well', 'sentiment-korean': 'well', 'names-en': 'overfitting', 'names-ko': 'overfitting',
  },
  // They have learned what can be learned of such stories: some say that one may stop.
  'language-model': {
    gpt: 'well', 'gpt-korean': 'well', bert: 'well', 'bert-korean': 'well', characters: 'well', 'mask-heavy': 'well', 'fine-tune': 'well', 'fine-tune-korean': 'well', 'no-pretraining': 'well', 'many-labels': 'well', 'washed-away': 'well',
  },
  translation: {
    'ko-en': 'well', 'en-ko': 'well', 'without-positions': 'well', tiny: 'well', smooth: 'well', 'post-norm': 'well', 'post-norm-warm': 'well',
    few: 'memorised',
  },
  detection: {
    scenes: 'well', shapes: 'well', 'noobj-heavy': 'well', 'noobj-none': 'well', 'box-none': 'well', 'score-high': 'well', 'nms-off': 'well',
    crowded: 'well', 'crowded-fine': 'well', small: 'well', strict: 'well', lenient: 'well', 'few-scenes': 'overfitting',
  },
};
