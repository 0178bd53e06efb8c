// Own data on the stage: handed to the worker, and trained on from step 0.
import { OWN } from '../../engine/assets';
import type { LabSchema, Params } from '../../engine/protocol';
import type { Bench } from '../bench';

/** The row by which a lab takes data of one's own; undefined: it takes none. */
const ownRow = (schema: LabSchema): string | undefined => schema.params.find((def) => def.kind === 'choice' && def.choices?.includes(OWN))?.key;
export const takesOwn = (bench: Bench): boolean => ownRow(bench.schema) !== undefined;
/** Whether these parameters are about data of one's own. */
export const isOwn = (schema: LabSchema, params: Params | undefined): boolean => {
  const row = ownRow(schema);
  return row !== undefined && params?.[row] === OWN;
};

export async function trainOn(bench: Bench, bytes: Uint8Array): Promise<void> {
  const { run } = bench;
  await run.client.provide(OWN, bytes);
  // The same spec over other data, be it that those before were refused: only a lab that is made anew takes them in.
  const anew = run.phase !== 'ready' || isOwn(bench.schema, bench.spec.params);
  bench.set({ [ownRow(bench.schema)!]: OWN });
  if (anew) await run.start(bench.lab, bench.spec.params);
  await run.run();
}
