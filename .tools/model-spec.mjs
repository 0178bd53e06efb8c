// From the engine's tables: build/generated/model-spec.ts, the type of a model's spec with every layer, loss, optimizer,
// schedule and initialisation it may hold.
import { Stop } from './lib.mjs';

const camel = (id) => id.replace(/(^|[_-])(\w)/g, (_, __, letter) => letter.toUpperCase());
const literal = (text) => `'${text}'`;

function typeOf(row) {
  switch (row.kind) {
    case 'real':
    case 'integer': return 'number';
    case 'boolean': return 'boolean';
    case 'text':
    case 'name': return 'string';
    case 'choice': return row.choices.map(literal).join(' | ');
    case 'integers': return ['number', 'number[]', ...(row.words ?? []).map(literal)].join(' | ');
    case 'reals': return 'number[]';
    default: throw new Stop(`The schema has a parameter of unknown kind "${row.kind}" (${row.key}).`);
  }
}

function about(row) {
  if (row.kind === 'name') return 'Name of an input of ids.';
  const facts = [];
  if (row.min !== undefined && row.max !== undefined) facts.push(`${row.kind === 'integers' || row.kind === 'reals' ? 'each from ' : ''}${row.min} to ${row.max}`);
  facts.push(row.required ? 'required' : `default ${JSON.stringify(row.default)}`);
  if (row.apply === 'live') facts.push('may be set while training');
  return `${facts.join('; ')}.`;
}

const fields = (rows) => rows.map((row) => `  /** ${about(row)} */\n  ${row.key}${row.required ? '' : '?'}: ${typeOf(row)};`).join('\n');

/** One interface for each entry of a table, and their union. */
function family(table, suffix, base) {
  const names = Object.keys(table);
  const out = names.map((name) => `export interface ${camel(name)}${suffix}${base ? ` extends ${base}` : ''} {\n  type: ${literal(name)};\n${fields(table[name])}\n}`);
  out.push(`export type ${suffix}Spec = ${names.map((name) => `${camel(name)}${suffix}`).join(' | ')};`);
  return out.join('\n');
}

export function specTypes(spec) {
  return `// Generated from the engine's tables (engine/nn, engine/ops, engine/optim); do not edit.

/** Name of an initialisation, or an object with its numbers. */
export type Init = InitSpec | InitSpec['type'];

/** What every layer may carry. */
export interface LayerBase {
  /** 1 to 40 letters, digits, '_', '-' or '.'; default: its index. */
  name?: string;
  /** Layers or inputs by name; default: the layer before. */
  inputs?: string[];
  /** Of the weights; biases then start at 0. Default: PyTorch's of this layer. */
  init?: Init;
  /** A layer whose parameters this one uses: "enc", or "d/enc" of another model given as \`d\`. */
  share?: string;
  /** Keeps its parameters as they are; a list: those of these names ("bias_hh_l0"). */
  frozen?: boolean | string[];
}

/** What every loss may carry. */
export interface LossBase {
  /** In a list of losses: the name of its targets in \`y\`; default: its type. */
  name?: string;
  /** What it looks at, by name; default: the model's output. */
  inputs?: string[];
  /** A value of the model that is the target; default: the caller's \`y\`. */
  target?: string;
  /** Factor in the sum of a list of losses; default 1; may be set while training. */
  loss_weight?: number;
}

export interface ValuesInput {
${fields(spec.input.values)}
}
export interface TokensInput {
${fields(spec.input.tokens)}
}
export type InputSpec = ValuesInput | TokensInput;

${family(spec.layers, 'Layer', 'LayerBase')}

${family(spec.losses, 'Loss', 'LossBase')}

${family(spec.optimizers, 'Optimizer')}

${family(spec.schedules, 'Schedule')}

${family(spec.inits, 'Init')}

export interface ModelSpec {
${fields(spec.model)}
  /** The model's input, or… */
  input?: InputSpec;
  /** …several by name. */
  inputs?: Record<string, InputSpec>;
  /** In the order of computing, or… */
  layers?: LayerSpec[];
  /** …as a graph: each names its inputs. */
  nodes?: (LayerSpec & { inputs: string[] })[];
  /** Name of the layer that \`predict\` gives; default: the last. */
  output?: string;
  /** One, or several that are added up. Left out: the model only predicts. */
  loss?: LossSpec | LossSpec[];
  /** Default: sgd. */
  optimizer?: OptimizerSpec;
  /** Default: constant. */
  schedule?: ScheduleSpec;
  /** Penalties on weights (not on biases and normalisations): l1·Σ|w| + l2/2·Σw², added to the gradients, not to the loss. */
  regularization?: {
${fields(spec.regularization)}
  };
  /** Of all gradients together, before the update; 0: off. */
  gradient_clipping?: {
${fields(spec.gradient_clipping)}
  };
}
`;
}
