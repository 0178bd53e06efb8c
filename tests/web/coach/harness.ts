// A run as the coach sees it on the page, without the page: the engine in Node, looked at now and then.
import { loadEngine, providePacks, type WholeEngine } from '../../../.tools/wasm.mjs';
import type { RawLab } from '../../../bindings/lab';
import { Coach, type Finding } from '../../../web/coach/coach';
import { readSignals, type Look } from '../../../web/coach/signals';
import type { EngineSchema, LabSchema, Params } from '../../../web/engine/protocol';

export async function engineWithData(): Promise<WholeEngine> {
  const engine = await loadEngine();
  providePacks(engine);
  return engine;
}

/** A coach who is shown a run now and then. */
export class Listener {
  private readonly coach = new Coach();
  private readonly schema: LabSchema;
  /** What was said at each look. */
  readonly said: Finding[][] = [];
  facts!: Look;
  over = false;

  constructor(engine: WholeEngine, lab: string) {
    this.schema = (JSON.parse(engine.schema()) as EngineSchema).labs[lab]!;
  }

  /** Looks at the run; `over`: for the last time, since it rests. One that has ended is over by itself. */
  look(made: RawLab, over: boolean): void {
    if (this.over) return;
    const status = JSON.parse(made.status());
    const { names, rows, data } = made.history();
    this.facts = {
      schema: this.schema, params: JSON.parse(made.params()), since: 0,
      snapshot: { status, metrics: made.metrics(), history: { names: [...names], rows, data } },
      signals: readSignals(JSON.parse(made.query('signals', '{}')), made.read('signals', '{}')),
    };
    this.over = over || status.state !== 'ready';
    this.said.push(this.coach.look(this.facts, this.over));
  }

  get last(): Finding[] {
    return this.said.at(-1)!;
  }
}

/** When a run of so many steps is looked at. */
export const looksAt = (steps: number, looks = 20) => Array.from({ length: looks }, (_, i) => Math.round((steps * (i + 1)) / looks));

/** A run of so many steps, listened to. */
export function coached(engine: WholeEngine, lab: string, params: Params, steps: number): Listener {
  const made = engine.createLab(lab, JSON.stringify(params));
  try {
    const corrections: unknown[] = JSON.parse(made.corrections());
    if (corrections.length) throw new Error(`the engine corrects ${JSON.stringify(params)}: ${JSON.stringify(corrections)}`);
    const listener = new Listener(engine, lab);
    for (const at of looksAt(steps)) {
      if (listener.over) break;
      made.step(at - JSON.parse(made.status()).step);
      listener.look(made, at === steps);
    }
    return listener;
  } finally {
    made.delete();
  }
}
