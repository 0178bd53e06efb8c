// The site: scripts and styles through Vite, then one HTML file for each page and language, into dist/.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { build } from 'vite';
import { actOf, renderMarkdown } from './markdown.mjs';
import { glossaryHtml } from './glossary.mjs';
import { Stop, at, files, write } from './lib.mjs';
import { findText, languages, textsOf } from './texts.mjs';

const packages = createRequire(import.meta.url);
const packageFile = (path) => packages.resolve(path);

// What Vite starts from; a page links what it needs of it.
const entries = {
  main: at('web/site/main.ts'),
  redirect: at('web/site/redirect.ts'),
  embed: at('web/embed/embed.ts'),
  frame: at('web/embed/frame.ts'),
  katex: packageFile('katex/dist/katex.min.css'),
  'katex-fonts': `${packageFile('katex/dist/katex.min.css')}?fonts`,
  // Subsets by unicode-range: a page loads only those that hold its characters.
  korean: packageFile('pretendard/dist/web/variable/pretendardvariable-dynamic-subset.css'),
};

/**
 * KaTeX's style sheet in two: its rules, and its fonts, which come later (web/elements/formula-styles.ts). It names every font
 * three times; every browser that runs WebAssembly SIMD reads woff2.
 */
const rulesAndFonts = {
  name: 'rules-and-fonts',
  enforce: 'pre',
  transform(code, id) {
    const [file, query] = id.split('?');
    if (!file.endsWith('katex.min.css')) return null;
    const fonts = /@font-face\{[^}]*\}/g;
    if (query !== 'fonts') return code.replace(fonts, '');
    return code.match(fonts).join('').replace(/,url\([^)]*\.(woff|ttf)\) format\("[a-z]+"\)/g, '');
  },
};

async function bundle(out) {
  await build({
    configFile: false,
    root: at('web'),
    base: './',
    logLevel: 'warn',
    publicDir: false,
    plugins: [rulesAndFonts],
    worker: { format: 'es' },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      // A data: address would need a looser Content-Security-Policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      manifest: 'manifest.json',
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1000,
      rollupOptions: {
        input: entries,
        // One name for ever: it stands in other people's pages.
        output: { entryFileNames: ({ name }) => (name === 'embed' ? 'embed.js' : 'assets/[name]-[hash].js') },
      },
    },
  });
  return JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
}

/** In a library Vite puts what `new URL(…, import.meta.url)` names into the script, as text. The loader fetches or reads it. */
const wasmStaysFile = {
  name: 'wasm-stays-file',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('playgrad.mjs') ? code.replace(/, ?import\.meta\.url\)/, ', String(import.meta.url))') : null),
};

/** The engine alone, for those who import it: playgrad/index.js with the module beside it. */
async function bundleApi(out) {
  await build({
    configFile: false,
    root: at('web'),
    logLevel: 'warn',
    publicDir: false,
    plugins: [wasmStaysFile],
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      lib: { entry: at('web/api/index.ts'), formats: ['es'], fileName: () => 'index.js' },
      reportCompressedSize: false,
    },
  });
  copyFileSync(at('build/wasm/playgrad.wasm'), join(out, 'playgrad.wasm'));
}

/** The fonts (50 KB) are held back until a formula is about to be seen: web/elements/formula-styles.ts. */
const formulaStyles = (rules, fonts) => [
  `  <link rel="stylesheet" data-formulas="rules" href="${rules}">`,
  `  <link rel="stylesheet" data-formulas="fonts" media="not all" href="${fonts}">`,
  `  <noscript><link rel="stylesheet" href="${fonts}"></noscript>`,
];

const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

/** The manifest's entry that fits; `what` names it when there is none. */
function chunk(manifest, what, fits) {
  const found = Object.values(manifest).find(fits);
  if (!found) throw new Stop(`The bundle has no ${what}.`);
  return found;
}
const entryChunk = (manifest, name) => chunk(manifest, `entry ${name}`, (entry) => entry.isEntry && entry.name === name);
const sourceChunk = (manifest, path) => chunk(manifest, path, (entry) => entry.src && join(at('web'), entry.src) === at(path));

