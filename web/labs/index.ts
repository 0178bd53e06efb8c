// The registry of labs: one line a lab. Everything else about a lab is in its folder and in the engine's schema.
import type { LabView } from './lab-view';

export const labs: Record<string, () => Promise<{ default: LabView }>> = {
  network: () => import('./network/view'),
  attention: () => import('./attention/view'),
  translation: () => import('./translation/view'),
  'language-model': () => import('./language-model/view'),
  cnn: () => import('./cnn/view'),
  vit: () => import('./vit/view'),
  rnn: () => import('./rnn/view'),
  detection: () => import('./detection/view'),
};
