// A static file server: what any host does, and nothing more.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { createGzip } from 'node:zlib';

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm', '.woff2': 'font/woff2', '.svg': 'image/svg+xml', '.png': 'image/png', '.webp': 'image/webp', '.gz': 'application/gzip', '.bin': 'application/octet-stream',
};
/**
 * What lets a page of another origin use the files (embed.js, its worker, the engine, the frames), also one that is isolated
 * (COEP). The files are public and nothing depends on who asks.
 */
export const sharing = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const compressible = /^(text\/|application\/(json|wasm)|image\/svg)/;

/**
 * Serves `folder` under `prefix` ("/" or "/some/sub/path/").
 * @param {string} folder
 * @param {{prefix?: string, port?: number, host?: string, headers?: Record<string, string | undefined>, onRequest?: (path: string) => void}} options
 *   headers go with every answer (undefined: leaves one of ours out); onRequest hears every path under the prefix
 * @returns {Promise<{url: string, port: number, close: () => Promise<void>}>}
 */
export async function serve(folder, { prefix = '/', port = 0, host = '127.0.0.1', headers = {}, onRequest = undefined } = {}) {
  const common = Object.fromEntries(Object.entries({ 'X-Content-Type-Options': 'nosniff', ...sharing, ...headers }).filter(([, value]) => value !== undefined));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const answer = (status, extra, body) => {
      response.writeHead(status, { ...common, ...extra });
      response.end(body);
    };
    if (path === prefix.slice(0, -1) && prefix !== '/') return answer(301, { Location: prefix });
    if (path.startsWith(prefix)) onRequest?.(path.slice(prefix.length));
    else return answer(404, { 'Content-Type': 'text/plain' }, 'not found');
    let file = join(folder, normalize(`/${path.slice(prefix.length)}`));
    if (existsSync(file) && statSync(file).isDirectory()) {
      if (!path.endsWith('/')) return answer(301, { Location: `${path}/` });
      file = join(file, 'index.html');
    }
    if (!existsSync(file)) {
      const page = join(folder, '404.html');
      return answer(404, { 'Content-Type': types['.html'] }, existsSync(page) ? readFileSync(page) : 'not found');
    }
    const type = types[extname(file)] ?? 'application/octet-stream';
    const { mtimeMs, size } = statSync(file);
    const etag = `"${createHash('sha1').update(`${file}${mtimeMs}${size}`).digest('base64url')}"`;
    // Names with a hash never change their content; everything else is asked for again.
    const hashed = /\/assets\/.*-[\w-]{8}\.\w+$/.test(path);
    const head = { 'Content-Type': type, ETag: etag, 'Cache-Control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache' };
    if (request.headers['if-none-match'] === etag) return answer(304, head);
    const zip = compressible.test(type) && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    response.writeHead(200, {
      ...common, ...head,
      ...(zip ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : { 'Content-Length': size }),
    });
    if (request.method === 'HEAD') return response.end();
    const stream = createReadStream(file);
    stream.on('error', () => response.destroy());
    (zip ? stream.pipe(createGzip()) : stream).pipe(response);
  });
  await new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, done);
  });
  return {
    port: server.address().port,
    url: `http://localhost:${server.address().port}${prefix}`,
    close: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}
