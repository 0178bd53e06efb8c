import type { Playgrad, RawBatch, RawModel } from '#playgrad';
import { PlaygradError, refuse } from './errors';
import type { ModelSpec } from '#model-spec';

/** Numbers with a shape, row-major. The data are a copy: yours to keep. */
export interface Tensor<T extends Float32Array | Int32Array = Float32Array> {
  shape: number[];
  data: T;
}

/** Values as a Float32Array, ids (tokens, classes) as an Int32Array: a whole number of examples one after the other, at most `batch_size`. */
export type Data = Float32Array | Int32Array;
/** Of a model with one input, its data; of one with several, their data by name. */
export type Inputs = Data | Record<string, Data>;
/** One batch: inputs, and targets by the losses' names where there are several. */
export interface Batch {
  x: Inputs;
  y?: Inputs;
}

export interface Shaped {
  /** As in the state_dict of the same torch.nn.Sequential: "0.weight", "2.weight_ih_l0". */
  name: string;
  shape: number[];
}

/** The first number that stopped being finite. It ends the training; all stays readable. */
export interface Divergence {
  /** Number of the step in which it happened, from 1. */
  step: number;
  /** Name of the value. */
  value: string;
  kind: 'activation' | 'gradient' | 'parameter';
  index: number[];
  found: 'NaN' | 'Infinity' | '-Infinity';
}

export interface StepResult {
  /** Mean (or sum, by the loss's `reduction`) over the batch, before the update; without the penalties of `regularization`. */
  loss: number;
  /** Only where the training has diverged: nothing was updated. `reset`, `load` and `setParameter` let it go on. */
  diverged?: Divergence;
}

interface Input {
  name: string;
  target: boolean;
  ids: boolean;
  /** Of one example. */
  shape: number[];
}

interface Description {
  batch_size: number;
  inputs: Input[];
  /** Of one example, where it has a dimension for them. */
  output: { batched: boolean; shape: number[] };
  losses: string[];
  parameters: Shaped[];
  buffers: Shaped[];
  bytes: number;
  flops_forward: number;
}

const enum Pass {
  train,
  forwardBackward,
  evaluate,
  predict,
}

/** How a pass went, as the engine numbers it. */
const enum State {
  well,
  failed,
  diverged,
}

/** One input or target: where its numbers go. */
class Slot {
  readonly size: number;
  private view: Data | null = null;

  constructor(
    private readonly raw: RawModel,
    private readonly index: number,
    readonly input: Input,
    readonly path: string,
  ) {
    this.size = input.shape.reduce((product, d) => product * d, 1);
  }

  /** Copies the examples in, or to `batch`; gives their number. */
  write(data: unknown, batch?: RawBatch): number {
    const { ids } = this.input;
    if (!(ids ? data instanceof Int32Array : data instanceof Float32Array)) refuse('wrong_type', this.path, ids ? 'an Int32Array of ids' : 'a Float32Array', data);
    if (!this.view || this.view.length === 0) this.view = this.raw.input(this.index);  // length 0: the heap has grown
    const { length } = data as Data;
    const n = length / this.size;
    if (length === 0 || !Number.isInteger(n) || length > this.view.length) {
      refuse('bad_shape', this.path, `1 to ${this.view.length / this.size} whole examples of shape [${this.input.shape.join(', ')}] (${this.size} numbers each)`, data);
    }
    (batch ? batch.input(this.index) : this.view).set(data as Data);
    return n;
  }
}

/**
 * Examples that stay in the engine, from `model.batch`: whatever takes `{ x, y }` takes them in its place, and neither copies them
 * across nor checks them again. Holds memory until its `dispose()` or the model's.
 */
export class ResidentBatch {
  /** @internal Where the engine finds it; 0 after dispose(). */
  address: number;

  /** @internal */
  constructor(
    private readonly raw: RawBatch,
    /** @internal */
    readonly owner: Set<ResidentBatch>,
    /** How many there are. */
    readonly examples: number,
  ) {
    this.address = raw.address();
    owner.add(this);
  }

  /**
   * Frees the memory.
   * @example
   * const resident = model.batch(batch);
   * resident.dispose();
   */
  dispose(): void {
    if (!this.owner.delete(this)) return;
    this.address = 0;
    this.raw.delete();
  }
}

/**
 * A network that trains, predicts and can be looked into. Made by `engine.createModel` and `engine.loadModel`; holds memory
 * until `dispose()`. Every method throws `PlaygradError`; after `dispose()` each throws the code "disposed".
 */
export class Model {
  private raw: RawModel | null;
  private readonly about: Description;
  private readonly x: Slot[] = [];
  private readonly y: Slot[] = [];
  private readonly address: number;

