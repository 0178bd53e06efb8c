// npm run package: the npm package `playgrad` in build/npm/ and as build/playgrad-<version>.tgz, and what it weighs.
//   playgrad        the engine's API          playgrad/embed   <playgrad-lab>
//   playgrad/vite   puts site/ into a build   site/            the built site: what the element loads
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Stop, ask, at, main, run, say, write } from './lib.mjs';

const out = at('build/npm');

const all = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? all(join(folder, entry.name)) : [join(folder, entry.name)]));

/** Declarations of what can be imported, and of all that they name. */
async function types() {
  const config = { extends: '../web/tsconfig.json', compilerOptions: { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: '..', outDir: join(out, 'types'), stripInternal: true, allowImportingTsExtensions: false }, include: [], files: ['../web/api/index.ts', '../web/embed/embed.ts'] };
  write(at('build/tsconfig.npm.json'), JSON.stringify(config));
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('build/tsconfig.npm.json')]);
  cpSync(at('bindings'), join(out, 'types/bindings'), { recursive: true, filter: (path) => statSync(path).isDirectory() || path.endsWith('.d.ts') });
  cpSync(at('web/embed/npm/embed.d.ts'), join(out, 'types/embed.d.ts'));
  // Only what can be reached from what can be imported.
  const reached = new Set();
  const reach = (path) => {
    if (reached.has(path) || !existsSync(path)) return;
    reached.add(path);
    for (const [, to] of readFileSync(path, 'utf8').matchAll(/(?:from\s+|import\()['"](\.[^'"]*?)(?:\.js|\.ts)?['"]/g)) reach(join(dirname(path), `${to}.d.ts`));
  };
  for (const entry of ['web/api/index', 'embed', 'bindings/model', 'build/generated/model-spec']) reach(join(out, 'types', `${entry}.d.ts`));
  for (const path of all(join(out, 'types'))) if (!reached.has(path)) rmSync(path);
  // Node's resolution wants the whole name of a file.
  for (const path of all(join(out, 'types'))) {
    if (!path.endsWith('.d.ts')) continue;
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/(from\s+|import\()(['"])(\.[^'"]*?)(?:\.d)?(?:\.ts)?\2/g, (whole, how, quote, to) => (existsSync(join(dirname(path), `${to}.d.ts`)) ? `${how}${quote}${to}.js${quote}` : whole)));
  }
}

/** Makes build/npm/. Gives the path of the packed file. */
export async function makePackage() {
  if (!existsSync(at('dist/playgrad/index.js'))) throw new Stop('Nothing is built: npm run build.');
  rmSync(out, { recursive: true, force: true });
  const own = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  write(join(out, 'package.json'), `${JSON.stringify({
    name: own.name, version: own.version, description: own.description, license: own.license, author: own.author, type: 'module', engines: own.engines,
    keywords: ['deep learning', 'neural network', 'webassembly', 'education', 'custom element'],
    sideEffects: ['./embed.js'],
    exports: {
      '.': { types: './types/web/api/index.d.ts', default: './index.js' },
      './embed': { types: './types/embed.d.ts', default: './embed.js' },
      './vite': { types: './vite.d.ts', default: './vite.js' },
      './playgrad.wasm': './playgrad.wasm', './site/*': './site/*', './package.json': './package.json',
    },
    imports: {
      '#playgrad': { types: './types/bindings/model.d.ts', default: './index.js' },
      '#model-spec': { types: './types/build/generated/model-spec.d.ts', default: './index.js' },
    },
  }, null, 2)}\n`);
  cpSync(at('dist/playgrad'), out, { recursive: true });
  // Here a bundler may take the module into its build: it knows it by this form.
  const script = readFileSync(join(out, 'index.js'), 'utf8');
  const known = script.replaceAll('String(import.meta.url)', 'import.meta.url');
  if (known === script) throw new Stop('dist/playgrad/index.js no longer names its module by String(import.meta.url).');
  writeFileSync(join(out, 'index.js'), known);
  cpSync(at('dist'), join(out, 'site'), { recursive: true, filter: (path) => relative(at('dist'), path) !== 'playgrad' });
  cpSync(at('web/embed/hugo'), join(out, 'hugo'), { recursive: true });
  for (const name of ['embed.js', 'vite.js', 'vite.d.ts']) cpSync(at('web/embed/npm', name), join(out, name));
  cpSync(at('LICENSE'), join(out, 'LICENSE'));
  write(join(out, 'README.md'), `${readFileSync(at('web/embed/npm/README.md'), 'utf8')}\n${readFileSync(at('web/api/README.md'), 'utf8')}\n${readFileSync(at('web/embed/README.md'), 'utf8')}`);
  await types();
  const packed = JSON.parse(ask('npm', 'pack', out, '--pack-destination', at('build'), '--json') ?? '[]')[0];
  if (!packed) throw new Stop('npm pack failed.');
  return { file: at('build', packed.filename), size: packed.size, unpacked: packed.unpackedSize, files: packed.entryCount };
}

if (process.argv[1] === at('.tools/npm.mjs')) {
  await main(async () => {
    const { file, size, unpacked, files } = await makePackage();
    const kb = (bytes) => `${(bytes / 1000).toFixed(0).padStart(7)} KB`;
    const gzip = (path) => kb(gzipSync(readFileSync(join(out, path)), { level: 9 }).length);
    say(`\n${relative(at('.'), file)}: ${kb(size).trim()}, ${files} files, ${kb(unpacked).trim()} unpacked`);
    say(`${gzip('index.js')}  playgrad: its script (gzip)\n${gzip('playgrad.wasm')}  playgrad: its module (gzip)\n${kb(all(join(out, 'site')).reduce((sum, path) => sum + statSync(path).size, 0))}  site/, of which a page loads what it shows`);
  });
}
