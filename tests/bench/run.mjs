// npm run bench [-- options]: the engine beside other libraries, in one Chromium. Nothing here asserts a time.
//   --quick             short repeats, one round: to see that it works, not to be quoted
//   --only W1,W7,network  workloads: W1 … W6, W7 (or W7-256), a lab's presets (network) or one (network/spiral); "page": what a
//                         reader of the built site waits for
//   --engines playgrad,tfjs,jax,convnet
//   --rounds 2          how often it goes round all cells: engines take turns, so ratios come from the same minutes
//   --json FILE         where the results go; build/bench/results.json
//   --compare FILE      and what changed since those results
//   --readme            and the table into README.md
//   --cost              in place of all this: what grows how fast, for the site's page on cost (web/site/cost/figures.json)
//   --no-build          with the module and dist/ as they are
//   --no-run            measures nothing: --compare and --readme from the results that are there
import { copyFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Stop, at, files, fingerprint, main, run, say, step, unlessDone, write } from '../../.tools/lib.mjs';
import { OURS, comparison, disagreement, format, insertTable, median, readmeTable, summary, valueOf } from './report.mjs';
import { PRESET, measurePage } from './site.mjs';

const here = at('tests/bench');
const page = at('build/bench/page');
const LIMIT = 240_000; // ms a cell may take

function options() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false }, only: { type: 'string' }, engines: { type: 'string' }, rounds: { type: 'string' },
        json: { type: 'string', default: at('build/bench/results.json') }, compare: { type: 'string' }, readme: { type: 'boolean', default: false },
        'no-build': { type: 'boolean', default: false }, 'no-run': { type: 'boolean', default: false },
        cost: { type: 'boolean', default: false },
      },
    });
    return { ...values, json: resolve(values.json), compare: values.compare && resolve(values.compare), rounds: Number(values.rounds ?? (values.cost ? 20 : values.quick ? 1 : 2)) };
  } catch (error) {
    throw new Stop(error.message);
  }
}

/** The libraries beside us come with the benchmark, not with the project: npm test is light without them. */
async function peers() {
  const lock = `${here}/package-lock.json`;
  await unlessDone(`${here}/node_modules/.playgrad-lock`, fingerprint([lock]), [], async () => {
    step('Installing the libraries to compare with (70 MB, in tests/bench)');
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here });
  });
}

async function bundle() {
  step('Building the page');
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '--noEmit', '-p', `${here}/tsconfig.json`]);
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite');
  await build({
    configFile: false, root: here, base: './', logLevel: 'warn', publicDir: false,
    build: { outDir: page, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false, chunkSizeWarningLimit: 2000 },
  });
  cpSync(at('dist/playgrad'), `${page}/playgrad`, { recursive: true });
  for (const file of files('dist/assets')) if (file.endsWith('.bin.gz')) copyFileSync(file, `${page}/assets/${basename(file)}`); // what labs ask for
  cpSync(`${here}/node_modules/@tensorflow/tfjs-backend-wasm/dist`, `${page}/tfjs`, { recursive: true, filter: (path) => !/\.\w+$/.test(path) || path.endsWith('.wasm') });
}

