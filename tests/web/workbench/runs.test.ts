import { describe, expect, it, vi } from 'vitest';
import type { EngineClient } from '../../../web/engine/engine-client';
import { EngineError } from '../../../web/engine/errors';
import type { LabSchema, ParamDef, Params, Snapshot, Status } from '../../../web/engine/protocol';
import { ComparedRuns, columnOf, differing, MOST } from '../../../web/workbench/compared';
import { csvOf, jsonOf } from '../../../web/workbench/runs/export';
import { plot, svgFile } from '../../../web/workbench/runs/plot';
import { sweepValues } from '../../../web/workbench/sweep';
import { schema } from '#schema';

/** Workers that count how many train at once. */
class Fakes {
  busy = 0;
  most = 0;
  alive = 0;
  make = (): EngineClient => {
    this.alive++;
    let step = 0, params: Params = {};
    const client = {
      onsnapshot: null as ((snapshot: Snapshot) => void) | null,
      request: async (_op: string, args: { params: Params }) => {
        params = args.params;
        if (params['lr'] === 0) throw new EngineError({ code: 'crash', message: 'gone' });
      },
      step: async (n: number) => {
        this.most = Math.max(this.most, ++this.busy);
        await new Promise((go) => setTimeout(go, 2));
        this.busy--;
        const done = Math.min(n, params['lr'] === 9 ? 5 - step : 100);
        step += done;
        const status = { step, state: params['lr'] === 9 ? 'diverged' : 'ready' } as Status;
        client.onsnapshot!({ status, metrics: Float64Array.of(step / 100), history: { names: ['step', 'test.loss'], rows: 1, data: Float64Array.of(0, 1) } } as Snapshot);
        return { status, done };
      },
      dispose: () => void this.alive--,
    };
    return client as unknown as EngineClient;
  };
}

describe('compared runs', () => {
  it('train on as many cores as there are, reach their end, and free their workers', async () => {
    const fakes = new Fakes();
    const runs = new ComparedRuns('any', fakes.make, () => {}, 2);
    expect(runs.add([1, 2, 3, 4, 5].map((lr) => ({ lr })), 300)).toBe(5);
    await vi.waitFor(() => expect(runs.training).toBe(false));
    expect(fakes.most).toBe(2);
    expect(runs.runs.map((run) => [run.state, run.status!.step, run.drawnAt])).toEqual(Array(5).fill(['done', 300, 300]));
    expect(fakes.alive).toBe(0);
  });
  it('one that breaks or whose worker is lost ends alone', async () => {
    const runs = new ComparedRuns('any', new Fakes().make, () => {}, 2);
    runs.add([{ lr: 9 }, { lr: 0 }, { lr: 1 }], 50);
    await vi.waitFor(() => expect(runs.training).toBe(false));
    expect(runs.runs.map((run) => [run.state, run.status?.state ?? '', run.error])).toEqual([['done', 'diverged', ''], ['failed', '', 'gone'], ['done', 'ready', '']]);
  });
  it('are eight at most, and an ink that became free is used again', () => {
    const runs = new ComparedRuns('any', new Fakes().make, () => {}, 1);
    expect(runs.add(Array.from({ length: 9 }, (_, lr) => ({ lr: lr + 1 })), 10)).toBe(MOST);
    runs.remove(runs.runs[3]!.id);
    runs.add([{ lr: 20 }], 10);
    expect(runs.runs.at(-1)!.ink).toBe(3);
    runs.clear();
  });
  it('stopped keep what they have', async () => {
    const fakes = new Fakes();
    const runs = new ComparedRuns('any', fakes.make, () => {}, 2);
    runs.add([{ lr: 1 }, { lr: 2 }, { lr: 3 }], 1e9);
    await vi.waitFor(() => expect(runs.runs.some((run) => run.drawnAt > 0)).toBe(true));
    runs.stop();
    expect(runs.runs.every((run) => run.state === 'stopped')).toBe(true);
    expect(fakes.alive).toBe(0);
    expect(columnOf(runs.runs.find((run) => run.drawnAt > 0)!, 0)[0]).toBe(1);
  });
  it('are told apart by what differs', () => {
    expect(differing([{ a: 1, b: [1, 2], c: 'x' }, { a: 1, b: [1, 3], c: 'x' }], ['a', 'b', 'c'])).toEqual(['b']);
    expect(differing([], ['a'])).toEqual([]);
  });
});

