// The page's side of the worker: one client a run. Every promise it gives settles, whatever becomes of the worker.
import workerUrl from './engine.worker.ts?worker&url';
import { compile } from '../api/compile';
import { EngineError, errorData } from './errors';
import type { FromWorker, HistoryData, Op, Ops, Params, ProgressMessage, RunState, Snapshot, StepResult, TensorRead, ToWorker, WatchItem } from './protocol';

export { EngineError };

/** Where each lab's module is. */
const modules = import.meta.glob<string>('../../build/wasm/labs/*.wasm', { query: '?url', import: 'default', eager: true });

/** What the client needs of a Worker; tests hand in their own. */
export interface WorkerLike {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

export interface ClientOptions {
  /** Address of the site's root, absolute or relative to the page. */
  root: string;
  /** Of the lab that the worker is for: its module is all that is fetched. */
  lab: string;
  makeWorker?: (lab: string) => WorkerLike;
  /** Calls back when the page may draw; snapshots are handed on and acknowledged there. */
  frame?: (callback: () => void) => void;
}

export interface RequestOptions {
  /** Aborting rejects with code `cancelled` at once; a request not yet begun is dropped. */
  signal?: AbortSignal;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: EngineError): void;
}

/** What the page has provided: every new worker is given it before anything else. */
const provided = new Map<string, Uint8Array>();
/** What was provided under this name, if anything was. */
export const providedData = (name: string): Uint8Array | null => provided.get(name) ?? null;

/** By lab, one for all workers of the page: each shares what V8 has compiled, and optimised since. */
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** A worker's script must be of the page's own origin; in somebody else's page it is one line, there, that imports the real one. */
function openWorker(lab: string): Worker {
  // Its name tells the worker which lab it is for, before any message.
  const options: WorkerOptions = { type: 'module', name: lab };
  const script = new URL(workerUrl, import.meta.url);
  // Not of its address: a page in a sandbox has none.
  if (script.origin === globalThis.origin) return new Worker(script, options);
  const text = `import ${JSON.stringify(script.href)};`;
  // A page in a sandbox cannot read its own blobs as modules.
  if (globalThis.origin === 'null') return new Worker('data:text/javascript,' + encodeURIComponent(text), options);
  const line = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(line, options);
  // The browser reads it in its own time; what it answers shows that it has.
  worker.addEventListener('message', () => URL.revokeObjectURL(line), { once: true });
  worker.addEventListener('error', () => URL.revokeObjectURL(line), { once: true });
  return worker;
}

function compiledOf(lab: string): Promise<WebAssembly.Module> {
  const url = modules[`../../build/wasm/labs/${lab}.wasm`];
  if (!url) return Promise.reject(new EngineError({ code: 'unknown_lab', path: 'lab', value: lab, message: `no such lab: ${lab}` }));
  let module = compiled.get(lab);
  if (!module) compiled.set(lab, (module = compile(new URL(url, import.meta.url))));
  return module;
}

function startWorker(lab: string): WorkerLike {
  const worker = openWorker(lab);
  const hand = (message: ToWorker) => worker.postMessage(message);
  compiledOf(lab).then(
    (module) => hand({ kind: 'engine', module }),
    (error) => {
      compiled.delete(lab); // the next worker tries again
      hand({ kind: 'engine', error: errorData(error) });
    },
  );
  return worker;
}

export class EngineClient {
  private worker: WorkerLike | null;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private ended: EngineError | null = null;
  private latest: Snapshot | null = null;
  /** A snapshot was handed on and its frame has not come yet. */
  private drawing = false;
  private readonly frame: (callback: () => void) => void;

  /** A consistent picture of the run, at most one a frame. Set by whoever draws. */
  onsnapshot: ((snapshot: Snapshot) => void) | null = null;
  onprogress: ((progress: ProgressMessage) => void) | null = null;
  /** The worker is gone; nothing more will come. */
  oncrash: ((error: EngineError) => void) | null = null;

  constructor({ root, lab, makeWorker = startWorker, frame = requestAnimationFrame }: ClientOptions) {
    this.frame = (callback) => frame(callback);
    try {
      this.worker = makeWorker(lab);
    } catch (thrown) {
      // A page whose policy allows no worker.
      this.worker = null;
      this.ended = new EngineError({ code: 'crash', message: String(thrown) });
      return;
    }
    this.worker.onmessage = (event) => this.receive(event.data as FromWorker);
    this.worker.onerror = (event) => {
      event.preventDefault?.();
      this.crash(new EngineError({ code: 'crash', message: event.message || 'the worker failed' }));
    };
    this.worker.onmessageerror = () => this.crash(new EngineError({ code: 'crash', message: 'a message of the worker could not be read' }));
    // Seen from the worker's own address a relative root would mean something else.
    this.send({ kind: 'init', root: new URL(root, globalThis.location?.href).href });
    for (const [name, bytes] of provided) this.request('provide', { name, bytes }).catch(() => {}); // a worker that fails says so itself
  }