/** Opens the page in a profile of its own, runs `body` in it, closes it. */
async function visit(browser, url, body) {
  const context = await browser.newContext();
  const problems = [];
  let timer;
  try {
    const tab = await context.newPage();
    tab.on('pageerror', (error) => problems.push(String(error)));
    tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await tab.goto(url);
    await tab.waitForFunction(() => window.bench, null, { timeout: 20_000 });
    const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(`it took more than ${LIMIT / 1000} s`)), LIMIT)));
    return await Promise.race([body(tab), late]);
  } catch (error) {
    error.message = [error.message.replace(/^page\.evaluate: /, '').split('\n')[0], ...problems].join(' | ');
    throw error;
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

/** The names of `wanted` (a list with commas) among `all`; `fits` says whether one is meant. */
function chosen(wanted, all, what, fits = (name, asked) => name === asked) {
  if (!wanted) return all;
  for (const asked of wanted.split(',')) {
    if (!all.some((name) => fits(name, asked))) throw new Stop(`There is no ${what} "${asked}". There are: ${all.join(', ')}.`);
  }
  return all.filter((name) => wanted.split(',').some((asked) => fits(name, asked)));
}

async function measure({ quick, only, engines: wanted, rounds, json }) {
  const { chromium: driver } = await import('playwright-core');
  const { runnerImport } = await import('vite');
  const { chromium } = await import('../../.tools/setup.mjs');
  const { serve } = await import('../../.tools/serve.mjs');
  // The flags with which the tests run the same browser.
  const { module: e2e } = await runnerImport(at('tests/e2e/config.ts'), { configFile: false, logLevel: 'error' });
  const timing = quick ? { warm_ms: 300, repeat_ms: 300, repeats: 2 } : { warm_ms: 1500, repeat_ms: 2000, repeats: 3 };
  const server = await serve(page);
  const browser = await driver.launch({ executablePath: chromium() ?? undefined, headless: true, args: e2e.chromiumFlags });
  try {
    const all = await visit(browser, server.url, (tab) => tab.evaluate(() => window.bench.list()));
    const ids = chosen(only, [...all.workloads.map(({ id }) => id), 'page'], 'workload', (id, asked) => id === asked || id.split('/')[0] === asked || id.split('-')[0] === asked);
    const engines = chosen(wanted, all.engines, 'engine');
    const results = {
      date: new Date().toISOString(), chromium: browser.version(), cpu: cpus()[0].model, cores: cpus().length, quick, options: { rounds, ...timing },
      engines: Object.fromEntries(engines.map((engine) => [engine, { version: '' }])),
      workloads: all.workloads.filter(({ id }) => ids.includes(id)), cells: {}, problems: [],
    };
    for (let round = 0; round < rounds; round++) {
      step(`Round ${round + 1} of ${rounds}`);
      for (const workload of results.workloads) {
        const row = (results.cells[workload.id] ??= {});
        for (const engine of engines) {
          if (workload.engines && !workload.engines.includes(engine)) continue;
          if (row[engine] && !row[engine].rates) continue; // it could not in an earlier round
          const cell = (row[engine] ??= {});
          try {
            const { version, reason, rates, losses, pace, note } = await visit(browser, server.url, (tab) =>
              tab.evaluate(([engine, id, timing]) => window.bench.cell(engine, id, timing), [engine, workload.id, timing]));
            if (version) results.engines[engine].version = version;
            if (reason) Object.assign(cell, { reason });
            else Object.assign(cell, { rates: [...(cell.rates ?? []), ...rates], paces: [...(cell.paces ?? []), pace], losses, note });
          } catch (error) {
            delete cell.rates;
            cell.error = error.message;
            results.problems.push(`${workload.id}, ${engine}: ${error.message}`);
          }
          const told = cell.reason ? `— (${cell.reason})` : cell.error ? `failed: ${cell.error}` : `${format(valueOf(workload, cell))} ${workload.flops ? 'GFLOP/s' : 'steps/s'}${cell.note ? ` (${cell.note})` : ''}`;
          say(`${workload.id.padEnd(10)} ${engine.padEnd(10)} ${told}`);
          // The first engine that ran is the one whose losses the others must have: ours, unless it was left out.
          const reference = engines.find((name) => row[name]?.losses?.length);
          if (round > 0 || !cell.losses?.length || reference === engine) continue;
          const problem = disagreement(row[reference].losses, cell.losses);
          if (problem) results.problems.push(`${workload.id}, ${engine}: ${problem} (${reference})`);
        }
        write(json, `${JSON.stringify(results, null, 1)}\n`);
      }
    }
    if (ids.includes('page') && engines.includes(OURS)) {
      step('The page');
      const site = await serve(at('dist'));
      try {
        results.page = await measurePage({
          site: site.url, quick,
          tierUp: () => visit(browser, server.url, (tab) => tab.evaluate(() => window.bench.tierUp())),
          bare: async () => median((await visit(browser, server.url, (tab) => tab.evaluate(([preset, timing]) => window.bench.cell('playgrad', preset, timing), [PRESET, timing]))).rates),
          inContext: async (body) => {
            const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
            try {
              return await body(context);
            } finally {
              await context.close();
            }
          },
        });
      } catch (error) {
        results.problems.push(`page: ${error.message}`);
      } finally {
        await site.close();
      }
      write(json, `${JSON.stringify(results, null, 1)}\n`);
    }
    return results;
  } finally {
    await browser.close();
    await server.close();
  }
}

const read = (path) => {
  if (!existsSync(path)) throw new Stop(`${path} is not there.`);
  return JSON.parse(readFileSync(path, 'utf8'));
};

await main(async () => {
  const wanted = options();
  const base = wanted.compare ? read(wanted.compare) : null; // before anything is written: it may be the same file
  let results;
  if (!(wanted.rounds >= 1)) throw new Stop('--rounds is a number from 1 on.');
  if (wanted.cost) return (await import('./cost.mjs')).measureCost(wanted);
  if (wanted['no-run']) results = read(wanted.json);
  else {
    if (!wanted['no-build']) {
      const { setup } = await import('../../.tools/setup.mjs');
      await setup({ tests: true });
      await (await import('../../.tools/build.mjs')).build();
    }
    await peers();
    await bundle();
    results = await measure(wanted);
    say(`\n${summary(results)}\n\nWritten: ${wanted.json}`);
  }
  if (base) say(`\n${comparison(base, results)}`);
  if (wanted.readme) {
    try {
      const readme = at('README.md');
      writeFileSync(readme, insertTable(readFileSync(readme, 'utf8'), readmeTable(results)));
    } catch (error) {
      throw new Stop(error.message);
    }
  }
  if (!results.cells || results.problems.length > 0) throw new Stop(`Not as it should be:\n  - ${results.problems.join('\n  - ')}`);
});
