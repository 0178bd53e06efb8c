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
test('the comments have theirs', () => expect(comments.length).toBeGreaterThanOrEqual(3));
test.each(comments)('an example in %s', async (_, code) => {
  await run(code, code.includes('loadEngine') ? {} : { engine: await playgrad.loadEngine() });
});