  /** @internal */
  constructor(
    private readonly engine: Playgrad,
    raw: RawModel,
  ) {
    this.raw = raw;
    this.address = raw.address();
    this.about = JSON.parse(raw.description()) as Description;
    const several = { x: this.about.inputs.filter((i) => !i.target).length > 1, y: this.about.losses.length > 1 };
    this.about.inputs.forEach((input, index) => {
      const of = input.target ? 'y' : 'x';
      this[of].push(new Slot(raw, index, input, several[of] ? `${of}.${input.name}` : of));
    });
    this.severalTargets = several.y;
  }
  private readonly severalTargets: boolean;
  private readonly batches = new Set<ResidentBatch>();
  private state = State.well;
  /** Of the last pass. */
  private examples = 0;
  private output: Data | null = null;

  private get open(): RawModel {
    if (!this.raw) refuse('disposed', 'model', 'used before dispose()', 'a disposed model');
    return this.raw;
  }

  private call<T>(body: (raw: RawModel) => T): T {
    const raw = this.open;
    try {
      return body(raw);
    } catch (error) {
      throw PlaygradError.from(error);
    }
  }

  /** Writes x, or y, to where the engine reads it; gives the number of examples. */
  private write(slots: Slot[], data: unknown, path: 'x' | 'y', several: boolean, batch?: RawBatch): number {
    if (!several && slots.length === 1) return slots[0]!.write(data, batch);
    if (slots.length === 0) return -1;
    if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) {
      refuse('wrong_type', path, `an object with ${slots.map((s) => `"${s.input.name}"`).join(', ')}`, data);
    }
    const given = data as Record<string, unknown>;
    for (const name of Object.keys(given)) if (!slots.some((s) => s.input.name === name)) refuse('unknown_key', `${path}.${name}`, `one of ${slots.map((s) => s.input.name).join('|')}`, given[name]);
    let n = -1;
    for (const slot of slots) {
      const m = slot.write(given[slot.input.name], batch);
      if (n >= 0 && m !== n) refuse('bad_shape', slot.path, `${n} examples, as many as the others`, m);
      n = m;
    }
    return n;
  }

  /** Writes x, and with `targets` y, to the model or into `to`; gives the number of examples. */
  private writeBoth(batch: Batch, targets: boolean, to?: RawBatch): number {
    if (typeof batch !== 'object' || batch === null) refuse('wrong_type', 'batch', 'an object with x and y, or what model.batch gives', batch);
    const n = this.write(this.x, batch.x, 'x', this.x.length > 1, to);
    const m = targets ? this.write(this.y, batch.y, 'y', this.severalTargets, to) : -1;
    if (m >= 0 && m !== n) refuse('bad_shape', 'y', `${n} examples, as many as x`, m);
    return n;
  }

  private run(pass: Pass, batch: Batch | ResidentBatch): number {
    if (!this.raw) refuse('disposed', 'model', 'used before dispose()', 'a disposed model');
    let n: number, address = 0;
    if (batch instanceof ResidentBatch) {
      ({ address, examples: n } = batch);
      if (address === 0) refuse('disposed', 'batch', 'used before dispose()', 'a disposed batch');
      if (batch.owner !== this.batches) refuse('other_model', 'batch', 'one that this model made', 'the batch of another model');
    } else {
      n = this.writeBoth(batch, pass !== Pass.predict);
    }
    this.state = State.well;
    this.examples = n;
    const loss = this.engine._pg_model_run(this.address, pass, n, address);
    return Number.isNaN(loss) ? this.ask() : loss;
  }

  /** What a pass that gave no loss has to say. */
  private ask(): number {
    this.state = this.engine._pg_model_state(this.address);
    if (this.state === State.failed) this.call(() => this.engine.throwRunError());
    return this.engine._pg_model_loss(this.address);
  }

  /**
   * Examples that stay in the engine, for a loop that goes over the same data again and again: written and checked once. `y` may be
   * left out where they are only predicted on.
   * @example
   * const resident = model.batch(batch);
   * for (let i = 0; i < 100; i++) model.trainStep(resident);
   * console.assert(resident.examples === 4);
   * resident.dispose();
   */
  batch(batch: Batch): ResidentBatch {
    return this.call((raw) => {
      const targets = batch?.y !== undefined, made = raw.batch(targets);
      try {
        const n = this.writeBoth(batch, targets, made);
        made.check(n);
        return new ResidentBatch(made, this.batches, n);
      } catch (error) {
        made.delete();
        throw error;
      }
    });
  }

  /**
   * One optimizer step on one batch: forward in training mode, backward, penalties, clipping, update.
   * @example
   * const model = engine.createModel({ input: { shape: [2] }, layers: [{ type: 'linear', out_features: 1 }], loss: { type: 'mse' } });
   * const { loss } = model.trainStep({ x: new Float32Array([0, 1, 1, 0]), y: new Float32Array([1, -1]) });
   */
  trainStep(batch: Batch | ResidentBatch): StepResult {
    const loss = this.run(Pass.train, batch);
    return this.state === State.diverged ? { loss, diverged: JSON.parse(this.open.divergence()) as Divergence } : { loss };
  }

  /**
   * The loss and all gradients (`getGradient`) of one batch in training mode; nothing is updated. Penalties are not in them.
   * @example
   * const { loss } = model.forwardBackward(batch);
   * const { shape, data } = model.getGradient('0.weight');
   */
  forwardBackward(batch: Batch | ResidentBatch): { loss: number } {
    return { loss: this.run(Pass.forwardBackward, batch) };
  }

  /**
   * The loss of one batch in evaluation mode, and its parts by name where the spec lists several.
   * @example
   * const { loss } = model.evaluate(batch);
   */
  evaluate(batch: Batch | ResidentBatch): { loss: number; losses: Record<string, number> } {
    const loss = this.run(Pass.evaluate, batch);
    return { loss, losses: Object.fromEntries(this.about.losses.map((name) => [name, this.open.value(name).data[0] as number])) };
  }

  /**
   * The model's output for x, in evaluation mode: `[examples, …]`. With `out` it is written there and `data` is that array: a loop that
   * predicts often makes no new one each time. Other values of the pass: `getValue`.
   * @example
   * const { shape, data } = model.predict(batch.x);
   * console.assert(data.length === shape.reduce((a, b) => a * b));
   * console.assert(model.predict(batch.x, { out: data }).data === data);
   */
  predict(x: Inputs | ResidentBatch, { out }: { out?: Float32Array } = {}): Tensor {
    this.run(Pass.predict, x instanceof ResidentBatch ? x : { x });
    const { batched, shape } = this.about.output, dims = batched ? [this.examples, ...shape] : [...shape];
    if (!this.output || this.output.length === 0) this.output = this.open.output();  // length 0: the heap has grown
    const numbers = batched && this.examples < this.about.batch_size ? this.output.subarray(0, dims.reduce((product, d) => product * d, 1)) : this.output;
    if (!out) return { shape: dims, data: numbers.slice() as Float32Array };
    if (out.constructor !== numbers.constructor || out.length !== numbers.length) refuse('bad_shape', 'out', `a ${numbers.constructor.name} of ${numbers.length} numbers`, out);
    out.set(numbers);
    return { shape: dims, data: out };
  }

  /**
   * What training changes, in the order of the spec.
   * @example
   * console.assert(model.parameters()[0].name === '0.weight');
   */
  parameters(): Shaped[] {
    void this.open;
    return structuredClone(this.about.parameters);
  }

  /**
   * What belongs to the state_dict without being trained: running statistics.
   * @example
   * const norm = engine.createModel({ input: { shape: [3] }, layers: [{ type: 'batch_norm1d' }] });
   * console.assert(norm.buffers()[0].name === '0.running_mean');
   * norm.dispose();
   */
  buffers(): Shaped[] {
    void this.open;
    return structuredClone(this.about.buffers);
  }

  /**
   * A parameter or buffer by its name.
   * @example
   * const { shape, data } = model.getParameter('0.weight');
   */
  getParameter(name: string): Tensor {
    return this.call((raw) => raw.parameter(String(name)) as Tensor);
  }

  /**
   * Writes a parameter or buffer: as many finite numbers as it has.
   * @example
   * model.setParameter('0.bias', new Float32Array(8));
   */
  setParameter(name: string, data: Float32Array | Tensor): void {
    const numbers = data instanceof Float32Array ? data : data?.data;
    if (!(numbers instanceof Float32Array)) refuse('wrong_type', String(name), 'a Float32Array, or what getParameter gives', data);
    this.call((raw) => raw.setParameter(String(name), numbers));
  }

  /**
   * The gradient of a parameter, or of any value on the way, from the last `forwardBackward` or `trainStep` (there with penalties, after clipping).
   * @example
   * model.forwardBackward(batch);
   * model.getGradient('0.bias').data;
   */
  getGradient(name: string): Tensor {
    return this.call((raw) => raw.gradient(String(name)) as Tensor);
  }

  /**
   * Every named value: inputs, parameters, buffers and all intermediates, with their shapes in the last pass.
   * @example
   * model.predict(batch.x);
   * for (const { name, shape, kind } of model.values()) console.log(name, shape, kind);
   */
  values(): (Shaped & { kind: 'input' | 'parameter' | 'buffer' | 'activation' })[] {
    return this.call((raw) => JSON.parse(raw.values()));
  }

  /**
   * A value of the last pass by name ("1", "attn.heads.weights").
   * @example
   * model.predict(batch.x);
   * const hidden = model.getValue('1').data;
   */
  getValue(name: string): Tensor<Float32Array | Int32Array> {
    return this.call((raw) => raw.value(String(name)));
  }

  /**
   * Sets a hyperparameter of the running model: "optimizer.lr", "optimizer" (with another type its state starts anew), "schedule",
   * "regularization.l2", "gradient_clipping.max_norm", "layers[2].p", "loss[0].loss_weight". What needs another model (sizes, seed,
   * initialisation) throws the code "needs_rebuild".
   * @example
   * model.set('optimizer.lr', 0.01);
   * model.set('optimizer', { type: 'adam', lr: 0.001 });
   */
  set(path: string, value: unknown): void {
    if (typeof path !== 'string') refuse('wrong_type', 'path', 'a text such as "optimizer.lr"', path);
    if (typeof value === 'number' && !Number.isFinite(value)) refuse('not_finite', path, 'a finite number', value);
    const json = JSON.stringify(value);
    if (json === undefined) refuse('wrong_type', path, 'a value that JSON has', value);
    this.call((raw) => raw.set(path, json));
  }

  /**
   * The spec as it is now, with what `set` changed.
   * @example
   * model.set('optimizer.lr', 0.2);
   * console.assert(model.spec.optimizer.lr === 0.2);
   */
  get spec(): ModelSpec {
    return JSON.parse(this.open.spec()) as ModelSpec;
  }

  /**
   * Examples a batch has at most.
   * @example
   * console.assert(model.batchSize === 4);
   */
  get batchSize(): number {
    void this.open;
    return this.about.batch_size;
  }

  /**
   * Optimizer steps done.
   * @example
   * model.trainStep(batch);
   * console.assert(model.step >= 1);
   */
  get step(): number {
    return this.open.steps();
  }

  /**
   * Learning rate of the next step, by the schedule.
   * @example
   * console.assert(model.lr > 0);
   */
  get lr(): number {
    return this.open.lr();
  }

  /**
   * l1·Σ|w| + l2/2·Σw² at the last step.
   * @example
   * model.set('regularization.l2', 0.1);
   * model.trainStep(batch);
   * console.assert(model.penalty > 0);
   */
  get penalty(): number {
    return this.open.penalty();
  }

  /**
   * Norm of all gradients before clipping, at the last step; 0 where `max_norm` is off.
   * @example
   * model.set('gradient_clipping.max_norm', 1);
   * model.trainStep(batch);
   * console.assert(model.gradientNorm > 0);
   */
  get gradientNorm(): number {
    return this.open.gradientNorm();
  }

  /**
   * Bytes of its memory, and multiply-adds (counted as two) of a forward pass over a whole batch.
   * @example
   * console.assert(model.cost.bytes > 0 && model.cost.flops > 0);
   */
  get cost(): { bytes: number; flops: number } {
    void this.open;
    return { bytes: this.about.bytes, flops: this.about.flops_forward };
  }

  /**
   * The same initial parameters again, step 0.
   * @example
   * model.reset();
   * console.assert(model.step === 0);
   */
  reset(): void {
    this.open.reset();
  }

  /**
   * A safetensors file: parameters and buffers named as in PyTorch, the spec in its metadata. With `optimizer` the optimizer's state
   * is in it too (as the tensor "optimizer.state"), and training goes on with the same bits.
   * @example
   * const file = model.save({ optimizer: true });
   * const again = engine.loadModel(file);
   * again.dispose();
   */
  save(options: { optimizer?: boolean } = {}): Uint8Array {
    return this.call((raw) => raw.save(options.optimizer === true));
  }

  /**
   * Takes the parameters and buffers of a safetensors file that has exactly this model's. On an error nothing is taken.
   * @example
   * const file = model.save();
   * model.load(file);
   */
  load(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array)) refuse('wrong_type', 'file', 'a Uint8Array', bytes);
    this.call((raw) => raw.load(bytes));
  }

  /**
   * Frees the memory. Parameters that another model shares live on there.
   * @example
   * const small = engine.createModel({ input: { shape: [2] }, layers: [{ type: 'relu' }] });
   * small.dispose();
   */
  dispose(): void {
    for (const batch of this.batches) batch.dispose();
    this.raw?.delete();
    this.raw = null;
  }

  /** @internal */
  get handle(): RawModel {
    return this.open;
  }
}
