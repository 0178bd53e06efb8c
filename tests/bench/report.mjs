// What is made of the numbers: medians, the comparison of two runs, the table for the README. Nothing here measures.

/**
 * @typedef {{ id: string, title: string, flops?: number, engines?: string[] }} Workload
 * @typedef {{ reason?: string, error?: string, rates?: number[], losses?: number[], paces?: number[], note?: string }} Cell
 *   steps per second of every repeat of every round; or why there are none
 * @typedef {{ date: string, chromium: string, cpu: string, cores: number, quick: boolean, options: object,
 *   engines: Record<string, { version: string }>, workloads: Workload[], cells: Record<string, Record<string, Cell>>, page?: Page, problems: string[] }} Results
 *   cells[workload][engine]
 * @typedef {{ preset: string, full_speed_ms: number[], load_ms: number[], slider_ms: number[], speeds: { bare: number, page: number }[] }} Page
 *   what a reader of the site waits for: every repeat
 */

export const OURS = 'playgrad';
const names = { playgrad: 'Playgrad', tfjs: 'TensorFlow.js', jax: 'jax-js', convnet: 'ConvNetJS' };
const nameOf = (engine) => names[engine] ?? engine;

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * What a cell is shown as: GFLOP/s where the workload says how many operations a step has, else steps per second. Null where
 * there is nothing to show.
 * @param {Workload} workload @param {Cell | undefined} cell
 */
export function valueOf(workload, cell) {
  if (!cell?.rates?.length) return null;
  return (median(cell.rates) * (workload.flops ?? 1)) / (workload.flops ? 1e9 : 1);
}

/** Three digits that count. @param {number} value */
export function format(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/**
 * Where losses are not those of the reference, in a sentence; null if they agree.
 * @param {number[]} reference @param {number[]} losses
 */
export function disagreement(reference, losses, tolerance = 1e-3) {
  if (losses.length !== reference.length) return `${losses.length} losses instead of ${reference.length}`;
  for (const [i, expected] of reference.entries()) {
    // Written so that a NaN disagrees.
    if (!(Math.abs(losses[i] - expected) <= tolerance * Math.abs(expected))) return `loss ${i + 1} is ${losses[i]} instead of ${expected}`;
  }
  return null;
}

/** Rows of texts as columns: the first to the left, the others to the right. @param {string[][]} rows */
export function columns(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ').trimEnd()).join('\n');
}

/**
 * The best of the others in a row, and how many times faster we are; null where there is nobody.
 * @param {Results} results @param {Workload} workload
 */
export function best(results, workload) {
  const row = results.cells[workload.id] ?? {};
  const ours = valueOf(workload, row[OURS]);
  const others = Object.keys(row).filter((engine) => engine !== OURS && valueOf(workload, row[engine]) !== null);
  if (ours === null || others.length === 0) return null;
  const engine = others.reduce((a, b) => (valueOf(workload, row[b]) > valueOf(workload, row[a]) ? b : a));
  return { engine, ratio: ours / valueOf(workload, row[engine]) };
}

const ratioText = (ratio) => (ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1));

/** What of the bare engine's speed is left with the page open. @param {Page} page */
export const shareOf = ({ speeds }) => median(speeds.map(({ page, bare }) => page / bare));

/** @param {Page} page */
function pageLines(page) {
  const ms = (times) => `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)} … ${Math.max(...times).toFixed(0)})`;
  return columns([
    ['page: first step to full speed', ms(page.full_speed_ms)],
    ['page: load to a picture of a first step', ms(page.load_ms)],
    ['page: slider to another picture', ms(page.slider_ms)],
    [`page: ${page.preset}, of the bare engine's speed`, `${(100 * shareOf(page)).toFixed(0)} %`],
  ]);
}

/** The run on the screen. @param {Results} results */
export function summary(results) {
  const engines = Object.keys(results.engines);
  const rows = [['', 'unit', ...engines.map(nameOf), 'to the best']];
  for (const workload of results.workloads) {
    const row = results.cells[workload.id];
    if (!row) continue;
    const lead = best(results, workload);
    rows.push([
      workload.id, workload.flops ? 'GFLOP/s' : 'steps/s',
      ...engines.map((engine) => {
        const value = valueOf(workload, row[engine]);
        return value !== null ? format(value) : row[engine]?.error ? 'failed' : row[engine]?.reason ? '—' : '';
      }),
      lead ? `${ratioText(lead.ratio)} ×` : '',
    ]);
  }
  return [rows.length > 1 ? columns(rows) : '', results.page ? pageLines(results.page) : ''].filter(Boolean).join('\n\n');
}

