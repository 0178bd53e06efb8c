// Keeps the page's address in step with the spec without flooding the history (browsers allow about 100 changes in 30 s).

/** Changes of the address are at least this far apart. */
const QUIET_MS = 400;

/** A fragment that holds what belongs to the query beside it: what was open, trained weights (web/workbench/share). */
export const CARRIES = /^#(view|state)=/;

/** Event on `window`: what is about to read the address wants it up to date. */
export const FLUSH_ADDRESS = 'playgrad-flush-address';

export interface AddressBar {
  /** Writes the query soon; many calls become one. */
  replace(query: string): void;
  /**
   * A new entry, so that "back" returns to what was before (a link of the prose, a preset). It takes the place of what
   * waits: call flush() before the change itself.
   */
  push(query: string): void;
  /** Writes at once what still waits. */
  flush(): void;
}

export function addressBar(history: Pick<History, 'replaceState' | 'pushState'>, location: Pick<Location, 'pathname' | 'search' | 'hash'>): AddressBar {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let wanted: string | null = null;

  const write = (how: 'replaceState' | 'pushState', query: string) => {
    if (query === location.search) return;
    try {
      // Weights and what was open belong to the experiment that was.
      history[how](null, '', location.pathname + query + (CARRIES.test(location.hash) ? '' : location.hash));
    } catch {
      // Over the browser's limit, or a document that may not: the experiment goes on without its address.
    }
  };
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (wanted !== null) write('replaceState', wanted);
    wanted = null;
  };
  return {
    flush,
    replace(query) {
      wanted = query;
      timer ??= setTimeout(flush, QUIET_MS);
    },
    push(query) {
      wanted = null;
      flush();
      write('pushState', query);
    },
  };
}
