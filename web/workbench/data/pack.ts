// Own data in the engine's form (engine/data/own.h).

export const MAX_CLASSES = 10;
/** Fewer examples are refused. */
export const FEWEST = 10;
const NAME = 40;

/** A name as it is shown. */
export const short = (name: string): string => [...name].slice(0, NAME).join('');

export function pack(header: { shape: number[]; features: string[]; classes: string[]; target: string }, values: Float32Array, targets: Float32Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify({ n: targets.length, ...header }));
  // The numbers lie where a float may lie, so the text is made long enough.
  const length = Math.ceil(text.length / 4) * 4;
  const bytes = new Uint8Array(8 + length + 4 * (values.length + targets.length));
  bytes.set([0x50, 0x47, 0x4f, 0x31]);
  new DataView(bytes.buffer).setUint32(4, length, true);
  bytes.fill(0x20, 8, 8 + length);
  bytes.set(text, 8);
  const numbers = new Float32Array(bytes.buffer, 8 + length);
  numbers.set(values);
  numbers.set(targets, values.length);
  return bytes;
}
