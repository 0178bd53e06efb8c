// Opening what was shared, a link's fragment or a file. Whatever is wrong with it is said, and the stage stays as it was.
import { t, words } from '../../elements/base';
import { OWN } from '../../engine/assets';
import { EngineError, providedData } from '../../engine/engine-client';
import type { HistoryData, LabSchema, Params, RunState } from '../../engine/protocol';
import { decodeParams } from '../../site/state/url';
import type { Bench } from '../bench';
import { parseLook, readLook, show, type Look } from './look';
import { crc32, fromBase64url, ShareError, unpack, type Problem, type Saved } from './pack';

/** Letters of weights in a link that are looked at, and bytes that they may unpack to: twice what this page writes, and more. */
const MOST_LETTERS = 64_000, MOST_IN_LINK = 1e6;
/** Bytes of a file, and bytes that it may unpack to. */
export const MOST_IN_FILE = 32e6;
const MOST_UNPACKED = 128e6;
const NAME = 40;

/** A curve that the engine could have recorded for this lab. */
function checked(history: HistoryData | null, { metrics }: LabSchema): HistoryData | null {
  if (!history) return null;
  const { names, rows, data } = history;
  if (names.join() !== ['step', ...metrics].join()) throw new ShareError('version');
  for (let row = 0, last = -1; row < rows; row++) {
    const step = data[row * names.length]!;
    if (!(Number.isInteger(step) && step > last)) throw new ShareError('damaged');
    last = step;
  }
  return history;
}

async function restore(bench: Bench, { lab, state, history, own }: Saved, params: Params): Promise<RunState> {
  if (lab !== bench.lab) throw new ShareError('lab', { lab: words().has(`labs.${lab}.title`) ? t(`labs.${lab}.title`) : lab.slice(0, NAME) });
  const saved = { bytes: state, history: checked(history, bench.schema) };
  if (!own) return bench.restore(params, saved);
  const had = providedData(OWN), data = own.bytes ?? had;
  if (!data || crc32(data) !== own.crc) throw new ShareError(own.bytes ? 'damaged' : 'data');
  try {
    if (own.bytes) await bench.run.client.provide(OWN, own.bytes);
    return await bench.restore(params, saved);
  } catch (thrown) {
    if (own.bytes && had) await bench.run.client.provide(OWN, had);
    throw thrown;
  }
}

const engineProblems: Record<string, Problem> = { wrong_state: 'settings', bad_state: 'state', bad_asset: 'damaged', needs_asset: 'data' };

/** Why it cannot be opened, as a sentence. */
function reason(thrown: unknown): string {
  if (thrown instanceof ShareError) return t(`bench.share.problem.${thrown.problem}`, thrown.facts);
  const code = thrown instanceof EngineError ? thrown.code : '';
  const problem = Object.hasOwn(engineProblems, code) ? engineProblems[code] : null;
  if (problem) return t(`bench.share.problem.${problem}`);
  return t(words().has(`ui.failed.${code}`) ? `ui.failed.${code}` : 'ui.failed.broken');
}

/** Opens what a link's fragment holds. What could not be opened, as a sentence; null: everything was. */
export async function openLink(bench: Bench, fragment: string): Promise<string | null> {
  const { run } = bench, parts = new URLSearchParams(fragment.slice(1));
  const text = parts.get('state'), view = parts.get('view');
  const look: Look | null = view === null ? null : parseLook(bench, view);
  const texts = () => bench.loadTexts('workbench/share'); // only for what has to be said: nothing else waits for them
  const problems: string[] = [];
  if (view !== null && !look) {
    await texts();
    problems.push(t('bench.share.problem.view'));
  }
  let opened = false;
  if (text !== null) {
    try {
      if (text.length > MOST_LETTERS) throw new ShareError('large', { most: MOST_LETTERS / 1000 });
      await restore(bench, await unpack(fromBase64url(text), MOST_IN_LINK), bench.spec.params);
      opened = true;
    } catch (thrown) {
      await texts();
      problems.push(t('bench.share.refused.link', { reason: reason(thrown) }));
    }
  }
  if (look) show(bench, look);
  // Nobody waits for what trains: it shows itself.
  const runs = look ? look.running : !opened;
  if (runs && !matchMedia('(prefers-reduced-motion: reduce)').matches) void run.run();
  else if (look?.step && !opened) void run.step(look.step);
  return problems.join(' ') || null;
}

/** Opens a saved file; what it could not be opened for, as a sentence, or null. */
export async function openFile(bench: Bench, file: Blob): Promise<string | null> {
  try {
    if (file.size > MOST_IN_FILE) throw new ShareError('large', { most: MOST_IN_FILE / 1000 });
    const saved = await unpack(new Uint8Array(await file.arrayBuffer()), MOST_UNPACKED);
    const { params, problems } = decodeParams(saved.query, bench.schema);
    if (saved.lab === bench.lab && problems.length) throw new ShareError('version');
    await restore(bench, saved, params);
    const look = readLook(bench, saved.look);
    // The drawer is where the file was opened, and where that is confirmed.
    if (look) show(bench, { ...look, tool: null });
    if (look?.running) void bench.run.run();
    return null;
  } catch (thrown) {
    return t('bench.share.refused.file', { reason: reason(thrown) });
  }
}
