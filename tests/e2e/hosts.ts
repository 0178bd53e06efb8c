// Pages of other people on other origins, which embed the site: made in build/hosts/, each served on a port of its own.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serve, sharing } from '../../.tools/serve.mjs';
import { dist, root } from './config';

const run = promisify(execFile);
const source = (name: string) => join(root, 'tests/e2e/hosts', name);
const folder = (name: string) => join(root, 'build/hosts', name);

/** {{site}} in every text is the address of the embedded site. */
function fill(where: string, site: string): void {
  for (const name of readdirSync(where)) {
    const path = join(where, name);
    if (statSync(path).isDirectory()) fill(path, site);
    else if (/\.(html|md|toml|yml|jsx)$/.test(name)) writeFileSync(path, readFileSync(path, 'utf8').replaceAll('{{site}}', site));
  }
}

export interface Server {
  url: string;
  close(): Promise<void>;
}

/** The built site as its own server sends it: with the headers that let others use it. */
export const site = (options = {}): Promise<Server> => serve(dist, { prefix: '/deep/', ...options });

/** Headers of the hosts whose headers matter. */
const headers: Record<string, (site: string) => Record<string, string>> = {
  // What README.md asks of a page with a policy, and nothing more.
  csp: (at) => {
    const { origin } = new URL(at);
    return {
      'Content-Security-Policy':
        `default-src 'none'; script-src ${origin} 'wasm-unsafe-eval'; connect-src ${origin}; worker-src blob: ${origin}; img-src ${origin}; frame-src ${origin}; base-uri 'none'; form-action 'none'`,
    };
  },
  // Scripts, and a frame; no worker, no WebAssembly, no style in the text.
  'frame-only': (at) => {
    const { origin } = new URL(at);
    return { 'Content-Security-Policy': `default-src 'none'; script-src ${origin}; frame-src ${origin}` };
  },
  'no-worker': (at) => {
    const { origin } = new URL(at);
    return { 'Content-Security-Policy': `default-src 'none'; script-src ${origin} 'wasm-unsafe-eval'; connect-src ${origin}; img-src ${origin}; frame-src ${origin}` };
  },
  nothing: (at) => {
    const { origin } = new URL(at);
    return { 'Content-Security-Policy': `default-src 'none'; script-src ${origin}; img-src ${origin}` };
  },
  coep: () => ({ 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Opener-Policy': 'same-origin' }),
};

const made: Record<string, (out: string, site: string) => Promise<string>> = {
  async hugo(out) {
    cpSync(join(root, 'web/embed/hugo'), join(out, 'layouts/shortcodes'), { recursive: true });
    await run('hugo', ['--source', out, '--destination', 'public', '--quiet'], { env: { ...process.env, HUGO_CACHEDIR: join(out, 'cache') } });
    return join(out, 'public');
  },
  async mkdocs(out) {
    await run('mkdocs', ['build', '--quiet', '--config-file', join(out, 'mkdocs.yml'), '--site-dir', join(out, 'public')]);
    return join(out, 'public');
  },
  async react(out, at) {
    const { build } = await import('vite');
    process.env['VITE_SITE'] = at;
    await build({ configFile: false, root: out, base: './', logLevel: 'error', build: { outDir: 'public', emptyOutDir: true, target: 'es2022' }, resolve: { alias: { react: join(root, 'node_modules/react'), 'react-dom': join(root, 'node_modules/react-dom') } } });
    return join(out, 'public');
  },
};

/** Makes and serves the host of that name. `html`: this page instead of its own. */
export async function host(name: string, at: string, html?: string): Promise<Server> {
  const out = folder(name);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  if (html === undefined) cpSync(source(name), out, { recursive: true });
  else writeFileSync(join(out, 'index.html'), html);
  fill(out, at);
  const built = (await made[name]?.(out, at)) ?? out;
  writeFileSync(join(built, 'favicon.ico'), '');
  // A host knows nothing of us: none of the headers that our own server sends.
  const none = Object.fromEntries(Object.keys(sharing).map((header) => [header, undefined]));
  return serve(built, { headers: { ...none, ...headers[name]?.(at) } });
}
