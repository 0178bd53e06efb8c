// The map of the home page: both shapes have a place for everything, and everything has its words.
import { describe, expect, test } from 'vitest';
import { classics, families, sectors, shapes } from '../../../web/site/home-map';
import en from '../../../web/site/texts/home.en.json';
import ko from '../../../web/site/texts/home.ko.json';

const names = sectors.flatMap((sector) => [...classics[sector], ...families[sector]]);

describe('home map', () => {
  test('every place is explained in both languages, and nothing else is', () => {
    const places = ['ml', 'dl', ...sectors, ...names].sort();
    for (const { map } of [en.home, ko.home]) {
      const explained = Object.entries(map).filter(([, entry]) => typeof entry === 'object');
      expect(explained.map(([key]) => key).sort()).toEqual(places);
      for (const [key, entry] of explained as [string, { name: string; text: string }][]) {
        expect(entry.name.trim(), key).not.toBe('');
        expect(entry.text.length, key).toBeGreaterThan(20);
      }
    }
  });

  test.each(Object.entries(shapes))('%s: every name stands within the picture, away from the others', (_, shape) => {
    expect(Object.keys(shape.spots).sort()).toEqual([...names].sort());
    const spots = Object.entries(shape.spots);
    for (const [key, { x, y }] of spots) {
      expect(x, key).toBeGreaterThan(0);
      expect(x, key).toBeLessThan(shape.width);
      expect(y, key).toBeGreaterThan(0);
      expect(y, key).toBeLessThan(shape.height);
      for (const [other, spot] of spots) if (other !== key) expect(Math.hypot(x - spot.x, y - spot.y), `${key} and ${other}`).toBeGreaterThan(30);
    }
  });
});
