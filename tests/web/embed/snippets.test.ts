// What is pasted: nothing of an experiment is lost, and nothing in it can break out of the page that it is pasted into.
import { expect, test } from 'vitest';
import { FORMATS, frameAddress, snippet, type Wanted } from '../../../web/embed/snippets';

const wanted: Wanted = {
  site: 'https://a.example/playgrad/', lab: 'network', title: 'A "network" <b>', lang: 'ko', theme: 'dark', params: 'task=xor&lr=0.1', show: ['loss', 'surface'], hide: [], lock: ['lr'], height: 0,
};

test('the frame’s address says it all', () => {
  const url = new URL(frameAddress(wanted));
  expect(url.pathname).toBe('/playgrad/embed/network/');
  expect(Object.fromEntries(url.searchParams)).toEqual({ task: 'xor', lr: '0.1', lang: 'ko', theme: 'dark', show: 'loss,surface', lock: 'lr' });
});

test.each(FORMATS)('%s', (format) => {
  const text = snippet(format, wanted);
  expect(text).toContain('network');
  expect(text).toContain('lr=0.1');
  if (format !== 'oembed') expect(text).not.toContain('<b>'); // there the title is JSON's, not HTML's
  else expect((JSON.parse(text) as { html: string }).html).not.toContain('<b>');
  if (format === 'oembed') expect(JSON.parse(text)).toMatchObject({ version: '1.0', type: 'rich', title: wanted.title });
  if (format === 'mkdocs') expect(text.trim()).not.toContain('\n\n');
});

test('a height that is given needs no script that follows it', () => {
  expect(snippet('iframe', { ...wanted, height: 400 })).toContain('height="400"');
  expect(snippet('iframe', { ...wanted, height: 400 })).not.toContain('resize.js');
  expect(snippet('iframe', wanted)).toContain('resize.js');
});

test('what is at its default is left out', () => {
  expect(snippet('element', { ...wanted, theme: 'auto', params: '', show: [], lock: [] })).toContain('<playgrad-lab lab="network" lang="ko">');
});
