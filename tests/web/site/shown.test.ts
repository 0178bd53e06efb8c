import { expect, test } from 'vitest';
import { Selection } from '../../../web/site/shown';

const places = { controls: ['lr', 'seed'], model: ['network', 'surface'], results: ['loss', 'accuracy', 'confusion'] };
const select = (show: string[] | null, hide: string[] = [], embedded = true) => new Selection({ show, hide, lock: [] }, embedded, places);

test('nothing said: everything but the tools, which are the page’s', () => {
  const all = select(null);
  expect([all.column('controls'), all.column('model'), all.column('results'), all.transport, all.timeline, all.tools]).toEqual([true, true, true, true, true, false]);
  expect(select(null, [], false).tools).toBe(true);
});
test('a part stands in its column, and the column for all of its parts', () => {
  const some = select(['loss', 'surface']);
  expect([some.column('controls'), some.column('model'), some.column('results')]).toEqual([false, true, true]);
  expect(['loss', 'accuracy'].map((name) => some.part('results', name))).toEqual([true, false]);
  expect(['network', 'surface'].map((name) => some.part('model', name))).toEqual([false, true]);
  expect(select(['results']).part('results', 'accuracy')).toBe(true);
  expect(select(['lr']).column('controls')).toBe(true);
});
test('hidden goes before shown', () => {
  expect(select(['results'], ['loss']).part('results', 'loss')).toBe(false);
  expect(select(['model', 'lr'], ['model']).column('model')).toBe(false);
  expect(select(null, ['transport']).transport).toBe(false);
});
