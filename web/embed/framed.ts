// An embedded lab in a frame of the site's own: what is left where a page's policy lets no worker or no WebAssembly run, or
// where an author asks for it (`frame`). The same methods, by messages.
import { queryOf, type Given } from './options';
import { LabError, VERSION, type Answer, type Method, type Methods, type Notice } from './protocol';

/** A frame that says nothing for so long does not come, ms; once it says that it has loaded, it has said its height. */
const PATIENCE = 30_000, LOADED = 4000;

export class Framed {
  readonly element: HTMLIFrameElement;
  onevent: ((notice: Notice) => void) | null = null;
  onfail: ((error: LabError) => void) | null = null;
  private readonly pending = new Map<number, { yes: (value: unknown) => void; no: (why: LabError) => void }>();
  private nextId = 1;
  private timer: number;
  private readonly origin: string;
  private heard = false;

  constructor(given: Given, root: string, fill: boolean) {
    const address = new URL(`embed/${/^[\w-]+$/.test(given.lab ?? '') ? `${given.lab}/` : ''}${queryOf({ ...given, height: null })}`, new URL(root, location.href));
    // Who is here may drive it, and nobody else.
    if (location.origin !== 'null') address.searchParams.set('origins', location.origin);
    address.searchParams.set('bare', '');
    this.origin = address.origin;
    this.element = document.createElement('iframe');
    this.element.title = 'Playgrad';
    this.element.loading = 'lazy';
    this.element.src = address.href;
    this.element.style.height = fill ? '100%' : '560px';
    addEventListener('message', this.receive);
    const fail = () => this.onfail?.(new LabError('blocked', 'the frame did not load: the page’s policy has to allow it'));
    this.timer = window.setTimeout(fail, PATIENCE);
    // What is blocked loads too, as an empty page.
    this.element.addEventListener('load', () => {
      clearTimeout(this.timer);
      if (!this.heard) this.timer = window.setTimeout(fail, LOADED);
    });
  }
  dispose(): void {
    clearTimeout(this.timer);
    removeEventListener('message', this.receive);
    for (const { no } of this.pending.values()) no(new LabError('disposed', 'the lab is gone'));
    this.pending.clear();
    this.element.remove();
  }

  call<M extends Method>(method: M, args: unknown): Promise<Methods[M]['result']> {
    return new Promise((yes, no) => {
      const id = this.nextId++;
      this.pending.set(id, { yes: yes as (value: unknown) => void, no });
      this.element.contentWindow?.postMessage({ playgrad: VERSION, id, method, args }, this.origin);
    });
  }

  private readonly receive = ({ source, origin, data }: MessageEvent<Answer | Notice>): void => {
    if (source !== this.element.contentWindow || origin !== this.origin || data?.playgrad !== VERSION) return;
    if ('event' in data) {
      this.heard = true;
      clearTimeout(this.timer);
      if (data.event === 'height' && this.element.style.height !== '100%') this.element.style.height = `${data.detail.height}px`;
      this.onevent?.(data);
      return;
    }
    const waiting = this.pending.get(data.id as number);
    this.pending.delete(data.id as number);
    if ('error' in data) waiting?.no(new LabError(data.error.code, data.error.message));
    else waiting?.yes(data.result);
  };
}
