// The tools of the drawer, in their order. A tool is a folder with an element and its texts: `bench.tools.<id>` is its name.
import type { ToolId } from './bench';

interface Tool {
  tag: string;
  load(): Promise<unknown>;
}

export const tools: Partial<Record<ToolId, Tool>> = {
  runs: { tag: 'pg-runs', load: () => import('./runs/pg-runs') },
  range: { tag: 'pg-range', load: () => import('./range/pg-range') },
  inspect: { tag: 'pg-inspect', load: () => import('./inspect/pg-inspect') },
  landscape: { tag: 'pg-landscape', load: () => import('./landscape/pg-landscape') },
  data: { tag: 'pg-data', load: () => import('./data/pg-data') },
  share: { tag: 'pg-share', load: () => import('./share/pg-share') },
};