  /** Sends a request; the promise settles with its answer, or with an EngineError. */
  request<K extends Op>(op: K, args: Ops[K]['args'], options: RequestOptions = {}, transfer: Transferable[] = []): Promise<Ops[K]['result']> {
    const { signal } = options;
    if (this.ended) return Promise.reject(this.ended);
    if (signal?.aborted) return Promise.reject(new EngineError({ code: 'cancelled' }));
    const id = this.nextId++;
    return new Promise<Ops[K]['result']>((resolve, reject) => {
      const abort = () => {
        this.pending.delete(id);
        this.send({ kind: 'cancel', id });
        reject(new EngineError({ code: 'cancelled' }));
      };
      const settled = () => signal?.removeEventListener('abort', abort);
      signal?.addEventListener('abort', abort, { once: true });
      this.pending.set(id, {
        resolve: (value) => (settled(), resolve(value as Ops[K]['result'])),
        reject: (error) => (settled(), reject(error)),
      });
      try {
        this.send({ kind: 'request', id, op, args } as ToWorker, transfer);
      } catch (thrown) {
        // What cannot be cloned never leaves; the request must not wait for ever.
        this.pending.delete(id);
        settled();
        reject(new EngineError({ code: 'bad_request', message: String(thrown) }));
      }
    });
  }

  create = (lab: string, params: Params): Promise<RunState> => this.request('create', { lab, params });
  set = (params: Params): Promise<RunState> => this.request('set', { params });
  run = (): Promise<StepResult> => this.request('run', {});
  pause = (): Promise<StepResult> => this.request('pause', {});
  step = (n = 1): Promise<StepResult> => this.request('step', { n });
  epoch = (): Promise<StepResult> => this.request('epoch', {});
  reset = (): Promise<RunState> => this.request('reset', {});
  seek = (step: number): Promise<RunState> => this.request('seek', { step });
  read = (name: string, args: object = {}, options?: RequestOptions): Promise<TensorRead> => this.request('read', { name, args }, options);
  query = (name: string, args: object = {}, options?: RequestOptions): Promise<any> => this.request('query', { name, args }, options);
  act = (name: string, args: object = {}): Promise<{ answer: any; state: RunState }> => this.request('act', { name, args });
  save = (): Promise<Uint8Array> => this.request('save', {});
  past = (most: number): Promise<{ step: number; bytes: Uint8Array }[]> => this.request('past', { most });
  load = (bytes: Uint8Array, history: HistoryData | null = null): Promise<RunState> => this.request('load', { bytes, history });
  provide = async (name: string, bytes: Uint8Array): Promise<void> => {
    await this.request('provide', { name, bytes });
    provided.set(name, bytes); // what the engine refuses no other worker is given
  };
  watch = (items: WatchItem[]): Promise<null> => this.request('watch', { items });
  memory = (): Promise<number> => this.request('memory', {});

  /** Ends the worker. What is still waited for is rejected with code `disposed`. */
  dispose(): void {
    this.end(new EngineError({ code: 'disposed' }));
  }

  get alive(): boolean {
    return this.ended === null;
  }

  private send(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker?.postMessage(message, transfer);
  }

  private receive(message: FromWorker): void {
    switch (message.kind) {
      case 'result':
        this.pending.get(message.id)?.resolve(message.value);
        this.pending.delete(message.id);
        break;
      case 'error':
        this.pending.get(message.id)?.reject(new EngineError(message.error));
        this.pending.delete(message.id);
        break;
      case 'progress':
        this.onprogress?.(message);
        break;
      case 'snapshot':
        this.latest = message.snapshot;
        if (!this.drawing) this.deliver();
        break;
    }
  }

  private deliver(): void {
    const snapshot = this.latest;
    if (!snapshot || this.ended) return;
    this.latest = null;
    this.drawing = true;
    try {
      this.onsnapshot?.(snapshot);
    } finally {
      // Views draw in the next frame, and then the next snapshot may come: a page that draws slowly is sent fewer. One that
      // came meanwhile (a slider moved on) takes its turn. A view that throws must not stop the pictures for good.
      this.frame(() => {
        this.drawing = false;
        this.send({ kind: 'ack', seq: snapshot.seq });
        this.deliver();
      });
    }
  }

  private crash(error: EngineError): void {
    if (this.ended) return;
    this.end(error);
    this.oncrash?.(error);
  }

  private end(error: EngineError): void {
    if (this.ended) return;
    this.ended = error;
    this.worker?.terminate();
    if (this.worker) this.worker.onmessage = this.worker.onerror = this.worker.onmessageerror = null;
    this.worker = null;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const pending of waiting) pending.reject(error);
  }
}
