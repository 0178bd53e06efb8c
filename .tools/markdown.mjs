// The explanations: Markdown to HTML. Formulas are set here by KaTeX, so a page needs its style sheet but no script.
//
//   ## Heading {#id}             every heading has an id, the same in all languages
//   $w_i$   $$ … $$              formulas; \htmlClass{sym-w}{w} gives a symbol the colour it has in the picture
//   [text](try:lr=3&run)         sets hyperparameters (and runs); [text](preset:spiral); [text](show:surface)
//   | table |                    is wrapped in <div class="wide">
import katex from 'katex';
import MarkdownIt from 'markdown-it';

const renderMath = (tex, displayMode) =>
  katex.renderToString(tex, {
    displayMode,
    output: 'htmlAndMathml',
    throwOnError: true,
    strict: (code) => (code === 'htmlExtension' || code === 'unicodeTextInMathMode' ? 'ignore' : 'error'),
    trust: (context) => context.command === '\\htmlClass',
  });

/** `$…$` in a line: no space just inside, no digit just after (so "$5 and $6" is money). */
function inlineMath(state, silent) {
  const { src, pos } = state;
  if (src[pos] !== '$') return false;
  const display = src[pos + 1] === '$';
  const fence = display ? '$$' : '$';
  let end = pos + fence.length;
  for (;;) {
    end = src.indexOf(fence, end);
    if (end < 0) return false;
    if (src[end - 1] !== '\\') break;
    end += 1;
  }
  const tex = src.slice(pos + fence.length, end);
  if (tex.trim() === '' || (!display && (/^\s|\s$/.test(tex) || /\d/.test(src[end + 1] ?? '')))) return false;
  if (!silent) {
    const token = state.push('math', 'math', 0);
    token.content = tex;
    token.meta = { display };
  }
  state.pos = end + fence.length;
  return true;
}

/** `$$` at the start of a line, to the `$$` that ends one. */
function blockMath(state, start, end, silent) {
  const line = (n) => state.src.slice(state.bMarks[n] + state.tShift[n], state.eMarks[n]);
  if (!line(start).startsWith('$$')) return false;
  let last = start;
  const closed = (n) => line(n).trimEnd().endsWith('$$') && (n > start || line(n).trim().length > 4);
  while (last < end && !closed(last)) last += 1;
  if (last >= end) return false;
  if (silent) return true;
  const text = Array.from({ length: last - start + 1 }, (_, i) => line(start + i)).join('\n').trim();
  const token = state.push('math', 'math', 0);
  token.block = true;
  token.content = text.slice(2, -2);
  token.meta = { display: true };
  token.map = [start, last + 1];
  state.line = last + 1;
  return true;
}

/** Takes `{#id}` from the end of a heading's text. */
function headingIds(state) {
  state.tokens.forEach((token, i) => {
    if (token.type !== 'heading_open') return;
    const inline = state.tokens[i + 1];
    const last = inline.children.at(-1);
    const match = last?.type === 'text' ? last.content.match(/\s*\{#([a-z][\w-]*)\}\s*$/) : null;
    if (match) {
      token.attrSet('id', match[1]);
      last.content = last.content.slice(0, match.index);
    }
    state.env.headings.push({ level: Number(token.tag.slice(1)), id: match?.[1] ?? null, text: inline.content });
  });
}

const acts = /^(try|preset|show):(.*)$/;

function collectLinks(state) {
  for (const block of state.tokens) {
    for (const token of block.children ?? []) {
      if (token.type !== 'link_open') continue;
      const href = token.attrGet('href');
      state.env.links.push(href);
      if (acts.test(href)) token.attrJoin('class', 'act');
      else if (/^https?:/.test(href)) token.attrSet('rel', 'noopener');
    }
  }
}

const markdown = new MarkdownIt({ html: false, typographer: false, linkify: false });
markdown.inline.ruler.before('escape', 'math', inlineMath);
markdown.block.ruler.before('fence', 'math', blockMath, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });
markdown.core.ruler.push('heading_ids', headingIds);
markdown.core.ruler.push('links', collectLinks);
markdown.renderer.rules.math = (tokens, i) =>
  tokens[i].block ? `<div class="wide formula">${renderMath(tokens[i].content, true)}</div>\n` : renderMath(tokens[i].content, tokens[i].meta.display);
markdown.renderer.rules.table_open = () => '<div class="wide"><table>\n';
markdown.renderer.rules.table_close = () => '</table></div>\n';

/**
 * Renders an explanation.
 * @returns {{html: string, headings: {level: number, id: string|null, text: string}[], links: string[], problems: string[]}}
 */
export function renderMarkdown(source) {
  const env = { headings: [], links: [] };
  const problems = [];
  let html = '';
  try {
    html = markdown.render(source, env);
  } catch (error) {
    problems.push(error.message);
  }
  // Emphasis that did not close: in Korean, ** between a bracket and a particle does not count as one.
  for (const [around] of html.replace(/<(code|annotation|pre)[^]*?<\/\1>/g, '').matchAll(/.{0,30}\*\*.{0,30}/g)) {
    problems.push(`"**" was left as text: …${around}…`);
  }
  for (const heading of env.headings) if (heading.id === null) problems.push(`a heading without {#id}: ${heading.text}`);
  return { html, ...env, problems };
}

/** Splits an act's address: `try:a=1&run` → {act: "try", value: "a=1&run"}; null for an ordinary link. */
export function actOf(href) {
  const match = href.match(acts);
  return match && { act: match[1], value: match[2] };
}
