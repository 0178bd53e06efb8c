// What the page wants of a library.
import type { Work } from '../workloads';

export interface Instance {
  /** One step on batch i: a training step, or a forward pass where nothing is trained. */
  step(i: number): void | Promise<unknown>;
  /** Many steps in one call, where the library has such a call. */
  steps?(n: number): void;
  /** Waits for all steps so far, where `step` only asks for them. */
  sync?(): Promise<unknown>;
  /** Of the last step, before its update; of a forward pass the checksum of its output. Missing where there is nothing to compare. */
  loss?(): number | Promise<number>;
  /** What a reader of the result should know. */
  note?: string;
}

export interface Engine {
  version: string;
  /** Workloads that the library cannot do, or not within reason, with the reason. */
  cannot?: Record<string, string>;
  create(work: Work): Instance | Promise<Instance>;
}
