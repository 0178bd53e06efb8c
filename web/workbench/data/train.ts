// Own data on the stage: handed to the worker, and trained on from step 0.
import { OWN } from '../../engine/assets';
import type { Bench } from '../bench';

/** Whether this lab has a task for data of one's own. */
export const takesOwn = (bench: Bench): boolean => bench.schema.params.some((def) => def.key === 'task' && def.choices?.includes(OWN));

export async function trainOn(bench: Bench, bytes: Uint8Array): Promise<void> {
  const { run } = bench;
  await run.client.provide(OWN, bytes);
  // The same spec over other data: only a lab that is made anew takes them in.
  const anew = run.phase !== 'ready' || run.state?.params['task'] === OWN;
  bench.set({ task: OWN });
  if (anew) await run.start(bench.lab, bench.spec.params);
  await run.run();
}