/** What a chunk needs before it can run: itself, its imports (all the way), and their styles. */
function needsOf(manifest, entry, seen = { scripts: new Set(), styles: new Set() }) {
  if (seen.scripts.has(entry.file)) return seen;
  seen.scripts.add(entry.file);
  for (const css of entry.css ?? []) seen.styles.add(css);
  for (const key of entry.imports ?? []) needsOf(manifest, manifest[key], seen);
  return seen;
}

/** One explanation, rendered; null where there is none. */
function explanation(path) {
  if (!existsSync(path)) return null;
  return { path, ...renderMarkdown(readFileSync(path, 'utf8')) };
}

/**
 * The explanation of the page on cost, with the measurement's numbers in their places.
 * @param fill (text, language) → {text, missing}
 */
function costExplanation(language, fill) {
  const path = at(`web/site/cost/${language}.md`);
  const { text, missing } = fill(readFileSync(path, 'utf8'), language);
  const rendered = renderMarkdown(text);
  // An image "figure:price" or "figure:each/batch" is one of the page's charts, its text the caption.
  const html = rendered.html.replace(/<p><img src="figure:(\w+)(?:\/(\w+))?" alt="([^"]*)"><\/p>/g, (_, quantity, sweep, caption) =>
    `<figure${sweep ? '' : ' class="broad"'}><pg-cost-row quantity="${quantity}"${sweep ? ` sweep="${sweep}"` : ''}></pg-cost-row><figcaption>${caption}</figcaption></figure>`);
  return { path, ...rendered, html, problems: [...rendered.problems, ...missing.map((name) => `the measurement has no {{${name}}}`)] };
}

function presetsOf(lab) {
  const path = at(`web/labs/${lab}/presets.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/**
 * Everything wrong with the explanations and presets, one line each.
 * @param tryParams (lab, params) → what the engine corrects in them
 * @param readQuery (lab, "lr=3&run") → {params, problems}
 * @param fill (text, language) → {text, missing}: the measurement's numbers
 */
export function checkExplanations(schema, tryParams, readQuery, fill) {
  const problems = [];
  // A preset may exist once for each language (sentence-en, sentence-ko).
  const withoutLanguage = (href) => href.replace(new RegExp(`^(preset:.*)-(${languages.join('|')})$`), '$1');
  const compare = (name, texts) => {
    const [first, ...rest] = languages.filter((language) => texts[language]).map((language) => ({ language, ...texts[language] }));
    if (!first) return;
    for (const language of languages) if (!texts[language]) problems.push(`${name}.${language}.md is missing`);
    for (const other of rest) {
      const ids = (text) => text.headings.map((heading) => heading.id).join(' ');
      // Sorted: the order of words in a sentence is the language's own.
      const acts = (text) => text.links.filter(actOf).map(withoutLanguage).sort().join(' ');
      if (ids(first) !== ids(other)) problems.push(`${name}: headings differ: ${first.language} [${ids(first)}], ${other.language} [${ids(other)}]`);
      if (acts(first) !== acts(other)) problems.push(`${name}: try, preset and show links differ:\n      ${first.language}: ${acts(first)}\n      ${other.language}: ${acts(other)}`);
    }
    for (const language of languages) {
      for (const problem of texts[language]?.problems ?? []) problems.push(`${name} (${language}): ${problem}`);
    }
  };
  for (const lab of Object.keys(schema.labs)) {
    const presets = presetsOf(lab);
    const check = (where, params) => {
      for (const issue of tryParams(lab, params)) {
        problems.push(`${where}: ${issue.path} (${issue.rule}; given ${JSON.stringify(issue.value)})`);
      }
    };
    for (const [name, preset] of Object.entries(presets)) check(`web/labs/${lab}/presets.json: ${name}`, preset.params ?? {});
    const texts = Object.fromEntries(languages.map((language) => [language, explanation(at(`web/labs/${lab}/${language}.md`))]));
    compare(`web/labs/${lab}`, texts);
    for (const language of languages) {
      const text = texts[language];
      if (!text) continue;
      const where = `web/labs/${lab}/${language}.md`;
      for (const href of text.links) {
        const act = actOf(href);
        if (act?.act === 'preset') {
          if (!Object.hasOwn(presets, act.value)) problems.push(`${where}: no preset "${act.value}" in presets.json`);
        } else if (act?.act === 'try') {
          const read = readQuery(lab, act.value);
          for (const problem of read.problems) problems.push(`${where}: ${href}: ${JSON.stringify(problem)}`);
          check(`${where}: ${href}`, read.params);
        } else if (href.startsWith('#') && !text.headings.some((heading) => `#${heading.id}` === href)) {
          problems.push(`${where}: no heading ${href}`);
        }
      }
    }
  }
  compare('web/site/cost/', Object.fromEntries(languages.map((language) => [language, costExplanation(language, fill)])));
  compare('web/site/home', Object.fromEntries(languages.map((language) => [language, explanation(at(`web/site/home.${language}.md`))])));
  return problems;
}

