// What is open in a lab as plain data: for a link readable JSON, short enough to travel; in a file the same. What comes back is
// somebody else's, and only what this page could have written is taken from it.
import { LAB_TABS, type LabTab } from '../../site/state/view';
import type { Bench, ToolId } from '../bench';
import { tools } from '../tools';

/** Longest text of it in a link: a drawn digit just fits. */
const MOST_TEXT = 8000;
/** Whoever opens the link trains up to the step that was looked at, and waits for it. */
const MOST_STEPS = 1e6;

export interface Look {
  tab: LabTab;
  tool: { id: ToolId; arg: string } | null;
  /** What the lab's own view holds. */
  lab: Record<string, unknown>;
  running: boolean;
  /** The step that was looked at, where settings and seed alone lead to it; else 0. */
  step: number;
}

export function lookAt({ look, run, view }: Bench): Look {
  const { tab, tool, lab } = look.state;
  const { status, lookingBack } = run;
  const span = (run.snapshot ?? run.state)?.timeline;
  const reached = status?.trainable && span?.first === 0 && span.changes.length === 0 && status.step <= MOST_STEPS;
  return { tab, tool: tool?.id === 'share' ? look.before : tool, lab: view.keep?.(lab) ?? {}, running: run.running && !lookingBack, step: reached ? status.step : 0 };
}

/** As it stands in a link, and whether all of it found room. */
export function writeLook(look: Look): { text: string; whole: boolean } {
  const write = (value: Look) => encodeURIComponent(JSON.stringify(value)).replaceAll('%2C', ',').replaceAll('%3A', ':');
  const text = write(look);
  return text.length <= MOST_TEXT ? { text, whole: true } : { text: write({ ...look, lab: {} }), whole: false };
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {});

/** Null where it is none. */
export function readLook({ view }: Pick<Bench, 'view'>, value: unknown): Look | null {
  if (typeof value !== 'object' || value === null) return null;
  const { tab, tool, lab, running, step } = record(value);
  const { id, arg } = record(tool);
  const known = typeof id === 'string' && Object.hasOwn(tools, id) && typeof arg === 'string' && /^[\w.-]{0,80}$/.test(arg);
  return {
    tab: LAB_TABS.find((one) => one === tab) ?? 'model',
    tool: known ? { id: id as ToolId, arg } : null,
    lab: view.keep?.(record(lab)) ?? {},
    running: running === true,
    step: Number.isInteger(step) && (step as number) > 0 && (step as number) <= MOST_STEPS ? (step as number) : 0,
  };
}
export function parseLook(bench: Pick<Bench, 'view'>, text: string): Look | null {
  if (text.length > MOST_TEXT) return null;
  try {
    return readLook(bench, JSON.parse(text));
  } catch {
    return null;
  }
}

export function show({ look, open }: Bench, { tab, tool, lab }: Look): void {
  look.setTab(tab);
  look.setLab(lab);
  if (tool) open(tool.id, tool.arg);
}
