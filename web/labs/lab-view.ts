// What a lab's own view tells the shell, and what the shell gives it. One folder under web/labs/ a lab.
import type { TemplateResult } from 'lit';
import type { EngineClient } from '../engine/engine-client';
import type { Params, ParamValue, Snapshot, WatchItem } from '../engine/protocol';

export type { EngineClient, Params, ParamValue, Snapshot, WatchItem };
export type { TensorRead, Status, RunState } from '../engine/protocol';

export type Lang = 'ko' | 'en';

/** One number of the engine: entry `index` of value `value`. */
export interface ValueRef {
  value: string;
  index: number[];
}

/**
 * What the inspector should open. `args` is the point of view that stays while one steps from number to
 * number (for example the example whose activations are looked at: `{split, index}` or `{x}`).
 */
export interface InspectRef extends ValueRef {
  args?: object;
  /** Name of the engine's query; absent: LabView.explainQuery decides, else `explain`. */
  query?: string;
}

/** Where the inspector's card goes: an element, or a rectangle in client (viewport) pixels. */
export type InspectAnchor = Element | { x: number; y: number; width: number; height: number };

/** A new object on every change, so `ctx` can be compared by identity. */
export interface LabContext {
  lab: string;
  lang: Lang;
  /** Complete, corrected parameters. */
  params: Params;
  /** The lab's `info` query; refreshed after every rebuild and act. */
  info: any;
  client: EngineClient;
  /** Null until the first snapshot. Read `snapshot.watched[key]` (tensors) and `snapshot.answers[key]`. */
  snapshot: Snapshot | null;
  /** Training goes on (the run button is down). */
  running: boolean;
  /** View state the lab keeps for itself (which head, which neuron…): see `setView`. Never changes training. */
  view: Record<string, unknown>;
  /** Whether a part (LabView.parts) is shown; another function when that changes. */
  shows(part: string): boolean;
  /** Text of the lab: `labs.<lab>.<key>` in its own file, else the shared `<key>`. */
  t(key: string, vars?: Record<string, string | number>): string;
  /** A number for the screen: at most 3 significant digits, in the reader's language. */
  num(value: number): string;
  /** Opens the inspector at `anchor`. `pin` false (hover): it closes again with `inspect(null)`. */
  inspect(ref: InspectRef | null, anchor?: InspectAnchor, options?: { pin?: boolean }): void;
  /** Changes parameters (undoable, in the URL). */
  set(params: Record<string, ParamValue>): void;
  /** Merges into `view`; the next ctx carries it and `watch(ctx)` is asked again. */
  setView(change: Record<string, unknown>): void;
  /** The engine's `act`; refreshes `info` and the snapshot. */
  act(name: string, args?: object): Promise<any>;
}

/** The elements named here get a property `ctx: LabContext` and draw from it. */
export interface LabView {
  /** Tag of the element for the middle of the stage. */
  model: string;
  /** Tag of the element for what stands under the curves in the right column. */
  results: string;
  /** What must be in each snapshot. Asked again whenever params, info or view change; keep it cheap. */
  watch(ctx: LabContext): WatchItem[];
  /** Imports and defines the two elements. */
  load?(): Promise<void>;
  /** Which charts stand at the top of the right column; absent: every metric by its last part (loss, accuracy). */
  curves?(ctx: LabContext): CurveSpec[];
  /** How a reference becomes an engine query; absent: `explain` with `{...args, value, index}`. */
  explainQuery?(ref: InspectRef, ctx: LabContext): { name: string; args: object };
  /** What a number is called ("hidden layer 1, neuron 3"); absent or '': the engine's own name and index. */
  describe?(ref: ValueRef, ctx: LabContext): string;
  /** Parameters that the view shows itself; the controls leave them out. */
  ownParams?: string[];
  /** Names of the parts that can be shown alone, by column; they are named by `parts.<name>` and honour `ctx.shows`. */
  parts?: { model: string[]; results: string[] };
  /** Name of the preset with which the page opens when its address says nothing; '' opens with the defaults. */
  opening?(lang: Lang): string;
  /**
   * What of `view` is worth going back to: a link or a file of somebody else's may carry it, so nothing in it can be trusted.
   * Absent: nothing.
   */
  keep?(view: Record<string, unknown>): Record<string, unknown>;
  /** What of `view` has to change for a part to be on the stage that is not always there; null: nothing. */
  reveal?(part: string): Record<string, unknown> | null;
  /** What of one's own the lab takes is a text, not examples. */
  ownText?: boolean;
  /** Small pictures for the choices of a parameter, e.g. {task: {circle: svg`…`}}. */
  pictures?: Record<string, Record<string, TemplateResult>>;
}

export interface CurveSpec {
  /** Text key of the title: `curves.<key>`. */
  key: string;
  /** Metrics of the schema drawn in it, e.g. ["train.loss", "test.loss"]. */
  metrics: string[];
  /** Range of y when it is fixed, e.g. [0, 1]. */
  range?: [number, number];
  log?: boolean;
}
