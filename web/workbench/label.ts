// What a run is called: by what differs.
import { t } from '../elements/base';
import { isVisible } from '../elements/when';
import type { Bench } from './bench';
import { differing, type Compared } from './compared';

/** Where one setting differs its values are enough, unless the name is wanted too. */
export function runLabel({ schema, runs, paramLabel, paramText }: Bench, run: Compared, whole = false): string {
  const keys = differing(runs.runs.map((one) => one.params), schema.params.map((def) => def.key));
  const parts = keys
    .filter((key) => isVisible(schema.params.find((def) => def.key === key)!.when, run.params))
    .map((key) => (whole || keys.length > 1 ? `${paramLabel(key)} ${paramText(key, run.params[key]!)}` : paramText(key, run.params[key]!)));
  return parts.join(', ') || t('ui.tools.run', { n: run.id });
}
