// The service worker: what the site needs is kept, so that it opens without a network after the first visit. What it
// keeps is written by the build (.tools/site.mjs). What is large and not for everybody (digits, fonts of Hangul) is kept once it was used.
const VERSION = '{{version}}';
const FILES = /* {{files}} */ [];

const scope = new URL('./', self.location.href);
const prefix = `playgrad ${scope.pathname} `;
const name = prefix + VERSION;
/** Names with a hash never change what they hold. */
const hashed = /\/assets\/.*-[\w-]{8}\.\w+$/;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(name);
    // One after another: whoever reads the page meanwhile comes first.
    for (const file of FILES) {
      const address = new URL(file, scope).href;
      if (hashed.test(address)) {
        const kept = await caches.match(address);
        if (kept) {
          await cache.put(address, kept);
          continue;
        }
      }
      await cache.add(address);
    }
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const other of await caches.keys()) if (other.startsWith(prefix) && other !== name) await caches.delete(other);
    await self.clients.claim();
  })());
});

async function answer(request) {
  const cache = await caches.open(name);
  const kept = () => cache.match(request, { ignoreSearch: request.mode === 'navigate' });
  if (hashed.test(new URL(request.url).pathname)) {
    const found = await kept();
    if (found) return found;
  }
  try {
    const response = await fetch(request);
    // Without what follows the address of a page: every experiment has its own.
    if (response.ok && response.status === 200) await cache.put(request.mode === 'navigate' ? request.url.split('?')[0] : request, response.clone());
    return response;
  } catch (error) {
    const found = await kept();
    if (found) return found;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(scope.href) || request.headers.has('range')) return;
  event.respondWith(answer(request));
});
