// House rule R2, proved: one more row in a lab's table and its two texts, nothing else, and the parameter is in the engine,
// the schema, the TypeScript types, the page and the address. Without one of the texts there is no page.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { serve } from '../../.tools/serve.mjs';
import { modules } from '../../.tools/wasm.mjs';
import type { LabModule } from '../../bindings/lab';
import { csp, root } from './config';
import { visit } from './harness';

const copy = join(root, 'build/one-table');
const row =
  '{.key = "proof", .kind = Kind::real, .def = 0.5, .min = 0, .max = 1, .step = 0.125, .apply = Apply::live, .group = "training"},';
const texts = { en: { label: 'Proof of one table', help: 'Does nothing.' }, ko: { label: '표는 하나', help: '아무 일도 하지 않습니다.' } };

function edit(path: string, change: (text: string) => string): void {
  const file = join(copy, path);
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}

function addTexts(language: 'en' | 'ko'): void {
  edit(`web/labs/network/${language}.json`, (text) => {
    const json = JSON.parse(text);
    json.params = { ...json.params, proof: texts[language] };
    return JSON.stringify(json);
  });
}

/** Compiles the changed file with the real build's own command, and links it before the engine's library. */
function buildModule(): void {
  const wasm = join(root, 'build/wasm');
  const source = 'engine/labs/network.cpp';
  const commands: { file: string; command: string; directory: string }[] = JSON.parse(readFileSync(join(wasm, 'compile_commands.json'), 'utf8'));
  const compile = commands.find(({ file }) => file === join(root, source))!;
  const object = join(copy, 'build/network.o');
  const shell = (command: string, cwd: string) =>
    execFileSync('sh', ['-c', command], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  shell(compile.command.replace(/ -o \S+/, ` -o ${object}`).replace(compile.file, join(copy, source)), compile.directory);
  const link = execFileSync('ninja', ['-C', wasm, '-t', 'commands', 'lab_network'], { encoding: 'utf8' }).trim().split('\n').at(-1)!;
  expect(link).toContain(' -o labs/network.mjs ');
  shell(link.replace(' -o labs/network.mjs ', ` ${object} -o ${join(copy, 'build/wasm/labs/network.mjs')} `), wasm);
}

const buildSite = () => spawnSync(process.execPath, [join(copy, '.tools/build.mjs'), '--site-only'], { encoding: 'utf8' });

beforeAll(() => {
  rmSync(copy, { recursive: true, force: true });
  for (const path of ['engine', 'bindings', 'web', '.tools', 'package.json', 'package-lock.json', 'build/assets', 'build/shown', ...modules().flatMap(({ name }) => [`build/wasm/${name}.mjs`, `build/wasm/${name}.wasm`])]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  edit('engine/labs/network.cpp', (text) => text.replace(/(constinit auto \w+ = join_rows\(\n    std::array\{\n)/, `$1        ParamDef${row}\n`));
  buildModule();
}, 180_000);

test('without its Korean text the page is not built, and the text is named', () => {
  addTexts('en');
  const { status, stderr } = buildSite();
  expect(status).toBe(1);
  expect(stderr).toContain('missing in ko: params.proof.label');
  expect(stderr).not.toContain('missing in en');
  expect(existsSync(join(copy, 'dist'))).toBe(false);
});

test('with both texts it is everywhere', async () => {
  addTexts('ko');
  const built = buildSite();
  expect(built.status, built.stderr).toBe(0);

  const schema = JSON.parse(readFileSync(join(copy, 'build/generated/schema.json'), 'utf8'));
  expect(schema.labs.network.params.map((param: { key: string }) => param.key)).toContain('proof');

  writeFileSync(
    join(copy, 'web/proof.ts'),
    `import type { NetworkParams } from '#schema';
export const half: Pick<NetworkParams, 'proof'> = { proof: 0.5 };
// @ts-expect-error a number, as its row says
export const wrong: Pick<NetworkParams, 'proof'> = { proof: 'half' };
`,
  );
  const types = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', join(copy, 'web/tsconfig.json')], { encoding: 'utf8' });
  expect(types.stdout).toBe('');

  const create = (await import(pathToFileURL(join(copy, 'build/wasm/labs/network.mjs')).href)).default;
  const engine: LabModule = await create({ wasmBinary: readFileSync(join(copy, 'build/wasm/labs/network.wasm')) });
  const lab = engine.createLab('network', '{"proof": 0.25}');
  expect(JSON.parse(lab.params()).proof).toBe(0.25);
  lab.delete();

  const server = await serve(join(copy, 'dist'), { headers: { 'Content-Security-Policy': csp } });
  try {
    await visit('en/network/', { site: server.url, reducedMotion: 'reduce' }, async ({ page }) => {
      const slider = page.getByRole('slider', { name: texts.en.label });
      await slider.waitFor();
      await slider.focus();
      await slider.press('ArrowRight');
      await expect.poll(() => new URL(page.url()).searchParams.get('proof')).toBe('0.625');
    });
    await visit('ko/network/?v=1&proof=0.75', { site: server.url, reducedMotion: 'reduce' }, async ({ page }) => {
      const slider = page.getByRole('slider', { name: texts.ko.label });
      await expect.poll(() => slider.evaluate((element) => Number(element.getAttribute('aria-valuenow') ?? (element as HTMLInputElement).value))).toBe(0.75);
    });
  } finally {
    await server.close();
  }
}, 180_000);
