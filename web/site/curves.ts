// Which curves a lab has: its metrics, grouped by what they measure (`train.loss`, `test.loss` → loss).
import type { Snapshot } from '../engine/protocol';
import type { CurveSpec } from '../labs/lab-view';

/** One chart for every last part of a name, in the schema's order. Shares of one run from 0 to 1. */
export function defaultCurves(metrics: string[]): CurveSpec[] {
  const charts = new Map<string, CurveSpec>();
  for (const name of metrics) {
    const key = name.slice(name.lastIndexOf('.') + 1);
    const chart = charts.get(key);
    if (chart) chart.metrics.push(name);
    else charts.set(key, key === 'loss' ? { key, metrics: [name] } : { key, metrics: [name], range: [0, 1] });
  }
  return [...charts.values()];
}

export interface History {
  steps: Float64Array;
  column(metric: string): Float64Array;
}

/** Columns of the recorded history, with the newest values as its last row so that curves reach the present. */
export function historyColumns(snapshot: Pick<Snapshot, 'status' | 'history' | 'metrics'> | null, metrics: string[]): History {
  if (!snapshot) return { steps: new Float64Array(), column: () => new Float64Array() };
  const { names, rows, data } = snapshot.history;
  const width = names.length;
  const { step } = snapshot.status;
  const reached = rows > 0 ? data[(rows - 1) * width]! : -1;
  const extra = step > reached && snapshot.metrics.some((v) => !Number.isNaN(v)) ? 1 : 0;
  const take = (at: number, newest: number) => {
    const column = new Float64Array(rows + extra);
    for (let row = 0; row < rows; row++) column[row] = data[row * width + at]!;
    if (extra) column[rows] = newest;
    return column;
  };
  return {
    steps: take(0, step),
    column: (metric) => take(names.indexOf(metric), snapshot.metrics[metrics.indexOf(metric)]!),
  };
}

/** The metric of a curve that tells how good the run is. */
export const headOf = ({ metrics }: CurveSpec): string => metrics.find((name) => name.startsWith('test.')) ?? metrics[0]!;

/** Whether a metric means anything in this run. */
export const measured = (column: Float64Array): boolean => column.some((v) => !Number.isNaN(v));
