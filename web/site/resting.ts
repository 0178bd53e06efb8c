// Embedded labs that nobody sees: a few keep their workers, so that scrolling back is instant; the workers of those longest
// out of sight end, and with them the memory. The experiment goes on where it was when it is seen again.

/** So many unseen labs of a page keep their workers. */
const KEPT = 4;

export interface Resting {
  /** Ends the worker and keeps what the run had come to. */
  sleep(): void;
}

const unseen = new Set<Resting>();

export function rests(lab: Resting): void {
  unseen.delete(lab);
  unseen.add(lab);
  if (unseen.size <= KEPT) return;
  const [oldest] = unseen;
  unseen.delete(oldest!);
  oldest!.sleep();
}
export function wakes(lab: Resting): void {
  unseen.delete(lab);
}
