/** The package's module as Embind exports it (bindings/model.cpp). JSON texts are typed where they are parsed, in web/engine. */

/** Thrown by every function below: what was wrong, where, by which rule, and what was given. */
export interface PlaygradError extends Error {
  name: 'PlaygradError';
  code: string;
  path: string;
  rule: string;
  value: string;
  /** JSON: every mistake, where several were found together. */
  errors: string;
}

export interface RawTensor {
  shape: number[];
  data: Float32Array | Int32Array;
}

/** web/api wraps it; what each function does is said there. JSON texts. */
export interface RawModel {
  description(): string;
  spec(): string;
  address(): number;
  /** A view of the heap: stale (length 0) when the heap has grown. */
  input(index: number): Float32Array | Int32Array;
  value(name: string): RawTensor;
  /** What the last pass computed: a view of the whole batch, until the heap grows. */
  output(): Float32Array | Int32Array;
  gradient(name: string): RawTensor;
  parameter(name: string): RawTensor;
  setParameter(name: string, data: Float32Array): void;
  values(): string;
  divergence(): string;
  lr(): number;
  steps(): number;
  penalty(): number;
  gradientNorm(): number;
  set(path: string, value: string): void;
  reset(): void;
  /** Room for a batch that stays, with its targets or without. */
  batch(targets: boolean): RawBatch;
  save(withOptimizer: boolean): Uint8Array;
  load(bytes: Uint8Array): void;
  delete(): void;
}

export interface RawBatch {
  address(): number;
  /** As RawModel's. */
  input(index: number): Float32Array | Int32Array;
  /** Takes the first n examples of what was written to the inputs. */
  check(n: number): void;
  delete(): void;
}

export interface Playgrad {
  /** JSON: every parameter table (layers, losses, optimizers, initialisations) and the list of ops. */
  schema(): string;
  /** JSON: every mistake in a model spec, [{code, path, rule, value, message}]; [] if it compiles. `names` and `models`: what it may share from. */
  validate(spec: string, names: string[], models: RawModel[]): string;
  createModel(spec: string, names: string[], models: RawModel[]): RawModel;
  loadModel(bytes: Uint8Array, names: string[], models: RawModel[]): RawModel;
  /**
   * One pass over the batch at an address or, where that is 0, over the first n examples that were written to the model's inputs.
   * pass: 0 train, 1 forward and backward, 2 evaluate, 3 predict. Gives the loss, and NaN also where `_pg_model_state` has more to say.
   */
  _pg_model_run(address: number, pass: number, n: number, batch: number): number;
  /** How the last pass went: 0 well, 1 it could not be made (throwRunError() throws why), 2 the training has diverged. */
  _pg_model_state(address: number): number;
  /** Of the last pass, whatever became of it. */
  _pg_model_loss(address: number): number;
  throwRunError(): void;
  memoryBytes(): number;
}

/** How Emscripten's loaders open a module. */
export interface ModuleOptions {
  wasmBinary?: ArrayBuffer | Uint8Array;
  /** Makes the instance itself and hands it over. */
  instantiateWasm?: (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void) => object;
}

export default function createPlaygrad(options?: ModuleOptions): Promise<Playgrad>;
