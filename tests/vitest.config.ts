import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

export default defineConfig({
  root,
  // Nothing is written into the source tree but build/, dist/ and node_modules/.
  cacheDir: `${root}/build/vitest`,
  test: {
    projects: [
      // Plain modules, in Node.
      {
        extends: true,
        test: { name: 'web', include: ['tests/web/**/*.test.ts', 'web/**/*.test.ts'], environment: 'node', testTimeout: 120_000 },
      },
      // The built site in a real browser. One at a time: two runs would take each other's processor time.
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.spec.ts'],
          environment: 'node',
          globalSetup: ['tests/e2e/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
