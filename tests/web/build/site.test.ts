// The folder that npm run build writes must work on any host, from any sub-path, under a strict policy.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { labs } from '../../../web/labs/index';
import { readSchema } from '../../../.tools/schema.mjs';
import { languages } from '../../../.tools/texts.mjs';

const dist = join(process.cwd(), 'dist');
const all = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(dist, path)).isFile());
const pages = all.filter((path) => path.endsWith('.html'));
const read = (path: string) => readFileSync(join(dist, path), 'utf8');

test('a page for every language and lab, one on what they cost, one on what can be set, and every lab is in the engine, in the registry and in the site', () => {
  const ids = Object.keys(readSchema().labs);
  expect(Object.keys(labs).sort()).toEqual([...ids].sort());
  const expected = languages.flatMap((language: string) => [`${language}/index.html`, `${language}/cost/index.html`, `${language}/glossary/index.html`, ...ids.map((lab) => `${language}/${lab}/index.html`)]);
  const frames = ['embed/index.html', ...ids.map((lab) => `embed/${lab}/index.html`)];
  expect([...pages].sort()).toEqual([...expected, ...frames, 'index.html', '404.html'].sort());
});

describe.each(pages)('%s', (path) => {
  const html = read(path);

  test('says its language, title and purpose', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="(ko|en)"/);
    expect(html).toMatch(/<title>[^<]{3,}<\/title>/);
    // A frame is no page of its own.
    if (path.startsWith('embed/')) expect(html).toContain('content="noindex"');
    else if (path.split('/').length > 1) {
      expect(html).toMatch(/<meta name="description" content="[^"]{20,}">/);
      for (const language of languages) expect(html).toContain(`hreflang="${language}"`);
      expect(html.match(/name="theme-color"/g)).toHaveLength(2);
    }
  });

  test('holds no script, handler or data address of its own', () => {
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/\son[a-z]+="/);
    expect(html).not.toMatch(/(src|href)="(data|blob|javascript):/);
  });

  test('links only to what is there, by relative addresses', () => {
    const broken: string[] = [];
    for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
      if (/^(https?|try|preset|show):/.test(address!)) continue;
      const [file, anchor] = address!.split('#') as [string, string?];
      const target = join(dirname(path), file.split('?')[0]!);
      const found = address!.startsWith('/') ? null : [target, join(target, 'index.html')].find((option) => existsSync(join(dist, option)) && statSync(join(dist, option)).isFile());
      if (file === '' ? !html.includes(`id="${anchor}"`) : !found || relative(dist, join(dist, found)).startsWith('..')) broken.push(address!);
    }
    expect(broken).toEqual([]);
  });
});

test('no style sheet or script carries a data address', () => {
  for (const path of all.filter((name) => name.endsWith('.css'))) expect(read(path), path).not.toMatch(/url\(["']?data:/);
  for (const path of all.filter((name) => name.endsWith('.js'))) {
    // The glue asks whether an address begins with "data:…;base64,"; an address with something in it is what must not be.
    expect(read(path).match(/["'`]data:[\w/+.-]+(;[\w=-]+)*,[^"'`]{8,}/g), path).toBeNull();
  }
});

test('formula fonts are woff2 only, and the Korean font comes in parts', () => {
  const fonts = all.filter((path) => /\.(woff2?|ttf|otf)$/.test(path));
  expect(fonts.filter((path) => !path.endsWith('.woff2'))).toEqual([]);
  expect(fonts.filter((path) => path.includes('Pretendard')).length).toBeGreaterThan(50);
});

test('the licences of what is shipped are shipped', () => {
  const text = read('licenses.txt');
  for (const name of ['lit', 'katex', 'pretendard']) expect(text).toContain(`${name}\n===`);
  expect(text).not.toContain('undefined');
});
