// playgrad/embed: defines <playgrad-lab>. What it loads is the folder site/ of this package, wherever the page has it.

/**
 * @param {string | URL} site address of that folder, absolute or relative to the page
 * @returns what embed.js exports, once the element is defined
 */
export function definePlaygrad(site = './playgrad/') {
  const folder = new URL(site, document.baseURI);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  // Not for a bundler to follow: it is a file of the page's server.
  return import(/* @vite-ignore */ /* webpackIgnore: true */ new URL('embed.js', folder).href);
}
