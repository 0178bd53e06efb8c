// Every example of the API's documentation runs: the blocks of its README in order, and those in its comments.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as playgrad from 'playgrad';

const read = (path: string) => readFileSync(new URL(`../../../web/api/${path}`, import.meta.url), 'utf8');
const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...args: unknown[]) => Promise<void>;

/** Runs a block as a module would; console.assert throws. */
async function run(code: string, names: Record<string, unknown>): Promise<void> {
  const body = code.replace(/^import \{([^}]*)\} from 'playgrad';$/gm, 'const {$1} = playgrad;');
  const console = {
    log: () => {},
    assert: (holds: unknown) => {
      if (!holds) throw new Error(`does not hold in:\n${code}`);
    },
  };
  await new AsyncFunction('playgrad', 'console', ...Object.keys(names), body)(playgrad, console, ...Object.values(names));
}

const blocks = [...read('README.md').matchAll(/```js\n([\s\S]*?)```/g)].map((m) => m[1]!);
test('the README has its examples', () => expect(blocks.length).toBeGreaterThanOrEqual(6));
test.each(blocks.map((code, i) => [i + 1, code] as const))('README, block %i', async (i, code) => {
  await run(code, i === 1 ? {} : { engine: await playgrad.loadEngine() });
});

const comments = ['index.ts', 'model.ts'].flatMap((file) =>
  [...read(file).matchAll(/@example\n([\s\S]*?)\*\//g)].map((m) => [file, m[1]!.replace(/^\s*\* ?/gm, '')] as const),
);
test('every method of the API has its example', () => {
  for (const file of ['index.ts', 'model.ts']) {
    const methods = [...read(file).split(/^export class /m).at(-1)!.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n {2}(?:get )?(\w+)\(/g)].filter(([, doc]) => !doc!.includes('@internal'));
    expect(methods.length).toBeGreaterThan(4);
    for (const [, doc, name] of methods) expect(doc, `${file}: ${name}`).toContain('@example');
  }
});
test.each(comments)('an example in %s', async (_, code) => {
  if (code.includes("from 'playgrad'")) return run(code, {});
  const engine = await playgrad.loadEngine();
  const model = engine.createModel({
    seed: 1, batch_size: 4, input: { shape: [2] }, layers: [{ type: 'linear', out_features: 8 }, { type: 'tanh' }, { type: 'linear', out_features: 1 }],
    loss: { type: 'bce_with_logits' }, optimizer: { type: 'sgd', lr: 0.1 },
  });
  const batch = { x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float32Array.of(0, 1, 1, 0) };
  const declares = (name: string) => new RegExp(`^const (\\{[^}]*\\b${name}\\b[^}]*\\}|${name}) =`, 'm').test(code);
  await run(code, Object.fromEntries(Object.entries({ engine, model, batch }).filter(([name]) => !declares(name))));
});
