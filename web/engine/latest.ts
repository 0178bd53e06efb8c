// While something is asked, only the newest of the next questions is kept: dragging asks far more often than answers come.

/**
 * Wraps `ask` so that one call is on the way at a time. A call made meanwhile waits; a newer one replaces it, and the
 * replaced one resolves to null without having been asked.
 */
export function latest<A, R>(ask: (argument: A) => Promise<R>): (argument: A) => Promise<R | null> {
  let busy = false;
  let next: { argument: A; resolve: (result: R | null) => void; reject: (error: unknown) => void } | null = null;

  const start = async (argument: A, resolve: (result: R | null) => void, reject: (error: unknown) => void) => {
    busy = true;
    try {
      resolve(await ask(argument));
    } catch (error) {
      reject(error);
    }
    busy = false;
    if (next) {
      const { argument: following, resolve: done, reject: failed } = next;
      next = null;
      void start(following, done, failed);
    }
  };
  return (argument) =>
    new Promise((resolve, reject) => {
      if (!busy) {
        void start(argument, resolve, reject);
        return;
      }
      next?.resolve(null);
      next = { argument, resolve, reject };
    });
}
