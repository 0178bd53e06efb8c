// The view: what is folded out and looked at. Nothing here ever changes training, and nothing of it is in the address.

import type { ToolId } from '../../workbench/bench';

export type LabTab = 'model' | 'controls' | 'results';

export interface ViewState {
  tab: LabTab;
  /** The tool in the drawer under the stage, with what it was asked for; null: closed. */
  tool: { id: ToolId; arg: string } | null;
  /** What the lab's own view keeps (which head, which neuron…). */
  lab: Record<string, unknown>;
}

export class ViewStore {
  private now: ViewState = { tab: 'model', tool: null, lab: {} };

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
    this.now = { ...this.now, tool };
    this.changed();
  }
  setLab(change: Record<string, unknown>): void {
    this.now = { ...this.now, lab: { ...this.now.lab, ...change } };
    this.changed();
  }
}
