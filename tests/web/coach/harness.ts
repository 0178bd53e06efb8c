// A run as the coach sees it on the page, without the page: the engine in Node, looked at now and then.
import { loadEngine, providePacks, type WholeEngine } from '../../../.tools/wasm.mjs';
import { Coach, type Finding } from '../../../web/coach/coach';
import { readSignals, type Look } from '../../../web/coach/signals';
import type { EngineSchema, Params } from '../../../web/engine/protocol';

export async function engineWithData(): Promise<WholeEngine> {
  const engine = await loadEngine();
  providePacks(engine);
  return engine;
}

/** What was said at each look, and at the end, when the run rests. */
export function coached(engine: WholeEngine, lab: string, params: Params, steps: number, looks = 20): { said: Finding[][]; last: Finding[]; facts: Look } {
  const schema = (JSON.parse(engine.schema()) as EngineSchema).labs[lab]!;
  const made = engine.createLab(lab, JSON.stringify(params));
  try {
    const corrections: unknown[] = JSON.parse(made.corrections());
    if (corrections.length) throw new Error(`the engine corrects ${JSON.stringify(params)}: ${JSON.stringify(corrections)}`);
    const coach = new Coach();
    const said: Finding[][] = [];
    for (let i = 1; ; i++) {
      made.step(Math.round((steps * i) / looks) - JSON.parse(made.status()).step);
      const status = JSON.parse(made.status());
      const { names, rows, data } = made.history();
      const look: Look = {
        schema, params: JSON.parse(made.params()), since: 0,
        snapshot: { status, metrics: made.metrics(), history: { names: [...names], rows, data } },
        signals: readSignals(JSON.parse(made.query('signals', '{}')), made.read('signals', '{}')),
      };
      const over = i === looks || status.state !== 'ready';
      said.push(coach.look(look, over));
      if (over) return { said, last: said.at(-1)!, facts: look };
    }
  } finally {
    made.delete();
  }
}
