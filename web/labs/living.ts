// What a lab shows of itself on the home page: a small picture of a real training, made by the engine.
import type { TemplateResult } from 'lit';
import type { EngineClient } from '../engine/engine-client';
import type { Params } from '../engine/protocol';

/** Draws into a canvas of any size; asked again when the theme changes. */
export type Paint = (canvas: HTMLCanvasElement) => void;

/** Exported as `living` by web/labs/<id>/living.ts. */
export interface Living {
  /** Whose place on the map the lab takes: a key of `home.map`. */
  family: string;
  params: Params;
  /** Training steps between two pictures, and those after which it rests. */
  stride: number;
  steps: number;
  /** Reads what the picture needs of the run as it is now. */
  look(client: EngineClient): Promise<Paint>;
  /** Stands there until the engine has come: an SVG that fills its place. */
  sketch: TemplateResult;
}
