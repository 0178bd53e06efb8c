// What a host and an embedded lab say to each other: methods of the element, and the same over postMessage. Version 1; a
// field may be added, none changes its meaning. README.md is for authors.
import type { Correction, ParamValue, Params } from '../engine/protocol';

export type { Correction, Params, ParamValue };
export const VERSION = 1;

/** Where an experiment is. Names of labs, presets and hyperparameters are public and stay. */
export interface LabState {
  playgrad: typeof VERSION;
  lab: string;
  /** All hyperparameters. */
  params: Params;
  step: number;
  running: boolean;
  /** The weights and all that goes with them, when asked for: what `step` alone does not give once settings changed on the way. */
  checkpoint?: Uint8Array;
}

/** By split; the names are the lab's: loss, accuracy … null: not measured here. */
export interface Metrics {
  step: number;
  epoch: number;
  train: Record<string, number | null>;
  test: Record<string, number | null>;
}

export interface SetResult {
  /** What holds now: a value out of range was corrected. */
  params: Params;
  corrections: Correction[];
  step: number;
}
export interface Position {
  step: number;
  running: boolean;
}
export type Probe = { read: string; args?: object } | { query: string; args?: object };

/** Every method: what it takes and what it answers. */
export interface Methods {
  getState: { args: { checkpoint?: boolean }; result: LabState };
  setState: { args: { state: LabState }; result: LabState };
  set: { args: { params: Params }; result: SetResult };
  run: { args: Record<string, never>; result: Position };
  pause: { args: Record<string, never>; result: Position };
  step: { args: { n?: number }; result: Position };
  reset: { args: Record<string, never>; result: Position };
  /** Subscribes (`every` ms between two events, at least 50) or, with 0, ends it; answers the newest values. */
  metrics: { args: { every?: number }; result: Metrics };
  /** A tensor ({shape, data}) or an answer of the engine, by its name. */
  probe: { args: Probe; result: unknown };
  screenshot: { args: { type?: 'png' | 'svg' }; result: Blob };
}
export type Method = keyof Methods;

export interface LabEvents {
  ready: { lab: string; presets: string[] };
  metrics: Metrics;
  diverged: { step: number; value: string; found: string };
  error: { code: string; message: string };
  height: { height: number };
}
export type LabEvent = keyof LabEvents;

/** To the frame. `id` comes back with the answer. */
export interface Request<M extends Method = Method> {
  playgrad: typeof VERSION;
  id: number | string;
  method: M;
  args?: Methods[M]['args'];
}
/** From the frame. */
export type Answer = { playgrad: typeof VERSION; id: number | string | null } & ({ result: unknown } | { error: LabEvents['error'] });
export type Notice = { [E in LabEvent]: { playgrad: typeof VERSION; event: E; detail: LabEvents[E] } }[LabEvent];

export class LabError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'LabError';
  }
}
