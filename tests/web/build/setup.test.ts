import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Runs the set-up with only these commands on the PATH. */
function setup(commands: Record<string, string>, env: Record<string, string> = {}) {
  const folder = `${process.cwd()}/build/setup-test`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, path] of Object.entries(commands)) symlinkSync(path, `${folder}/${name}`);
  return spawnSync(process.execPath, ['.tools/setup.mjs', '--tests'], { env: { PATH: folder, ...env }, encoding: 'utf8' });
}

test('where it cannot install, it names what is missing and how to get it, and stops', () => {
  const { status, stderr, stdout } = setup({ node: process.execPath });
  expect(status).toBe(1);
  for (const need of ['CMake', 'ninja-build', 'emscripten', 'emsdk', 'g++', 'PLAYGRAD_CHROMIUM']) expect(stderr).toContain(need);
  expect(stderr).toContain('not a Debian system');
  expect(stderr).toMatch(/apt-get install .*cmake ninja-build emscripten/);
  expect(stderr).not.toContain('    at ');
  expect(stdout).not.toContain('Ready');
});
