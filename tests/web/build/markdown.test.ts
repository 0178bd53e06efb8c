import { expect, test } from 'vitest';
import { actOf, renderMarkdown } from '../../../.tools/markdown.mjs';

test('headings carry their ids, and one without is a problem', () => {
  const page = renderMarkdown('## 학습률 {#lr}\n\ntext\n\n### Open\n');
  expect(page.html).toContain('<h2 id="lr">학습률</h2>');
  expect(page.headings.map((heading: { id: string | null }) => heading.id)).toEqual(['lr', null]);
  expect(page.problems).toEqual([expect.stringContaining('Open')]);
});

test('formulas become HTML and MathML; money does not', () => {
  const page = renderMarkdown('A $w_i x_i$ costs $5 and $6.\n\n$$\n\\sum_i \\htmlClass{sym-w}{w_i}\n$$\n');
  expect(page.html.match(/<math /g)).toHaveLength(2);
  expect(page.html).toContain('class="enclosing sym-w"');
  expect(page.html).toContain('costs $5 and $6.');
  expect(page.html).toContain('<div class="wide formula">');
  expect(page.problems).toEqual([]);
});

test('a formula that KaTeX does not know is a problem, not red text', () => {
  expect(renderMarkdown('$\\nonsense{x}$').problems).toEqual([expect.stringContaining('nonsense')]);
  expect(renderMarkdown('$\\href{javascript:alert(1)}{x}$').html).not.toMatch(/href="/);
});

test('acts keep their address; other links of the text are listed with them', () => {
  const page = renderMarkdown('[go](try:lr=3&run) [shape](preset:spiral) [see](show:surface) [on](#lr)');
  expect(page.links).toEqual(['try:lr=3&run', 'preset:spiral', 'show:surface', '#lr']);
  expect(page.html).toContain('<a href="try:lr=3&amp;run" class="act">go</a>');
  expect(page.html).toContain('<a href="#lr">on</a>');
  expect(actOf('try:lr=3&run')).toEqual({ act: 'try', value: 'lr=3&run' });
  expect(actOf('#lr')).toBeNull();
});

test('HTML in the text stays text', () => {
  expect(renderMarkdown('<script>alert(1)</script>').html).not.toContain('<script');
});

test('emphasis that Korean particles break is a problem', () => {
  expect(renderMarkdown('**굵은 글씨(bold)**를 쓴다').problems).toEqual([expect.stringContaining('left as text')]);
  expect(renderMarkdown('**굵은 글씨**를 쓴다').problems).toEqual([]);
});
