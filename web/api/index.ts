/**
 * Playgrad's engine: describe a network in a spec, train it, look into it, save it. Runs in pages, in workers and in Node ≥ 20;
 * one thread, no server, the same bits everywhere.
 *
 * @example
 * import { loadEngine } from 'playgrad';
 * const engine = await loadEngine();
 * const model = engine.createModel({
 *   seed: 1, batch_size: 4, input: { shape: [2] },
 *   layers: [{ type: 'linear', out_features: 8 }, { type: 'tanh' }, { type: 'linear', out_features: 1 }],
 *   loss: { type: 'bce_with_logits' }, optimizer: { type: 'adam', lr: 0.05 },
 * });
 * const xor = { x: new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]), y: new Float32Array([0, 1, 1, 0]) };
 * for (let i = 0; i < 300; i++) model.trainStep(xor);
 * console.log(model.evaluate(xor).loss, model.predict(xor.x).data);
 * model.dispose();
 */
import createPlaygrad, { type Playgrad } from '#playgrad';
import type { ModelSpec } from '#model-spec';
import { PlaygradError, refuse, type Issue } from './errors';
import { Model } from './model';
import { openModule } from './module';

export { PlaygradError, type Issue } from './errors';
export { Model, ResidentBatch, type Batch, type Data, type Divergence, type Inputs, type Shaped, type StepResult, type Tensor } from './model';
export type * from '#model-spec';

export interface LoadOptions {
  /** The bytes of playgrad.wasm, where they are at hand. */
  wasmBinary?: ArrayBuffer | Uint8Array;
  /** Where playgrad.wasm is; beside this module if left out. */
  wasmUrl?: string | URL;
}

/** Other models whose parameters a spec may use: `"share": "d/0"` is layer "0" of the model given here as `d`. */
export interface ModelOptions {
  models?: Record<string, Model>;
}

export interface Validation {
  ok: boolean;
  /** All mistakes at once; a mistake is not blamed on what follows from it. */
  errors: Issue[];
}

/** What a spec is made of: every layer, loss, optimizer, schedule and initialisation with its parameter rows. */
export type Schema = Record<string, unknown>;

export class Engine {
  /** @internal */
  constructor(private readonly module: Playgrad) {}

  /**
   * Checks a spec without making anything.
   * @example
   * engine.validate({ input: { shape: [2] }, layers: [{ type: 'linear', out_features: 0 }] }).errors[0].path; // "layers[0].out_features"
   */
  validate(spec: ModelSpec, options: ModelOptions = {}): Validation {
    const [names, models] = others(options);
    const errors = guard(() => JSON.parse(this.module.validate(text(spec), names, models)) as Issue[]);
    return { ok: errors.length === 0, errors };
  }

  /**
   * Makes a model. Throws the first mistake; `errors` on it has them all.
   * @example
   * const model = engine.createModel({ input: { shape: [2] }, layers: [{ type: 'linear', out_features: 1 }], loss: { type: 'mse' } });
   * model.dispose();
   */
  createModel(spec: ModelSpec, options: ModelOptions = {}): Model {
    const [names, models] = others(options);
    return new Model(this.module, guard(() => this.module.createModel(text(spec), names, models)));
  }

  /**
   * A model from a file of `model.save()`. Throws "bad_file" or "other_model" with the reason.
   * @example
   * const copy = engine.loadModel(model.save());
   * copy.dispose();
   */
  loadModel(bytes: Uint8Array, options: ModelOptions = {}): Model {
    if (!(bytes instanceof Uint8Array)) refuse('wrong_type', 'file', 'a Uint8Array', bytes);
    const [names, models] = others(options);
    return new Model(this.module, guard(() => this.module.loadModel(bytes, names, models)));
  }

  /**
   * What a spec may hold, as data: the tables from which the types are made.
   * @example
   * console.assert(engine.schema().layers.linear.some((row) => row.key === 'out_features'));
   */
  schema(): Schema {
    return guard(() => JSON.parse(this.module.schema()) as Schema);
  }

  /**
   * Bytes of the engine's heap. It grows with the models in use and is used again when they are disposed.
   * @example
   * console.assert(engine.memoryBytes > 0);
   */
  get memoryBytes(): number {
    return this.module.memoryBytes();
  }
}

function guard<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw PlaygradError.from(error);
  }
}

/** JSON has no NaN: it would become null, and the message would name that. */
function text(spec: unknown): string {
  try {
    const json = JSON.stringify(spec, (key, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) refuse('not_finite', key || 'spec', 'a finite number', value);
      return value;
    });
    if (json === undefined) refuse('wrong_type', 'spec', 'an object', spec);
    return json;
  } catch (error) {
    if (error instanceof PlaygradError) throw error;
    return refuse('wrong_type', 'spec', 'plain data, as JSON has it', String(error));
  }
}

function others({ models = {} }: ModelOptions): [string[], ReturnType<typeof handle>[]] {
  const names = Object.keys(models);
  return [names, names.map((name) => handle(models[name], name))];
}

function handle(model: unknown, name: string) {
  if (!(model instanceof Model)) refuse('wrong_type', `models.${name}`, 'a Model', model);
  return model.handle;
}

/**
   * Loads the engine: 0.2 MB, once.
 * @example
 * import { loadEngine } from 'playgrad';
 * const engine = await loadEngine();
 */
export async function loadEngine({ wasmBinary, wasmUrl }: LoadOptions = {}): Promise<Engine> {
  // String: our own bundler must not look for it here; the npm package is written without (.tools/npm.mjs).
  const beside = () => new URL('./playgrad.wasm', String(import.meta.url));
  return new Engine(await openModule(createPlaygrad, wasmBinary ?? (wasmUrl === undefined ? beside() : new URL(wasmUrl, import.meta.url))));
}