function page({ language, title, description, body, data, rootPath, path, head }) {
  const attributes = Object.entries({ root: rootPath, ...data }).map(([key, value]) => ` data-${key}="${escape(value)}"`).join('');
  const alternates = [
    ...languages.map((other) => `  <link rel="alternate" hreflang="${other}" href="${rootPath}${other}/${path}">`),
    `  <link rel="alternate" hreflang="x-default" href="${rootPath}">`,
  ];
  return `<!doctype html>
<html lang="${language}"${attributes}>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escape(title)}</title>
  <meta name="description" content="${escape(description)}">
  <meta name="color-scheme" content="light dark">
${[...head, ...alternates].join('\n')}
</head>
<body>
${body}
</body>
</html>
`;
}

/** Colours of the page's background, from the design tokens: what a phone paints around the page. */
function themeColors() {
  const css = readFileSync(at('web/site/tokens.css'), 'utf8');
  const colors = css.match(/--pg-bg:\s*light-dark\(\s*([^,]+?)\s*,\s*([^)]+?)\s*\)/)?.slice(1);
  if (!colors) throw new Stop('web/site/tokens.css has no "--pg-bg: light-dark(…, …)".');
  return `  <meta name="theme-color" media="(prefers-color-scheme: light)" content="${colors[0]}">
  <meta name="theme-color" media="(prefers-color-scheme: dark)" content="${colors[1]}">`;
}

/** The licences of what the site carries of others. */
function licenses() {
  const names = [...Object.keys(JSON.parse(readFileSync(at('package.json'), 'utf8')).dependencies), 'katex', 'pretendard'];
  return names.map((name) => {
    const folder = packages.resolve.paths(name).map((path) => join(path, name)).find(existsSync);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name}\n${'='.repeat(name.length)}\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).license}\n`;
  }).join('\n\n');
}

/** Kept only once it was used: large, and not for everybody. */
const optional = /(\.bin\.gz|PretendardVariable[^/]*\.woff2)$|^(manifest\.json|licenses\.txt)$|^(playgrad|stills|embed)\//;

/** What makes the site an app: its name and icon, and the worker that keeps it (web/site/sw.js). Comes last: it names all files. */
function writeOffline(out) {
  const colors = themeColors().match(/content="(#\w+)"/)[1];
  write(join(out, 'site.webmanifest'), JSON.stringify({
    name: 'Playgrad', short_name: 'Playgrad', start_url: './', scope: './', display: 'standalone', background_color: colors, theme_color: colors,
    icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
  }));
  const kept = files(relative(at('.'), out)).map((path) => relative(out, path)).filter((name) => !optional.test(name));
  const version = createHash('sha256');
  for (const name of kept) version.update(name).update(readFileSync(join(out, name)));
  // A page is asked for as its folder.
  const list = kept.map((name) => name.replace(/(^|\/)index\.html$/, '$1') || './');
  const worker = readFileSync(at('web/site/sw.js'), 'utf8');
  const filled = worker.replace('{{version}}', version.digest('base64url').slice(0, 12)).replace('/* {{files}} */ []', JSON.stringify(list));
  write(join(out, 'sw.js'), filled);
}

/**
 * The pages of the iframes: embed/?lab=network and embed/network/, which without scripts shows that lab's picture.
 */
function writeFrames(manifest, schema, out) {
  const labs = Object.keys(schema.labs);
  const texts = Object.fromEntries(languages.map((language) => [language, textsOf(language, labs)]));
  const script = entryChunk(manifest, 'frame').file;
  const still = (rootPath, lab) => languages.map((language) => {
    const title = escape(findText(texts[language], lab, 'title'));
    return `    <p><a href="${rootPath}${language}/${lab}/" target="_blank" rel="noopener" lang="${language}"><img src="${rootPath}stills/${lab}.${language}.webp" alt="" loading="lazy"><br>${title} · Playgrad</a></p>`;
  }).join('\n');
  const frame = (rootPath, lab) => `<!doctype html>
