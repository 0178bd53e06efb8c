// The worker's own file: ties the runner to the worker's surroundings. All that thinks is in runner.ts.
import type createLabModule from '../../bindings/lab';
import { openModule } from '../api/module';
import { fetchAsset } from './assets';
import { EngineError } from './errors';
import { Runner, type RawEngine } from './runner';
import type { EngineMessage, FromWorker, ToWorker } from './protocol';

const scope = self as unknown as {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
};

// setTimeout is throttled to 4 ms after a few turns; a message to oneself is not.
const channel = new MessageChannel();
let turns: (() => void)[] = [];
channel.port1.onmessage = () => {
  const due = turns;
  turns = [];
  for (const callback of due) callback();
};

/** The lab is the worker's name. What the module needs to be opened loads while the page compiles it. */
const loaders = import.meta.glob<typeof createLabModule>('../../build/wasm/labs/*.mjs', { import: 'default' });
const loader = loaders[`../../build/wasm/labs/${self.name}.mjs`]?.();
loader?.catch(() => {}); // said when it is waited for

let handed: (message: EngineMessage) => void;
const engine = new Promise<EngineMessage>((resolve) => (handed = resolve));

async function loadEngine(_root: string, onProgress: (loaded: number, total: number) => void): Promise<RawEngine> {
  onProgress(0, 0);
  const message = await engine;
  if ('error' in message) throw new EngineError(message.error);
  return openModule((await loader)!, message.module);
}

const runner = new Runner({
  loadEngine,
  fetchAsset,
  post: (message, transfer = []) => scope.postMessage(message, transfer),
  now: () => performance.now(),
  later: (callback) => {
    turns.push(callback);
    if (turns.length === 1) channel.port2.postMessage(0);
  },
  after: (ms, callback) => void setTimeout(callback, ms),
});
scope.addEventListener('message', ({ data }) => (data.kind === 'engine' ? handed(data) : runner.receive(data)));
