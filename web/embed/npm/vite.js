// playgrad/vite: puts the package's folder site/ into a build as playgrad/, and serves it while developing.
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const site = fileURLToPath(new URL('./site', import.meta.url));
const types = { '.js': 'text/javascript', '.html': 'text/html', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json', '.svg': 'image/svg+xml', '.webp': 'image/webp', '.woff2': 'font/woff2' };

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

export default function playgrad({ folder = 'playgrad' } = {}) {
  return {
    name: 'playgrad',
    configureServer(server) {
      server.middlewares.use(`/${folder}`, (request, response, next) => {
        let path = join(site, normalize(`/${decodeURIComponent(new URL(request.url, 'http://localhost').pathname)}`));
        if (existsSync(path) && statSync(path).isDirectory()) path = join(path, 'index.html');
        if (!existsSync(path)) return next();
        response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
        createReadStream(path).pipe(response);
      });
    },
    generateBundle() {
      for (const path of files(site)) this.emitFile({ type: 'asset', fileName: `${folder}/${relative(site, path).replaceAll('\\', '/')}`, source: readFileSync(path) });
    },
  };
}
