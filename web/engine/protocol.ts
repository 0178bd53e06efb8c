// What the page and the worker say to each other. Plain data only: everything here crosses postMessage.
// Nothing in web/engine knows a lab by name; a lab is what the engine's schema says about it.
import type { RawHistory } from '../../bindings/lab';
import type { RawTensor } from '../../bindings/model';

/** A hyperparameter's value, by kind: real/integer, boolean, choice/text, choices/names, integers. */
export type ParamValue = number | boolean | string | string[] | number[];
export type Params = Record<string, ParamValue>;

export type ParamKind = 'real' | 'integer' | 'boolean' | 'choice' | 'choices' | 'integers' | 'names' | 'text';
export type ParamGroup = 'task' | 'data' | 'model' | 'training' | 'fine_tuning' | 'decoding';

/** One row of the engine's parameter table. Which optional fields are there depends on `kind`. */
export interface ParamDef {
  key: string;
  kind: ParamKind;
  default: ParamValue;
  /** real, integer: range of the value. integers: range of each entry. choices: fewest chosen. */
  min?: number;
  max?: number;
  /** 0 or absent: no grid. */
  step?: number;
  scale?: 'linear' | 'log';
  unit?: string;
  /** `live`: acts on the running training. `rebuild`: starts it again from step 0. */
  apply: 'live' | 'rebuild';
  group: ParamGroup;
  more?: boolean;
  choices?: string[];
  /** Visibility, e.g. `task=circle|xor&classes>2`; empty: always. */
  when?: string;
  min_length?: number;
  max_length?: number;
  /** names: the choice that an empty or missing entry stands for, and whose texts the entries have. */
  like?: string;
  /** names: the list that it has an entry for each of. */
  per?: string;
}

export interface LabSchema {
  params: ParamDef[];
  /** Names of the entries of `Snapshot.metrics`, e.g. `train.loss`. */
  metrics: string[];
}

export interface EngineSchema {
  version: number;
  labs: Record<string, LabSchema>;
}

/** The first value that stopped being finite. */
export interface Divergence {
  step: number;
  /** Name of the value in the model, e.g. `2.weight`. */
  value: string;
  /** What of it: activation, parameter, gradient, … */
  kind: string;
  index: number[];
  found: 'NaN' | 'Infinity' | '-Infinity';
}

export interface Status {
  state: 'ready' | 'finished' | 'diverged';
  step: number;
  epoch: number;
  steps_per_epoch: number;
  trainable: boolean;
  parameters: number;
  flops_per_step: number;
  /** Of the last batch, before its update; null where nothing is trained. Not a number: 'NaN' or 'Infinity'. */
  loss: number | string | null;
  /** Learning rate of the next step: a schedule moves it. */
  lr: number;
  divergence: Divergence | null;
  /** Step of the newest state that `act back_to_good` can return to. */
  good_step: number;
}

/** A value the engine did not accept as given, and what it took instead. */
export interface Correction {
  path: string;
  rule: string;
  value: unknown;
  used: unknown;
}

/** A copy of an engine tensor. `data` is row-major with `shape` beside it. */
export type TensorRead = RawTensor;
export type HistoryData = RawHistory;

/** Something read in every snapshot: a tensor (`read`, the default) or a JSON answer (`query`). */
export interface WatchItem {
  key: string;
  name: string;
  args?: object;
  kind?: 'read' | 'query';
}

/** The steps of a run that can be looked at, and those at which settings changed on the way. */
export interface Span {
  first: number;
  last: number;
  changes: number[];
}

/** One consistent picture of a run: everything in it belongs to the same step. */
export interface Snapshot {
  seq: number;
  /** Counts how often the run was built; views drop what they cached when it changes. */
  build: number;
  running: boolean;
  status: Status;
  /** `last` beyond `status.step`: an earlier step is looked at. */
  timeline: Span;
  metrics: Float64Array;
  history: HistoryData;
  stepsPerSecond: number;
  /** By WatchItem.key: the tensors of `read` items. */
  watched: Record<string, TensorRead>;
  /** By WatchItem.key: the answers of `query` items. */
  answers: Record<string, any>;
  /** By WatchItem.key: why an item could not be read (the others still are). */
  watchErrors: Record<string, EngineErrorData>;
}

