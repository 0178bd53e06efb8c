// From the engine's parameter tables: build/generated/schema.json, and schema.ts and model-spec.ts for the types.
import { existsSync, readFileSync } from 'node:fs';
import katex from 'katex';
import { Stop, at, writeIfChanged } from './lib.mjs';
import { specTypes } from './model-spec.mjs';
import { pageModule } from './page-modules.mjs';
import { findText, textsOf } from './texts.mjs';

const camel = (id) => id.replace(/(^|[_-])(\w)/g, (_, __, letter) => letter.toUpperCase());
const keyOf = (lab) => (/^\w+$/.test(lab) ? lab : `'${lab}'`);
const literal = (text) => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
const union = (texts) => (texts.length ? texts.map(literal).join(' | ') : 'never');

function typeOf(param) {
  switch (param.kind) {
    case 'real':
    case 'integer': return 'number';
    case 'boolean': return 'boolean';
    case 'text': return 'string';
    case 'integers': return 'number[]';
    case 'choice': return union(param.choices);
    case 'choices': return `(${union(param.choices)})[]`;
    case 'names': return `(${union(['', ...param.choices])})[]`;
    default: throw new Stop(`The schema has a parameter of unknown kind "${param.kind}" (${param.key}).`);
  }
}

function comment(param, texts, lab) {
  const help = findText(texts, lab, `params.${param.key}.help`);
  const facts = [];
  if (['real', 'integer', 'integers'].includes(param.kind) && param.min !== undefined) {
    facts.push(`${param.kind === 'integers' ? 'each from ' : ''}${param.min} to ${param.max}${param.unit ? ` ${param.unit}` : ''}`);
  }
  if (param.kind === 'integers') facts.push(`${param.min_length ?? 0} to ${param.max_length} of them`);
  if (param.kind === 'names') facts.push(`an entry for each of ${param.per}; an empty or missing one takes ${param.like}`);
  facts.push(`default ${JSON.stringify(param.default)}`, param.apply === 'live' ? 'acts at once' : 'starts the run again');
  if (param.when) facts.push(`only when ${param.when}`);
  const lines = [findText(texts, lab, `params.${param.key}.label`), help, `${facts.join('; ')}.`].filter(Boolean);
  return `  /**\n${lines.map((line) => `   * ${line.replace(/\*\//g, '* /')}`).join('\n')}\n   */`;
}

/** TypeScript for the labs of the schema, documented with their English texts. */
export function schemaTypes(schema) {
  const labs = Object.keys(schema.labs);
  const texts = textsOf('en', labs);
  const out = [
    "// Generated from the engine's parameter tables (engine/labs/*.cpp); do not edit.",
    "import type { EngineSchema, LabSchema } from '../../web/engine/protocol';",
    '',
  ];
  for (const lab of labs) {
    out.push(`/** Hyperparameters of the lab \`${lab}\`. */`, `export interface ${camel(lab)}Params {`);
    for (const param of schema.labs[lab].params) {
      out.push(comment(param, texts, lab), `  ${param.key}: ${typeOf(param)};`);
    }
    out.push('}', '', `/** What a run of \`${lab}\` measures, in the order of \`metrics()\`. */`);
    out.push(`export type ${camel(lab)}Metric = ${union(schema.labs[lab].metrics)};`, '');
  }
  out.push('export interface LabParams {', ...labs.map((lab) => `  ${keyOf(lab)}: ${camel(lab)}Params;`), '}', '');
  out.push('export interface LabMetrics {', ...labs.map((lab) => `  ${keyOf(lab)}: ${camel(lab)}Metric;`), '}', '');
  out.push('export type LabId = keyof LabParams;', '');
  out.push('/** The tables themselves, as the engine tells them. */');
  out.push(`export const schema: EngineSchema & { labs: Record<LabId, LabSchema> } = ${JSON.stringify({ version: schema.version, labs: schema.labs })};`, '');
  return out.join('\n');
}

/** Sets the formulas that a first look at a lab shows (web/labs/<id>/formulas.ts): build/generated/formulas/<id>.ts. */
export async function generateFormulas(labs) {
  const { TEX } = await pageModule('web/elements/tex.ts');
  for (const lab of labs.filter((id) => existsSync(at(`web/labs/${id}/formulas.ts`)))) {
    const { formulas } = await pageModule(`web/labs/${lab}/formulas.ts`);
    const set = Object.fromEntries(formulas().map((tex) => [tex, katex.renderToString(tex, TEX)]));
    writeIfChanged(at(`build/generated/formulas/${lab}.ts`), `// Generated from web/labs/${lab}/formulas.ts; do not edit.\nexport const formulas: Record<string, string> = ${JSON.stringify(set)};\n`);
  }
}

/** Asks the engine for its tables and writes the files. */
export function generateSchema(engine) {
  const schema = JSON.parse(engine.schema());
  writeIfChanged(at('build/generated/schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
  writeIfChanged(at('build/generated/schema.ts'), schemaTypes(schema));
  writeIfChanged(at('build/generated/model-spec.ts'), specTypes(schema));
  return schema;
}

export const readSchema = () => JSON.parse(readFileSync(at('build/generated/schema.json'), 'utf8'));
