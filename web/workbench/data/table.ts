// From pasted text to what the engine takes: which columns there are, which rows can be used, and what had to go. No page here:
// it runs in a worker, and in the tests. What a table holds is never a key of an object.
import Papa from 'papaparse';
import { FEWEST, MAX_CLASSES, pack, short } from './pack';

export const MAX_ROWS = 50_000;
const MAX_COLUMNS = 200;
const MAX_VALUES = 1 << 22;
/** A column of which fewer can be read as numbers is text. */
const MOSTLY = 0.9;
export const PREVIEW = 6;

export type Problem = 'empty' | 'rows' | 'columns' | 'fields' | 'quotes' | 'few' | 'classes' | 'one_class' | 'not_number' | 'no_features' | 'values';

/** What is wrong with a table; `facts` are the numbers and names that say where. */
export class DataError extends Error {
  constructor(
    readonly problem: Problem,
    readonly facts: Record<string, string | number> = {},
  ) {
    super(`${problem} ${JSON.stringify(facts)}`);
  }
}

export interface Column {
  name: string;
  kind: 'number' | 'text';
  missing: number;
  /** Different values, counted up to MAX_CLASSES + 1. */
  distinct: number;
  /** In a column of numbers: the first entry that is none, by line; and how many there are. */
  stray: { line: number; text: string; count: number } | null;
}

export interface Table {
  separator: string;
  header: boolean;
  columns: Column[];
  rows: string[][];
  /** Line of the text on which each row begins. */
  lines: number[];
  decimalComma: boolean;
}

const missing = (text: string) => /^(|na|n\/a|nan|null|none|\?|-)$/i.test(text);
const plain = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const comma = /^[-+]?\d+,\d+$/;

function numberOf(text: string, decimalComma: boolean): number {
  const value = decimalComma && comma.test(text) ? Number(text.replace(',', '.')) : plain.test(text) ? Number(text) : NaN;
  return Number.isFinite(Math.fround(value)) ? value : NaN; // the engine counts in float32
}

