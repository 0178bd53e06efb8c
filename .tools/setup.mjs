// Makes a machine ready: system packages, then npm packages. Installs only what is missing and says it first.
import { accessSync, existsSync, readdirSync } from 'node:fs';
import { Stop, ask, at, fingerprint, main, root, run, say, step, unlessDone, which } from './lib.mjs';

const atLeast = (version, wanted) => {
  const have = (version ?? '').match(/\d+/g)?.map(Number) ?? [];
  for (const [i, n] of wanted.split('.').map(Number).entries()) {
    if ((have[i] ?? 0) !== n) return (have[i] ?? 0) > n;
  }
  return true;
};

/** Where Chromium is; the environment may name another one. */
export const chromium = () => process.env.PLAYGRAD_CHROMIUM ?? which('chromium') ?? which('chromium-browser');

/** A file of Google Test's sources, where Debian puts them. */
export const googleTest = '/usr/src/googletest/googletest/src/gtest-all.cc';

/** Whether Clang finds the library of its AddressSanitizer. */
function sanitizers() {
  const folder = `${ask('clang++', '-print-resource-dir')}/lib/linux`;
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('libclang_rt.asan'));
}

// What is needed, how to see that it is there, and where it comes from.
const needs = [
  { what: 'CMake ≥ 3.25', debian: 'cmake', there: () => atLeast(ask('cmake', '--version'), '3.25') },
  { what: 'Ninja', debian: 'ninja-build', there: () => which('ninja') },
  { what: 'Emscripten ≥ 3.1.6', debian: 'emscripten', there: () => which('emcc'), elsewhere: 'install and activate emsdk' },
  { what: 'Eigen 3.4', debian: 'libeigen3-dev', there: () => existsSync('/usr/include/eigen3/Eigen/Core') },
  { what: 'nlohmann/json 3', debian: 'nlohmann-json3-dev', there: () => existsSync('/usr/include/nlohmann/json.hpp') },
  { what: 'GCC with C++20', debian: 'g++', there: () => which('g++'), tests: true },
  { what: 'Clang', debian: 'clang', there: () => which('clang++'), tests: true },
  { what: 'Clang’s sanitizers', debian: 'libclang-rt-dev', there: sanitizers, tests: true },
  { what: 'Google Test (sources)', debian: 'googletest', there: () => existsSync(googleTest), tests: true },
  { what: 'Hugo', debian: 'hugo', there: () => which('hugo'), tests: true },
  { what: 'MkDocs', debian: 'mkdocs', there: () => which('mkdocs'), tests: true },
  { what: 'Chromium', debian: 'chromium', there: chromium, tests: true, elsewhere: 'name one in PLAYGRAD_CHROMIUM' },
];

function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  // With a terminal sudo may ask for the password; without one it must not need it.
  if (which('sudo') && (process.stdin.isTTY || ask('sudo', '-n', 'true') !== null)) return ['sudo'];
  return null;
}

async function systemPackages(forTests) {
  const missing = needs.filter((need) => (forTests || !need.tests) && !need.there());
  if (missing.length === 0) return;
  const packages = missing.map((need) => need.debian);
  const prefix = rootPrefix();
  const why = !which('apt-get') ? 'this is not a Debian system' : prefix === null ? 'that needs root or sudo' : null;
  if (why !== null) {
    const lines = missing.map((need) => `  - ${need.what} (Debian package ${need.debian}${need.elsewhere ? `; elsewhere: ${need.elsewhere}` : ''})`);
    throw new Stop(
      `Missing, and not to be installed from here because ${why}:\n${lines.join('\n')}\n` +
        `On Debian 12:  apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}\n` +
        'Then run the same command again.',
    );
  }
  step(`About to install these system packages with apt: ${packages.join(' ')}`);
  const apt = (...args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
    return run(command, rest);
  };
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', ...packages);
  const still = missing.filter((need) => !need.there());
  if (still.length > 0) {
    throw new Stop(`Installed, but still not found: ${still.map((need) => `${need.what} (${need.debian})`).join(', ')}`);
  }
}

async function npmPackages() {
  const lock = at('package-lock.json');
  await unlessDone(at('node_modules/.playgrad-lock'), `${fingerprint([lock])} ${process.arch}`, [], async () => {
    step('Installing npm packages');
    await run('npm', ['ci', '--no-audit', '--no-fund']);
  });
}

/** Leaves the machine able to build (and, with `tests`, to test). Does nothing twice. */
export async function setup({ tests = false } = {}) {
  if (!atLeast(process.version, '20.19')) {
    throw new Stop(`Playgrad needs Node 20.19 or later; this is ${process.version}. Newer ones: your system's packages, or nodejs.org.`);
  }
  try {
    accessSync(root, 2);
  } catch {
    throw new Stop(`Cannot write into ${root}: build/, dist/ and node_modules/ are made there.`);
  }
  await systemPackages(tests);
  await npmPackages();
}

if (process.argv[1] === at('.tools/setup.mjs')) {
  await main(async () => {
    await setup({ tests: process.argv.includes('--tests') });
    say('Ready.');
  });
}