<html lang="en" data-root="${rootPath}" data-korean="${rootPath}${entryChunk(manifest, 'korean').file}"${lab ? ` data-lab="${lab}"` : ''}>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex">
  <title>${lab ? `${escape(findText(texts.en, lab, 'title'))} · ` : ''}Playgrad</title>
  <meta name="color-scheme" content="light dark">
  <style>body { margin: 0; font: 15px/1.5 system-ui, sans-serif } img { max-width: 100%; height: auto }</style>
  <script type="module" src="${rootPath}${script}"></script>
</head>
<body>
  <div id="lab"></div>
  <noscript>
${(lab ? [lab] : labs).map((one) => still(rootPath, one)).join('\n')}
  </noscript>
</body>
</html>
`;
  write(join(out, 'embed', 'index.html'), frame('../', null));
  for (const lab of labs) write(join(out, 'embed', lab, 'index.html'), frame('../../', lab));
  copyFileSync(at('web/embed/resize.js'), join(out, 'embed', 'resize.js'));
  mkdirSync(join(out, 'stills'), { recursive: true });
  for (const lab of labs) {
    for (const language of languages) {
      const picture = at(`web/labs/${lab}/still.${language}.webp`);
      if (!existsSync(picture)) throw new Stop(`${picture} is missing: npm run stills`);
      copyFileSync(picture, join(out, 'stills', `${lab}.${language}.webp`));
    }
  }
}

/**
 * Builds the site for this schema into dist/.
 * @param assets files that the engine's worker fetches by name
 * @param glossary {pictures, parts} for the page of that name
 */
export async function buildSite(schema, assets, fill, glossary, out = at('dist')) {
  const manifest = await bundle(out);
  await bundleApi(join(out, 'playgrad'));
  for (const asset of assets) {
    mkdirSync(join(out, 'assets'), { recursive: true });
    copyFileSync(asset, join(out, 'assets', asset.split('/').at(-1)));
  }
  write(join(out, 'licenses.txt'), licenses());
  copyFileSync(at('web/site/assets/icon.svg'), join(out, 'icon.svg'));
  const labs = Object.keys(schema.labs);
  const theme = themeColors();
  const main = entryChunk(manifest, 'main');

  for (const language of languages) {
    const texts = textsOf(language, labs);
    const text = (key, lab) => {
      const found = findText(texts, lab, key);
      if (typeof found !== 'string') throw new Stop(`missing in ${language}: ${key}${lab ? ` of the lab ${lab}` : ''}`);
      return found;
    };
    const site = text('ui.site.name');
    const makeHead = (rootPath, extraChunks, formulas) => {
      const needs = needsOf(manifest, main);
      for (const extra of extraChunks) needsOf(manifest, extra, needs);
      const styles = [...needs.styles];
      // On English pages too: the language switch and the reader's own sentences are in Hangul.
      styles.push(entryChunk(manifest, 'korean').file);
      return [
        theme,
        `  <link rel="icon" type="image/svg+xml" href="${rootPath}icon.svg">`,
        `  <link rel="manifest" href="${rootPath}site.webmanifest">`,
        ...styles.map((file) => `  <link rel="stylesheet" href="${rootPath}${file}">`),
        ...(formulas ? formulaStyles(...['katex', 'katex-fonts'].map((name) => `${rootPath}${entryChunk(manifest, name).file}`)) : []),
        ...[...needs.scripts].filter((file) => file !== main.file).map((file) => `  <link rel="modulepreload" href="${rootPath}${file}">`),
        `  <script type="module" src="${rootPath}${main.file}"></script>`,
      ];
    };
    // What a reader without scripts has: the way to every page, in both languages.
    const links = (rootPath, path) => [
      `<a href="${rootPath}${language}/">${escape(site)}</a>`,
      ...labs.map((lab) => `<a data-kind="lab" href="${rootPath}${language}/${lab}/">${escape(text('title', lab))}</a>`),
      `<a href="${rootPath}${language}/cost/">${escape(text('cost.nav'))}</a>`,
      `<a href="${rootPath}${language}/glossary/">${escape(text('glossary.nav'))}</a>`,
      ...languages.filter((other) => other !== language).map((other) => `<a href="${rootPath}${other}/${path}" hreflang="${other}" lang="${other}">${other === 'ko' ? '한국어' : 'English'}</a>`),
    ].join(' ');
    const frame = (rootPath, path, mainHtml) => `  <a class="skip" href="#stage">${escape(text('ui.skip'))}</a>
  <header class="site-header" id="site-header">${links(rootPath, path)}</header>
