// The runs of show.json's entries as they were built: each entry is run once by the engine that is there, on as many cores as there are,
// and kept in build/shown/ until its engine, its data or the entry itself change. Run as a worker, it runs what it is handed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { Worker, parentPort, workerData } from 'node:worker_threads';
import { at, files, fingerprint, write } from './lib.mjs';
import { showOf, showRuns } from './show.mjs';

const folder = at('build/shown');
const ROLE = 'runs show.json';

/** An entry's file: its name says what it was made of. */
function pathOf(lab, key, prints) {
  if (!prints.has(lab)) prints.set(lab, fingerprint([at(`build/wasm/labs/${lab}.wasm`), at('.tools/show.mjs'), ...files('build/assets')]));
  const print = createHash('sha256').update(prints.get(lab)).update(JSON.stringify(showOf(lab)[key])).digest('hex').slice(0, 24);
  return `${folder}/${lab}.${key}.${print}.json`;
}

/** What is not a number is null in the file. */
function read(path) {
  const runs = JSON.parse(readFileSync(path, 'utf8'));
  for (const run of runs) for (const values of Object.values(run.metrics)) values.forEach((value, i) => (values[i] = value ?? NaN));
  return runs;
}

/** The runs of an entry with its own seed, where this engine has run it: null otherwise. */
export function storedRuns(lab, key) {
  const path = pathOf(lab, key, new Map());
  return existsSync(path) ? read(path) : null;
}

/**
 * The runs of these entries with their own seed, in their order. What is kept of others is thrown away.
 * @param {{lab: string, key: string}[]} wanted
 */
export async function shownRuns(wanted) {
  const prints = new Map();
  const paths = wanted.map(({ lab, key }) => pathOf(lab, key, prints));
  const missing = wanted.map((entry, i) => ({ ...entry, path: paths[i] })).filter(({ path }) => !existsSync(path));
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), missing.length) }, () => new Promise((done, failed) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: ROLE });
    const next = () => worker.postMessage(missing.pop() ?? null);
    worker.on('message', next).on('error', failed).on('exit', (code) => (code === 0 ? done() : failed(new Error(`A run of show.json ended with code ${code}.`))));
    next();
  })));
  const kept = new Set(paths.map((path) => basename(path)));
  for (const file of existsSync(folder) ? readdirSync(folder) : []) if (!kept.has(file)) rmSync(`${folder}/${file}`);
  return paths.map(read);
}

if (workerData === ROLE) {
  const { loadEngine, providePacks } = await import('./wasm.mjs');
  const engine = await loadEngine();
  providePacks(engine);
  parentPort.on('message', (job) => {
    if (!job) return parentPort.close();
    write(`${job.path}.part`, JSON.stringify(showRuns(engine, job.lab, job.key, showOf(job.lab)[job.key])));
    renameSync(`${job.path}.part`, job.path); // cut off in between, it is not there
    parentPort.postMessage('done');
  });
}
