// How a formula is set, in the page and by the build.
import type { KatexOptions } from 'katex';

export const TEX: KatexOptions = { throwOnError: false, trust: ({ command }) => command === '\\htmlClass', strict: 'ignore' };