const labs = (schema as unknown as { labs: Record<string, LabSchema> }).labs;
describe('the values of a sweep', () => {
  const rows = Object.values(labs).flatMap((lab) => lab.params);
  it.each(rows.filter((def) => !['text', 'choices', 'names'].includes(def.kind)).map((def) => [def.key, def] as const))('of %s are in its range, distinct and few', (_key, def: ParamDef) => {
    const values = sweepValues(def, def.default);
    expect(values.length).toBeGreaterThan(1);
    expect(values.length).toBeLessThanOrEqual(MOST);
    expect(new Set(values.map(String)).size).toBe(values.length);
    for (const value of values) {
      if (typeof value !== 'number') continue;
      expect(value).toBeGreaterThanOrEqual(def.min!);
      expect(value).toBeLessThanOrEqual(def.max!);
      if (def.kind === 'integer') expect(Number.isInteger(value)).toBe(true);
    }
  });
  it('of a learning rate go in thirds of ten around the present one', () => {
    const lr = labs['network']!.params.find((def) => def.key === 'lr')!;
    expect(sweepValues(lr, 0.03)).toEqual([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]);
    expect(sweepValues(lr, 10).at(-1)).toBe(10);
  });
});

describe('files', () => {
  const table: LabSchema = { params: [{ key: 'name', kind: 'text', default: '', apply: 'live', group: 'data' }], metrics: ['test.loss'] };
  const row = { label: '=1+1', params: { name: '@SUM(A1)' }, query: '', step: 3, state: 'ready', metrics: { 'test.loss': NaN }, history: { names: ['step', 'test.loss'], rows: 1, data: Float64Array.of(0, 0.5) } };
  it('hold nothing that a spreadsheet would calculate', () => {
    for (const cell of csvOf([row], table).split(/\r?\n/)[1]!.split(',')) expect(cell.replace(/^"/, '')).not.toMatch(/^[=@+]/);
  });
  it('are JSON whatever the numbers', () => {
    expect(JSON.parse(jsonOf('network', [row]))).toMatchObject({ lab: 'network', runs: [{ metrics: { 'test.loss': null }, history: { rows: [[0, 0.5]] } }] });
  });
  it('draw text, never markup', () => {
    const look = { title: '<script>', ink: '#000', quiet: '#000', line: '#000', background: '#fff', font: '"x"' };
    const file = svgFile([{ title: '</text><b>', plot: plot([{ label: '<img onerror=1>', color: '#000', x: [0, 1], y: [1, 2] }], { width: 300, height: 100, format: String }) }], look);
    expect(file).not.toMatch(/<script|<b>|<img/);
  });
});

describe('a chart', () => {
  it('keeps its labels apart and inside', () => {
    const lines = Array.from({ length: 8 }, (_, k) => ({ label: `${k}`, color: '', x: [0, 1], y: [1, 1 + k * 1e-3] }));
    const p = plot(lines, { width: 400, height: 240, format: String });
    const at = p.lines.map((line) => line.labelY).sort((a, b) => a - b);
    at.slice(1).forEach((y, i) => expect(y - at[i]!).toBeGreaterThanOrEqual(14.9));
    expect(at[0]).toBeGreaterThanOrEqual(0);
    expect(at.at(-1)).toBeLessThanOrEqual(p.box.bottom);
  });
  it('is not flattened by a run that breaks, and draws nothing that is no number', () => {
    const p = plot([{ label: 'a', color: '', x: [0, 1, 2], y: [1, 0.5, 0.2] }, { label: 'b', color: '', x: [0, 1, 2], y: [1, 1e30, NaN] }], { width: 400, height: 240, format: String });
    expect(p.lines[0]!.dots[0]!.y - p.lines[0]!.dots[2]!.y).toBeLessThan(-40);
    expect(p.lines[1]!.d).not.toMatch(/NaN|Infinity/);
  });
});
