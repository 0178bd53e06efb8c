// The glossary of hyperparameters: one page a language, all of it HTML. What is said comes from the engine's tables, the texts and
// web/site/glossary/entries.json; the pictures are runs of the engine (web/labs/<lab>/show.json).
import { readFileSync } from 'node:fs';
import { at } from './lib.mjs';
import { pageModule } from './page-modules.mjs';
import { metricOf, middleOf, showOf } from './show.mjs';
import { shownRuns } from './shown.mjs';

/** The groups of the page, in its order. A row without a section of its own stands under its group in the table. */
const SECTIONS = ['training', 'optimizer', 'schedule', 'regularization', 'model', 'initialization', 'fine_tuning', 'decoding', 'data'];

export const entriesFile = () => JSON.parse(readFileSync(at('web/site/glossary/entries.json'), 'utf8'));

/** What the page is made of beside texts and runs: the page's own ways to list, write and link. */
export async function glossaryParts() {
  const [rows, when, format, url] = await Promise.all(['web/site/glossary/rows.ts', 'web/elements/when.ts', 'web/elements/format.ts', 'web/site/state/url.ts'].map(pageModule));
  return { ...rows, ...when, ...format, ...url, entries: entriesFile() };
}

/** Everything wrong with entries.json and the show.json files for these rows, one line each. */
export function checkGlossary(schema, rows, entries) {
  const problems = [];
  const ids = new Set(rows.map((row) => row.id));
  for (const { id } of rows) {
    const entry = entries[id];
    if (!entry) problems.push(`web/site/glossary/entries.json: no ${id}`);
    else {
      for (const name of ['torch', 'keras']) if (entry[name] === undefined) problems.push(`web/site/glossary/entries.json: ${id} has no ${name} (null where there is none)`);
      if (entry.section && !SECTIONS.includes(entry.section)) problems.push(`web/site/glossary/entries.json: ${id}: no section ${entry.section}`);
    }
  }
  for (const id of Object.keys(entries)) if (!ids.has(id)) problems.push(`web/site/glossary/entries.json: ${id} is no hyperparameter`);
  // What means the same in several labs is shown in one of them.
  for (const { id, key, labs } of rows) if (!labs.some(({ lab }) => showOf(lab)[key])) problems.push(`web/labs/${labs[0].lab}/show.json: no ${key} (${id})`);
  for (const [lab, { params }] of Object.entries(schema.labs)) {
    const show = showOf(lab);
    for (const key of Object.keys(show)) if (!params.some((def) => def.key === key && def.group !== 'task')) problems.push(`web/labs/${lab}/show.json: ${key} is no hyperparameter`);
  }
  return problems;
}

/** The runs of every row's picture, {id: {lab, runs}}. */
export async function glossaryRuns(rows) {
  const shown = rows.map(({ id, key, labs: [{ lab }] }) => ({ id, lab, key })).filter(({ lab, key }) => showOf(lab)[key]);
  const runs = await shownRuns(shown);
  return Object.fromEntries(shown.map(({ id, lab }, i) => [id, { lab, runs: runs[i] }]));
}

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

// ---------------------------------------------------------------------------------------------------- the pictures

/** Size of a picture and of its plot, in its own units. */
const WIDTH = 360, HEIGHT = 156;
const PLOT = { left: 34, right: 268, top: 8, bottom: 134 };
/** Labels at the lines' ends stand at least this far apart. */
const APART = 15;

/** As much of a label as fits into `room`; Hangul is wide. */
function short(text, room) {
  let width = 0;
  const letters = [...text];
  const fits = letters.findIndex((letter) => (width += letter > '\u1100' ? 12 : 7.2) > room);
  return fits < 0 ? text : `${letters.slice(0, fits - 1).join('')}…`;
}