/** What a request that may change the run answers. `info` is the lab's own `info` query. */
export interface RunState {
  params: Params;
  corrections: Correction[];
  status: Status;
  applied: 'live' | 'rebuild' | 'none';
  build: number;
  running: boolean;
  timeline: Span;
  info: any;
}

export interface StepResult {
  status: Status;
  /** Training steps really done: fewer than asked when paused, finished or diverged. */
  done: number;
}

/** An engine or transport error as it crosses the border. */
export interface EngineErrorData {
  code: string;
  path: string;
  rule: string;
  value: unknown;
  message: string;
}

/** What a run was when it was saved, and what had been recorded up to there. */
export interface SavedRun {
  bytes: Uint8Array;
  history: HistoryData | null;
}

/** op → what it takes and what it answers. */
export interface Ops {
  /** `past` false: nobody will look back, so nothing of it is kept. `saved`: it goes on from there; where that does not fit, what was there stays. */
  create: { args: { lab: string; params: Params; past?: boolean; saved?: SavedRun }; result: RunState };
  set: { args: { params: Params }; result: RunState };
  run: { args: object; result: StepResult };
  pause: { args: object; result: StepResult };
  step: { args: { n: number }; result: StepResult };
  epoch: { args: object; result: StepResult };
  reset: { args: object; result: RunState };
  /** Shows the run as it was after a step; training goes on from there and forgets what lay beyond. */
  seek: { args: { step: number }; result: RunState };
  read: { args: { name: string; args: object }; result: TensorRead };
  query: { args: { name: string; args: object }; result: any };
  act: { args: { name: string; args: object }; result: { answer: any; state: RunState } };
  save: { args: object; result: Uint8Array };
  /** States that are kept of the run, each as `save` gives it: about `most` of them, evenly along the way to the step looked at. */
  past: { args: { most: number }; result: { step: number; bytes: Uint8Array }[] };
  /** `history`: what was recorded up to there. */
  load: { args: { bytes: Uint8Array; history: HistoryData | null }; result: RunState };
  /** Data that the page has, and that no address has. Kept for what is built from now on. */
  provide: { args: { name: string; bytes: Uint8Array }; result: null };
  watch: { args: { items: WatchItem[] }; result: null };
  memory: { args: object; result: number };
}
export type Op = keyof Ops;

export interface InitMessage {
  kind: 'init';
  /** Absolute address of the site's root; `assets/<name>.bin.gz` is found under it. */
  root: string;
}
/** The compiled engine, or why there is none. Comes once, and the runner does not see it. */
export type EngineMessage = { kind: 'engine'; module: WebAssembly.Module } | { kind: 'engine'; error: EngineErrorData };
export interface RequestMessage<K extends Op = Op> {
  kind: 'request';
  id: number;
  op: K;
  args: Ops[K]['args'];
}
/** The page has drawn snapshot `seq`; the next may come. */
export interface AckMessage {
  kind: 'ack';
  seq: number;
}
/** The page no longer waits for request `id`; if it has not begun it need not. */
export interface CancelMessage {
  kind: 'cancel';
  id: number;
}
export type ToWorker = InitMessage | EngineMessage | RequestMessage | AckMessage | CancelMessage;

export interface ResultMessage {
  kind: 'result';
  id: number;
  value: unknown;
}
export interface ErrorMessage {
  kind: 'error';
  id: number;
  error: EngineErrorData;
}
export interface SnapshotMessage {
  kind: 'snapshot';
  snapshot: Snapshot;
}
/** Loading of the engine itself (`asset` = "engine") or of a packed data set. Bytes; total 0 = unknown. */
export interface ProgressMessage {
  kind: 'progress';
  asset: string;
  loaded: number;
  total: number;
  done: boolean;
}
export type FromWorker = ResultMessage | ErrorMessage | SnapshotMessage | ProgressMessage;
