// The npm package: packed, installed into a fresh project, and used there; nothing of this repository is in its reach.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makePackage } from '../../.tools/npm.mjs';
import { serve } from '../../.tools/serve.mjs';
import type { PlaygradLab } from '../../web/embed/playgrad-lab';
import { root } from './config';
import { visit } from './harness';

const project = join(root, 'build/hosts/npm');
const write = (name: string, text: string) => writeFileSync(join(project, name), text);

const body = `<h1>A page</h1><output id="loss"></output><playgrad-lab lab="network" preset="spiral" lang="en" show="loss,surface"></playgrad-lab>`;
/** The engine alone, and the element, in one script. */
const script = (api: string) => `
import { loadEngine } from '${api}';
const engine = await loadEngine();
const model = engine.createModel({ seed: 1, batch_size: 4, input: { shape: [2] }, layers: [{ type: 'linear', out_features: 1 }], loss: { type: 'bce_with_logits' }, optimizer: { type: 'sgd', lr: 0.1 } });
const { loss } = model.trainStep({ x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float32Array.of(0, 1, 1, 0) });
document.querySelector('#loss').textContent = String(loss);
`;

async function works(folder: string): Promise<void> {
  const server = await serve(folder);
  try {
    await visit('', { site: server.url }, async ({ page }) => {
      await expect.poll(() => page.locator('#loss').innerText(), { timeout: 15_000 }).toMatch(/^0\.\d{6}/);
      await expect.poll(() => page.evaluate(async () => {
        await customElements.whenDefined('playgrad-lab');
        return (await (document.querySelector('playgrad-lab') as PlaygradLab).metrics()).step;
      }), { timeout: 20_000 }).toBeGreaterThan(20);
    });
  } finally {
    await server.close();
  }
}

describe('the package', () => {
  beforeAll(async () => {
    const { file, size } = await makePackage();
    console.log(`package: ${(size / 1000).toFixed(0)} KB`);
    expect(size).toBeLessThan(10_000_000); // of which the pictures of two data sets take 2.7
    rmSync(project, { recursive: true, force: true });
    mkdirSync(join(project, 'src'), { recursive: true });
    write('package.json', JSON.stringify({ name: 'fresh', private: true, type: 'module' }));
    write('favicon.ico', '');
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--no-package-lock', file], { cwd: project, stdio: 'pipe' });
  }, 120_000);

  test('works in a Vite project', async () => {
    write('index.html', `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,"></head><body>${body}<script type="module" src="./main.js"></script></body></html>`);
    write('main.js', `import { definePlaygrad } from 'playgrad/embed';\n${script('playgrad')}\nawait definePlaygrad();\n`);
    write('vite.config.js', `import playgrad from 'playgrad/vite';\nexport default { base: './', plugins: [playgrad()], build: { target: 'es2022' }, optimizeDeps: { exclude: ['playgrad'] } };\n`);
    execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: project, stdio: 'pipe', env: { ...process.env, NODE_ENV: 'production' } });
    await works(join(project, 'dist'));
  });

  test('works in a page without a bundler', async () => {
    write('index.html', `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><script type="module" src="./node_modules/playgrad/site/embed.js"></script></head><body>${body}<script type="module">${script('./node_modules/playgrad/index.js')}</script></body></html>`);
    await works(project);
  });

  test.each(['bundler', 'nodenext'])('its types are whole: %s', (resolution) => {
    write('use.ts', `import { loadEngine, type Engine } from 'playgrad';
import { definePlaygrad, type LabState, type Metrics } from 'playgrad/embed';
export async function use(): Promise<Metrics> {
  const engine: Engine = await loadEngine();
  const { loss } = engine.createModel({ seed: 1, input: { shape: [2] }, layers: [{ type: 'linear', out_features: 1 }], loss: { type: 'mse' }, optimizer: { type: 'sgd' } }).trainStep({ x: new Float32Array(2), y: new Float32Array(1) });
  const wrong: string = loss; // a number: this line must not pass
  await definePlaygrad();
  const lab = document.querySelector('playgrad-lab')!;
  const state: LabState = await lab.getState();
  await lab.set({ lr: 0.1 });
  return (console.log(state.step, wrong), lab.metrics({ every: 100 }));
}
`);
    write('tsconfig.json', JSON.stringify({ compilerOptions: { target: 'ES2022', module: resolution === 'bundler' ? 'ESNext' : 'NodeNext', moduleResolution: resolution, lib: ['ES2023', 'DOM', 'DOM.Iterable'], types: [], strict: true, noEmit: true, skipLibCheck: false }, files: ['use.ts'] }));
    let said = '';
    try {
      execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], { cwd: project, stdio: 'pipe' });
    } catch (error) {
      said = String((error as { stdout: Buffer }).stdout);
    }
    expect(said.trim().split('\n')).toEqual([expect.stringMatching(/^use\.ts\(6,9\).*not assignable to type 'string'/)]);
  });
});
