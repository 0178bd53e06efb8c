import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadEngine } from '../../../.tools/wasm.mjs';
import { pack } from '../../../web/workbench/data/pack';
import { DataError, likelyTarget, packTable, readTable, type Packed } from '../../../web/workbench/data/table';

const rows = (n: number, row: (i: number) => string) => Array.from({ length: n }, (_, i) => row(i)).join('\n');
const file = (name: string) => readFileSync(new URL(`../../../web/workbench/data/tables/${name}.csv`, import.meta.url), 'utf8');

/** What is wrong with it, as the page is told. */
function trouble(attempt: () => unknown): [string, Record<string, unknown>] {
  try {
    attempt();
  } catch (thrown) {
    if (thrown instanceof DataError) return [thrown.problem, thrown.facts];
    throw thrown;
  }
  throw new Error('taken');
}
function unpacked({ bytes }: Packed) {
  const view = new DataView(bytes.buffer);
  const length = view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const numbers = new Float32Array(bytes.buffer, 8 + length);
  const width = header.shape.reduce((a: number, b: number) => a * b, 1);
  return { header, row: (i: number) => [...numbers.subarray(i * width, (i + 1) * width)], targets: [...numbers.subarray(header.n * width)] };
}

describe('reading', () => {
  it.each([
    [',', 'a,b,kind'],
    ['\t', 'a\tb\tkind'],
    [';', 'a;b;kind'],
    ['|', 'a|b|kind'],
  ])('finds the separator %j, the header and the kinds', (separator, header) => {
    const table = readTable(`${header}\n${rows(20, (i) => [i, i / 2, i % 2 ? 'x' : 'y'].join(separator))}\n`);
    expect(table.separator).toBe(separator);
    expect(table.header).toBe(true);
    expect(table.columns.map(({ name, kind }) => [name, kind])).toEqual([['a', 'number'], ['b', 'number'], ['kind', 'text']]);
    expect(table.rows.length).toBe(20);
  });

  it('sees that there is no header, and is told otherwise', () => {
    const text = rows(12, (i) => `${i},${i * i}`);
    expect(readTable(text).header).toBe(false);
    expect(readTable(text).columns.map((c) => c.name)).toEqual(['#1', '#2']);
    expect(readTable(text, true).rows.length).toBe(11);
  });

  it('reads quotes, line breaks in them, empty lines, a byte order mark and CRLF', () => {
    const table = readTable(`\uFEFFname,v\r\n"a ""b"", c",1\r\n"two\r\nlines",2\r\n\r\n${rows(10, (i) => `x${i},${i}`).replaceAll('\n', '\r\n')}`);
    expect(table.rows[0]).toEqual(['a "b", c', '1']);
    expect(table.lines.slice(0, 3)).toEqual([2, 3, 6]);
    expect(table.columns[0]!.name).toBe('name');
  });

  it('reads decimal commas where commas do not separate', () => {
    const table = readTable(`a;b\n${rows(12, (i) => `${i},5;${i % 2}`)}`);
    expect(unpacked(packTable(table, 1, 'classes')).row(3)).toEqual([3.5]);
  });

  it('names line and column of what is wrong', () => {
    expect(trouble(() => readTable(''))).toEqual(['empty', {}]);
    expect(trouble(() => readTable('\n \n'))).toEqual(['empty', {}]);
    expect(trouble(() => readTable(`a,b\n${rows(20, (i) => (i === 7 ? '1,2,3' : '1,2'))}`))).toEqual(['fields', { line: 9, found: 3, wanted: 2 }]);
    expect(trouble(() => readTable(`a,b\n1,2\n1,"2\n${rows(20, () => '1,2')}`))[0]).toBe('quotes');
    expect(trouble(() => readTable(`a,b\n${rows(5, () => '1,2')}`))).toEqual(['few', { found: 5, fewest: 10 }]);
    expect(trouble(() => readTable(rows(12, () => '1,'.repeat(300))))[0]).toBe('columns');
    const { stray } = readTable(`a,b\n${rows(30, (i) => (i === 4 || i === 9 ? `o${i},1` : `${i},1`))}`).columns[0]!;
    expect(stray).toEqual({ line: 6, text: 'o4', count: 2 });
  });

  it('takes 50,000 rows and not one more', () => {
    const text = `a,b\n${rows(50_000, (i) => `${i},${i % 3}`)}`;
    expect(readTable(text).rows.length).toBe(50_000);
    expect(trouble(() => readTable(`${text}\n1,2`))).toEqual(['rows', { found: 50_001, most: 50_000 }]);
  });

  it('is not moved by nasty names and values', () => {
    const names = ['<img src=x onerror=alert(1)>', '__proto__', 'constructor', 'toString', '=cmd()', '', '__proto__', 'x'.repeat(500), '\u202eevil', '{{t}}'];
    const table = readTable(`${names.join(',')}\n${rows(12, (i) => names.map((_, c) => (c === 1 ? ['__proto__', 'constructor'][i % 2] : i * (c + 1))).join(','))}`, true);
    expect(table.columns[1]!.name).toBe('__proto__');
    expect(table.columns[5]!.name).toBe('#6');
    expect(table.columns[6]!.name).toBe('__proto__ (2)');
    expect([...table.columns[7]!.name].length).toBe(40);
    const packed = packTable(table, 1, 'classes');
    expect(packed.classes).toEqual(['__proto__', 'constructor']);
    expect(unpacked(packed).header.features).toContain('<img src=x onerror=alert(1)>');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('packing', () => {
  it('leaves out rows with gaps, and columns of one value, of too many texts, of mostly gaps, and says so', () => {
    const table = readTable(`a,same,id,gaps,b,kind\n${rows(40, (i) => `${i % 8 === 3 ? 'NA' : i},7,name${i},${i < 30 ? '' : 1},${i === 5 ? '' : 2 * i},${i % 2 ? 'x' : 'y'}`)}`);
    const packed = packTable(table, 5, 'classes');
    expect(packed).toMatchObject({ n: 34, dropped: 6, constant: ['same'], texts: ['id'], gaps: ['gaps'], features: ['a', 'b'], classes: ['x', 'y'] });
    const { header, row, targets } = unpacked(packed);
    expect(header).toMatchObject({ n: 34, shape: [2], features: ['a', 'b'], classes: ['x', 'y'], target: 'kind' });
    expect(row(0)).toEqual([0, 0]);
    expect(row(1)).toEqual([1, 2]);
    expect(targets.slice(0, 4)).toEqual([1, 0, 1, 1]);
  });

  it('makes columns of 0 and 1 out of few texts', () => {
    const table = readTable(`colour,size,v,y\n${rows(12, (i) => `${['red', 'green', 'blue'][i % 3]},${i % 2 ? 's' : 'l'},${i},${i % 2}`)}`);
    const packed = packTable(table, 3, 'classes');
    expect(packed.features).toEqual(['colour = blue', 'colour = green', 'colour = red', 'size = s', 'v']);
    expect(unpacked(packed).row(1)).toEqual([0, 1, 0, 1, 1]);
  });

  it('takes classes in the order of numbers, and numbers as they are', () => {
    const table = readTable(`v,y\n${rows(20, (i) => `${i},${[10, 9, 100][i % 3]}`)}`);
    expect(packTable(table, 1, 'classes').classes).toEqual(['9', '10', '100']);
    const numbers = unpacked(packTable(table, 1, 'numbers'));
    expect(numbers.header.classes).toEqual([]);
    expect(numbers.targets.slice(0, 3)).toEqual([10, 9, 100]);
  });

  it('says what cannot be done', () => {
    const table = readTable(`v,name,y,same\n${rows(20, (i) => `${i},n${i},${i % 2},1`)}`);
    expect(trouble(() => packTable(table, 1, 'numbers'))).toEqual(['not_number', { column: 'name' }]);
    expect(trouble(() => packTable(table, 0, 'classes'))).toEqual(['classes', { column: 'v', found: 20, most: 10 }]);
    expect(trouble(() => packTable(table, 3, 'classes'))).toEqual(['one_class', { column: 'same' }]);
    expect(trouble(() => packTable(readTable(`name,y\n${rows(20, (i) => `n${i},${i % 2}`)}`), 1, 'classes'))).toEqual(['no_features', {}]);
    expect(trouble(() => packTable(readTable(`v,y\n${rows(20, (i) => `${i < 8 ? i : ''},${i % 2}`)}`), 1, 'classes'))[0]).toBe('no_features');
    expect(trouble(() => packTable(readTable(`v,y\n${rows(20, (i) => `${i},${i < 5 ? i % 2 : ''}`)}`), 1, 'classes'))).toEqual(['few', { found: 5, fewest: 10 }]);
  });

  it('knows no number that the engine could not hold', () => {
    expect(readTable(`v,y\n${rows(20, (i) => `1e${300 + i},${i % 2}`)}`).columns[0]!.kind).toBe('text');
  });
});

describe('the classic tables', () => {
  it.each([
    ['iris', 4, 150, 0, ['setosa', 'versicolor', 'virginica']],
    ['penguins', 8, 333, 11, ['Adelie', 'Chinstrap', 'Gentoo']],
  ])('%s is read whole and learned by the default network', async (name, features, n, dropped, classes) => {
    const table = readTable(file(name), true);
    const packed = packTable(table, table.columns.findIndex((column) => column.name === 'species'), 'classes');
    expect(packed).toMatchObject({ n, dropped, classes });
    expect(packed.features.length).toBe(features);
    const engine = await loadEngine();
    engine.provide('own', packed.bytes);
    const lab = engine.createLab('network', '{"task": "own"}');
    lab.step(1000);
    expect(lab.metrics()[3]).toBeGreaterThan(0.9);
    lab.delete();
  });

  it('iris is about species', () => {
    const table = readTable(file('iris'));
    expect(table.columns[likelyTarget(table)]!.name).toBe('species');
  });
});

it('an engine without the data asks for them by name', async () => {
  const engine = await loadEngine();
  expect(() => engine.createLab('network', '{"task": "own"}')).toThrow(expect.objectContaining({ code: 'needs_asset', path: 'own' }));
  engine.provide('own', pack({ shape: [2], features: ['가로', '세로'], classes: ['둘', '하나'], target: '이름' }, Float32Array.from({ length: 24 }, (_, i) => i % 7), Float32Array.from({ length: 12 }, (_, i) => i % 2)));
  const lab = engine.createLab('network', '{"task": "own"}');
  expect(JSON.parse(lab.query('info', '{}'))).toMatchObject({ kind: 'binary', classes: ['둘', '하나'], features: ['가로', '세로'] });
  lab.delete();
});