/** The axis of a picture: what of it is shown, and where a value stands. Runs that run away do not flatten the others. */
function scaleOf(runs, metric) {
  const curves = runs.map((run) => run.metrics[metric]);
  if (!metric.endsWith('.loss')) return { log: false, low: 0, high: 1, y: (value) => PLOT.bottom - value * (PLOT.bottom - PLOT.top) };
  const ends = runs.filter((run) => run.state !== 'diverged').map((run) => run.metrics[metric].at(-1));
  const begins = runs.map((run) => run.metrics[metric][firstOf(run, metric)]);
  const high = Math.min(Math.max(...curves.flat().filter(Number.isFinite)), 1.6 * Math.max(Math.min(...begins), ...ends));
  // Where two runs end close to zero, only a logarithmic axis tells them apart.
  const log = [...ends].sort((a, b) => a - b)[1] < 0.06 * high;
  const low = log ? Math.min(...curves.flat().filter((value) => value > 0)) : 0;
  const part = (value) => (log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : value / high);
  return { log, low, high, y: (value) => PLOT.bottom - Math.min(1, part(Number.isFinite(value) ? value : high)) * (PLOT.bottom - PLOT.top) };
}

/** Heights of the labels of lines that end at `ends`, moved apart as little as needed where they end beside one another. */
function spread(ends) {
  const order = ends.map(([x, y], i) => ({ x, y: y + 4, i })).sort((a, b) => a.y - b.y);
  const beside = (a, b) => Math.abs(a.x - b.x) < 60;
  order.forEach((label, k) => {
    for (const above of order.slice(0, k)) if (beside(label, above)) label.y = Math.max(label.y, above.y + APART);
  });
  for (let k = order.length - 1; k >= 0; --k) {
    let limit = PLOT.bottom + 2;
    for (const below of order.slice(k + 1)) if (beside(order[k], below)) limit = Math.min(limit, below.y - APART);
    order[k].y = Math.min(order[k].y, limit);
  }
  return order.sort((a, b) => a.i - b.i).map(({ y }) => y);
}

/** Place of the first number of a curve. */
const firstOf = (run, metric) => Math.max(0, run.metrics[metric].findIndex(Number.isFinite));

