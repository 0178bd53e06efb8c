// The frame's side of the messages: from the page around it, and from nobody else. README.md says what they look like.
import { checkSize, isMethod, isPlain, Rate } from './checks';
import type { PlaygradLab } from './playgrad-lab';
import { LabError, VERSION, type Answer, type LabEvent, type LabEvents } from './protocol';

const EVENTS: LabEvent[] = ['ready', 'metrics', 'diverged', 'error', 'height'];

/** `origins`: who may drive the lab; null: the page around it, whoever that is. */
export function listen(lab: PlaygradLab, origins: string[] | null): void {
  const { parent } = window;
  if (parent === window) return;
  const rate = new Rate();
  const allowed = (origin: string) => origins === null || origins.includes(origin);
  // A page in a sandbox has no origin that could be named.
  const answer = (origin: string, message: Answer) => parent.postMessage(message, origin === 'null' ? '*' : origin);

  addEventListener('message', ({ source, origin, data }: MessageEvent<unknown>) => {
    // Frames are told all sorts of things; what does not say that it is for a lab is not.
    if (source !== parent || !isPlain(data) || !Object.hasOwn(data, 'playgrad')) return;
    const { playgrad, id, method, args = {} } = data;
    const known = (typeof id === 'number' && Number.isFinite(id)) || (typeof id === 'string' && id.length <= 64) ? id : null;
    const refuse = (code: string, message: string) => answer(origin, { playgrad: VERSION, id: known, error: { code, message } });
    if (!rate.take()) return refuse('too_many', 'at most 30 messages a second');
    if (!allowed(origin)) return refuse('origin', 'this page may not drive this lab');
    if (playgrad !== VERSION) return refuse('version', `playgrad: ${VERSION}`);
    if (known === null) return refuse('malformed', 'id: a number, or a text of at most 64 letters');
    if (!isMethod(method)) return refuse('unknown_method', 'method: see the README');
    try {
      checkSize(args);
    } catch (thrown) {
      return refuse((thrown as LabError).code, (thrown as LabError).message);
    }
    lab.call(method, args).then(
      (result) => answer(origin, { playgrad: VERSION, id: known, result }),
      (thrown: unknown) => refuse(thrown instanceof LabError ? thrown.code : 'internal', thrown instanceof Error ? thrown.message : String(thrown)),
    );
  });

  for (const event of EVENTS) {
    lab.addEventListener(event, (told) => {
      const message = { playgrad: VERSION, event, detail: (told as CustomEvent<LabEvents[LabEvent]>).detail };
      // How high it is may be known to the page that it is in, whoever that is.
      const to = origins === null || event === 'height' ? ['*'] : origins;
      for (const origin of to) parent.postMessage(message, origin);
    });
  }
}