/** From this ratio on a change is marked. */
export const MARK = 1.15;

/**
 * Ours of two runs, cell by cell.
 * @param {Results} before @param {Results} after
 * @returns {{ workload: string, engine: string, before: number, after: number, ratio: number, mark: '' | 'faster' | 'slower', losses: boolean }[]}
 *   ratio: new to old. losses: whether the first losses are still the same to the last bit
 */
export function compare(before, after) {
  return after.workloads.flatMap((workload) =>
    Object.entries(after.cells[workload.id] ?? {}).flatMap(([engine, cell]) => {
      const old = before.cells[workload.id]?.[engine];
      const [a, b] = [valueOf(workload, old), valueOf(workload, cell)];
      if (a === null || b === null) return [];
      const ratio = b / a;
      const mark = ratio > MARK ? 'faster' : ratio < 1 / MARK ? 'slower' : '';
      return [{ workload: workload.id, engine, before: a, after: b, ratio, mark, losses: JSON.stringify(old.losses) === JSON.stringify(cell.losses) }];
    }),
  );
}

/** How fast the machine itself was, in a run. @param {Results} results */
const paceOf = (results) => median(Object.values(results.cells).flatMap((row) => Object.values(row).flatMap((cell) => cell.paces ?? [])));

/** @param {Results} before @param {Results} after */
export function comparison(before, after) {
  const rows = compare(before, after);
  if (rows.length === 0) return 'The two runs have no cell in common.';
  const table = columns([
    ['', 'engine', 'old', 'new', 'new/old', ''],
    ...rows.map((row) => [row.workload, nameOf(row.engine), format(row.before), format(row.after), row.ratio.toFixed(2), [row.mark, row.losses ? '' : 'other losses'].filter(Boolean).join(', ')]),
  ]);
  const notes = [];
  const pace = paceOf(after) / paceOf(before);
  if (Math.abs(Math.log(pace)) > Math.log(1.05)) notes.push(`The machine itself ran at ${pace.toFixed(2)} of its pace in the old run.`);
  if (before.cpu !== after.cpu) notes.push(`Another processor: ${before.cpu}, now ${after.cpu}.`);
  if (before.chromium !== after.chromium) notes.push(`Another Chromium: ${before.chromium}, now ${after.chromium}.`);
  if (before.quick || after.quick) notes.push('A quick run says only that it runs.');
  return [table, ...notes].join('\n');
}

/** The README's table, in Markdown. @param {Results} results */
export function readmeTable(results) {
  const workloads = results.workloads.filter((workload) => !workload.id.includes('/'));
  const missing = workloads.filter((workload) => !results.cells[workload.id]?.[OURS]?.rates).map((workload) => workload.id);
  if (results.quick) throw new Error('A quick run is not to be quoted.');
  if (missing.length > 0) throw new Error(`The run has no result for ${missing.join(', ')}.`);
  const engines = Object.keys(results.engines);
  const label = (engine) => [nameOf(engine), results.engines[engine].version].filter(Boolean).join(' ');
  const lines = [
    `| | ${engines.map(label).join(' | ')} | to the best of them |`,
    `|---|${engines.map(() => '---:|').join('')}---:|`,
    ...workloads.map((workload) => {
      const row = results.cells[workload.id], lead = best(results, workload);
      const values = engines.map((engine) => {
        const value = valueOf(workload, row[engine]);
        return value === null ? '—' : format(value);
      });
      const what = `${workload.id.split('-')[0]} ${workload.title}${workload.flops ? ' (GFLOP/s)' : ''}`;
      return `| ${what} | ${values.join(' | ')} | ${lead ? `${ratioText(lead.ratio)} ×` : '—'} |`;
    }),
  ];
  const chromium = results.chromium.split('.')[0];
  return `${lines.join('\n')}\n\nSteps per second (W5: forward passes), one thread, ${results.date.slice(0, 10)}, Chromium ${chromium}, ${results.cpu}. \`npm run bench\` measures them anew.`;
}

const marker = { begin: '<!-- bench -->', end: '<!-- /bench -->' };

/** A document with the table between its markers. @param {string} document @param {string} table */
export function insertTable(document, table) {
  const begin = document.indexOf(marker.begin), end = document.indexOf(marker.end);
  if (begin < 0 || end < begin) throw new Error(`There is no place for the table: ${marker.begin} … ${marker.end}`);
  return `${document.slice(0, begin + marker.begin.length)}\n${table}\n${document.slice(end)}`;
}
