// Lets the site be installed, and opened without a network after the first visit. It waits until whoever opened the page has
// long had what they came for.
const REST_MS = 8000;

export function keepOffline(root: string): void {
  const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
  // Not there in a page that is not secure, and not for somebody else's frame.
  if (!navigator.serviceWorker || saving || window.top !== window) return;
  setTimeout(() => void navigator.serviceWorker.register(new URL(`${root}sw.js`, location.href)).catch(() => {}), REST_MS);
}
