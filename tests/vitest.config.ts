import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Files that take minutes, the longest first: one of them begun last would leave the other cores idle. */
const LONG = ['claims.test.ts', 'claims-again.test.ts', 'engine.test.ts', 'show.test.ts', 'rules.test.ts', 'prose.spec.ts', 'vit.spec.ts', 'budget.spec.ts', 'one-table.spec.ts'];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => (LONG.indexOf(basename(moduleId)) + LONG.length + 1) % (LONG.length + 1);
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

/** Specs that measure a time: beside another they would measure that one, too. And the home page, whose labs have their turns by the clock. */
const ALONE = ['attention', 'coach', 'cost', 'data', 'embed', 'home', 'network', 'share', 'smoke', 'workbench'].map((name) => `tests/e2e/${name}.spec.ts`);

/** The built site in a real browser. */
const browser = {
  environment: 'node',
  globalSetup: ['tests/e2e/global-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 60_000,
  // How soon something shows is asked where it is measured; elsewhere, whether it does.
  expect: { poll: { timeout: 10_000 } },
} as const;

export default defineConfig({
  root,
  // Nothing is written into the source tree but build/, dist/ and node_modules/.
  cacheDir: `${root}/build/vitest`,
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      // Plain modules, in Node.
      {
        extends: true,
        test: { name: 'web', include: ['tests/web/**/*.test.ts', 'web/**/*.test.ts'], environment: 'node', testTimeout: 120_000 },
      },
      { extends: true, test: { ...browser, name: 'e2e', include: ['tests/e2e/**/*.spec.ts'], exclude: ALONE, provide: { alone: false } } },
      { extends: true, test: { ...browser, name: 'e2e-alone', include: ALONE, fileParallelism: false, provide: { alone: true } } },
    ],
  },
});
