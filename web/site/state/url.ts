// The parameters of an experiment as a readable query string: only what differs from the default, and a version.
//   ?v=1&task=spiral&lr=0.1&hidden=8-8&features=x1-x2
// Nothing here trusts what it reads: what cannot be understood is left out and reported, never thrown.
import type { LabSchema, ParamDef, Params, ParamValue } from '../../engine/protocol';

export const VERSION = 1;
/** A list with nothing in it. */
const NOTHING = 'none';
/** Longer values are not looked at: nothing that this writes comes near. */
const MAX_RAW = 4000;
/** Keys of a query that are not ours to judge: the version, and what others append to addresses. */
const foreign = /^(v|lang|embed|ref|fbclid|gclid|msclkid|utm_\w+)$/;

export interface UrlProblem {
  key: string;
  /** `unknown` key, `kind` (unreadable as that kind), `choice`, `long`, or `version`. */
  rule: 'unknown' | 'kind' | 'choice' | 'long' | 'version';
  raw: string;
}

const number = (raw: string): number | null => (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(raw) && Number.isFinite(+raw) ? +raw : null);

/** Entries of a list of whole numbers: 8-8, or with a sign among them 8,-3. */
function integers(raw: string): number[] | null {
  if (raw === '' || raw === NOTHING) return [];
  const parts = raw.includes(',') || raw.startsWith('-') ? raw.split(',') : raw.split('-');
  const values = parts.map((part) => (/^-?\d{1,9}$/.test(part) ? +part : NaN));
  return values.some(Number.isNaN) ? null : values;
}

function decode(def: ParamDef, raw: string): { value: ParamValue } | { rule: UrlProblem['rule'] } {
  if (raw.length > MAX_RAW) return { rule: 'long' };
  switch (def.kind) {
    case 'real':
    case 'integer': {
      const value = number(raw);
      return value === null ? { rule: 'kind' } : { value };
    }
    case 'boolean':
      if (raw === '1' || raw === 'true') return { value: true };
      if (raw === '0' || raw === 'false') return { value: false };
      return { rule: 'kind' };
    case 'choice':
      return def.choices!.includes(raw) ? { value: raw } : { rule: 'choice' };
    case 'choices': {
      const values = raw === '' || raw === NOTHING ? [] : raw.split('-');
      if (values.some((v) => !def.choices!.includes(v))) return { rule: 'choice' };
      return { value: def.choices!.filter((c) => values.includes(c)) };
    }
    case 'integers': {
      const value = integers(raw);
      return value === null ? { rule: 'kind' } : { value };
    }
    case 'names': {
      const value = raw === NOTHING ? [] : raw.split('-');
      return value.some((v) => v !== '' && !def.choices!.includes(v)) ? { rule: 'choice' } : { value };
    }
    case 'text':
      return { value: raw };
  }
}

function encode(def: ParamDef, value: ParamValue): string {
  switch (def.kind) {
    case 'boolean':
      return value ? '1' : '0';
    case 'choices':
    case 'names':
      return (value as string[]).join('-') || NOTHING;
    case 'integers': {
      const values = value as number[];
      return values.length ? values.join(values.some((v) => v < 0) ? ',' : '-') : NOTHING;
    }
    default:
      return String(value);
  }
}

export const sameValue = (a: ParamValue | undefined, b: ParamValue | undefined): boolean =>
  Array.isArray(a) && Array.isArray(b) ? a.length === b.length && a.every((v, i) => v === b[i]) : Object.is(a, b) || a === b;

export function defaultsOf(schema: LabSchema): Params {
  return Object.fromEntries(schema.params.map((def) => [def.key, def.default]));
}

/** The parameters that a query string names (a part of all), and what in it could not be read. */
export function decodeParams(query: string, schema: LabSchema): { params: Params; problems: UrlProblem[] } {
  const params: Params = {};
  const found: UrlProblem[] = [];
  const defs = new Map(schema.params.map((def) => [def.key, def]));
  const seen = new Set<string>();
  for (const [key, raw] of new URLSearchParams(query)) {
    if (seen.has(key)) continue; // the first counts
    seen.add(key);
    if (key === 'v' && raw !== String(VERSION)) found.push({ key, rule: 'version', raw });
    if (foreign.test(key)) continue;
    const def = defs.get(key);
    if (!def) {
      found.push({ key, rule: 'unknown', raw });
      continue;
    }
    const read = decode(def, raw);
    if ('value' in read) params[def.key] = read.value;
    else found.push({ key, rule: read.rule, raw });
  }
  return { params, problems: found };
}

/** `?v=1&…`, in the table's order; empty when everything is at its default. */
export function encodeParams(params: Params, schema: LabSchema): string {
  const query = new URLSearchParams();
  for (const def of schema.params) {
    const value = params[def.key];
    if (value === undefined || sameValue(value, def.default)) continue;
    query.set(def.key, encode(def, value));
  }
  const text = query.toString();
  return text ? `?v=${VERSION}&${text}` : '';
}

/** What a `try:` link says: parameters to set, and whether to run. `try:lr=3&run` */
export function parseTry(text: string, schema: LabSchema): { params: Params; run: boolean; problems: UrlProblem[] } {
  const flags = text.split('&');
  const run = flags.includes('run');
  return { ...decodeParams(flags.filter((flag) => flag !== 'run').join('&'), schema), run };
}
