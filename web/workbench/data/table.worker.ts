// Tables are read and packed here: 50,000 rows take longer than the page may stand still.
import { DataError, likelyTarget, packTable, PREVIEW, readTable, type Column, type Packed, type Problem, type Table } from './table';

/** What the page is told of a table. */
export interface Summary {
  separator: string;
  header: boolean;
  n: number;
  columns: Column[];
  preview: string[][];
  target: number;
}
export type Ask = { op: 'read'; source: string | File; header: boolean | null } | { op: 'pack'; target: number; as: 'classes' | 'numbers' };
export type Answer = { summary: Summary } | { packed: Packed } | { problem: Problem; facts: Record<string, string | number> } | { failed: string };

let table: Table | null = null;

async function answer(ask: Ask): Promise<Answer> {
  try {
    if (ask.op === 'pack') return { packed: packTable(table!, ask.target, ask.as) };
    table = readTable(typeof ask.source === 'string' ? ask.source : await ask.source.text(), ask.header);
    const { separator, header, columns, rows } = table;
    return { summary: { separator, header, n: rows.length, columns, preview: rows.slice(0, PREVIEW), target: likelyTarget(table) } };
  } catch (thrown) {
    return thrown instanceof DataError ? { problem: thrown.problem, facts: thrown.facts } : { failed: String(thrown) };
  }
}

let turn: Promise<unknown> = Promise.resolve();
self.onmessage = ({ data: { id, ask } }: MessageEvent<{ id: number; ask: Ask }>) => {
  turn = turn.then(async () => self.postMessage({ id, answer: await answer(ask) }));
};
