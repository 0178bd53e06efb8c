// The view: what is folded out and looked at. Nothing here ever changes training, and nothing of it is in the address.

export type LabTab = 'model' | 'controls' | 'results';

export interface ViewState {
  tab: LabTab;
  /** What the lab's own view keeps (which head, which neuron…). */
  lab: Record<string, unknown>;
}

export class ViewStore {
  private now: ViewState = { tab: 'model', lab: {} };

  constructor(private readonly changed: () => void) {}

  get state(): ViewState {
    return this.now;
  }
  setTab(tab: LabTab): void {
    if (tab === this.now.tab) return;
    this.now = { ...this.now, tab };
    this.changed();
  }
  setLab(change: Record<string, unknown>): void {
    this.now = { ...this.now, lab: { ...this.now.lab, ...change } };
    this.changed();
  }
}
