// The view: what is folded out and looked at. Nothing here ever changes training; it is in an address
// only where a reader wanted it to be (web/workbench/share).
import type { ToolId } from '../../workbench/bench';

export const LAB_TABS = ['model', 'controls', 'results'] as const;
export type LabTab = (typeof LAB_TABS)[number];

export interface ViewState {
  tab: LabTab;
  /** The tool in the drawer under the stage, with what it was asked for; null: closed. */
  tool: { id: ToolId; arg: string } | null;
  /** What the lab's own view keeps (which head, which neuron…). */
  lab: Record<string, unknown>;
}

export class ViewStore {
  private now: ViewState = { tab: 'model', tool: null, lab: {} };
  /** The tool that was open before the present one took its place. */
  before: ViewState['tool'] = null;

  constructor(private readonly changed: () => void) {}

  get state(): ViewState {
    return this.now;
  }
  setTab(tab: LabTab): void {
    if (tab === this.now.tab) return;
    this.now = { ...this.now, tab };
    this.changed();
  }
  setTool(tool: ViewState['tool']): void {
    if (tool?.id !== this.now.tool?.id) this.before = tool && this.now.tool;
    this.now = { ...this.now, tool };
    this.changed();
  }
  setLab(change: Record<string, unknown>): void {
    this.now = { ...this.now, lab: { ...this.now.lab, ...change } };
    this.changed();
  }
}