/** Names as they will be shown: none is empty, none stands twice. */
function names(given: string[]): string[] {
  const seen = new Map<string, number>();
  return given.map((raw, i) => {
    const name = short(raw.trim()) || `#${i + 1}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

function columnOf(name: string, at: number, { rows, lines, decimalComma }: Pick<Table, 'rows' | 'lines' | 'decimalComma'>): Column {
  const values = new Set<string>();
  let absent = 0, numeric = 0;
  let stray: Column['stray'] = null;
  rows.forEach((row, r) => {
    const text = row[at]!;
    if (missing(text)) {
      absent++;
      return;
    }
    if (values.size <= MAX_CLASSES) values.add(text);
    if (Number.isFinite(numberOf(text, decimalComma))) numeric++;
    else if (stray) stray.count++;
    else stray = { line: lines[r]!, text: short(text), count: 1 };
  });
  const there = rows.length - absent;
  const number = there > 0 && numeric >= MOSTLY * there;
  return { name, kind: number ? 'number' : 'text', missing: absent, distinct: values.size, stray: number ? stray : null };
}

/** `header`: whether the first row holds names; null: found out. */
export function readTable(text: string, header: boolean | null = null): Table {
  const { data, errors, meta } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { delimiter: '', delimitersToGuess: [',', '\t', ';', '|'] });
  // A text that never ends: all that follows would be one field.
  const quotes = errors.find((error) => error.type === 'Quotes');
  const rows: string[][] = [], lines: number[] = [];
  let line = 1;
  data.forEach((row, r) => {
    if (quotes?.row === r) throw new DataError('quotes', { line });
    const fields = row.map((field) => field.trim());
    if (fields.some((field) => field !== '')) {
      rows.push(fields);
      lines.push(line);
    }
    line += 1 + row.reduce((n, field) => n + (field.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
  });
  if (!rows.length) throw new DataError('empty');
  const wanted = rows[0]!.length;
  if (wanted > MAX_COLUMNS) throw new DataError('columns', { found: wanted, most: MAX_COLUMNS });
  rows.forEach((row, r) => {
    if (row.length !== wanted) throw new DataError('fields', { line: lines[r]!, found: row.length, wanted });
  });
  const separator = meta.delimiter;
  const decimalComma = separator !== ',' && rows.slice(1, 200).some((row) => row.some((field) => comma.test(field)));
  const isNumber = (field: string) => Number.isFinite(numberOf(field, decimalComma));
  const found = header ?? (rows.length > 1 && !rows[0]!.some((field) => isNumber(field) || missing(field)));
  const given = found ? rows.shift()! : rows[0]!.map(() => '');
  if (found) lines.shift();
  if (rows.length > MAX_ROWS) throw new DataError('rows', { found: rows.length, most: MAX_ROWS });
  if (rows.length < FEWEST) throw new DataError('few', { found: rows.length, fewest: FEWEST });
  const parts = { rows, lines, decimalComma };
  return { separator, header: found, columns: names(given).map((name, at) => columnOf(name, at, parts)), ...parts };
}

/** The last column of few values, else the last of numbers: what tables usually are about. */
export function likelyTarget({ columns }: Table): number {
  const last = columns.length - 1;
  const classes = columns.findLastIndex((column) => column.kind === 'text' && column.distinct > 1 && column.distinct <= MAX_CLASSES);
  return classes >= 0 ? classes : last;
}

export interface Packed {
  bytes: Uint8Array<ArrayBuffer>;
  n: number;
  features: string[];
  classes: string[];
  /** Rows left out because something in them is missing. */
  dropped: number;
  /** Columns left out: of one value, of too many texts, of more gaps than entries. */
  constant: string[];
  texts: string[];
  gaps: string[];
}

export function packTable(table: Table, target: number, as: 'classes' | 'numbers'): Packed {
  const { columns, rows, decimalComma } = table;
  const goal = columns[target]!;
  if (as === 'numbers' && goal.kind === 'text') throw new DataError('not_number', { column: goal.name });
  const gaps: string[] = [], texts: string[] = [], constant: string[] = [];
  let used = columns.map((column, at) => ({ column, at })).filter(({ column, at }) => {
    if (at === target) return false;
    if (column.missing > rows.length / 2) return void gaps.push(column.name);
    if (column.kind === 'text' && column.distinct > MAX_CLASSES) return void texts.push(column.name);
    return true;
  });
  const usable = (text: string, number: boolean) => !missing(text) && (!number || Number.isFinite(numberOf(text, decimalComma)));
  const kept = rows.filter((row) => usable(row[target]!, as === 'numbers') && used.every(({ column, at }) => usable(row[at]!, column.kind === 'number')));
  if (kept.length < FEWEST) throw new DataError('few', { found: kept.length, fewest: FEWEST });
  used = used.filter(({ column, at }) => {
    const first = kept[0]![at];
    return kept.some((row) => row[at] !== first) || void constant.push(column.name);
  });
  // A text of few values becomes a column of 0 and 1 for each, of two values one column.
  const made: { name: string; value: (row: string[]) => number }[] = [];
  for (const { column, at } of used) {
    if (column.kind === 'number') {
      made.push({ name: column.name, value: (row) => numberOf(row[at]!, decimalComma) });
      continue;
    }
    const values = [...new Set(kept.map((row) => row[at]!))].sort();
    for (const value of values.length === 2 ? values.slice(1) : values) {
      made.push({ name: `${column.name} = ${short(value)}`, value: (row) => Number(row[at] === value) });
    }
  }
  if (!made.length) throw new DataError('no_features');
  if (made.length * kept.length > MAX_VALUES) throw new DataError('values', { found: made.length * kept.length, most: MAX_VALUES });
  let classes: string[] = [];
  if (as === 'classes') {
    const all = new Set(kept.map((row) => row[target]!));
    if (all.size > MAX_CLASSES) throw new DataError('classes', { column: goal.name, found: all.size, most: MAX_CLASSES });
    if (all.size < 2) throw new DataError('one_class', { column: goal.name });
    classes = [...all].sort((a, b) => (goal.kind === 'number' ? numberOf(a, decimalComma) - numberOf(b, decimalComma) : a < b ? -1 : 1));
  }
  const number = new Map(classes.map((name, k) => [name, k]));
  const values = new Float32Array(kept.length * made.length), targets = new Float32Array(kept.length);
  kept.forEach((row, r) => {
    made.forEach(({ value }, c) => (values[r * made.length + c] = value(row)));
    targets[r] = as === 'classes' ? number.get(row[target]!)! : numberOf(row[target]!, decimalComma);
  });
  const features = made.map(({ name }) => name), shown = classes.map(short);
  return { bytes: pack({ shape: [made.length], features, classes: shown, target: goal.name }, values, targets), n: kept.length, features, classes: shown, dropped: rows.length - kept.length, constant, texts, gaps };
}