function curves(id, { runs, metric, name, description, valueText, number }) {
  const steps = Math.max(...runs.map((run) => run.steps.at(-1)));
  const { log, low, high, y } = scaleOf(runs, metric);
  const x = (step) => PLOT.left + (step / steps) * (PLOT.right - PLOT.left);
  const paths = runs.map((run) => {
    // What is not measured from the beginning (a classifier's accuracy, while its body still pre-trains) begins later.
    const points = run.steps.map((step, i) => [Math.round(x(step)), Math.round(y(run.metrics[metric][i]))]).slice(firstOf(run, metric));
    // Relative moves of whole units: short, and alike from picture to picture, which compresses well.
    let d = `M${points[0].join(' ')}`;
    for (let i = 1; i < points.length; ++i) d += `l${points[i][0] - points[i - 1][0]} ${points[i][1] - points[i - 1][1]}`;
    return { d, end: points.at(-1), run };
  });
  const labels = spread(paths.map(({ end }) => end));
  const middle = middleOf({ values: runs });
  // The middle one of three lies on top; of two the second, which is drawn with gaps.
  const drawn = paths.map((_, i) => i).sort((a, b) => (runs.length > 2 ? Number(a === middle) - Number(b === middle) : 0));
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-t" aria-describedby="${id}-d"><title id="${id}-t">${escape(name)}</title><desc id="${id}-d">${escape(description)}</desc>
<path class="axis" d="M${PLOT.left} ${PLOT.top}V${PLOT.bottom}H${PLOT.right}"/><text class="tick" x="${PLOT.left - 5}" y="${PLOT.top + 6}">${escape(number(high, 2))}</text><text class="tick" x="${PLOT.left - 5}" y="${PLOT.bottom + 1}">${escape(log ? number(low, 1) : '0')}</text><text class="tick" x="${PLOT.right}" y="${PLOT.bottom + 16}">${escape(number(steps))}</text>
${drawn.map((i) => `<path class="r${i}${i === middle ? ' mid' : ''}" d="${paths[i].d}"/>${paths[i].run.state === 'diverged' ? `<path class="r${i} gone" d="M${paths[i].end[0] - 4} ${PLOT.top - 4}l8 8m0-8l-8 8"/>` : ''}`).join('')}
${paths.map(({ end, run }, i) => `<text class="r${i}" x="${end[0] + (run.state === 'diverged' ? 11 : 7)}" y="${labels[i]}">${escape(short(valueText(run.value), WIDTH - end[0] - 11))}</text>`).join('')}</svg>`;
}

/** Matrices of weights beside one another, darker for more, each level of darkness one path. */
function matrices(id, { runs, name, description }) {
  const LEVELS = 6, gap = 18, side = Math.floor((WIDTH - gap * (runs.length - 1)) / runs.length);
  const size = Math.min(side, 130);
  const pictures = runs.map(({ matrix: { shape: [rows, cols], data } }, k) => {
    const cell = size / Math.max(rows, cols);
    const levels = Array.from({ length: LEVELS + 1 }, () => '');
    data.forEach((weight, i) => {
      levels[Math.round(Math.sqrt(weight) * LEVELS)] += `M${i % cols} ${Math.floor(i / cols)}h1v1h-1z`;
    });
    return `<g transform="translate(${k * (side + gap)} 8) scale(${+cell.toFixed(2)})"><path class="blank" d="M0 0h${cols}v${rows}H0z"/>${levels.map((d, level) => (d && level ? `<path class="cell" opacity="${+(level / LEVELS).toFixed(2)}" d="${d}"/>` : '')).join('')}</g><text class="r${k}" x="${k * (side + gap)}" y="${size + 22}">{${k}}</text>`;
  });
  return { svg: (texts) => `<svg viewBox="0 0 ${WIDTH} ${size + 28}" role="img" aria-labelledby="${id}-t" aria-describedby="${id}-d"><title id="${id}-t">${escape(name)}</title><desc id="${id}-d">${escape(description)}</desc>\n${pictures.map((picture, k) => picture.replace(`{${k}}`, escape(short(texts[k], side)))).join('\n')}</svg>` };
}

// -------------------------------------------------------------------------------------------------------- the page

/**
 * The page's <main> in one language.
 * @param text (key, lab?) → text
 * @param pictures what glossaryRuns found
 */
export function glossaryHtml({ schema, language, rootPath, text, pictures, parts }) {
  const { hyperparameters, clauses, formatNumber, formatCount, encodeParams, entries } = parts;
  const t = (key, vars = {}) => text(key).replace(/\{(\w+)\}/g, (_, name) => vars[name]);
  const number = (value, digits = 3) => formatNumber(value, language, digits);
  const rows = hyperparameters(schema, (lab, key) => text(key, lab));
  const labs = Object.keys(schema.labs).filter((lab) => rows.some((row) => row.labs.some((has) => has.lab === lab)));
  const title = (lab) => text('title', lab);
  const label = (lab, key) => text(`params.${key}.label`, lab);

  const listed = (entries, between) => (entries.length > 2 && entries.every((entry) => entry === entries[0]) ? `${entries.length} × ${entries[0]}` : entries.join(between));
  const valueText = (lab, def, value) => {
    const choice = (name) => text(`params.${def.like ?? def.key}.choices.${name}`, lab);
    switch (def.kind) {
      case 'real': return number(value, 6);
      case 'integer': return formatCount(value, language);
      case 'boolean': return text(value ? 'ui.on' : 'ui.off');
      case 'choice': return choice(value);
      case 'choices': return value.map(choice).join(', ');
      case 'names': return listed(value.map((name) => (name ? choice(name) : t('glossary.common'))), ', ') || t('glossary.common');
      case 'integers':
      case 'reals': return listed(value, ' · ') || t('glossary.empty');
      default: return String(value);
    }
  };
  const conditionText = (lab, when) => clauses(when).map(([key, operator, wanted]) => {
    const def = schema.labs[lab].params.find((param) => param.key === key);
    const sign = { '!=': '≠', '>=': '≥', '<=': '≤' }[operator] ?? operator;
    // A list compares by its length.
    return `${label(lab, key)} ${sign} ${/[<>]/.test(operator) ? wanted : wanted.split('|').map((value) => valueText(lab, { ...def, kind: def.kind === 'choices' ? 'choice' : def.kind }, value)).join(', ')}`;
  }).join('; ');
  const rangeText = (lab, def) => {
    const ends = def.min === undefined ? '' : `${number(def.min, 6)} – ${number(def.max, 6)}${def.unit ? ` ${def.unit}` : ''}`;
    switch (def.kind) {
      case 'real':
      case 'integer': return def.scale === 'log' ? `${ends}, ${t('glossary.facts.log')}` : ends;
      case 'integers':
      case 'reals': return t('glossary.facts.each', { range: ends, count: def.max_length });
      case 'boolean': return `${text('ui.off')}, ${text('ui.on')}`;
      case 'choice':
      case 'choices': return def.choices.map((choice) => text(`params.${def.key}.choices.${choice}`, lab)).join(', ');
      case 'names': return label(lab, def.like);
      default: return t('glossary.facts.length', { count: def.max_length });
    }
  };
  /** One value where all labs agree, else one a lab. */
  const perLab = (row, of, labs = row.labs) => {
    const values = labs.map(({ lab, def }) => of(lab, def));
    return labs.length === row.labs.length && new Set(values).size === 1 ? escape(values[0]) : labs.map(({ lab }, i) => `${escape(values[i])} <small>(${escape(title(lab))})</small>`).join('<br>');
  };
  const code = (name) => (name ? `<code>${escape(name).replace(/([._]+|\()/g, '$1<wbr>')}</code>` : `<span class="none">${t('glossary.facts.no_name')}</span>`);

  const address = (lab, params, fragment) => `${rootPath}${language}/${lab}/${escape(encodeParams(params, schema.labs[lab]))}${fragment}`;
  const settingText = (lab, key, entry) => Object.entries(entry.with).map(([name, value]) => {
    const def = schema.labs[lab].params.find((param) => param.key === name);
    return def.group === 'task' ? valueText(lab, def, value) : `${label(lab, name)}: ${valueText(lab, def, value)}`;
  }).join('; ');

  const picture = (row) => {
    const found = pictures[row.id];
    if (!found) return '';
    const { lab, runs } = found;
    const { def } = row.labs[0];
    const entry = showOf(lab)[row.key];
    const metric = metricOf(entry);
    const name = text(`metrics.${metric}`, lab);
    const values = runs.map((run) => valueText(lab, def, run.value));
    const trained = entry.steps > 0;
    const ended = (run) => (run.state === 'diverged' ? t('glossary.ended.diverged', { step: formatCount(run.steps.at(-1), language) }) : t('glossary.ended', { metric: name, to: number(run.metrics[metric].at(-1)) }));
    const svg = trained
      ? curves(row.id, {
        runs, metric, number,
        name: t('glossary.picture', { param: label(lab, row.key), metric: name, steps: formatCount(entry.steps, language) }),
        description: runs.map((run, i) => (run.state === 'diverged' ? `${values[i]}: ${ended(run)}.` : t('glossary.from_to', { value: values[i], from: number(run.metrics[metric][firstOf(run, metric)]), to: number(run.metrics[metric].at(-1)) }))).join(' '),
        valueText: (value) => valueText(lab, def, value),
      })
      : matrices(row.id, { runs, name: t('glossary.picture.matrix', { param: label(lab, row.key) }), description: values.join('; ') }).svg(values);
    const says = (i) => (i === 0 ? 'little' : i === runs.length - 1 ? 'much' : null);
    const items = runs.map((run, i) => {
      // What is not trained is not raced: each setting is opened by itself.
      const value = trained ? `<b>${escape(values[i])}</b>` : `<a href="${address(lab, { ...entry.with, [row.key]: run.value }, '')}">${escape(values[i])}</a>`;
      const note = says(i) ? ` ${escape(text(`glossary.${row.key}.${says(i)}`, lab))}` : '';
      return `<li class="r${i}">${value}${note}${trained ? ` <small>${escape(ended(run))}</small>` : ''}</li>`;
    });
    const seed = schema.labs[lab].params.find((param) => param.key === 'seed')?.default;
    const setting = row.key === 'seed' ? settingText(lab, row.key, entry) : t('glossary.setting', { setting: settingText(lab, row.key, entry), seed });
    return `<figure>${svg}<figcaption>${trained ? `${escape(name)}, ${escape(t('glossary.steps', { steps: formatCount(entry.steps, language) }))}. ` : ''}${escape(setting)}</figcaption></figure>
<ul class="runs">${items.join('')}</ul>`;
  };

  const links = (row) => row.labs.map(({ lab }) => {
    const entry = showOf(lab)[row.key];
    // What is not trained is seen in the lab as soon as it is set.
    const [value, tool] = entry?.steps > 0 ? [entry.values[middleOf(entry)], `#tool-runs:show.${row.key}`] : [entry?.values.at(-1), ''];
    const show = entry ? `<a class="show" href="${address(lab, { ...entry.with, [row.key]: value }, tool)}">${escape(t('glossary.show', { lab: title(lab) }))}</a> ` : '';
    return `<li>${show}<a href="${rootPath}${language}/${lab}/#param-${row.key}">${escape(t('glossary.control', { lab: title(lab) }))}</a></li>`;
  }).join('');

  const facts = (row) => {
    const { torch, keras } = entries[row.id] ?? {};
    const conditional = row.labs.filter(({ def }) => def.when);
    const list = [
      ['PyTorch', code(torch)],
      ['Keras', code(keras)],
      [t('glossary.facts.kind'), perLab(row, (_, def) => t(`glossary.kinds.${def.kind}`))],
      [t('glossary.facts.range'), perLab(row, rangeText)],
      [t('glossary.facts.default'), perLab(row, (lab, def) => valueText(lab, def, def.default))],
      [t('glossary.facts.apply'), perLab(row, (_, def) => t(`glossary.${def.apply}`))],
      ...(conditional.length ? [[t('glossary.facts.when'), perLab(row, (lab, def) => conditionText(lab, def.when), conditional)]] : []),
      [t('glossary.facts.key'), `<code>${row.key}=</code>`],
    ];
    return `<dl>${list.map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
  };

  const sectionOf = (row) => entries[row.id]?.section ?? row.labs[0].def.group;
  const isGroup = (section) => rows.some((row) => row.labs[0].def.group === section);
  const sections = SECTIONS.map((section) => ({ section, name: t(isGroup(section) ? `ui.group.${section}` : `glossary.sections.${section}`), rows: rows.filter((row) => sectionOf(row) === section) })).filter(({ rows: { length } }) => length);
  const name = (row) => label(row.labs[0].lab, row.key);
  const entry = (row) => `<article id="${row.id}" data-labs="${row.labs.map(({ lab }) => lab).join(' ')}">
<h3>${escape(name(row))} <a href="#${row.id}" aria-label="${escape(t('glossary.link', { key: row.key, param: name(row) }))}"><code>${row.key}</code></a></h3>
<p class="help">${escape(text(`params.${row.key}.help`, row.labs[0].lab))}</p>
<div class="seen">${picture(row)}</div>
<div class="facts">${facts(row)}
<ul class="acts">${links(row)}</ul></div>
</article>`;
  const option = (value, shown) => `<option value="${value}">${escape(shown)}</option>`;
  return `  <main class="glossary">
    <header>
      <h1>${escape(t('glossary.title'))}</h1>
      <p class="lead">${escape(t('glossary.lead'))}</p>
      <form role="search" hidden>
        <label>${escape(t('glossary.filter'))} <input type="search" name="words" placeholder="${escape(t('glossary.filter.hint'))}" autocomplete="off" spellcheck="false"></label>
        <label>${escape(t('glossary.lab'))} <select name="lab">${option('', t('glossary.all'))}${labs.map((lab) => option(lab, title(lab))).join('')}</select></label>
        <label>${escape(t('glossary.section'))} <select name="section">${option('', t('glossary.all'))}${sections.map(({ section, name: shown }) => option(section, shown)).join('')}</select></label>
        <output role="status" data-count="${escape(text('glossary.count'))}" data-none="${escape(t('glossary.none'))}"></output>
      </form>
    </header>
    <nav aria-label="${escape(t('glossary.index'))}">${sections.map((part) => `<div data-section="${part.section}"><h2><a href="#group-${part.section}">${escape(part.name)}</a></h2><ul>${part.rows.map((row) => `<li><a href="#${row.id}">${escape(name(row))}</a></li>`).join('')}</ul></div>`).join('\n')}</nav>
    <div class="list" id="stage">
${sections.map((part) => `<section data-section="${part.section}" aria-labelledby="group-${part.section}"><h2 id="group-${part.section}">${escape(part.name)}</h2>\n${part.rows.map(entry).join('\n')}\n</section>`).join('\n')}
    </div>
  </main>`;
}
