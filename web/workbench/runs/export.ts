// Runs as files that other programs read.
import Papa from 'papaparse';
import type { HistoryData, LabSchema, Params } from '../../engine/protocol';

export interface Row {
  label: string;
  params: Params;
  /** The experiment's address. */
  query: string;
  step: number;
  state: string;
  metrics: Record<string, number>;
  history: HistoryData | null;
}

/** One line a run. A text that a spreadsheet would take for a formula is put in quotes that keep it a text. */
export function csvOf(rows: Row[], schema: LabSchema): string {
  const keys = schema.params.map((def) => def.key).filter((key) => rows.some((row) => key in row.params));
  const flat = rows.map(({ label, params, step, state, metrics }) => ({
    run: label, step, state, ...metrics,
    ...Object.fromEntries(keys.map((key) => [key, Array.isArray(params[key]) ? (params[key] as unknown[]).join('-') : params[key]])),
  }));
  return Papa.unparse(flat, { escapeFormulae: true });
}

/** NaN and infinities have no JSON: null. */
export function jsonOf(lab: string, rows: Row[]): string {
  const plain = rows.map(({ history, ...row }) => ({
    ...row,
    history: history && {
      names: history.names,
      rows: Array.from({ length: history.rows }, (_, r) => Array.from(history.data.subarray(r * history.names.length, (r + 1) * history.names.length))),
    },
  }));
  return JSON.stringify({ lab, runs: plain }, null, 1);
}
