// A saved run as bytes, the same in a link and in a file:
//
//   "PGS1"   the last letter is the version
//   deflate  what a gzip stream holds behind its ten bytes of header: the packed bytes, their CRC-32 and their length
//
// and unpacked: a little-endian u32, that many bytes of JSON (`Head`), then what it gives the lengths of:
//
//   state    the engine's (`save`): weights, running statistics and the optimizer's, so that training goes on with the same bits
//   curve    the recorded history, float64, column by column
//   data     the reader's own, where they chose to give it away
//
// State and curve lie byte plane by byte plane: signs and exponents are alike among themselves and pack better so.
// Nothing here trusts what it reads: lengths are checked before anything is made of them, and unpacking ends at a limit.
import type { HistoryData } from '../../engine/protocol';

const MAGIC = 'PGS', VERSION = '1';
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
const MAX_HEAD = 256e3;
const MAX_COLUMNS = 64, MAX_ROWS = 4096;

export type Problem = 'text' | 'foreign' | 'version' | 'damaged' | 'large' | 'bomb' | 'lab' | 'data' | 'settings' | 'state';

/** Why something shared cannot be opened. `facts` are for the sentence that says so. */
export class ShareError extends Error {
  constructor(
    readonly problem: Problem,
    readonly facts: Record<string, string | number> = {},
  ) {
    super(problem);
    this.name = 'ShareError';
  }
}

export interface Saved {
  lab: string;
  /** The experiment as an address has it: `?v=1&…`. A link leaves it to its own. */
  query: string;
  /** What was open (look.ts), not yet checked. */
  look: unknown;
  state: Uint8Array;
  history: HistoryData | null;
  /** The run's own data: how they are known again, and themselves where they are in it. */
  own: { crc: number; bytes: Uint8Array | null } | null;
}

interface Head {
  lab: string;
  query: string;
  look: unknown;
  state: number;
  names: string[];
  rows: number;
  own: { crc: number; length: number } | null;
}

// ------------------------------------------------------------------------------------------------------------ bytes

/** All first bytes of the numbers, then all second ones, and so on; what is left over stays at the end. */
export function planes(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes), n = Math.floor(bytes.length / width);
  for (let k = 0; k < width; k++) for (let i = 0; i < n; i++) out[k * n + i] = bytes[i * width + k]!;
  return out;
}
export function unplanes(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes), n = Math.floor(bytes.length / width);
  for (let k = 0; k < width; k++) for (let i = 0; i < n; i++) out[i * width + k] = bytes[k * n + i]!;
  return out;
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

export function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]+$/.test(text)) throw new ShareError('text');
  if (text.length % 4 === 1) throw new ShareError('damaged');
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip')));
  return new Uint8Array(await packed.arrayBuffer()).slice(GZIP_HEADER.length);
}
/** Ends as soon as more comes out than `most`: a small file may unpack to any size. */
async function inflate(bytes: Uint8Array<ArrayBuffer>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([GZIP_HEADER, bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const parts: Uint8Array[] = [];
  for (let length = 0; ; ) {
    // A wrong checksum and a missing end are found here.
    const { done, value } = await reader.read().catch(() => {
      throw new ShareError('damaged');
    });
    if (done) return joined(parts);
    length += value.length;
    if (length > most) {
      void reader.cancel().catch(() => {});
      throw new ShareError('bomb');
    }
    parts.push(value);
  }
}

// ------------------------------------------------------------------------------------------------------------- runs

export async function pack({ lab, query, look, state, history, own }: Saved): Promise<Uint8Array<ArrayBuffer>> {
  const { names = [], rows = 0, data = new Float64Array() } = history ?? {};
  const columns = Float64Array.from({ length: rows * names.length }, (_, i) => data[(i % rows) * names.length + Math.floor(i / rows)]!);
  const head: Head = { lab, query, look, state: state.length, names, rows, own: own && { crc: own.crc, length: own.bytes?.length ?? 0 } };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  const packed = await deflate(joined([length, text, planes(state, 4), planes(new Uint8Array(columns.buffer), 8), own?.bytes ?? new Uint8Array()]));
  return joined([new TextEncoder().encode(MAGIC + VERSION), packed]);
}

const size = (value: unknown, most: number): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;

function readHead(text: string): Head {
  let head: Partial<Head> | null;
  try {
    head = JSON.parse(text) as Partial<Head> | null;
  } catch {
    throw new ShareError('damaged');
  }
  const own = head?.own ?? null;
  if (
    typeof head?.lab !== 'string' || typeof head.query !== 'string' || !size(head.state, 2 ** 31) || !size(head.rows, MAX_ROWS)
    || !Array.isArray(head.names) || head.names.length > MAX_COLUMNS || head.names.some((name) => typeof name !== 'string')
    || (own !== null && (!size(own.crc, 2 ** 32) || !size(own.length, 2 ** 31)))
  ) throw new ShareError('damaged');
  const { lab, query, look, state, names, rows } = head as Head;
  return { lab, query, look, state, names, rows, own };
}

/** `most`: bytes that it may unpack to. Throws ShareError. */
export async function unpack(bytes: Uint8Array<ArrayBuffer>, most: number): Promise<Saved> {
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (!magic.startsWith(MAGIC) || magic.length < 4) throw new ShareError('foreign');
  if (magic !== MAGIC + VERSION) throw new ShareError('version');
  const plain = await inflate(bytes.subarray(4), most);
  const length = plain.length < 4 ? 0 : new DataView(plain.buffer).getUint32(0, true);
  if (length > Math.min(MAX_HEAD, plain.length - 4)) throw new ShareError('damaged');
  const { lab, query, look, state, names, rows, own } = readHead(new TextDecoder().decode(plain.subarray(4, 4 + length)));
  const curve = 8 * rows * names.length;
  const parts = [state, curve, own?.length ?? 0];
  if (4 + length + parts.reduce((sum, n) => sum + n) !== plain.length) throw new ShareError('damaged');
  let at = 4 + length;
  const [stateBytes, curveBytes, ownBytes] = parts.map((n) => plain.slice(at, (at += n)));
  const columns = new Float64Array(unplanes(curveBytes!, 8).buffer);
  return {
    lab, query, look,
    state: unplanes(stateBytes!, 4),
    history: rows ? { names, rows, data: Float64Array.from(columns, (_, i) => columns[(i % names.length) * rows + Math.floor(i / names.length)]!) } : null,
    own: own && { crc: own.crc, bytes: own.length ? ownBytes! : null },
  };
}

/** For a link: some rows of many, and of each metric what a float32 holds (its other bytes are zero, and cost nothing). */
export function thinned({ names, rows, data }: HistoryData, most: number): HistoryData {
  const every = Math.max(1, Math.ceil((rows - 1) / (most - 1)));
  const kept = Array.from({ length: rows }, (_, r) => r).filter((r) => r % every === 0 || r === rows - 1);
  const width = names.length;
  const values = kept.flatMap((r) => Array.from(data.subarray(r * width, (r + 1) * width), (v, c) => (c ? Math.fround(v) : v)));
  return { names, rows: kept.length, data: Float64Array.from(values) };
}
