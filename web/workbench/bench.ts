// What the tools around a lab get: the lab's stores and words. One for a <pg-lab>, made once its run stands. A tool knows no
// lab by name; what it needs of one it finds in the schema, the engine's answers and the lab's view.
import type { EngineClient } from '../engine/engine-client';
import type { LabSchema, Params, ParamValue, RunState as State, SavedRun } from '../engine/protocol';
import type { LabContext, LabView, Lang } from '../labs/lab-view';
import type { ComparedRuns } from './compared';
import type { RunStore } from '../site/state/run';
import type { SpecStore } from '../site/state/spec';
import type { ViewStore } from '../site/state/view';

export interface Bench {
  readonly lab: string;
  readonly lang: Lang;
  readonly schema: LabSchema;
  readonly view: LabView;
  readonly spec: SpecStore;
  readonly run: RunStore;
  /** What is folded out and looked at. */
  readonly look: ViewStore;
  /** What the lab's own elements draw from; null until the first snapshot. */
  readonly context: LabContext | null;
  /** Runs beside the one on the stage. */
  readonly runs: ComparedRuns;
  /** Another worker with the same engine, for whoever computes beside the run. Dispose it. */
  newClient(): EngineClient;
  /** Trains the present experiment and the same with this change beside each other, and shows them. */
  compare(change: Params): void;
  /** Changes parameters: undoable, in the address, sent to the engine. */
  set(params: Record<string, ParamValue>): void;
  /** Brings the stage to these parameters (what is not named goes to its default) and trains from step 0. */
  adopt(params: Params): Promise<void>;
  /** Brings the stage to a saved run. Throws, and the stage stays as it is, where the engine cannot take it. */
  restore(params: Params, saved: SavedRun): Promise<State>;
  /** Text of the lab: `labs.<lab>.<key>`, else `<key>`. */
  text(key: string, vars?: Record<string, string | number>): string;
  paramLabel(key: string): string;
  /** A value as a reader reads it: a choice's name, a number in the language's way. */
  paramText(key: string, value: ParamValue): string;
  /** Loads the texts beside a module that came later: `workbench/runs`, `coach`. */
  loadTexts(part: string): Promise<void>;
  /** Unfolds the drawer at that tool; `arg` is the tool's own. */
  open(tool: ToolId, arg?: string): void;
  /** Calls back after every change of a store and every snapshot; the answer ends it. */
  onChange(listener: () => void): () => void;
}

/** What a tool's element has. `tick` counts changes, so that the element draws again with them. */
export interface ToolElement extends HTMLElement {
  bench: Bench;
  tick: number;
  /** What `open` was given, at each call. */
  arg: string;
}

export type ToolId = 'runs' | 'range' | 'inspect' | 'landscape' | 'data' | 'share';
