// npm test [-- --only native,asan,wasm,vitest,tsc,e2e] [-- --filter text]: everything, on a machine that may be bare.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, relative } from 'node:path';
import { build } from './build.mjs';
import { Stop, at, main, run, say, step, write } from './lib.mjs';
import { setup } from './setup.mjs';
import { buildPreset } from './wasm.mjs';

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const filter = option('--filter');
const cores = availableParallelism();

const results = at('build/test-results');
const reportOf = (name) => {
  const path = `${results}/${name}.json`;
  rmSync(path, { force: true });
  write(`${results}/.keep`, '');
  return path;
};

/** What became of a suite: how many tests passed, and what is to be said of each that failed. */
const nothing = { passed: 0, failures: [] };

/** A suite that left no report (it crashed), or went wrong for no test's sake, counts as one failure. */
function counts(report, code, read) {
  const failure = `${basename(report, '.json')} ended with code ${code}`;
  if (!existsSync(report)) return { ...nothing, failures: [failure] };
  const { passed, failures } = read(JSON.parse(readFileSync(report, 'utf8')));
  return { passed, failures: failures.length === 0 && code !== 0 ? [failure] : failures };
}

const sum = (parts) => parts.reduce((all, { passed, failures }) => ({ passed: all.passed + passed, failures: [...all.failures, ...failures] }), nothing);

/** Parts of the engine's tests: some take a thousand times as long as others, so each core takes the next part when it is free. */
const SHARDS = 6 * cores;

async function googleTest(name, command, args, env) {
  step(`Engine tests: ${name}`);
  const parts = [];
  const waiting = Array.from({ length: SHARDS }, (_, shard) => shard);
  const work = async () => {
    for (let shard; (shard = waiting.shift()) !== undefined; ) {
      const report = reportOf(`${name}-${shard}`);
      const { code } = await run(
        command,
        [...args, '--gtest_brief=1', `--gtest_output=json:${report}`, ...(filter ? [`--gtest_filter=${filter}`] : [])],
        { check: false, env: { ...env, GTEST_TOTAL_SHARDS: String(SHARDS), GTEST_SHARD_INDEX: String(shard) } },
      );
      parts.push(counts(report, code, (json) => {
        const cases = json.testsuites.flatMap((suite) => suite.testsuite).filter((test) => test.status === 'RUN');
        const failed = cases.filter((test) => test.failures?.length > 0);
        return { passed: cases.length - failed.length, failures: failed.map((test) => `${test.classname}.${test.name}\n${test.failures[0].failure}`) };
      }));
    }
  };
  await Promise.all(Array.from({ length: cores }, work));
  return sum(parts);
}

/** Specs that the fuzzer makes and tries. */
const MUTANTS = 100_000;

/** The engine's tests and its fuzzer, which counts as one test, where the sanitizers watch. */
async function sanitized() {
  const folder = at('build/native-asan');
  const env = { UBSAN_OPTIONS: 'print_stacktrace=1' };
  const tests = await googleTest('asan', `${folder}/playgrad_tests`, [], env);
  if (filter) return tests;
  step('Mutated specs: asan');
  const each = Math.ceil(MUTANTS / cores);
  const ends = await Promise.all(Array.from({ length: cores }, (_, core) => run(`${folder}/spec_fuzz`, [String(each), '1', String(core * each)], { check: false, env })));
  return sum([tests, ends.every(({ code }) => code === 0) ? { ...nothing, passed: 1 } : { ...nothing, failures: ['Mutated specs'] }]);
}

async function vitest(project) {
  const report = reportOf(project);
  step(`Vitest: ${project}`);
  const { code } = await run(
    process.execPath,
    [
      at('node_modules/vitest/vitest.mjs'), 'run', '--config', at('tests/vitest.config.ts'), '--project', project,
      // What measures a time runs alone, by its project's own setting. (Vitest leaves one free, which of two is half.)
      ...(project === 'e2e-alone' ? [] : ['--maxWorkers', String(cores)]),
      '--reporter', 'default', '--reporter', 'json', `--outputFile.json=${report}`, ...(filter ? ['-t', filter] : []),
    ],
    { check: false, env: { NODE_ENV: 'test' } },
  );
  return counts(report, code, (json) => ({
    passed: json.numPassedTests,
    failures: json.testResults.flatMap((file) => {
      const path = relative(at(), file.name);
      // A file that cannot be loaded holds no test that could fail.
      if (file.status === 'failed' && file.assertionResults.length === 0) return [`${path}\n${file.message}`];
      return file.assertionResults.filter((test) => test.status === 'failed').map((test) => `${path} > ${test.fullName}\n${test.failureMessages[0] ?? ''}`);
    }),
  }));
}

async function types() {
  step('Types: tsc');
  const parts = [];
  for (const project of ['web', 'tests']) {
    const { code } = await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '--noEmit', '-p', at(project, 'tsconfig.json')], { check: false });
    parts.push(code === 0 ? { ...nothing, passed: 1 } : { ...nothing, failures: [`the types of ${project}/`] });
  }
  return sum(parts);
}

// Each suite: what it needs built, and how it runs. The order is from quick to slow to read a failure early.
const suites = {
  native: { build: () => buildPreset('native', 'playgrad_tests'), run: () => googleTest('native', at('build/native/playgrad_tests'), []) },
  wasm: { build: () => buildPreset('wasm'), run: () => googleTest('wasm', process.execPath, [at('build/wasm/playgrad_tests.cjs')]) },
  asan: { build: () => buildPreset('native-asan', 'playgrad_tests', 'spec_fuzz'), run: sanitized },
  tsc: { build: () => build(), run: types },
  vitest: { build: () => build(), run: () => vitest('web') },
  e2e: { build: () => build(), run: async () => sum([await vitest('e2e'), await vitest('e2e-alone')]) },
};

await main(async () => {
  const only = option('--only')?.split(',') ?? Object.keys(suites);
  for (const name of only) if (!suites[name]) throw new Stop(`There is no suite "${name}". There are: ${Object.keys(suites).join(', ')}.`);
  await setup({ tests: true });
  const table = [];
  for (const name of only) {
    const start = Date.now();
    let result;
    try {
      await suites[name].build();
      result = await suites[name].run();
    } catch (error) {
      // A failed build is a failed suite; the others still tell what they know.
      if (!(error instanceof Stop)) throw error;
      console.error(error.message);
      result = { ...nothing, failures: [error.message] };
    }
    if (result.passed + result.failures.length === 0) result.failures = ['nothing ran'];
    table.push({ name, passed: result.passed, failures: result.failures, seconds: Math.round((Date.now() - start) / 1000) });
  }
  // Once more at the end, where a log of thousands of lines is read first.
  for (const { name, failures } of table) {
    for (const failure of failures) step(`Failed in ${name}: ${failure.split('\n', 6).join('\n  ').slice(0, 2000)}`);
  }
  const line = (...cells) => say(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(10) : String(cell).padStart(i === 3 ? 9 : 8))).join(''));
  say('');
  line('suite', 'passed', 'failed', 'seconds');
  for (const { name, passed, failures, seconds } of table) line(name, passed, failures.length, seconds);
  const { passed, failures } = sum(table);
  say(`\n${passed} passed, ${failures.length} failed`);
  if (failures.length > 0) process.exit(1);
});
