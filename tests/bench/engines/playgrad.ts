// Playgrad as others use it: the built package, through its public API.
import type { Engine as Playgrad } from '../../../web/api/index';
import { checksum, type Work } from '../workloads';
import type { Engine, Instance } from './engine';

export function create(playgrad: Playgrad, { spec, weights, batches }: Work): Instance {
  const model = playgrad.createModel(spec);
  for (const [name, { data }] of Object.entries(weights)) model.setParameter(name, data);
  const resident = batches.map((batch) => model.batch(batch));
  if (!spec.loss) {
    const out = model.predict(resident[0]!).data;
    return { step: () => void model.predict(resident[0]!, { out }), loss: () => checksum(out) };
  }
  let loss = NaN;
  return { step: (i) => void ({ loss } = model.trainStep(resident[i]!)), loss: () => loss };
}

export async function load(): Promise<Engine> {
  const address = new URL('playgrad/index.js', document.baseURI).href;
  const { loadEngine } = (await import(/* @vite-ignore */ address)) as typeof import('../../../web/api/index');
  const playgrad = await loadEngine();
  return { version: '', create: (work) => create(playgrad, work) };
}