${mainHtml}
  <footer class="site-footer"></footer>`;
    const article = (rendered) => (rendered ? `    <article class="prose" lang="${language}">\n${rendered.html}    </article>\n` : '');

    const home = explanation(at(`web/site/home.${language}.md`));
    write(join(out, language, 'index.html'), page({
      language, rootPath: '../', path: '', data: { page: 'home' },
      title: `${site} · ${text('home.title')}`, description: text('home.lead'),
      head: makeHead('../', [], home !== null),
      body: frame('../', '', `  <main class="home">\n    <div id="home"><div id="stage"></div></div>\n${article(home)}  </main>`),
    }));
    const cost = costExplanation(language, fill);
    write(join(out, language, 'cost', 'index.html'), page({
      language, rootPath: '../../', path: 'cost/', data: { page: 'cost' },
      title: `${text('cost.title')} · ${site}`, description: text('cost.lead'),
      head: makeHead('../../', [sourceChunk(manifest, 'web/site/cost/pg-cost.ts')], true),
      body: frame('../../', 'cost/', `  <main>\n    <pg-cost id="stage"></pg-cost>\n${article(cost)}  </main>`),
    }));
    write(join(out, language, 'glossary', 'index.html'), page({
      language, rootPath: '../../', path: 'glossary/', data: { page: 'glossary' },
      title: `${text('glossary.title')} · ${site}`, description: text('glossary.lead'),
      head: makeHead('../../', [sourceChunk(manifest, 'web/site/glossary/glossary.ts')], false),
      body: frame('../../', 'glossary/', glossaryHtml({ schema, language, rootPath: '../../', text, ...glossary })),
    }));
    for (const lab of labs) {
      const rendered = explanation(at(`web/labs/${lab}/${language}.md`));
      const view = sourceChunk(manifest, `web/labs/${lab}/view.ts`);
      const elements = (view.dynamicImports ?? []).map((key) => manifest[key]);
      write(join(out, language, lab, 'index.html'), page({
        language, rootPath: '../../', path: `${lab}/`, data: { page: 'lab', lab },
        title: `${text('title', lab)} · ${site}`, description: text('summary', lab),
        head: makeHead('../../', [sourceChunk(manifest, 'web/site/lab-page.ts'), view, ...elements], rendered !== null),
        body: frame('../../', `${lab}/`, `  <main>\n    <pg-lab id="stage" lab="${lab}"></pg-lab>\n${article(rendered)}  </main>`),
      }));
    }
  }
  writeFrames(manifest, schema, out);
  const bare = (language, title, head, body) => `<!doctype html>
<html lang="${language}" data-languages="${languages.join(' ')}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <meta name="color-scheme" content="light dark">
${head}
</head>
<body style="font: 17px/1.65 system-ui, sans-serif; margin: 3rem auto; max-width: 34rem; padding: 0 1rem">
${body}
</body>
</html>
`;
  const choices = '  <p><a href="ko/" hreflang="ko" lang="ko">한국어</a> · <a href="en/" hreflang="en" lang="en">English</a></p>';
  const redirect = entryChunk(manifest, 'redirect').file;
  write(join(out, 'index.html'), bare('en', 'Playgrad', `  <link rel="icon" type="image/svg+xml" href="icon.svg">\n  <script type="module" src="./${redirect}"></script>`, choices));
  write(join(out, '404.html'), bare('en', '404 · Playgrad', '', `  <h1 style="font-size: 1.25rem">이 주소에는 아무것도 없습니다 · Nothing is at this address</h1>\n${choices}`));
  writeOffline(out);
}
