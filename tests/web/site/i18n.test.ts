import { describe, expect, it } from 'vitest';
import { fill, flatten, I18n, loadTexts } from '../../../web/site/i18n';

describe('texts', () => {
  it('may nest or use dotted keys', () => {
    expect([...flatten({ a: { b: 'x', 'c.d': 'y' }, 'e.f': 'z' })]).toEqual([['a.b', 'x'], ['a.c.d', 'y'], ['e.f', 'z']]);
  });
  it('of a lab get its prefix unless they have it', () => {
    expect([...flatten({ title: 'T', labs: { net: { lead: 'L' } } }, 'labs.net.').keys()]).toEqual(['labs.net.title', 'labs.net.lead']);
  });
  it('fill holes, with numbers in the language’s way', () => {
    expect(fill('{a} of {b}: {c}', { a: 12345.678, b: 'x{a}' }, 'en')).toBe('12,300 of x{a}: {c}');
    expect(fill('{toString}', {}, 'en')).toBe('{toString}');
  });
  it('of the lab go before shared ones', () => {
    const i18n = new I18n('en', new Map([['params.lr.label', 'shared'], ['labs.net.params.lr.label', 'own']]));
    expect(i18n.forLab('net')('params.lr.label')).toBe('own');
    expect(i18n.forLab('other')('params.lr.label')).toBe('shared');
    expect(i18n.t('missing.key')).toBe('missing.key');
  });
});

describe('the texts of the interface', () => {
  it('are the same in both languages, with the same holes', async () => {
    const files = import.meta.glob<{ default: Record<string, never> }>('../../../web/site/texts/ui.*.json', { eager: true });
    const [a, b] = Object.values(files).map((file) => flatten(file.default));
    expect([...a!.keys()].sort()).toEqual([...b!.keys()].sort());
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const [key, text] of a!) expect(holes(b!.get(key)!), key).toEqual(holes(text));
  });
  it('load in the language asked for', async () => {
    const ko = await loadTexts('ko', []);
    expect(ko.t('ui.transport.run')).toMatch(/[가-힣]/);
    expect(ko.t('ui.layers.units', { layer: 2 })).toContain('2');
  });
});
