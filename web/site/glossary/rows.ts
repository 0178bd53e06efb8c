// Every hyperparameter of every lab once, from the engine's tables: for the glossary (built by .tools/glossary.mjs) and the home page.
import type { EngineSchema, ParamDef } from '../../engine/protocol';

export interface Row {
  /** Its anchor in the glossary, and its name in entries.json. */
  id: string;
  key: string;
  /** The labs that have it, in their order, with its row in each one's table. */
  labs: { lab: string; def: ParamDef }[];
}

/** @param text a lab's own text, else the shared one */
export function hyperparameters(schema: EngineSchema, text: (lab: string, key: string) => string): Row[] {
  const rows = new Map<string, Row>();
  const taken = new Set<string>();
  for (const [lab, { params }] of Object.entries(schema.labs)) {
    for (const def of params) {
      // What a lab is about is not one.
      if (def.group === 'task') continue;
      // One name may mean two things in two labs; it is one thing where the texts are the same.
      const meaning = `${def.key}\n${text(lab, `params.${def.key}.label`)}\n${text(lab, `params.${def.key}.help`)}`;
      const row = rows.get(meaning);
      if (row) {
        row.labs.push({ lab, def });
        continue;
      }
      const id = taken.has(def.key) ? `${def.key}-${lab}` : def.key;
      taken.add(id);
      rows.set(meaning, { id, key: def.key, labs: [{ lab, def }] });
    }
  }
  return [...rows.values()];
}
