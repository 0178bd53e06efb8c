// What the scripts in this folder share: where things are, how commands run, how a changed input is noticed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout: the folder that holds this one. A copy of the tree builds itself, not the original. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const at = (...parts) => join(root, ...parts);

/** An error whose message is all that a person needs; the scripts print it without a stack. */
export class Stop extends Error {}

/** Runs a script's main function; a Stop becomes its message and exit code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Stop ? `\n${error.message}` : error);
    process.exit(1);
  }
}

/** Runs a command with its output on the screen. Rejects with Stop when it fails, unless `check` is false. */
export function run(command, args, { cwd = root, env = {}, check = true, quiet = false } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
    child.on('error', (error) => fail(new Stop(`${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0 || !check) return done({ code: code ?? 1, output });
      if (quiet) process.stderr.write(output);
      fail(new Stop(`Failed (${signal ?? `exit ${code}`}): ${command} ${args.join(' ')}`));
    });
  });
}

/** What a command prints, or null when it is not there or fails. */
export function ask(command, ...args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : null;
}

/** Path of a command on the PATH, or null. */
export function which(command) {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, command);
    if (folder && existsSync(path) && statSync(path).isFile()) return path;
  }
  return null;
}

/** Every file below the given paths (relative to the checkout), sorted; what is missing is left out. */
export function files(...paths) {
  const found = [];
  const walk = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isFile()) found.push(path);
    else for (const name of readdirSync(path)) walk(join(path, name));
  };
  for (const path of paths) walk(at(path));
  return found.sort();
}

/** One hash of the names and contents of files. */
export function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

/** Does `work` unless the stamp file already holds `print` (and `present` exists). Returns whether it worked. */
export async function unlessDone(stamp, print, present, work) {
  const done = existsSync(stamp) && readFileSync(stamp, 'utf8') === print && present.every((path) => existsSync(path));
  if (done) return false;
  await work();
  write(stamp, print);
  return true;
}

export function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Writes only when the content differs, so that what depends on the file's time stays as it is. */
export function writeIfChanged(path, content) {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return false;
  write(path, content);
  return true;
}

export const say = (text) => console.log(text);
/** A heading between the steps of a script. */
export const step = (text) => console.log(`\n▸ ${text}`);
