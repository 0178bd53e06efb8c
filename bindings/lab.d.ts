/** A lab's module as Embind exports it (bindings/lab.cpp). JSON texts are typed where they are parsed, in web/engine. */
import type { ModuleOptions, RawTensor } from './model';

export interface RawHistory {
  /** "step", then the lab's metrics. */
  names: string[];
  rows: number;
  /** rows × names.length, row-major; NaN where a metric does not apply. */
  data: Float64Array;
}

export interface RawLab {
  /** JSON: complete, corrected parameters. */
  params(): string;
  /** JSON: [{code, path, rule, value, message, used}] of the last creation or `set`. */
  corrections(): string;
  /** Takes a JSON object of some parameters. JSON: {"applied": "live" | "rebuild" | "none"}. */
  set(params: string): string;
  /** Up to n training steps; returns how many were done (fewer when finished or diverged). */
  step(n: number): number;
  /** Back to step 0 with the same initial weights. */
  reset(): void;
  /** JSON: {state, step, epoch, steps_per_epoch, trainable, parameters, flops_per_step, divergence, good_step}. */
  status(): string;
  /** In the order of schema()[lab].metrics. */
  metrics(): Float64Array;
  history(): RawHistory;
  read(name: string, args: string): RawTensor;
  /** JSON in, JSON out. */
  query(name: string, args: string): string;
  act(name: string, args: string): string;
  save(): Uint8Array;
  load(bytes: Uint8Array): void;
  /** Frees the lab's memory; any later call throws. */
  delete(): void;
}

export interface LabModule {
  /** JSON: the parameter table and the metrics, by the lab's name. */
  schema(): string;
  /** Hands over a packed data set that labs ask for with the error code "needs_asset". */
  provide(asset: string, bytes: Uint8Array): void;
  createLab(lab: string, params: string): RawLab;
  memoryBytes(): number;
}

export default function createLabModule(options?: ModuleOptions): Promise<LabModule>;
